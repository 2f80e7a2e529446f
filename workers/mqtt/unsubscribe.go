package mqtt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// Unsubscribe sends one UNSUBSCRIBE and waits for its UNSUBACK, which another goroutine must be there to receive in
// Serve (section 3.10). Errors: that of ctx, ErrNotConnected, or the cause of the connection's end before there was an
// UNSUBACK. The lock is not held.
func (s *Session) Unsubscribe(ctx context.Context, filters []string) (Suback, error) {
	size := 2
	if s.o.Protocol == V5 {
		size++
	}
	for _, filter := range filters {
		if err := (Subscription{Filter: filter}).check(s.o.Protocol); err != nil {
			return Suback{}, fmt.Errorf("unsubscribe: filter %.100q: %w", filter, err)
		}
		size += 2 + len(filter)
	}
	if len(filters) == 0 {
		return Suback{}, errors.New("unsubscribe: no filter [MQTT-3.10.3-2]")
	}
	r, err := s.ask(typeUnsubscribe, len(filters), size, func(b []byte) {
		for _, filter := range filters {
			b = appendString(b, filter)
		}
	})
	if err != nil {
		return Suback{}, fmt.Errorf("unsubscribe: %w", err)
	}
	return r.wait(ctx)
}

// unsuback ends a request. In MQTT 3.1.1 it says no more than that; in 5.0 it has a reason for each filter (section
// 3.11.3), of which those that refuse are errors that the owner judges.
func (l *link) unsuback(body []byte) error {
	id, codes, err := decodeUnsuback(body, l.s.o.Protocol)
	if err != nil {
		return err
	}
	r := l.asked(typeUnsubscribe, id)
	if r == nil {
		return violation("UNSUBACK for packet identifier %d, which has no UNSUBSCRIBE", id)
	}
	if l.s.o.Protocol == V5 && len(codes) != r.filters {
		return violation("UNSUBACK with %d codes for %d filters [MQTT-3.11.3-1]", len(codes), r.filters)
	}
	l.answered(r, codes)
	return nil
}

// decodeUnsuback reads an UNSUBACK of at least two bytes.
func decodeUnsuback(body []byte, protocol byte) (id uint16, codes []byte, err error) {
	id, codes = binary.BigEndian.Uint16(body), body[2:]
	if protocol != V5 {
		return id, codes, nil
	}
	properties, codes, err := cutProperties("UNSUBACK", codes, inAcknowledgement)
	if err == nil {
		err = properties.check()
	}
	if err != nil {
		return 0, nil, err
	}
	for _, code := range codes {
		if code < reasonFailure && code != reasonSuccess && code != reasonNoSubscription {
			return 0, nil, violation("UNSUBACK with code 0x%02x [MQTT-3.11.3-2]", code)
		}
	}
	return id, codes, nil
}
