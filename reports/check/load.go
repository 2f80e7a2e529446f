package check

import (
	"fmt"
	"math"
	"time"
)

const (
	// loadReached is the part of the load asked for that has to be offered, and the part of the offered load that has
	// to be dealt with, before a run says anything about that load.
	loadReached = 0.99
	// noise is how many standard deviations a Poisson arrival may fall short.
	noise = 4
)

// loadFindings say whether the run put the load on the brokers that it was to put on them. They are never worse than
// inconclusive: what was not asked was not answered.
func (r *record) loadFindings(c Counts) []Finding {
	var list []Finding
	inconclusive := func(name, format string, args ...any) {
		list = append(list, Finding{Name: name, Verdict: Inconclusive, Detail: fmt.Sprintf(format, args...)})
	}
	due, dealt := uint64(0), uint64(0)
	for _, p := range r.run.Publishers {
		due, dealt = due+p.Due, dealt+uint64(p.Next)
	}
	if offered, wanted, span, short := r.shortOfLoad(); short {
		inconclusive("load not offered", "%s of %s messages became due in %s: the generator did not keep its schedule",
			number(offered), number(wanted), Span(span))
	}
	if float64(dealt) < loadReached*float64(due) {
		inconclusive("load not dealt with", "%s of %s due messages were written or given up: the generator did not get to the rest",
			number(dealt), number(due))
	}
	if before, unsent := r.unsentBeforeFaults(); float64(unsent) > (1-loadReached)*float64(before) {
		inconclusive("load not taken",
			"%s of %s messages that were due before any fault could not be sent: the brokers did not take this load",
			number(unsent), number(before))
	}
	switch assured := r.assured(); {
	case c.Attempted == 0:
		inconclusive("nothing published", "not one of %s was written to a connection", count(due, "due message", "due messages"))
	case assured > 0 && c.Acknowledged == 0:
		inconclusive("nothing acknowledged", "%s at QoS 1 or 2, and none was acknowledged",
			count(assured, "message was attempted", "messages were attempted"))
	case len(r.run.Flows) > 0 && c.Delivered == 0:
		inconclusive("nothing delivered", "%s, and none reached a subscriber",
			count(c.Attempted, "message was attempted", "messages were attempted"))
	}
	return append(list, r.idleFindings()...)
}

// shortOfLoad compares the messages that became due with those that the schedules have. What a closed loop offered is
// what there was room for, and never too little. Of a load that was cut short it is not known what should have become
// due: other findings say that it was.
func (r *record) shortOfLoad() (offered, wanted uint64, span time.Duration, short bool) {
	rate := 0.0
	for _, p := range r.run.Publishers {
		rate, wanted = rate+p.Rate, wanted+p.Planned
		if p.Window == 0 {
			offered += p.Due
		}
	}
	if wanted > 0 {
		short = r.run.Complete && !r.run.Meta.Interrupted && float64(offered) < loadReached*float64(wanted)
		return offered, wanted, r.loadEnded - r.loadBegan, short
	}
	// Older records know the rate alone, by which a Poisson arrival may fall short.
	offered, span = r.offered()
	if r.closed > 0 {
		return offered, 0, span, false
	}
	mean := rate * span.Seconds()
	return offered, uint64(mean), span, float64(offered) < loadReached*mean-noise*math.Sqrt(mean)
}

// offered counts the messages that became due in the whole seconds from the start of the load to the last one with any.
// The phases do not tell how long load was offered, because the measurement lasts until the last fault is healed.
func (r *record) offered() (due uint64, span time.Duration) {
	list := r.seconds(r.loadBegan, r.loadEnded)
	for len(list) > 0 && list[len(list)-1].Due == 0 {
		list = list[:len(list)-1]
	}
	// The last of them may have been the load's only in part.
	for n := range len(list) - 1 {
		due, span = due+list[n].Due, span+list[n].Width
	}
	return due, span
}

// assured counts the messages that were attempted at QoS 1 and 2.
func (r *record) assured() (n uint64) {
	for _, p := range r.run.Publishers {
		if p.QoS > 0 {
			n += uint64(p.Next) - min(p.Unsent.Len(), uint64(p.Next))
		}
	}
	return n
}

// unsentBeforeFaults counts the messages of the measurement that became due, and that were given up, before any fault.
func (r *record) unsentBeforeFaults() (due, unsent uint64) {
	for _, s := range r.seconds(r.measureBegan, min(r.firstFault(), r.loadEnded)) {
		due, unsent = due+s.Due, unsent+s.Unsent
	}
	return due, unsent
}

// idleFindings say whether the first fault hit a system at work: what was idle before a fault shows nothing by being
// idle after it.
func (r *record) idleFindings() []Finding {
	first := r.firstFault()
	if first == forever {
		return nil
	}
	var due, delivered uint64
	for _, s := range r.seconds(r.loadBegan, first) {
		due, delivered = due+s.Due, delivered+s.Delivered
	}
	if due == 0 || delivered > 0 || len(r.run.Flows) == 0 {
		return nil
	}
	return []Finding{{
		Name: "idle before the fault", Verdict: Inconclusive,
		Detail: fmt.Sprintf("%s messages were due and none was delivered in the %s before the first fault",
			number(due), Span(first-r.loadBegan)),
	}}
}

// recordFindings say whether the record is whole.
func (r *record) recordFindings() []Finding {
	var list []Finding
	inconclusive := func(name, format string, args ...any) {
		list = append(list, Finding{Name: name, Verdict: Inconclusive, Detail: fmt.Sprintf(format, args...)})
	}
	if !r.run.Complete {
		inconclusive("record incomplete", "the run was cut off: the record ends at %s, before its messages were settled", Moment(r.end))
	}
	if r.run.Meta.Interrupted {
		inconclusive("interrupted", "the run was ended early, at %s", Moment(min(r.end, r.closing)))
	}
	if n := r.run.EventsDropped; n > 0 {
		inconclusive("events dropped",
			"%s events of clients did not fit the record: sessions, outages and failover times are incomplete", number(n))
	}
	return list
}
