package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports"
)

// The groups of facts that have to be equal for runs to be comparable.
const (
	GroupEnvironment = "env"
	GroupQuestion    = "question"
	GroupRecord      = "record"
)

// A Fact is one thing that decides the figures of a run without being what is under test.
type Fact struct {
	Group, Key, Value string
}

// Fingerprint are the facts of a run: the machine, what was asked, and what the record means. What may differ, because
// it is what a gate is for, is not among them: version, image and settings of the broker.
func Fingerprint(r *reports.Result) []Fact {
	var facts []Fact
	add := func(group, key, value string) { facts = append(facts, Fact{group, key, value}) }
	for _, key := range []string{"cpu_model", "cpus", "gomaxprocs", "os", "arch"} {
		add(GroupEnvironment, key, r.Environment[key])
	}
	add(GroupEnvironment, factMemory, r.Environment["memory_bytes"])
	add(GroupEnvironment, "kernel", upTo(r.Environment["kernel"], 2))
	add(GroupEnvironment, "go", upTo(r.Environment["go"], 2))

	t, w := &r.Topology, &r.Workload
	add(GroupQuestion, "scenario", r.Question)
	add(GroupQuestion, "broker", t.Broker)
	add(GroupQuestion, "runtime", t.Runtime)
	add(GroupQuestion, "shape", t.Shape)
	add(GroupQuestion, "nodes", strconv.Itoa(t.Nodes))
	add(GroupQuestion, "profile", t.Profile)
	add(GroupQuestion, "balancer", t.Balancer)
	add(GroupQuestion, "addressing", t.Addressing)
	add(GroupQuestion, "library", w.Library)
	add(GroupQuestion, "protocol", w.Protocol)
	add(GroupQuestion, "transport", w.Transport)
	add(GroupQuestion, "session", w.Session)
	add(GroupQuestion, "clients", fmt.Sprintf("%d publishers, %d subscribers", w.Publishers, w.Subscribers))
	add(GroupQuestion, "rate", reports.PerSecond(w.Rate))
	add(GroupRecord, "schema", strconv.Itoa(r.Schema))
	return facts
}

// factMemory is the key of a fact that is equal where it is nearly so: machines of one kind differ by what firmware and
// kernel keep for themselves.
const factMemory = "memory"

// nearly is the share by which sizes may differ that are of one kind.
const nearly = 0.05

// sameSize says whether sizes in bytes are nearly equal.
func sameSize(sizes []string) bool {
	var least, most float64
	for i, text := range sizes {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false
		}
		if i == 0 {
			least, most = v, v
		}
		least, most = min(least, v), max(most, v)
	}
	return most <= least*(1+nearly)
}

// upTo is a version up to so many of its numbers: "6.18.44-generic" is "6.18".
func upTo(version string, numbers int) string {
	parts := strings.FieldsFunc(version, func(r rune) bool { return r == '.' || r == '-' || r == '+' || r == ' ' })
	return strings.Join(parts[:min(len(parts), numbers)], ".")
}

// A Mismatch is a fact that is not equal in all runs. Base and New are its values there, each once.
type Mismatch struct {
	Group   string   `json:"group"`
	Key     string   `json:"key"`
	Base    []string `json:"base"`
	New     []string `json:"new"`
	Allowed bool     `json:"allowed,omitempty"`
}

// mismatches compares the facts of all runs. A fact that a run does not have, because its mqbench was older or its system
// does not tell, is equal to any. Allowed are keys, groups, or "all".
func mismatches(base, now []Run, allowed []string) []Mismatch {
	var list []Mismatch
	values := map[Fact][2][]string{}
	var order []Fact
	for side, runs := range [][]Run{base, now} {
		for _, run := range runs {
			for _, f := range Fingerprint(run.Result) {
				value := f.Value
				f.Value = ""
				seen, known := values[f]
				if !known {
					order = append(order, f)
				}
				if value != "" && !slices.Contains(seen[side], value) {
					seen[side] = append(seen[side], value)
				}
				values[f] = seen
			}
		}
	}
	for _, f := range order {
		v := values[f]
		both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(v[0], v[1]))))
		if len(both) < 2 || f.Key == factMemory && sameSize(both) {
			continue
		}
		ok := slices.ContainsFunc(allowed, func(a string) bool { return a == f.Key || a == f.Group || a == "all" })
		list = append(list, Mismatch{
			Group: f.Group, Key: f.Key, Base: append([]string{}, v[0]...), New: append([]string{}, v[1]...), Allowed: ok,
		})
	}
	return list
}

// Allowable are the words that [Options.Allow] takes.
func Allowable() []string {
	words := []string{"all", GroupEnvironment, GroupQuestion, GroupRecord}
	for _, f := range Fingerprint(&reports.Result{}) {
		words = append(words, f.Key)
	}
	return words
}

// changes are what differs between the sides and may: what is under test, and what it was measured with.
func changes(base, now []Run) []Mismatch {
	var list []Mismatch
	for _, c := range []struct {
		key string
		of  func(r *reports.Result) string
	}{
		{"broker version", func(r *reports.Result) string { return r.Topology.Version }},
		{"image", func(r *reports.Result) string { return r.Topology.Image }},
		{"image digest", func(r *reports.Result) string { return r.Topology.Digest }},
		{"settings", settings},
		{"mqbench", func(r *reports.Result) string { return r.Mqbench }},
	} {
		m := Mismatch{Group: "changed", Key: c.key, Base: distinct(base, c.of), New: distinct(now, c.of), Allowed: true}
		if !slices.Equal(m.Base, m.New) {
			list = append(list, m)
		}
	}
	return list
}

func settings(r *reports.Result) string {
	if r.Topology.Settings == nil {
		return ""
	}
	var list []string
	for k, v := range r.Topology.Settings.Options {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return cmp.Or(strings.Join(list, ", "), "the product's defaults")
}

func distinct(runs []Run, of func(r *reports.Result) string) []string {
	var list []string
	for _, r := range runs {
		list = append(list, of(r.Result))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
