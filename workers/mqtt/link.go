package mqtt

import (
	"fmt"
	"net"
	"time"
)

// A link is a session's connection: what lives and dies with it. The session's lock guards all of it, but for
// again.
type link struct {
	s *Session
	// conn is the connection of a link that is read by a goroutine of its own and written to by another. It is nil where
	// a loop serves the link: then fd is the connection, used without ever blocking and below 0 once it is closed. No use
	// of fd without the lock: it can be another connection's as soon as it is closed.
	conn  net.Conn
	loop  *loop
	fd    int
	place uint32 // where it stands in the loop, if watched

	onEnd func(cause error) // what Start was given
	cause error             // why the connection is dead or dying; the first one counts
	// broken is why nothing can be written any more, while what the server sent before that is still to be read: the
	// messages that it has acknowledged are not in doubt.
	broken error
	// What the server said in CONNACK, or its absence means.
	window        int // own messages in flight
	maximumPacket int
	maximumQoS    byte
	retain        bool
	expiry        time.Duration
	keepalive     time.Duration

	up      bool // CONNACK has come and said yes
	started bool // it is served; onEnd will be called
	leaving bool // it is read no more, and a goroutine carries out its end
	ended   bool // out of use
	watched bool // the loop looks after it
	again   bool // it is among those that the loop comes back to; the loop's own
	unread  bool // the loop may find something to read
	over    bool // the server has closed its side or is gone: the end is to be read, even behind a short read
	parting bool // DISCONNECT is the last of the pending bytes: nothing may follow [MQTT-3.14.4-1]
	blocked bool // the loop or a goroutine waits for the socket to take the pending bytes
	silent  bool // PINGREQ was sent and nothing has come since
	// released: every PUBREL of earlier connections was sent again, so that only a full window can hold up what is
	// stale.
	released bool

	out        *block // pending bytes out.bytes[start:end]; nil when there are none
	start, end int
	open       int           // where the PUBLISH begins whose payload the owner may still be filling
	openID     uint16        // its packet identifier; 0: there is none, or it needs no copy
	reserved   int           // PUBLISH packets among the pending bytes
	drained    chan struct{} // closed when blocked ends; nil while nobody waits for that
	tally      tally         // where in the pending bytes a socket that does not take all of them stands
	whole      int           // messages that it has taken and that the handler has not been told of

	carry    []byte  // the beginning of a packet whose end has not come
	received Publish // lent to the handler, here so that it needs no allocation
	unsent   int     // acknowledgements of PUBLISH packets that the server cannot have seen yet
	holding  int     // QoS 2 messages received on this connection and not released

	sent, heard, pinged, progress time.Duration // the last write, read, PINGREQ, and byte taken while blocked
}

func newLink(s *Session, conn net.Conn) *link { return &link{s: s, conn: conn, fd: -1} }

// usable reports whether messages can be sent on the link.
func (l *link) usable() bool { return l.up && !l.dead() && !l.parting }

// dead reports whether the end of the link has begun, so that nothing is written to it any more.
func (l *link) dead() bool { return l.cause != nil || l.broken != nil }

// congested reports whether so much is pending on a socket that takes nothing that nothing is read meanwhile, so that
// answers cannot pile up where a server sends and does not read.
func (l *link) congested() bool { return l.blocked && l.end-l.start > pendingLimit }

// fail makes cause the reason for the end unless there is one, and has the end carried out. Where a goroutine reads, it
// is woken and closes the connection: closing would wait for it, and it may be waiting for the lock. The lock is held.
func (l *link) fail(cause error) {
	if l.cause == nil {
		l.cause = cause
	}
	if l.loop == nil {
		// An error means that the connection is closed already.
		_ = l.conn.SetDeadline(longAgo())
		return
	}
	if l.fd >= 0 {
		l.loop.forget(l)
		closeSocket(l.fd)
		l.fd = -1
	}
	if l.blocked {
		l.pass()
	}
	l.leave(l.cause)
}

// breakOff has a link of which a write has failed end as soon as everything is read that has come, see
// [link.hearOut]. A goroutine that reads finds the end behind it, unless only one direction is broken. The lock is held.
func (l *link) breakOff(failed error) {
	if l.dead() {
		return
	}
	l.broken = fmt.Errorf("write: %w", failed)
	if l.loop == nil {
		// An error means that the connection is closed already.
		_ = l.conn.SetReadDeadline(time.Now().Add(hearingTime))
		return
	}
	l.leave(l.broken)
}

// leave has the end of a link that a loop serves carried out, once. The lock is held.
func (l *link) leave(cause error) {
	if l.started && !l.leaving {
		l.leaving = true
		go l.finish(cause)
	}
}

// abandon has the connection reset when it is closed. The lock is held.
func (l *link) abandon() {
	if l.loop == nil {
		abandon(l.conn)
	} else if l.fd >= 0 {
		abandonSocket(l.fd)
	}
}
