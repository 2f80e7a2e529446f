package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

// ExitNotComparable is the exit code of a gate whose sides cannot be compared.
const ExitNotComparable = 5

// DefaultAlpha is how often, at most, a gate may call something worse although nothing has changed.
const DefaultAlpha = 0.005

// suspicious is the adjusted p-value up to which what is not sure is worth being told.
const suspicious = 0.1

// Options say how new runs are held against a baseline. The zero Options are the defaults.
type Options struct {
	// Alpha is [DefaultAlpha] where it is 0.
	Alpha   float64
	Effects Effects
	// Allow are the facts that may differ, by key or group; see [Allowable].
	Allow []string
	// Only are the figures to look at, Ignore those that are left out, each as in [ParseEffects]; none: the key figures.
	// All: every figure that has a better and a worse.
	Only, Ignore []string
	All          bool
	// RegressionsOnly lets new runs pass that fail by themselves, as long as nothing got worse.
	RegressionsOnly bool
}

// A Tally counts the runs of a side. Used are those that the statistics rest on: whole ones that were not inconclusive, nor
// failed while mqbench was beyond its bounds, so that their times say nothing of brokers.
type Tally struct {
	Runs         int `json:"runs"`
	Used         int `json:"used"`
	Failed       int `json:"failed"`
	Inconclusive int `json:"inconclusive"`
	Interrupted  int `json:"interrupted"`
}

// A Change is how a figure differs between the sides.
type Change struct {
	Figure string               `json:"figure"`
	Title  string               `json:"title"`
	Unit   scenarios.Unit       `json:"unit"`
	Better scenarios.Preference `json:"better"`
	// Base and New are medians over runs; of an exact count, the most that a run had.
	Base compare.Number `json:"base"`
	New  compare.Number `json:"new"`
	// Ratio is New over Base, with its confidence interval; NaN where that means nothing.
	Ratio     compare.Number `json:"ratio"`
	RatioLow  compare.Number `json:"ratio_low"`
	RatioHigh compare.Number `json:"ratio_high"`
	// P is the probability that something that has not changed looks so, over all figures together; 0: it is a count
	// that must not be.
	P float64 `json:"p"`
	// Exact: a single one is too many.
	Exact bool `json:"exact,omitempty"`
	// Effect is the least that counts.
	Effect string `json:"effect,omitempty"`
	// Note says what else there is to know.
	Note string `json:"note,omitempty"`
}

// A Decision is what came of holding new runs against a baseline.
type Decision struct {
	Verdict check.Verdict `json:"verdict"`
	// NotComparable: the sides differ in what decides figures without being under test, see Mismatches. Then nothing was
	// compared.
	NotComparable bool `json:"not_comparable"`
	// Reasons say why the verdict is not pass.
	Reasons []string `json:"reasons"`
	Notes   []string `json:"notes"`
	Base    Tally    `json:"base"`
	New     Tally    `json:"new"`
	// Alpha is how often at most a gate that compares the same thing fails, Need how many runs of each side that takes.
	Alpha float64 `json:"alpha"`
	Need  int     `json:"need"`
	// Compared counts the figures that both sides have.
	Compared int `json:"compared"`
	// Worse and Better are sure. Perhaps may be worse: by enough to count, and not surely. Excused is worse by no more
	// than mqbench's own waits.
	Worse      []Change   `json:"worse"`
	Better     []Change   `json:"better"`
	Perhaps    []Change   `json:"perhaps"`
	Excused    []Change   `json:"excused"`
	Mismatches []Mismatch `json:"mismatches"`
	Changed    []Mismatch `json:"changed"`
}

// Exit is the exit code.
func (d *Decision) Exit() int {
	switch {
	case d.Verdict == check.Fail:
		return ExitFail
	case d.NotComparable:
		return ExitNotComparable
	case d.Verdict == check.Pass:
		return ExitPass
	default:
		return ExitInconclusive
	}
}

// Word is the verdict in words.
func (d *Decision) Word() string {
	if d.NotComparable && d.Verdict != check.Fail {
		return "not comparable"
	}
	return string(d.Verdict)
}

// worsen makes the verdict worse, for a reason.
func (d *Decision) worsen(v check.Verdict, reason string, args ...any) {
	d.Verdict = check.Worst(d.Verdict, v)
	d.Reasons = append(d.Reasons, fmt.Sprintf(reason, args...))
}

func (d *Decision) note(text string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(text, args...))
}

// Regress holds new runs against those of a baseline. It fails where a new run fails by itself, where there is a count of
// what must not be and the baseline has none, or where a figure is surely worse: by its least effect that counts, and
// by a probability that holds for all figures together, see [compare.Relabel]. An error says that the sides are none.
func Regress(base, now []Run, o Options) (*Decision, error) {
	if o.Alpha <= 0 {
		o.Alpha = DefaultAlpha
	}
	if err := apart(base, now); err != nil {
		return nil, err
	}
	d := &Decision{
		Verdict: check.Pass, Alpha: o.Alpha, Need: compare.Need(o.Alpha), Reasons: []string{}, Notes: []string{},
		Worse: []Change{}, Better: []Change{}, Perhaps: []Change{}, Excused: []Change{}, Mismatches: []Mismatch{}, Changed: []Mismatch{},
	}
	var sides [2][]*reports.Result
	d.Base, sides[0] = tally(base)
	d.New, sides[1] = tally(now)
	d.Changed = append(d.Changed, changes(base, now)...)
	d.Mismatches = append(d.Mismatches, mismatches(base, now, o.Allow)...)
	d.runs(now, o)
	for _, m := range d.Mismatches {
		d.NotComparable = d.NotComparable || !m.Allowed
	}
	if d.NotComparable {
		d.worsen(check.Inconclusive, "the runs were not made under the same conditions")
		return d, nil
	}
	d.exact(base, now, o)
	d.compare(sides, o)
	d.whence(base, now)
	return d, nil
}

// apart refuses sides that are empty or share a run.
func apart(base, now []Run) error {
	if len(base) == 0 || len(now) == 0 {
		return fmt.Errorf("%d runs in the baseline and %d new ones: want some of both", len(base), len(now))
	}
	for _, b := range base {
		for _, n := range now {
			if id := b.identity(); id != "" && id == n.identity() {
				return fmt.Errorf("run %q is in the baseline and among the new ones (as %q)", b.Path, n.Path)
			}
		}
	}
	return nil
}

// tally counts the runs of a side, and picks those to use.
func tally(runs []Run) (t Tally, used []*reports.Result) {
	for _, run := range runs {
		t.Runs++
		switch v := check.Verdict(run.Result.Verdict); {
		case run.Result.CutShort():
			t.Interrupted++
			continue
		case v == check.Fail:
			if t.Failed++; len(run.Result.Generator.Beyond) > 0 {
				continue
			}
		case v != check.Pass:
			t.Inconclusive++
			continue
		}
		t.Used++
		used = append(used, run.Result)
	}
	return t, used
}

// runs judges what the runs were by themselves.
func (d *Decision) runs(now []Run, o Options) {
	for _, run := range now {
		r := run.Result
		if check.Verdict(r.Verdict) != check.Fail {
			continue
		}
		if reason := fmt.Sprintf("new run %s failed by itself: %s", run.Path, failing(r)); o.RegressionsOnly {
			d.note("%s", reason)
		} else {
			d.worsen(check.Fail, "%s", reason)
		}
	}
	for _, side := range []struct {
		name string
		Tally
	}{{"baseline", d.Base}, {"new runs", d.New}} {
		if left := side.Runs - side.Used; left > 0 {
			d.note("%s: %d of %d left out of the comparison (%d inconclusive, %d cut short, %d failed with mqbench beyond its bounds)",
				side.name, left, side.Runs, side.Inconclusive, side.Interrupted, left-side.Inconclusive-side.Interrupted)
		}
	}
	if d.Base.Failed > 0 {
		d.note("baseline: %d of %d failed by themselves", d.Base.Failed, d.Base.Runs)
	}
}

// failing names the first findings and thresholds that a run failed.
func failing(r *reports.Result) string {
	var names []string
	for _, f := range r.Findings {
		if check.Verdict(f.Verdict) == check.Fail {
			names = append(names, f.Name)
		}
	}
	for _, t := range r.Thresholds {
		if check.Verdict(t.Verdict) == check.Fail {
			names = append(names, t.Expression+" (observed "+t.Observed+")")
		}
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", len(names)-3))
	}
	if len(names) == 0 {
		return "it does not say why"
	}
	return strings.Join(names, "; ")
}

// whence notes when the sides did not take turns.
func (d *Decision) whence(base, now []Run) {
	first := func(a, b Run) int { return a.Result.Started.Compare(b.Result.Started) }
	if slices.MaxFunc(base, first).Result.Started.Before(slices.MinFunc(now, first).Result.Started) ||
		slices.MaxFunc(now, first).Result.Started.Before(slices.MinFunc(base, first).Result.Started) {
		d.note("the sides did not take turns: what changed on the machine between them counts as a difference")
	}
}

// finite tells a number from NaN and infinite ones.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
