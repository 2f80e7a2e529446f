package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

const (
	// rateIsBack is the part of the rate before the first fault at which delivery counts as normal.
	rateIsBack = 0.9
	// latencyIsBack is how many times the median p99 before the first fault still counts as normal.
	latencyIsBack = 2
	// steady is how long it has to stay so.
	steady = 3 * time.Second
)

// unavailabilityGap is the longest time in the measurement without a single delivery although something was due: from
// the first second with due messages and no delivery, to the next second with one.
func (r *record) unavailabilityGap() time.Duration {
	var longest, gap time.Duration
	for _, s := range r.measured() {
		switch {
		case s.Delivered > 0:
			gap = 0
		case gap > 0 || r.wanted(s):
			gap += s.Width
		}
		longest = max(longest, gap)
	}
	if len(r.run.Flows) == 0 {
		return 0
	}
	return longest
}

// wanted reports whether there was anything to serve in a second. A closed loop always has something to send, and counts
// it as due only when there is room: during an outage nothing is due because of the outage.
func (r *record) wanted(s history.Second) bool { return s.Due > 0 || r.closed > 0 }

// measured lists the seconds of the measurement that lie in it as a whole, in order.
func (r *record) measured() []history.Second { return r.seconds(r.measureBegan, r.loadEnded) }

func (r *record) seconds(from, to time.Duration) []history.Second {
	var list []history.Second
	for _, s := range r.run.Timeline {
		if s.At-s.Width >= from && s.At <= to && s.Width > 0 {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b history.Second) int { return cmp.Compare(a.At, b.At) })
	return list
}

// undisturbed lists the seconds of load before the first fault: of the measurement, or where that began with a fault,
// of the warm-up.
func (r *record) undisturbed() []history.Second {
	first := r.firstFault()
	list := r.seconds(r.measureBegan, min(first, r.loadEnded))
	if len(list) == 0 {
		list = r.seconds(r.loadBegan, min(first, r.loadEnded))
	}
	return list
}

// firstFault is when the first injection began that did anything; forever where there was none.
func (r *record) firstFault() time.Duration {
	first := forever
	for _, s := range r.spells {
		if !s.none {
			first = min(first, s.began)
		}
	}
	return first
}

// rateBack is the time since the injection until the rate of deliveries was normal again: for what is due, because a
// schedule may offer more or less by then. What is due in a closed loop follows what is delivered, so that there the rate
// itself has to be back.
func (r *record) rateBack(injection int) time.Duration {
	var delivered, due uint64
	var width time.Duration
	for _, s := range r.undisturbed() {
		delivered, due, width = delivered+s.Delivered, due+s.Due, width+s.Width
	}
	if delivered == 0 {
		return -1
	}
	normal := func(s history.Second) float64 { return float64(delivered) * s.Width.Seconds() / width.Seconds() }
	if r.closed == 0 && due > 0 {
		normal = func(s history.Second) float64 { return float64(delivered) * float64(s.Due) / float64(due) }
	}
	return r.back(injection, func(s history.Second) bool { return float64(s.Delivered) >= rateIsBack*normal(s) })
}

// latencyBack is the time since the injection until the p99 of end-to-end latency was normal again.
func (r *record) latencyBack(injection int) time.Duration {
	var p99s []time.Duration
	for _, s := range r.undisturbed() {
		if s.Delivered > 0 {
			p99s = append(p99s, s.EndToEndP99)
		}
	}
	if len(p99s) == 0 {
		return -1
	}
	slices.Sort(p99s)
	normal := latencyIsBack * p99s[len(p99s)/2]
	return r.back(injection, func(s history.Second) bool { return s.Delivered > 0 && s.EndToEndP99 <= normal })
}

// back is the time since the injection until seconds were good again and stayed so: 0 where they never were bad while
// it was in force or shortly after, -1 where they did not become good before the load ended. Of the first good second
// its end counts: what had been held up may have come in a burst at its end, and service must not seem to be back
// before it was. Seconds in which nothing was due tell nothing.
func (r *record) back(injection int, good func(history.Second) bool) time.Duration {
	spell := r.spells[injection]
	if spell.none {
		return 0
	}
	watch := r.loadEnded
	if spell.ended != forever {
		watch = min(watch, spell.ended+steady)
	}
	for _, s := range r.spells {
		if !s.none && s.began > spell.began {
			watch = min(watch, s.began) // what goes wrong from here on, another fault did
		}
	}
	bad, seen := false, false
	since, lasted := time.Duration(-1), time.Duration(0)
	for _, s := range r.seconds(r.loadBegan, r.loadEnded) {
		if s.At <= spell.began || !r.wanted(s) {
			continue
		}
		if good(s) {
			if since < 0 {
				since, lasted = s.At, 0
			}
			lasted += s.Width
		} else {
			bad = bad || s.At-s.Width < watch
			since = -1
		}
		seen = true
		if bad && since >= 0 && lasted >= steady {
			return since - spell.began
		}
	}
	if bad || !seen {
		return -1
	}
	return 0
}
