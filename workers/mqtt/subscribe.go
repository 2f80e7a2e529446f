package mqtt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A request is a SUBSCRIBE that waits for its SUBACK.
type request struct {
	id      uint16
	filters int
	answer  Suback
	err     error
	done    chan struct{} // closed when answer or err is there
}

// A Suback is the server's answer to a SUBSCRIBE.
type Suback struct {
	// Codes has one for each filter: the granted QoS, or 0x80 and above for a refusal.
	Codes []byte
	// At is the time of the read that brought it.
	At time.Duration
}

// Subscribe sends one SUBSCRIBE and waits for its SUBACK, which another goroutine must be there to receive in
// Serve. Errors: that of ctx, ErrNotConnected, or the cause of the connection's end before there was a SUBACK. The
// lock is not held.
func (s *Session) Subscribe(ctx context.Context, subscriptions []Subscription) (Suback, error) {
	r, err := s.request(subscriptions)
	if err != nil {
		return Suback{}, fmt.Errorf("subscribe: %w", err)
	}
	select {
	case <-r.done:
		return r.answer, r.err
	case <-ctx.Done():
	}
	select {
	case <-r.done: // The end of the connection may follow so closely that both are there.
		return r.answer, r.err
	default:
		// A SUBACK that comes later finds its request and is not taken for a mistake of the server.
		return Suback{}, fmt.Errorf("subscribe: no SUBACK: %w", context.Cause(ctx))
	}
}

// request sends the packet.
func (s *Session) request(subscriptions []Subscription) (*request, error) {
	size := 2
	if s.o.Protocol == V5 {
		size++
	}
	for _, f := range subscriptions {
		if f.Filter == "" || len(f.Filter) > maximumString || f.QoS > 2 || f.RetainHandling > 2 {
			return nil, fmt.Errorf("filter %.100q: want 1 to %d bytes, QoS and retain handling up to 2",
				f.Filter, maximumString)
		}
		size += 3 + len(f.Filter)
	}
	if len(subscriptions) == 0 {
		return nil, errors.New("no filter [MQTT-3.8.3-2]")
	}
	s.Lock()
	defer s.Unlock()
	l := s.link
	if l == nil || !l.usable() {
		return nil, ErrNotConnected
	}
	if total := 1 + lengthSize(size) + size; total > min(l.maximumPacket, maximumPacket) {
		return nil, fmt.Errorf("packet of %d bytes, and the server takes packets of %d at most", total, l.maximumPacket)
	}
	r := &request{id: s.flight.pin(l.window), filters: len(subscriptions), done: make(chan struct{})}
	s.requests = append(s.requests, r)
	b := l.space(1 + lengthSize(size) + size)[:0]
	b = appendLength(append(b, typeSubscribe<<4|flagsOf(typeSubscribe)), size)
	b = binary.BigEndian.AppendUint16(b, r.id)
	if s.o.Protocol == V5 {
		b = append(b, 0)
	}
	for _, f := range subscriptions {
		b = append(appendString(b, f.Filter), f.options(s.o.Protocol))
	}
	l.flush(0)
	return r, nil
}

// options are the Subscription Options (section 3.8.3.1).
func (f Subscription) options(protocol byte) byte {
	options := f.QoS
	if protocol != V5 {
		return options
	}
	if f.NoLocal {
		options |= 1 << 2
	}
	if f.RetainAsPublished {
		options |= 1 << 3
	}
	return options | f.RetainHandling<<4
}

// suback ends a request.
func (l *link) suback(body []byte) error {
	if len(body) < 2 {
		return malformed("SUBACK of %d bytes", len(body))
	}
	id, codes := binary.BigEndian.Uint16(body), body[2:]
	if l.s.o.Protocol == V5 {
		properties, rest, err := cutProperties("SUBACK", codes, inAcknowledgement)
		if err == nil {
			err = properties.check()
		}
		if err != nil {
			return err
		}
		codes = rest
	}
	for i, r := range l.s.requests {
		if r.id != id {
			continue
		}
		if len(codes) != r.filters {
			return violation("SUBACK with %d codes for %d filters [MQTT-3.8.4-5]", len(codes), r.filters)
		}
		for _, code := range codes {
			if code > 2 && code < reasonFailure {
				return violation("SUBACK with code 0x%02x [MQTT-3.9.3-2]", code)
			}
		}
		r.answer = Suback{Codes: append([]byte(nil), codes...), At: l.heard}
		close(r.done)
		l.s.flight.unpin(id)
		l.s.requests = append(l.s.requests[:i], l.s.requests[i+1:]...)
		return nil
	}
	return violation("SUBACK for packet identifier %d, which has no SUBSCRIBE", id)
}
