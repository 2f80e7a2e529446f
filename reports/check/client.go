package check

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// A client is one client's connections in order of time.
type client struct {
	ref         history.ClientRef
	name, group string
	connections []connection
	// device is where a publisher subscribes as well, the number of that subscriber, counted from 1, and half is true for
	// that subscriber: the two are one client, and what befalls its connections counts once.
	device int
	half   bool
	// granted is the lowest level that a SUBACK granted; above every level where none was lowered.
	granted byte
	// refused are the subscriptions that a broker refused.
	refused []history.Event
	// absences are the times in which the client's plan had it away, in order.
	absences []absence
	// failures are when attempts failed and connections were lost, in order.
	failures []time.Duration
	// attempts and refusals are when attempts to connect began, and when they failed, in order.
	attempts, refusals []time.Duration
}

// An absence lasts from when a client left by plan, or from the start, until it was called; forever where it was not.
type absence struct{ left, called time.Duration }

// A pause is the time in which a subscription was given up by plan: from just before the UNSUBSCRIBE to the SUBACK that
// granted it again, with the UNSUBACK in between. What did not happen is forever.
type pause struct{ began, acknowledged, ended time.Duration }

// A connection lasts from its CONNACK until the client knew it to be dead, or left.
type connection struct {
	broker  int
	present bool // the SessionPresent flag of its CONNACK
	began   time.Duration
	steps   // of the attempt that made it
	// subscribed is the time from which the subscription is in force on it; -1: never.
	subscribed time.Duration
	// ended is forever where the record ends first.
	ended time.Duration
	cause string
	// blame is the injection on whose account it ended; -1: none.
	blame int
	// left is true where the client ended it itself, because the run was over or because its plan had it go; away is
	// true for its plan.
	left, away bool
	// bare is when it was known that no subscription was in force on it, nor wanted; -1: never. pauses are those in which
	// one was given up.
	bare   time.Duration
	pauses []pause
}

// served is the time from which the client had on a connection what it wanted of it; -1: never.
func (x *connection) served(subscriber bool) time.Duration {
	switch {
	case !subscriber:
		return x.began
	case x.subscribed < 0 || x.bare >= 0 && x.bare < x.subscribed:
		return x.bare
	default:
		return x.subscribed
	}
}

// setClients turns the events into connections.
func (r *record) setClients() {
	publishers := make([][]history.Event, len(r.run.Publishers))
	subscribers := make([][]history.Event, len(r.run.Subscribers))
	for _, e := range r.run.Events {
		if e.Client.Subscriber {
			subscribers[e.Client.Number] = append(subscribers[e.Client.Number], e)
		} else {
			publishers[e.Client.Number] = append(publishers[e.Client.Number], e)
		}
	}
	r.publishers = make([]client, len(publishers))
	for n, p := range r.run.Publishers {
		r.publishers[n] = newClient(history.ClientRef{Number: n}, p.Client, p.Group, publishers[n])
	}
	r.subscribers = make([]client, len(subscribers))
	for n, s := range r.run.Subscribers {
		ref := history.ClientRef{Subscriber: true, Number: n}
		if s.Device > 0 {
			subscribers[n] = slices.Concat(publishers[s.Device-1], subscribers[n])
			r.publishers[s.Device-1].device, r.devices = n+1, r.devices+1
		}
		r.subscribers[n] = newClient(ref, s.Client, s.Group, subscribers[n])
		r.subscribers[n].half = s.Device > 0
	}
}

func newClient(ref history.ClientRef, name, group string, events []history.Event) client {
	c := client{ref: ref, name: name, group: group, granted: 0xff}
	orderEvents(events)
	attempt := noSteps()
	for _, e := range events {
		attempt.note(e)
		last := len(c.connections) - 1
		open := last >= 0 && c.connections[last].ended == forever
		switch e.Kind {
		case history.Connected:
			if open {
				c.connections[last].ended = e.At
			}
			c.connections = append(c.connections, connection{
				broker: e.Broker, present: e.SessionPresent, began: e.At, subscribed: -1, bare: -1, ended: forever, steps: attempt,
			})
		case history.Subscribed:
			if open {
				c.connections[last].resubscribe(e.At)
			}
			c.granted = min(c.granted, grantedQoS(e.Detail))
		case history.SubscribeFailed:
			c.refused = append(c.refused, e)
			c.failures = append(c.failures, e.At)
		case history.Unsubscribing:
			if open {
				x := &c.connections[last]
				x.pauses = append(x.pauses, pause{began: e.At, acknowledged: forever, ended: forever})
			}
		case history.Unsubscribed:
			if open {
				c.connections[last].unsubscribed(e.At)
			}
		case history.Left:
			if open {
				c.connections[last].ended, c.connections[last].left, c.connections[last].away = e.At, true, true
			}
			c.absences = append(c.absences, absence{left: e.At, called: forever})
		case history.Called:
			if n := len(c.absences); n > 0 {
				c.absences[n-1].called = e.At
			}
		case history.ConnectFailed:
			c.failures, c.refusals = append(c.failures, e.At), append(c.refusals, e.At)
		case history.Disconnected, history.Closed:
			if e.Kind == history.Disconnected {
				c.failures = append(c.failures, e.At)
			}
			if open {
				c.connections[last].ended, c.connections[last].cause = e.At, e.Detail
				c.connections[last].left = e.Kind == history.Closed
			}
		case history.Connecting:
			c.attempts = append(c.attempts, e.At)
		case history.Dialed, history.Handshaken:
		}
	}
	return c
}

// resubscribe notes that a subscription is in force.
func (x *connection) resubscribe(at time.Duration) {
	if x.subscribed < 0 {
		x.subscribed = at
	}
	if n := len(x.pauses); n > 0 && x.pauses[n-1].ended == forever {
		x.pauses[n-1].ended = at
	}
}

// unsubscribed notes that none is.
func (x *connection) unsubscribed(at time.Duration) {
	if n := len(x.pauses); n > 0 && x.pauses[n-1].ended == forever {
		x.pauses[n-1].acknowledged = at
	}
	if x.subscribed < 0 && x.bare < 0 {
		x.bare = at
	}
}

// leaves is when the client's plan next had it go, from t on; forever: never.
func (c *client) leaves(t time.Duration) time.Duration {
	for _, a := range c.absences {
		if a.left >= t {
			return a.left
		}
	}
	return forever
}

// wanted says whether the client's plan had it there at some time.
func (c *client) wanted() bool {
	return len(c.absences) == 0 || len(c.connections) > 0 || c.absences[len(c.absences)-1].called != forever
}

// failed says whether an attempt failed, or a connection was lost, in [from, to].
func (c *client) failed(from, to time.Duration) bool {
	return slices.ContainsFunc(c.failures, func(t time.Duration) bool { return t >= from && t <= to })
}

// at returns the connection that the client had at t; where one ended and the next began just then, the one that ended.
func (c *client) at(t time.Duration) (connection, bool) {
	for _, x := range c.connections {
		if x.began <= t && t <= x.ended {
			return x, true
		}
	}
	return connection{}, false
}

// up says whether the client was connected at the end of the run, up to its leaving.
func (c *client) up() bool {
	if len(c.connections) == 0 {
		return false
	}
	last := c.connections[len(c.connections)-1]
	if last.away && c.absences[len(c.absences)-1].called != forever {
		return false // It was called back and did not come.
	}
	return last.ended == forever || last.left
}

// continuous says whether the client kept one session from began to ended: every connection that was made in between
// found it again, and was to a broker that shares its sessions with the one before.
func (r *record) continuous(c *client, began, ended time.Duration) bool {
	for n, x := range c.connections {
		moved := n > 0 && r.domain(x.broker) != r.domain(c.connections[n-1].broker)
		if x.began > began && x.began <= ended && (!x.present || moved) {
			return false
		}
	}
	return true
}

// grantedQoS reads the lowest granted level from the detail of a Subscribed event, as "granted QoS 0"; where nothing
// was lowered the detail is empty and the answer above every level.
func grantedQoS(detail string) byte {
	const words = "granted qos "
	lowest := byte(0xff)
	rest := strings.ToLower(detail)
	for {
		_, after, found := strings.Cut(rest, words)
		if !found {
			return lowest
		}
		if after != "" && after[0] >= '0' && after[0] <= '2' {
			lowest = min(lowest, after[0]-'0')
		}
		rest = after
	}
}

// orderEvents puts one client's events into order of time. Among events of the same time it takes the order in which
// they can have happened, so that the order in the record does not matter.
func orderEvents(events []history.Event) {
	slices.SortFunc(events, func(a, b history.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Broker, b.Broker),
			compareBool(a.SessionPresent, b.SessionPresent), cmp.Compare(a.Detail, b.Detail))
	})
	state := idle
	for i := range events {
		same := i + 1
		for same < len(events) && events[same].At == events[i].At {
			same++
		}
		next := i
		for n := i + 1; n < same; n++ {
			if state.fits(events[n].Kind) < state.fits(events[next].Kind) {
				next = n
			}
		}
		chosen := events[next]
		copy(events[i+1:next+1], events[i:next])
		events[i] = chosen
		state = state.after(chosen.Kind)
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// A condition is what a client is doing, as far as the order of its events depends on it.
type condition int

const (
	idle condition = iota
	trying
	connected
)

// fits ranks the events that can come next; the smallest comes first.
func (c condition) fits(k history.EventKind) int {
	var order []history.EventKind
	switch c {
	case idle:
		order = []history.EventKind{history.Called, history.Connecting, history.Connected, history.Left}
	case trying:
		order = []history.EventKind{
			history.Dialed, history.Handshaken, history.ConnectFailed, history.Connected, history.Left,
		}
	case connected:
		order = []history.EventKind{
			history.Subscribed, history.SubscribeFailed, history.Unsubscribing, history.Unsubscribed, history.Left,
			history.Disconnected, history.Closed,
		}
	}
	if i := slices.Index(order, k); i >= 0 {
		return i
	}
	return len(order)
}

func (c condition) after(k history.EventKind) condition {
	switch k {
	case history.Connecting:
		return trying
	case history.Connected, history.Subscribed:
		return connected
	case history.ConnectFailed, history.Disconnected, history.Closed, history.Left, history.Called:
		return idle
	default:
		return c
	}
}
