package mqtt

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain looks for goroutines that the sessions of all tests have left behind, and for connections in the poller.
func TestMain(m *testing.M) {
	if err := poller.Open(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	limit := time.Now().Add(patience)
	for served() > 0 {
		if time.Now().After(limit) {
			fmt.Fprintf(os.Stderr, "the poller serves %d connections still\n", served())
			code = max(code, 1)
			break
		}
		runtime.Gosched()
	}
	if err := poller.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	for {
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left := strings.Count(string(stacks), "workers/mqtt.(*link)")
		if left == 0 {
			break
		}
		if time.Now().After(limit) {
			fmt.Fprintf(os.Stderr, "%d goroutines of sessions are left:\n%s\n", left, stacks)
			code = max(code, 1)
			break
		}
		runtime.Gosched()
	}
	os.Exit(code)
}

// served is how many connections the poller serves.
func served() (n int) {
	for _, o := range poller.loops {
		o.mu.Lock()
		for _, p := range o.places {
			if p.l != nil {
				n++
			}
		}
		o.mu.Unlock()
	}
	return n
}

// A ledger is a handler that counts the outcomes of each token.
type ledger struct {
	Deaf
	mu                    sync.Mutex
	acknowledged, orphans map[uint64]int
	pump                  func()
}

func (g *ledger) Acknowledged(token uint64, _ byte, _ time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acknowledged[token]++
}

func (g *ledger) Orphaned(token uint64, _ time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.orphans[token]++
}

func (g *ledger) EndBatch(time.Duration) { g.pump() }

// Connections come and go in every way and at every moment, with goroutines at every method: each message has
// exactly one outcome, in the end.
func TestStorm(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		g := &ledger{acknowledged: make(map[uint64]int), orphans: make(map[uint64]int)}
		o := persistent(protocol)
		o.InFlight, o.Keepalive = 7, time.Second
		s := New(o, g)
		reserved, stopped := uint64(0), false
		g.pump = func() { // with the lock held
			for s.Room() > 0 && !stopped {
				reserved++
				b := s.Reserve("t", 1+byte(reserved&1), false, 8, reserved)
				binary.BigEndian.PutUint64(b, reserved)
				if reserved%3 == 0 {
					s.Flush()
				}
			}
			s.Flush()
		}
		random := rand.New(rand.NewPCG(1, uint64(protocol)))
		const rounds = 60
		for round := range rounds {
			present := round > 0 && random.IntN(4) > 0
			oneConnection(t, s, g, link, connack(protocol, present, 0), random.IntN(60), random.IntN(4))
		}
		s.Lock()
		stopped = true
		s.Unlock()
		conn, v := link()
		go play(v, connack(protocol, true, 0), 1<<30)
		connect(t, s, conn)
		ended := serve(s)
		eventually(t, "every message has its outcome", func() bool {
			s.Lock()
			defer s.Unlock()
			return s.InFlight() == 0
		})
		stop(t, s, ended)
		if reserved < rounds {
			t.Errorf("%d messages in %d connections", reserved, rounds)
		}
		for token := range reserved {
			if n := g.acknowledged[token+1] + g.orphans[token+1]; n != 1 {
				t.Errorf("message %d has %d outcomes, want 1", token+1, n)
			}
		}
	})
}

// oneConnection lives until the server has had its number of packets, or until one of the ways to end it.
func oneConnection(t *testing.T, s *Session, g *ledger, link func() (net.Conn, *server), connack []byte, packets, way int) {
	t.Helper()
	conn, v := link()
	served := make(chan struct{})
	go func() {
		play(v, connack, packets)
		close(served)
	}()
	if _, err := s.Connect(deadline(t), conn); err != nil {
		<-served
		return
	}
	ended := serve(s)
	var others sync.WaitGroup
	over := make(chan struct{})
	others.Go(func() {
		for now := time.Duration(0); ; now += 50 * time.Millisecond {
			select {
			case <-over:
				return
			default:
				s.CheckKeepalive(now % time.Second)
				runtime.Gosched()
			}
		}
	})
	others.Go(func() {
		s.Lock()
		g.pump()
		s.Unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		switch way {
		case 0:
			s.Close(nil)
		case 1:
			// The server may be gone, or too slow: either is a fine end.
			_ = s.Disconnect(ctx)
		case 2:
			_, _ = s.Subscribe(ctx, []Subscription{{Filter: "t"}})
			s.Close(nil)
		}
	})
	if err := result(t, ended); err == nil {
		t.Error("Serve without an error")
	}
	close(over)
	others.Wait()
	<-served
}

// play is a server that answers everything and closes after so many packets.
func play(v *server, connack []byte, packets int) {
	defer shut(v.conn)
	for range packets + 1 {
		p, err := v.read()
		if err != nil {
			return
		}
		answer := reply(p)
		if p[0] == typeConnect<<4 {
			answer = append(answer, connack...)
		}
		if _, err := v.conn.Write(answer); err != nil {
			return
		}
	}
}

// reply answers one packet.
func reply(p []byte) []byte {
	switch p[0] &^ (dup | 1) {
	case typePublish<<4 | 2:
		return ack(typePuback, binary.BigEndian.Uint16(p[5:]), 0)
	case typePublish<<4 | 4:
		return ack(typePubrec, binary.BigEndian.Uint16(p[5:]), 0)
	case typePubrel<<4 | 2:
		return ack(typePubcomp, binary.BigEndian.Uint16(p[2:]), 0)
	case typePingreq << 4:
		return []byte{0xd0, 0}
	}
	return nil
}
