package page

import (
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
)

// The parts of a measurement in the order in which the page shows them.
func windows() []history.Window {
	return []history.Window{history.Before, history.During, history.After}
}

// distributionColumns are those of a table of distributions.
func distributionColumns(first string, never bool) []Column {
	columns := []Column{{Title: first, Text: true}}
	for _, c := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max", "count"} {
		columns = append(columns, Column{Title: c})
	}
	if never {
		columns = append(columns, Column{Title: "never"})
	}
	return columns
}

// distributionRow is a row of such a table. What has no samples says so and is not drawn as zero.
func distributionRow(name Cell, d reports.Distribution, never bool) Row {
	row := Row{Cells: []Cell{name}}
	for _, v := range []Cell{
		spanCell(d.Min), spanCell(d.Mean), spanCell(d.P50), spanCell(d.P90), spanCell(d.P99), spanCell(d.P999), spanCell(d.Max),
	} {
		if d.Count+d.Never == 0 {
			v = textCell("–")
		}
		row.Cells = append(row.Cells, v)
	}
	if d.Count == 0 && d.Never > 0 {
		row.Cells[1], row.Cells[2], row.Cells[7] = textCell("–"), textCell("–"), textCell("never")
	}
	row.Cells = append(row.Cells, countCell(d.Count))
	if never {
		row.Cells = append(row.Cells, countCell(d.Never))
	}
	return row
}

// latencyTable holds the latencies of the whole measurement and of each of its windows.
func latencyTable(r *reports.Result) Table {
	t := Table{Caption: "Latency by window", Columns: distributionColumns("Latency", false)}
	t.addLatencies("the whole measurement", r.Latency)
	if len(r.Injections) > 0 {
		for _, w := range windows() {
			t.addLatencies(string(w)+" faults", r.Windows[string(w)])
		}
	}
	if len(t.Rows) == 0 {
		t.Notes = append(t.Notes, "No latency was recorded.")
	}
	if l := r.Workload; l.ClosedLoops > 0 {
		t.Notes = append(t.Notes, "Closed loop: "+reports.Count(uint64(l.ClosedLoops))+" of "+reports.Plural(l.Publishers, "publisher")+
			" send only when their window has room. Whatever is slow or away is offered less for it, and no latency tells of the "+
			"messages that would have come meanwhile (coordinated omission).")
	}
	return t
}

func (t *Table) addLatencies(heading string, l reports.Latencies) {
	var rows []Row
	for _, m := range history.Metrics() {
		if d, there := l[string(m)]; there {
			rows = append(rows, distributionRow(metricCell(string(m)), d, false))
		}
	}
	if len(rows) > 0 {
		t.Rows = append(append(t.Rows, Row{Heading: heading}), rows...)
	}
}
