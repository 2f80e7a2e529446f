package mqtt

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// A Session is the client's side of an MQTT session and of the connection that it has at the moment, if any. It is
// a monitor: the owner holds its lock when it calls Room, Reserve, Flush, CanPublish, InFlight and Connected, and
// does not hold it for the other methods. The cycle is New, then any number of Connect → Start → ended, with
// Subscribe, Disconnect, Close and CheckKeepalive from any goroutine in between.
type Session struct {
	mu      sync.Mutex
	o       Options
	h       Handler
	link    *link // nil: not connected
	flight  inflight
	inbound map[uint16]bool // QoS 2 received and not released; true: received on this connection
	// requests are the SUBSCRIBE packets without SUBACK, and the UNSUBSCRIBE packets without UNSUBACK.
	requests []*request
	// known: a CONNECT was sent before, so that the server may have a session of ours, be it one that we never
	// heard of.
	known bool
	// topic is the one that was published to last, which need not be checked again.
	topic string
}

// New returns a session without a connection.
func New(o Options, h Handler) *Session {
	if o.Protocol == 0 {
		o.Protocol = V311
	}
	if o.InFlight <= 0 || o.InFlight > identifiers {
		o.InFlight = identifiers
	}
	if o.ReceiveMaximum == 0 {
		o.ReceiveMaximum = identifiers
	}
	if o.MaximumPacketSize == 0 || o.MaximumPacketSize > maximumPacket {
		o.MaximumPacketSize = maximumPacket
	}
	if o.Now == nil {
		epoch := time.Now()
		o.Now = func() time.Duration { return time.Since(epoch) }
	}
	return &Session{o: o, h: h}
}

// Lock takes the session's lock; what is done under it must be short, since the connection stands still meanwhile.
func (s *Session) Lock() { s.mu.Lock() }

// Unlock releases the lock.
func (s *Session) Unlock() { s.mu.Unlock() }

// Connected reports whether there is a connection that messages can be sent on. The lock is held.
func (s *Session) Connected() bool { return s.link != nil && s.link.usable() }

// InFlight is the number of own messages of QoS 1 and 2 without an outcome. The lock is held.
func (s *Session) InFlight() int { return s.flight.unsettled }

// clean reports whether the client's state ends with the connection, so that nothing will ever be sent again.
func (s *Session) clean(l *link) bool {
	return s.o.CleanStart || s.o.Protocol == V5 && l.expiry == 0
}

// orphan settles everything in flight as without an outcome, and forgets what was received and not released
// [MQTT-3.2.2-5].
func (s *Session) orphan() {
	s.inbound = nil
	if s.flight.unsettled == 0 {
		return
	}
	at := s.o.Now()
	for _, e := range s.flight.all {
		s.h.Orphaned(e.token, at)
	}
	s.flight.clear()
}

// end takes a link out of use that no goroutine works on any more. The lock is held.
func (s *Session) end(l *link) {
	if l.ended {
		return
	}
	l.ended = true
	l.seal()
	l.out.giveBack()
	l.out, l.start, l.end, l.carry = nil, 0, 0, nil
	for _, r := range s.requests {
		r.err = fmt.Errorf("%s: %w", r.verb(), l.cause)
		close(r.done)
		s.flight.unpin(r.id)
	}
	s.requests = nil
	if s.link == l {
		s.link = nil
	}
	if l.up && s.clean(l) {
		s.orphan()
		s.known = false
	}
}

// Close ends the connection without DISCONNECT, so that the server publishes the will. Serve returns cause, or
// ErrClosed where it is nil. What is in flight stays so. Without a connection nothing happens. The lock is not
// held.
func (s *Session) Close(cause error) { s.cut(cause, false) }

// Reset is Close, but the connection is reset: where it is TCP the server gets RST instead of FIN, and what is still
// under way in either direction is thrown away.
func (s *Session) Reset(cause error) { s.cut(cause, true) }

// cut ends the connection for a cause, with a reset or not.
func (s *Session) cut(cause error, reset bool) {
	if cause == nil {
		cause = ErrClosed
	}
	s.Lock()
	l := s.link
	if l == nil {
		s.Unlock()
		return
	}
	// Whoever serves the connection closes it as soon as it has failed.
	if reset {
		l.abandon()
	}
	l.fail(cause)
	conn := l.conn
	s.Unlock()
	shut(conn)
}

// abandon has the connection reset when it is closed, be it TCP or something on top of it, which is reset at once: it
// would say goodbye otherwise.
func abandon(conn net.Conn) {
	for outermost := conn; ; {
		if tcp, ok := conn.(*net.TCPConn); ok {
			// The only reason for an error is that it is closed already.
			_ = tcp.SetLinger(0)
			if conn != outermost {
				shut(tcp)
			}
			return
		}
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		conn = outer.NetConn()
	}
}

// longAgo is a deadline that has passed, whatever the clock.
func longAgo() time.Time { return time.Unix(1, 0) }

// shut closes a connection that has no loop; nil: it has one, and is closed. That it may be closed already is of no
// interest, and nobody can use another answer.
func shut(conn net.Conn) {
	if conn != nil {
		_ = conn.Close()
	}
}
