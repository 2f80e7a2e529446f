package workers

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// libraries are all of them.
func libraries() []scenarios.Library {
	return []scenarios.Library{scenarios.LibraryMqbench, scenarios.LibraryPaho}
}

// made has a scenario's clients made of a library; they speak MQTT 5.0.
func made(of scenarios.Library, s *scenarios.Scenario) *scenarios.Scenario {
	c := &s.Workload.Client
	c.Library, c.Protocol, c.Expiry = of, scenarios.Protocol5, 0
	if c.Session == scenarios.SessionPersistent {
		c.Expiry = time.Hour
	}
	return s
}

// account judges a finished run.
func (tr *trial) account(t *testing.T, run *history.Run) check.Counts {
	t.Helper()
	analysis, err := check.Judge(run, tr.recorder.Details)
	if err != nil {
		t.Fatal(err)
	}
	return analysis.Counts
}

// With nothing wrong both libraries give the same account, down to the last message.
func TestLibrariesCountAlike(t *testing.T) {
	address := startMochi(t)
	for _, session := range []scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent} {
		for qos := range scenarios.QoS(3) {
			t.Run(fmt.Sprintf("%s-%d", session, qos), func(t *testing.T) {
				accounts := make(map[scenarios.Library]check.Counts)
				for _, library := range libraries() {
					t.Run(string(library), func(t *testing.T) {
						topic := fmt.Sprintf("%s-%d-%s", session, qos, library)
						s := load(
							scenarios.PublisherGroup{Name: "p", Count: 3, Topic: topic + "/{n}", QoS: qos, Rate: 20},
							scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: topic + "/#", QoS: qos})
						s.Workload.Client.Session = session
						tr := begin(t, made(library, s), newNetwork(address))
						tr.connect(t)
						tr.publish(t)
						if behind := tr.drain(t, patience); behind != 0 {
							t.Errorf("%d behind after the drain", behind)
						}
						run := tr.finish(t)
						checkClean(t, tr, run)
						for window, metrics := range run.Latencies {
							if h := metrics[history.WriteBlocked]; h != nil && h.TotalCount() > 0 {
								t.Errorf("%s: connections took no more %d times", window, h.TotalCount())
							}
						}
						accounts[library] = tr.account(t, run)
					})
				}
				lean, paho := accounts[scenarios.LibraryMqbench], accounts[scenarios.LibraryPaho]
				if diff := cmp.Diff(lean, paho); diff != "" {
					t.Errorf("the accounts differ (-mqbench +paho):\n%s", diff)
				}
				if lean.Attempted == 0 || lean.Delivered != 2*lean.Attempted {
					t.Errorf("%d attempted, %d delivered, want twice as many", lean.Attempted, lean.Delivered)
				}
			})
		}
	}
}

// A broker that ends connections, with and without the sessions, knows what became of every message; the record of
// paho.golang clients says the same. The network between them breaks both ways where the broker only says its last word,
// so that clients write in vain to connections on which there is something to read: it counts, too.
func TestPahoAgainstTheLedger(t *testing.T) {
	for _, story := range []struct {
		name    string
		session scenarios.Session
		fate    faulty.Fate
	}{
		{"kept", scenarios.SessionPersistent, faulty.Keep},
		{"forgotten", scenarios.SessionPersistent, faulty.Forget},
		{"clean", scenarios.SessionClean, faulty.Keep},
	} {
		for qos := scenarios.QoS(1); qos <= 2; qos++ {
			t.Run(fmt.Sprintf("%s-%d", story.name, qos), func(t *testing.T) {
				t.Parallel()
				broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{
					Rules: []faulty.Rule{
						// What is in flight when the connection ends: one message without an answer.
						{Match: faulty.Match{Every: 40}, Action: faulty.Action{Kind: faulty.Silence}},
						{Match: faulty.Match{Every: 41}, Action: faulty.Action{Kind: faulty.ClosePublisher, Session: story.fate}},
						{Match: faulty.Match{Every: 53}, Action: faulty.Action{Kind: faulty.CloseSubscriber, Session: story.fate}},
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer broker.Close()
				s := load(
					scenarios.PublisherGroup{Name: "p", Count: 4, Topic: "t/{n}", QoS: qos, Rate: 200},
					scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: "t/#", QoS: qos})
				s.Workload.Client.Session = story.session
				// The library closes where it cannot ping, and never reads what is there.
				s.Workload.Client.Keepalive = 0
				tr := begin(t, made(scenarios.LibraryPaho, s), newNetwork(broker.Addr()))
				tr.connect(t)
				tr.publish(t)
				tr.drain(t, 3*time.Second) // some are owed what never comes
				eventually(t, "all that the broker has sent is here", func() bool {
					totals, truth := tr.recorder.Totals(), broker.Truth()
					return totals.Acknowledged == truth.Acknowledged && totals.Delivered == truth.Delivered
				})
				run := tr.finish(t)
				got, truth := tr.account(t, run), broker.Truth()
				// Whether a message was published just before its subscriber knew that the session is gone (lost) or just
				// after (missed), the clients see a little later than the broker.
				type figures struct{ Acknowledged, InDoubt, Owed, Delivered, Gone, Duplicated, Reordered, Phantom uint64 }
				// What a socket took just before the broker closed it, the broker never read.
				unread := got.Attempted - truth.Published
				want := figures{
					truth.Acknowledged, truth.InDoubt + unread, truth.Expected + truth.Missed, truth.Delivered, truth.Lost + truth.Missed,
					truth.Duplicated, truth.Reordered, 0,
				}
				have := figures{
					got.Acknowledged, got.InDoubt, got.Expected + got.Missed + got.LostUnknown, got.Delivered,
					got.Lost + got.LostUnknown + got.Missed, got.Duplicated, got.Reordered, got.Phantom,
				}
				// However slow the machine, message 41 of each publisher is the first to end a connection of its own.
				if ended := events(run, history.Disconnected); ended < len(run.Publishers) || got.InDoubt == 0 && story.name != "kept" {
					t.Errorf("%d connections ended and %d messages are in doubt, which proves little", ended, truth.InDoubt)
				}
				if story.name == "kept" && unread > 0 {
					t.Errorf("%d messages of kept sessions never reached the broker", unread)
				}
				if diff := cmp.Diff(want, have); diff != "" {
					t.Errorf("broker against record:\n%s", diff)
				}
			})
		}
	}
}

// Clients on paho.golang come, go and unsubscribe by plan, and every message has the fate that the broker saw.
func TestPahoClientsComeAndGo(t *testing.T) {
	for _, leave := range []scenarios.Leave{scenarios.LeaveDisconnect, scenarios.LeaveDrop} {
		t.Run(string(leave), func(t *testing.T) {
			broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{})
			if err != nil {
				t.Fatal(err)
			}
			defer broker.Close()
			span := func(least, most time.Duration) scenarios.Span { return scenarios.Span{Min: least, Max: most} }
			churn := &scenarios.Churn{
				Stay: span(300*time.Millisecond, 500*time.Millisecond), Away: span(100*time.Millisecond, 200*time.Millisecond), Leave: leave,
			}
			s := load(
				scenarios.PublisherGroup{Name: "p", Count: 4, Topic: "t/{n}", QoS: 1, Rate: 50, Churn: churn},
				scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: "t/#", QoS: 1, Churn: churn},
				scenarios.SubscriberGroup{
					Name: "f", Count: 1, Filter: "t/#", QoS: 1, Flap: &scenarios.Flap{Every: 400 * time.Millisecond, For: 100 * time.Millisecond},
				})
			s.Workload.Client.Session = scenarios.SessionPersistent
			s.Phases.Measure = 2 * time.Second
			tr := begin(t, made(scenarios.LibraryPaho, s), newNetwork(broker.Addr()))
			tr.connect(t)
			tr.publish(t)
			if behind := tr.drain(t, patience); behind != 0 {
				t.Errorf("%d behind after the drain", behind)
			}
			run := tr.finish(t)
			got, truth := tr.account(t, run), broker.Truth()
			if left := events(run, history.Left); left < 10 {
				t.Errorf("clients left %d times, which proves little", left)
			}
			if lost := events(run, history.Disconnected); lost != 0 {
				t.Errorf("%d connections ended against the plan", lost)
			}
			if got.Acknowledged != truth.Acknowledged || got.Delivered != truth.Delivered || got.Lost != 0 || got.LostUnknown != 0 {
				t.Errorf("record %+v, broker %+v", got, truth)
			}
		})
	}
}

// Devices on paho.golang publish and receive over one connection.
func TestPahoDevices(t *testing.T) {
	s := load(
		scenarios.PublisherGroup{
			Name: "devices", Count: 4, Topic: "up/{n}", QoS: 1, Rate: 30, Subscribe: &scenarios.Downlink{Filter: "down/{n}", QoS: 1},
		},
		scenarios.SubscriberGroup{Name: "office", Count: 1, Filter: "up/#", QoS: 1})
	s.Workload.Publishers = append(s.Workload.Publishers, scenarios.PublisherGroup{
		Name: "orders", Count: 4, Brokers: "spread", Topic: "down/{n}", QoS: 1, Rate: 30, Payload: 64,
	})
	s.Workload.Client.Session = scenarios.SessionPersistent
	tr := begin(t, made(scenarios.LibraryPaho, s), newNetwork(startBroker(t)))
	tr.connect(t)
	tr.duringTheLoad(t, func(ctx context.Context) error {
		return tr.fleet.Disconnect(ctx, []int{0}, 1, scenarios.DepartureDrop)
	})
	if behind := tr.drain(t, patience); behind != 0 {
		t.Errorf("%d behind after the drain", behind)
	}
	run := tr.finish(t)
	got := tr.account(t, run)
	if got.Lost != 0 || got.Delivered != got.Acknowledged || got.Acknowledged != got.Attempted || got.Attempted == 0 {
		t.Errorf("account %+v, want each message delivered once", got)
	}
	// Four devices, four publishers and one subscriber, each connected twice.
	if connected, ended := events(run, history.Connected), events(run, history.Disconnected); connected != 18 || ended != 9 {
		t.Errorf("%d connections of which %d ended, want 18 and 9", connected, ended)
	}
}
