// Package comparison decides what a comparison runs and how saved runs belong together: the variants, their order, the
// seeds of their rounds, and the groups of runs that asked the same.
//
// It is pure: it runs nothing and judges nothing. The command imports it.
package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/scenarios"
)

// A Dimension is something in which the variants of a comparison differ: a key and the values that it takes, in the order
// in which they were asked for.
type Dimension struct {
	// Key is a short name, see [Keys], or the path of a value of the scenario.
	Key    string
	Values []string
}

// qosKey is the key that stands for several values of a scenario.
const qosKey = "qos"

// Paths are the short names of dimensions and what they stand for in a scenario.
func paths() map[string]string {
	return map[string]string{
		"broker": "topology.broker", "profile": "topology.profile", "runtime": "topology.runtime", "nodes": "topology.nodes",
		"shape": "topology.shape", "image": "topology.image", "library": "workload.client.library",
		"protocol": "workload.client.protocol", "transport": "workload.client.transport", "duration": "phases.measure",
	}
}

// Keys are the short names of dimensions, in the order in which variants are named by them.
func Keys() []string {
	return []string{
		"broker", "image", "profile", "shape", "nodes", "runtime", "library", "protocol", "transport", qosKey, "duration",
	}
}

// PathOf is the path of a scenario that a key stands for; a path stands for itself, and qos for several.
func PathOf(key string) string {
	if path, ok := paths()[key]; ok {
		return path
	}
	return key
}

// ParseDimension reads "key=v1,v2". A comma within brackets, braces or quotes belongs to a value.
func ParseDimension(text string) (Dimension, error) {
	key, list, found := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !found || key == "" {
		return Dimension{}, fmt.Errorf("--over %q: want key=value,value", text)
	}
	if !slices.Contains(Keys(), key) && !strings.Contains(key, ".") && key != "topology" && key != "workload" {
		return Dimension{}, fmt.Errorf("--over %q: unknown key %q (want one of %s, or the path of a value, such as workload.client.in_flight)",
			text, key, strings.Join(Keys(), ", "))
	}
	if strings.HasSuffix(key, "password") { // variants are named by their values, and so are folders and pages
		return Dimension{}, fmt.Errorf("--over %s: a password cannot be varied, for its values would be in every report", key)
	}
	d := Dimension{Key: key}
	for _, v := range split(list) {
		switch {
		case v == "":
			return Dimension{}, fmt.Errorf("--over %q: a value is empty", text)
		case slices.Contains(d.Values, v):
			return Dimension{}, fmt.Errorf("--over %q: %q is there twice", text, v)
		}
		d.Values = append(d.Values, v)
	}
	return d, nil
}

// split takes a list apart at the commas that are in no bracket and in no quotes.
func split(list string) []string {
	var parts []string
	depth, quote, from := 0, rune(0), 0
	for i, c := range list {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.ContainsRune("[{(", c):
			depth++
		case strings.ContainsRune("]})", c):
			depth--
		case c == ',' && depth <= 0:
			parts = append(parts, strings.TrimSpace(list[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(list[from:]))
}

// overrides are what a value of the dimension changes in a scenario; s is the scenario that is varied, of which qos needs
// to know the groups.
func (d Dimension) overrides(value string, s *scenarios.Scenario) []string {
	if d.Key != qosKey {
		return []string{PathOf(d.Key) + "=" + value}
	}
	var set []string
	for i, g := range s.Workload.Publishers {
		set = append(set, fmt.Sprintf("workload.publishers[%d].qos=%s", i, value))
		if _, device := g.Receivers(); device {
			set = append(set, fmt.Sprintf("workload.publishers[%d].subscribe.qos=%s", i, value))
		}
	}
	for i := range s.Workload.Subscribers {
		set = append(set, fmt.Sprintf("workload.subscribers[%d].qos=%s", i, value))
	}
	return set
}
