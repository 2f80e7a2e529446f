package history

import (
	"sync"
	"time"
)

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
	// moves say to which brokers it wrote them.
	moves  []move
	recent []writing
	home   int
	qos    byte
}

// Behind is the number of flows that may still grow: those whose account has not received every acknowledged message of
// the publisher (at QoS 0: every written one). It decides when a drain may end early, and where it does not know it
// counts the flow:
//
//   - An account without a session waits for nothing. What was published before it got its present session is not
//     waited for: it was published without a session, or went down with the one before.
//   - At QoS 0 of either side, or of a bridge on the way, what lies before a later receipt is not waited for, except on
//     shared subscriptions, which have no order.
//   - Where brokers have sessions of their own, a message is waited for by accounts with a member at a broker to which
//     it can come from the one that it was written to.
//   - What came from the other one of two duplicate publishers is there.
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
			flows += r.behindOf(a)
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
		o.moves, o.recent = append(o.moves[:0], l.moves...), append(o.recent[:0], l.recent...)
		o.home, o.qos = r.infos.publishers[n].Home, l.qos
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

// behindOf counts the account's flows that may still grow. The caller holds its lane.
func (r *Recorder) behindOf(a *account) int {
	if a.satisfied == nil {
		a.satisfied = make([]uint64, len(a.flows))
	}
	flows := 0
	for i, n := range a.publishers {
		o := &r.behind.publishers[n]
		if a.satisfied[i] == o.version {
			continue
		}
		if r.waits(a, i, o) {
			flows++
		} else {
			a.satisfied[i] = o.version
		}
	}
	return flows
}

// waits says whether flow i lacks a message that may still come.
func (r *Recorder) waits(a *account, i int, o *owed) bool {
	from := a.begins(i, o)
	delivered := a.flows[i].delivered
	if twin := a.twin(i); twin != nil {
		delivered = delivered.Clone()
		delivered.Union(twin.delivered)
	}
	// first is the first message that is waited for where the flow is served at a level.
	first := func(qos byte) uint64 {
		if qos == 0 && !a.shared {
			return max(from, delivered.next)
		}
		return from
	}
	qos := min(a.qos, o.qos)
	if !r.brokersApart {
		return delivered.lacks(o.messages, first(qos), noEnd)
	}
	for k, m := range o.moves {
		end := uint64(noEnd)
		if k+1 < len(o.moves) {
			end = uint64(o.moves[k+1].from)
		}
		for _, member := range a.members {
			at := member.log.broker
			if !member.session || !r.reaches(o.home, int(m.broker), int(at)) {
				continue
			}
			level := qos
			if at != m.broker {
				level = min(level, r.bridgeQoS)
			}
			if delivered.lacks(o.messages, max(first(level), uint64(m.from)), end) {
				return true
			}
		}
	}
	return false
}

// begins is the first message of flow i that was written in the present session.
func (a *account) begins(i int, o *owed) uint64 {
	from := uint64(0)
	if a.floor != nil {
		from = uint64(a.floor[i])
	}
	for _, w := range o.recent {
		if uint64(w.seq) == from && w.at < a.since {
			from++
		}
	}
	return from
}

// noEnd is behind all sequence numbers.
const noEnd = 1 << 32

// lacks says whether of has a member in [from, end) that is not in s.
func (s Sequences) lacks(of Sequences, from, end uint64) bool {
	end = min(end, of.next)
	if end <= from {
		return false
	}
	// has says whether of has one of the numbers in [low, high).
	has := func(low, high uint64) bool {
		return low < high && (of.gaps == nil || of.gaps.CardinalityInRange(low, high) < high-low)
	}
	if has(max(s.next, from), end) {
		return true
	}
	if s.gaps == nil {
		return false
	}
	for gap, stop := range s.gaps.Ranges() {
		if has(max(uint64(gap), from), min(stop, end)) {
			return true
		}
	}
	return false
}

// subscribing notes that a session begins. It comes before the look at what was written so far: what is recorded after
// that look is known to be.
func (r *Recorder) subscribing(at time.Duration) {
	for {
		last := r.subscribed.Load()
		if int64(at) <= last || r.subscribed.CompareAndSwap(last, int64(at)) {
			return
		}
	}
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
