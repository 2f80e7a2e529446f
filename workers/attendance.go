package workers

import (
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// An Attendance is what a plan has the clients of a group, or their subscriptions, do while load is offered.
type Attendance struct {
	// First are there when the load starts, Leave and Come are how often one goes and comes until it ends. Those that are
	// called back when the load has ended are not counted.
	First, Leave, Come int
}

// PublisherAttendance is that of a group of publishers.
func (a *Assignment) PublisherAttendance(group int) Attendance {
	return a.attendance(a.publishersOf(group), a.publisherPresence)
}

// SubscriberAttendance is that of a group of subscribers: of its clients, whatever their subscriptions do.
func (a *Assignment) SubscriberAttendance(group int) Attendance {
	return a.attendance(a.subscribersOf(group), a.subscriberPresence)
}

// FlapAttendance is that of the subscriptions of a group of subscribers; without a flap they stay.
func (a *Assignment) FlapAttendance(group int) Attendance {
	return a.attendance(a.subscribersOf(group), a.flapping)
}

// attendance is that of some clients, each of which is there, or its subscription, as its presence says.
func (a *Assignment) attendance(clients Range, presence func(n int) pace.Presence) Attendance {
	var all Attendance
	for n := clients.First; n < clients.End; n++ {
		all.add(presence(n), a.Warmup+a.Measure)
	}
	return all
}

// add counts one that is there as its presence says.
func (a *Attendance) add(p pace.Presence, end time.Duration) {
	there, at := p.At(0)
	if there {
		a.First++
	}
	for at < end {
		there, until := p.At(at)
		if there {
			a.Come++
		} else {
			a.Leave++
		}
		at = until
	}
}

// Attentive says whether all subscribers have their subscriptions from the start of the load to its end, faults aside:
// then what is expected to be delivered is no upper bound.
func (a *Assignment) Attentive() bool {
	for i := range a.SubscriberGroups {
		if absent(&a.SubscriberGroups[i]) {
			return false
		}
	}
	return true
}

func absent(g *scenarios.SubscriberGroup) bool {
	return g.Churn != nil || g.Join != nil || g.Flap != nil
}
