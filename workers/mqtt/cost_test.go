package mqtt

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Nothing is allocated per message in steady state: not for publishing, for acknowledgements, for receipt, for QoS
// 2, nor for the reads and writes that carry them.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector makes pools forget on purpose: figures would mean nothing")
		return
	}
	for _, protocol := range []byte{V311, V5} {
		q := &quiet{acknowledged: make(chan uint64, 1000)}
		s, l := offline(Options{Protocol: protocol, ReceiveMaximum: 10}, q)
		incoming := func(packets ...[]byte) func() {
			data := bytes.Join(packets, nil)
			return func() {
				l.blocked = true // there is no socket to flush to
				if used, err := l.batch(data); err != nil || used != len(data) {
					t.Error(used, err)
				}
				l.blocked = false
				l.clear()
				l.unsent = 0
			}
		}
		acknowledgement := func(kind byte) func() {
			packet := ack(kind, 1, 0)
			return func() {
				id := identifier(s.flight.first, s.flight.count-1)
				packet[2], packet[3] = byte(id>>8), byte(id)
				if _, err := l.handle(packet, 0); err != nil {
					t.Error(err)
				}
			}
		}
		puback, pubrec, pubcomp := acknowledgement(typePuback), acknowledgement(typePubrec), acknowledgement(typePubcomp)
		take := func() {
			l.seal()
			l.clear()
			l.reserved = 0
		}
		for name, story := range map[string]func(){
			"publish QoS 0": func() {
				s.Reserve(benchTopic, 0, false, 128, 1)[0] = 1
				take()
			},
			"publish QoS 1": func() {
				s.Reserve(benchTopic, 1, false, 128, 1)[0] = 1
				take()
				puback()
				<-q.acknowledged
			},
			"publish QoS 2": func() {
				s.Reserve(benchTopic, 2, false, 128, 1)[0] = 1
				take()
				pubrec()
				take()
				pubcomp()
				<-q.acknowledged
			},
			"receive QoS 0": incoming(publication(protocol, 0, 0, benchTopic, "payload")),
			"receive QoS 1": incoming(publication(protocol, 2, 7, benchTopic, "payload")),
			"receive QoS 2": incoming(publication(protocol, 4, 7, benchTopic, "payload"), ack(typePubrel, 7, 0)),
			"keepalive":     func() { s.CheckKeepalive(0) },
		} {
			if got := testing.AllocsPerRun(1000, story); got != 0 {
				t.Errorf("protocol %d, %s: %v allocations, want 0", protocol, name, got)
			}
		}
	}
}

// The same over a socket, where a read, a write and their answers are included.
func TestAllocationsOverTCP(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector makes pools forget on purpose: figures would mean nothing")
		return
	}
	q := &quiet{acknowledged: make(chan uint64, 1000)}
	s, server := quietly(t, q, V5)
	go acknowledge(server, len(publication(V5, 2, 1, benchTopic, string(make([]byte, 64)))), 4+len(benchTopic))
	if got := testing.AllocsPerRun(500, func() {
		send(s, 1, 8, 64)
		for range 8 {
			<-q.acknowledged
		}
	}); got != 0 {
		t.Errorf("round trip: %v allocations, want 0", got)
	}
	q = &quiet{batches: make(chan struct{}, 1000)}
	_, server = quietly(t, q, V5)
	packets := bytes.Repeat(publication(V5, 0, 0, benchTopic, "payload"), 8)
	if got := testing.AllocsPerRun(500, func() {
		if _, err := server.Write(packets); err != nil {
			t.Error(err)
		}
		<-q.batches
	}); got != 0 {
		t.Errorf("receipt: %v allocations, want 0", got)
	}
}

// An idle client costs its structs and neither a goroutine nor a buffer, also after it has been busy.
func TestIdleMemory(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector has memory of its own: figures would mean nothing")
		return
	}
	const clients, limit = 500, 1 << 10
	// Both sides of every connection are open before the measurement begins.
	near, far := pairs(t, clients)
	before := memory()
	goroutines := runtime.NumGoroutine()
	sessions, running := make([]*Session, clients), sync.WaitGroup{}
	q := &quiet{acknowledged: make(chan uint64, clients)}
	var ready, ended sync.WaitGroup
	ended.Add(clients)
	for i := range sessions {
		sessions[i] = New(Options{ClientID: "c", Keepalive: time.Minute, Poller: &poller}, q)
		ready.Add(1)
		running.Go(func() {
			if _, err := sessions[i].Connect(t.Context(), near[i]); err != nil {
				t.Error(err)
			}
			ready.Done()
			sessions[i].Start(func(error) { ended.Done() })
		})
		if err := acceptSession(far[i], V311); err != nil {
			t.Fatal(err)
		}
	}
	ready.Wait()
	reply := make([]byte, 200)
	for i, s := range sessions {
		send(s, 1, 1, 64)
		if _, err := io.ReadAtLeast(far[i], reply, 64); err != nil {
			t.Fatal(err)
		}
		if _, err := far[i].Write(ack(typePuback, 1, 0)); err != nil {
			t.Fatal(err)
		}
		<-q.acknowledged
	}
	running.Wait()
	each := (int64(memory()) - int64(before)) / clients
	eventually(t, "idle clients have no goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
	if each > limit {
		t.Errorf("%d bytes per idle client, want %d at most", each, limit)
	}
	t.Logf("%d bytes per idle client", each)
	for _, s := range sessions {
		s.Close(nil)
	}
	running.Wait()
	ended.Wait()
	for _, conn := range far {
		shut(conn)
	}
}

// memory is what the heap holds after collection, which empties the pools as well. What stacks hold is known in spans of
// 32 KiB only, and whoever has no goroutine has none.
func memory() uint64 {
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// pairs opens so many connections, both sides.
func pairs(t *testing.T, n int) (near, far []net.Conn) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(t, listener)
	for range n {
		near = append(near, dial(t, listener.Addr().String()))
		conn, err := listener.Accept() // the kernel has connected already
		if err != nil {
			t.Fatal(err)
		}
		far = append(far, conn)
	}
	return near, far
}
