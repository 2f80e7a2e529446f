package workers

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// The queue of turns yields every publisher's times in order, as sorting them does.
func TestTurnsAreTakenInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(0, 100), 1, 10), 1, 40).Draw(t, "times")
		publishers := make(map[*publisher][]int64)
		var queue turns
		var want []int64
		for _, of := range times {
			slices.Sort(of)
			want = append(want, of...)
			p := &publisher{}
			publishers[p] = of[1:]
			queue.push(turn{at: time.Duration(of[0]), publisher: p})
		}
		slices.Sort(want)
		var got []int64
		for range want {
			got = append(got, int64(queue[0].at))
			p := queue[0].publisher
			next := int64(1000)
			if rest := publishers[p]; len(rest) > 0 {
				next, publishers[p] = rest[0], rest[1:]
			}
			queue.replace(time.Duration(next))
		}
		if slices.Compare(got, want) != 0 {
			t.Fatalf("taken %v, want %v", got, want)
		}
	})
}

// However messages are taken, accepted and settled, the flights hold exactly those under way, and need no more slots
// than that.
func TestFlightsAgreeWithAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFlights()
		under := make(map[uint64]uint32)
		var waiting []uint64
		var next uint32
		most := 0
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				token := f.reserve()
				f.accept(next, time.Duration(next))
				under[token] = next
				waiting = append(waiting, token)
				next++
			case 1:
				if len(waiting) == 0 {
					continue
				}
				token, _ := f.oldest()
				m := f.take(5)
				if token != waiting[0] || m.sequence != under[token] || m.written != 5 {
					t.Fatalf("took %d %+v, want %d with message %d", token, m, waiting[0], under[token])
				}
				waiting = waiting[1:]
			case 2:
				for token := range under {
					if !slices.Contains(waiting, token) {
						f.settle(token)
						delete(under, token)
						break
					}
				}
			}
			most = max(most, len(under))
			if f.count != len(under) || (f.waiting == none) != (len(waiting) == 0) || len(f.slots) > most {
				t.Fatalf("%d under way in %d slots, want %d in at most %d", f.count, len(f.slots), len(under), most)
			}
			for token := range uint64(len(f.slots) + 1) {
				m, ok := f.at(token)
				if sequence, want := under[token]; ok != want || (ok && m.sequence != sequence) {
					t.Fatalf("slot %d holds %+v, %v; want message %d, %v", token, m, ok, sequence, want)
				}
			}
		}
	})
}

// The offered load does not collapse while the broker is away: what is due follows the schedule to the message.
func TestScheduleGoesOnThroughAnOutage(t *testing.T) {
	for _, backlog := range []int{0, 5, 1000} {
		for _, qos := range []scenarios.QoS{0, 1} {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: "t/{n}", QoS: qos, Rate: 200, Arrival: scenarios.ArrivalPoisson})
			s.Workload.Client.Backlog = backlog
			s.Phases.Measure = 400 * time.Millisecond
			net := newNetwork(startBroker(t))
			tr := begin(t, s, net)
			tr.connect(t)
			net.cut(0)
			tr.down(t)
			tr.publish(t)
			for n, p := range tr.fleet.publishers {
				p.session.Lock()
				if held := p.due - p.sent; uint64(held) != min(uint64(backlog), tr.dueByPlan(n)) {
					t.Errorf("backlog %d: publisher %d holds %d messages", backlog, n, held)
				}
				p.session.Unlock()
			}
			run := tr.finish(t)
			for n, p := range run.Publishers {
				if want := tr.dueByPlan(n); p.Due != want || p.Unsent.Len() != want {
					t.Errorf("backlog %d, QoS %d: publisher %d: %d due, %d unsent, want %d each", backlog, qos, n, p.Due, p.Unsent.Len(), want)
				}
			}
			if run.Generator.Late != 0 || run.Generator.Written != 0 {
				t.Errorf("%d late of %d written, want none", run.Generator.Late, run.Generator.Written)
			}
		}
	}
}

// A backlog that fits is sent, late and in order, when the broker is back; nothing is lost, and none of it is the
// generator's fault.
func TestBacklogIsSentAfterTheOutage(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 5, Topic: "t/{n}", QoS: 1, Rate: 100},
		scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: 1})
	s.Workload.Client.Session = scenarios.SessionPersistent
	s.Workload.Client.InFlight = 3
	s.Phases.Measure = 300 * time.Millisecond
	net := newNetwork(startBroker(t))
	tr := begin(t, s, net)
	tr.connect(t)
	net.cut(0)
	tr.down(t)
	tr.publish(t)
	net.restore(0)
	if behind := tr.drain(t, patience); behind != 0 {
		t.Errorf("%d behind after the drain", behind)
	}
	run := tr.finish(t)
	for _, f := range run.Flows {
		due := run.Publishers[f.Publisher].Due
		if f.Delivered.Len() != due || f.Reordered != 0 {
			t.Errorf("flow of publisher %d: %d of %d delivered, %d reordered", f.Publisher, f.Delivered.Len(), due, f.Reordered)
		}
	}
	// A busy machine may hold the generator up here and there, but what waited for the broker is most of it.
	if late := run.Generator.Late; late > run.Generator.Written/4 {
		t.Errorf("%d of %d messages are late by the generator's fault", late, run.Generator.Written)
	}
}

// The oldest due messages are given up first: the broker gets the newest ones.
func TestTheOldestAreGivenUp(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 100})
	s.Workload.Client.Backlog = 4
	s.Phases.Measure = 200 * time.Millisecond
	net := newNetwork(startBroker(t))
	tr := begin(t, s, net)
	tr.connect(t)
	net.cut(0)
	tr.down(t)
	tr.publish(t)
	net.restore(0)
	if behind := tr.drain(t, patience); behind != 0 {
		t.Errorf("%d behind after the drain", behind)
	}
	got := tr.finish(t).Publishers[0]
	for seq := range got.Next {
		if sent, want := got.Acknowledged.Contains(seq), seq >= got.Next-4; sent != want {
			t.Errorf("message %d of %d: acknowledged %v, want %v", seq, got.Next, sent, want)
		}
	}
}

// When the load begins before the generator gets to offering it, the delay is the generator's own, and is called that.
func TestAGeneratorThatOversleptIsLate(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: "t/{n}", QoS: 0, Rate: 100})
	tr := begin(t, s, newNetwork(startBroker(t)))
	tr.connect(t)
	start := tr.recorder.Now()
	eventually(t, "the generator is far behind", func() bool { return tr.recorder.Now() > start+10*LateBound })
	if err := tr.fleet.Publish(t.Context(), start, start+10*LateBound); err != nil {
		t.Fatal(err)
	}
	run := tr.finish(t)
	// Ten bounds of load; what was intended in the last of them may still have been in time.
	offered := uint64(1000 * (10 * LateBound).Seconds())
	if g := run.Generator; g.Written != offered || g.Late < offered*9/10 {
		t.Errorf("%d late of %d written, want at least nine tenths of %d", g.Late, g.Written, offered)
	}
}

// After a connection is lost the brokers are tried in the order of the strategy, and again, as long as none answers.
func TestReconnectTriesBrokersByStrategy(t *testing.T) {
	tests := []struct {
		strategy scenarios.Strategy
		want     []int // after the connection to broker 0 was lost and all brokers are away
	}{
		{scenarios.StrategyRotate, []int{0, 1, 2, 0, 1, 2, 0}},
		{scenarios.StrategyOrdered, []int{0, 0, 1, 2, 0, 1, 2}},
		{scenarios.StrategySticky, []int{0, 0, 0, 0, 0, 0, 0}},
	}
	for _, test := range tests {
		s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 1})
		s.Topology.Nodes = 3
		s.Workload.Client.Reconnect.Brokers = test.strategy
		address := startBroker(t)
		net := newNetwork(address, address, address)
		tr := begin(t, s, net)
		tr.connect(t)
		for _, broker := range []int{2, 1, 0} { // The one that has the client last, so that no other takes it in.
			net.cut(broker)
		}
		eventually(t, "the brokers were tried", func() bool { return len(net.attempts()) >= len(test.want) })
		if got := net.attempts()[:len(test.want)]; slices.Compare(got, test.want) != 0 {
			t.Errorf("%s: brokers dialed %v, want %v", test.strategy, got, test.want)
		}
		tr.finish(t)
	}
}

// Whatever happens to connections, each message that was due has exactly one fate. finish checks it for every
// publisher.
func TestEveryDueMessageHasOneFate(t *testing.T) {
	for seed := range uint64(6) {
		s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: "t/{n}", QoS: scenarios.QoS(seed % 3), Rate: 300, Arrival: scenarios.ArrivalPoisson},
			scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: 2})
		s.Seed = seed
		s.Workload.Client.Backlog, s.Workload.Client.InFlight = int(seed*3), int(1+seed*4)
		s.Workload.Client.Session = [...]scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent}[seed%2]
		s.Phases.Measure = 400 * time.Millisecond
		net := newNetwork(startBroker(t))
		tr := begin(t, s, net)
		tr.connect(t)
		cutInTheMiddle(t, tr, net, 5)
		tr.publish(t)
		// Some runs end in the middle of things.
		if seed%2 == 0 {
			tr.drain(t, patience)
		}
		tr.abandon()
		run := tr.finish(t)
		for n, p := range run.Publishers {
			if want := tr.dueByPlan(n); p.Due != want {
				t.Errorf("seed %d: publisher %d: %d due, want %d", seed, n, p.Due, want)
			}
		}
		for _, o := range run.Oddities {
			if o.Kind == "phantom" {
				t.Errorf("seed %d: phantom %+v", seed, o)
			}
		}
	}
}

// What the reason of an acknowledgement makes of a message, also when it comes before the socket has taken the whole
// batch.
func TestOutcomesByReason(t *testing.T) {
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 2, Rate: 1}), newNetwork("127.0.0.1:1"))
	p := tr.fleet.publishers[0]
	reasons := []byte{0x00, 0x10, 0x7f, 0x80, 0x87, 0x97, 0xff}
	p.session.Lock()
	var tokens []uint64
	for n := range reasons {
		tokens = append(tokens, p.flights.reserve())
		p.flights.accept(uint32(n), time.Duration(n))
	}
	p.due, p.sent, p.attempted = uint32(len(reasons)), uint32(len(reasons)), 100
	p.log.Due(len(reasons))
	p.Acknowledged(tokens[1], reasons[1], 200) // The socket had taken messages 0 and 1 by then.
	if p.flights.waiting != int32(tokens[2]) || !p.stalled {
		t.Errorf("after the second one was acknowledged, slot %d waits, want %d", p.flights.waiting, tokens[2])
	}
	p.Flushed(250)
	for n, reason := range reasons {
		p.Acknowledged(tokens[n], reason, 300) // The second one again: it is settled and stays so.
	}
	p.Acknowledged(1<<40, 0, 300) // A token that was never given out.
	if p.flights.count != 0 || p.stalled {
		t.Errorf("%d messages under way at the end, stalled %v", p.flights.count, p.stalled)
	}
	p.session.Unlock()
	got := tr.finish(t).Publishers[0]
	for n, reason := range reasons {
		refused := reason >= 0x80
		if got.Refused.Contains(uint32(n)) != refused || got.Acknowledged.Contains(uint32(n)) == refused {
			t.Errorf("reason %#02x: refused %v, want %v", reason, got.Refused.Contains(uint32(n)), refused)
		}
	}
	if got.Unmatched != 1 {
		t.Errorf("%d unmatched, want 1", got.Unmatched)
	}
}

// A wait ends with its context, and not before its time.
func TestWaitUntil(t *testing.T) {
	alarm, err := newAlarm()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alarm.close() }()
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", Rate: 1}), newNetwork("127.0.0.1:1"))
	for _, d := range []time.Duration{-time.Second, 0, 50 * time.Microsecond, time.Millisecond, 20 * time.Millisecond} {
		at := tr.recorder.Now() + d
		if err := tr.fleet.waitUntil(t.Context(), alarm, at); err != nil {
			t.Error(err)
		}
		if now := tr.recorder.Now(); cmp.Compare(now, at) < 0 {
			t.Errorf("waited until %v, want %v", now, at)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.fleet.waitUntil(ctx, alarm, tr.recorder.Now()+time.Hour); err == nil {
		t.Error("waited for an hour without its context")
	}
}
