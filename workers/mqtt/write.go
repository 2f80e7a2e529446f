package mqtt

import "time"

// pendingLimit is the number of pending bytes beyond which nothing is reserved or resent, and, while the socket
// takes nothing, nothing is read. One message and the acknowledgements of one read may go beyond it.
const pendingLimit = 64 << 10

// batchLimit is the number of messages that can be reserved between two flushes.
const batchLimit = 64

// smallestPending is the size of the first block of pending bytes.
const smallestPending = 1 << 10

// space makes n bytes of room behind the pending ones and returns them for filling in.
func (l *link) space(n int) []byte {
	l.seal()
	if l.out == nil {
		l.out = borrow(max(n, smallestPending))
	}
	if l.end+n > len(l.out.bytes) {
		l.enlarge(n)
	}
	room := l.out.bytes[l.end : l.end+n : l.end+n]
	l.end += n
	return room
}

// enlarge moves the pending bytes to a block with room for n more: in the steps of the pool, and by half beyond
// them, so that many small answers do not move all that is pending each time.
func (l *link) enlarge(n int) {
	held := l.end - l.start
	out := borrow(max(held+n, min(2*held, largestBlock), held+held/2))
	copy(out.bytes, l.out.bytes[l.start:l.end])
	l.out.giveBack()
	l.out, l.start, l.end = out, 0, held
}

// seal copies the PUBLISH that was reserved last to the messages in flight, now that its payload is filled in.
func (l *link) seal() {
	if l.openID == 0 {
		return
	}
	// A server that answers a message before it was sent may have made the copy needless.
	if e := l.s.flight.find(l.openID); e != nil && e.packet != nil {
		copy(e.packet.bytes[:e.size], l.out.bytes[l.open:])
	}
	l.openID = 0
}

// clear forgets the pending bytes.
func (l *link) clear() {
	l.out.giveBack()
	l.out, l.start, l.end = nil, 0, 0
}

// flush writes what is pending, as far as that is possible without waiting; what remains leaves when the socket takes
// it. at is the time to note, 0: read the clock; with messages it is read in any
// case, before the write: the server may have acted on them before the clock could be read behind it. The lock is held.
func (l *link) flush(at time.Duration) {
	for l.end > l.start && !l.blocked && !l.dead() {
		l.seal()
		if l.loop == nil {
			l.block()
			go l.pushOut()
			return
		}
		if at == 0 || l.reserved > 0 {
			at = l.s.o.Now()
		}
		if _, err := l.put(); err != nil {
			l.breakOff(err)
			return
		}
		if l.end > l.start {
			l.block()
			l.tell(at)
			return
		}
		l.taken(at)
	}
}

// block notes that the socket takes no more.
func (l *link) block() {
	l.blocked = true
	l.progress = l.s.o.Now()
}

// taken notes that the socket has taken all pending bytes, and lets what waits for a later connection's window
// follow.
func (l *link) taken(at time.Duration) {
	l.clear()
	l.sent = at
	told := l.reserved > 0 && l.s.flight.stale == 0
	if told {
		l.reserved = 0
	}
	l.resend()
	if told {
		l.s.h.Flushed(at)
	}
}

// put writes once; it reports whether the socket took anything.
func (l *link) put() (took bool, err error) {
	pending := l.out.bytes[l.start:l.end]
	n, err := writeSocket(l.fd, pending)
	if n <= 0 {
		return false, err
	}
	if l.blocked || n < len(pending) {
		l.whole += l.tally.advance(pending, n)
	}
	l.start += n
	// The server may have any of the acknowledgements now, so that none of them counts against it.
	l.unsent = 0
	return true, nil
}

// tell tells the owner how many of its messages a socket that does not take everything has taken.
func (l *link) tell(before time.Duration) {
	if n := l.whole; n > 0 {
		l.whole = 0
		l.s.h.Taken(n, before)
	}
}

// drain writes what is pending to a socket that was blocked and has room now, as far as that goes. The lock is held.
func (l *link) drain() {
	var err error
	for l.end > l.start {
		before := l.s.o.Now()
		var took bool
		if took, err = l.put(); !took {
			break
		}
		l.progress = l.s.o.Now()
		l.tell(before)
	}
	if l.end == l.start || err != nil {
		l.unblock(err)
	}
}

// pushOut is the goroutine that writes what is pending to a connection whose Write blocks.
func (l *link) pushOut() {
	l.s.Lock()
	defer l.s.Unlock()
	var err error
	for l.end > l.start && err == nil {
		out, start, end := l.out, l.start, l.end
		l.out, l.start, l.end = nil, 0, 0
		// What is being written may be with the server before Write returns.
		l.unsent = 0
		before := l.s.o.Now()
		l.s.Unlock()
		var n int
		n, err = l.conn.Write(out.bytes[start:end])
		l.s.Lock()
		l.whole += l.tally.advance(out.bytes[start:end], n)
		out.giveBack()
		l.progress = l.s.o.Now()
		l.tell(before)
	}
	l.unblock(err)
}

// pass ends what block began, for those who wait for that.
func (l *link) pass() {
	l.blocked = false
	if l.drained != nil {
		close(l.drained)
		l.drained = nil
	}
}

// unblock ends what block began and lets the owner go on.
func (l *link) unblock(err error) {
	l.pass()
	if err != nil {
		l.breakOff(err)
	}
	if l.dead() || l.ended {
		return
	}
	at := l.s.o.Now()
	if l.end == l.start {
		l.taken(at)
	} else if l.flush(at); l.blocked || l.dead() {
		// An acknowledgement, a ping or DISCONNECT had joined what is pending since the socket took the last of it.
		return
	}
	l.s.h.EndBatch(at)
	l.flush(at)
}
