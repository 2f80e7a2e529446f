package mqtt

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Causes of the end of a connection.
var (
	ErrClosed       = errors.New("connection closed by this client")
	ErrKeepalive    = errors.New("keepalive: no answer from the server")
	ErrNotConnected = errors.New("not connected")
)

type ConnackError struct{ Protocol, Reason byte }

func (e *ConnackError) Error() string { return "" }

type DisconnectError struct {
	Reason byte
	Text   string
}

func (e *DisconnectError) Error() string { return "" }

type ProtocolError struct {
	Reason byte
	Detail string
}

func (e *ProtocolError) Error() string { return "" }

type Session struct {
	mu sync.Mutex
	o  Options
	h  Handler
}

type Connack struct {
	SessionPresent    bool
	Reason            byte
	ReceiveMaximum    uint16
	MaximumQoS        byte
	MaximumPacketSize uint32
	ServerKeepalive   time.Duration
	AssignedClientID  string
	SessionExpiry     time.Duration
	RetainAvailable   bool
	SharedAvailable   bool
}

func (c Connack) Properties() map[string]string { return nil }

func New(o Options, h Handler) *Session { return &Session{o: o, h: h} }
func (s *Session) Lock()                { s.mu.Lock() }
func (s *Session) Unlock()              { s.mu.Unlock() }
func (s *Session) Connect(ctx context.Context, conn net.Conn) (Connack, error) {
	return Connack{}, ErrNotConnected
}
func (s *Session) Serve() error { return ErrNotConnected }
func (s *Session) Subscribe(ctx context.Context, subs []Subscription) ([]byte, error) {
	return nil, ErrNotConnected
}
func (s *Session) Room() int { return 0 }

// Reserve returns nil when the message cannot be reserved: Room is 0, or the server's limits forbid it (CanPublish says which).
func (s *Session) Reserve(topic string, qos byte, retain bool, size int, token uint64) (payload []byte) {
	return nil
}
func (s *Session) CanPublish(topic string, qos byte, retain bool, size int) error { return nil }

func (s *Session) Flush()                                                 {}
func (s *Session) InFlight() int                                          { return 0 }
func (s *Session) Connected() bool                                        { return false }
func (s *Session) CheckKeepalive(now time.Duration) (next time.Duration)  { return now }
func (s *Session) Disconnect(ctx context.Context) error                   { return nil }
func (s *Session) Close(cause error)                                      {}
func Probe(ctx context.Context, conn net.Conn, o Options) (Connack, error) { return Connack{}, nil }
