package workers

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// TestDevices: clients that publish and subscribe, some to what they publish themselves, are one client each, and lose
// nothing over broken connections.
func TestDevices(t *testing.T) {
	s := load(
		scenarios.PublisherGroup{
			Name: "devices", Count: 10, Topic: "up/{n}", QoS: 1, Rate: 50,
			Subscribe: &scenarios.Downlink{Filter: "down/{n}", QoS: 1},
		},
		scenarios.SubscriberGroup{Name: "all", Count: 1, Filter: "up/#", QoS: 1},
	)
	s.Workload.Publishers = append(s.Workload.Publishers,
		scenarios.PublisherGroup{Name: "back", Brokers: "spread", Count: 10, Topic: "down/{n}", QoS: 1, Rate: 50, Payload: 64},
		scenarios.PublisherGroup{
			Name: "echo", Brokers: "spread", Count: 5, Topic: "echo/{n}", QoS: 1, Rate: 50, Payload: 64,
			Subscribe: &scenarios.Downlink{Filter: "echo/{n}", QoS: 1},
		})
	s.Workload.Client.Session = scenarios.SessionPersistent
	s.Phases.Measure = 2 * time.Second
	tr := begin(t, s, newNetwork(startBroker(t)))
	if got := tr.assignment.Clients(); got != 10+1+10+5 {
		t.Errorf("%d clients", got)
	}
	tr.connect(t)
	var group sync.WaitGroup
	group.Go(func() {
		for i := range uint64(4) {
			for tr.due() < (i+1)*tr.assignment.Expected().Measure.Messages/5 {
				if !sleep(t.Context(), time.Millisecond) {
					return
				}
			}
			_ = tr.fleet.Disconnect(t.Context(), []int{0}, 0.5, scenarios.DepartureDrop)
		}
	})
	tr.publish(t)
	group.Wait()
	if behind := tr.drain(t, patience); behind > 0 {
		t.Errorf("%d are behind", behind)
	}
	run := tr.finish(t)
	for _, e := range run.Events {
		own := e.Kind == history.Subscribed || e.Kind == history.SubscribeFailed
		if device := e.Client.Subscriber && run.Subscribers[e.Client.Number].Device > 0; device && !own {
			t.Errorf("%s is recorded of the receiving half of a device", e.Kind)
		}
	}
	for _, f := range run.Flows {
		p, s := run.Publishers[f.Publisher], run.Subscribers[f.Account]
		if n := f.Delivered.Len(); n < 50 || n != uint64(p.Next) {
			t.Errorf("%s got %d of %d messages of %s (%s)", s.Client, n, p.Next, p.Client, p.Topic)
		}
		if s.Device > 0 && run.Publishers[s.Device-1].Client != s.Client {
			t.Errorf("device %s is publisher %s", s.Client, run.Publishers[s.Device-1].Client)
		}
	}
	if len(run.Flows) != 10+10+5 {
		t.Errorf("%d flows", len(run.Flows))
	}
}

// A witness counts the source addresses of dials.
type witness struct {
	*network
	mu   sync.Mutex
	from map[netip.Addr]int
}

// DialFrom implements SourceDialer.
func (w *witness) DialFrom(ctx context.Context, broker int, source netip.Addr) (net.Conn, error) {
	w.mu.Lock()
	w.from[source]++
	w.mu.Unlock()
	return w.Dial(ctx, broker)
}

// TestSourcesTakeTurns: clients are spread evenly over the source addresses.
func TestSourcesTakeTurns(t *testing.T) {
	s := load(
		scenarios.PublisherGroup{Name: "p", Count: 7, Topic: "t/{n}", QoS: 1, Rate: 1},
		scenarios.SubscriberGroup{Name: "s", Count: 5, Filter: "t/#", QoS: 1},
	)
	s.Workload.Client.SourceAddresses = []string{"127.0.0.2", "127.0.0.4..127.0.0.6"}
	w := &witness{network: newNetwork(startBroker(t)), from: make(map[netip.Addr]int)}
	tr := begin(t, s, w)
	tr.connect(t)
	tr.close(t)
	for _, text := range []string{"127.0.0.2", "127.0.0.4", "127.0.0.5", "127.0.0.6"} {
		if n := w.from[netip.MustParseAddr(text)]; n != 3 {
			t.Errorf("%d clients from %s, want 3", n, text)
		}
	}
}
