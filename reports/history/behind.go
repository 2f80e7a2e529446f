package history

import "sync"

// behindState is what [Recorder.Behind] remembers of the publishers from one call to the next.
type behindState struct {
	mu         sync.Mutex
	publishers []owed
}

// owed is what a publisher's messages make due at the accounts.
type owed struct {
	// messages are those that count: acknowledged, or at QoS 0 written. version is their number, which only grows.
	messages Sequences
	version  uint64
	// broker is the one it wrote to last, from message movedAt on.
	broker  int32
	movedAt uint32
	qos     byte
}

// Behind is the number of flows that may still grow: those whose account has not received every acknowledged message of
// the publisher (at QoS 0: every written one). It decides when a drain may end early, and where it does not know it
// counts the flow:
//
//   - An account without a session waits for nothing. What was published before it got its present session is not
//     waited for: it was published without a session, or went down with the one before.
//   - At QoS 0 of either side what lies before a later receipt is not waited for, except on shared subscriptions, which
//     have no order.
//   - Where brokers share nothing (shapes independent and standby), only messages that the publisher wrote to its
//     present broker are waited for, by accounts with a member there.
//
// A flow that was found complete costs one comparison in the next call.
func (r *Recorder) Behind() int {
	r.behind.mu.Lock()
	defer r.behind.mu.Unlock()
	r.updateOwed()
	flows := 0
	for _, a := range r.accounts {
		a.lane.mu.Lock()
		if a.sessions > 0 {
			flows += a.behind(r.behind.publishers, r.brokersApart)
		}
		a.lane.mu.Unlock()
	}
	return flows
}

// updateOwed looks at each publisher and copies the set of its messages where it has grown.
func (r *Recorder) updateOwed() {
	if r.behind.publishers == nil {
		r.behind.publishers = make([]owed, len(r.publishers))
	}
	for n := range r.publishers {
		l, o := &r.publishers[n], &r.behind.publishers[n]
		l.lane.mu.Lock()
		o.broker, o.movedAt, o.qos = l.writtenTo, l.movedAt, l.qos
		if l.qos > 0 {
			if version := l.acknowledged.Len(); version != o.version {
				o.messages, o.version = l.acknowledged.Clone(), version
			}
		} else if version := uint64(l.next) - l.unsent.Len(); version != o.version {
			o.messages, o.version = Sequences{}, version
			written := Range(0, l.next).Minus(l.unsent)
			for from, to := range written.Ranges() {
				o.messages.AddRange(from, uint32(to))
			}
		}
		l.lane.mu.Unlock()
	}
}

// behind counts the account's flows that may still grow. The caller holds its lane.
func (a *account) behind(publishers []owed, brokersApart bool) int {
	if a.satisfied == nil {
		a.satisfied = make([]uint64, len(a.flows))
	}
	flows := 0
	for i, n := range a.publishers {
		o := &publishers[n]
		if a.satisfied[i] == o.version {
			continue
		}
		if a.waits(i, o, brokersApart) {
			flows++
		} else {
			a.satisfied[i] = o.version
		}
	}
	return flows
}

// waits says whether flow i lacks a message that may still come.
func (a *account) waits(i int, o *owed, brokersApart bool) bool {
	from := uint64(0)
	if a.floor != nil {
		from = uint64(a.floor[i])
	}
	if brokersApart {
		if !a.reachableFrom(o.broker) {
			return false
		}
		from = max(from, uint64(o.movedAt))
	}
	delivered := a.flows[i].delivered
	if !a.shared && min(a.qos, o.qos) == 0 {
		from = max(from, delivered.next)
	}
	return delivered.lacks(o.messages, from)
}

// reachableFrom says whether a member has, or had last, its connection to the broker.
func (a *account) reachableFrom(broker int32) bool {
	for _, m := range a.members {
		if m.session && m.log.broker == broker {
			return true
		}
	}
	return false
}

// lacks says whether of has a member from from on that is not in s.
func (s Sequences) lacks(of Sequences, from uint64) bool {
	if of.next <= from {
		return false
	}
	if of.next > s.next {
		return true
	}
	if s.gaps == nil {
		return false
	}
	for gap, end := range s.gaps.Ranges() {
		low, high := max(uint64(gap), from), min(end, of.next)
		if low < high && (of.gaps == nil || of.gaps.CardinalityInRange(low, high) < high-low) {
			return true
		}
	}
	return false
}

// next returns, by flow of the account, the sequence number that its publisher will use next; nil when all are 0.
func (r *Recorder) next(a *account) []uint32 {
	floor := make([]uint32, len(a.publishers))
	started := false
	for i, n := range a.publishers {
		l := &r.publishers[n]
		l.lane.mu.Lock()
		floor[i] = l.next
		l.lane.mu.Unlock()
		started = started || floor[i] > 0
	}
	if !started {
		return nil
	}
	return floor
}
