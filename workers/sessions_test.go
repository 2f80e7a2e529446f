package workers

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A gate breaks the connection on which broker 0 is to get the first SUBSCRIBE.
type gate struct {
	*network
	broken atomic.Bool
}

// Dial implements Dialer.
func (g *gate) Dial(ctx context.Context, broker int) (net.Conn, error) {
	conn, err := g.network.Dial(ctx, broker)
	if err != nil || broker != 0 || g.broken.Load() {
		return conn, err
	}
	return gated{conn, g}, nil
}

// A gated connection looks for the SUBSCRIBE.
type gated struct {
	net.Conn
	gate *gate
}

func (c gated) Write(b []byte) (int, error) {
	if b[0]>>4 == 8 && !c.gate.broken.Swap(true) {
		return 0, c.Close()
	}
	return c.Conn.Write(b)
}

// Where brokers keep sessions to themselves, a session that is still there has the subscriptions that this broker
// granted, and not those that another one did: a subscriber that trusted them would take its own silence for the
// broker's.
func TestASessionKnowsOnlyItsOwnBroker(t *testing.T) {
	for _, shape := range []scenarios.Shape{scenarios.ShapeIndependent, scenarios.ShapeStandby} {
		t.Run(string(shape), func(t *testing.T) {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 100},
				scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t", QoS: 1})
			s.Topology = scenarios.Topology{Shape: shape, Nodes: 2}
			s.Workload.Client.Session = scenarios.SessionPersistent
			s.Phases.Measure = 100 * time.Millisecond
			dialer := &gate{network: newNetwork(startBroker(t), startBroker(t))}
			tr := begin(t, s, dialer)
			tr.connect(t) // b1 has the session and no subscription, b2 has both.
			at := func(broker int, clients ...*client) {
				for _, c := range clients {
					eventually(t, "the client is where it should be", func() bool {
						c.session.Lock()
						defer c.session.Unlock()
						return c.up && c.broker == broker
					})
				}
			}
			subscriber := tr.fleet.subscribers[0]
			at(1, subscriber.client)
			dialer.cut(1)
			at(0, subscriber.client, &tr.fleet.publishers[0].client)
			eventually(t, "the subscriber is subscribed at b1", func() bool {
				subscriber.session.Lock()
				defer subscriber.session.Unlock()
				return subscriber.subscribed
			})
			tr.publish(t)
			tr.drain(t, patience)
			run := tr.finish(t)
			if f, due := run.Flows[0], run.Publishers[0].Due; f.Delivered.Len() != due {
				t.Errorf("%d of %d delivered", f.Delivered.Len(), due)
			}
			present := 0
			for _, e := range run.Events {
				if e.Kind == history.Connected && e.Client.Number == 0 && e.Client.Subscriber && e.SessionPresent {
					present++
				}
			}
			if present == 0 {
				t.Error("b1 had forgotten the session, which proves nothing")
			}
		})
	}
}

// startHastyBroker starts a broker that grants every subscription (3.1.1, one filter) and closes the connection in the
// same breath.
func startHastyBroker(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer conn.Close()
				answerHastily(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		served.Wait()
	})
	return listener.Addr().String()
}

// answerHastily answers CONNECT and SUBSCRIBE; what goes wrong ends the connection all the same.
func answerHastily(conn net.Conn) {
	var packet [128]byte
	for {
		if _, err := io.ReadFull(conn, packet[:2]); err != nil {
			return
		}
		if _, err := io.ReadFull(conn, packet[2:2+packet[1]]); err != nil {
			return
		}
		if packet[0]>>4 == 8 {
			_, _ = conn.Write([]byte{0x90, 3, packet[2], packet[3], 1})
			return
		}
		if _, err := conn.Write([]byte{0x20, 2, 0, 0}); err != nil {
			return
		}
	}
}

// A subscription is recorded within its connection and never behind the end of it, however close they are.
func TestSubscribedBeforeDisconnected(t *testing.T) {
	const subscribers = 20
	s := load(scenarios.PublisherGroup{Name: "p", Count: 0, Topic: "t", QoS: 1, Rate: 1},
		scenarios.SubscriberGroup{Name: "s", Count: subscribers, Filter: "t", QoS: 1})
	net := newNetwork(startHastyBroker(t))
	tr := begin(t, s, net)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(net.attempts()) < 60*subscribers && sleep(ctx, time.Millisecond) {
			continue
		}
		cancel()
	}()
	_ = tr.fleet.Connect(ctx) // Whether each of them has seen its SUBACK by now is of no interest.
	<-ctx.Done()
	tr.abandon()
	last := make(map[history.ClientRef]history.Event)
	for _, e := range tr.finish(t).Events {
		if before, ok := last[e.Client]; ok {
			if e.At < before.At {
				t.Errorf("client %v: %v at %v is recorded behind %v at %v", e.Client, e.Kind, e.At, before.Kind, before.At)
			}
			if e.Kind == history.Subscribed && before.Kind != history.Connected {
				t.Errorf("client %v is subscribed behind %v", e.Client, before.Kind)
			}
		}
		last[e.Client] = e
	}
}
