package mqtt

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

func unsubscribe(ctx context.Context, s *Session, filters ...string) <-chan subscribed {
	done := make(chan subscribed, 1)
	go func() {
		answer, err := s.Unsubscribe(ctx, filters)
		done <- subscribed{answer.Codes, err}
	}()
	return done
}

// unsuback is the packet.
func unsuback(protocol, id byte, codes ...byte) []byte {
	body := []byte{0, id}
	if protocol == V5 {
		body = append(append(body, 0), codes...)
	}
	return wrap(typeUnsuback<<4, body...)
}

func TestUnsubscribe(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		s := New(persistent(protocol), newDiary())
		if _, err := s.Unsubscribe(deadline(t), []string{"t"}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("got %v, want %v", err, ErrNotConnected)
		}
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		done := unsubscribe(deadline(t), s, "a/+", "b")
		want, codes := []byte{0xa2, 10, 0, 1, 0, 3, 'a', '/', '+', 0, 1, 'b'}, []byte(nil)
		if protocol == V5 {
			want, codes = []byte{0xa2, 11, 0, 1, 0, 0, 3, 'a', '/', '+', 0, 1, 'b'}, []byte{0, 0x11}
		}
		v.want(want)
		v.send(unsuback(protocol, 1, codes...))
		if got := <-done; got.err != nil || !bytes.Equal(got.codes, codes) {
			t.Errorf("got % x, %v, want % x", got.codes, got.err, codes)
		}
		s.Lock()
		if len(s.flight.pinned) > 0 || len(s.requests) > 0 {
			t.Errorf("%v and %v are left", s.flight.pinned, s.requests)
		}
		s.Unlock()
		stop(t, s, ended)
	})
}

// An UNSUBSCRIBE and a SUBSCRIBE may be under way together; each has its own answer.
func TestUnsubscribeBesideSubscribe(t *testing.T) {
	s := New(persistent(V5), newDiary())
	v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V5, false, 0))
	ended := serve(s)
	gone := unsubscribe(deadline(t), s, "t")
	v.packet()
	back := subscribe(deadline(t), s, Subscription{Filter: "t", QoS: 1})
	v.packet()
	v.send(unsuback(V5, 1, 0), suback(V5, 2, 1))
	if got := <-gone; got.err != nil || !bytes.Equal(got.codes, []byte{0}) {
		t.Errorf("UNSUBACK: % x, %v", got.codes, got.err)
	}
	if got := <-back; got.err != nil || !bytes.Equal(got.codes, []byte{1}) {
		t.Errorf("SUBACK: % x, %v", got.codes, got.err)
	}
	stop(t, s, ended)
}

func TestUnsubscribeFails(t *testing.T) {
	for name, c := range map[string]struct {
		protocol byte
		answer   []byte
		want     string
	}{
		"too few codes":       {V5, unsuback(V5, 1), "0 codes for 1 filters"},
		"code":                {V5, unsuback(V5, 1, 2), "code 0x02"},
		"properties":          {V5, []byte{0xb0, 4, 0, 1, 9, 0}, "end early"},
		"another identifier":  {V5, unsuback(V5, 2, 0), "no UNSUBSCRIBE"},
		"a SUBACK":            {V5, suback(V5, 1, 0), "no SUBSCRIBE"},
		"codes in 3.1.1":      {V311, []byte{0xb0, 3, 0, 1, 0}, "UNSUBACK of 3 bytes"},
		"too short":           {V311, []byte{0xb0, 1, 0}, "UNSUBACK of 1 bytes"},
		"flags":               {V311, []byte{0xb2, 2, 0, 1}, "flags 2"},
		"the connection ends": {V5, nil, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(persistent(c.protocol), newDiary())
			v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(c.protocol, false, 0))
			ended := serve(s)
			done := unsubscribe(deadline(t), s, "t")
			v.packet()
			if c.answer == nil {
				closeAll(t, v.conn)
			} else {
				v.send(c.answer)
			}
			if got := <-done; got.err == nil || !strings.Contains(got.err.Error(), c.want) ||
				!strings.HasPrefix(got.err.Error(), "unsubscribe: ") {
				t.Errorf("got % x, %v, want %q", got.codes, got.err, c.want)
			}
			if err := result(t, ended); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Serve: %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnsubscribeFromNonsense(t *testing.T) {
	s := New(persistent(V5), newDiary())
	greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V5, false, 0))
	for _, filters := range [][]string{nil, {""}, {"a#"}, {strings.Repeat("t", 70_000)}} {
		if _, err := s.Unsubscribe(deadline(t), filters); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%.20q: %v", filters, err)
		}
	}
}
