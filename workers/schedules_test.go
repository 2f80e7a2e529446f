package workers

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// groupOf draws a group of publishers whose rate is of any kind.
func groupOf(t *rapid.T) scenarios.PublisherGroup {
	rate := func(label string) scenarios.Rate { return scenarios.Rate(rapid.IntRange(0, 40).Draw(t, label)) }
	g := scenarios.PublisherGroup{
		Name: "p", Count: rapid.IntRange(1, 60).Draw(t, "count"), Topic: "t/{n}",
		Duplicate: rapid.Bool().Draw(t, "duplicate"),
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		g.Rate = rate("rate")
	case 1:
		for range rapid.IntRange(1, 4).Draw(t, "stages") {
			g.Stages = append(g.Stages, scenarios.Stage{
				For:  time.Duration(rapid.IntRange(1, 3000).Draw(t, "for")) * time.Millisecond,
				Rate: scenarios.Ramp{From: rate("from"), To: rate("to")},
			})
		}
	case 2:
		g.Rate, g.Burst = rate("base"), &scenarios.Burst{Every: 700 * time.Millisecond, For: 100 * time.Millisecond, Rate: rate("burst")}
	case 3:
		g.Sine = &scenarios.Sine{Period: 900 * time.Millisecond, Low: 1, High: 1 + rate("high")}
	case 4:
		g.Replay.Rows = []scenarios.ReplayRow{{At: 100 * time.Millisecond, Rate: rate("first")}, {At: time.Second, Rate: rate("second")}}
	}
	return g
}

// planned makes the assignment of some groups at two brokers.
func planned(t interface{ Fatal(...any) }, seed uint64, groups ...scenarios.PublisherGroup) *Assignment {
	s := load(groups[0])
	for i := range groups {
		groups[i].Brokers = scenarios.PlacementSpread
	}
	s.Workload.Publishers, s.Seed, s.Topology.Nodes, s.Phases.Measure = groups, seed, 2, 5*time.Second
	a, err := Assign(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A group sends what its rate comes to over all its clients, to the message, at any time; a rate per group is that of
// one client times their number; and the plan says so.
func TestGroupsOfferTheirRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := groupOf(t)
		perGroup := g
		perGroup.Name, perGroup.Topic, perGroup.Per = "q", "u/{n}", scenarios.PerGroup
		a := planned(t, rapid.Uint64().Draw(t, "seed"), g, perGroup)
		schedules := a.Schedules()
		end := time.Duration(rapid.Int64Range(1, int64(5*time.Second)).Draw(t, "end"))
		var sent [2]float64
		for n, p := range a.Publishers {
			if !p.Copy {
				sent[p.Group] += float64(schedules.Pacer(n).Before(end))
			}
		}
		one := curveOf(&g).Count(end)
		for group, want := range [2]float64{one * float64(g.Count), one} {
			if math.Abs(sent[group]-want) > 1.5 {
				t.Errorf("group %d sends %v messages up to %v, want %v", group, sent[group], end, want)
			}
			copies := 1.0
			if g.Duplicate {
				copies = 2
			}
			if c := schedules.Group(group, end, 7); math.Abs(c.Mean*end.Seconds()-want*copies) > 1e-6*want+1e-9 {
				t.Errorf("group %d: mean %v over %v, want %v messages", group, c.Mean, end, want*copies)
			}
		}
	})
}

// The parts of the course add up to its mean and lie within its bounds.
func TestCourseAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := groupOf(t), groupOf(t)
		second.Name, second.Topic = "q", "u/{n}"
		a := planned(t, 1, first, second)
		length := time.Duration(rapid.Int64Range(int64(time.Second), int64(20*time.Second)).Draw(t, "length"))
		c := a.Schedules().Course(length, 13)
		sum := 0.0
		for _, rate := range c.Parts {
			sum += rate / 13
			if rate < c.Low*(1-1e-6)-1e-6 || rate > c.Peak*(1+1e-6)+1e-6 {
				t.Fatalf("a part with %v/s, outside %v to %v", rate, c.Low, c.Peak)
			}
		}
		if math.Abs(sum-c.Mean) > 1e-9*c.Mean+1e-9 {
			t.Fatalf("parts with a mean of %v, want %v", sum, c.Mean)
		}
	})
}

// The clients of a group are spread over the period, and so is any run of neighbours, such as those of a route.
func TestPhasesAreSpread(t *testing.T) {
	for _, count := range []int{1, 2, 3, 4, 6, 10, 100, 360, 500, 997, 5040} {
		a := planned(t, 3, scenarios.PublisherGroup{Name: "p", Count: count, Topic: "t/{n}", Rate: 1})
		schedules := a.Schedules()
		taken := make([]bool, count)
		for n := range count {
			slot := int(math.Floor(schedules.phase(0, n) * float64(count)))
			if taken[slot] {
				t.Fatalf("%d publishers: two in slot %d", count, slot)
			}
			taken[slot] = true
		}
		// A tenth of them, in a row: in each quarter of the period there is about a quarter of these.
		if count < 100 {
			continue
		}
		for first := 0; first+count/10 <= count; first += count / 10 {
			var quarters [4]int
			for n := first; n < first+count/10; n++ {
				quarters[int(schedules.phase(0, n)*4)]++
			}
			for _, quarter := range quarters {
				if want := float64(count) / 40; math.Abs(float64(quarter)-want) > 3+want/10 {
					t.Errorf("%d publishers: %v of those from %d on by quarters, want %v each", count, quarters, first, want)
				}
			}
		}
	}
}

// The infos say what the schedules have; a closed loop has none.
func TestInfosSayWhatIsPlanned(t *testing.T) {
	a := planned(t, 1,
		scenarios.PublisherGroup{Name: "p", Count: 3, Topic: "t/{n}", Stages: []scenarios.Stage{{For: 5 * time.Second, Rate: scenarios.Ramp{To: 10}}}},
		scenarios.PublisherGroup{Name: "q", Count: 2, Topic: "u/{n}", Rate: scenarios.Rate(math.Inf(1)), Window: 4},
	)
	infos, _ := a.Infos()
	for n, info := range infos {
		switch {
		case n < 3 && (info.Rate != 5 || info.Planned != 25 || info.Window != 0),
			n >= 3 && (info.Rate != 0 || info.Planned != 0 || info.Window != 4):
			t.Errorf("publisher %d: %+v", n, info)
		}
	}
	if e := a.Expected(); e.Measure.Messages != 75 {
		t.Errorf("%d messages expected, want 75", e.Measure.Messages)
	}
	if c := a.Schedules().Course(5*time.Second, 5); c.Closed != 2 || c.Low != 0 || c.Peak != 30 || c.Mean != 15 {
		t.Errorf("course %+v", c)
	}
}

// An assignment that went through JSON has the same schedules, those of recordings too.
func TestSchedulesSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := planned(t, 9, groupOf(t))
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again Assignment
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		first, second := a.Schedules(), again.Schedules()
		for n := range a.Publishers {
			p, q := first.Pacer(n), second.Pacer(n)
			for range 20 {
				if at, other := p.Next(), q.Next(); at != other {
					t.Fatalf("publisher %d: due at %v and, after JSON, %v", n, at, other)
				} else if at == pace.Never {
					break
				}
			}
		}
	})
}
