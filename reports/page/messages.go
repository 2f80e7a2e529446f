package page

import (
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A tally is a count with its name.
type tally struct {
	name  string
	value uint64
	// metric is the name under which it is defined; part says that it is part of the one above.
	metric string
	part   bool
}

func published(c reports.Counts) []tally {
	return []tally{
		{"attempted", c.Attempted, "attempted", false},
		{"acknowledged", c.Acknowledged, "acknowledged", false},
		{"unmatched: nobody subscribed", c.Unmatched, "", true},
		{"in doubt", c.InDoubt, "in_doubt", false},
		{"refused", c.Refused, "refused", false},
		{"refused, yet delivered", c.RefusedDelivered, "", true},
		{"unsent", c.Unsent, "unsent", false},
	}
}

func delivered(c reports.Counts) []tally {
	return []tally{
		{"expected", c.Expected, "expected", false},
		{"delivered", c.Delivered, "delivered", false},
		{"recovered", c.Recovered, "recovered", true},
		{"lost", c.Lost, "lost", false},
		{"declared: the session was gone, and said so", c.LostDeclared, "", true},
		{"silent: nobody was told", c.LostSilent, "", true},
		{"at the beginning of their flows", c.LostPrefix, "", true},
		{"in the middle", c.LostMiddle, "", true},
		{"at the end", c.LostSuffix, "", true},
		{"still under way at the end, perhaps", c.LostUnknown, "", false},
		{"duplicated", c.Duplicated, "duplicated", false},
		{"reordered", c.Reordered, "reordered", false},
		{"phantom", c.Phantom, "phantom", false},
		{"missed", c.Missed, "missed", false},
		{"copies", c.Copies, "copies", false},
	}
}

func tallyTable(caption, first string, list []tally) Table {
	t := Table{Caption: caption, Columns: []Column{{Title: first, Text: true}, {Title: "count"}}}
	for _, x := range list {
		name := Cell{Text: x.name}
		if x.metric != "" {
			name = metricCell(x.metric)
		}
		r := row(name, countCell(x.value))
		r.Part = x.part
		t.Rows = append(t.Rows, r)
	}
	return t
}

// groupTable holds the counts by pair of groups.
func groupTable(r *reports.Result) Table {
	t := Table{Caption: "Messages by group", Class: "dense", Columns: []Column{{Title: "From", Text: true}, {Title: "To", Text: true}}}
	metrics := []string{
		"attempted", "acknowledged", "in_doubt", "refused", "unsent", "expected", "delivered", "lost", "recovered", "duplicated",
		"reordered", "phantom", "missed", "copies",
	}
	for _, m := range metrics {
		t.Columns = append(t.Columns, metricColumn(m))
	}
	for _, g := range r.Groups {
		c := g.Counts
		cells := []Cell{textCell(g.Publishers), textCell(g.Subscribers)}
		if g.Subscribers == "" {
			cells[1] = textCell("(published)")
		}
		for n, value := range []uint64{
			c.Attempted, c.Acknowledged, c.InDoubt, c.Refused, c.Unsent, c.Expected, c.Delivered, c.Lost, c.Recovered, c.Duplicated,
			c.Reordered, c.Phantom, c.Missed, c.Copies,
		} {
			if atPublisher := n < 5; value == 0 && atPublisher != (g.Subscribers == "") {
				cells = append(cells, textCell("")) // it is counted on the other side
				continue
			}
			cells = append(cells, countCell(value))
		}
		t.Rows = append(t.Rows, row(cells...))
	}
	t.Rows, t.Notes = bounded(t.Rows, "groups", "result.json")
	return t
}

// windowTable places what went wrong in the windows of the run.
func windowTable(r *reports.Result, a *check.Analysis) Table {
	t := Table{Caption: "Loss, duplicates and order by window", Columns: []Column{
		{Title: "Messages intended", Text: true}, metricColumn("lost"), metricColumn("duplicated"), metricColumn("reordered"),
	}}
	if a == nil {
		return Table{Notes: []string{"Without the record of the run it is not known when messages were lost or duplicated."}}
	}
	rest := check.Mishaps{Lost: r.Counts.Lost, Duplicated: r.Counts.Duplicated, Reordered: r.Counts.Reordered}
	names := map[history.Window]string{
		history.WarmUp: "in the warm-up", history.Before: "before faults", history.During: "during faults", history.After: "after faults",
	}
	if len(r.Injections) == 0 {
		names[history.Before] = "in the measurement"
	}
	for _, w := range history.WindowNames() {
		m := a.ByWindow[w]
		if len(r.Injections) == 0 && (w == history.During || w == history.After) && m == (check.Mishaps{}) {
			continue
		}
		t.Rows = append(t.Rows, row(textCell(names[w]), countCell(m.Lost), countCell(m.Duplicated), countCell(m.Reordered)))
		rest.Lost -= min(rest.Lost, m.Lost)
		rest.Duplicated -= min(rest.Duplicated, m.Duplicated)
		rest.Reordered -= min(rest.Reordered, m.Reordered)
	}
	if rest != (check.Mishaps{}) {
		t.Rows = append(t.Rows, row(textCell("at a time that the record does not have"), countCell(rest.Lost), countCell(rest.Duplicated),
			countCell(rest.Reordered)))
		t.Notes = append(t.Notes, "The record lists the first 50,000 duplicates and reorderings with their times; it counts all.")
	}
	return t
}

// tableRows bounds a table of a page: a browser is slow with more, and a person lost.
const tableRows = 100

// bounded keeps the first rows of a table and says where the others are.
func bounded(rows []Row, things, file string) ([]Row, []string) {
	if len(rows) <= tableRows {
		return rows, nil
	}
	return rows[:tableRows:tableRows], []string{
		"The first " + reports.Count(tableRows) + " of " + reports.Count(uint64(len(rows))) + " " + things + "; " + file + " has all."}
}
