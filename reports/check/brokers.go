package check

import (
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// A BrokerView is what clients had of one broker around an injection: where they were, and who served them.
type BrokerView struct {
	Broker string
	// ConnectedBefore counts its clients at the last tick of the timeline before the injection began, ConnectedDuring
	// at the last one before its heal began; -1: there was none.
	ConnectedBefore, ConnectedDuring int
	// Before is since the last beginning or heal of another injection, During from the injection to its heal, After until
	// the next of another, all while load was offered.
	Before, During, After Service
}

// A Service is what clients had of a broker in the whole seconds of a time. A Span of 0 means that there was none.
type Service struct {
	Span                    time.Duration
	Acknowledged, Delivered uint64
}

// brokerViews lists the brokers as they were around an injection; none where the record does not know, as behind a
// balancer.
func (r *record) brokerViews(injection int) []BrokerView {
	i, s := &r.run.Injections[injection], r.spells[injection]
	if s.none || r.run.Meta.Balanced || !slices.ContainsFunc(r.run.Timeline, knowsBrokers) {
		return nil
	}
	before, after := r.loadBegan, r.loadEnded
	for n, x := range r.spells {
		if n == injection || x.none {
			continue
		}
		for _, t := range []time.Duration{x.began, x.ended} {
			if t <= s.began {
				before = max(before, t)
			} else if t >= s.ended {
				after = min(after, t)
			}
		}
	}
	undone := i.Healing
	if undone == 0 {
		undone = r.loadEnded
	}
	began, during, healed := r.seconds(before, s.began), r.seconds(s.began, min(undone, r.loadEnded)), r.seconds(s.ended, after)
	views := make([]BrokerView, 0, len(r.run.Meta.Brokers))
	for n, name := range r.run.Meta.Brokers {
		views = append(views, BrokerView{
			Broker: name, ConnectedBefore: connectedTo(began, n), ConnectedDuring: connectedTo(during, n),
			Before: serviceOf(began, n), During: serviceOf(during, n), After: serviceOf(healed, n),
		})
	}
	return views
}

// knowsBrokers says whether a second tells of each broker what clients had of it.
func knowsBrokers(s history.Second) bool {
	return slices.ContainsFunc(s.Brokers, func(b history.BrokerSample) bool {
		return b.Connected > 0 || b.Acknowledged > 0 || b.Delivered > 0
	})
}

func connectedTo(seconds []history.Second, broker int) int {
	if n := len(seconds); n > 0 && broker < len(seconds[n-1].Brokers) {
		return seconds[n-1].Brokers[broker].Connected
	}
	return -1
}

func serviceOf(seconds []history.Second, broker int) (v Service) {
	for _, s := range seconds {
		if broker < len(s.Brokers) {
			v.Span += s.Width
			v.Acknowledged += s.Brokers[broker].Acknowledged
			v.Delivered += s.Brokers[broker].Delivered
		}
	}
	return v
}
