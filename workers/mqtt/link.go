package mqtt

import (
	"net"
	"syscall"
	"time"
)

// A link is a session's connection: what lives and dies with it. What is not the reader's own is guarded by the
// session's lock.
type link struct {
	s    *Session
	conn net.Conn
	// raw is the socket itself on plain TCP, used without ever blocking; nil: ordinary Read and Write. The
	// functions are what raw calls with the descriptor, made once.
	raw                           syscall.RawConn
	readable, writable, drainable func(fd uintptr) bool

	cause error // why the connection is dead or dying; the first one counts
	// What the server said in CONNACK, or its absence means.
	window        int // own messages in flight
	maximumPacket int
	maximumQoS    byte
	retain        bool
	expiry        time.Duration
	keepalive     time.Duration

	up      bool // CONNACK has come and said yes
	ended   bool // out of use
	parting bool // DISCONNECT is the last of the pending bytes: nothing may follow [MQTT-3.14.4-1]
	blocked bool // a goroutine waits for the socket to take the pending bytes
	silent  bool // PINGREQ was sent and nothing has come since
	// released: every PUBREL of earlier connections was sent again, so that only a full window can hold up what is
	// stale.
	released bool

	out        *block // pending bytes out.bytes[start:end]; nil when there are none
	start, end int
	open       int           // where the PUBLISH begins whose payload the owner may still be filling
	openID     uint16        // its packet identifier; 0: there is none, or it needs no copy
	reserved   int           // PUBLISH packets among the pending bytes
	drained    chan struct{} // closed when blocked ends
	tally      tally         // where in the pending bytes a socket that does not take all of them stands
	whole      int           // messages that it has taken and that the handler has not been told of

	carry    []byte  // the beginning of a packet whose end has not come; the reader's own
	received Publish // lent to the handler, here so that it needs no allocation
	unsent   int     // acknowledgements of PUBLISH packets that the server cannot have seen yet
	holding  int     // QoS 2 messages received on this connection and not released
	readErr  error   // why read has ended; the reader's own
	writeErr error

	sent, heard, pinged, progress time.Duration // the last write, read, PINGREQ, and byte taken while blocked
}

func newLink(s *Session, conn net.Conn) *link {
	l := &link{s: s, conn: conn}
	tcp, ok := conn.(*net.TCPConn)
	if !ok || !nonBlocking {
		return l
	}
	// The only reason for an error is a closed connection, and writing CONNECT will find the same.
	if raw, err := tcp.SyscallConn(); err == nil {
		l.raw, l.readable, l.writable, l.drainable = raw, l.read, l.write, l.drainSome
	}
	return l
}

// usable reports whether messages can be sent on the link.
func (l *link) usable() bool { return l.up && l.cause == nil && !l.parting }

// fail makes cause the reason for the end unless there is one, and wakes whoever waits for the connection; Serve
// closes it then. It does not close itself, because closing waits for a reader that may be waiting for the lock.
// The lock is held.
func (l *link) fail(cause error) {
	if l.cause == nil {
		l.cause = cause
	}
	// An error means that the connection is closed already.
	_ = l.conn.SetDeadline(longAgo())
}

// shut closes the connection. The lock is not held.
func (l *link) shut() { shut(l.conn) }
