package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

func told(detail string) step {
	return func(s *story) { s.run.Injections[len(s.run.Injections)-1].Detail = detail }
}

// A fault on links, limits or clients that cannot be undone says nothing of the brokers.
func TestImpairmentNotUndone(t *testing.T) {
	for _, kind := range []string{"partition", "loss", "latency", "bandwidth", "reset", "cpu", "memory", "disconnect"} {
		a := tell(acked("0-9"), received("0-9"), fault(kind, 1, 10*s, 12*s), resumed(0, sub(0), 11*s), healFailed("no such rule")).judge(t)
		diff(t, kind, []string{"inconclusive: fault not undone"}, findings(a))
		if text := details(a); !strings.Contains(text, "did not undo it: no such rule") {
			t.Errorf("%s: %s", kind, text)
		}
	}
}

// What the new faults do to clients, and what is said of it.
func TestImpairments(t *testing.T) {
	all := []step{acked("0-9"), received("0-9")}
	for name, c := range map[string]struct {
		steps      []step
		findings   []string
		says       string
		affected   map[string]time.Duration // with the time until the connection was known dead; -1: it never was
		bystanders int
	}{
		"a partition is noticed by the keepalive, not at once": {
			steps: []step{
				fault("partition", 1, 10*s, 20*s), told("b1 | b2, clients"), down(12*s+100*ms, sub(0), 1),
				up(12200*ms, sub(0), 0, true), resumed(0, sub(0), 13*s),
			},
			affected: map[string]time.Duration{"s0": 2100 * ms}, bystanders: 1,
		},
		"so is a pause": {
			steps: []step{
				fault("pause", 1, 10*s, 20*s), down(12*s+200*ms, sub(0), 1), up(12400*ms, sub(0), 0, true), resumed(0, sub(0), 13*s),
			},
			affected: map[string]time.Duration{"s0": 2200 * ms}, bystanders: 1,
		},
		"a broker without its quorum may drop its clients": {
			steps: []step{
				fault("partition", 0, 10*s, 20*s), told("b1 | b2"), down(15*s, pub(0), 0), up(16*s, pub(0), 1, true), resumed(0, pub(0), 17*s),
			},
			affected: map[string]time.Duration{"p0": 5 * s}, bystanders: 1,
		},
		"a partition is named by its sides": {
			steps:    []step{fault("partition", 0, 10*s, 20*s), told("b1 | b2")},
			findings: []string{"pass: never resumed"}, says: "1 client hit by the partition of b1 | b2 at 10s not served again",
			affected: map[string]time.Duration{"p0": -1}, bystanders: 1,
		},
		"other faults by their parameters": {
			steps:    []step{fault("latency", 1, 10*s, 20*s), told("100ms ± 20ms")},
			findings: []string{"pass: never resumed"}, says: "1 client hit by the latency of b2 (100ms ± 20ms) at 10s not served again",
			affected: map[string]time.Duration{"s0": -1}, bystanders: 1,
		},
		"a slow link may cost a connection": {
			steps: []step{
				fault("latency", 1, 10*s, 20*s), down(22*s, sub(0), 1), up(22*s+ms, sub(0), 1, true), resumed(0, sub(0), 22*s+5*ms),
			},
			affected: map[string]time.Duration{"s0": 12 * s}, bystanders: 1,
		},
		"but not after a fault and the time that detection takes": {
			steps: []step{
				fault("latency", 1, 4*s, 6*s), resumed(0, sub(0), 5*s), down(10*s, sub(0), 1), up(10*s+ms, sub(0), 1, true),
			},
			findings: []string{"fail: unexplained outages"}, affected: map[string]time.Duration{"s0": -1}, bystanders: 1,
		},
		"disconnect hits those whose connections ended": {
			steps: []step{
				another, late(time.Second, pub(1), 0), ackedBy(1, "0-9"), receivedIn(1, "0-9"),
				fault("disconnect", 0, 10*s, 10*s+20*ms), down(10*s+10*ms, pub(1), 0), up(10100*ms, pub(1), 0, true), resumed(0, pub(1), 11*s),
			},
			affected: map[string]time.Duration{"p1": 10 * ms}, bystanders: 2,
		},
		"a broker that the fault left too little memory": {
			steps: []step{
				fault("memory", 1, 10*s, 20*s), told("8MiB"), exit(1, 11*s, "exit code 137"), down(11*s, sub(0), 1),
				up(11*s+ms, sub(0), 0, true), resumed(0, sub(0), 12*s),
			},
			findings: []string{"fail: broker out of memory"}, says: "b2 was ended at 11s (exit code 137) under the memory of b2 (8MiB) at 10s",
			affected: map[string]time.Duration{"s0": s}, bystanders: 1,
		},
		"another broker's end at that time is somebody else's doing": {
			steps: []step{
				fault("memory", 1, 10*s, 20*s), exit(0, 11*s, "exit code 137"), resumed(0, sub(0), 12*s),
			},
			findings: []string{"inconclusive: broker killed from outside"}, affected: map[string]time.Duration{"s0": -1}, bystanders: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append(append([]step{}, all...), c.steps...)...).judge(t)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			if !strings.Contains(details(a), c.says) {
				t.Errorf("findings say\n%swant %q in it", details(a), c.says)
			}
			affected := map[string]time.Duration{}
			for _, x := range a.Injections[0].Clients {
				affected[x.Name] = x.Detect
			}
			diff(t, "affected", c.affected, affected)
			if got := a.Injections[0].Bystanders; got != c.bystanders {
				t.Errorf("%d bystanders, want %d", got, c.bystanders)
			}
		})
	}
}

// What a broker sends again on a living connection may come as late as its product does that.
func TestPatience(t *testing.T) {
	for redelivery, want := range map[time.Duration]string{
		0:         "fail: silent loss", // the product never does
		20 * s:    "inconclusive: drain not finished",
		14 * s:    "fail: silent loss",
		5 * s:     "fail: silent loss",
		time.Hour: "inconclusive: drain not finished",
	} {
		a := tell(
			acked("0-9"), received("0-4 6-9"), fault("pause", 1, 8*s, 9*s), resumed(0, sub(0), 9*s), drainEndsAt(33*s),
			func(s *story) { s.run.Meta.Redelivery = redelivery },
		).judge(t)
		diff(t, redelivery.String(), []string{want}, findings(a))
	}
}

// behindBy says how old the oldest message was that came in a second of the timeline, counted from the start of the
// load.
func behindBy(second int, latency time.Duration) step {
	return func(s *story) { s.run.Timeline[second].EndToEndMax = latency }
}

// How long after a heal something came that had been intended before it. The fault is in force from 6s to 10s, the load
// begins at 2s.
func TestBacklog(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		want  time.Duration
	}{
		"nothing was behind":          {nil, 0},
		"drained at once":             {[]step{behindBy(8, 4*s)}, s},
		"drained in three seconds":    {[]step{behindBy(8, 4*s), behindBy(9, 4500*ms), behindBy(10, 5*s)}, 3 * s},
		"in two bursts":               {[]step{behindBy(8, 4*s), behindBy(13, 9*s)}, 6 * s},
		"late, but of after the heal": {[]step{behindBy(8, 4*s), behindBy(13, 3*s)}, s},
		"late before the heal":        {[]step{behindBy(7, 4*s)}, 0},
		"late where nothing came":     {[]step{timeline("99990000000000000000"), behindBy(28, 9*s)}, 0},
		"never healed":                {[]step{healFailed("no such rule")}, -1},
		"a fault that never happened": {[]step{failed(0, "no such process"), func(s *story) { s.run.Injections[0].Healing = 0 }}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []step{acked("0-9"), received("0-9"), fault("pause", 1, 6*s, 10*s), timeline("99999999999999999999")}
			if got := tell(append(steps, c.steps...)...).judge(t).Injections[0].Backlog; got != c.want {
				t.Errorf("backlog %s, want %s", got, c.want)
			}
		})
	}
}

// served gives the seconds of the timeline what clients had of b1 and b2, a digit for each: acknowledgements, twice as
// many deliveries, and clients.
func served(b1, b2 string) step {
	return func(s *story) {
		for n := range s.run.Timeline {
			for _, digits := range []string{b1, b2} {
				v := uint64(digits[n] - '0')
				s.run.Timeline[n].Brokers = append(s.run.Timeline[n].Brokers, history.BrokerSample{
					Up: true, Acknowledged: v, Delivered: 2 * v, Connected: int(v),
				})
			}
		}
	}
}

// What clients had of each broker: the load begins at 2s, the partition is in force from 6s until its heal at 9s, which
// is done at 10s; another fault begins at 15s.
func TestBrokerViews(t *testing.T) {
	service := func(seconds int, acked uint64) check.Service {
		return check.Service{Span: time.Duration(seconds) * s, Acknowledged: acked, Delivered: 2 * acked}
	}
	with := func(steps ...step) *check.Analysis {
		first := []step{
			acked("0-9"), received("0-9"), fault("partition", 1, 6*s, 10*s), fault("kill", 0, 15*s, 17*s), timeline("99999999999999999999"),
		}
		return tell(append(first, steps...)...).judge(t)
	}
	const b1, b2 = "44448885555559999999", "44440007333330000000"
	diff(t, "views", []check.BrokerView{
		{Broker: "b1", ConnectedBefore: 4, ConnectedDuring: 8, Before: service(4, 16), During: service(3, 24), After: service(5, 25)},
		{Broker: "b2", ConnectedBefore: 4, ConnectedDuring: 0, Before: service(4, 16), During: service(3, 0), After: service(5, 15)},
	}, with(served(b1, b2)).Injections[0].Brokers)
	diff(t, "views of the second", []check.BrokerView{
		{Broker: "b1", ConnectedBefore: 5, ConnectedDuring: 9, Before: service(5, 25), During: service(1, 9), After: service(5, 45)},
		{Broker: "b2", ConnectedBefore: 3, ConnectedDuring: 0, Before: service(5, 15), During: service(1, 0), After: service(5, 0)},
	}, with(served(b1, b2)).Injections[1].Brokers)
	overlapping := with(served(b1, b2), fault("kill", 0, 8*s, 13*s)).Injections
	diff(t, "views of the first with another from 8s to 13s", []check.BrokerView{
		{Broker: "b1", ConnectedBefore: 4, ConnectedDuring: 8, Before: service(4, 16), During: service(3, 24), After: service(3, 15)},
		{Broker: "b2", ConnectedBefore: 4, ConnectedDuring: 0, Before: service(4, 16), During: service(3, 0), After: service(3, 9)},
	}, overlapping[0].Brokers)
	diff(t, "views of the other", []check.BrokerView{
		{Broker: "b1", ConnectedBefore: 8, ConnectedDuring: 5, Before: service(2, 16), During: service(4, 23), After: service(2, 10)},
		{Broker: "b2", ConnectedBefore: 0, ConnectedDuring: 3, Before: service(2, 0), During: service(4, 13), After: service(2, 6)},
	}, overlapping[2].Brokers)
	for name, a := range map[string]*check.Analysis{
		"no samples":        with(),
		"an old record":     with(served(strings.Repeat("0", 20), strings.Repeat("0", 20))),
		"behind a balancer": with(served(b1, b2), func(s *story) { s.run.Meta.Balanced = true }),
	} {
		if views := a.Injections[0].Brokers; len(views) > 0 {
			t.Errorf("%s: %+v, want none", name, views)
		}
	}
}
