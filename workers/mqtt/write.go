package mqtt

import (
	"fmt"
	"time"
)

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

// enlarge moves the pending bytes to a block with room for n more.
func (l *link) enlarge(n int) {
	held := l.end - l.start
	out := borrow(max(held+n, min(2*held, largestBlock)))
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

// flush writes what is pending, as far as that is possible without waiting; what remains is left to a goroutine
// that waits for the socket and ends then. at is the time to note, 0: read the clock; with messages it is read in any
// case, before the write: the server may have acted on them before the clock could be read behind it. The lock is held.
func (l *link) flush(at time.Duration) {
	for l.end > l.start && !l.blocked && l.cause == nil {
		l.seal()
		if l.raw == nil {
			l.block()
			go l.pushOut()
			return
		}
		if at == 0 || l.reserved > 0 {
			at = l.s.o.Now()
		}
		if err := l.raw.Write(l.writable); err != nil {
			l.fail(fmt.Errorf("write: %w", err))
			return
		}
		if l.writeErr != nil {
			l.fail(fmt.Errorf("write: %w", l.writeErr))
			return
		}
		if l.end > l.start {
			l.block()
			l.tell(at)
			go l.drain()
			return
		}
		l.taken(at)
	}
}

// block notes that the socket takes no more.
func (l *link) block() {
	l.blocked = true
	l.drained = make(chan struct{})
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

// write is one write to the socket, called by raw with the lock held by flush. It always says that it is done.
func (l *link) write(fd uintptr) bool {
	l.put(fd)
	return true
}

// put writes once and notes the outcome; it reports whether the socket took anything.
func (l *link) put(fd uintptr) bool {
	pending := l.out.bytes[l.start:l.end]
	n, err := writeSocket(fd, pending)
	l.writeErr = err
	if n <= 0 {
		return false
	}
	if l.blocked || n < len(pending) {
		l.whole += l.tally.advance(pending, n)
	}
	l.start += n
	// The server may have any of the acknowledgements now, so that none of them counts against it.
	l.unsent = 0
	return true
}

// tell tells the owner how many of its messages a socket that does not take everything has taken.
func (l *link) tell(before time.Duration) {
	if n := l.whole; n > 0 {
		l.whole = 0
		l.s.h.Taken(n, before)
	}
}

// drain is the goroutine that waits until the socket has taken what is pending.
func (l *link) drain() {
	err := l.raw.Write(l.drainable)
	l.s.Lock()
	defer l.s.Unlock()
	if err == nil {
		err = l.writeErr
	}
	l.unblock(err)
}

// drainSome writes when the socket has room; it reports whether there is nothing left to wait for.
func (l *link) drainSome(fd uintptr) bool {
	l.s.Lock()
	defer l.s.Unlock()
	for l.end > l.start && l.writeErr == nil {
		before := l.s.o.Now()
		if !l.put(fd) {
			break
		}
		l.progress = l.s.o.Now()
		l.tell(before)
	}
	return l.end == l.start || l.writeErr != nil
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

// unblock ends what block began and lets the owner go on.
func (l *link) unblock(err error) {
	l.blocked = false
	close(l.drained)
	if err != nil {
		l.fail(fmt.Errorf("write: %w", err))
	}
	if l.cause != nil || l.ended {
		return
	}
	at := l.s.o.Now()
	if l.end == l.start {
		l.taken(at)
	} else if l.flush(at); l.blocked || l.cause != nil {
		// An acknowledgement, a ping or DISCONNECT had joined what is pending since the socket took the last of it.
		return
	}
	l.s.h.EndBatch(at)
	l.flush(at)
}
