package mqtt

import (
	"fmt"
	"io"
	"time"
)

// ordinaryBuffer is the size of the read buffer of a connection that cannot wait without one.
const ordinaryBuffer = 4 << 10

// farewellTime bounds how long the server gets to take the DISCONNECT that tells it what it did wrong.
const farewellTime = 250 * time.Millisecond

// Serve reads from the connection, calls the handler and answers the server until the connection has ended, and
// returns why: ErrClosed after Disconnect or Close, the cause given to Close, ErrKeepalive, a *DisconnectError, a
// *ProtocolError, or an error of reading or writing (io.EOF where the server just closed). It never returns nil.
// The lock is not held. The connection is closed and all its goroutines have ended when Serve returns.
func (s *Session) Serve() error {
	s.Lock()
	l := s.link
	ready := l != nil && l.up && !l.ended
	s.Unlock()
	if !ready {
		return ErrNotConnected
	}
	err := l.receive()
	l.dismiss(err)
	s.Lock()
	defer s.Unlock()
	s.end(l)
	return l.cause
}

// receive reads until the connection is dead; the stack of a waiting client is as deep as this and a few frames.
func (l *link) receive() error {
	if l.raw == nil {
		return l.receiveOrdinary()
	}
	err := l.raw.Read(l.readable)
	if l.readErr != nil {
		return l.readErr
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read: %w", err)
}

// dismiss closes the connection for a cause, after a word to the server where the cause is its mistake, and waits
// for the goroutine of a blocked write.
func (l *link) dismiss(cause error) {
	l.s.Lock()
	if l.parting {
		// The server has closed in answer to our DISCONNECT.
		cause = ErrClosed
	} else if l.cause == nil {
		l.farewell(cause)
	}
	l.fail(cause)
	l.s.Unlock()
	l.shut()
	l.s.Lock()
	defer l.s.Unlock()
	for l.blocked {
		l.await(nil)
	}
}

// await waits, without the lock, until the socket has taken what is pending, the connection is dead, or limit fires.
func (l *link) await(limit <-chan time.Time) (inTime bool) {
	drained := l.drained
	l.s.Unlock()
	defer l.s.Lock()
	select {
	case <-drained:
		return true
	case <-limit:
		return false
	}
}

// read is called by raw when the socket may be readable: it borrows a buffer, handles all there is, and gives the
// buffer back before raw waits for more. True ends the reading; readErr says why.
func (l *link) read(fd uintptr) bool {
	in := l.open64()
	for {
		n, eof, err := readSocket(fd, in.buf[in.have:])
		switch {
		case err != nil:
			l.readErr = fmt.Errorf("read: %w", err)
		case eof:
			l.readErr = fmt.Errorf("read: %w", io.EOF)
		case n == 0:
			l.carry = in.rest()
			return false
		default:
			l.readErr = l.absorb(&in, n)
		}
		if l.readErr != nil {
			in.loan.giveBack()
			return true
		}
	}
}

// receiveOrdinary reads from a connection that blocks.
func (l *link) receiveOrdinary() error {
	in := intake{buf: make([]byte, ordinaryBuffer)}
	for {
		n, err := l.conn.Read(in.buf[in.have:])
		if n > 0 {
			if err := l.absorb(&in, n); err != nil {
				return err
			}
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if in.have == 0 && len(in.buf) > ordinaryBuffer {
			in.buf = make([]byte, ordinaryBuffer)
		}
	}
}

// An intake is a read buffer and what is in it: buf[:have] begins with a packet.
type intake struct {
	buf  []byte
	have int
	loan *block // where buf is from; nil: it is our own
}

// open64 is an intake with the beginning of a packet that came last time.
func (l *link) open64() intake {
	carry := l.carry
	l.carry = nil
	if cap(carry) > largestBlock {
		return intake{buf: carry[:cap(carry)], have: len(carry)}
	}
	loan := borrow(largestBlock)
	return intake{buf: loan.bytes, have: copy(loan.bytes, carry), loan: loan}
}

// rest ends the use of the buffer and returns what is left in it: nil, a small copy, or the buffer itself where it
// had to grow.
func (in *intake) rest() []byte {
	if in.loan == nil {
		if in.have == 0 {
			return nil
		}
		return in.buf[:in.have]
	}
	defer in.loan.giveBack()
	if in.have == 0 {
		return nil
	}
	return append([]byte(nil), in.buf[:in.have]...)
}

// absorb handles the packets that n more bytes complete. A packet that is larger than the buffer makes it grow with
// what has really come, never at the word of a header.
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
		in.loan.giveBack()
		in.buf, in.loan = larger, nil
	}
	return nil
}

// batch handles one read: every whole packet in data, then what the handler publishes, then one write. It waits
// where the server sends and does not take our answers, so that these cannot pile up.
func (l *link) batch(data []byte) (used int, err error) {
	s := l.s
	s.Lock()
	defer s.Unlock()
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
	for l.blocked && l.end-l.start > pendingLimit && l.cause == nil {
		l.await(nil)
	}
	return used, l.cause
}
