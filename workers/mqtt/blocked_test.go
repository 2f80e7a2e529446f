package mqtt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

// A blocked socket blocks nobody: what it did not take leaves when it can, whole and in order, and the handler
// hears of it.
func TestBlockedWrite(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(V311), d)
		v := greeted(t, s, link, connack(V311, false, 0))
		again := make(chan struct{}, 1)
		d.onEndBatch = func() {
			select {
			case again <- struct{}{}:
			default:
			}
		}
		ended := serve(s)
		const size = 8 << 10
		s.Lock()
		messages := fillLocked(t, s, size)
		flushed := len(d.about("flushed"))
		s.Unlock()
		for i := range messages {
			p := v.packet()
			if len(p) != 6+size || p[6] != byte(i>>16) || p[7] != byte(i>>8) || p[8] != byte(i) {
				t.Fatalf("message %d of %d: % x", i, messages, p[:9])
			}
		}
		d.await(t, flushed+1, "flushed")
		<-again
		if room(s) == 0 {
			t.Error("no room after everything has left")
		}
		publish(t, s, "t", 0, "after", 0)
		v.want(publication(V311, 0, 0, "t", "after"))
		stop(t, s, ended)
	})
}

// narrowPair is a connection whose client's side takes little before it blocks.
func narrowPair(t *testing.T) (net.Conn, *server) {
	t.Helper()
	conn, v := tcpPair(t)
	err := conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
	if err == nil {
		err = v.conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn, v
}

// Answers to a server that sends and never reads do not pile up: reading stops, and goes on when the server takes
// them.
func TestServerThatDoesNotRead(t *testing.T) {
	d := newDiary()
	s := New(persistent(V311), d)
	v := greeted(t, s, func() (net.Conn, *server) { return narrowPair(t) }, connack(V311, false, 0))
	ended := serve(s)
	fill(t, s, 32<<10)
	const rounds, each = 60, 1000
	burst := bytes.Repeat(publication(V311, 2, 1, "t", ""), each)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for range rounds {
			if _, err := v.conn.Write(burst); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	eventually(t, "the bound is reached", func() bool {
		s.Lock()
		defer s.Unlock()
		return s.link.end-s.link.start > pendingLimit
	})
	s.Lock()
	if pending := s.link.end - s.link.start; pending > 32<<10+64+pendingLimit+largestBlock {
		t.Errorf("%d bytes are pending", pending)
	}
	s.Unlock()
	for acknowledged := 0; acknowledged < rounds*each; {
		if p := v.packet(); p[0] == typePuback<<4 {
			acknowledged++
		}
	}
	<-sent
	stop(t, s, ended)
}

// Reading waits while too much is pending, and goes on when it has left.
func TestReadingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		_, l := offline(persistent(V311), d)
		l.space(pendingLimit)
		l.block()
		returned := false
		go func() {
			packet := publication(V311, 2, 1, "t", "x")
			in := intake{buf: append(packet, 0)}
			if err := l.absorbed(&in, len(packet)); err != nil {
				t.Error(err)
			}
			returned = true
		}()
		synctest.Wait()
		if returned || len(d.about("got")) != 1 {
			t.Errorf("returned: %v, handled: %q", returned, d.about("got"))
		}
		l.s.Lock()
		l.clear()
		l.pass()
		l.s.Unlock()
		synctest.Wait()
		if !returned {
			t.Error("reading does not go on")
		}
	})
}

// Nothing follows DISCONNECT [MQTT-3.14.4-1], whatever there is to answer.
func TestDisconnectIsLast(t *testing.T) {
	s, l := offline(persistent(V5), newDiary())
	l.blocked = true // there is no socket
	l.part(reasonSuccess)
	l.part(reasonProtocolError)
	packets := bytes.Join([][]byte{
		publication(V5, 2, 1, "t", "x"), publication(V5, 4, 2, "t", "x"), ack(typePubrel, 2, 0), ack(typePubrel, 9, 0),
	}, nil)
	if _, err := l.handle(packets, 0); err != nil {
		t.Error(err)
	}
	l.ping(0)
	if s.Room() != 0 || s.Connected() {
		t.Error("a parting session takes messages")
	}
	if got := l.pending(); !bytes.Equal(got, []byte{0xe0, 0}) {
		t.Errorf("pending % x, want DISCONNECT alone", got)
	}
}

// A session with a blocked socket can be closed, disconnected within a time, or lose its server; Serve returns and
// no goroutine stays.
func TestEndWhileBlocked(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		for name, end := range map[string]struct {
			do   func(t *testing.T, s *Session, v *server)
			want error
		}{
			"close": {func(_ *testing.T, s *Session, _ *server) { s.Close(nil) }, ErrClosed},
			"disconnect": {func(t *testing.T, s *Session, _ *server) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := s.Disconnect(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("Disconnect: %v, want %v", err, context.Canceled)
				}
			}, ErrClosed},
			"reset":       {func(_ *testing.T, s *Session, _ *server) { s.Reset(nil) }, ErrClosed},
			"server gone": {func(t *testing.T, _ *Session, v *server) { closeAll(t, v.conn) }, nil},
		} {
			t.Run(name, func(t *testing.T) {
				s := New(persistent(V311), newDiary())
				v := greeted(t, s, link, connack(V311, false, 0))
				ended := serve(s)
				choke(t, s)
				s.Lock()
				l := s.link
				s.Unlock()
				end.do(t, s, v)
				if err := result(t, ended); err == nil || end.want != nil && !errors.Is(err, end.want) {
					t.Errorf("Serve: %v, want %v", err, end.want)
				}
				if l.blocked || l.out != nil {
					t.Error("the write goes on after Serve has returned")
				}
			})
		}
	})
}

// Disconnect waits for what is pending: DISCONNECT is the last packet and nothing before it is missing.
func TestDisconnectAfterPending(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		s := New(persistent(V311), newDiary())
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		messages := fill(t, s, 8<<10)
		done := make(chan error, 1)
		go func() { done <- s.Disconnect(deadline(t)) }()
		for range messages {
			if p := v.packet(); p[0] != typePublish<<4 {
				t.Fatalf("got % x before all messages", p[:2])
			}
		}
		v.want([]byte{0xe0, 0})
		v.wantEnd()
		if err := result(t, done); err != nil {
			t.Error(err)
		}
		if err := result(t, ended); !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v, want %v", err, ErrClosed)
		}
	})
}

// A long resend is bounded as well: it goes on as the socket takes it.
func TestResendIsBounded(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		o := persistent(V311)
		o.InFlight = 1000
		s := New(o, d)
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		body := strings.Repeat("x", 10_000)
		go func() { // errors are the end of the connection
			_, _ = io.Copy(io.Discard, v.conn)
		}()
		for i := range o.InFlight {
			publish(t, s, "t", 1, body, uint64(i))
		}
		closeAll(t, v.conn)
		result(t, ended)
		v = greeted(t, s, link, connack(V311, true, 0))
		s.Lock()
		if pending := s.link.end - s.link.start; pending > 2*pendingLimit {
			t.Errorf("%d bytes are pending", pending)
		}
		s.Unlock()
		ended = serve(s)
		for i := range o.InFlight {
			v.want(publication(V311, 2|dup, uint16(i+1), "t", body))
		}
		eventually(t, "everything is resent", func() bool {
			s.Lock()
			defer s.Unlock()
			return s.flight.stale == 0
		})
		for i := range o.InFlight {
			v.send(ack(typePuback, uint16(i+1), 0))
		}
		d.await(t, o.InFlight, "ack")
		stop(t, s, ended)
	})
}
