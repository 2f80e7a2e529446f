package workers

import "time"

// unwritten is the written time of a message that the socket has not taken yet.
const unwritten time.Duration = -1

// none ends a list of slots.
const none int32 = -1

// A flight is a message between its encoding and its outcome.
type flight struct {
	intended, written time.Duration
	sequence          uint32
	// next links free slots, and messages that wait for the socket.
	next int32
	// used tells a slot in use from a free one.
	used bool
}

// flights are the messages of one publisher that are under way. A message keeps its slot until its outcome is known,
// and the number of the slot is the token under which the session speaks of it. There are never more slots than
// messages under way at a time, which the in-flight window bounds, and an idle publisher that never sent has none.
type flights struct {
	slots []flight
	// free is the first free slot; waiting is the list of messages that wait for the socket, in order, and last its
	// end.
	free, waiting, last int32
	count               int
}

// newFlights returns no flights.
func newFlights() flights { return flights{free: none, waiting: none, last: none} }

// reserve takes a slot for a message; until it is accepted or given back it is not under way.
func (f *flights) reserve() (token uint64) {
	if f.free == none {
		f.slots = append(f.slots, flight{next: none})
		f.free = int32(len(f.slots) - 1)
	}
	return uint64(f.free)
}

// accept puts the message under way in the slot that reserve named last; it waits for the socket.
func (f *flights) accept(sequence uint32, intended time.Duration) {
	slot := f.free
	f.free = f.slots[slot].next
	f.slots[slot] = flight{intended: intended, written: unwritten, sequence: sequence, next: none, used: true}
	if f.waiting == none {
		f.waiting = slot
	} else {
		f.slots[f.last].next = slot
	}
	f.last = slot
	f.count++
}

// oldest returns the token and the intended time of the oldest message that waits for the socket; there has to be one.
func (f *flights) oldest() (token uint64, intended time.Duration) {
	return uint64(f.waiting), f.slots[f.waiting].intended
}

// take notes when the socket took that message, and returns it; it waits no longer.
func (f *flights) take(written time.Duration) flight {
	slot := f.waiting
	f.waiting = f.slots[slot].next
	f.slots[slot].next = none
	f.slots[slot].written = written
	return f.slots[slot]
}

// at returns the message with that token; ok is false when there is none.
func (f *flights) at(token uint64) (m flight, ok bool) {
	if token >= uint64(len(f.slots)) || !f.slots[token].used {
		return flight{}, false
	}
	return f.slots[token], true
}

// settle frees the slot of a message that does not wait for the socket.
func (f *flights) settle(token uint64) {
	f.slots[token] = flight{next: f.free}
	f.free = int32(token)
	f.count--
}
