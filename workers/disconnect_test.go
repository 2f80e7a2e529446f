package workers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
)

// disconnecting is a load of QoS 1 over two ways to one broker, with half of the clients at each.
func disconnecting(protocol scenarios.Protocol, session scenarios.Session) *scenarios.Scenario {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 12, Topic: "t/{n}", QoS: 1, Rate: 100},
		scenarios.SubscriberGroup{Name: "s", Count: 4, Filter: "t/#", QoS: 1})
	s.Topology.Nodes, s.Phases.Measure = 2, 400*time.Millisecond
	s.Workload.Client.Protocol, s.Workload.Client.Session, s.Workload.Client.Expiry = protocol, session, time.Hour
	return s
}

// duringTheLoad offers the load and does something when half of it is due.
func (tr *trial) duringTheLoad(t *testing.T, do func(ctx context.Context) error) {
	t.Helper()
	var group sync.WaitGroup
	group.Go(func() {
		for tr.due() < tr.assignment.Expected().Measure.Messages/2 {
			if !sleep(t.Context(), time.Millisecond) {
				return
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := do(ctx); err != nil {
			t.Error(err)
		}
	})
	tr.publish(t)
	group.Wait()
}

// The chosen clients of the broker lose their connections, the others keep theirs, all are back in the end, and a
// persistent session loses nothing.
func TestDisconnect(t *testing.T) {
	for _, how := range []scenarios.Departure{scenarios.DepartureDrop, scenarios.DepartureTakeover} {
		for _, kind := range []string{"3.1.1", "5.0", "paho"} {
			for _, session := range []scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent} {
				t.Run(fmt.Sprintf("%s/%s/%s", how, kind, session), func(t *testing.T) {
					address := startBroker(t)
					var s *scenarios.Scenario
					if kind == "paho" {
						s = made(scenarios.LibraryPaho, disconnecting(scenarios.Protocol5, session))
					} else {
						s = disconnecting(scenarios.Protocol(kind), session)
					}
					tr := begin(t, s, newNetwork(address, address))
					tr.connect(t)
					// Of 2 subscribers and 6 publishers at b2, evenly: one subscriber and three publishers.
					tr.duringTheLoad(t, func(ctx context.Context) error {
						return tr.fleet.Disconnect(ctx, []int{1}, 0.5, how)
					})
					eventually(t, "all are back", func() bool { return tr.recorder.Totals().Connected == 16 })
					if session != scenarios.SessionPersistent {
						checkDeparted(t, tr.finish(t), how, []string{"s-4", "p-4", "p-8", "p-12"})
						return
					}
					if behind := tr.drain(t, patience); behind != 0 {
						t.Errorf("%d behind after the drain", behind)
					}
					run := tr.finish(t)
					checkDeparted(t, run, how, []string{"s-4", "p-4", "p-8", "p-12"})
					for _, p := range run.Publishers {
						if p.Acknowledged.Len() != p.Due {
							t.Errorf("publisher %s: %d of %d acknowledged", p.Client, p.Acknowledged.Len(), p.Due)
						}
					}
					for _, f := range run.Flows {
						if due := run.Publishers[f.Publisher].Due; f.Delivered.Len() != due {
							t.Errorf("flow %d → %d: %d of %d delivered", f.Publisher, f.Account, f.Delivered.Len(), due)
						}
					}
				})
			}
		}
	}
}

// checkDeparted checks who lost a connection, why, and that they came back.
func checkDeparted(t *testing.T, run *history.Run, how scenarios.Departure, want []string) {
	t.Helper()
	departed := make(map[history.ClientRef]bool)
	back := make(map[history.ClientRef]bool)
	for _, e := range run.Events {
		switch e.Kind {
		case history.Disconnected:
			departed[e.Client] = true
			if e.Broker != 1 && !back[e.Client] {
				t.Errorf("a client of the other broker was taken: %+v", e)
			}
			if dropped := e.Detail == errDropped.Error(); dropped != (how == scenarios.DepartureDrop) {
				t.Errorf("cause of the end by %s: %q", how, e.Detail)
			}
		case history.Connected:
			back[e.Client] = departed[e.Client]
		default:
		}
	}
	for _, name := range want {
		ref := history.ClientRef{}
		for n, p := range run.Publishers {
			if strings.HasSuffix(p.Client, "-"+name) {
				ref = history.ClientRef{Number: n}
			}
		}
		for n, s := range run.Subscribers {
			if strings.HasSuffix(s.Client, "-"+name) {
				ref = history.ClientRef{Subscriber: true, Number: n}
			}
		}
		if !departed[ref] || !back[ref] {
			t.Errorf("client %s: lost its connection %v, came back %v", name, departed[ref], back[ref])
		}
	}
	if len(departed) != len(want) {
		t.Errorf("%d clients lost their connections, want %d", len(departed), len(want))
	}
}

// A broker that others wrote ends the old connection too.
func TestTakeOverOnMochi(t *testing.T) {
	s := disconnecting(scenarios.Protocol5, scenarios.SessionPersistent)
	s.Workload.Publishers[0].Count, s.Workload.Publishers[0].Rate, s.Topology.Nodes = 2, 10, 1
	tr := begin(t, s, newNetwork(startMochi(t)))
	tr.connect(t)
	if err := tr.fleet.Disconnect(t.Context(), []int{0}, 1, scenarios.DepartureTakeover); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are back", func() bool { return tr.recorder.Totals().Connected == 6 })
	run := tr.finish(t)
	departed := make(map[history.ClientRef]bool)
	for _, e := range run.Events {
		if e.Kind == history.Disconnected {
			departed[e.Client] = true
			if !strings.Contains(e.Detail, "session taken over (0x8e)") {
				t.Errorf("cause of the end: %q", e.Detail)
			}
		}
	}
	if len(departed) != 6 {
		t.Errorf("%d of 6 clients lost their connections", len(departed))
	}
}

// astray dials its network, and from the n-th time on another address.
type astray struct {
	*network
	from int
	to   string
}

func (d *astray) Dial(ctx context.Context, broker int) (net.Conn, error) {
	if len(d.attempts()) < d.from {
		return d.network.Dial(ctx, broker)
	}
	if d.to == "" {
		return nil, errDown
	}
	return new(net.Dialer).DialContext(ctx, "tcp", d.to)
}

func TestDisconnectSaysWhatItCouldNotDo(t *testing.T) {
	other := startBroker(t)
	stories := map[string]struct {
		brokers []int
		how     scenarios.Departure
		to      string
		want    string
	}{
		"nobody there":   {[]int{1}, scenarios.DepartureDrop, "", "disconnect by drop: no client is connected to b2"},
		"no way in":      {[]int{0}, scenarios.DepartureTakeover, "", "disconnect by takeover: 2 of 2 clients could not be taken from b1, the first: client"},
		"no effect":      {[]int{0, 1}, scenarios.DepartureTakeover, other, "could not be taken from b1, b2"},
		"unknown manner": {[]int{0}, "charm", "", `disconnect by "charm": unsupported operation`},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t/{n}", QoS: 1, Rate: 1},
				scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: 1})
			s.Topology.Nodes = 2
			address := startBroker(t)
			tr := begin(t, s, &astray{newNetwork(address, address), 2, story.to})
			tr.connect(t)
			ctx := t.Context()
			if name == "no effect" {
				// The wait for it has a bound of its own, which is too long for a test.
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Second)
				defer cancel()
			}
			err := tr.fleet.Disconnect(ctx, story.brokers, 1, story.how)
			if err == nil || !strings.Contains(err.Error(), story.want) {
				t.Errorf("error %v, want %q", err, story.want)
			}
			if unsupported := name == "unknown manner"; errors.Is(err, errors.ErrUnsupported) != unsupported {
				t.Errorf("unsupported: %v", err)
			}
			if n := tr.recorder.Totals().Connected; n != 2 {
				t.Errorf("%d of 2 clients are connected", n)
			}
		})
	}
}

// The wait for the end of a connection that goes on has a bound.
func TestDepartsWaitsForABoundedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		if err := departs(t.Context(), ended); err == nil || !strings.Contains(err.Error(), "goes on after") {
			t.Errorf("a connection without an end: %v", err)
		}
		close(ended)
		if err := departs(t.Context(), ended); err != nil {
			t.Errorf("a connection that has ended: %v", err)
		}
	})
}

func TestSharesAreEvenlySpread(t *testing.T) {
	all := make([]*client, 1000)
	for i := range all {
		all[i] = &client{index: i}
	}
	for share, want := range map[float64]int{1: 1000, 0.5: 500, 0.001: 1, 0.0001: 1, 0.333: 333} {
		chosen := evenly(all, share)
		if len(chosen) != want {
			t.Errorf("%d of 1000 for a share of %v, want %d", len(chosen), share, want)
		}
		for i := 1; i < len(chosen); i++ {
			gap, even := chosen[i].index-chosen[i-1].index, 1000/want
			if gap < even || gap > even+1 {
				t.Errorf("share %v: %d after %d", share, chosen[i].index, chosen[i-1].index)
			}
		}
	}
}

// A farewell is a session that says DISCONNECT with that result, and counts how often it is closed beside.
type farewell struct {
	Session
	result error
	closed int
}

func (s *farewell) Disconnect(context.Context) error { return s.result }

func (s *farewell) Close(error) { s.closed++ }

// Once DISCONNECT has ended a connection, what is closed is the next one of a client that is back soon; where it could
// not end it, there is no other way.
func TestDisconnectedIsNotClosedAgain(t *testing.T) {
	for result, want := range map[error]int{nil: 0, mqtt.ErrNotConnected: 0, mqtt.ErrClosed: 0, context.DeadlineExceeded: 1} {
		s := &farewell{result: result}
		if err := (&client{session: s}).disconnect(t.Context()); (err != nil) != (want > 0) || s.closed != want {
			t.Errorf("DISCONNECT with %v: %v, and closed %d times, want %d", result, err, s.closed, want)
		}
	}
}

// The record says of a server that broke the protocol what those who judge it look for.
func TestBrokenProtocolIsRecordedAsSuch(t *testing.T) {
	if text := (&mqtt.ProtocolError{Detail: "x"}).Error(); !strings.HasPrefix(text, history.BrokenProtocol+": ") {
		t.Errorf("%q does not begin with %q", text, history.BrokenProtocol)
	}
}
