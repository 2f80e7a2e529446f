package chaos

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// story is a scenario with the given number of brokers, 60 s of measurement and the given schedule.
func story(nodes int, seed uint64, faults ...scenarios.Fault) *scenarios.Scenario {
	return &scenarios.Scenario{
		Seed: seed, Topology: scenarios.Topology{Nodes: nodes}, Phases: scenarios.Phases{Measure: time.Minute}, Chaos: faults,
	}
}

func TestNewPlan(t *testing.T) {
	const s = time.Second
	partition := scenarios.Impairment{
		Fault: scenarios.Fault{Kind: "partition", Direction: "both", Via: "packets"}, Sides: [][]int{{2, 0}, {1}},
	}
	tests := []struct {
		name   string
		nodes  int
		faults []scenarios.Fault
		want   Plan
	}{
		{"nothing", 3, nil, Plan{}},
		{
			"a named kill", 3, []scenarios.Fault{{At: 10 * s, Kind: scenarios.FaultKill, Target: "b2", For: 5 * s}},
			Plan{{At: 10 * s, Fault: scenarios.FaultKill, Targets: []int{1}, For: 5 * s, After: -1}},
		},
		{
			"every 20 s until the end", 3,
			[]scenarios.Fault{{At: 10 * s, Kind: scenarios.FaultPause, Target: "b1", For: 5 * s, Every: 20 * s}},
			Plan{
				{At: 10 * s, Fault: scenarios.FaultPause, Targets: []int{0}, For: 5 * s, After: -1},
				{At: 30 * s, Fault: scenarios.FaultPause, Targets: []int{0}, For: 5 * s, After: -1},
				{At: 50 * s, Fault: scenarios.FaultPause, Targets: []int{0}, For: 5 * s, After: -1},
			},
		},
		{
			"all at once, never healed before the end", 2, []scenarios.Fault{{At: s, Kind: scenarios.FaultStop, Target: scenarios.TargetAll}},
			Plan{{At: s, Fault: scenarios.FaultStop, Targets: []int{0, 1}, After: -1}},
		},
		{
			"the leader is found when it is time", 3, []scenarios.Fault{{At: s, Kind: scenarios.FaultKill, Target: scenarios.TargetLeader}},
			Plan{{At: s, Fault: scenarios.FaultKill, Leader: true, After: -1}},
		},
		{
			"a partition has its sides, and cuts off the smaller", 3,
			[]scenarios.Fault{{
				At: s, Kind: scenarios.FaultPartition, Sides: [][]string{{"b3", "b1"}, {"b2"}}, Direction: "both", Via: "packets",
				For: 2 * s, Every: 40 * s,
			}},
			Plan{
				{At: s, Fault: scenarios.FaultPartition, Targets: []int{1}, For: 2 * s, After: -1, Impairment: &partition},
				{At: 41 * s, Fault: scenarios.FaultPartition, Targets: []int{1}, For: 2 * s, After: -1, Impairment: &partition},
			},
		},
		{
			"a partition with a direction cuts off its first side, or all others", 3,
			[]scenarios.Fault{
				{
					At: s, Kind: scenarios.FaultPartition, Sides: [][]string{{"b3"}, {"b1"}, {"b2"}}, Direction: "out", Via: "packets",
					For: s,
				},
				{
					At: 3 * s, Kind: scenarios.FaultPartition, Sides: [][]string{{"clients"}, {"b1"}, {"b2"}}, Direction: "out",
					Via: "packets", For: s,
				},
			},
			Plan{
				{At: s, Fault: scenarios.FaultPartition, Targets: []int{2}, For: s, After: -1, Impairment: &scenarios.Impairment{
					Fault: scenarios.Fault{Kind: "partition", Direction: "out", Via: "packets"}, Sides: [][]int{{2}, {0}, {1}},
				}},
				{
					At: 3 * s, Fault: scenarios.FaultPartition, Targets: []int{0, 1}, For: s, After: -1, Line: 1,
					Impairment: &scenarios.Impairment{
						Fault: scenarios.Fault{Kind: "partition", Direction: "out", Via: "packets"},
						Sides: [][]int{{scenarios.Clients}, {0}, {1}},
					},
				},
			},
		},
		{
			"a link fault has its parameters", 3,
			[]scenarios.Fault{{
				At: s, Kind: scenarios.FaultLatency, Target: scenarios.TargetAll, Links: "clients", Via: "proxy",
				Delay: s, Jitter: s / 2,
			}},
			Plan{{
				At: s, Fault: scenarios.FaultLatency, Targets: []int{0, 1, 2}, After: -1, Impairment: &scenarios.Impairment{
					Fault: scenarios.Fault{Kind: "latency", Links: "clients", Via: "proxy", Delay: s, Jitter: s / 2},
				},
			}},
		},
		{
			"clients are disconnected at once", 3,
			[]scenarios.Fault{{At: s, Kind: scenarios.FaultDisconnect, Target: "b3", Share: 0.5, How: "drop", Every: 50 * s}},
			Plan{
				{At: s, Fault: scenarios.FaultDisconnect, Targets: []int{2}, After: -1, Share: 0.5, How: "drop"},
				{At: 51 * s, Fault: scenarios.FaultDisconnect, Targets: []int{2}, After: -1, Share: 0.5, How: "drop"},
			},
		},
		{
			"rolling restarts one behind the other", 3,
			[]scenarios.Fault{{At: 5 * s, Kind: scenarios.FaultRolling, Target: scenarios.TargetAll, Every: 10 * s}},
			Plan{
				{At: 5 * s, Fault: scenarios.FaultRestart, Targets: []int{0}, After: -1},
				{At: 15 * s, Fault: scenarios.FaultRestart, Targets: []int{1}, After: 0},
				{At: 25 * s, Fault: scenarios.FaultRestart, Targets: []int{2}, After: 1},
			},
		},
		{
			"lines are ordered by time, and rolling steps keep who is before them", 2,
			[]scenarios.Fault{
				{At: 20 * s, Kind: scenarios.FaultRolling, Target: scenarios.TargetAll, Every: 20 * s, For: 3 * s},
				{At: 30 * s, Kind: scenarios.FaultPause, Target: "b1", For: s},
			},
			Plan{
				{At: 20 * s, Fault: scenarios.FaultStop, Targets: []int{0}, For: 3 * s, After: -1},
				{At: 30 * s, Fault: scenarios.FaultPause, Targets: []int{0}, For: s, After: -1, Line: 1},
				{At: 40 * s, Fault: scenarios.FaultStop, Targets: []int{1}, For: 3 * s, After: 0},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := NewPlan(story(test.nodes, 1, test.faults...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewPlanRefuses(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name   string
		faults []scenarios.Fault
		want   string
	}{
		{"a broker that does not exist", []scenarios.Fault{{Kind: scenarios.FaultKill, Target: "b9"}}, `target "b9": no such broker`},
		{
			"a draw when all are held",
			[]scenarios.Fault{
				{At: s, Kind: scenarios.FaultPause, Target: scenarios.TargetAll, For: 10 * s},
				{At: 5 * s, Kind: scenarios.FaultKill, Target: scenarios.TargetRandom, For: s},
			},
			"0 of 3 brokers are not under another fault",
		},
		{
			"a leader when all are held",
			[]scenarios.Fault{
				{At: s, Kind: scenarios.FaultCPU, Target: scenarios.TargetAll, CPUs: 1},
				{At: 5 * s, Kind: scenarios.FaultKill, Target: scenarios.TargetLeader, For: s},
			},
			"whoever leads is under another fault",
		},
		{
			"a draw when a partition holds all",
			[]scenarios.Fault{
				{At: s, Kind: scenarios.FaultPartition, Sides: [][]string{{"b1"}, {"b2", "b3"}}, For: 10 * s},
				{At: 5 * s, Kind: scenarios.FaultKill, Target: scenarios.TargetRandom, For: s},
			},
			"0 of 3 brokers are not under another fault",
		},
		{
			"rolling that does not fit",
			[]scenarios.Fault{{At: 30 * s, Kind: scenarios.FaultRolling, Target: scenarios.TargetAll, Every: 20 * s}},
			"the turn of b3 comes at 1m10s, after the end",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewPlan(story(3, 1, test.faults...))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestDrawsBesideOtherKinds: a broker may be drawn for a link fault while it is under one of another kind.
func TestDrawsBesideOtherKinds(t *testing.T) {
	plan, err := NewPlan(story(3, 1,
		scenarios.Fault{At: time.Second, Kind: scenarios.FaultLoss, Target: scenarios.TargetAll, Loss: 0.1},
		scenarios.Fault{At: 2 * time.Second, Kind: scenarios.FaultLatency, Target: scenarios.TargetRandom, Delay: 1},
		scenarios.Fault{At: 3 * time.Second, Kind: scenarios.FaultLatency, Target: scenarios.TargetMajority, Delay: 1},
	))
	if err != nil {
		t.Fatal(err)
	}
	one, two := plan[1].Targets, plan[2].Targets
	if len(one) != 1 || len(two) != 2 || slices.Contains(two, one[0]) {
		t.Errorf("drew %v and then %v, want one broker and then the two others", one, two)
	}
}

// TestDraws: drawn targets have the promised number, exist, and keep clear of every other step; one seed gives one
// plan.
func TestDraws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 9).Draw(t, "nodes")
		target := rapid.SampledFrom([]scenarios.Target{
			scenarios.TargetRandom, scenarios.TargetMinority, scenarios.TargetMajority,
		}).Draw(t, "target")
		seed := rapid.Uint64().Draw(t, "seed")
		fault := scenarios.Fault{At: time.Second, Kind: scenarios.FaultKill, Target: target, For: time.Second, Every: 10 * time.Second}
		plan, err := NewPlan(story(nodes, seed, fault))
		if err != nil {
			t.Fatal(err)
		}
		want := map[scenarios.Target]int{
			scenarios.TargetRandom: 1, scenarios.TargetMinority: max(1, (nodes-1)/2), scenarios.TargetMajority: nodes/2 + 1,
		}[target]
		for _, s := range plan {
			if len(s.Targets) != want || !slices.IsSorted(s.Targets) || s.Targets[0] < 0 || s.Targets[want-1] >= nodes {
				t.Fatalf("%s of %d brokers drew %v", target, nodes, s.Targets)
			}
		}
		again, err := NewPlan(story(nodes, seed, fault))
		if err != nil || cmp.Diff(plan, again) != "" {
			t.Fatalf("the same seed gave another plan (error %v)", err)
		}
	})
}

// TestMonkey: never more than a minority is held at once, everything begins in time, and something happens.
func TestMonkey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 7).Draw(t, "nodes")
		sc := story(nodes, rapid.Uint64().Draw(t, "seed"),
			scenarios.Fault{Kind: scenarios.FaultMonkey, Every: 2 * time.Second, For: 3 * time.Second})
		plan, err := NewPlan(sc)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan) == 0 {
			t.Fatal("the monkey did nothing for a minute")
		}
		for _, s := range plan {
			if s.At < 0 || s.Ends(sc.Phases.Measure) > sc.Phases.Measure {
				t.Fatalf("step %+v lies outside the measurement", s)
			}
			held := map[int]bool{}
			for _, o := range plan {
				if o.At <= s.At && s.At <= o.Ends(sc.Phases.Measure) {
					held[o.Targets[0]] = true
				}
			}
			if len(held) > max(1, (nodes-1)/2) {
				t.Fatalf("%d of %d brokers are held at %s", len(held), nodes, s.At)
			}
		}
	})
}
