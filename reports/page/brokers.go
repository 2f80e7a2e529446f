package page

import (
	"maps"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
)

// brokerTable is what each broker was made from and used.
func brokerTable(r *reports.Result) Table {
	t := Table{Caption: "Brokers", Columns: []Column{
		{Title: "Broker", Text: true}, {Title: "version", Text: true}, {Title: "CPU time"}, {Title: "peak memory"},
		{Title: "unexpected exits"}, {Title: "blocked writes"}, {Title: "blocked for"}, {Title: "longest"}, {Title: "address", Text: true},
	}}
	for _, b := range r.Brokers {
		x := row(textCell(b.Name), textCell(b.Version), secondsCell(b.CPUSeconds), bytesCell(b.PeakRSSBytes),
			countCell(b.UnexpectedExits), countCell(b.Blocked.Spells), secondsCell(b.Blocked.Seconds), spanCell(b.Blocked.Longest),
			textCell(b.Address))
		if b.UnexpectedExits > 0 {
			x.Verdict = "fail"
		}
		t.Rows = append(t.Rows, x)
	}
	if len(t.Rows) == 0 {
		t.Notes = append(t.Notes, "Nothing was recorded of any broker.")
	} else {
		t.Notes = append(t.Notes, "Blocked: a connection of a publisher took no more of what was to be written; the broker or the network "+
			"did not keep up.")
	}
	return t
}

// topologyFacts say what was under test.
func topologyFacts(r *reports.Result) []Fact {
	t := r.Topology
	facts := []Fact{
		{"Product", strings.TrimSpace(t.Broker + " " + t.Version)}, {"Shape", shapeOf(t)}, {"Runtime", t.Runtime}, {"Profile", t.Profile},
		{"Image", strings.TrimSpace(t.Image + " " + t.Digest)}, {"Clients dial", t.Addressing},
	}
	if b := t.Bridge; b != nil {
		way := "both ways"
		if b.Direction == "out" {
			way = "outwards only"
		}
		facts = append(facts, Fact{"Bridges", way + ", QoS " + reports.Count(uint64(b.QoS)) + " at most"})
	}
	if t.Balancer != "" {
		facts = append(facts, Fact{"Balancer", t.Balancer + ", between all clients and the brokers: which broker serves is not known"})
	}
	if len(t.Proxied) > 0 {
		facts = append(facts, Fact{"Through a proxy of mqbench", strings.Join(t.Proxied, ", ") + " (their latencies include it)"})
	}
	for _, bound := range []struct {
		name string
		of   *reports.Resources
	}{{"Each broker may use", t.Resources}, {"The core may use", t.Core}} {
		if bound.of != nil {
			facts = append(facts, Fact{bound.name, resourcesOf(*bound.of)})
		}
	}
	if s := t.Settings; s != nil {
		facts = append(facts, Fact{"After a kill", s.Durability}, Fact{"Sessions survive", strings.Join(s.Survives, ", ")},
			Fact{"Limits", limits(s.Limits)}, Fact{"Settings", pairs(s.Options)})
	}
	facts = append(facts, Fact{"Granted at CONNACK", pairs(t.ConnackProperties)})
	return there(facts)
}

func shapeOf(t reports.Topology) string {
	return strings.TrimSpace(t.Shape + " of " + reports.Plural(t.Nodes, "node"))
}

func resourcesOf(r reports.Resources) string {
	var parts []string
	if r.CPUs > 0 {
		parts = append(parts, decimal(r.CPUs)+" processors")
	}
	if r.MemoryBytes > 0 {
		parts = append(parts, reports.Bytes(r.MemoryBytes))
	}
	return strings.Join(parts, ", ")
}

// workloadFacts say what was asked of it.
func workloadFacts(r *reports.Result) []Fact {
	w := r.Workload
	transport := "TCP"
	if w.Transport != "" {
		transport = strings.ToUpper(w.Transport)
	}
	facts := []Fact{
		{"Offered", w.Offered()}, {"Received by", copiesOf(w.Subscribers, w.SubscriberCopies, "subscriber")},
		{"Protocol", "MQTT " + w.Protocol + " over " + transport}, {"Sessions", w.Session}, {"Client library", w.Library},
	}
	if w.InFlight > 0 {
		facts = append(facts, Fact{"In flight", reports.Count(uint64(w.InFlight)) + " at most of each publisher"})
	}
	if w.Keepalive > 0 {
		facts = append(facts, Fact{"Keepalive", reports.Span(w.Keepalive)})
	}
	return there(facts)
}

func copiesOf(n, copies int, thing string) string {
	if copies == 0 {
		return reports.Plural(n, thing)
	}
	return reports.Plural(n, thing) + ", of them copies: " + reports.Count(uint64(copies))
}

// there are the facts that have a text.
func there(facts []Fact) []Fact {
	return slices.DeleteFunc(facts, func(f Fact) bool { return strings.TrimSpace(f.Text) == "" })
}

// limits says of what has none, which recipes call "none", that it has none.
func limits(m map[string]string) string {
	said := maps.Clone(m)
	for k, v := range said {
		if v == "none" {
			said[k] = "without limit"
		}
	}
	return pairs(said)
}

// pairs writes a map in the order of its keys.
func pairs(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, strings.ReplaceAll(k, "_", " ")+" "+m[k])
	}
	return strings.Join(parts, ", ")
}
