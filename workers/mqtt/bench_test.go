package mqtt

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

// quiet is a handler that only says when it was called.
type quiet struct {
	acknowledged chan uint64
	batches      chan struct{}
	received     int
}

func (q *quiet) Acknowledged(token uint64, _ byte, _ time.Duration) { q.acknowledged <- token }
func (q *quiet) Orphaned(uint64, time.Duration)                     {}
func (q *quiet) Received(*Publish, time.Duration)                   { q.received++ }
func (q *quiet) Taken(int, time.Duration)                           {}
func (q *quiet) Flushed(time.Duration)                              {}
func (q *quiet) EndBatch(time.Duration) {
	if q.batches != nil {
		q.batches <- struct{}{}
	}
}

// quietly connects a session to a server that the caller plays, over TCP.
func quietly(t testing.TB, q *quiet, protocol byte) (*Session, net.Conn) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer shutListener(t, listener)
	far := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			t.Error(err)
		} else if err := acceptSession(conn, protocol); err != nil {
			t.Error(err)
		}
		far <- conn
	}()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Protocol: protocol, ClientID: "c", Expiry: time.Hour, Poller: &poller}, q)
	if _, err := s.Connect(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	ended := serve(s)
	server := <-far
	t.Cleanup(func() {
		s.Close(nil)
		<-ended
		shut(server)
	})
	return s, server
}

func shutListener(t testing.TB, l net.Listener) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// acceptSession reads CONNECT, whatever it says, and sends CONNACK.
func acceptSession(conn net.Conn, protocol byte) error {
	if _, err := conn.Read(make([]byte, 1000)); err != nil {
		return err
	}
	_, err := conn.Write(connack(protocol, false, 0))
	return err
}

// acknowledge answers each PUBLISH of QoS 1, all of the same size, until the connection ends.
func acknowledge(conn net.Conn, size, id int) {
	in, out := make([]byte, 64<<10), make([]byte, 0, 64<<10)
	have := 0
	for {
		n, err := conn.Read(in[have:])
		if err != nil {
			return
		}
		have += n
		out = out[:0]
		whole := have / size
		for i := range whole {
			out = append(out, typePuback<<4, 2, in[i*size+id], in[i*size+id+1])
		}
		have = copy(in, in[whole*size:have])
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

const benchTopic = "plant/sensors/1"

// send publishes n messages with one flush.
func send(s *Session, qos byte, n int, size int) {
	s.Lock()
	for range n {
		s.Reserve(benchTopic, qos, false, size, 1)[0] = 1
	}
	s.Flush()
	s.Unlock()
}

func BenchmarkPublishQoS0(b *testing.B) {
	for name, batch := range map[string]int{"each": 1, "16 together": 16} {
		b.Run(name, func(b *testing.B) {
			s, server := quietly(b, &quiet{}, V311)
			go func() {
				_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{server}, make([]byte, 1<<20))
			}()
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				s.Lock()
				for s.Room() == 0 {
					s.Unlock()
					runtime.Gosched()
					s.Lock()
				}
				s.Reserve(benchTopic, 0, false, 64, 1)[0] = 1
				if n++; n%batch == 0 {
					s.Flush()
				}
				s.Unlock()
			}
		})
	}
}

func BenchmarkRoundTripQoS1(b *testing.B) {
	q := &quiet{acknowledged: make(chan uint64, 1000)}
	s, server := quietly(b, q, V311)
	go acknowledge(server, len(publication(V311, 2, 1, benchTopic, string(make([]byte, 64)))), 4+len(benchTopic))
	b.ReportAllocs()
	for b.Loop() {
		send(s, 1, 1, 64)
		<-q.acknowledged
	}
}

func BenchmarkRoundTripQoS1Together(b *testing.B) {
	q := &quiet{acknowledged: make(chan uint64, 1000)}
	s, server := quietly(b, q, V311)
	go acknowledge(server, len(publication(V311, 2, 1, benchTopic, string(make([]byte, 64)))), 4+len(benchTopic))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%32 == 0 {
			send(s, 1, 32, 64)
			for range 32 {
				<-q.acknowledged
			}
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	for qos, name := range []string{"QoS 0", "QoS 1"} {
		b.Run(name, func(b *testing.B) {
			q := &quiet{}
			_, l := offline(Options{Protocol: V5}, q)
			data := bytes.Repeat(publication(V5, byte(qos)<<1, 1, benchTopic, string(make([]byte, 64))), 100)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n++; n%100 == 0 {
					if _, err := l.handle(data, 0); err != nil {
						b.Fatal(err)
					}
					l.clear()
					l.unsent = 0
				}
			}
		})
	}
}
