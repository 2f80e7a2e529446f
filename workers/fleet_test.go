package workers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// Without a fault every message of every kind of session arrives exactly once, everywhere.
func TestFleetDelivers(t *testing.T) {
	deliver(t, startBroker(t), scenarios.PublisherGroup{Count: 20, Rate: 100, Arrival: scenarios.ArrivalPoisson})
}

// The same against a broker that others wrote. Its load is light, because it may deadlock when acknowledgements and new
// messages of one subscriber meet, and disregards Receive Maximum.
func TestFleetDeliversOnMochi(t *testing.T) {
	deliver(t, startMochi(t), scenarios.PublisherGroup{Count: 2, Rate: 10})
}

// deliver runs a load with every protocol, kind of session and quality of service.
func deliver(t *testing.T, address string, group scenarios.PublisherGroup) {
	t.Helper()
	for _, protocol := range []scenarios.Protocol{scenarios.Protocol311, scenarios.Protocol5} {
		for _, session := range []scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent} {
			for qos := range scenarios.QoS(3) {
				name := fmt.Sprintf("%s-%s-%d", protocol, session, qos)
				t.Run(name, func(t *testing.T) {
					group.Name, group.Topic, group.QoS = "p", name+"/{n}", qos
					s := load(group, scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: name + "/#", QoS: qos},
						scenarios.SubscriberGroup{Name: "one", Count: 1, Filter: name + "/{n}", QoS: qos})
					s.Workload.Client.Protocol, s.Workload.Client.Session, s.Workload.Client.Expiry = protocol, session, time.Hour
					s.Phases.Measure = 300 * time.Millisecond
					tr := begin(t, s, newNetwork(address))
					tr.connect(t)
					tr.publish(t)
					if behind := tr.drain(t, patience); behind != 0 {
						t.Errorf("%d behind after the drain", behind)
					}
					checkClean(t, tr, tr.finish(t))
				})
			}
		}
	}
}

// checkClean checks the record of a run in which nothing went wrong.
func checkClean(t *testing.T, tr *trial, run *history.Run) {
	t.Helper()
	for n, p := range run.Publishers {
		if want := tr.dueByPlan(n); p.Due != want || p.Unsent.Len() != 0 {
			t.Errorf("publisher %d: %d due and %d unsent, want %d and 0", n, p.Due, p.Unsent.Len(), want)
		}
		if p.QoS > 0 && p.Acknowledged.Len() != p.Due {
			t.Errorf("publisher %d: %d of %d acknowledged", n, p.Acknowledged.Len(), p.Due)
		}
	}
	_, infos := tr.assignment.Infos()
	flows := make(map[int]int)
	for _, s := range infos {
		flows[s.Account] = len(s.Publishers)
	}
	want := 0
	for _, n := range flows {
		want += n
	}
	if len(run.Flows) != want {
		t.Errorf("%d flows, want %d", len(run.Flows), want)
	}
	for _, f := range run.Flows {
		due := run.Publishers[f.Publisher].Due
		if f.Delivered.Len() != due || f.Duplicated != 0 || f.Reordered != 0 {
			t.Errorf("flow %d → %d: %d of %d delivered, %d duplicated, %d reordered",
				f.Publisher, f.Account, f.Delivered.Len(), due, f.Duplicated, f.Reordered)
		}
	}
	if len(run.Oddities) != 0 {
		t.Errorf("%d oddities, the first: %+v", len(run.Oddities), run.Oddities[0])
	}
	for _, e := range run.Events {
		if e.Kind == history.ConnectFailed || e.Kind == history.Disconnected || e.Kind == history.SubscribeFailed {
			t.Errorf("event %+v", e)
			break
		}
	}
	clients := tr.assignment.Clients()
	for kind, want := range map[history.EventKind]int{
		history.Connecting: clients, history.Connected: clients, history.Closed: clients,
		history.Subscribed: len(tr.assignment.Subscribers), history.Disconnected: 0, history.ConnectFailed: 0,
		history.SubscribeFailed: 0,
	} {
		if got := events(run, kind); got != want {
			t.Errorf("%d events %q, want %d", got, kind, want)
		}
	}
}

// The members of a shared subscription get each message once between them.
func TestSharedSubscriptionIsOneAccount(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: "t/{n}", QoS: 1, Rate: 100},
		scenarios.SubscriberGroup{Name: "team", Count: 4, Filter: "t/#", QoS: 1, Share: "team"})
	s.Workload.Client.Protocol = scenarios.Protocol5
	s.Phases.Measure = 300 * time.Millisecond
	tr := begin(t, s, newNetwork(startBroker(t)))
	tr.connect(t)
	tr.publish(t)
	tr.drain(t, patience)
	run := tr.finish(t)
	if len(run.Flows) != 10 {
		t.Fatalf("%d flows, want 10", len(run.Flows))
	}
	for _, f := range run.Flows {
		if due := run.Publishers[f.Publisher].Due; f.Delivered.Len() != due || f.Duplicated != 0 {
			t.Errorf("flow of publisher %d: %d of %d delivered, %d duplicated", f.Publisher, f.Delivered.Len(), due, f.Duplicated)
		}
	}
}

// Persistent sessions lose nothing over an outage of the connections, whatever is under way when it begins.
func TestPersistentSessionsSurviveAnOutage(t *testing.T) {
	address := startBroker(t)
	for _, protocol := range []scenarios.Protocol{scenarios.Protocol311, scenarios.Protocol5} {
		for qos := scenarios.QoS(1); qos < 3; qos++ {
			t.Run(fmt.Sprintf("%s/qos%d", protocol, qos), func(t *testing.T) {
				topic := fmt.Sprint("outage", protocol, qos)
				s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: topic + "/{n}", QoS: qos, Rate: 200},
					scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: topic + "/#", QoS: qos})
				s.Workload.Client.Protocol, s.Workload.Client.Session = protocol, scenarios.SessionPersistent
				s.Workload.Client.Expiry = time.Hour
				net := newNetwork(address)
				tr := begin(t, s, net)
				tr.connect(t)
				over := cutInTheMiddle(t, tr, net, 2)
				tr.publish(t)
				over()
				tr.back(t, 2)
				if behind := tr.drain(t, patience); behind != 0 {
					t.Errorf("%d behind after the drain", behind)
				}
				run := tr.finish(t)
				for n, p := range run.Publishers {
					if want := tr.dueByPlan(n); p.Due != want || p.Acknowledged.Len() != want {
						t.Errorf("publisher %d: %d due, %d acknowledged, %d in doubt, %d refused, want %d acknowledged",
							n, p.Due, p.Acknowledged.Len(), p.InDoubt.Len(), p.Refused.Len(), want)
						tell(t, run, history.ClientRef{Number: n})
					}
				}
				for _, f := range run.Flows {
					due := run.Publishers[f.Publisher].Due
					if f.Delivered.Len() != due || (qos == 2 && f.Duplicated != 0) {
						t.Errorf("flow %d → %d: %d of %d delivered, %d duplicated", f.Publisher, f.Account, f.Delivered.Len(), due, f.Duplicated)
					}
				}
				checkReturned(t, run, 12)
			})
		}
	}
}

// cutInTheMiddle takes the broker away a few times while the load is offered, each time until all clients have noticed
// and some have tried in vain to come back; over waits for the last time.
func cutInTheMiddle(t *testing.T, tr *trial, net *network, times int) (over func()) {
	t.Helper()
	planned := tr.assignment.Expected().Measure.Messages
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	ctx := t.Context()
	group.Go(func() {
		for i := range uint64(times) {
			for tr.due() < (i+1)*planned/uint64(times+1) {
				if !sleep(ctx, time.Millisecond) {
					return
				}
			}
			net.cut(0)
			dials, down := len(net.attempts()), 0
			for down < len(tr.fleet.clients) || len(net.attempts()) < dials+2*len(tr.fleet.clients) {
				if down < len(tr.fleet.clients) && tr.fleet.clients[down].noticed() {
					down++ // It stays so as long as the broker is away.
				} else if !sleep(ctx, time.Millisecond) {
					return
				}
			}
			net.restore(0)
		}
	})
	return group.Wait
}

// noticed says that the client knows that it has no connection.
func (c *client) noticed() bool {
	c.session.Lock()
	defer c.session.Unlock()
	return !c.up
}

// tell lists what happened to a client's connection.
func tell(t *testing.T, run *history.Run, client history.ClientRef) {
	t.Helper()
	for _, e := range run.Events {
		if e.Client == client {
			t.Logf("%+v", e)
		}
	}
}

// checkReturned checks that every client lost its connection and came back to its session.
func checkReturned(t *testing.T, run *history.Run, clients int) {
	t.Helper()
	back := make(map[history.ClientRef]int)
	for _, e := range run.Events {
		if e.Kind == history.Connected && e.SessionPresent {
			back[e.Client]++
		}
	}
	if len(back) != clients {
		t.Errorf("%d of %d clients came back to their session", len(back), clients)
	}
	if lost := events(run, history.Disconnected); lost < clients {
		t.Errorf("%d connections lost, want at least %d", lost, clients)
	}
}

// A subscriber that comes back without its session subscribes again; one whose session is still there does not, and the
// record says that it is subscribed all the same.
func TestSubscribersComeBack(t *testing.T) {
	for _, session := range []scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent} {
		t.Run(string(session), func(t *testing.T) {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 2, Topic: "t/{n}", QoS: 1, Rate: 50},
				scenarios.SubscriberGroup{Name: "s", Count: 3, Filter: "t/#", QoS: 1})
			s.Workload.Client.Session = session
			s.Phases.Measure = 200 * time.Millisecond
			net := newNetwork(startBroker(t))
			tr := begin(t, s, net)
			tr.connect(t)
			net.cut(0)
			tr.down(t)
			net.restore(0)
			tr.back(t, 2)
			for _, s := range tr.fleet.subscribers {
				eventually(t, "the subscriber is back", func() bool {
					s.session.Lock()
					defer s.session.Unlock()
					return s.up && s.subscribed
				})
			}
			tr.publish(t)
			if behind := tr.drain(t, patience); behind != 0 {
				t.Errorf("%d behind after the drain", behind)
			}
			run := tr.finish(t)
			for _, f := range run.Flows {
				if due := run.Publishers[f.Publisher].Due; f.Delivered.Len() != due {
					t.Errorf("flow %d → %d: %d of %d delivered", f.Publisher, f.Account, f.Delivered.Len(), due)
				}
			}
			if got := events(run, history.Subscribed); got != 6 {
				t.Errorf("%d times subscribed, want each of 3 subscribers twice", got)
			}
		})
	}
}

// Connect says who is missing and why, and the fleet can be closed after it.
func TestConnectNamesWhoIsMissing(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 9, Topic: "t/{n}", QoS: 1, Rate: 1})
	net := newNetwork("127.0.0.1:1")
	net.cut(0)
	tr := begin(t, s, net)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		defer cancel()
		tr.all(t, "each has tried in vain", func(c *client) bool { return c.cause != nil })
	})
	err := tr.fleet.Connect(ctx)
	group.Wait()
	if err == nil {
		t.Fatal("connected to nothing")
	}
	for _, want := range []string{"9 of 9 are not ready", "-p-1: connect to broker \"b1\": broker is away", "and 4 more", "context canceled"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	run := tr.finish(t)
	if failed := events(run, history.ConnectFailed); failed < 9 {
		t.Errorf("%d failed attempts recorded", failed)
	}
}

func TestPublishOnlyOnce(t *testing.T) {
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", Rate: 1}), newNetwork("127.0.0.1:1"))
	if err := tr.fleet.Publish(t.Context(), 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := tr.fleet.Publish(t.Context(), 0, 0); err == nil {
		t.Error("the load was offered twice")
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", Rate: 1}), newNetwork("127.0.0.1:1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.fleet.Publish(ctx, 0, time.Hour); err == nil {
		t.Error("publish went on without its context")
	}
}

func TestEmptyFleet(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 0, Topic: "t", Rate: 1})
	tr := begin(t, s, newNetwork())
	tr.connect(t)
	tr.publish(t)
	if behind := tr.drain(t, time.Second); behind != 0 {
		t.Errorf("%d behind", behind)
	}
	tr.finish(t)
}
