package check_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
)

const ms = time.Millisecond

// ways lists an injection's clients as it left them.
func ways(i check.Injection) map[string]check.ClientFailover {
	list := make(map[string]check.ClientFailover)
	for _, c := range i.Clients {
		c.Client, c.Group = pub(0), ""
		name := c.Name
		c.Name = ""
		list[name] = c
	}
	return list
}

func TestFailover(t *testing.T) {
	flow := []step{acked("0-9"), received("0-9")}
	type row = check.ClientFailover
	for name, c := range map[string]struct {
		steps      []step
		want       []map[string]row
		bystanders []int
	}{
		"kill: detected at once, back elsewhere": {
			steps: []step{
				fault("kill", 1, 10*s, 15*s), down(10*s+20*ms, sub(0), 1), up(10*s+100*ms, sub(0), 0, true),
				resumed(0, sub(0), 11*s), resumed(0, pub(0), 10*s+40*ms),
			},
			want: []map[string]row{{
				"s0": {From: "b2", To: "b1", SessionPresent: true, Detect: 20 * ms, Reconnect: 100 * ms, Resubscribe: 100 * ms, Resume: s},
			}},
			bystanders: []int{1},
		},
		"a publisher does not subscribe": {
			steps: []step{
				fault("kill", 0, 10*s, 15*s), down(10*s+20*ms, pub(0), 0), up(10*s+100*ms, pub(0), 1, false), resumed(0, pub(0), 11*s),
			},
			want: []map[string]row{{
				"p0": {From: "b1", To: "b2", Detect: 20 * ms, Reconnect: 100 * ms, Resubscribe: -1, Resume: s},
			}},
			bystanders: []int{1},
		},
		"session lost: the subscription comes later than the connection": {
			steps: []step{
				fault("kill", 1, 10*s, 15*s), down(10*s+20*ms, sub(0), 1), up(10*s+100*ms, sub(0), 0, false), resumed(0, sub(0), 11*s),
			},
			want: []map[string]row{{
				"s0": {From: "b2", To: "b1", Detect: 20 * ms, Reconnect: 100 * ms, Resubscribe: 101 * ms, Resume: s},
			}},
			bystanders: []int{1},
		},
		"never back": {
			steps:      []step{fault("kill", 1, 10*s, 0), down(10*s+20*ms, sub(0), 1)},
			want:       []map[string]row{{"s0": {From: "b2", Detect: 20 * ms, Reconnect: -1, Resubscribe: -1, Resume: -1}}},
			bystanders: []int{1},
		},
		"connected again and never served": {
			steps: []step{fault("kill", 1, 10*s, 15*s), down(10*s+20*ms, sub(0), 1), up(10*s+100*ms, sub(0), 0, true)},
			want: []map[string]row{{
				"s0": {From: "b2", To: "b1", SessionPresent: true, Detect: 20 * ms, Reconnect: 100 * ms, Resubscribe: 100 * ms, Resume: -1},
			}},
			bystanders: []int{1},
		},
		"pause shorter than detection: nobody notices, but service stood still": {
			steps:      []step{fault("pause", 1, 10*s, 11*s), resumed(0, sub(0), 11*s+30*ms)},
			want:       []map[string]row{{"s0": {From: "b2", To: "b2", Detect: -1, Reconnect: -1, Resubscribe: -1, Resume: 1030 * ms}}},
			bystanders: []int{1},
		},
		"pause detected by keepalive only after it was over": {
			steps: []step{
				fault("pause", 1, 10*s, 11*s), down(12*s+500*ms, sub(0), 1), up(12*s+600*ms, sub(0), 1, true), resumed(0, sub(0), 13*s),
			},
			want: []map[string]row{{
				"s0": {
					From: "b2", To: "b2", SessionPresent: true, Detect: 2500 * ms, Reconnect: 2600 * ms, Resubscribe: 2600 * ms, Resume: 3 * s,
				},
			}},
			bystanders: []int{1},
		},
		"pause and much later a kill: each has its own loss of connection": {
			steps: []step{
				fault("pause", 1, 5*s, 6*s), fault("kill", 1, 15*s, 16*s), resumed(0, sub(0), 6*s),
				down(15*s+10*ms, sub(0), 1), up(16*s, sub(0), 1, true), resumed(1, sub(0), 17*s),
			},
			want: []map[string]row{
				{"s0": {From: "b2", To: "b2", Detect: -1, Reconnect: -1, Resubscribe: -1, Resume: s}},
				{"s0": {From: "b2", To: "b2", SessionPresent: true, Detect: 10 * ms, Reconnect: s, Resubscribe: s, Resume: 2 * s}},
			},
			bystanders: []int{1, 1},
		},
		"two brokers at overlapping times: each client is hit by its own broker's fault": {
			steps: []step{
				fault("kill", 0, 10*s, 20*s), fault("kill", 1, 12*s, 21*s),
				down(10*s+10*ms, pub(0), 0), up(10*s+20*ms, pub(0), 1, true), resumed(0, pub(0), 11*s), resumed(0, sub(0), 11*s),
				down(12*s+10*ms, sub(0), 1), down(12*s+10*ms, pub(0), 1),
				up(20*s+10*ms, sub(0), 0, true), up(20*s+10*ms, pub(0), 0, true), resumed(1, sub(0), 21*s), resumed(1, pub(0), 21*s),
			},
			want: []map[string]row{
				{"p0": {From: "b1", To: "b2", SessionPresent: true, Detect: 10 * ms, Reconnect: 20 * ms, Resubscribe: -1, Resume: s}},
				{
					"p0": {From: "b2", To: "b1", SessionPresent: true, Detect: 10 * ms, Reconnect: 8010 * ms, Resubscribe: -1, Resume: 9 * s},
					"s0": {From: "b2", To: "b1", SessionPresent: true, Detect: 10 * ms, Reconnect: 8010 * ms, Resubscribe: 8010 * ms, Resume: 9 * s},
				},
			},
			bystanders: []int{1, 0},
		},
		"a later fault on another broker does not take the blame": {
			steps: []step{
				fault("kill", 1, 10*s, 20*s), fault("pause", 0, 10*s+5*ms, 11*s), resumed(1, pub(0), 11*s),
				down(10*s+20*ms, sub(0), 1), up(10*s+100*ms, sub(0), 1, true), resumed(0, sub(0), 11*s),
			},
			want: []map[string]row{
				{"s0": {From: "b2", To: "b2", SessionPresent: true, Detect: 20 * ms, Reconnect: 100 * ms, Resubscribe: 100 * ms, Resume: s}},
				{"p0": {From: "b1", To: "b1", Detect: -1, Reconnect: -1, Resubscribe: -1, Resume: 995 * ms}},
			},
			bystanders: []int{1, 1},
		},
		"already down when it began: neither hit nor bystander": {
			steps: []step{
				fault("kill", 1, 10*s, 0), down(10*s+10*ms, sub(0), 1), fault("pause", 0, 12*s, 13*s), resumed(1, pub(0), 13*s),
			},
			want: []map[string]row{
				{"s0": {From: "b2", Detect: 10 * ms, Reconnect: -1, Resubscribe: -1, Resume: -1}},
				{"p0": {From: "b1", To: "b1", Detect: -1, Reconnect: -1, Resubscribe: -1, Resume: s}},
			},
			bystanders: []int{1, 0},
		},
		"hit as a consequence, on another broker": {
			steps: []step{
				fault("kill", 0, 10*s, 15*s), down(10*s+10*ms, pub(0), 0), up(10*s+20*ms, pub(0), 1, true), resumed(0, pub(0), 11*s),
				down(12*s, sub(0), 1), up(12*s+500*ms, sub(0), 1, true), resumed(0, sub(0), 13*s),
			},
			want: []map[string]row{{
				"p0": {From: "b1", To: "b2", SessionPresent: true, Detect: 10 * ms, Reconnect: 20 * ms, Resubscribe: -1, Resume: s},
				"s0": {
					From: "b2", To: "b2", SessionPresent: true, Detect: 2 * s, Reconnect: 2500 * ms, Resubscribe: 2500 * ms, Resume: 3 * s,
				},
			}},
			bystanders: []int{0},
		},
		"served while the broker was stopping, and then again": {
			steps: []step{
				fault("stop", 0, 10*s, 15*s), resumed(0, pub(0), 10*s+5*ms),
				down(10*s+50*ms, pub(0), 0), up(10*s+80*ms, pub(0), 1, true), resumed(0, pub(0), 11*s),
			},
			want: []map[string]row{{
				"p0": {From: "b1", To: "b2", SessionPresent: true, Detect: 50 * ms, Reconnect: 80 * ms, Resubscribe: -1, Resume: s},
			}},
			bystanders: []int{1},
		},
		"served while the broker was stopping, later successes not on record": {
			steps: []step{
				fault("stop", 0, 10*s, 15*s), resumed(0, pub(0), 10*s+5*ms), down(10*s+50*ms, pub(0), 0), up(10*s+80*ms, pub(0), 1, true),
			},
			want: []map[string]row{{
				"p0": {From: "b1", To: "b2", SessionPresent: true, Detect: 50 * ms, Reconnect: 80 * ms, Resubscribe: -1, Resume: 80 * ms},
			}},
			bystanders: []int{1},
		},
		"a fault that was never begun hit nobody": {
			steps:      []step{fault("kill", 1, 10*s, 0), failed(0, "not begun: the run ended before its time")},
			want:       []map[string]row{{}},
			bystanders: []int{0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append(append([]step{}, flow...), c.steps...)...).judge(t)
			if len(a.Injections) != len(c.want) {
				t.Fatalf("%d injections, want %d", len(a.Injections), len(c.want))
			}
			for n, want := range c.want {
				i := a.Injections[n]
				if d := cmp.Diff(want, ways(i), cmpopts.EquateEmpty()); d != "" {
					t.Errorf("injection %d (-want +got):\n%s", n, d)
				}
				if i.Bystanders != c.bystanders[n] {
					t.Errorf("injection %d: %d bystanders, want %d", n, i.Bystanders, c.bystanders[n])
				}
				if i.Affected != len(want) || i.Resumed+i.NeverResumed != i.Affected || int64(i.Resumed) != i.Resume.TotalCount() {
					t.Errorf("injection %d: affected %d, resumed %d, never %d, histogram of %d", n,
						i.Affected, i.Resumed, i.NeverResumed, i.Resume.TotalCount())
				}
			}
		})
	}
}

// failed gives an injection an error before it did anything.
func failed(n int, text string) step {
	return func(s *story) {
		i := &s.run.Injections[n]
		i.Error, i.Healing, i.Healed = text, 0, 0
	}
}

// Clients that never resume rank above all others: they are not dropped from a quantile.
func TestFailoverQuantile(t *testing.T) {
	injection := func(resumed, never int) *check.Injection {
		i := &check.Injection{Affected: resumed + never, Resumed: resumed, NeverResumed: never}
		for n := range resumed {
			i.Clients = append(i.Clients, check.ClientFailover{Resume: time.Duration(resumed-n) * s})
		}
		for range never {
			i.Clients = append(i.Clients, check.ClientFailover{Resume: -1})
		}
		return i
	}
	for _, c := range []struct {
		resumed, never int
		q              float64
		want           time.Duration
	}{
		{0, 0, 0.5, 0},
		{0, 1, 0.5, -1},
		{1, 0, 0.5, s},
		{1, 1, 0.5, s},
		{1, 1, 0.51, -1},
		{9, 1, 0.9, 9 * s},
		{9, 1, 0.91, -1},
		{10, 0, 0.9, 9 * s},
		{10, 0, 1, 10 * s},
		{10, 0, 0, s},
		{99, 1, 0.99, 99 * s},
		{98, 2, 0.99, -1},
		{100, 0, 0.07, 7 * s},
	} {
		if got := injection(c.resumed, c.never).FailoverQuantile(c.q); got != c.want {
			t.Errorf("%d resumed, %d never: quantile %g = %s, want %s", c.resumed, c.never, c.q, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i := injection(rapid.IntRange(0, 50).Draw(t, "resumed"), rapid.IntRange(0, 50).Draw(t, "never"))
		p, q := rapid.Float64Range(0, 1).Draw(t, "p"), rapid.Float64Range(0, 1).Draw(t, "q")
		low, high := i.FailoverQuantile(min(p, q)), i.FailoverQuantile(max(p, q))
		if low < 0 && high >= 0 || low >= 0 && high >= 0 && low > high {
			t.Fatalf("quantile %g = %s but %g = %s", min(p, q), low, max(p, q), high)
		}
	})
}

// How the system as a whole came back, from the seconds of the timeline. The fault is in force from 6s to 10s.
func TestAvailability(t *testing.T) {
	for name, c := range map[string]struct {
		steps         []step
		rateBack, gap time.Duration
		latencyBack   time.Duration
	}{
		"never off":                     {[]step{timeline("99999999999999999999")}, 0, 0, 0},
		"four seconds away":             {[]step{timeline("99990000999999999999")}, 5 * s, 4 * s, 5 * s},
		"back, but not for long enough": {[]step{timeline("99990099009999999999")}, 7 * s, 2 * s, 7 * s},
		"never back":                    {[]step{timeline("99990000000000000000")}, -1, 16 * s, -1},
		"back too late to be sure":      {[]step{timeline("99990000000000000099")}, -1, 14 * s, -1},
		"slower, not gone":              {[]step{timeline("99997777999999999999")}, 5 * s, 0, 0},
		"nothing to compare with":       {nil, -1, 0, -1},
		"off, but through a later fault": {
			[]step{timeline("99999999900999999999"), fault("kill", 1, 10500*ms, 12*s)}, 0, 2 * s, 0,
		},
		"nothing due in the outage":  {[]step{timeline("99990000999999999999"), idle(5, 8)}, 5 * s, 4 * s, 5 * s},
		"nothing due, nothing amiss": {[]step{timeline("99990000999999999999"), idle(4, 8)}, 0, 0, 0},
		"a closed loop, in which nothing is due while there is no room": {
			[]step{timeline("99990000999999999999"), idle(4, 8), window(5)}, 5 * s, 4 * s, 5 * s,
		},
		"half as much is due since then": {[]step{timeline("88888844444444444444"), dueAs("88888844444444444444")}, 0, 0, 0},
		"half as much comes of what is due since then": {
			[]step{timeline("88888844444444448888"), dueAs("88888888888888888888")}, 13 * s, 0, 0,
		},
		"latency off for three seconds": {[]step{timeline("99999999999999999999"), slow(4, 7)}, 0, 0, 4 * s},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append([]step{acked("0-9"), received("0-9"), fault("pause", 1, 6*s, 10*s)}, c.steps...)...).judge(t)
			i := a.Injections[0]
			if i.RateBack != c.rateBack || i.LatencyBack != c.latencyBack || a.UnavailabilityGap != c.gap {
				t.Errorf("rate back %s, latency back %s, gap %s, want %s, %s, %s",
					i.RateBack, i.LatencyBack, a.UnavailabilityGap, c.rateBack, c.latencyBack, c.gap)
			}
		})
	}
}

// window makes a closed loop of the publisher.
func window(n int) step { return func(s *story) { s.run.Publishers[0].Window = n } }

// dueAs says how much is due in each second, as timeline says how much is delivered.
func dueAs(due string) step {
	return func(s *story) {
		for n, digit := range due {
			s.run.Timeline[n].Due = uint64(digit - '0')
		}
	}
}

// idle makes the seconds from first up to behind last ones in which nothing was due.
func idle(first, last int) step {
	return func(s *story) {
		for n := first; n < last; n++ {
			s.run.Timeline[n].Due = 0
		}
	}
}

// slow makes the seconds from first up to behind last ten times as slow.
func slow(first, last int) step {
	return func(s *story) {
		for n := first; n < last; n++ {
			s.run.Timeline[n].EndToEndP99 *= 10
		}
	}
}
