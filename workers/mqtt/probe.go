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
	s := New(o, deaf{})
	ack, err := s.Connect(ctx, conn)
	if err != nil {
		return ack, fmt.Errorf("probe: %w", err)
	}
	// The answer is there; how the connection ends changes nothing about it.
	_ = s.Disconnect(ctx)
	return ack, nil
}

// deaf is the handler of a session without messages.
type deaf struct{}

func (deaf) Acknowledged(uint64, byte, time.Duration) {}
func (deaf) Orphaned(uint64, time.Duration)           {}
func (deaf) Received(*Publish, time.Duration)         {}
func (deaf) Taken(int, time.Duration)                 {}
func (deaf) Flushed(time.Duration)                    {}
func (deaf) EndBatch(time.Duration)                   {}
