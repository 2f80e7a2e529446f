package workers

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

// places tells of each client where it starts, and the brokers of its own.
func places(a *Assignment) (all []string) {
	for _, p := range a.Publishers {
		all = append(all, fmt.Sprintf("%s at %s %v copy %v", p.Topic, a.Brokers[p.Home], p.Route, p.Copy))
	}
	for _, s := range a.Subscribers {
		all = append(all, fmt.Sprintf("%v at %s %v account %d copy %v", s.Filters, a.Brokers[s.Home], s.Route, s.Account, s.Copy))
	}
	return all
}

func TestPlaces(t *testing.T) {
	stories := map[string]struct {
		change func(s *scenarios.Scenario)
		want   []string
	}{
		"spread": {func(*scenarios.Scenario) {}, []string{
			"a/1 at b1 [] copy false", "a/2 at b2 [] copy false",
			"[a/#] at b1 [] account 0 copy false", "[a/#] at b2 [] account 1 copy false",
		}},
		"fallback": {func(s *scenarios.Scenario) {
			s.Workload.Publishers[0].Fallback = []string{"b3", "b1"}
		}, []string{
			"a/1 at b1 [0 2] copy false", "a/2 at b2 [1 2 0] copy false",
			"[a/#] at b1 [] account 0 copy false", "[a/#] at b2 [] account 1 copy false",
		}},
		"by route": {func(s *scenarios.Scenario) {
			s.Workload.Routes = []scenarios.Route{{Filter: "a/2", Broker: "b3"}, {Filter: "a/#", Broker: "b2"}}
			s.Workload.Publishers[0].Brokers, s.Workload.Subscribers[0].Brokers = "route", "route"
		}, []string{
			"a/1 at b2 [] copy false", "a/2 at b3 [] copy false",
			"[a/#] at b2 [] account 0 copy false", "[a/#] at b2 [] account 1 copy false",
		}},
		"duplicates stay each at its broker": {func(s *scenarios.Scenario) {
			s.Workload.Publishers[0].Duplicate, s.Workload.Subscribers[0].Duplicate = true, true
			s.Workload.Subscribers[0].Brokers = "b3"
		}, []string{
			"a/1 at b1 [0] copy false", "a/1 at b2 [1] copy true", "a/2 at b2 [1] copy false", "a/2 at b3 [2] copy true",
			"[a/#] at b3 [2] account 0 copy false", "[a/#] at b1 [0] account 0 copy true",
			"[a/#] at b3 [2] account 1 copy false", "[a/#] at b1 [0] account 1 copy true",
		}},
		"balancer": {func(s *scenarios.Scenario) { s.Topology.Balancer = scenarios.BalancerHAProxy }, []string{
			"a/1 at balancer [3] copy false", "a/2 at balancer [3] copy false",
			"[a/#] at balancer [3] account 0 copy false", "[a/#] at balancer [3] account 1 copy false",
		}},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 2, Topic: "a/{n}", QoS: 1, Rate: 1},
				scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: "a/#", QoS: 1})
			s.Topology.Nodes = 3
			story.change(s)
			a := mustAssign(t, s)
			if diff := cmp.Diff(story.want, places(a)); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
			if balanced := name == "balancer"; a.Balanced != balanced || (len(a.Brokers) == 4) != balanced {
				t.Errorf("balanced %v over %v", a.Balanced, a.Brokers)
			}
			text, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			var back Assignment
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a, &back); diff != "" {
				t.Errorf("after a round trip (-want +got):\n%s", diff)
			}
		})
	}
}

// What one broker granted says nothing about another unless they share sessions.
func TestSessionsApart(t *testing.T) {
	for shape, want := range map[scenarios.Shape]bool{
		scenarios.ShapeSingle: false, scenarios.ShapeCluster: false, scenarios.ShapeIndependent: true,
		scenarios.ShapeStandby: true, scenarios.ShapeStar: true, scenarios.ShapeChain: true, scenarios.ShapeMesh: true,
		scenarios.ShapeEdge: true,
	} {
		s := plant()
		s.Topology.Shape = shape
		if got := mustAssign(t, s).Apart; got != want {
			t.Errorf("%s: apart %v, want %v", shape, got, want)
		}
	}
}

// A copy publishes the same messages at the same times, and what is published twice is owed once.
func TestCopiesHaveTheScheduleOfTheirOriginals(t *testing.T) {
	s := plant()
	plain := mustAssign(t, s)
	s.Workload.Publishers[0].Duplicate = true
	a := mustAssign(t, s)
	publishers, subscribers := a.Infos()
	if len(publishers) != 30*2+6 || len(subscribers[0].Publishers) != 30*2+6 {
		t.Fatalf("%d publishers, of which the first subscriber has %d", len(publishers), len(subscribers[0].Publishers))
	}
	for n := range 30 {
		original, copied := a.Schedules().Pacer(2*n), a.Schedules().Pacer(2*n+1)
		for range 20 {
			if due, again := original.Next(), copied.Next(); due != again {
				t.Fatalf("publisher %d: a message is due at %v, its copy at %v", n, due, again)
			}
		}
		if !publishers[2*n+1].Copy || publishers[2*n].Copy || publishers[2*n].Topic != publishers[2*n+1].Topic {
			t.Errorf("publisher %d: %+v and %+v", n, publishers[2*n], publishers[2*n+1])
		}
	}
	first, second := a.Schedules().Pacer(0), a.Schedules().Pacer(2)
	if first.Next() == second.Next() {
		t.Error("two originals have the same schedule")
	}
	twice, once := a.Expected().Measure, plain.Expected().Measure
	slack := once.Deliveries / 20 // the draws of the sensors are others
	if twice.Deliveries > once.Deliveries+slack || twice.Deliveries+slack < once.Deliveries ||
		twice.Messages < once.Messages+30*2*uint64(s.Phases.Measure/time.Second)*9/10 {
		t.Errorf("%+v is due with copies, %+v without", twice, once)
	}
}
