package check

import (
	"slices"
	"time"
)

// A Storm is how the clients that a fault hit asked to be let in again, from the start of the fault to each one's
// CONNACK, or to the end of the run.
type Storm struct {
	// Attempts to connect, Failed of them without success. Most is the largest number of one client.
	Attempts, Failed, Most int
	// Peak is the largest number of attempts within any one second.
	Peak int
}

// setStorm counts the attempts of the affected clients of an injection.
func (r *record) setStorm(x *Injection) {
	var all []time.Duration
	for _, f := range x.Clients {
		c := &r.publishers
		if f.Client.Subscriber {
			c = &r.subscribers
		}
		until := r.closing
		if f.Reconnect >= 0 {
			until = x.Began + f.Reconnect
		}
		attempts := between((*c)[f.Client.Number].attempts, x.Began, until)
		failed := between((*c)[f.Client.Number].refusals, x.Began, until)
		all = append(all, attempts...)
		x.Storm.Failed += len(failed)
		x.Storm.Most = max(x.Storm.Most, len(attempts))
	}
	x.Storm.Attempts = len(all)
	slices.Sort(all)
	x.Storm.Peak = busiestSecond(all)
}

// between are the times in [from, to] of a list in order.
func between(times []time.Duration, from, to time.Duration) []time.Duration {
	low, _ := slices.BinarySearch(times, from)
	high, _ := slices.BinarySearch(times, to+1)
	return times[low:max(low, high)]
}

// busiestSecond is the largest number of times, of a list in order, within less than a second.
func busiestSecond(times []time.Duration) (most int) {
	first := 0
	for n, t := range times {
		for t-times[first] >= time.Second {
			first++
		}
		most = max(most, n-first+1)
	}
	return most
}

// An Arrival is how the clients of a group that their plan called while the run went on were let in.
type Arrival struct {
	Group string
	// Called is how often a client was called, Served how often it was connected, and as a subscriber subscribed, before
	// its plan had it go again. Failed attempts delayed that.
	Called, Served, Failed int
	// Waits are the times from a call to being served, in order.
	Waits []time.Duration
	// AllIn is the time from the first call until the last client was served; -1 where some were not, or were called more
	// than once, so that there is no such time.
	AllIn time.Duration
	// Peak is the largest number of calls within any one second.
	Peak int
	// last is when the last client was served, and again says that one was called more than once.
	last  time.Duration
	again bool
}

// arrivals sums up, by group in the order of the scenario, the comings of clients by their plan.
func (r *record) arrivals() []Arrival {
	var list []Arrival
	calls := make(map[string][]time.Duration)
	for _, clients := range [][]client{r.publishers, r.subscribers} {
		for n := range clients {
			c := &clients[n]
			if len(c.absences) == 0 || c.device > 0 {
				continue // A device arrives when it has its subscription.
			}
			at := slices.IndexFunc(list, func(a Arrival) bool { return a.Group == c.group })
			if at < 0 {
				at, list = len(list), append(list, Arrival{Group: c.group})
			}
			calls[c.group] = append(calls[c.group], list[at].add(c)...)
		}
	}
	list = slices.DeleteFunc(list, func(a Arrival) bool { return a.Called == 0 })
	for n := range list {
		a := &list[n]
		slices.Sort(a.Waits)
		times := calls[a.Group]
		slices.Sort(times)
		a.Peak = busiestSecond(times)
		if a.AllIn = a.last - times[0]; a.again || a.Served < a.Called {
			a.AllIn = -1
		}
	}
	return list
}

// add adds the comings of a client, and returns when it was called.
func (a *Arrival) add(c *client) (calls []time.Duration) {
	for n, x := range c.absences {
		if x.called == forever {
			continue
		}
		until := forever
		if n+1 < len(c.absences) {
			until = c.absences[n+1].left
		}
		a.Called++
		calls = append(calls, x.called)
		served, ok := c.servedIn(x.called, until)
		if ok {
			a.Served++
			a.Waits = append(a.Waits, served-x.called)
			a.last = max(a.last, served)
			until = served
		}
		a.Failed += len(between(c.refusals, x.called, min(until, forever-1)))
	}
	a.again = a.again || len(calls) > 1
	return calls
}

// servedIn is when the client was first served in [from, to].
func (c *client) servedIn(from, to time.Duration) (at time.Duration, ok bool) {
	for n := range c.connections {
		x := &c.connections[n]
		if served := x.served(c.ref.Subscriber); x.began >= from && served >= 0 && served <= to {
			return served, true
		}
	}
	return 0, false
}
