package workers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// plant is a scenario with 30 sensors, 6 gauges and three kinds of subscribers on three brokers.
func plant() *scenarios.Scenario {
	return &scenarios.Scenario{
		Name: "plant", Seed: 7,
		Topology: scenarios.Topology{Shape: scenarios.ShapeCluster, Nodes: 3},
		Workload: scenarios.Workload{
			Client: scenarios.Client{Protocol: scenarios.Protocol5, Session: scenarios.SessionPersistent, Keepalive: 5 * time.Second},
			Publishers: []scenarios.PublisherGroup{
				{Name: "sensors", Count: 30, Brokers: "spread", Topic: "plant/{name}/{n}", QoS: 1, Rate: 2, Payload: 128,
					Arrival: scenarios.ArrivalPoisson},
				{Name: "gauges", Count: 6, Brokers: "b2", Topic: "plant/{broker}/{name}-{n}", QoS: 2, Rate: 10, Payload: 64,
					Will: &scenarios.Will{Topic: "gone/{n}", Payload: "bye"}},
			},
			Subscribers: []scenarios.SubscriberGroup{
				{Name: "all", Count: 4, Brokers: "spread", Filter: "plant/#", QoS: 1},
				{Name: "team", Count: 3, Brokers: "spread", Filter: "plant/sensors/+", QoS: 1, Share: "team"},
				{Name: "one", Count: 2, Brokers: "b3", Filters: []string{"plant/sensors/{n}", "plant/+/gauges-{n}"}, QoS: 0},
			},
		},
		Phases: scenarios.Phases{Warmup: 5 * time.Second, Measure: 40 * time.Second},
	}
}

// mustAssign makes an assignment.
func mustAssign(t testing.TB, s *scenarios.Scenario) *Assignment {
	t.Helper()
	a, err := Assign(s, 0xfeedface00000001)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssignPlant(t *testing.T) {
	a := mustAssign(t, plant())
	want := Publisher{Client: "mqb-feedfacf-p-33", Group: 1, Topic: "plant/b2/gauges-3", Home: 1,
		Will: &scenarios.Will{Topic: "gone/3", Payload: "bye"}}
	if diff := cmp.Diff(want, a.Publishers[32]); diff != "" {
		t.Errorf("publisher 32 (-want +got):\n%s", diff)
	}
	if got := a.Publishers[4]; got.Home != 1 || got.Topic != "plant/sensors/5" {
		t.Errorf("publisher 4 starts at broker %d with topic %q, want 1 and plant/sensors/5", got.Home, got.Topic)
	}
	_, infos := a.Infos()
	var got []string
	for _, s := range infos {
		got = append(got, fmt.Sprintf("%s %s account %d shared %v home %d flows %d %v",
			s.Client, s.Group, s.Account, s.Shared, s.Home, len(s.Publishers), s.Filters))
	}
	wantInfos := []string{
		"mqb-feedfacf-s-1 all account 0 shared false home 0 flows 36 [plant/#]",
		"mqb-feedfacf-s-2 all account 1 shared false home 1 flows 36 [plant/#]",
		"mqb-feedfacf-s-3 all account 2 shared false home 2 flows 36 [plant/#]",
		"mqb-feedfacf-s-4 all account 3 shared false home 0 flows 36 [plant/#]",
		"mqb-feedfacf-s-5 team account 4 shared true home 0 flows 30 [$share/team/plant/sensors/+]",
		"mqb-feedfacf-s-6 team account 4 shared true home 1 flows 30 [$share/team/plant/sensors/+]",
		"mqb-feedfacf-s-7 team account 4 shared true home 2 flows 30 [$share/team/plant/sensors/+]",
		"mqb-feedfacf-s-8 one account 5 shared false home 2 flows 2 [plant/sensors/1 plant/+/gauges-1]",
		"mqb-feedfacf-s-9 one account 6 shared false home 2 flows 2 [plant/sensors/2 plant/+/gauges-2]",
	}
	if diff := cmp.Diff(wantInfos, got); diff != "" {
		t.Errorf("subscribers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 31}, infos[8].Publishers); diff != "" {
		t.Errorf("flows of subscriber 8 (-want +got):\n%s", diff)
	}
}

func TestAssignIsAFunctionOfScenarioAndRun(t *testing.T) {
	a, b := mustAssign(t, plant()), mustAssign(t, plant())
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same scenario gave two assignments:\n%s", diff)
	}
	other := plant()
	other.Seed = 8
	c := mustAssign(t, other)
	pa, pc := a.Schedules().Pacer(0), c.Schedules().Pacer(0)
	if pa.Next() == pc.Next() {
		t.Error("another seed gave the same first time")
	}
	d, err := Assign(plant(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if d.Publishers[0].Client == a.Publishers[0].Client {
		t.Error("another run gave the same client identifier")
	}
}

func TestAssignmentSurvivesJSON(t *testing.T) {
	a := mustAssign(t, plant())
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b Assignment
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, &b); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(a.Expected(), b.Expected()); diff != "" {
		t.Errorf("expectation after a round trip (-want +got):\n%s", diff)
	}
}

// A plan of 5,000 publishers and 500 subscribers has to stay small although it holds 2.5 million flows.
func TestLargeAssignmentIsSmall(t *testing.T) {
	s := plant()
	s.Workload.Publishers[0].Count = 5000
	s.Workload.Subscribers[0].Count = 500
	a := mustAssign(t, s)
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if perClient := len(text) / a.Clients(); perClient > 120 {
		t.Errorf("%d bytes of plan per client", perClient)
	}
	if got := len(a.FlowSets[a.Subscribers[0].FlowSet]); got != 1 {
		t.Errorf("all publishers take %d ranges", got)
	}
}

func TestAssignErrors(t *testing.T) {
	tests := []struct {
		name   string
		change func(*scenarios.Scenario)
		want   string
	}{
		{"no brokers", func(s *scenarios.Scenario) { s.Topology.Nodes = 0 }, "no brokers"},
		{"publisher placed nowhere", func(s *scenarios.Scenario) { s.Workload.Publishers[1].Brokers = "b9" },
			`group "gauges": there is no broker "b9"`},
		{"subscriber placed nowhere", func(s *scenarios.Scenario) { s.Workload.Subscribers[2].Brokers = "b4" },
			`group "one": there is no broker "b4"`},
	}
	for _, test := range tests {
		s := plant()
		test.change(s)
		if _, err := Assign(s, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestClientIdentifiersAreShortAndUnique(t *testing.T) {
	s := plant()
	s.Workload.Publishers[0].Count = 30_000
	a := mustAssign(t, s)
	seen := make(map[string]bool)
	for _, p := range a.Publishers {
		seen[p.Client] = true
		if len(p.Client) > 23 {
			t.Fatalf("client identifier %q is longer than every server accepts", p.Client)
		}
	}
	for _, p := range a.Subscribers {
		seen[p.Client] = true
	}
	if len(seen) != a.Clients() {
		t.Errorf("%d identifiers for %d clients", len(seen), a.Clients())
	}
}

func TestExpected(t *testing.T) {
	s := plant()
	s.Workload.Publishers[0].Arrival = scenarios.ArrivalConstant
	got := mustAssign(t, s).Expected()
	// 30 sensors at 2/s: 4 "all" and the team get each, and "one" those of sensors 1 and 2. 6 gauges at 10/s: 4 "all",
	// and one more for gauges 1 and 2.
	perSecond := Offer{Messages: 60 + 60, Deliveries: 60*5 + 2*2 + 60*4 + 2*10}
	want := Expectation{
		Warmup:  Offer{Messages: 5 * perSecond.Messages, Deliveries: 5 * perSecond.Deliveries},
		Measure: Offer{Messages: 40 * perSecond.Messages, Deliveries: 40 * perSecond.Deliveries},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("expected load (-want +got):\n%s", diff)
	}
}

// matches reports whether a filter selects a topic, level by level as the specification has it [MQTT 5.0 §4.7].
func matches(filter, topic string) bool {
	if rest, shared := strings.CutPrefix(filter, "$share/"); shared {
		_, filter, _ = strings.Cut(rest, "/")
	}
	wanted, levels := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") && (wanted[0] == "#" || wanted[0] == "+") {
		return false
	}
	for i, level := range wanted {
		if level == "#" {
			return true // also the parent level: "sport/#" selects "sport"
		}
		if i >= len(levels) || level != "+" && level != levels[i] {
			return false
		}
	}
	return len(wanted) == len(levels)
}

// The tree of topics has to agree with the definition of matching for every topic and filter.
func TestTopicTreeAgreesWithMatches(t *testing.T) {
	level := rapid.SampledFrom([]string{"a", "b", "c", "", "$SYS", "$a"})
	wild := rapid.SampledFrom([]string{"a", "b", "c", "", "+", "+", "$SYS", "$a"})
	rapid.Check(t, func(t *rapid.T) {
		var publishers []Publisher
		for _, levels := range rapid.SliceOfN(rapid.SliceOfN(level, 1, 4), 1, 20).Draw(t, "topics") {
			publishers = append(publishers, Publisher{Topic: strings.Join(levels, "/")})
		}
		var filters []string
		for _, levels := range rapid.SliceOfN(rapid.SliceOfN(wild, 0, 4), 1, 3).Draw(t, "filters") {
			if len(levels) == 0 || rapid.Bool().Draw(t, "multi-level") {
				levels = append(levels, "#")
			}
			filter := strings.Join(levels, "/")
			if rapid.Bool().Draw(t, "shared") {
				filter = "$share/g/" + filter
			}
			filters = append(filters, filter)
		}
		var want []int
		for n, p := range publishers {
			for _, filter := range filters {
				if matches(filter, p.Topic) {
					want = append(want, n)
					break
				}
			}
		}
		if diff := cmp.Diff(want, newTopicTree(publishers).matchAny(filters)); diff != "" {
			t.Fatalf("filters %q on %v (-want +got):\n%s", filters, publishers, diff)
		}
	})
}

func TestRangesAndMembersAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfDistinct(rapid.IntRange(0, 60), rapid.ID[int]).Draw(t, "numbers")
		sorted := append([]int{}, members(nil)...)
		for n := range 61 {
			for _, m := range numbers {
				if m == n {
					sorted = append(sorted, n)
				}
			}
		}
		if diff := cmp.Diff(sorted, members(ranges(sorted))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
