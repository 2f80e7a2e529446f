package check_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// joined makes the brokers b1 to b3 and joins them; bridges carry up to a level.
func joined(name, direction string, qos byte) step {
	return func(s *story) {
		m := &s.run.Meta
		m.Shape, m.BridgeDirection, m.BridgeQoS, m.Brokers = name, direction, qos, []string{"b1", "b2", "b3"}
		s.run.Brokers = append(s.run.Brokers, history.Broker{Name: "b3"})
	}
}

// between puts publisher 0 and subscriber 0 at brokers, by number.
func between(publisher, subscriber int) step {
	return func(s *story) {
		s.run.Publishers[0].Home, s.run.Subscribers[0].Home = publisher, subscriber
		late(time.Second, pub(0), publisher)(s)
		late(time.Second, sub(0), subscriber)(s)
	}
}

// In each shape a message comes as far as the bridges carry it. What cannot come is missed, and nobody lost it.
func TestBridges(t *testing.T) {
	all := []step{acked("0-9"), received("0-9")}
	none := []step{acked("0-9")}
	some := []step{acked("0-9"), received("0-4 6-9")}
	const silent = "fail: silent loss"
	nothing := []string{"inconclusive: nothing delivered", "pass: missed"}
	owed := check.Counts{Expected: 10, Delivered: 10}
	lost := check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1}
	missed := check.Counts{Missed: 10}
	moves := func(c history.ClientRef, from, to int) []step {
		return []step{
			fault("kill", from, 7400*ms, 10*s), down(7500*ms, c, from), up(7600*ms, c, to, false), resumed(0, c, 8*s),
		}
	}
	for name, c := range map[string]struct {
		joined   step
		at       step
		rest     []step
		want     check.Counts
		findings []string
	}{
		"star: through the hub":               {joined("star", "both", 1), between(1, 2), all, owed, nil},
		"star: what the hub dropped is lost":  {joined("star", "both", 1), between(1, 2), some, lost, []string{silent}},
		"star out: leaf to leaf":              {joined("star", "out", 1), between(1, 2), none, missed, nothing},
		"star out: leaf to hub":               {joined("star", "out", 1), between(1, 0), some, lost, []string{silent}},
		"star out: hub to leaf":               {joined("star", "out", 1), between(0, 1), none, missed, nothing},
		"chain: from end to end":              {joined("chain", "both", 1), between(0, 2), some, lost, []string{silent}},
		"chain out: towards the first":        {joined("chain", "out", 1), between(2, 0), some, lost, []string{silent}},
		"chain out: away from the first":      {joined("chain", "out", 1), between(0, 2), none, missed, nothing},
		"mesh: from the publisher's home":     {joined("mesh", "out", 1), between(1, 2), some, lost, []string{silent}},
		"edge: up to the core":                {joined("edge", "out", 1), between(2, 0), some, lost, []string{silent}},
		"edge: nothing comes down":            {joined("edge", "out", 1), between(0, 2), none, missed, nothing},
		"edge: nor from one to another":       {joined("edge", "out", 1), between(1, 2), none, missed, nothing},
		"edge: one's own is owed there":       {joined("edge", "out", 1), between(1, 1), some, lost, []string{silent}},
		"a bridge at QoS 0 may lose":          {joined("star", "both", 0), between(1, 2), some, lost, []string{"pass: loss at QoS 0"}},
		"but the broker on this side may not": {joined("star", "both", 0), between(1, 1), some, lost, []string{silent}},
		"mesh: away from home it stays where it is": {
			joined("mesh", "out", 1), between(1, 2),
			append(moves(pub(0), 1, 0), acked("0-9"), on(0, "5-9"), received("0-4")),
			check.Counts{Expected: 5, Delivered: 5, Missed: 5}, []string{"pass: missed"},
		},
		"star: what a lost hub had acknowledged is lost without notice": {
			joined("star", "both", 1), between(1, 2),
			[]step{fault("kill", 0, 7*s, 9*s), acked("0-9"), received("0-3 6-9")},
			check.Counts{Expected: 10, Delivered: 8, Lost: 2, LostSilent: 2, LostMiddle: 2}, []string{silent},
		},
		"star: the session stays behind and the new one is owed the rest": {
			joined("star", "both", 1), between(1, 2),
			append(moves(sub(0), 2, 0), acked("0-9"), received("0-3 5 6 8 9")),
			check.Counts{Expected: 10, Delivered: 8, Lost: 2, LostSilent: 1, LostDeclared: 1, LostMiddle: 2},
			[]string{silent, "pass: declared loss"},
		},
		"star: what was on a bridge when the session was lost went with it, though what followed came to the new one": {
			joined("star", "both", 1), between(1, 2),
			append(moves(sub(0), 2, 0), acked("0-9"), received("0-2 4-9")),
			check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostDeclared: 1, LostMiddle: 1}, []string{"pass: declared loss"},
		},
		"star: what the subscriber's own broker passed over was lost without notice": {
			joined("star", "both", 1), between(2, 2),
			append(moves(sub(0), 2, 0), acked("0-9"), received("0-2 4-9"), resumed(0, pub(0), 11*s)),
			check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1}, []string{silent},
		},
		"without a journal, where every broker reaches the subscriber": {
			joined("chain", "both", 1), between(0, 2), append(some, noJournal), lost, []string{silent},
		},
		"without a journal, where not every broker does": {
			joined("star", "out", 1), between(1, 1), append(some, noJournal),
			check.Counts{Expected: 9, Delivered: 9, LostUnknown: 1}, []string{"inconclusive: journals incomplete"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append([]step{c.joined, c.at}, c.rest...)...).judge(t)
			got := a.Counts
			got.Attempted, got.Acknowledged = 0, 0
			diff(t, "counts", c.want, got)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

// Exactly once holds as far as the bridges on the way promise it.
func TestDuplicatesAcrossBridges(t *testing.T) {
	all := []step{qos(2, 2), acked("0-9"), received("0-9")}
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"a bridge at QoS 1":             {[]step{joined("star", "both", 1), between(1, 2), again(3, false, 8*s, 0)}, "pass: duplicates"},
		"not crossed":                   {[]step{joined("star", "both", 1), between(1, 1), again(3, false, 8*s, 0)}, "fail: duplicates at QoS 2"},
		"a bridge at QoS 2":             {[]step{joined("star", "both", 2), between(1, 2), again(3, false, 8*s, 0)}, "fail: duplicates at QoS 2"},
		"a bridge at QoS 2 and a fault": {[]step{joined("star", "both", 2), between(1, 2), fault("kill", 0, 5*s, 7*s), again(3, false, 8*s, 0)}, "pass: duplicates after session loss"},
		"a bridge at QoS 2 and an old fault": {
			[]step{joined("star", "both", 2), between(1, 2), fault("pause", 0, 2500*ms, 3*s), again(6, false, 10*s, 0)},
			"fail: duplicates at QoS 2",
		},
		"from a session that it left and found again": {
			[]step{
				joined("star", "both", 2), between(1, 2), fault("disconnect", 2, 4*s, 4*s+ms),
				down(4*s, sub(0), 2), up(4100*ms, sub(0), 1, false), resumed(0, sub(0), 5*s),
				down(9500*ms, sub(0), 1), up(9600*ms, sub(0), 2, true), again(3, false, 10*s, 0),
			},
			"pass: duplicates after session loss",
		},
		"a shared subscription on both sides": {
			[]step{joined("star", "both", 2), sharing, again(3, false, 8*s, 1)}, "pass: duplicates across bridges",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append(append([]step{}, c.steps[:2]...), append(all, c.steps[2:]...)...)...).judge(t)
			got := findings(a)
			got = without(got, "fail: unexplained outages")
			got = without(got, "pass: never resumed")
			diff(t, "findings", []string{c.want}, got)
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

func without(list []string, name string) []string {
	var rest []string
	for _, x := range list {
		if x != name {
			rest = append(rest, x)
		}
	}
	return rest
}

// A standby that takes over the data of the one that served has its sessions; one that does not has none of them.
func TestStandby(t *testing.T) {
	move := func(present bool) []step {
		return []step{
			shape("standby"), between(0, 0), fault("kill", 0, 7400*ms, 10*s),
			down(7500*ms, pub(0), 0), up(8500*ms, pub(0), 1, present), resumed(0, pub(0), 9*s),
			down(7500*ms, sub(0), 0), up(8500*ms, sub(0), 1, present), resumed(0, sub(0), 9*s),
		}
	}
	onSameData := func(s *story) { s.run.Meta.SharedSessions = true }
	for name, c := range map[string]struct {
		steps    []step
		want     check.Counts
		findings []string
	}{
		"the same data: what the first had acknowledged comes from the second": {
			append(move(true), onSameData, acked("0-9"), on(1, "5-9"), received("0-9")),
			check.Counts{Expected: 10, Delivered: 10}, nil,
		},
		"the same data: what is missing behind SessionPresent=1 is lost without notice": {
			append(move(true), onSameData, acked("0-9"), on(1, "5-9"), received("0-2 5-9")),
			check.Counts{Expected: 10, Delivered: 8, Lost: 2, LostSilent: 2, LostMiddle: 2}, []string{"fail: silent loss"},
		},
		"the same data, but the session was not in it": {
			append(move(false), onSameData, acked("0-9"), on(1, "5-9"), received("0-2 6-9")),
			check.Counts{Expected: 10, Delivered: 7, Lost: 3, LostDeclared: 3, LostMiddle: 3}, []string{"pass: declared loss"},
		},
		"its own data: what the first had is declared lost, and the second owes what it took": {
			append(move(false), acked("0-9"), on(1, "5-9"), received("0-2 6-9")),
			check.Counts{Expected: 9, Delivered: 7, Lost: 2, LostDeclared: 2, LostMiddle: 2, Missed: 1},
			[]string{"pass: declared loss", "pass: missed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(c.steps...).judge(t)
			got := a.Counts
			got.Attempted, got.Acknowledged = 0, 0
			diff(t, "counts", c.want, got)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

// Behind a balancer nobody knows which broker serves: the brokers are one, and those were hit whose connections ended.
func TestBalancer(t *testing.T) {
	balanced := func(s *story) {
		joined("star", "out", 1)(s)
		s.run.Meta.Brokers[2], s.run.Meta.Balanced = "balancer", true
		s.run.Brokers = s.run.Brokers[:2]
		between(2, 2)(s)
	}
	a := tell(
		balanced, another, late(time.Second, pub(1), 2), acked("0-9"), ackedBy(1, "0-9"), receivedIn(1, "0-9"),
		on(2, "0-9"), received("0-4 6-9"), fault("pause", 1, 7*s, 9*s),
		// The subscriber finds its peer dead by its keepalive, when the broker is back already.
		down(9500*ms, sub(0), 2), up(9600*ms, sub(0), 2, true), resumed(0, sub(0), 10*s), resumed(0, pub(0), 8*s),
		resumed(0, pub(1), 8*s),
	).judge(t)
	diff(t, "findings", []string{"fail: silent loss"}, findings(a))
	i := a.Injections[0]
	if len(i.Clients) != 1 || i.Clients[0].Name != "s0" || i.Clients[0].Detect != 2500*ms || i.Bystanders != 2 {
		t.Errorf("affected %+v and %d bystanders, want s0 after 2.5s and 2", i.Clients, i.Bystanders)
	}
	for _, o := range a.Outages {
		if len(o.Injections) != 1 || o.Broker != "balancer" {
			t.Errorf("outage %+v, want it at the balancer and explained", o)
		}
	}
}

// Whatever the shape, a message is missed exactly where it cannot walk to the subscriber's broker, bridge by bridge.
func TestReachIsAWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const brokers = 3
		broker := rapid.IntRange(0, brokers-1)
		name := rapid.SampledFrom([]string{"independent", "standby", "star", "chain", "mesh", "edge", "cluster"}).Draw(t, "shape")
		both := rapid.Bool().Draw(t, "both") && name != "mesh" && name != "edge"
		home, at, to := broker.Draw(t, "home"), broker.Draw(t, "at"), broker.Draw(t, "to")
		passes := func(from, next int) bool {
			switch name {
			case "cluster":
				return true
			case "star":
				return next == 0 || both && from == 0
			case "chain":
				return next == from-1 || both && next == from+1
			case "edge":
				return next == 0
			case "mesh":
				return from == home
			default:
				return false
			}
		}
		var been [brokers]bool
		been[at] = true
		for range brokers {
			for from := range brokers {
				for next := range brokers {
					been[next] = been[next] || been[from] && passes(from, next)
				}
			}
		}
		direction := "out"
		if both {
			direction = "both"
		}
		s := tell(joined(name, direction, 1), between(home, to), acked("0"), on(at, "0"))
		a, err := check.Judge(s.run, s.lookUp)
		if err != nil {
			t.Fatal(err)
		}
		if missed := a.Counts.Missed == 1; missed == been[to] || a.Counts.Missed+a.Counts.LostUnknown != 1 {
			t.Fatalf("%s (%s), home b%d, taken by b%d, subscriber at b%d: missed %v, want %v (%+v)",
				name, direction, home+1, at+1, to+1, missed, !been[to], a.Counts)
		}
	})
}
