package calibration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
)

// A row is one figure of a case: what is true and what was measured.
type row struct {
	figure, truth, measured string
	equal                   bool
	// notes explain a difference, a line each.
	notes []string
}

// quantity is a row of two counts.
func quantity(figure string, truth, measured uint64) row {
	return row{
		figure: figure, equal: truth == measured,
		truth: strconv.FormatUint(truth, 10), measured: strconv.FormatUint(measured, 10),
	}
}

// counted makes cases of experiments of which all counts are compared.
func counted(list []experiment) []trial {
	trials := make([]trial, len(list))
	for i, e := range list {
		trials[i] = trial{name: e.name, alone: e.alone, rows: func(ctx context.Context) ([]row, error) {
			o, err := e.run(ctx)
			if err != nil {
				return nil, err
			}
			return e.compare(o), nil
		}}
	}
	return trials
}

// compare compares all counts, that the broker did what it was to do, and the verdict.
func (e experiment) compare(o outcome) []row {
	return slices.Concat(counts(o), done(o), []row{e.judged(o.analysis)})
}

// judged compares the verdict.
func (e experiment) judged(a *check.Analysis) row {
	r := row{figure: "verdict", truth: string(e.verdict), measured: string(a.Verdict), equal: a.Verdict == e.verdict}
	if e.verdict == "" {
		r.truth, r.equal = "not fail", a.Verdict != check.Fail
	}
	if !r.equal {
		for _, f := range a.Findings {
			r.notes = append(r.notes, fmt.Sprintf("%s: %s: %s", f.Verdict, f.Name, f.Detail))
		}
	}
	return r
}

// counts compares every count. A loss at the end of a flow is one more message that an observer of finite patience
// cannot judge: the broker knows that it is lost, mqbench has to call it unknown and nothing else.
func counts(o outcome) []row {
	t, m := &o.truth, &o.analysis.Counts
	return []row{
		quantity("attempted", t.Published, m.Attempted),
		quantity("acknowledged", t.Acknowledged, m.Acknowledged),
		quantity("in doubt", t.InDoubt, m.InDoubt),
		quantity("refused", t.Refused, m.Refused),
		quantity("unmatched", t.Unmatched, m.Unmatched),
		quantity("unsent", o.scheduled-t.Published, m.Unsent),
		quantity("expected", t.Expected-t.LostOpen, m.Expected),
		quantity("delivered", t.Delivered, m.Delivered),
		quantity("lost", t.Lost-t.LostOpen, m.Lost),
		quantity("lost, declared", t.LostDeclared, m.LostDeclared),
		quantity("lost, silent", t.LostSilent-t.LostOpen, m.LostSilent),
		quantity("lost, prefix", t.LostPrefix, m.LostPrefix),
		quantity("lost, middle", t.LostMiddle, m.LostMiddle),
		quantity("lost, suffix", t.LostSuffix-t.LostOpen, m.LostSuffix),
		quantity("unknown", t.LostOpen, m.LostUnknown),
		quantity("recovered", t.Recovered, m.Recovered),
		quantity("duplicated", t.Duplicated, m.Duplicated),
		quantity("reordered", t.Reordered, m.Reordered),
		quantity("phantom", t.Phantom, m.Phantom),
		quantity("missed", t.Missed, m.Missed),
		quantity("refused, delivered", t.RefusedDelivered, m.RefusedDelivered),
	}
}

// done are rows that say that the broker did what it was to do, so that a case whose anomaly did not happen is not
// taken for one that was measured.
func done(o outcome) []row {
	kinds := make(map[faulty.Kind]bool)
	for _, r := range o.plan.Rules {
		kinds[r.Action.Kind] = true
	}
	var rows []row
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		n := o.truth.Acts[k]
		rows = append(rows, row{
			figure: "done: " + string(k), truth: "some", measured: strconv.FormatUint(n, 10), equal: n > 0,
		})
	}
	return rows
}

// tolerance is how far a measured time may be from the true one.
func tolerance(truth time.Duration) time.Duration { return max(time.Millisecond, truth/20) }

// span is a row of two times that may differ by the tolerance.
func span(figure string, truth, measured time.Duration) row {
	difference := (measured - truth).Abs()
	return row{
		figure: figure, truth: milliseconds(truth), measured: milliseconds(measured), equal: difference <= tolerance(truth),
	}
}

// within is a row of a time that has to lie between two bounds.
func within(figure string, low, high, measured time.Duration) row {
	return row{
		figure: figure, truth: milliseconds(low) + " to " + milliseconds(high), measured: milliseconds(measured),
		equal: low <= measured && measured <= high,
	}
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64) + " ms"
}
