package mqtt

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
)

// breakage lets the server of a session with so many unacknowledged messages say its last words and go with a reset, and
// the session find that out by a write, before it has read them.
func breakage(t *testing.T, s *Session, v *server, messages int, last ...byte) {
	t.Helper()
	acknowledgements := []byte{}
	for token := range messages {
		publish(t, s, "t", 1, "x", uint64(token))
		v.packet()
		acknowledgements = append(acknowledgements, ack(typePuback, uint16(token+1), 0)...)
	}
	// Half of a packet is read before.
	v.send(acknowledgements[:2])
	eventually(t, "half a packet is read", func() bool {
		s.Lock()
		defer s.Unlock()
		return s.link.loop == nil || len(s.link.carry) == 2
	})
	s.Lock() // so that nothing is read
	defer s.Unlock()
	v.send(acknowledgements[2:], last)
	if err := v.conn.(*net.TCPConn).SetLinger(0); err != nil {
		t.Error(err)
	}
	closeAll(t, v.conn)
	for s.Room() > 0 {
		s.Reserve("t", 1, false, 1, uint64(messages))
		s.Flush()
	}
}

// sockets are the transports that hold what was sent by a server that is gone; a pipe does not.
func sockets(t *testing.T, story func(t *testing.T, link func() (net.Conn, *server))) {
	t.Run("tcp", func(t *testing.T) { story(t, plain(t)) })
	t.Run("veiled", func(t *testing.T) {
		story(t, func() (net.Conn, *server) {
			conn, v := tcpPair(t)
			return veiled{conn}, v
		})
	})
}

// What a server sent before it died is read although a write has found out first: acknowledgements are among it, and
// without them messages would seem to be in doubt that it had taken over.
func TestFailedWriteLeavesNothingUnread(t *testing.T) {
	sockets(t, func(t *testing.T, link func() (net.Conn, *server)) {
		const messages = 3
		d := newDiary()
		s := New(persistent(V311), d)
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		breakage(t, s, v, messages)
		if err := result(t, ended); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, io.EOF) {
			t.Errorf("ended by %v, want a reset", err)
		}
		if got := d.about("ack"); len(got) != messages {
			t.Errorf("%d acknowledgements were read of %d: %v", len(got), messages, got)
		}
	})
}

// Where the server had said why it goes, that is the cause, and not that nothing can be written to it any more.
func TestLastWordsAreTheCause(t *testing.T) {
	const busy = 0x89
	for name, last := range map[string][]byte{"disconnect": wrap(typeDisconnect<<4, busy), "nonsense": {0xf0, 0}} {
		t.Run(name, func(t *testing.T) {
			sockets(t, func(t *testing.T, link func() (net.Conn, *server)) {
				d := newDiary()
				s := New(persistent(V5), d)
				v := greeted(t, s, link, connack(V5, false, 0))
				ended := serve(s)
				breakage(t, s, v, 1, last...)
				err := result(t, ended)
				said, isDisconnect := errors.AsType[*DisconnectError](err)
				_, isNonsense := errors.AsType[*ProtocolError](err)
				if isDisconnect != (name == "disconnect") || isNonsense != (name == "nonsense") || said != nil && said.Reason != busy {
					t.Errorf("ended by %v", err)
				}
				if got := d.about("ack"); len(got) != 1 {
					t.Errorf("acknowledgements: %v, want one", got)
				}
			})
		})
	}
}

// A write that fails while something is handled does not make the rest of it, or the cause in there, unheard.
func TestBreakageWhileHandling(t *testing.T) {
	sockets(t, func(t *testing.T, link func() (net.Conn, *server)) {
		for _, last := range [][]byte{nil, {0xf0, 0}} {
			d := newDiary()
			s := New(persistent(V311), d)
			v := greeted(t, s, link, connack(V311, false, 0))
			d.onEndBatch = func() {
				if s.link != nil {
					s.link.breakOff(syscall.EPIPE)
				}
			}
			ended := serve(s)
			const messages = 400 // more than the buffer of a goroutine, less than that of a loop
			first := bytes.Repeat(publication(V311, 0, 0, "t", strings.Repeat("x", 100)), messages)
			s.Lock() // so that nothing is read before all has come
			v.send(first, last)
			arrived(t, s, len(first)+len(last))
			s.Unlock()
			err := result(t, ended)
			if _, isNonsense := errors.AsType[*ProtocolError](err); isNonsense != (last != nil) || !isNonsense && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("last words % x: ended by %v", last, err)
			}
			if got := len(d.about("got")); got != messages {
				t.Errorf("last words % x: %d messages, want %d", last, got, messages)
			}
		}
	})
}

// A connection that breaks before it is served is heard out when it is, and what it is broken for is told to who wants to
// send.
func TestBrokenBeforeStart(t *testing.T) {
	sockets(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(V311), d)
		v := greeted(t, s, link, connack(V311, false, 0))
		v.send(publication(V311, 0, 0, "t", "x"))
		s.Lock()
		s.link.breakOff(syscall.EPIPE)
		if s.Connected() || s.Room() > 0 {
			t.Error("a broken connection takes messages")
		}
		s.Unlock()
		if next := s.CheckKeepalive(0); next <= 0 {
			t.Errorf("keepalive is checked at %v", next)
		}
		if err := result(t, serve(s)); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("ended by %v, want %v", err, syscall.EPIPE)
		}
		if got := d.about("got"); len(got) != 1 {
			t.Errorf("heard %v, want one message", got)
		}
		v.wantEnd()
	})
}

// Whoever waits for a blocked DISCONNECT to be sent hears that it was not.
func TestDisconnectOfAConnectionThatBreaks(t *testing.T) {
	s, v, ended := polled(t, newDiary(), func() (net.Conn, *server) { return narrowPair(t) })
	choke(t, s)
	done := make(chan error, 1)
	go func() { done <- s.Disconnect(deadline(t)) }()
	eventually(t, "it parts", func() bool {
		s.Lock()
		defer s.Unlock()
		if s.link == nil || !s.link.parting {
			return false
		}
		s.link.unblock(syscall.EPIPE)
		return true
	})
	if err := result(t, done); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Disconnect: %v, want %v", err, syscall.EPIPE)
	}
	if err := result(t, ended); err == nil {
		t.Error("it ended for no cause")
	}
	closeAll(t, v.conn)
}
