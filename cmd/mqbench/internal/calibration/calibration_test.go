package calibration

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
)

// Every case whose figures are counts, at once: measured is true. Those that measure times are left to the command,
// because a test may have to share its machine.
func TestEveryCount(t *testing.T) {
	var names []string
	for _, c := range catalogue(Options{}) {
		if !c.alone {
			names = append(names, c.name)
		}
	}
	names = append(names, together(fewestPublishers).name, volume(1).name)
	var out bytes.Buffer
	equal, err := Run(t.Context(), &out, Options{Messages: 20_000, Publishers: fewestPublishers, Cases: names})
	if err != nil || !equal {
		t.Errorf("equal = %t, %v\n%s", equal, err, differences(out.String()))
	}
	if !strings.Contains(out.String(), " are equal (cases: ") {
		t.Errorf("the last line says nothing: %q", out.String()[max(0, out.Len()-80):])
	}
}

// differences are the lines of a table that are not equal, and the last one.
func differences(table string) string {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	last := lines[len(lines)-1]
	lines = slices.DeleteFunc(lines, func(l string) bool { return !strings.Contains(l, " NO") })
	return strings.Join(append(lines, last), "\n")
}

func TestCasesHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range catalogue(Options{}) {
		if c.name == "" || seen[c.name] {
			t.Errorf("case %q has no name of its own", c.name)
		}
		seen[c.name] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d cases", len(seen))
	}
}

func TestUnknownCase(t *testing.T) {
	if equal, err := Run(t.Context(), &bytes.Buffer{}, Options{Cases: []string{"no such case"}}); err == nil || equal {
		t.Errorf("equal = %t, %v, want an error", equal, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if equal, err := Run(ctx, &bytes.Buffer{}, Options{}); !errors.Is(err, context.Canceled) || equal {
		t.Errorf("equal = %t, %v, want that it was cancelled", equal, err)
	}
}

// A calibration that cannot fail shows nothing: any figure that is told wrong, by either side, is found.
func TestDifferencesAreFound(t *testing.T) {
	e := failing(small("drop acknowledged, middle", 1, at(faulty.Drop, middle)))
	o, err := e.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, tamper := range map[string]func(o *outcome){
		"truth: lost":          func(o *outcome) { o.truth.Lost++ },
		"truth: phantom":       func(o *outcome) { o.truth.Phantom++ },
		"truth: nothing done":  func(o *outcome) { o.truth.Acts = nil },
		"measured: delivered":  func(o *outcome) { o.analysis.Counts.Delivered-- },
		"measured: duplicated": func(o *outcome) { o.analysis.Counts.Duplicated++ },
		"measured: reordered":  func(o *outcome) { o.analysis.Counts.Reordered++ },
		"measured: missed":     func(o *outcome) { o.analysis.Counts.Missed++ },
		"measured: verdict":    func(o *outcome) { o.analysis.Verdict = check.Pass },
		"measured: silent for declared": func(o *outcome) {
			o.analysis.Counts.LostSilent--
			o.analysis.Counts.LostDeclared++
		},
	} {
		wrong := o
		analysis := *o.analysis
		wrong.analysis = &analysis
		tamper(&wrong)
		for _, c := range []struct {
			outcome outcome
			equal   bool
		}{{o, true}, {wrong, false}} {
			var out bytes.Buffer
			equal, err := report(&out, []trial{{name: e.name}}, [][]row{e.compare(c.outcome)})
			if err != nil || equal != c.equal || equal == strings.Contains(out.String(), "differ") {
				t.Errorf("%s: equal = %t, %v, want %t\n%s", name, equal, err, c.equal, out.String())
			}
		}
	}
}

// A case that compares nothing is not equal.
func TestNothingCompared(t *testing.T) {
	if equal, err := report(&bytes.Buffer{}, []trial{{name: "empty"}}, [][]row{nil}); !errors.Is(err, errNothing) || equal {
		t.Errorf("equal = %t, %v", equal, err)
	}
}

func TestTimes(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		truth, measured time.Duration
		want            bool
	}{
		{50 * ms, 52 * ms, true}, {50 * ms, 53 * ms, false}, {50 * ms, 47 * ms, false},
		{2 * ms, 3 * ms, true}, {2 * ms, 3*ms + 1, false}, {0, ms, true}, {0, 2 * ms, false},
	} {
		if got := span("", c.truth, c.measured).equal; got != c.want {
			t.Errorf("true %v, measured %v: equal = %t, want %t", c.truth, c.measured, got, c.want)
		}
	}
}
