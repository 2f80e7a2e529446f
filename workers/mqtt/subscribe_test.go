package mqtt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

// subscribed is what Subscribe returns.
type subscribed struct {
	codes []byte
	err   error
}

func subscribe(ctx context.Context, s *Session, subscriptions ...Subscription) <-chan subscribed {
	done := make(chan subscribed, 1)
	go func() {
		answer, err := s.Subscribe(ctx, subscriptions)
		done <- subscribed{answer.Codes, err}
	}()
	return done
}

// suback is the packet.
func suback(protocol byte, id byte, codes ...byte) []byte {
	body := []byte{0, id}
	if protocol == V5 {
		body = append(body, 0)
	}
	return wrap(typeSuback<<4, append(body, codes...)...)
}

func TestSubscribe(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		s := New(persistent(protocol), newDiary())
		if _, err := s.Subscribe(deadline(t), []Subscription{{Filter: "t"}}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("got %v, want %v", err, ErrNotConnected)
		}
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		done := subscribe(deadline(t), s,
			Subscription{Filter: "a/+", QoS: 1},
			Subscription{Filter: "b", QoS: 2, NoLocal: true, RetainAsPublished: true, RetainHandling: 2})
		want := []byte{0x82, 13, 0, 1, 0, 3, 'a', '/', '+', 1, 0, 1, 'b', 2}
		if protocol == V5 {
			want = []byte{0x82, 14, 0, 1, 0, 0, 3, 'a', '/', '+', 1, 0, 1, 'b', 0x2e}
		}
		want[1] = byte(len(want) - 2)
		v.want(want)
		v.send(suback(protocol, 1, 0, 0x80))
		if got := <-done; got.err != nil || !bytes.Equal(got.codes, []byte{0, 0x80}) {
			t.Errorf("got % x, %v, want 00 80", got.codes, got.err)
		}
		s.Lock()
		if len(s.flight.pinned) > 0 || len(s.requests) > 0 {
			t.Errorf("%v and %v are left", s.flight.pinned, s.requests)
		}
		s.Unlock()
		// Its identifier is one of the session's: a message gets the next.
		publish(t, s, "t", 1, "x", 1)
		v.want(publication(protocol, 2, 2, "t", "x"))
		stop(t, s, ended)
	})
}

func TestSubscribeFails(t *testing.T) {
	for name, c := range map[string]struct {
		answer []byte
		want   string
	}{
		"too few codes":       {suback(V5, 1), "0 codes for 1 filters"},
		"too many codes":      {suback(V5, 1, 0, 0), "2 codes for 1 filters"},
		"code":                {suback(V5, 1, 3), "code 0x03"},
		"properties":          {[]byte{0x90, 4, 0, 1, 9, 0}, "end early"},
		"another identifier":  {suback(V5, 2, 0), "no SUBSCRIBE"},
		"the connection ends": {nil, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(persistent(V5), newDiary())
			v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V5, false, 0))
			ended := serve(s)
			done := subscribe(deadline(t), s, Subscription{Filter: "t"})
			v.packet()
			if c.answer == nil {
				closeAll(t, v.conn)
			} else {
				v.send(c.answer)
			}
			if got := <-done; got.err == nil || !strings.Contains(got.err.Error(), c.want) {
				t.Errorf("got % x, %v, want %q", got.codes, got.err, c.want)
			}
			if err := result(t, ended); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Serve: %v, want %q", err, c.want)
			}
		})
	}
}

// A SUBACK that comes after its waiter has gone is no mistake of the server, and its identifier is not given out
// before.
func TestSubackComesLate(t *testing.T) {
	s := New(persistent(V311), newDiary())
	v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V311, false, 0))
	ended := serve(s)
	ctx, cancel := context.WithCancel(t.Context())
	done := subscribe(ctx, s, Subscription{Filter: "t"})
	v.packet()
	cancel()
	if got := <-done; !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %v, want %v", got.err, context.Canceled)
	}
	v.send(suback(V311, 1, 0))
	publish(t, s, "t", 1, "x", 1)
	v.want(publication(V311, 2, 2, "t", "x"))
	stop(t, s, ended)
}

func TestSubscribeToNonsense(t *testing.T) {
	s := New(persistent(V5), newDiary())
	small := connack(V5, false, 0, propertyMaximumPacketSize, 0, 0, 0, 20)
	greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, small)
	for i, subscriptions := range [][]Subscription{
		nil, {{}}, {{Filter: "t", QoS: 3}}, {{Filter: "t", RetainHandling: 3}}, {{Filter: strings.Repeat("t", 70_000)}},
		{{Filter: strings.Repeat("t", 30)}},
	} {
		if _, err := s.Subscribe(deadline(t), subscriptions); err == nil {
			t.Error(fmt.Sprint("case ", i, ": no error"))
		}
	}
}
