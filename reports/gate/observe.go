package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// observe finds the figure that a threshold speaks of.
func observe(t scenarios.Threshold, r *reports.Result) figure {
	switch t.Metric {
	case "detect", "reconnect", "resubscribe", "failover":
		if t.Window != scenarios.WindowAll {
			return nothing("failover has no windows")
		}
		return cutShort(t, failover(t, r.Failover), r)
	case "backlog":
		if t.Window != scenarios.WindowAll {
			return nothing("backlog has no windows")
		}
		return neverHealed(t, statistic(t.Statistic, r.Backlog, "injections"), r)
	case string(history.PublishDelay), string(history.PublishLatency), string(history.EndToEnd), string(history.Service),
		string(history.ConnectLatency):
		l, ok := latencies(t.Window, r)
		if !ok {
			return nothing(fmt.Sprintf("no window %q", t.Window))
		}
		return statistic(t.Statistic, l[t.Metric], "samples")
	default:
		if t.Window != scenarios.WindowAll || t.Statistic != "" {
			return nothing("counts have no windows and no statistics")
		}
		return count(t.Metric, r.Counts)
	}
}

// latencies are those of a window. The whole measurement of a run without faults is before faults.
func latencies(w scenarios.Window, r *reports.Result) (l reports.Latencies, ok bool) {
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

func failover(t scenarios.Threshold, f reports.Failover) figure {
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
func cutShort(t scenarios.Threshold, f figure, r *reports.Result) figure {
	switch {
	case !r.Interrupted:
	case t.Statistic == "never" && f.known:
		f.low = 0
	case f.known && math.IsInf(f.low, 1):
		f.low = 0
		if t.Statistic != "mean" {
			f.low = float64(watched(r))
		}
		f.text += ", ended early"
	}
	return f
}

// neverHealed widens the figure of a backlog that rests on an injection that was not healed, where that may only be
// because the run was ended early.
func neverHealed(t scenarios.Threshold, f figure, r *reports.Result) figure {
	if !r.Interrupted || !f.known {
		return f
	}
	if t.Statistic == "never" || math.IsInf(f.low, 1) {
		f.low = 0
		f.text += ", ended early"
	}
	return f
}

// watched is the shortest time for which clients that were hit and not served again were watched: until the load ended.
func watched(r *reports.Result) time.Duration {
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
func statistic(name string, d reports.Distribution, things string) figure {
	all := d.Count + d.Never
	switch {
	case name == "count":
		return exactly(float64(d.Count), number(uint64(max(d.Count, 0))))
	case all == 0:
		return nothing("no " + things)
	case name == "never":
		return exactly(float64(d.Never), fmt.Sprintf("%s of %s", number(uint64(d.Never)), number(uint64(all))))
	}
	v, ok := span(name, d)
	switch {
	case !ok:
		return nothing(fmt.Sprintf("unknown statistic %q", name))
	case v < 0:
		return exactly(math.Inf(1), fmt.Sprintf("never (%s of %s)", number(uint64(d.Never)), number(uint64(all))))
	default:
		return exactly(float64(v), reports.Span(v))
	}
}

// span is a statistic in nanoseconds, and -1 where it falls on a sample without a value: the mean and the maximum do as
// soon as there is one, the minimum when there is no other.
func span(name string, d reports.Distribution) (v time.Duration, ok bool) {
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
func count(name string, c reports.Counts) figure {
	amount := func(v uint64) figure { return exactly(float64(v), number(v)) }
	among := func(v, base uint64, nobody string) figure {
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
	default:
		return nothing(fmt.Sprintf("unknown metric %q", name))
	}
}

// lost widens the figure by the deliveries whose fate is unknown.
func lost(c reports.Counts, f figure) figure {
	if c.LostUnknown > 0 {
		f.high += float64(c.LostUnknown)
		f.text = number(c.Lost) + " to " + number(c.Lost+c.LostUnknown)
	}
	return f
}

func number(n uint64) string { return reports.Count(n) }
