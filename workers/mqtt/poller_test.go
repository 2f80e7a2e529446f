package mqtt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// polled connects a session over plain TCP to a server that the test plays, and has it served.
func polled(t *testing.T, h Handler, link func() (net.Conn, *server)) (s *Session, v *server, ended <-chan error) {
	t.Helper()
	s = New(persistent(V311), h)
	v = greeted(t, s, link, connack(V311, false, 0))
	s.Lock()
	served := s.link.loop != nil
	s.Unlock()
	if !served {
		t.Skip("this system has no poller")
	}
	return s, v, serve(s)
}

func plain(t *testing.T) func() (net.Conn, *server) {
	return func() (net.Conn, *server) { return tcpPair(t) }
}

// What the system says of a connection never reaches another one that came into its place.
func TestPlacesOfALoop(t *testing.T) {
	var o loop
	first, second := &link{}, &link{}
	number, generation := o.enter(first)
	if o.at(number, generation) != first {
		t.Error("a connection is not found")
	}
	o.depart(number)
	if o.at(number, generation) != nil {
		t.Error("a connection that has left is found")
	}
	again, later := o.enter(second)
	if again != number || o.at(again, later) != second {
		t.Errorf("place %d was not used again", number)
	}
	if o.at(number, generation) != nil {
		t.Error("the readiness of a connection that has left reaches its successor")
	}
}

// One connection that never drains, and one whose server never stops sending, delay no other.
func TestPollerServesAll(t *testing.T) {
	const clients = 300
	stuck, far, stuckEnded := polled(t, newDiary(), func() (net.Conn, *server) { return narrowPair(t) })
	fill(t, stuck, 8<<10)
	flooded, flooder, floodedEnded := polled(t, Deaf{}, plain(t))
	var flood sync.WaitGroup
	flood.Go(func() {
		packets := bytes.Repeat(publication(V311, 0, 0, "t", "x"), 20_000)
		for {
			if _, err := flooder.conn.Write(packets); err != nil {
				return // the end of the test
			}
		}
	})
	sessions, ends := make([]*Session, clients), make([]<-chan error, clients)
	for i := range sessions {
		d := newDiary()
		s, v, ended := polled(t, d, plain(t))
		sessions[i], ends[i] = s, ended
		v.send(publication(V311, 2, 1, "t", fmt.Sprint(i)))
		v.want(ack(typePuback, 1, 0))
		d.await(t, 1, fmt.Sprintf("got t %d q1", i))
	}
	for i, s := range sessions {
		stop(t, s, ends[i])
	}
	stop(t, flooded, floodedEnded)
	closeAll(t, far.conn)
	result(t, stuckEnded)
	flood.Wait()
	stats := poller.Stats()
	var counted uint64
	for _, n := range stats.Delays {
		counted += n
	}
	if stats.Loops == 0 || stats.Turns == 0 || stats.Served < clients || counted != stats.Served ||
		stats.Longest <= 0 || stats.Busy < stats.Longest {
		t.Errorf("stats do not add up: %+v", stats)
	}
}

// What a server sent before it closed its side is read to the end, be it more than a turn reads, and then the end.
func TestServerClosesItsSide(t *testing.T) {
	for _, messages := range []int{1, 5000} {
		d := newDiary()
		_, v, ended := polled(t, d, plain(t))
		v.send(bytes.Repeat(publication(V311, 0, 0, "t", strings.Repeat("x", 100)), messages))
		if err := v.conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if err := result(t, ended); !errors.Is(err, io.EOF) {
			t.Errorf("ended by %v, want %v", err, io.EOF)
		}
		if got := len(d.about("got")); got != messages {
			t.Errorf("%d messages came before the end, want %d", got, messages)
		}
	}
}

// The same where the end comes later than what was sent.
func TestServerClosesItsSideLater(t *testing.T) {
	d := newDiary()
	_, v, ended := polled(t, d, plain(t))
	v.send(publication(V311, 0, 0, "t", "x"))
	d.await(t, 1, "got")
	if err := v.conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := result(t, ended); !errors.Is(err, io.EOF) {
		t.Errorf("ended by %v, want %v", err, io.EOF)
	}
}

// A reset ends a connection, whether it is at rest or its socket is blocked.
func TestServerResets(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		s, v, ended := polled(t, newDiary(), func() (net.Conn, *server) { return narrowPair(t) })
		if blocked {
			fill(t, s, 8<<10)
		}
		if err := v.conn.(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		closeAll(t, v.conn)
		if err := result(t, ended); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("blocked %v: ended by %v, want a reset", blocked, err)
		}
	}
}

// Reset reaches the server as RST although the connection was taken over.
func TestResetOfAPolledConnection(t *testing.T) {
	s, v, ended := polled(t, newDiary(), plain(t))
	s.Reset(nil)
	if err := result(t, ended); !errors.Is(err, ErrClosed) {
		t.Errorf("ended by %v, want %v", err, ErrClosed)
	}
	if _, err := v.read(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server reads %v, want a reset", err)
	}
}

// Connections come and go so fast that descriptors and places are used again and again, some closed in the middle of
// what their server sends: none gets what was sent to another, and each ends once.
func TestDescriptorsAreUsedAgain(t *testing.T) {
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { babble(conn) })
		}
	})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for round := range 150 {
				meet(t, listener.Addr().String(), round)
			}
		})
	}
	clients.Wait()
	closeAll(t, listener)
	serving.Wait()
}

// babble plays a server that says the client's own port again and again.
func babble(conn net.Conn) {
	defer shut(conn)
	if acceptSession(conn, V311) != nil {
		return
	}
	port := binary.BigEndian.AppendUint16(nil, uint16(conn.RemoteAddr().(*net.TCPAddr).Port))
	packets := bytes.Repeat(publication(V311, 0, 0, "t", string(port)), 50)
	for range 20 {
		if _, err := conn.Write(packets); err != nil {
			return
		}
	}
}

// A meeting is a handler that expects to hear one port.
type meeting struct {
	Deaf
	port    uint16
	strange atomic.Int64
	heard   chan struct{}
}

func (m *meeting) Received(p *Publish, _ time.Duration) {
	if binary.BigEndian.Uint16(p.Payload) != m.port {
		m.strange.Add(1)
	}
	select {
	case m.heard <- struct{}{}:
	default:
	}
}

// meet connects once and leaves at some point.
func meet(t *testing.T, address string, round int) {
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	m := &meeting{port: uint16(conn.LocalAddr().(*net.TCPAddr).Port), heard: make(chan struct{}, 1)}
	s := New(Options{CleanStart: true, Poller: &poller}, m)
	if _, err := s.Connect(t.Context(), conn); err != nil {
		t.Error(err)
		return
	}
	over := make(chan error, 2)
	s.Start(func(cause error) { over <- cause })
	if round%3 > 0 {
		select {
		case <-m.heard:
		case <-time.After(patience):
			t.Error("nothing is heard")
		}
	}
	switch round % 4 {
	case 0:
		s.Close(nil)
	case 1:
		s.Reset(nil)
	case 2:
		_ = s.Disconnect(t.Context()) // the server may be gone already
	}
	if err := result(t, over); err == nil {
		t.Error("a connection ended without a cause")
	}
	s.Close(nil) // too late
	if n := len(over); n > 0 || m.strange.Load() > 0 {
		t.Errorf("ended %d times more; %d messages were another's", n, m.strange.Load())
	}
}

// A connection that is closed between Connect and Start ends by that cause; without one there is nothing to start.
func TestStartOfNothing(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		s := New(persistent(V311), newDiary())
		if err := s.Serve(); !errors.Is(err, ErrNotConnected) {
			t.Errorf("without a connection: %v", err)
		}
		v := greeted(t, s, link, connack(V311, false, 0))
		cause := errors.New("pulled")
		s.Close(cause)
		if err := s.Serve(); !errors.Is(err, cause) {
			t.Errorf("closed before it was started: %v, want %v", err, cause)
		}
		v.wantEnd()
		v = greeted(t, s, link, connack(V311, true, 0))
		ended := serve(s)
		eventually(t, "it is served", func() bool {
			s.Lock()
			defer s.Unlock()
			return s.link.started
		})
		if err := s.Serve(); !errors.Is(err, ErrNotConnected) {
			t.Errorf("started twice: %v", err)
		}
		publish(t, s, "t", 0, "still there", 0)
		v.want(publication(V311, 0, 0, "t", "still there"))
		stop(t, s, ended)
	})
}

// A poller can be closed while it has more to read than it ever gets done; who uses such a connection can close it then.
func TestPollerClosesInAFlood(t *testing.T) {
	const floods = 16
	var p Poller
	if err := p.Open(); err != nil {
		t.Fatal(err)
	}
	near, far := pairs(t, floods)
	packets := bytes.Repeat(publication(V311, 0, 0, "t", "x"), 20_000)
	var flooding, ended sync.WaitGroup
	sessions := make([]*Session, floods)
	for i := range sessions {
		flooding.Go(func() {
			defer shut(far[i])
			err := acceptSession(far[i], V311)
			for err == nil {
				_, err = far[i].Write(packets)
			}
		})
		sessions[i] = New(Options{ClientID: "c", Poller: &p}, Deaf{})
		if _, err := sessions[i].Connect(deadline(t), near[i]); err != nil {
			t.Fatal(err)
		}
		ended.Add(1)
		sessions[i].Start(func(error) { ended.Done() })
	}
	served := p.Stats().Served
	eventually(t, "the flood is here", func() bool { return p.Stats().Served > served+100 || len(p.loops) == 0 })
	closed := make(chan error, 1)
	go func() { closed <- p.Close() }()
	if err := result(t, closed); err != nil {
		t.Error(err)
	}
	for _, s := range sessions {
		s.Close(nil)
	}
	ended.Wait()
	flooding.Wait()
}

// A poller can be closed and opened again, and serves nothing in between.
func TestPollerOpensAndCloses(t *testing.T) {
	var p Poller
	for range 2 {
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		if err := p.Open(); err == nil && len(p.loops) > 0 {
			t.Error("opened twice")
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if len(p.loops) != 0 {
			t.Error("it has loops after it was closed")
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
