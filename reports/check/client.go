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
	// granted is the lowest level that a SUBACK granted; above every level where none was lowered.
	granted byte
	// refused are the subscriptions that a broker refused.
	refused []history.Event
}

// A connection lasts from its CONNACK until the client knew it to be dead, or left.
type connection struct {
	broker  int
	present bool // the SessionPresent flag of its CONNACK
	began   time.Duration
	// subscribed is the time from which the subscription is in force on it; -1: never.
	subscribed time.Duration
	// ended is forever where the record ends first.
	ended time.Duration
	cause string
	// blame is the injection on whose account it ended; -1: none.
	blame int
	// left is true where the client ended it itself because the run was over.
	left bool
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
		r.subscribers[n] = newClient(ref, s.Client, s.Group, subscribers[n])
	}
}

func newClient(ref history.ClientRef, name, group string, events []history.Event) client {
	c := client{ref: ref, name: name, group: group, granted: 0xff}
	orderEvents(events)
	for _, e := range events {
		last := len(c.connections) - 1
		open := last >= 0 && c.connections[last].ended == forever
		switch e.Kind {
		case history.Connected:
			if open {
				c.connections[last].ended = e.At
			}
			c.connections = append(c.connections, connection{
				broker: e.Broker, present: e.SessionPresent, began: e.At, subscribed: -1, ended: forever,
			})
		case history.Subscribed:
			if open && c.connections[last].subscribed < 0 {
				c.connections[last].subscribed = e.At
			}
			c.granted = min(c.granted, grantedQoS(e.Detail))
		case history.SubscribeFailed:
			c.refused = append(c.refused, e)
		case history.Disconnected, history.Closed:
			if open {
				c.connections[last].ended, c.connections[last].cause = e.At, e.Detail
				c.connections[last].left = e.Kind == history.Closed
			}
		case history.Connecting, history.ConnectFailed:
		}
	}
	return c
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
		order = []history.EventKind{history.Connecting, history.Connected}
	case trying:
		order = []history.EventKind{history.ConnectFailed, history.Connected}
	case connected:
		order = []history.EventKind{
			history.Subscribed, history.SubscribeFailed, history.Disconnected, history.Closed,
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
	case history.ConnectFailed, history.Disconnected, history.Closed:
		return idle
	default:
		return c
	}
}
