package mqtt

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A clock is one that the test sets.
type clock struct{ now atomic.Int64 }

func (c *clock) read() time.Duration   { return time.Duration(c.now.Load()) }
func (c *clock) set(now time.Duration) { c.now.Store(int64(now)) }

// A silent client pings once per keepalive; answers, and nothing else, keep the connection alive.
func TestKeepalive(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		var c clock
		o := persistent(protocol)
		o.Keepalive, o.Now = 10*time.Second, c.read
		d := newDiary()
		s := New(o, d)
		check := func(now, want time.Duration) {
			t.Helper()
			c.set(now)
			if got := s.CheckKeepalive(now); got != want {
				t.Errorf("at %v: call again at %v, want %v", now, got, want)
			}
		}
		check(time.Second, 11*time.Second)
		c.set(0)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		check(0, 10*time.Second)
		check(9*time.Second, 10*time.Second)
		check(10*time.Second, 20*time.Second)
		v.want([]byte{0xc0, 0})
		eventually(t, "the ping is written", func() bool {
			s.Lock()
			defer s.Unlock()
			return !s.link.blocked
		})
		check(15*time.Second, 20*time.Second)
		v.send([]byte{0xd0, 0})
		eventually(t, "the answer is seen", func() bool {
			s.Lock()
			defer s.Unlock()
			return !s.link.silent
		})
		check(15*time.Second, 20*time.Second) // 10 s after PINGREQ was sent
		c.set(19 * time.Second)
		publish(t, s, "t", 0, "x", 0)
		v.packet()
		d.await(t, 1, "flushed")
		check(20*time.Second, 25*time.Second) // heard at 15 s
		check(25*time.Second, 35*time.Second) // sent at 19 s, and yet a ping: nothing was heard for long
		v.want([]byte{0xc0, 0})
		check(34*time.Second, 35*time.Second)
		s.CheckKeepalive(35 * time.Second)
		v.wantEnd()
		if err := result(t, ended); !errors.Is(err, ErrKeepalive) || !strings.Contains(err.Error(), "PINGREQ") {
			t.Errorf("Serve: %v, want %v", err, ErrKeepalive)
		}
	})
}

// The server's keepalive replaces the client's [MQTT-3.2.2-21], and 0 turns it off.
func TestServersKeepalive(t *testing.T) {
	link := func() (net.Conn, *server) { return tcpPair(t) }
	for _, c := range []struct {
		connack []byte
		own     time.Duration
		want    time.Duration
	}{
		{connack(V5, false, 0, propertyServerKeepalive, 0, 3), 10 * time.Second, 3 * time.Second},
		{connack(V5, false, 0, propertyServerKeepalive, 0, 0), 10 * time.Second, never},
		{connack(V5, false, 0), 1500 * time.Millisecond, 2 * time.Second},
		{connack(V5, false, 0), 0, never},
	} {
		var now clock
		s := New(Options{Protocol: V5, Keepalive: c.own, Now: now.read}, newDiary())
		greeted(t, s, link, c.connack)
		if got := s.CheckKeepalive(0); got != c.want {
			t.Errorf("call again at %v, want %v", got, c.want)
		}
		s.Close(nil)
	}
	s := New(Options{}, newDiary())
	if got := s.CheckKeepalive(0); got != never {
		t.Errorf("without a connection and a keepalive: call again at %v, want never", got)
	}
}

// A socket that takes nothing for the keepalive is dead, although PINGREQ cannot even be sent.
func TestKeepaliveOfBlockedSocket(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		var c clock
		s := New(Options{CleanStart: true, Keepalive: 10 * time.Second, Now: c.read}, newDiary())
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		c.set(5 * time.Second)
		choke(t, s)
		if got := s.CheckKeepalive(14 * time.Second); got != 15*time.Second {
			t.Errorf("call again at %v, want 15s", got)
		}
		s.CheckKeepalive(15 * time.Second)
		if err := result(t, ended); !errors.Is(err, ErrKeepalive) || !strings.Contains(err.Error(), "took no byte") {
			t.Errorf("Serve: %v, want %v", err, ErrKeepalive)
		}
		closeAll(t, v.conn)
	})
}

// choke publishes a message that no socket takes whole: it stays blocked until the server reads. One that is only filled
// may have room again before that, as what was sent gets through to the server's side.
func choke(t *testing.T, s *Session) {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	if s.Reserve("t", 0, false, 64<<20, 0) == nil {
		t.Fatal("not reserved")
	}
	s.Flush()
	if !s.link.blocked {
		t.Fatal("the socket is not blocked")
	}
}

// fill publishes until the socket takes no more, and returns how many messages that took.
func fill(t *testing.T, s *Session, size int) (messages int) {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	return fillLocked(t, s, size)
}

// fillLocked is fill with the lock held: no room comes back before it is released.
func fillLocked(t *testing.T, s *Session, size int) (messages int) {
	t.Helper()
	for s.Room() > 0 {
		for range s.Room() {
			payload := s.Reserve("t", 0, false, size, uint64(messages))
			if payload == nil {
				break // the bound of pending bytes
			}
			clear(payload)
			payload[0], payload[1], payload[2] = byte(messages>>16), byte(messages>>8), byte(messages)
			messages++
		}
		s.Flush()
	}
	if !s.link.blocked {
		t.Fatal("there is no room, and the socket is not blocked")
	}
	return messages
}
