package scenarios_test

import (
	"strings"
	"testing"

	"github.com/mqbench/mqbench/scenarios"
)

// Every figure of every metric has a name that reads back as the same figure, and is worth being a threshold.
func TestFigureNamesReadBack(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range scenarios.Metrics() {
		figures := m.Figures(true)
		for _, f := range figures {
			if seen[f.String()] {
				t.Errorf("%s is there twice", f)
			}
			seen[f.String()] = true
			again, err := scenarios.ParseFigureName(f.String())
			if err != nil || again != f {
				t.Errorf("%q reads back as %v, %v", f, again, err)
			}
			value := map[scenarios.Unit]string{
				scenarios.UnitNumber: "1", scenarios.UnitPerSecond: "1.5/s", scenarios.UnitNanoseconds: "1ms", scenarios.UnitBytes: "1KiB",
			}[f.Unit()]
			text := f.Metric
			if f.Statistic != "" {
				text += "." + f.Statistic
			}
			text += " < " + value + " " + string(f.Window)
			if threshold, err := scenarios.ParseThreshold(text); err != nil || threshold.FigureName() != f {
				t.Errorf("%q: %v, %v", text, threshold, err)
			}
		}
		for _, k := range m.KeyFigures(true) {
			if !seen[k.String()] {
				t.Errorf("the key figure %s is no figure", k)
			}
			if k.Better() == scenarios.Neither {
				t.Errorf("%s is a key figure, and nobody knows what is better", k)
			}
		}
		if m.Definition == "" || m.Title == "" {
			t.Errorf("%s is not explained", m.Name)
		}
	}
}

func TestParseFigureNameErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "unknown metric",
		"lost.p99":                  `want "lost …"`,
		"end_to_end":                "lacks a statistic",
		"end_to_end.p99 by night":   "unknown window",
		"failover.p99 after faults": "is not told apart by window",
		"endtoend.p99":              "end_to_end",
	} {
		if _, err := scenarios.ParseFigureName(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to say %q", text, err, want)
		}
	}
}
