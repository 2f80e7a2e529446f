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
}

// marks are the applied injections in the order of their application. A table is never changed: a new one replaces it, so that a
// client sees by one comparison of pointers whether there is news.
type marks struct{ list []mark }

// arm puts injections that were applied since the last look on the list of those that this client has not resumed from.
func (l *ClientLog) arm(table *marks) {
	for i := len(l.marks.list); i < len(table.list); i++ {
		l.pending = append(l.pending, int32(i))
	}
	l.marks = table
}

// served notes the first success of a message that was first sent at sent, after each injection that it is the first for.
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

// wrote is served for QoS 0, where a write is all that a publisher learns. On a connection made after the injection, the first
// write counts. A connection from before it counts only if it was to a broker that the injection did not hit, or once the
// injection is healed; and what it counted is taken back if it ends before the injection is healed.
func (l *ClientLog) wrote(at time.Duration) {
	if table := l.recorder.marks.Load(); table != l.marks {
		l.arm(table)
	}
	if len(l.pending) == 0 {
		return
	}
	l.pending = slices.DeleteFunc(l.pending, func(i int32) bool {
		m := &l.marks.list[i]
		switch {
		case at < m.applied:
			return false
		case l.since >= m.applied:
			l.lane.resumptions = append(l.lane.resumptions, Resumption{m.injection, l.ref, at})
			return true
		case slices.Contains(m.targets, int(l.broker)) && (m.healed == 0 || at < m.healed):
			return false
		}
		l.provisional = append(l.provisional, provisional{i, at})
		return true
	})
}

// A provisional resumption counts unless the connection ends before the injection is healed.
type provisional struct {
	mark int32
	at   time.Duration
}

// settleProvisional decides on provisional resumptions when the connection ends.
func (l *ClientLog) settleProvisional(ended time.Duration) {
	l.arm(l.recorder.marks.Load())
	for _, p := range l.provisional {
		m := &l.marks.list[p.mark]
		if m.healed == 0 || ended < m.healed {
			l.pending = append(l.pending, p.mark)
			continue
		}
		l.lane.resumptions = append(l.lane.resumptions, Resumption{m.injection, l.ref, p.at})
	}
	l.provisional = l.provisional[:0]
}
