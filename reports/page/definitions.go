package page

import (
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// A definition says what a metric is, or what a finding means.
type definition struct{ ID, Title, Name, Text string }

// metricDefinitions define all metrics.
func metricDefinitions() []definition {
	var list []definition
	for _, m := range scenarios.Metrics() {
		list = append(list, definition{about(m.Name), m.Title, m.Name, m.Definition})
	}
	return list
}

// findingDefinitions explain the findings that a result has, each once.
func findingDefinitions(r *reports.Result) []definition {
	var list []definition
	for _, e := range check.Explanations() {
		for _, f := range r.Findings {
			if f.Name == e.Name {
				text := strings.Join(strings.Fields(strings.Join([]string{e.Meaning, e.Judged, e.Advice}, " ")), " ")
				list = append(list, definition{ID: why(e.Name), Title: e.Name, Text: text})
				break
			}
		}
	}
	return list
}

// why is the fragment of a finding's explanation.
func why(finding string) string { return "why-" + strings.ReplaceAll(finding, " ", "-") }

// findingCell names a finding and leads to its explanation, where there is one.
func findingCell(name string) Cell {
	for _, e := range check.Explanations() {
		if e.Name == name {
			return Cell{Text: name, About: why(name)}
		}
	}
	return textCell(name)
}
