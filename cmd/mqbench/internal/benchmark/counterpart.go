package benchmark

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/workers/stamp"
)

// receiveTopic is the one topic of what is received; every subscriber gets the same messages on it.
const receiveTopic = "bench/1"

// Counterpart serves the other end of a measurement on l until in ends, which it does when the benchmark has died as
// well.
func Counterpart(ctx context.Context, in io.Reader, l net.Listener, s Spec) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in) // any end of the input means the same
	}()
	switch {
	case s.receives() && s.Warm > 0:
		return faulty.ServeRounds(ctx, l, s.generate, s.Clients, s.rate())
	case s.receives():
		return faulty.ServeSource(ctx, l, s.generate)
	default:
		return faulty.ServeSink(ctx, l)
	}
}

// receives says that the messages come from the counterpart.
func (s Spec) receives() bool { return s.Task == Receive || s.Task == Read }

// rate is the load over all clients, in messages per second.
func (s Spec) rate() float64 { return float64(s.Messages) / s.Span.Seconds() }

// generate makes the n-th message for a subscriber, as publisher 0 would have sent it.
func (s Spec) generate(_, n int, payload []byte) (topic string, out []byte, ok bool) {
	if n >= s.Messages/s.Clients {
		return "", nil, false
	}
	if cap(payload) < s.Payload {
		payload = make([]byte, s.Payload)
	}
	payload = payload[:s.Payload]
	at := time.Duration(n) * time.Microsecond
	stamp.Stamp{Run: RunID, Sequence: uint32(n), Intended: at, Sent: at}.Put(payload)
	return receiveTopic, payload, true
}
