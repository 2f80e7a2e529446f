package paho

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
)

// readBuffer is the size of a connection's read buffer: paho.golang reads each packet in three pieces.
const readBuffer = 4 << 10

// lastWords bounds how long a connection that takes nothing any more is still read. What the server sent before the end
// is there already, and the end comes behind it, unless only one direction is broken.
const lastWords = time.Second

// duplicate is the flag of a PUBLISH that is sent again.
const duplicate byte = 1 << 3

// A link is the connection that paho.golang is given. It reads through a buffer, and gathers the pieces in which the
// library writes a packet, so that any kind of connection gets it in one write, as plain TCP would get it from the
// library. The library holds the lock while it writes a packet.
type link struct {
	net.Conn
	sync.Mutex
	reader *bufio.Reader
	owner  *Session
	// pending is the beginning of a packet, missing how many bytes of it are still to come.
	pending []byte
	missing int

	// broken is why the connection takes no more packets. It is set with both locks held, the link's and the owner's.
	broken error

	// ready is closed when the owner was told of the connection: what it brings must not be told earlier.
	ready chan struct{}
	// over is closed when the connection has ended.
	over chan struct{}
	// expiry says what becomes of the session when the connection ends. The owner's lock guards it, and cause, why the
	// connection ends, as far as this is known before the library tells.
	expiry uint32
	cause  error
}

// newLink wraps a connection.
func newLink(owner *Session, conn net.Conn) *link {
	return &link{
		Conn: conn, reader: bufio.NewReaderSize(conn, readBuffer), owner: owner,
		ready: make(chan struct{}), over: make(chan struct{}),
	}
}

// Read implements net.Conn. Behind a packet that could not be written, that is what the end is put down to.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.reader.Read(p)
	if err != nil {
		l.owner.Lock()
		defer l.owner.Unlock()
		if l.broken != nil {
			err = l.broken
		}
	}
	return n, err
}

// Write implements net.Conn: the whole packet leaves with its last piece, and so the library is told of an error when
// the packet was not taken. A connection that did not take all of a packet takes no other; it is read to its end, which
// is how the library notices.
func (l *link) Write(p []byte) (int, error) {
	if l.broken != nil {
		return 0, l.broken
	}
	if len(l.pending) == 0 && len(p) > 0 {
		// The first piece is the whole fixed header.
		l.missing = len(p) + remaining(p[1:])
	}
	l.pending = append(l.pending, p...)
	if l.missing -= len(p); l.missing > 0 || len(l.pending) == 0 {
		return len(p), nil
	}
	fresh := l.pending[0]>>4 == packets.PUBLISH && l.pending[0]&duplicate == 0
	if fresh {
		l.owner.writing()
	}
	_, err := l.Conn.Write(l.pending)
	l.pending = l.pending[:0]
	if cap(l.pending) > readBuffer {
		l.pending = nil
	}
	if err != nil {
		return 0, l.breaks(err)
	}
	if fresh {
		l.owner.wrote()
	}
	return len(p), nil
}

// breaks notes that a packet could not be written, and bounds the reading from now on.
func (l *link) breaks(err error) error {
	l.owner.Lock()
	defer l.owner.Unlock()
	l.broken = fmt.Errorf("write: %w", err)
	_ = l.SetReadDeadline(time.Now().Add(lastWords)) // The only reason for an error is that it is closed already.
	return l.broken
}

// remaining decodes the Remaining Length of a packet that the library has encoded [MQTT 5.0 §1.5.5].
func remaining(header []byte) (length int) {
	for i, b := range header {
		length |= int(b&0x7f) << (7 * i)
	}
	return length
}

// NetConn returns the connection underneath.
func (l *link) NetConn() net.Conn { return l.Conn }

// bound gives all reading and writing a deadline, or lifts it.
func (l *link) bound(at time.Time) error { return l.SetDeadline(at) }

// abandon has the connection reset when it is closed, be it TCP or something on top of it.
func (l *link) abandon() {
	for conn := l.Conn; ; {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // The only reason for an error is that it is closed already.
			return
		}
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		conn = outer.NetConn()
	}
}
