package page

import (
	"github.com/mqbench/mqbench/reports"
)

// thresholdTable compares what was wanted with what was observed.
func thresholdTable(r *reports.Result) Table {
	t := Table{Caption: "Thresholds", Class: "words", Columns: []Column{
		{Title: "Threshold", Text: true}, {Title: "observed"}, {Title: "verdict", Text: true},
	}}
	for _, x := range r.Thresholds {
		t.Rows = append(t.Rows, row(textCell(x.Expression), textCell(x.Observed), Cell{Verdict: x.Verdict}))
	}
	if len(t.Rows) == 0 {
		t.Notes = append(t.Notes, "The scenario asks for no thresholds.")
	}
	return t
}

// findingTable holds every judgement with its evidence.
func findingTable(r *reports.Result) Table {
	t := Table{Caption: "Findings (times since the start of the run)", Class: "words evidence", Columns: []Column{
		{Title: "Finding", Text: true}, {Title: "verdict", Text: true}, {Title: "evidence", Text: true},
	}}
	for _, f := range reports.WorstFirst(r.Findings) {
		t.Rows = append(t.Rows, row(findingCell(f.Name), Cell{Verdict: f.Verdict}, textCell(f.Detail)))
	}
	if len(t.Rows) == 0 {
		t.Notes = append(t.Notes, "Nothing that was recorded could be judged.")
	}
	return t
}
