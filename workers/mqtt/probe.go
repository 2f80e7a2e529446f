package mqtt

import (
	"context"
	"fmt"
	"net"
	"time"
)

// ProbePayload is the payload of messages that prove a way between brokers. Whoever accounts for messages leaves them
// out of account: they may meet any subscriber.
const ProbePayload = "mqbench probe"

// Probe asks whether a server is ready for clients: CONNECT, CONNACK, DISCONNECT on conn, which is closed in any
// case. The session is clean and has no will, whatever o says. Errors are those of Connect.
func Probe(ctx context.Context, conn net.Conn, o Options) (Connack, error) {
	o.CleanStart, o.Expiry, o.Will = true, 0, nil
	s := New(o, Deaf{})
	ack, err := s.Connect(ctx, conn)
	if err != nil {
		return ack, fmt.Errorf("probe: %w", err)
	}
	// The answer is there; how the connection ends changes nothing about it.
	_ = s.Disconnect(ctx)
	return ack, nil
}

// Deaf is a [Handler] that does nothing: of a session without messages, or, embedded, in place of the methods that a
// handler has no use for.
type Deaf struct{}

// Acknowledged does nothing.
func (Deaf) Acknowledged(uint64, byte, time.Duration) {}

// Orphaned does nothing.
func (Deaf) Orphaned(uint64, time.Duration) {}

// Received does nothing.
func (Deaf) Received(*Publish, time.Duration) {}

// Taken does nothing.
func (Deaf) Taken(int, time.Duration) {}

// Flushed does nothing.
func (Deaf) Flushed(time.Duration) {}

// EndBatch does nothing.
func (Deaf) EndBatch(time.Duration) {}
