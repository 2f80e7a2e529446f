package mqtt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A request is a SUBSCRIBE that waits for its SUBACK, or an UNSUBSCRIBE that waits for its UNSUBACK.
type request struct {
	kind    byte
	id      uint16
	filters int
	answer  Suback
	err     error
	done    chan struct{} // closed when answer or err is there
}

// verb says what was asked for.
func (r *request) verb() string {
	if r.kind == typeUnsubscribe {
		return "unsubscribe"
	}
	return "subscribe"
}

// wait waits for the answer. Errors: that of ctx, or the cause of the connection's end before there was one.
func (r *request) wait(ctx context.Context) (Suback, error) {
	select {
	case <-r.done:
		return r.answer, r.err
	case <-ctx.Done():
	}
	select {
	case <-r.done: // The end of the connection may follow so closely that both are there.
		return r.answer, r.err
	default:
		// An answer that comes later finds its request and is not taken for a mistake of the server.
		return Suback{}, fmt.Errorf("%s: no answer: %w", r.verb(), context.Cause(ctx))
	}
}

// A Suback is the server's answer to a SUBSCRIBE, or to an UNSUBSCRIBE.
type Suback struct {
	// Codes has one for each filter: the granted QoS, or 0x80 and above for a refusal. Those of an UNSUBACK are 0x00, or
	// 0x11 where there was no such subscription; in MQTT 3.1.1 it has none.
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
	return r.wait(ctx)
}

// request sends the packet.
func (s *Session) request(subscriptions []Subscription) (*request, error) {
	size := 2
	if s.o.Protocol == V5 {
		size++
	}
	for _, f := range subscriptions {
		if err := f.check(s.o.Protocol); err != nil {
			return nil, fmt.Errorf("filter %.100q: %w", f.Filter, err)
		}
		size += 3 + len(f.Filter)
	}
	if len(subscriptions) == 0 {
		return nil, errors.New("no filter [MQTT-3.8.3-2]")
	}
	return s.ask(typeSubscribe, len(subscriptions), size, func(b []byte) {
		for _, f := range subscriptions {
			b = append(appendString(b, f.Filter), f.options(s.o.Protocol))
		}
	})
}

// ask sends a packet of a kind that has an answer: a packet identifier, in MQTT 5.0 no properties, and what list appends
// for so many filters; size is the length of all that.
func (s *Session) ask(kind byte, filters, size int, list func(b []byte)) (*request, error) {
	s.Lock()
	defer s.Unlock()
	l := s.link
	if l == nil || !l.usable() {
		return nil, ErrNotConnected
	}
	if total := 1 + lengthSize(size) + size; total > min(l.maximumPacket, maximumPacket) {
		return nil, fmt.Errorf("packet of %d bytes, and the server takes packets of %d at most", total, l.maximumPacket)
	}
	r := &request{kind: kind, id: s.flight.pin(l.window), filters: filters, done: make(chan struct{})}
	s.requests = append(s.requests, r)
	b := l.space(1 + lengthSize(size) + size)[:0]
	b = appendLength(append(b, kind<<4|flagsOf(kind)), size)
	b = binary.BigEndian.AppendUint16(b, r.id)
	if s.o.Protocol == V5 {
		b = append(b, 0)
	}
	list(b)
	l.flush(0)
	return r, nil
}

// check finds what the protocol does not allow in SUBSCRIBE.
func (f Subscription) check(protocol byte) error {
	if f.Filter == "" || len(f.Filter) > maximumString || f.QoS > 2 || f.RetainHandling > 2 {
		return fmt.Errorf("want 1 to %d bytes, QoS and retain handling up to 2", maximumString)
	}
	if !wellFormed([]byte(f.Filter)) {
		return errors.New("want UTF-8 without U+0000 [MQTT-3.8.3-1] [MQTT-4.7.3-2]")
	}
	filter, shared := f.Filter, false
	if protocol == V5 {
		group, rest, found := strings.Cut(strings.TrimPrefix(filter, "$share/"), "/")
		if shared = strings.HasPrefix(filter, "$share/"); shared {
			if group == "" || strings.ContainsAny(group, "+#") || !found || rest == "" {
				return errors.New("want $share/name/filter, the name without wildcards [MQTT-4.8.2-1] [MQTT-4.8.2-2]")
			}
			filter = rest
		}
	}
	if shared && f.NoLocal {
		return errors.New("no local on a shared subscription [MQTT-3.8.3-4]")
	}
	for level := range strings.SplitSeq(filter, "/") {
		if len(level) > 1 && strings.ContainsAny(level, "+#") {
			return errors.New("a wildcard has a level of its own [MQTT-4.7.1-1] [MQTT-4.7.1-2]")
		}
	}
	if i := strings.IndexByte(filter, '#'); i >= 0 && i < len(filter)-1 {
		return errors.New("# is the last level [MQTT-4.7.1-1]")
	}
	return nil
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

// decodeSuback reads a SUBACK of at least two bytes.
func decodeSuback(body []byte, protocol byte) (id uint16, codes []byte, err error) {
	id, codes = binary.BigEndian.Uint16(body), body[2:]
	if protocol == V5 {
		properties, rest, err := cutProperties("SUBACK", codes, inAcknowledgement)
		if err == nil {
			err = properties.check()
		}
		if err != nil {
			return 0, nil, err
		}
		codes = rest
	}
	for _, code := range codes {
		if code > 2 && code < reasonFailure {
			return 0, nil, violation("SUBACK with code 0x%02x [MQTT-3.9.3-2]", code)
		}
	}
	return id, codes, nil
}

// suback ends a request.
func (l *link) suback(body []byte) error {
	id, codes, err := decodeSuback(body, l.s.o.Protocol)
	if err != nil {
		return err
	}
	r := l.asked(typeSubscribe, id)
	if r == nil {
		return violation("SUBACK for packet identifier %d, which has no SUBSCRIBE", id)
	}
	if len(codes) != r.filters {
		return violation("SUBACK with %d codes for %d filters [MQTT-3.8.4-5]", len(codes), r.filters)
	}
	l.answered(r, codes)
	return nil
}

// asked is the request of a kind with an identifier; nil: there is none.
func (l *link) asked(kind byte, id uint16) *request {
	for _, r := range l.s.requests {
		if r.kind == kind && r.id == id {
			return r
		}
	}
	return nil
}

// answered ends a request.
func (l *link) answered(r *request, codes []byte) {
	r.answer = Suback{Codes: append([]byte(nil), codes...), At: l.heard}
	close(r.done)
	l.s.flight.unpin(r.id)
	l.s.requests = slices.DeleteFunc(l.s.requests, func(other *request) bool { return other == r })
}
