package paho

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho/session/state"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// Options describe a session.
type Options struct {
	// Options are those of an mqtt.Session. The protocol is 5.0 always. A clean start is asked for at every connect.
	mqtt.Options
	// ConnectTimeout bounds one attempt to connect, which Keeper.Dial begins; 0: 10 s.
	ConnectTimeout time.Duration
	// Servers is the length of the list of servers that the library goes through without a wait; 0: 1.
	Servers int
}

const (
	// defaultTimeout bounds an attempt to connect where nobody does.
	defaultTimeout = 10 * time.Second
	// packetTimeout is the library's own bound for an answer, which would hide the bounds of the scenario.
	packetTimeout = time.Minute
	// window is the largest number of messages in flight: the number of packet identifiers.
	window = 65_535
	// maximumRemaining is the largest Remaining Length, maximumString the longest string, in bytes [MQTT 5.0 §1.5.4,
	// §1.5.5].
	maximumRemaining = 268_435_455
	maximumString    = 65_535
)

// A Session is one client on paho.golang. As with mqtt.Session the owner holds its lock when it calls Room, Reserve and
// Flush, and does not hold it for the other methods; the handler is called with the lock held.
//
// [Session.Keep] keeps it connected. The library is never called with the lock held, because it calls back.
type Session struct {
	mu sync.Mutex
	o  Options
	h  mqtt.Handler
	// state is what the library keeps over connections; the session watches it.
	state *state.State
	// faults is what the library says of the end of a connection.
	faults chan fault
	// senders counts the goroutine that hands messages to the library.
	senders sync.WaitGroup

	// The rest is guarded by the lock. link is the connection, from dialling on, manager the library; up is true from
	// the CONNACK that the owner was told of to the end of the connection, parting once it is wanted to end after what
	// is pending.
	link        *link
	manager     *autopaho.ConnectionManager
	up, parting bool
	limits      limits
	outbox      outbox
	// answered is when the last SUBACK or UNSUBACK came.
	answered time.Duration
}

// limits is what the server of the present connection takes.
type limits struct {
	window, maximumPacket int
	maximumQoS            byte
	retain                bool
}

// New returns a session without a connection.
func New(o Options, h mqtt.Handler) *Session {
	if o.InFlight <= 0 || o.InFlight > window {
		o.InFlight = window
	}
	if o.ReceiveMaximum == 0 {
		o.ReceiveMaximum = window
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = defaultTimeout
	}
	o.Servers = max(1, o.Servers)
	if o.Now == nil {
		epoch := time.Now()
		o.Now = func() time.Duration { return time.Since(epoch) }
	}
	return &Session{o: o, h: h, state: state.NewInMemory(), faults: make(chan fault, 1), outbox: newOutbox()}
}

// Lock takes the session's lock; what is done under it must be short.
func (s *Session) Lock() { s.mu.Lock() }

// Unlock releases the lock.
func (s *Session) Unlock() { s.mu.Unlock() }

// CheckKeepalive has nothing to do: the library has a pinger of its own.
func (s *Session) CheckKeepalive(time.Duration) (next time.Duration) { return math.MaxInt64 }

// Disconnect sends DISCONNECT after what is pending and ends the connection and [Session.Keep]. Where the socket does
// not take it before ctx ends, the error says so, and Close has to end the connection.
func (s *Session) Disconnect(ctx context.Context) error {
	s.Lock()
	manager, l := s.manager, s.link
	s.parting = true
	if l != nil && l.cause == nil {
		l.cause = mqtt.ErrClosed
	}
	drained := s.outbox.drained
	s.Unlock()
	if manager == nil {
		return nil
	}
	if drained != nil && l != nil {
		select {
		case <-drained:
		case <-l.over:
		case <-ctx.Done():
		}
	}
	if err := manager.Disconnect(ctx); err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	return nil
}

// Close ends the connection without DISCONNECT, for a cause; nil stands for mqtt.ErrClosed. Without a connection nothing
// happens.
func (s *Session) Close(cause error) { s.cut(cause, func(*link) {}) }

// Reset is Close with a TCP reset.
func (s *Session) Reset(cause error) { s.cut(cause, (*link).abandon) }

// cut ends the connection, after prepare, for a cause. The library finds it closed.
func (s *Session) cut(cause error, prepare func(*link)) {
	if cause == nil {
		cause = mqtt.ErrClosed
	}
	s.Lock()
	defer s.Unlock()
	l := s.link
	if l == nil {
		return
	}
	if l.cause == nil {
		l.cause = cause
	}
	prepare(l)
	_ = l.Close() // It may be closed already.
}
