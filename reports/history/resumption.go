package history

import (
	"slices"
	"time"
)

// A mark is an injection that was applied, as the clients see it.
type mark struct {
	injection int
	applied   time.Duration
	// healed is 0 until the injection was healed.
	healed  time.Duration
	targets []int
	// takes is true where the targets go on taking what is written to them; see [goesOn].
	takes bool
}

// goesOn says whether connections that a fault leaves up still carry messages to its targets: on links that are slow
// or lossy they do, and throttled brokers read them. A disconnect ends connections and changes no other.
func goesOn(fault string) bool {
	switch fault {
	case "latency", "loss", "bandwidth", "cpu", "memory", "disconnect":
		return true
	default:
		return false
	}
}

// marks are the applied injections in the order of their application. A table is never changed: a new one replaces it,
// so that a client sees by one comparison of pointers whether there is news.
type marks struct{ list []mark }

// arm puts injections that were applied since the last look on the list of those that this client has not resumed from.
func (l *ClientLog) arm(table *marks) {
	for i := len(l.marks.list); i < len(table.list); i++ {
		l.pending = append(l.pending, int32(i))
	}
	l.marks = table
}

// served notes the first success of a message that was first sent at sent, after each injection that it is the first
// for.
func (l *ClientLog) served(sent, at time.Duration) {
	if table := l.recorder.marks.Load(); table != l.marks {
		l.arm(table)
	}
	if len(l.pending) == 0 {
		return
	}
	l.pending = slices.DeleteFunc(l.pending, func(i int32) bool {
		m := &l.marks.list[i]
		if sent < m.applied {
			return false
		}
		l.lane.resumptions = append(l.lane.resumptions, Resumption{m.injection, l.ref, at})
		return true
	})
}

// wrote is served for QoS 0, where a write is all that a publisher learns. On a connection made after the injection,
// the first write counts. A connection from before it counts if it is to a broker that the injection did not hit or
// that goes on taking messages, or once the injection is healed: until then the write of a message that nobody takes
// succeeds too.
func (l *ClientLog) wrote(at time.Duration) {
	if table := l.recorder.marks.Load(); table != l.marks {
		l.arm(table)
	}
	if len(l.pending) == 0 {
		return
	}
	l.pending = slices.DeleteFunc(l.pending, func(i int32) bool {
		m := &l.marks.list[i]
		blind := !m.takes && l.since < m.applied && slices.Contains(m.targets, int(l.broker)) &&
			(m.healed == 0 || at < m.healed)
		if at < m.applied || blind {
			return false
		}
		l.lane.resumptions = append(l.lane.resumptions, Resumption{m.injection, l.ref, at})
		return true
	})
}

// armAgain is called when a connection has ended: if that is what an injection did in the end, such as a broker that
// served on for a moment after it was told to stop, the client has to resume from it once more. An injection can end
// connections until it is healed, and as long after that as it takes to notice a dead peer.
func (l *ClientLog) armAgain(ended time.Duration) {
	l.arm(l.recorder.marks.Load())
	for i := range l.marks.list {
		m := &l.marks.list[i]
		if (m.healed == 0 || ended < m.healed+l.recorder.detection) && !slices.Contains(l.pending, int32(i)) {
			l.pending = append(l.pending, int32(i))
		}
	}
}
