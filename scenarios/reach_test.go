package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// arrivals counts how often each broker gets a message that broker at took from a publisher whose home is broker home,
// when brokers do what bridges do: pass a message on over each of their bridges but the one that it came by. It gives
// up on messages that go round.
func arrivals(t scenarios.Topology, home, at int) []int {
	type hop struct{ broker, by int }
	links := t.BridgeLinks()
	counts := make([]int, t.Nodes)
	for pending := []hop{{at, -1}}; len(pending) > 0; pending = pending[1:] {
		here := pending[0]
		if counts[here.broker]++; counts[here.broker] > 9 {
			return counts
		}
		for i, link := range links {
			carried := t.Shape != scenarios.ShapeMesh || link.From == home
			switch {
			case i == here.by || !carried:
			case link.From == here.broker && link.Direction != scenarios.DirectionIn:
				pending = append(pending, hop{link.To, i})
			case link.To == here.broker && link.Direction == scenarios.DirectionBoth:
				pending = append(pending, hop{link.From, i})
			}
		}
	}
	return counts
}

func bridged(shape scenarios.Shape, nodes int, direction scenarios.Direction) scenarios.Topology {
	return scenarios.Topology{Shape: shape, Nodes: nodes, Bridge: scenarios.Bridge{Direction: direction}}
}

// TestBridgesDeliverOnce: along the bridges of each shape a message comes to every broker that it can reach by exactly
// one way, and to no other; with the defaults that is every broker, but for edges.
func TestBridgesDeliverOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(2, 12).Draw(t, "nodes")
		topology := rapid.SampledFrom([]scenarios.Topology{
			bridged(scenarios.ShapeStar, nodes, scenarios.DirectionBoth), bridged(scenarios.ShapeStar, nodes, scenarios.DirectionOut),
			bridged(scenarios.ShapeChain, nodes, scenarios.DirectionBoth), bridged(scenarios.ShapeChain, nodes, scenarios.DirectionOut),
			bridged(scenarios.ShapeMesh, nodes, scenarios.DirectionOut), bridged(scenarios.ShapeEdge, nodes, scenarios.DirectionOut),
		}).Draw(t, "topology")
		home, at := rapid.IntRange(0, nodes-1).Draw(t, "home"), rapid.IntRange(0, nodes-1).Draw(t, "at")
		for to, got := range arrivals(topology, home, at) {
			want := 0
			if topology.Reaches(home, at, to) {
				want = 1
			}
			if got != want {
				t.Fatalf("%s: from %d (home %d) to %d: %d arrivals, want %d", topology.Shape, at, home, to, got, want)
			}
			everywhere := topology.Bridge.Direction == scenarios.DirectionBoth || topology.Shape == scenarios.ShapeMesh && at == home
			if everywhere && want == 0 {
				t.Fatalf("%s: from %d to %d is out of reach", topology.Shape, at, to)
			}
		}
	})
}

func TestReachWithoutBridges(t *testing.T) {
	for shape, want := range map[scenarios.Shape]bool{
		scenarios.ShapeCluster: true, scenarios.ShapeIndependent: false, scenarios.ShapeStandby: false,
	} {
		topology := scenarios.Topology{Shape: shape, Nodes: 3}
		if got := topology.Reaches(0, 1, 2); got != want || !topology.Reaches(0, 1, 1) || len(topology.BridgeLinks()) > 0 {
			t.Errorf("%s: from b2 to b3: %t, want %t; to itself: %t; bridges: %v", shape, got, want, topology.Reaches(0, 1, 1),
				topology.BridgeLinks())
		}
	}
}

func TestBridgeLinks(t *testing.T) {
	for shape, want := range map[scenarios.Shape]string{
		scenarios.ShapeStar:  "[{1 0 both} {2 0 both} {3 0 both}]",
		scenarios.ShapeChain: "[{1 0 both} {2 1 both} {3 2 both}]",
		scenarios.ShapeEdge:  "[{1 0 out} {2 0 out} {3 0 out}]",
		scenarios.ShapeMesh: "[{0 1 out} {0 2 out} {0 3 out} {1 0 out} {1 2 out} {1 3 out} {2 0 out} {2 1 out} {2 3 out} " +
			"{3 0 out} {3 1 out} {3 2 out}]",
	} {
		text := fmt.Sprintf("topology={broker: mosquitto, shape: %s, nodes: 4}", shape)
		s := parse(t, minimal, text, "workload.publishers[0].topic={broker}/x/{n}")
		if got := fmt.Sprint(s.Topology.BridgeLinks()); got != want {
			t.Errorf("bridges of shape %s: %s, want %s", shape, got, want)
		}
	}
}

// TestProxied: only the links that a fault may change by a proxy pass one.
func TestProxied(t *testing.T) {
	const clients = scenarios.Clients
	for _, test := range []struct {
		name, topology string
		chaos          []string
		want           []scenarios.Link
	}{
		{"no fault", "shape: star", nil, nil},
		{"kills need none", "shape: star", []string{"fault: kill, target: b1"}, nil},
		{"packets need none", "shape: star, runtime: container", []string{"fault: reset, target: b1, links: all"}, nil},
		{"one broker's clients", "shape: star", []string{"fault: reset, target: b2"}, []scenarios.Link{{clients, 1}}},
		{
			"the bridges at a broker", "shape: chain", []string{"fault: reset, target: b2, links: brokers"},
			[]scenarios.Link{{1, 0}, {2, 1}},
		},
		{
			"all at a hub", "shape: star", []string{"fault: latency, delay: 1ms, target: b1, links: all"},
			[]scenarios.Link{{clients, 0}, {1, 0}, {2, 0}},
		},
		{
			"whatever may be drawn", "shape: star", []string{"fault: reset, target: random, links: all"},
			[]scenarios.Link{{clients, 0}, {clients, 1}, {clients, 2}, {1, 0}, {2, 0}},
		},
		{
			"both ways of a mesh", "shape: mesh", []string{"fault: reset, target: b3, links: brokers"},
			[]scenarios.Link{{0, 2}, {1, 2}, {2, 0}, {2, 1}},
		},
		{
			"between sides", "shape: mesh", []string{"fault: partition, sides: [[b1], [b2]]"},
			[]scenarios.Link{{0, 1}, {1, 0}},
		},
		{
			"between clients and a side", "shape: chain", []string{"fault: partition, sides: [[b1, clients], [b2]]"},
			[]scenarios.Link{{clients, 1}, {1, 0}},
		},
		{
			"with a direction, the first side from the others", "shape: mesh",
			[]string{"fault: partition, sides: [[b2], [b1], [b3]], direction: in"},
			[]scenarios.Link{{0, 1}, {1, 0}, {1, 2}, {2, 1}},
		},
		{
			"several faults, each link once", "shape: independent",
			[]string{"fault: reset, target: b1", "fault: partition, sides: [[clients], [b1, b3]]"},
			[]scenarios.Link{{clients, 0}, {clients, 2}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var chaos string
			for i, fault := range test.chaos {
				chaos += fmt.Sprintf("{at: %ds, for: 1s, %s}, ", 1+3*i, fault)
			}
			s := parse(t, minimal, "topology={broker: mosquitto, nodes: 3, "+test.topology+"}",
				"workload.publishers[0].topic={broker}/x/{n}", "chaos=["+chaos+"]")
			if diff := cmp.Diff(test.want, s.Proxied()); diff != "" {
				t.Errorf("proxied links (-want +got):\n%s", diff)
			}
		})
	}
}
