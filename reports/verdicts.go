package reports

import (
	"io"
	"strings"
)

// WriteVerdictsCSV writes verdicts.csv: the verdict of the run, then each threshold with what was observed and each
// finding with its evidence.
func WriteVerdictsCSV(w io.Writer, r *Result) error {
	return writeCSV(w, "verdicts.csv", []string{"kind", "name", "verdict", "observed"}, func(yield func([]string) bool) {
		for _, j := range r.judgements() {
			if !yield([]string{j.kind, cell(j.name), cell(j.verdict), cell(j.observed)}) {
				return
			}
		}
	})
}

// A judgement is what tables and test reports have in common of verdict, threshold and finding.
type judgement struct{ kind, name, verdict, observed string }

// The kinds of judgements.
const (
	kindRun       = "run"
	kindThreshold = "threshold"
	kindFinding   = "finding"
)

// judgements are all of the result, that of the run first.
func (r *Result) judgements() []judgement {
	list := []judgement{{kindRun, r.Scenario, r.Verdict, r.Reason()}}
	for _, t := range r.Thresholds {
		list = append(list, judgement{kindThreshold, t.Expression, t.Verdict, oneLine(t.Observed)})
	}
	for _, f := range worstFirst(r.Findings) {
		list = append(list, judgement{kindFinding, f.Name, f.Verdict, oneLine(f.Detail)})
	}
	return list
}

// oneLine is a text of several lines on one, fit to be printed.
func oneLine(s string) string { return strings.ReplaceAll(cleanLines(s), "\n", " ") }
