package workers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A hostileBroker accepts clients and their subscriptions, until it goes mad: from then on it sends whatever comes to
// its mind, answers nothing, and never gets better.
type hostileBroker struct {
	listener net.Listener
	protocol scenarios.Protocol
	mad      chan struct{} // closed when it goes mad
	attacks  atomic.Int64
	served   sync.WaitGroup
	mu       sync.Mutex
	random   *rand.Rand
	open     map[net.Conn]bool // nil: no more
}

func startHostileBroker(t *testing.T, protocol scenarios.Protocol, seed uint64) *hostileBroker {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &hostileBroker{
		listener: listener, protocol: protocol, mad: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 3)),
		open: make(map[net.Conn]bool),
	}
	b.served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.served.Go(func() { b.meet(conn) })
		}
	})
	return b
}

// stop ends it and all its connections.
func (b *hostileBroker) stop() {
	_ = b.listener.Close()
	b.mu.Lock()
	for conn := range b.open {
		_ = conn.Close()
	}
	b.open = nil
	b.mu.Unlock()
	b.served.Wait()
}

// draw returns a number below n.
func (b *hostileBroker) draw(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.random.IntN(n)
}

// meet serves a connection.
func (b *hostileBroker) meet(conn net.Conn) {
	defer conn.Close()
	b.mu.Lock()
	if b.open == nil {
		b.mu.Unlock()
		return
	}
	b.open[conn] = true
	b.mu.Unlock()
	var reading sync.WaitGroup
	defer reading.Wait()
	defer conn.Close()
	select {
	case <-b.mad:
	default:
		reading.Go(func() { b.behave(conn) })
		<-b.mad
	}
	b.attack(conn)
}

// behave answers CONNECT and SUBSCRIBE, and nothing else.
func (b *hostileBroker) behave(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		first, err := in.ReadByte()
		if err != nil {
			return
		}
		size, err := binary.ReadUvarint(in)
		if err != nil {
			return
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		answer := []byte(nil)
		switch five := b.protocol == scenarios.Protocol5; {
		case first == 0x10 && five:
			answer = []byte{0x20, 3, 0, 0, 0}
		case first == 0x10:
			answer = []byte{0x20, 2, 0, 0}
		case first == 0x82 && five:
			answer = []byte{0x90, 4, body[0], body[1], 0, 1}
		case first == 0x82:
			answer = []byte{0x90, 3, body[0], body[1], 1}
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// attack does its worst.
func (b *hostileBroker) attack(conn net.Conn) {
	b.attacks.Add(1)
	junk := make([]byte, 1+b.draw(5000))
	for i := range junk {
		junk[i] = byte(b.draw(256))
	}
	connack := []byte{0x20, 2, 0, 0}
	if b.protocol == scenarios.Protocol5 {
		connack = []byte{0x20, 3, 0, 0, 0}
	}
	publish := append([]byte{0x32, byte(9 + len(b.none())), 0, 1, 't', 0, 7}, append(b.none(), "junk"...)...)
	switch b.draw(9) {
	case 0:
		_, _ = conn.Write(junk)
	case 1:
		_, _ = conn.Write(append(connack, junk...))
	case 2:
		_, _ = conn.Write(connack[:2]) // and never the rest, as long as the client waits
		_, _ = io.Copy(io.Discard, conn)
	case 3:
		_, _ = conn.Write(append(connack, 0x30, 0xff, 0xff, 0xff, 0x7f))
		for range 200 {
			_, _ = conn.Write(junk)
		}
	case 4:
		_ = conn.(*net.TCPConn).SetLinger(0)
	case 5:
		connack[2] = 1 // a session that nobody knows of
		_, _ = conn.Write(connack)
	case 6: // never reading
		for range 200 {
			if _, err := conn.Write(append(connack, bytes.Repeat(publish, 100)...)); err != nil {
				return
			}
		}
	case 7:
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	case 8:
		_, _ = conn.Write(append(connack, 0x40, 2, 0, 0))
	}
}

// none are the properties of a PUBLISH that has none.
func (b *hostileBroker) none() []byte {
	if b.protocol == scenarios.Protocol5 {
		return []byte{0}
	}
	return nil
}

// A broker that has gone mad harms its own clients and nobody else's: those of the others lose neither connections nor
// messages, every message that was due has one fate wherever it was to go, and nothing is left running.
func TestHostileBrokerAmongOthers(t *testing.T) {
	for seed, protocol := range []scenarios.Protocol{scenarios.Protocol311, scenarios.Protocol5} {
		for qos := range scenarios.QoS(3) {
			t.Run(fmt.Sprintf("%s QoS %d", protocol, qos), func(t *testing.T) {
				hostileStory(t, protocol, qos, uint64(seed)*3+uint64(qos))
			})
		}
	}
}

func hostileStory(t *testing.T, protocol scenarios.Protocol, qos scenarios.QoS, seed uint64) {
	t.Helper()
	const mad = 1
	good := startBroker(t)
	before := runtime.NumGoroutine()
	hostile := startHostileBroker(t, protocol, seed)
	stopped := sync.OnceFunc(hostile.stop)
	defer stopped()
	s := load(scenarios.PublisherGroup{Name: "p", Count: 9, Topic: "t/{n}", QoS: qos, Rate: 200},
		scenarios.SubscriberGroup{Name: "s", Count: 3, Filter: "t/#", QoS: qos})
	s.Topology.Nodes, s.Seed = 3, seed
	s.Phases.Measure = 600 * time.Millisecond
	c := &s.Workload.Client
	c.Protocol, c.Reconnect.Brokers, c.ConnectTimeout = protocol, scenarios.StrategySticky, 500*time.Millisecond
	tr := begin(t, s, addresses{good, hostile.listener.Addr().String(), good})
	tr.connect(t)
	close(hostile.mad)
	tr.publish(t)
	// What the clients of the mad broker are owed never comes, so that there is no end to wait for but this.
	eventually(t, "the mad broker has done its worst", func() bool { return hostile.attacks.Load() >= 30 })
	eventually(t, "the others have got everything", func() bool { return tr.recorder.Totals().Delivered >= owed(tr, mad) })
	eventually(t, "the others have been told so", func() bool {
		return !slices.ContainsFunc(tr.fleet.publishers, func(p *publisher) bool {
			return tr.assignment.Publishers[p.number].Home != mad && p.unsettled()
		})
	})
	tr.abandon()
	run := tr.finish(t)
	home := func(c history.ClientRef) int {
		if c.Subscriber {
			return tr.assignment.Subscribers[c.Number].Home
		}
		return tr.assignment.Publishers[c.Number].Home
	}
	for _, e := range run.Events {
		if home(e.Client) != mad && (e.Kind == history.Disconnected || e.Kind == history.SubscribeFailed) {
			t.Errorf("a client of another broker: %+v", e)
		}
	}
	if events(run, history.Disconnected) == 0 || events(run, history.ConnectFailed) == 0 {
		t.Error("the clients of the mad broker have lost nothing")
	}
	for n := range run.Publishers {
		if p := &run.Publishers[n]; p.Due != tr.dueByPlan(n) {
			t.Errorf("publisher %d at broker %d: %d due, want %d", n, home(history.ClientRef{Number: n}), p.Due, tr.dueByPlan(n))
		}
	}
	for _, f := range run.Flows {
		if tr.assignment.Publishers[f.Publisher].Home == mad || tr.assignment.Subscribers[f.Account].Home == mad {
			continue
		}
		if due := run.Publishers[f.Publisher].Due; f.Delivered.Len() != due || f.Duplicated != 0 || f.Reordered != 0 {
			t.Errorf("flow %d → %d: %d of %d delivered, %d duplicated, %d reordered",
				f.Publisher, f.Account, f.Delivered.Len(), due, f.Duplicated, f.Reordered)
		}
	}
	stopped()
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// owed is how many deliveries are due to the subscribers of all brokers but one, of what is published at others.
func owed(tr *trial, but int) (all uint64) {
	for n, p := range tr.assignment.Publishers {
		for _, s := range tr.assignment.Subscribers {
			if p.Home != but && s.Home != but {
				all += tr.dueByPlan(n)
			}
		}
	}
	return all
}

// addresses dials each broker itself.
type addresses []string

// Dial implements Dialer.
func (a addresses) Dial(ctx context.Context, broker int) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", a[broker])
}
