package mqtt

import (
	"bytes"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// turnTaker is a session served by a loop whose turns the test takes.
func turnTaker(t *testing.T, h Handler) (*loop, *Session, *server) {
	t.Helper()
	o, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(t, o.file) })
	options := persistent(V311)
	options.Poller = &Poller{loops: []*loop{o}}
	s := New(options, h)
	conn, v := tcpPair(t)
	v.send(connack(V311, false, 0))
	if _, err := s.Connect(deadline(t), conn); err != nil {
		t.Fatal(err)
	}
	v.packet()
	over := make(chan struct{})
	s.Start(func(error) { close(over) })
	t.Cleanup(func() {
		s.Close(nil)
		<-over
	})
	return o, s, v
}

// A connection that always has more to read stands once among those that a loop comes back to, however often the
// system says that it is ready: it would get a read more in each turn otherwise, and the others ever less.
func TestLoopComesBackOnce(t *testing.T) {
	o, _, v := turnTaker(t, Deaf{})
	var flooding sync.WaitGroup
	flooding.Go(func() { // until the session is closed
		for flood := bytes.Repeat(publication(V311, 0, 0, "t", "x"), 10_000); ; {
			if _, err := v.conn.Write(flood); err != nil {
				return
			}
		}
	})
	defer flooding.Wait()
	defer shut(v.conn)
	most := 0
	eventually(t, "the connection has more to read than a turn gives", func() bool {
		o.turn([]readiness{{in: true}})
		most = max(most, len(o.more))
		return len(o.more) > 0
	})
	for range 20 {
		o.turn([]readiness{{in: true}})
		most = max(most, len(o.more))
	}
	if most > 1 {
		t.Errorf("one connection stands %d times in the list", most)
	}
}

// arrived waits until so many bytes can be read from a connection that a loop serves. The lock is held.
func arrived(t *testing.T, s *Session, n int) {
	t.Helper()
	if s.link.loop == nil {
		return // A goroutine reads, until nothing comes.
	}
	peek := make([]byte, n)
	eventually(t, "all has come", func() bool {
		got, _, _ := unix.Recvfrom(s.link.fd, peek, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return got == n
	})
}
