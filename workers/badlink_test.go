package workers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A badLink lies before a broker. It takes what clients send in small pieces, stops now and then so that their sockets
// fill up, and breaks connections in the middle of packets, with FIN or RST. What it has taken it may keep.
type badLink struct {
	listener net.Listener
	broker   string
	// span is about as many bytes as a connection carries before it breaks.
	span   int
	ctx    context.Context
	served sync.WaitGroup
	mu     sync.Mutex
	random *rand.Rand
	// good ends the bad times; narrow holds the connections that take little at a time until then.
	good   bool
	narrow map[*net.TCPConn]bool
}

// startBadLink starts one.
func startBadLink(t *testing.T, broker string, span int, seed uint64) *badLink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &badLink{listener: listener, broker: broker, span: span, ctx: ctx, random: rand.New(rand.NewPCG(seed, 1)), narrow: make(map[*net.TCPConn]bool)}
	b.served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.served.Go(func() { b.carry(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		cancel()
		listener.Close()
		b.served.Wait()
	})
	return b
}

// Dial implements Dialer with sockets that hold little.
func (b *badLink) Dial(ctx context.Context, _ int) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", b.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
}

// draw returns a number below n, or 0 in good times.
func (b *badLink) draw(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.good {
		return 0
	}
	return b.random.IntN(n)
}

// heal ends the bad times. Through small buffers a system may send no more than a few messages each time one of its
// timers fires, so that they are widened.
func (b *badLink) heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.good = true
	for client := range b.narrow {
		_ = client.SetReadBuffer(1 << 20)
	}
}

// enter has a connection take little at a time as long as the times are bad; leave forgets it.
func (b *badLink) enter(client *net.TCPConn) (leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.good {
		_ = client.SetReadBuffer(16 << 10)
		b.narrow[client] = true
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.narrow, client)
	}
}

// carry carries one connection.
func (b *badLink) carry(client *net.TCPConn) {
	defer client.Close()
	defer b.enter(client)()
	broker, err := new(net.Dialer).DialContext(b.ctx, "tcp", b.broker)
	if err != nil {
		return
	}
	defer broker.Close()
	stop := context.AfterFunc(b.ctx, func() { client.Close() })
	defer stop()
	var back sync.WaitGroup
	defer back.Wait()
	back.Go(func() {
		defer client.Close()
		_, _ = client.ReadFrom(broker)
	})
	b.forward(client, broker)
	if b.draw(2) == 1 {
		_ = client.SetLinger(0)
	}
	client.Close()
	broker.Close()
}

// forward carries what the client sends until the link breaks.
func (b *badLink) forward(client, broker net.Conn) {
	buffer := make([]byte, 8<<10)
	left := b.span/4 + b.draw(b.span)
	for left > 0 || b.draw(2) == 0 {
		piece := buffer[b.draw(len(buffer)-1):]
		n, err := client.Read(piece)
		if err != nil {
			return
		}
		if b.draw(60) == 1 && !sleep(b.ctx, time.Duration(b.draw(30))*time.Millisecond) {
			return
		}
		if _, err := broker.Write(piece[:n]); err != nil {
			return
		}
		left -= n
	}
}

// Over links on which nothing can be relied upon, the record is exact: every message that was due has one fate, what a
// subscriber got was not called unsent, nothing is written later than it arrives, and persistent sessions deliver what
// was acknowledged.
func TestTheRecordOfABadLink(t *testing.T) {
	for seed := range uint64(24) {
		s := badLinkStory(seed % 12)
		if seed >= 12 {
			made(scenarios.LibraryPaho, s)
		}
		c := s.Workload.Client
		t.Run(fmt.Sprintf("%d: QoS %d, %s, %s %s", seed, s.Workload.Publishers[0].QoS, c.Session, c.Protocol, c.Library), func(t *testing.T) {
			address := startBroker(t)
			group := s.Workload.Publishers[0]
			link := startBadLink(t, address, int(float64(group.Rate)*float64(group.Payload)/8), seed)
			tr := begin(t, s, link)
			tr.connect(t)
			tr.publish(t)
			link.heal()
			if seed%4 != 3 {
				// At QoS 0 the last message of all may be lost on the way, and nothing shows that it will not come.
				owed := s.Workload.Client.Session == scenarios.SessionPersistent && group.QoS > 0
				bound := patience
				if !owed {
					bound = time.Second
				}
				if behind := tr.drain(t, bound); behind != 0 && owed {
					t.Errorf("%d behind after the drain", behind)
				}
			}
			tr.abandon()
			run := tr.finish(t)
			for n := range run.Publishers {
				if p := &run.Publishers[n]; p.Due != tr.dueByPlan(n) {
					t.Errorf("publisher %d: %d due, want %d", n, p.Due, tr.dueByPlan(n))
				}
			}
			checkFlows(t, tr, run)
		})
	}
}

// badLinkStory varies everything that the load engine has branches for.
func badLinkStory(seed uint64) *scenarios.Scenario {
	s := load(scenarios.PublisherGroup{
		Name: "p", Count: 4, Topic: "t/{n}", QoS: scenarios.QoS(seed % 3), Rate: scenarios.Rate(300 + 100*seed),
		Payload: scenarios.Size([...]int{64, 3000, 40_000}[seed/3%3]), Arrival: scenarios.ArrivalPoisson,
	}, scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: 2})
	c := &s.Workload.Client
	c.Backlog, c.InFlight = [...]int{0, 3, 1000}[seed%3], [...]int{1, 20, 300}[seed/2%3]
	c.Session = [...]scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent}[seed%2]
	if seed%4 > 1 {
		c.Protocol, c.Expiry = scenarios.Protocol5, time.Hour
	}
	s.Seed, s.Phases.Measure = seed, 600*time.Millisecond
	return s
}

// checkFlows compares what was delivered with what the publishers say.
func checkFlows(t *testing.T, tr *trial, run *history.Run) {
	t.Helper()
	for _, o := range run.Oddities {
		if o.Kind == history.Phantom {
			t.Errorf("phantom %+v", o)
		}
	}
	for _, f := range run.Flows {
		p := &run.Publishers[f.Publisher]
		lives := tr.lives(t, f.Publisher)
		for seq := range p.Next {
			if !f.Delivered.Contains(seq) {
				continue
			}
			if p.Unsent.Contains(seq) {
				t.Errorf("publisher %d: message %d was delivered and is called unsent", f.Publisher, seq)
			}
			if m, ok := lives[seq]; !ok || m.Written < m.Intended {
				t.Errorf("publisher %d: delivered message %d has the life %+v", f.Publisher, seq, m)
			}
		}
	}
}
