package reports

import (
	"fmt"
	"math"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A Figure is what was observed: it lies between Low and High, which differ where part of the evidence is missing. A
// client or an injection that never was served again makes it +Inf. It is counted in the unit of its name, see
// [scenarios.FigureName].
type Figure struct {
	Low, High float64
	// Known is false where there is nothing to observe; Text says why.
	Known bool
	// Text is the figure as people read it.
	Text string
}

// Exact reports whether the figure is known and is one value.
func (f Figure) Exact() bool { return f.Known && f.Low == f.High }

func exactly(v float64, text string) Figure { return Figure{Low: v, High: v, Known: true, Text: text} }

func nothing(why string) Figure { return Figure{Text: why} }

// Observe finds a figure of a result. It is the one definition of what thresholds, comparisons, baselines and lists of
// figures speak of.
func Observe(name scenarios.FigureName, r *Result) Figure {
	m, known := scenarios.FindMetric(name.Metric)
	if !known {
		return nothing(fmt.Sprintf("unknown metric %q", name.Metric))
	}
	return observe(m, name, r)
}

// observe finds a figure of a metric.
func observe(m scenarios.Metric, name scenarios.FigureName, r *Result) Figure {
	switch {
	case m.Kind == scenarios.KindCount && (name.Window != scenarios.WindowAll || name.Statistic != ""):
		return nothing("counts have no windows and no statistics")
	case m.Kind == scenarios.KindFailover && name.Metric != scenarios.Backlog && name.Window != scenarios.WindowAll:
		return nothing("failover has no windows")
	case !m.Windows && name.Window != scenarios.WindowAll:
		return nothing(name.Metric + " has no windows")
	}
	switch m.Kind {
	case scenarios.KindCount:
		return count(name.Metric, r)
	case scenarios.KindLatency:
		l, ok := latencies(name.Window, r)
		if !ok {
			return nothing(fmt.Sprintf("no window %q", name.Window))
		}
		return statistic(name.Statistic, l[name.Metric], "samples")
	case scenarios.KindFailover:
		if name.Metric == scenarios.Backlog {
			return neverHealed(name, statistic(name.Statistic, r.Backlog, "injections"), r)
		}
		return cutShort(name, wayBack(name, r.Failover), r)
	default:
		return single(name.Metric, r)
	}
}

// latencies are those of a window. The whole measurement of a run without faults is before faults.
func latencies(w scenarios.Window, r *Result) (l Latencies, ok bool) {
	switch w {
	case scenarios.WindowAll:
		return r.Latency, true
	case scenarios.WindowBefore:
		return r.Windows[string(history.Before)], true
	case scenarios.WindowDuring:
		return r.Windows[string(history.During)], true
	case scenarios.WindowAfter:
		return r.Windows[string(history.After)], true
	default:
		return nil, false
	}
}

func wayBack(t scenarios.FigureName, f Failover) Figure {
	d := f.Resume
	switch t.Metric {
	case "detect":
		d = f.Detect
	case "reconnect":
		d = f.Reconnect
	case "resubscribe":
		d = f.Resubscribe
	}
	return statistic(t.Statistic, d, "affected clients")
}

// cutShort widens a figure that rests on clients that were never served again, where that is only because the run was
// ended early: they would have taken at least as long as they were watched, and may have come back any time after.
func cutShort(t scenarios.FigureName, f Figure, r *Result) Figure {
	switch {
	case !r.CutShort():
	case t.Statistic == "never" && f.Known:
		f.Low = 0
		f.Text += ", ended early"
	case f.Known && math.IsInf(f.Low, 1):
		f.Low = 0
		if t.Statistic != "mean" {
			f.Low = float64(watched(r))
		}
		f.Text += ", ended early"
	}
	return f
}

// neverHealed widens the figure of a backlog that rests on an injection that was not healed, where that may only be
// because the run was ended early.
func neverHealed(t scenarios.FigureName, f Figure, r *Result) Figure {
	if !r.CutShort() || !f.Known {
		return f
	}
	if t.Statistic == "never" || math.IsInf(f.Low, 1) {
		f.Low = 0
		f.Text += ", ended early"
	}
	return f
}

// watched is the shortest time for which clients that were hit and not served again were watched: until the load ended.
func watched(r *Result) time.Duration {
	until := r.Duration
	for _, p := range r.Phases {
		if p.Name == "measure" && p.Ended > 0 {
			until = min(until, p.Ended)
		}
	}
	shortest := until
	for _, i := range r.Injections {
		if i.Clients.NeverResumed > 0 {
			shortest = min(shortest, until-i.Began)
		}
	}
	return max(shortest, 0)
}

// statistic takes one figure from a distribution of times; things names what was counted.
func statistic(name string, d Distribution, things string) Figure {
	all := d.Count + d.Never
	switch {
	case name == "count":
		return exactly(float64(d.Count), thousands(max(d.Count, 0)))
	case all == 0:
		return nothing("no " + things)
	case name == "never":
		return exactly(float64(d.Never), fmt.Sprintf("%s of %s", thousands(d.Never), thousands(all)))
	}
	v, ok := d.Statistic(name)
	switch {
	case !ok:
		return nothing(fmt.Sprintf("unknown statistic %q", name))
	case v < 0:
		return exactly(math.Inf(1), fmt.Sprintf("never (%s of %s)", thousands(d.Never), thousands(all)))
	default:
		return exactly(float64(v), humane(v))
	}
}

// Statistic is one of the distribution's: min, mean, p50, p90, p99, p999 or max, and -1 where it falls on a sample without
// a value: the mean and the maximum do as soon as there is one, the minimum when there is no other. ok is false for any
// other name.
func (d Distribution) Statistic(name string) (v time.Duration, ok bool) {
	switch name {
	case "p50":
		return d.P50, true
	case "p90":
		return d.P90, true
	case "p99":
		return d.P99, true
	case "p999":
		return d.P999, true
	case "min":
		v, ok = d.Min, d.Count > 0
	case "mean":
		v, ok = d.Mean, d.Never == 0
	case "max":
		v, ok = d.Max, d.Never == 0
	default:
		return 0, false
	}
	if !ok {
		return -1, true
	}
	return v, true
}

// count takes one count. A count of what went wrong is only a figure when something could have gone wrong: it needs a
// positive base. What an unfinished drain left unknown may have been lost, every one of it.
func count(name string, r *Result) Figure {
	c := r.Counts
	amount := func(v uint64) Figure { return exactly(float64(v), thousands(v)) }
	among := func(v, base uint64, nobody string) Figure {
		if v == 0 && base == 0 {
			return nothing(nobody)
		}
		return amount(v)
	}
	const unoffered, unexpected, undelivered = "nothing was published", "no delivery was owed", "nothing was delivered"
	switch name {
	case "attempted":
		return amount(c.Attempted)
	case "acknowledged":
		return amount(c.Acknowledged)
	case "in_doubt":
		return among(c.InDoubt, c.Attempted, unoffered)
	case "refused":
		return among(c.Refused, c.Attempted, unoffered)
	case "unsent":
		return among(c.Unsent, c.Attempted, unoffered)
	case "expected":
		return amount(c.Expected)
	case "delivered":
		return amount(c.Delivered)
	case "lost":
		return lost(c, among(c.Lost, c.Expected+c.LostUnknown, unexpected))
	case "recovered":
		return among(c.Recovered, c.Attempted, unoffered)
	case "duplicated":
		return among(c.Duplicated, c.Delivered, undelivered)
	case "reordered":
		return among(c.Reordered, c.Delivered, undelivered)
	case "copies":
		return among(c.Copies, c.Delivered, undelivered)
	case "phantom":
		return among(c.Phantom, c.Delivered, undelivered)
	case "missed":
		return among(c.Missed, c.Expected+c.LostUnknown+c.Attempted, unoffered)
	case scenarios.UnexplainedOutages:
		return among(uint64(max(0, r.Outages.Unexplained)), c.Expected+c.LostUnknown+c.Attempted, unoffered)
	default:
		return nothing(fmt.Sprintf("unknown metric %q", name))
	}
}

// lost widens the figure by the deliveries whose fate is unknown.
func lost(c Counts, f Figure) Figure {
	if c.LostUnknown > 0 {
		f.High += float64(c.LostUnknown)
		f.Text = thousands(c.Lost) + " to " + thousands(c.Lost+c.LostUnknown)
	}
	return f
}
