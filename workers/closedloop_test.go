package workers

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// closed is a group of closed loops.
func closed(count int, qos scenarios.QoS, window int) scenarios.PublisherGroup {
	return scenarios.PublisherGroup{
		Name: "p", Count: count, Topic: "t/{n}", QoS: qos, Rate: scenarios.Rate(math.Inf(1)), Window: window,
	}
}

// A closed loop sends whenever the window has room, never has more under way, and what it sent is what was due.
func TestClosedLoopKeepsItsWindow(t *testing.T) {
	for qos := range scenarios.QoS(3) {
		for _, window := range []int{1, 7, 200} {
			s := load(closed(4, qos, window), scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: qos})
			s.Phases.Measure = time.Minute
			tr := begin(t, s, newNetwork(startBroker(t)))
			tr.connect(t)
			stop := tr.publishing(t)
			for n, p := range tr.fleet.publishers {
				eventually(t, "windows were filled again and again", func() bool { return tr.dueOf(n) >= uint64(3*p.window) })
			}
			stop()
			if behind := tr.drain(t, patience); behind != 0 {
				t.Errorf("QoS %d, window %d: %d behind after the drain", qos, window, behind)
			}
			run := tr.finish(t)
			for n, p := range tr.fleet.publishers {
				// There is a slot for each message that was under way at a time.
				if most := len(p.flights.slots); most > window || (qos > 0 && most < min(window, 2)) {
					t.Errorf("QoS %d: publisher %d had %d under way at a time, want at most %d", qos, n, most, window)
				}
			}
			for n, p := range run.Publishers {
				if p.Due < uint64(3*window) || p.Unsent.Len() > 0 || (qos > 0 && p.Acknowledged.Len() != p.Due) {
					t.Errorf("QoS %d, window %d: publisher %d: %d due, %d acknowledged, %d unsent",
						qos, window, n, p.Due, p.Acknowledged.Len(), p.Unsent.Len())
				}
			}
			for _, f := range run.Flows {
				if f.Delivered.Len() != run.Publishers[f.Publisher].Due {
					t.Errorf("QoS %d, window %d: %d delivered of %d", qos, window, f.Delivered.Len(), run.Publishers[f.Publisher].Due)
				}
			}
		}
	}
}

// During an outage a closed loop offers nothing; when the broker is back it goes on.
func TestClosedLoopRestsInAnOutage(t *testing.T) {
	for qos := range scenarios.QoS(3) {
		s := load(closed(3, qos, 5))
		s.Workload.Client.Session = scenarios.SessionPersistent
		s.Phases.Measure = time.Minute
		net := newNetwork(startBroker(t))
		tr := begin(t, s, net)
		tr.connect(t)
		stop := tr.publishing(t)
		eventually(t, "messages were sent", func() bool { return tr.due() > 100 })
		net.cut(0)
		tr.down(t)
		resting := tr.due()
		attempts := len(net.attempts())
		eventually(t, "they tried to come back", func() bool { return len(net.attempts()) > attempts+10 })
		if due := tr.due(); due != resting {
			t.Errorf("QoS %d: %d messages were due in the outage", qos, due-resting)
		}
		net.restore(0)
		eventually(t, "it goes on", func() bool { return tr.due() > resting+100 })
		stop()
		tr.drain(t, patience)
		tr.finish(t)
	}
}

// Closed loops that use all there is do not keep others of the same shard from their schedule.
func TestClosedLoopsLeaveRoomForSchedules(t *testing.T) {
	for _, qos := range []scenarios.QoS{0, 1} {
		s := load(closed(20, qos, 50))
		s.Workload.Publishers = append(s.Workload.Publishers, scenarios.PublisherGroup{
			Name: "q", Count: 10, Topic: "u/{n}", Brokers: "spread", QoS: 1, Rate: 50, Payload: 64,
		})
		s.Phases.Measure = time.Hour
		tr := begin(t, s, newNetwork(startBroker(t)))
		tr.connect(t)
		stop := tr.publishing(t)
		for n := range 30 {
			eventually(t, "schedules and loops have had their turns", func() bool { return tr.dueOf(n) >= 25 })
		}
		stop()
		tr.drain(t, patience)
		run := tr.finish(t)
		for n := 20; n < 30; n++ {
			if p := run.Publishers[n]; p.Unsent.Len() > 0 || p.Acknowledged.Len() != p.Due {
				t.Errorf("beside QoS %d: publisher %d: %d due, %d acknowledged, %d unsent", qos, n, p.Due, p.Acknowledged.Len(), p.Unsent.Len())
			}
		}
	}
}

// Against a broker that reads nothing a closed loop comes to rest with its window under way, whatever its QoS; when the
// broker reads again, it goes on, and none of the wait is the generator's lateness.
func TestClosedLoopRestsAtABlockedSocket(t *testing.T) {
	for _, qos := range []scenarios.QoS{0, 1} {
		const window = 8
		s := load(closed(1, qos, window))
		s.Workload.Publishers[0].Payload = 8 << 10
		s.Phases.Measure = time.Minute
		broker := startLazyBroker(t)
		wake := sync.OnceFunc(func() { close(broker.awake) })
		t.Cleanup(wake)
		tr := begin(t, s, broker)
		tr.connect(t)
		stop := tr.publishing(t)
		p := tr.fleet.publishers[0]
		// The buffers of the system grow before they are full, so that it may rest more than once.
		resting, since := tr.due(), tr.recorder.Now()
		eventually(t, "it rests", func() bool {
			due := tr.due()
			p.session.Lock()
			defer p.session.Unlock()
			// What the socket has taken of the last window at QoS 0 is not under way any more.
			n := p.flights.count
			if n > window {
				t.Fatalf("QoS %d: %d under way, want %d at most", qos, n, window)
			}
			if held := n == window || qos == 0 && n > 0 && p.stalled; !held || due != resting {
				resting, since = due, tr.recorder.Now()
			}
			return tr.recorder.Now()-since > 10*LateBound
		})
		wake()
		eventually(t, "it goes on", func() bool { return tr.due() > resting+1000 })
		stop()
		tr.drain(t, patience)
		run := tr.finish(t)
		if g := run.Generator; qos == 0 && g.Late > g.Written/10 {
			t.Errorf("%d of %d messages are late by the generator's fault", g.Late, g.Written)
		}
	}
}

// What the server forbids is unsent once, and not again and again.
func TestClosedLoopDoesNotInsist(t *testing.T) {
	s := load(closed(1, 1, 5))
	s.Workload.Publishers[0].Payload = 1 << 28 // more than a packet holds
	s.Phases.Measure = time.Minute
	tr := begin(t, s, newNetwork(startBroker(t)))
	tr.connect(t)
	stop := tr.publishing(t)
	eventually(t, "it has tried", func() bool { return tr.due() > 0 })
	stop()
	if p := tr.finish(t).Publishers[0]; p.Due != 1 || p.Unsent.Len() != 1 {
		t.Errorf("%d due, %d unsent, want 1 each", p.Due, p.Unsent.Len())
	}
}

// A closed loop ends where sequence numbers do.
func TestClosedLoopEndsWithItsNumbers(t *testing.T) {
	s := load(closed(1, 1, 5))
	s.Phases.Measure = time.Minute
	tr := begin(t, s, newNetwork(startBroker(t)))
	tr.connect(t)
	p := tr.fleet.publishers[0]
	p.session.Lock()
	p.due, p.sent = loopLength-3, loopLength-3
	p.session.Unlock()
	stop := tr.publishing(t)
	eventually(t, "the last messages are acknowledged", func() bool { return tr.dueOf(0) != loopLength-3 && !p.unsettled() })
	stop()
	tr.close(t)
	if p.due != loopLength || p.sent != loopLength {
		t.Errorf("%d due and %d sent, want %d", p.due, p.sent, uint32(loopLength))
	}
}

// What is due follows the curve of the group to the message, in every part of the load.
func TestDueFollowsTheCurve(t *testing.T) {
	s := load(scenarios.PublisherGroup{
		Name: "p", Count: 7, Topic: "t/{n}", QoS: 1, Per: scenarios.PerGroup,
		Stages: []scenarios.Stage{
			{For: 200 * time.Millisecond, Rate: scenarios.Ramp{From: 0, To: 2000}}, {For: 100 * time.Millisecond},
			{For: 200 * time.Millisecond, Rate: scenarios.Ramp{From: 1000, To: 1000}},
		},
	})
	s.Phases.Measure = 500 * time.Millisecond
	tr := begin(t, s, newNetwork(startBroker(t)))
	tr.connect(t)
	tr.publish(t)
	tr.drain(t, patience)
	run := tr.finish(t)
	var due uint64
	var intended [5]int
	for n, p := range run.Publishers {
		due += p.Due
		for _, life := range tr.lives(t, n) {
			intended[(life.Intended-tr.fleet.start)/(100*time.Millisecond)]++
		}
	}
	for i, want := range [5]int{50, 150, 0, 100, 100} {
		if off := intended[i] - want; off < -1 || off > 1 {
			t.Errorf("%d messages were intended in tenth %d, want %d", intended[i], i, want)
		}
	}
	if due < 399 || due > 401 {
		t.Errorf("%d due, want 400", due)
	}
}
