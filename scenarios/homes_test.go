package scenarios_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

func TestHomes(t *testing.T) {
	routes := []scenarios.Route{{Filter: "a/1", Broker: "b3"}, {Filter: "a/+", Broker: "b2"}, {Filter: "a/#", Broker: "b1"}}
	for _, c := range []struct {
		place         scenarios.Placement
		topic, filter string
		want          []string
	}{
		{"spread", "a/{n}", "a/{n}", []string{"b1", "b2", "b3", "b1"}},
		{"edges", "a/{n}", "a/{n}", []string{"b2", "b3", "b2", "b3"}},
		{"b2", "a/{n}", "a/{n}", []string{"b2", "b2", "b2", "b2"}},
		{"route", "a/{n}", "a/{n}", []string{"b3", "b2", "b2", "b2"}},
		{"route", "a/{name}/{n}", "a/+/{n}", []string{"b1", "b1", "b1", "b1"}},
		{"route", "b", "#", []string{"", "", "", ""}},
		{"route", "a/b/c", "a/+/#", []string{"b1", "b1", "b1", "b1"}},
	} {
		s := &scenarios.Scenario{Topology: scenarios.Topology{Nodes: 3}, Workload: scenarios.Workload{Routes: routes}}
		p := scenarios.PublisherGroup{Name: "p", Brokers: c.place, Topic: c.topic}
		f := scenarios.SubscriberGroup{Name: "s", Brokers: c.place, Filters: []string{c.filter, "x"}, Share: "together"}
		var publishers, subscribers []string
		for n := 1; n <= len(c.want); n++ {
			publishers = append(publishers, s.PublisherHome(p, n))
			subscribers = append(subscribers, s.SubscriberHome(f, n))
		}
		if diff := cmp.Diff(c.want, publishers); diff != "" {
			t.Errorf("homes of publishers of %s, %s (-want +got):\n%s", c.topic, c.place, diff)
		}
		if diff := cmp.Diff(c.want, subscribers); diff != "" {
			t.Errorf("homes of subscribers of %s, %s (-want +got):\n%s", c.filter, c.place, diff)
		}
	}
}
