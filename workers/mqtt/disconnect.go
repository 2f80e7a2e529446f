package mqtt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Disconnect sends DISCONNECT after what is pending, so that the server drops the will, waits until the socket has
// taken it or ctx ends, and closes the connection; Serve returns ErrClosed. What is in flight stays so, orphaned
// where the session is clean. Without a connection nothing happens. The lock is not held.
func (s *Session) Disconnect(ctx context.Context) error {
	s.Lock()
	l := s.link
	if connected := l != nil && !l.dead() && l.up; !connected {
		s.Unlock()
		s.Close(nil)
		return nil
	}
	l.part(reasonSuccess)
	err := l.settleOutput(ctx)
	l.fail(ErrClosed)
	conn := l.conn
	s.Unlock()
	shut(conn)
	return err
}

// settleOutput waits until the socket has taken what is pending; the error is that of ctx or of the connection.
func (l *link) settleOutput(ctx context.Context) error {
	for l.blocked && !l.dead() {
		drained := l.drainage()
		l.s.Unlock()
		select {
		case <-drained:
			l.s.Lock()
		case <-ctx.Done():
			l.s.Lock()
			return fmt.Errorf("disconnect: %w", context.Cause(ctx))
		}
	}
	if cause := cmp.Or(l.cause, l.broken); cause != nil && !errors.Is(cause, ErrClosed) {
		return fmt.Errorf("disconnect: %w", cause)
	}
	return nil
}

// part makes DISCONNECT the last packet of the connection.
func (l *link) part(reason byte) {
	if l.parting {
		return
	}
	if reason == reasonSuccess {
		copy(l.space(2), []byte{typeDisconnect << 4, 0})
	} else {
		copy(l.space(3), []byte{typeDisconnect << 4, 1, reason})
	}
	l.parting = true
	l.flush(0)
}

// farewell tells a 5.0 server what it did wrong [MQTT-4.13.1-1]; in 3.1.1 there is no such packet, and DISCONNECT
// would drop the will.
func (l *link) farewell(cause error) {
	var wrong *ProtocolError
	if l.s.o.Protocol != V5 || !errors.As(cause, &wrong) {
		return
	}
	l.part(wrong.Reason)
	limit := time.NewTimer(farewellTime)
	defer limit.Stop()
	for l.blocked && l.await(limit.C) {
		continue
	}
}
