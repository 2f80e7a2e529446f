package mqtt

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// persistent are the options of a session that outlives its connections.
func persistent(protocol byte) Options {
	return Options{Protocol: protocol, ClientID: "c", Expiry: time.Hour, InFlight: 10}
}

// room is Room with the lock.
func room(s *Session) int {
	s.Lock()
	defer s.Unlock()
	return s.Room()
}

// The state machine of a publisher at QoS 2 (section 4.3.3), and PUBREC with a reason of 0x80 and above, which ends
// it [MQTT-4.3.3-4].
func TestPublishQoS2(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		publish(t, s, "t", 2, "a", 7)
		v.want(publication(protocol, 4, 1, "t", "a"))
		v.send(ack(typePubrec, 1, 0))
		v.want(ack(typePubrel, 1, 0))
		v.send(ack(typePubrec, 1, 0)) // a repetition
		v.want(ack(typePubrel, 1, 0))
		v.send(ack(typePubcomp, 1, 0))
		want := []string{"ack 7 0x00"}
		if protocol == V5 {
			publish(t, s, "t", 2, "b", 8)
			v.want(publication(protocol, 4, 2, "t", "b"))
			v.send(ack(typePubrec, 2, 0x97), ack(typePubrec, 99, 0))
			v.want(ack(typePubrel, 99, reasonUnknownPacketID))
			publish(t, s, "t", 2, "c", 9)
			v.want(publication(protocol, 4, 3, "t", "c"))
			v.send(ack(typePubrec, 3, 0x10))
			v.want(ack(typePubrel, 3, 0))
			v.send(ack(typePubcomp, 3, reasonUnknownPacketID)) // the server owns the message all the same
			want = append(want, "ack 8 0x97", "ack 9 0x00")
		}
		if got := d.await(t, len(want), "ack"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		stop(t, s, ended)
	})
}

// The window is the smaller of the client's own and the server's Receive Maximum [MQTT-3.3.4-7]; a repeated
// acknowledgement opens it only once.
func TestWindow(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		for _, c := range []struct{ own, servers, want int }{{10, 3, 3}, {3, 10, 3}, {1, 1, 1}} {
			d := newDiary()
			o := persistent(V5)
			o.InFlight = c.own
			s := New(o, d)
			v := greeted(t, s, link, connack(V5, false, 0, propertyReceiveMaximum, 0, byte(c.servers)))
			ended := serve(s)
			for i := range c.want {
				publish(t, s, "t", 1, "x", uint64(i))
				v.want(publication(V5, 2, uint16(i+1), "t", "x"))
			}
			if got := room(s); got != 0 {
				t.Errorf("own %d, server's %d: room %d after %d messages, want 0", c.own, c.servers, got, c.want)
			}
			v.send(ack(typePuback, 1, 0), ack(typePuback, 1, 0))
			d.await(t, 1, "ack 0 0x00")
			eventually(t, "room for 1", func() bool { return room(s) == 1 })
			stop(t, s, ended)
		}
	})
}

// After Session Present 1, PUBLISH with DUP and PUBREL leave in the original order with the original identifiers,
// before anything new [MQTT-4.4.0-1] [MQTT-4.6.0-1], and their outcomes are those of the first sending.
func TestResend(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		for i, qos := range []byte{1, 2, 1, 2, 2} {
			publish(t, s, "t", qos, fmt.Sprint("m", i), uint64(i))
			v.want(publication(protocol, qos<<1, uint16(i+1), "t", fmt.Sprint("m", i)))
		}
		v.send(ack(typePubrec, 2, 0), ack(typePuback, 3, 0), ack(typePubrec, 4, 0), ack(typePubcomp, 4, 0))
		v.want(ack(typePubrel, 2, 0))
		v.want(ack(typePubrel, 4, 0))
		d.await(t, 2, "ack")
		closeAll(t, v.conn)
		if err := result(t, ended); err == nil || errors.Is(err, ErrClosed) {
			t.Fatalf("Serve: %v, want the end of the connection", err)
		}
		v = greeted(t, s, link, connack(protocol, true, 0))
		v.want(publication(protocol, 2|dup, 1, "t", "m0"))
		v.want(ack(typePubrel, 2, 0))
		v.want(publication(protocol, 4|dup, 5, "t", "m4"))
		ended = serve(s)
		publish(t, s, "t", 1, "new", 9)
		v.want(publication(protocol, 2, 6, "t", "new"))
		v.send(ack(typePuback, 1, 0), ack(typePubcomp, 2, 0), ack(typePubrec, 5, 0), ack(typePuback, 6, 0))
		v.want(ack(typePubrel, 5, 0))
		v.send(ack(typePubcomp, 5, 0))
		want := []string{"ack 2 0x00", "ack 3 0x00", "ack 0 0x00", "ack 1 0x00", "ack 9 0x00", "ack 4 0x00"}
		if got := d.await(t, len(want), "ack"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		stop(t, s, ended)
	})
}

// A server with a smaller Receive Maximum gets what is unsettled bit by bit, in order [MQTT-3.3.4-7], and nothing
// new before.
func TestResendToSmallerWindow(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(V5), d)
		v := greeted(t, s, link, connack(V5, false, 0))
		ended := serve(s)
		for i := range 6 {
			publish(t, s, "t", 1+byte(i&1), "x", uint64(i))
			v.packet()
		}
		v.send(ack(typePubrec, 6, 0))
		v.want(ack(typePubrel, 6, 0))
		closeAll(t, v.conn)
		result(t, ended)
		v = greeted(t, s, link, connack(V5, true, 0, propertyReceiveMaximum, 0, 2))
		v.want(publication(V5, 2|dup, 1, "t", "x"))
		v.want(publication(V5, 4|dup, 2, "t", "x"))
		v.want(ack(typePubrel, 6, 0)) // needs no window, so it need not wait
		if got := room(s); got != 0 {
			t.Errorf("room %d before everything was sent again, want 0", got)
		}
		ended = serve(s)
		v.send(ack(typePubcomp, 6, 0), ack(typePuback, 1, 0))
		v.want(publication(V5, 2|dup, 3, "t", "x"))
		v.send(ack(typePubrec, 2, 0x80), ack(typePuback, 3, 0))
		v.want(publication(V5, 4|dup, 4, "t", "x"))
		v.want(publication(V5, 2|dup, 5, "t", "x"))
		eventually(t, "no message waits", func() bool {
			s.Lock()
			defer s.Unlock()
			return s.flight.stale == 0
		})
		v.send(ack(typePuback, 5, 0))
		eventually(t, "room again", func() bool { return room(s) == 1 })
		stop(t, s, ended)
	})
}

// New messages wait for old ones although the window has room: what holds these back is the bound of pending bytes.
func TestNothingNewBeforeResend(t *testing.T) {
	s, l := offline(persistent(V311), newDiary())
	for range 3 {
		if s.Reserve("t", 1, false, pendingLimit, 1) == nil {
			t.Fatal("not reserved")
		}
		l.pending()
	}
	s.flight.expire()
	l.resend()
	l.pending()
	if s.flight.stale != 2 || s.Room() != 0 || s.Reserve("t", 1, false, 1, 2) != nil {
		t.Errorf("%d messages wait and there is room for %d, want 2 and 0", s.flight.stale, s.Room())
	}
	for range 2 {
		l.resend()
		l.pending()
	}
	if s.flight.stale != 0 || s.Room() != 7 {
		t.Errorf("%d messages wait and there is room for %d, want 0 and 7", s.flight.stale, s.Room())
	}
	l.blocked = true
	if s.Room() != 0 || !errors.Is(s.CanPublish("t", 1, false, 1), ErrNoRoom) {
		t.Error("room in spite of a blocked socket")
	}
}

// After Session Present 0 the client forgets what it had [MQTT-3.2.2-5], and the handler hears of every orphan in
// order.
func TestSessionLost(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		for i := range 4 {
			publish(t, s, "t", 1+byte(i&1), "x", uint64(i))
			v.packet()
		}
		v.send(publication(protocol, 4, 77, "in", "first"), ack(typePubrec, 2, 0), ack(typePuback, 3, 0))
		v.want(ack(typePubrec, 77, 0))
		v.want(ack(typePubrel, 2, 0))
		d.await(t, 1, "ack 2")
		closeAll(t, v.conn)
		result(t, ended)
		if got := d.about("orphan"); len(got) > 0 {
			t.Errorf("got %q before the server has said that the session is lost", got)
		}
		v = greeted(t, s, link, connack(protocol, false, 0))
		want := []string{"orphan 0", "orphan 1", "orphan 3"}
		if got := d.about("orphan"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		ended = serve(s)
		v.send(publication(protocol, 4, 77, "in", "second"))
		v.want(ack(typePubrec, 77, 0))
		d.await(t, 1, "got in second")
		publish(t, s, "t", 1, "x", 9)
		v.want(publication(protocol, 2, 5, "t", "x"))
		stop(t, s, ended)
	})
}

// What can never be sent again is orphaned when the connection ends: the session was clean, by the client's wish or
// the server's.
func TestCleanSessionEndsWithItsConnection(t *testing.T) {
	expiryZero := []byte{propertySessionExpiry, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		options Options
		connack []byte
		orphans int
	}{
		"3.1.1 clean session":   {Options{Protocol: V311, ClientID: "c", CleanStart: true}, connack(V311, false, 0), 1},
		"3.1.1 persistent":      {Options{Protocol: V311, ClientID: "c"}, connack(V311, false, 0), 0},
		"5.0 clean start":       {Options{Protocol: V5, CleanStart: true, Expiry: time.Hour}, connack(V5, false, 0), 1},
		"5.0 no expiry":         {Options{Protocol: V5}, connack(V5, false, 0), 1},
		"5.0 persistent":        {Options{Protocol: V5, Expiry: time.Hour}, connack(V5, false, 0), 0},
		"5.0 the server's word": {Options{Protocol: V5, Expiry: time.Hour}, connack(V5, false, 0, expiryZero...), 1},
	} {
		t.Run(name, func(t *testing.T) {
			transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
				d := newDiary()
				s := New(c.options, d)
				v := greeted(t, s, link, c.connack)
				ended := serve(s)
				publish(t, s, "t", 1, "x", 5)
				v.packet()
				closeAll(t, v.conn)
				result(t, ended)
				if got := len(d.about("orphan 5")); got != c.orphans {
					t.Errorf("%d orphans, want %d", got, c.orphans)
				}
			})
		})
	}
}

// The server's limits hold for new messages [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15] and for those sent
// again.
func TestServersLimits(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(V5), d)
		v := greeted(t, s, link, connack(V5, false, 0))
		ended := serve(s)
		publish(t, s, "t", 1, strings.Repeat("x", 100), 1)
		v.packet()
		publish(t, s, "t", 1, "y", 2)
		v.packet()
		closeAll(t, v.conn)
		result(t, ended)
		limits := []byte{propertyMaximumPacketSize, 0, 0, 0, 20, propertyMaximumQoS, 1, propertyRetainAvailable, 0}
		v = greeted(t, s, link, connack(V5, true, 0, limits...))
		v.want(publication(V5, 2|dup, 2, "t", "y"))
		if got := d.about("orphan"); !slices.Equal(got, []string{"orphan 1"}) {
			t.Errorf("got %q, want the message that is too large now", got)
		}
		eventually(t, "room", func() bool { return room(s) > 0 })
		s.Lock()
		defer s.Unlock()
		for _, c := range []struct {
			topic  string
			qos    byte
			retain bool
			size   int
			want   string
		}{
			{"t", 0, false, 14, ""},
			{"t", 0, false, 15, "packets of 20 at most"},
			{"t", 1, false, 12, ""},
			{"t", 1, false, 13, "packets of 20 at most"},
			{"t", 2, false, 1, "QoS 2, and the server takes 1"},
			{"t", 0, true, 1, "retained"},
			{"", 0, false, 1, "topic of 0 bytes"},
			{strings.Repeat("t", 65_536), 0, false, 1, "topic of 65536 bytes"},
			{"t", 0, false, maximumPacket, "packets of 20 at most"},
		} {
			err := s.CanPublish(c.topic, c.qos, c.retain, c.size)
			if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%.10q QoS %d retain %v size %d: %v, want %q", c.topic, c.qos, c.retain, c.size, err, c.want)
			}
			if payload := s.Reserve(c.topic, c.qos, c.retain, c.size, 9); (payload == nil) != (c.want != "") {
				t.Errorf("%.10q QoS %d retain %v size %d: reserved %v", c.topic, c.qos, c.retain, c.size, payload)
			}
		}
	})
}

// Nothing can be reserved without a connection, and nothing happens.
func TestReserveWithoutConnection(t *testing.T) {
	s := New(Options{}, newDiary())
	s.Lock()
	defer s.Unlock()
	if s.Connected() || s.Room() != 0 || s.Reserve("t", 1, false, 1, 1) != nil || s.InFlight() != 0 {
		t.Error("a session without a connection takes messages")
	}
	if err := s.CanPublish("t", 0, false, 1); !errors.Is(err, ErrNotConnected) {
		t.Errorf("got %v, want %v", err, ErrNotConnected)
	}
	s.Flush()
}

// A message reserved and not flushed when the connection ends is flushed by the next one.
func TestReservedAndNotFlushed(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(V311), d)
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		s.Lock()
		copy(s.Reserve("t", 1, false, 1, 3), "x")
		s.Unlock()
		closeAll(t, v.conn)
		result(t, ended)
		if got := d.about("flushed"); len(got) > 0 {
			t.Error("flushed without a write")
		}
		v = greeted(t, s, link, connack(V311, true, 0))
		v.want(publication(V311, 2|dup, 1, "t", "x"))
		d.await(t, 1, "flushed")
	})
}
