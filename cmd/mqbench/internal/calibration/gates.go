package calibration

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

// What a gate has to keep to, as shares of gates: false alarms below, detections at least.
const (
	mostFalseAlarms = 0.01
	leastDetected   = 0.95
)

// GateOptions say how the gate is tried.
type GateOptions struct {
	// Gates is how many gates of each kind are tried, Runs how many runs each side of a gate has. Gates of one kind have
	// no run in common.
	Gates, Runs int
	// Delay is how long the broker holds each delivery back; the slowed one does so for Slower times as long.
	Delay  time.Duration
	Slower float64
	// Measure is how long load is offered in a run.
	Measure time.Duration
	// Keep is where the runs are written, all in one file that `mqbench gate` reads as well; nil: nowhere.
	Keep io.Writer
	// Progress is told how many of how many runs are done; nil: nobody.
	Progress func(done, of int)
}

// DefaultGateOptions are those of `mqbench gate-trial`.
func DefaultGateOptions() GateOptions {
	return GateOptions{Gates: 100, Runs: 6, Delay: 5 * time.Millisecond, Slower: 1.2, Measure: 400 * time.Millisecond}
}

// Check says what is wrong with the options.
func (o GateOptions) Check() error {
	switch {
	case o.Gates < 2 || o.Gates%2 != 0:
		return fmt.Errorf("got %d gates, want an even number, 2 or more: each block of runs makes two of a kind", o.Gates)
	case o.Runs < 1:
		return fmt.Errorf("got %d runs, want 1 or more of each side", o.Runs)
	case o.Delay <= 0 || o.Measure < 100*time.Millisecond:
		return fmt.Errorf("got a delay of %v and %v of load, want some delay and at least 100ms", o.Delay, o.Measure)
	case o.Slower <= 0:
		return fmt.Errorf("got %v times the delay, want more than 0", o.Slower)
	}
	return nil
}

// The arms of a block: two sides of one build and two of another that is slower. They take turns, there and back, so
// that each has the same place in time on average.
const (
	armBase = iota
	armSame
	armSlow
	armAlsoSlow
	arms
)

// A block is the runs of its arms.
type block [arms][]gate.Run

// TryGates measures the gate itself. Real runs of one and the same broker are held against each other, and against runs of
// one that holds deliveries back for longer: how often does the gate fail where nothing has changed, and how often where
// something has? It prints both rates to w, with their confidence intervals, and says whether they are what they should
// be.
func TryGates(ctx context.Context, w io.Writer, o GateOptions) (kept bool, err error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	began := time.Now()
	blocks := make([]block, o.Gates/2)
	for i := range blocks {
		if err := o.fill(ctx, &blocks[i], i*o.Runs*arms, o.Gates/2*o.Runs*arms); err != nil {
			return false, err
		}
	}
	rates, err := evaluate(blocks)
	if err != nil {
		return false, err
	}
	if o.Keep != nil {
		if err := gate.SaveRuns(o.Keep, runsOf(blocks), began, ""); err != nil {
			return false, err
		}
	}
	return o.report(w, rates, time.Since(began))
}

// runsOf are the runs of all blocks.
func runsOf(blocks []block) []gate.Run {
	var all []gate.Run
	for n, b := range blocks {
		for _, arm := range b {
			for _, run := range arm {
				run.Path = fmt.Sprintf("block %d, %s", n+1, run.Path)
				all = append(all, run)
			}
		}
	}
	return all
}

// fill makes the runs of a block, of which before have been done of all.
func (o GateOptions) fill(ctx context.Context, b *block, before, all int) error {
	order := []int{armBase, armSlow, armSame, armAlsoSlow}
	for round := range o.Runs {
		for _, arm := range order {
			r, err := o.run(ctx, arm >= armSlow)
			if err != nil {
				return fmt.Errorf("run %d: %w", before+1, err)
			}
			b[arm] = append(b[arm], gate.Run{Path: fmt.Sprintf("arm %d, run %d", arm, round), Result: r})
			before++
			if o.Progress != nil {
				o.Progress(before, all)
			}
		}
		slices.Reverse(order)
	}
	return nil
}

// run is one run against a broker that lives no longer.
func (o GateOptions) run(ctx context.Context, slow bool) (*reports.Result, error) {
	delay := o.Delay
	if slow {
		delay = time.Duration(float64(delay) * o.Slower)
	}
	e := small("gate", 1)
	e.publishers = []scenarios.PublisherGroup{publishers("p", 40, 1, 20)}
	e.plan = func(int) faulty.Plan { return faulty.Plan{DeliveryDelay: delay} }
	e.measure, e.interval = o.Measure, 100*time.Millisecond
	out, err := e.run(ctx)
	if err != nil {
		return nil, err
	}
	r := reports.NewResult(out.record, out.analysis, e.scenario())
	gate.Apply(r, nil)
	return r, nil
}

// A rate is how many gates of a kind failed.
type rate struct {
	what  string
	goal  string
	gates int
	// failed gates are alarms; the inconclusive ones say nothing.
	failed, inconclusive int
	// kept says whether the rate is what it should be; nil: there is no goal.
	kept func(share float64) bool
	// reasons count what alarms were about, doubts why runs could not be used.
	reasons, doubts map[string]int
}

// evaluate holds the arms of each block against each other, with the key figures and with all.
func evaluate(blocks []block) ([]rate, error) {
	falseAlarm := func(share float64) bool { return share < mostFalseAlarms }
	detected := func(share float64) bool { return share >= leastDetected }
	rates := []rate{
		{what: "same build, in turn", goal: "< 1 %", kept: falseAlarm},
		{what: "slowed build, in turn", goal: "≥ 95 %", kept: detected},
		{what: "same build, every figure", goal: "< 1 %", kept: falseAlarm},
		{what: "slowed build, every figure"},
		{what: "same build, one side after the other"},
	}
	every := gate.Options{All: true}
	for n, b := range blocks {
		pairs := []struct {
			rate    int
			base    int
			now     int
			options gate.Options
		}{
			{0, armBase, armSame, gate.Options{}}, {0, armSlow, armAlsoSlow, gate.Options{}},
			{1, armBase, armSlow, gate.Options{}}, {1, armSame, armAlsoSlow, gate.Options{}},
			{2, armBase, armSame, every}, {2, armSlow, armAlsoSlow, every},
			{3, armBase, armSlow, every}, {3, armSame, armAlsoSlow, every},
		}
		for _, p := range pairs {
			if err := rates[p.rate].add(b[p.base], b[p.now], p.options); err != nil {
				return nil, err
			}
		}
		if n%2 == 0 && n+1 < len(blocks) {
			for arm := range arms {
				if err := rates[4].add(b[arm], blocks[n+1][arm], gate.Options{}); err != nil {
					return nil, err
				}
			}
		}
	}
	return rates, nil
}

// add carries one gate out.
func (r *rate) add(base, now []gate.Run, o gate.Options) error {
	d, err := gate.Regress(base, now, o)
	if err != nil {
		return err
	}
	r.gates++
	if r.reasons == nil {
		r.reasons, r.doubts = map[string]int{}, map[string]int{}
	}
	switch {
	case d.Verdict == check.Fail:
		r.failed++
		if len(d.Worse) == 0 {
			r.reasons["a run failed by itself"]++
		}
		for _, c := range d.Worse {
			r.reasons[c.Figure]++
		}
	case d.Verdict != check.Pass:
		r.inconclusive++
		for _, c := range d.Excused {
			r.doubts[c.Figure+" (mqbench's own waits)"]++
		}
		for _, run := range slices.Concat(base, now) {
			r.doubt(run.Result)
		}
	}
	return nil
}

// doubt notes why a run was inconclusive.
func (r *rate) doubt(result *reports.Result) {
	for _, f := range result.Findings {
		if check.Verdict(f.Verdict) == check.Inconclusive {
			r.doubts[f.Name]++
		}
	}
}

// share is the part of the gates that failed.
func (r rate) share() float64 { return float64(r.failed) / float64(max(r.gates, 1)) }
