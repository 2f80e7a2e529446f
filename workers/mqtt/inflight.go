package mqtt

import "slices"

// A stage says what an own message waits for.
type stage uint8

const (
	settled   stage = iota // for nothing: the slot is a hole
	awaitAck               // QoS 1, for PUBACK
	awaitRec               // QoS 2, for PUBREC
	awaitComp              // QoS 2 after PUBREC: for PUBCOMP
)

// An entry is an own message of QoS 1 or 2 without an outcome.
type entry struct {
	token uint64
	// packet is a copy of the encoded PUBLISH for sending it again; nil from PUBREC on, when it is not needed any
	// more.
	packet *block
	size   int32
	stage  stage
	// stale: not sent on this connection yet (neither PUBLISH nor PUBREL).
	stale bool
}

// A straggler is an entry that the ring has gone past.
type straggler struct {
	id uint16
	entry
}

// An inflight is the set of own messages without an outcome, in the order of sending. Packet identifiers are given
// out in turn, 1 to 65,535, so that a repeated acknowledgement of an old message does not meet a new one. The
// entries lie in a ring from the oldest identifier on. A message that is never acknowledged would make the ring
// grow without end: when the ring is twice the window, its oldest entry moves to the stragglers, so memory stays
// proportional to the window.
type inflight struct {
	ring  []entry // length 0 or a power of two
	head  int     // index of the oldest entry
	count int     // entries from head on, holes included
	first uint16  // identifier of the oldest entry; of the next one when count is 0

	stragglers []straggler // older than all of the ring, in order
	pinned     []uint16    // identifiers in use by SUBSCRIBE
	unsettled  int         // messages, stragglers included
	stale      int         // those of them that are stale
}

const (
	identifiers  = 65_535 // 1 to 65,535
	smallestRing = 8
)

// identifier is the one n places after id.
func identifier(id uint16, n int) uint16 { return uint16((int(id)-1+n)%identifiers + 1) }

// add appends an entry and returns its identifier; window is the bound for unsettled entries, which the caller
// keeps.
func (f *inflight) add(e entry, window int) uint16 {
	id := f.next(window)
	f.put(e)
	f.unsettled++
	return id
}

// pin takes an identifier for a SUBSCRIBE out of turn.
func (f *inflight) pin(window int) uint16 {
	id := f.next(window)
	if f.count == 0 {
		f.first = identifier(id, 1)
	} else {
		f.put(entry{})
	}
	f.pinned = append(f.pinned, id)
	return id
}

func (f *inflight) unpin(id uint16) {
	f.pinned = slices.DeleteFunc(f.pinned, func(p uint16) bool { return p == id })
}

// next makes room for an entry behind the newest one and returns its identifier, passing those that are in use.
func (f *inflight) next(window int) uint16 {
	for {
		f.grow(window)
		if f.count == 0 && f.first == 0 {
			f.first = 1
		}
		id := identifier(f.first, f.count)
		if !f.taken(id) {
			return id
		}
		if f.count == 0 {
			f.first = identifier(id, 1)
		} else {
			f.put(entry{})
		}
	}
}

// put stores e behind the newest entry; there is room.
func (f *inflight) put(e entry) {
	f.ring[(f.head+f.count)&(len(f.ring)-1)] = e
	f.count++
}

// taken reports whether an identifier that the ring has gone past is still in use.
func (f *inflight) taken(id uint16) bool {
	return len(f.pinned) > 0 && slices.Contains(f.pinned, id) ||
		len(f.stragglers) > 0 && f.straggler(id) >= 0
}

func (f *inflight) straggler(id uint16) int {
	return slices.IndexFunc(f.stragglers, func(s straggler) bool { return s.id == id })
}

// grow makes room for one more entry in the ring: by a larger ring as long as that is in proportion to the window,
// and by moving the oldest entry out of the way from then on.
func (f *inflight) grow(window int) {
	if f.count < min(len(f.ring), identifiers-1) {
		return
	}
	if len(f.ring) < max(smallestRing, 2*window) && len(f.ring) <= identifiers {
		ring := make([]entry, max(smallestRing, 2*len(f.ring)))
		n := copy(ring, f.ring[f.head:])
		copy(ring[n:], f.ring[:f.head])
		f.ring, f.head = ring, 0
		return
	}
	f.stragglers = append(f.stragglers, straggler{f.first, f.ring[f.head]})
	f.ring[f.head] = entry{}
	f.trim()
}

// find is the entry of a message without an outcome; nil if there is none.
func (f *inflight) find(id uint16) *entry {
	if offset := (int(id) - int(f.first) + identifiers) % identifiers; offset < f.count {
		if e := &f.ring[(f.head+offset)&(len(f.ring)-1)]; e.stage != settled {
			return e
		}
	}
	if i := f.straggler(id); i >= 0 {
		return &f.stragglers[i].entry
	}
	return nil
}

// settle ends the message of an entry that find has found, and returns its token.
func (f *inflight) settle(id uint16, e *entry) uint64 {
	token := e.token
	e.release()
	f.refresh(e)
	f.unsettled--
	*e = entry{}
	if i := f.straggler(id); i >= 0 {
		f.stragglers = slices.Delete(f.stragglers, i, i+1)
		return token
	}
	f.trim()
	return token
}

// release gives back the memory of the PUBLISH.
func (e *entry) release() {
	e.packet.giveBack()
	e.packet, e.size = nil, 0
}

// refresh notes that an entry needs not be sent again on this connection.
func (f *inflight) refresh(e *entry) {
	if e.stale {
		e.stale = false
		f.stale--
	}
}

// trim drops the holes at the old end of the ring.
func (f *inflight) trim() {
	for f.count > 0 && f.ring[f.head].stage == settled {
		f.head = (f.head + 1) & (len(f.ring) - 1)
		f.first = identifier(f.first, 1)
		f.count--
	}
}

// all yields the messages in the order of sending. Nothing may be settled or added meanwhile.
func (f *inflight) all(yield func(uint16, *entry) bool) {
	for i := range f.stragglers {
		if !yield(f.stragglers[i].id, &f.stragglers[i].entry) {
			return
		}
	}
	for i := range f.count {
		e := &f.ring[(f.head+i)&(len(f.ring)-1)]
		if e.stage != settled && !yield(identifier(f.first, i), e) {
			return
		}
	}
}

// expire marks everything as not sent on this connection.
func (f *inflight) expire() {
	for _, e := range f.all {
		e.stale = true
	}
	f.stale = f.unsettled
}

// clear forgets everything but where identifiers go on, and gives the memory back.
func (f *inflight) clear() {
	for _, e := range f.all {
		e.release()
	}
	next := f.first
	if f.count > 0 {
		next = identifier(f.first, f.count)
	}
	*f = inflight{first: next, pinned: f.pinned}
}
