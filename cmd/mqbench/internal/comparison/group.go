package comparison

import (
	"fmt"
	"hash/fnv"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// A Saved run is one that a comparison finds on disk.
type Saved struct {
	// Dir is its folder, or its file; Argument is the number of the argument of the command that led to it.
	Dir      string
	Argument int
	Result   *reports.Result
	// Scenario is what was asked; nil: only the result is there.
	Scenario *scenarios.Scenario
}

// Group puts saved runs together that asked the same of the same product, and names the groups by what differs between
// them. Where nothing does, each argument of the command is a group of its own. The groups are in the order of their
// first runs.
func Group(runs []Saved, arguments []string) (variants []Variant, of []int, err error) {
	facts := make([]map[string]string, len(runs))
	asked := !slices.ContainsFunc(runs, func(s Saved) bool { return s.Scenario == nil })
	for i, s := range runs {
		if facts[i], err = factsOf(s, asked); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.Dir, err)
		}
	}
	differing := differences(facts)
	if len(differing) == 0 && len(arguments) > 1 {
		for i, s := range runs {
			facts[i] = map[string]string{"folder": arguments[s.Argument]}
		}
		differing = differences(facts)
	}
	first := map[string]int{}
	of = make([]int, len(runs))
	for i, f := range facts {
		values := map[string]string{}
		var identity strings.Builder
		for _, key := range differing {
			values[key] = f[key]
			fmt.Fprintf(&identity, "%q=%q;", key, f[key])
		}
		n, known := first[identity.String()]
		if !known {
			n = len(variants)
			first[identity.String()] = n
			variants = append(variants, Variant{Values: values})
		}
		of[i] = n
	}
	nameBy(variants, differing)
	return variants, of, nil
}

// nameBy names variants by as few of the differing keys as tell them apart, in their order.
func nameBy(variants []Variant, differing []string) {
	names := make([]string, len(variants))
	for _, key := range differing {
		before := distinct(names)
		longer := make([]string, len(names))
		for i, v := range variants {
			value, there := v.Values[key]
			if !there || value == "" {
				value = "none"
			}
			longer[i] = strings.TrimSpace(names[i] + " " + label(key, value))
		}
		if distinct(longer) > before {
			names = longer
		}
		if distinct(names) == len(names) {
			break
		}
	}
	if len(variants) == 1 && names[0] == "" {
		names[0] = "all runs"
	}
	distinguish(variants, names)
}

func distinct(names []string) int {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return len(set)
}

// differences are the keys whose values are not the same in all facts, the short names first.
func differences(facts []map[string]string) []string {
	keys := map[string]bool{}
	for _, f := range facts {
		for key := range f {
			if f[key] != facts[0][key] {
				keys[key] = true
			}
		}
		for key := range facts[0] {
			if f[key] != facts[0][key] {
				keys[key] = true
			}
		}
	}
	order := Keys()
	order = slices.Insert(order, 1, versionKey)
	rank := func(key string) int {
		if n := slices.Index(order, key); n >= 0 {
			return n
		}
		return len(order)
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// versionKey is the key of the version that a broker itself tells.
const versionKey = "version"

// factsOf is what was asked of what, by short names and paths. What is only drawn, said or judged is not part of it.
func factsOf(s Saved, asked bool) (map[string]string, error) {
	t, w := s.Result.Topology, s.Result.Workload
	facts := map[string]string{
		"scenario": s.Result.Scenario, "broker": t.Broker, versionKey: t.Version, "profile": t.Profile, "shape": t.Shape,
		"nodes": strconv.Itoa(t.Nodes), "runtime": t.Runtime, "library": w.Library, "protocol": w.Protocol, "transport": w.Transport,
	}
	if t.Digest != "" {
		facts["image"] = t.Image + " " + t.Digest
	}
	if !asked {
		facts["load"] = fmt.Sprintf("%d publishers, %d subscribers, %.3g/s, %s sessions", w.Publishers, w.Subscribers, w.Rate, w.Session)
		return facts, nil
	}
	flat, err := flatten(s.Scenario)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, p := range paths() {
		known[p] = true
	}
	qos := map[string]bool{}
	for p, value := range flat {
		switch {
		case known[p], p == "seed", p == "name", p == "description", p == "topology.subnet", strings.HasPrefix(p, "thresholds"):
		case strings.HasSuffix(p, ".qos") && strings.HasPrefix(p, "workload."):
			qos[value] = true
		case strings.HasSuffix(p, ".replay"):
			facts[p] = path.Base(value) // the recording was saved beside the run
		default:
			facts[p] = value
		}
	}
	facts["duration"] = flat[PathOf("duration")]
	facts["settings"] = settingsOf(t.Settings)
	if len(qos) == 1 {
		facts[qosKey] = slices.Collect(maps.Keys(qos))[0]
		return facts, nil
	}
	for p, value := range flat {
		if strings.HasSuffix(p, ".qos") && strings.HasPrefix(p, "workload.") {
			facts[p] = value
		}
	}
	return facts, nil
}

// settingsOf stands for what a recipe says: two recipe files of one name may differ in nothing else.
func settingsOf(s *reports.Settings) string {
	if s == nil {
		return ""
	}
	h := fnv.New32a()
	for _, m := range []map[string]string{s.Options, s.Limits} {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(h, "%q=%q;", key, m[key])
		}
	}
	fmt.Fprintf(h, "%q %q", s.Durability, s.Survives)
	return fmt.Sprintf("%08x", h.Sum32())
}

// flatten turns a scenario into its values by their paths.
func flatten(s *scenarios.Scenario) (map[string]string, error) {
	text, err := s.YAML()
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("read the scenario again: %w", err)
	}
	flat := map[string]string{}
	flattenInto(flat, "", tree)
	return flat, nil
}

func flattenInto(flat map[string]string, at string, node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			flattenInto(flat, strings.TrimPrefix(at+"."+key, "."), value)
		}
	case []any:
		for i, value := range node {
			flattenInto(flat, fmt.Sprintf("%s[%d]", at, i), value)
		}
	default:
		flat[at] = fmt.Sprint(node)
	}
}

// KeysOf are the keys in which variants differ, in the order in which they are named by them.
func KeysOf(variants []Variant) []string {
	facts := make([]map[string]string, len(variants))
	for i, v := range variants {
		facts[i] = v.Values
	}
	return differences(facts)
}
