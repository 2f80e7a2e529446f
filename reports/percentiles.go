package reports

import (
	"io"
	"maps"
	"slices"
	"strconv"
)

// WritePercentilesCSV writes percentiles.csv: each distribution of the result in a row. What it is of: a metric; of
// those of messages and connections the window, "all" being the measurement; of the ways back from a fault the
// injection, counted from 1, or none for all of them together; of clients that came by plan their group. Percentiles
// are by nearest rank over count and never, which rank above every value: an empty one falls on them. Without a value
// all times are empty.
func WritePercentilesCSV(w io.Writer, r *Result) error {
	header := []string{
		"metric", "window", "injection", "group", "count", "never",
		"min_ns", "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns",
	}
	return writeCSV(w, "percentiles.csv", header, func(yield func([]string) bool) {
		for _, d := range r.distributions() {
			if !yield(d.row()) {
				return
			}
		}
	})
}

// A distributed is a distribution with what it is of.
type distributed struct {
	metric, window, injection, group string
	Distribution
}

func (d distributed) row() []string {
	row := []string{
		cell(d.metric), cell(d.window), d.injection, cell(d.group),
		strconv.FormatInt(d.Count, 10), strconv.FormatInt(d.Never, 10),
	}
	if d.Count <= 0 {
		return append(row, "", "", "", "", "", "", "")
	}
	return append(row, nanos(d.Min), nanos(d.Mean), nanos(d.P50), nanos(d.P90), nanos(d.P99), nanos(d.P999), nanos(d.Max))
}

// distributions are all of the result in the order in which reports show them.
func (r *Result) distributions() []distributed {
	var all []distributed
	add := func(l Latencies, window string) {
		for _, metric := range slices.Sorted(maps.Keys(l)) {
			all = append(all, distributed{metric: metric, window: window, Distribution: l[metric]})
		}
	}
	add(r.Latency, "all")
	for _, w := range windows() {
		add(r.Windows[string(w)], string(w))
	}
	all = append(all, waysOf(r.Failover, "")...)
	all = append(all, distributed{metric: "backlog", Distribution: r.Backlog})
	for n, i := range r.Injections {
		all = append(all, waysOf(i.Failover, ordinal(n))...)
		all = append(all, distributed{metric: "bystanders", injection: ordinal(n), Distribution: i.Bystanders.Resume})
	}
	for _, a := range r.Arrivals {
		all = append(all, distributed{metric: "arrival", group: a.Group, Distribution: a.Wait})
	}
	add(r.Generator.Waits, "all")
	return all
}

// waysOf are the distributions of the ways back from one injection or all. The resume of clients has the name that
// thresholds give it.
func waysOf(f Failover, injection string) []distributed {
	of := func(metric string, d Distribution) distributed {
		return distributed{metric: metric, injection: injection, Distribution: d}
	}
	all := []distributed{of("detect", f.Detect)}
	if f.Handshakes != nil {
		all = append(all, of("dialed", f.Handshakes.Dialed), of("handshaken", f.Handshakes.Handshaken))
	}
	return append(all, of("reconnect", f.Reconnect), of("resubscribe", f.Resubscribe), of("failover", f.Resume))
}
