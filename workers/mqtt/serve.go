package mqtt

import (
	"cmp"
	"fmt"
	"io"
	"time"
)

// ordinaryBuffer is the size of the read buffer of a connection that cannot wait without one.
const ordinaryBuffer = 4 << 10

// farewellTime bounds how long the server gets to take the DISCONNECT that tells it what it did wrong.
const farewellTime = 250 * time.Millisecond

// hearingTime bounds how long a connection to which nothing can be written any more is read: what has come is there, and
// only a server that goes on sending needs the bound.
const hearingTime = time.Second

// Start has the connection served until it ends: what the server sends is read, handed to the handler and answered. It
// returns at once, and ended is called when the connection is over, once, in a goroutine of its own and without the
// lock: the connection is closed then, nothing works on it any more, and the session can be connected again. The cause
// is ErrClosed after Disconnect or Close, the cause given to Close, ErrKeepalive, a *DisconnectError, a *ProtocolError,
// an error of reading or writing (io.EOF where the server just closed), or ErrNotConnected where there was no
// connection to serve; never nil. The lock is not held.
func (s *Session) Start(ended func(cause error)) {
	s.Lock()
	defer s.Unlock()
	l := s.link
	if l == nil || !l.up || l.ended || l.started {
		go ended(ErrNotConnected)
		return
	}
	l.started, l.onEnd = true, ended
	switch {
	case l.loop == nil:
		go func() { l.finish(l.receive()) }()
	case l.dead(): // It was closed meanwhile, or broke.
		l.leave(cmp.Or(l.cause, l.broken))
	default:
		if err := l.loop.watch(l); err != nil {
			l.fail(err)
		}
	}
}

// Serve is Start for those who have nothing else to do: it returns the cause when the connection is over.
func (s *Session) Serve() error {
	over := make(chan error, 1)
	s.Start(func(cause error) { over <- cause })
	return <-over
}

// finish is the end of a link that was started: nobody else reads any more, for that cause unless there was one before.
func (l *link) finish(cause error) {
	l.dismiss(l.hearOut(cause))
	l.s.Lock()
	l.s.end(l)
	cause = l.cause
	l.s.Unlock()
	l.onEnd(cause)
}

// hearOut reads what came before a loop's connection broke, and returns why it ends: for that cause, or for what the
// server says in there.
func (l *link) hearOut(cause error) error {
	l.s.Lock()
	defer l.s.Unlock()
	if l.broken == nil || l.cause != nil || l.loop == nil {
		return cause
	}
	lent := borrow(largestBlock)
	defer lent.giveBack()
	for {
		in := l.lend(lent.bytes)
		// An error would be another word for what is known from writing.
		n, _, _ := readSocket(l.fd, in.buf[in.have:])
		if n == 0 {
			return l.broken
		}
		if err := l.absorb(&in, n); err != nil {
			return err
		}
		l.carry = in.rest()
	}
}

// dismiss closes the connection for a cause, after a word to the server where the cause is its mistake, and waits
// for the goroutine of a blocked write.
func (l *link) dismiss(cause error) {
	l.s.Lock()
	defer l.s.Unlock()
	if l.parting && l.broken == nil {
		// The server has closed in answer to our DISCONNECT.
		cause = ErrClosed
	} else if l.cause == nil {
		l.farewell(cause)
	}
	l.fail(cause)
	conn := l.conn
	l.s.Unlock()
	shut(conn)
	l.s.Lock()
	for l.blocked {
		l.await(nil)
	}
}

// await waits, without the lock, until the socket has taken what is pending, the connection is dead, or limit fires.
func (l *link) await(limit <-chan time.Time) (inTime bool) {
	drained := l.drainage()
	l.s.Unlock()
	defer l.s.Lock()
	select {
	case <-drained:
		return true
	case <-limit:
		return false
	}
}

// drainage is closed when the link is not blocked any more.
func (l *link) drainage() <-chan struct{} {
	if l.drained == nil {
		l.drained = make(chan struct{})
	}
	return l.drained
}

// ready is called by the loop, which lends a buffer, when the socket may have become ready. It writes what is pending
// and reads once; true: there may be more to read, and the loop has to come again. Without a new readiness it goes on
// reading where it was.
func (l *link) ready(r readiness, buf []byte) (more bool) {
	l.s.Lock()
	defer l.s.Unlock()
	if r.out && l.blocked {
		l.drain()
	}
	l.unread = l.unread || r.in
	l.over = l.over || r.over
	if !l.unread || l.leaving || l.cause != nil || l.congested() {
		// What is congested goes on when the socket has room.
		return false
	}
	in := l.lend(buf)
	room := len(in.buf) - in.have
	n, eof, err := readSocket(l.fd, in.buf[in.have:])
	// A short read has taken everything, and more makes the system speak again; but it may not do so for an end that it
	// has spoken of.
	l.unread = n == room || l.over && n > 0
	switch {
	case err != nil:
		err = fmt.Errorf("read: %w", err)
	case eof:
		err = fmt.Errorf("read: %w", io.EOF)
	case n > 0:
		err = l.absorb(&in, n)
	}
	if err != nil {
		if l.broken != nil {
			// It broke while this was handled, and its end has begun: what the server says goes before.
			l.fail(err)
		}
		l.leave(err)
		return false
	}
	l.carry = in.rest()
	return l.unread && !l.congested()
}

// receive reads from a connection that blocks until it is dead.
func (l *link) receive() error {
	in := intake{buf: make([]byte, ordinaryBuffer), own: true}
	for {
		n, err := l.conn.Read(in.buf[in.have:])
		if n > 0 {
			if err := l.absorbed(&in, n); err != nil {
				return err
			}
		}
		if err != nil {
			return l.lost(err)
		}
		if in.have == 0 && len(in.buf) > ordinaryBuffer {
			in.buf = make([]byte, ordinaryBuffer)
		}
	}
}

// lost is the cause of an end that reading has found: behind a failed write it is that.
func (l *link) lost(err error) error {
	l.s.Lock()
	defer l.s.Unlock()
	if l.broken != nil {
		return l.broken
	}
	return fmt.Errorf("read: %w", err)
}

// absorbed is absorb for a goroutine that can wait while the link is congested.
func (l *link) absorbed(in *intake, n int) error {
	l.s.Lock()
	defer l.s.Unlock()
	err := l.absorb(in, n)
	for err == nil && l.congested() && l.cause == nil {
		l.await(nil)
	}
	if err == nil {
		err = l.cause
	}
	return err
}

// An intake is a read buffer and what is in it: buf[:have] begins with a packet.
type intake struct {
	buf  []byte
	have int
	own  bool // buf is not lent
}

// lend is an intake of the loop's buffer, or of the link's own where a packet needs a larger one, with the beginning
// of a packet that came last time.
func (l *link) lend(buf []byte) intake {
	carry := l.carry
	l.carry = nil
	if cap(carry) > len(buf) {
		return intake{buf: carry[:cap(carry)], have: len(carry), own: true}
	}
	return intake{buf: buf, have: copy(buf, carry)}
}

// rest ends the use of the buffer and returns what is left in it: nil, a small copy, or the buffer itself where it
// had to grow.
func (in *intake) rest() []byte {
	switch {
	case in.have == 0:
		return nil
	case in.own:
		return in.buf[:in.have]
	default:
		return append([]byte(nil), in.buf[:in.have]...)
	}
}

// absorb handles the packets that n more bytes complete. A packet that is larger than the buffer makes it grow with
// what has really come, never at the word of a header. The lock is held.
func (l *link) absorb(in *intake, n int) error {
	in.have += n
	used, err := l.batch(in.buf[:in.have])
	if err != nil {
		return err
	}
	if used > 0 {
		in.have = copy(in.buf, in.buf[used:in.have])
	}
	if in.have == len(in.buf) {
		larger := make([]byte, 2*len(in.buf))
		copy(larger, in.buf)
		in.buf, in.own = larger, true
	}
	return nil
}

// batch handles one read: every whole packet in data, then what the handler publishes, then one write. The lock is
// held.
func (l *link) batch(data []byte) (used int, err error) {
	s := l.s
	if l.cause != nil {
		return 0, l.cause
	}
	at := s.o.Now()
	l.heard, l.silent = at, false
	used, err = l.handle(data, at)
	l.received = Publish{}
	if err == nil {
		l.resend()
	}
	s.h.EndBatch(at)
	if err != nil {
		return used, err
	}
	l.flush(at)
	return used, l.cause
}
