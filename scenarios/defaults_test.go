package scenarios_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

// at is the topology of a shape as an override.
func at(shape, more string) string {
	return "topology={broker: mosquitto, nodes: 3, shape: " + shape + more + "}"
}

func TestDefaultsOfBridges(t *testing.T) {
	for shape, want := range map[string]scenarios.Direction{"star": "both", "chain": "both", "edge": "out", "mesh": "out"} {
		s := parse(t, minimal, at(shape, ""), "workload.publishers[0].topic={broker}/{n}")
		bridge := scenarios.Bridge{Direction: want, QoS: 1, Session: "persistent", Keepalive: 5 * time.Second}
		if diff := cmp.Diff(bridge, s.Topology.Bridge); diff != "" {
			t.Errorf("bridges of shape %s (-want +got):\n%s", shape, diff)
		}
	}
	s := parse(t, minimal, at("star", ", bridge: {direction: out, qos: 0, session: clean, keepalive: 1m}"))
	bridge := scenarios.Bridge{Direction: "out", Session: "clean", Keepalive: time.Minute}
	if diff := cmp.Diff(bridge, s.Topology.Bridge); diff != "" {
		t.Errorf("bridges as written (-want +got):\n%s", diff)
	}
	if got := parse(t, minimal).Topology.Bridge; got != (scenarios.Bridge{}) {
		t.Errorf("a single broker has bridges: %+v", got)
	}
}

func TestDefaultsOfPlacement(t *testing.T) {
	const subscriber = "workload.subscribers[0]={name: d, count: 1, filter: \"#\", qos: 1}"
	for topology, want := range map[string][2]scenarios.Placement{
		at("independent", ""): {"spread", "spread"}, at("standby", ""): {"b1", "b1"}, at("edge", ""): {"edges", "b1"},
		at("standby", ", runtime: container, balancer: haproxy"): {"spread", "spread"},
	} {
		w := parse(t, minimal, topology, subscriber).Workload
		if p, s := w.Publishers[0].Brokers, w.Subscribers[0].Brokers; p != want[0] || s != want[1] {
			t.Errorf("%s: publishers start at %s and subscribers at %s, want %s", topology, p, s, want)
		}
	}
}

func TestDefaultsOfFaults(t *testing.T) {
	const chaos = `chaos=[{at: 1s, fault: partition, sides: [[b1], [b2, clients]], for: 1s},
		{at: 3s, fault: latency, target: b1, delay: 5ms, for: 1s}, {at: 5s, fault: disconnect, target: all},
		{at: 6s, fault: kill, target: b1, for: 1s}]`
	for runtime, via := range map[string]scenarios.Via{"process": "proxy", "container": "packets"} {
		got := parse(t, minimal, at("star", ", runtime: "+runtime), chaos).Chaos
		want := []scenarios.Fault{
			{
				At: time.Second, Kind: "partition", For: time.Second, Sides: [][]string{{"b1"}, {"b2", "clients"}},
				Direction: "both", Via: via,
			},
			{
				At: 3 * time.Second, Kind: "latency", Target: "b1", For: time.Second, Delay: 5 * time.Millisecond,
				Links: "clients", Via: via,
			},
			{At: 5 * time.Second, Kind: "disconnect", Target: "all", Share: 1, How: "drop"},
			{At: 6 * time.Second, Kind: "kill", Target: "b1", For: time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("faults in runtime %s (-want +got):\n%s", runtime, diff)
		}
	}
}

// TestNetemIsAskedForOnce: whether the kernel holds packets up costs a container to find out, so only a scenario that
// needs it has it asked.
func TestNetemIsAskedForOnce(t *testing.T) {
	const latency = "{fault: latency, delay: 1ms, target: random, for: 1s, at: "
	for _, c := range []struct {
		runtime, chaos string
		lacks          error
		asked          int
		refused        bool
	}{
		{"container", latency + "1s}, " + latency + "3s}", nil, 1, false},
		{"container", latency + "1s}, " + latency + "3s}", errors.New("no netem"), 1, true},
		{"container", latency + "1s, via: proxy}", errors.New("no netem"), 0, false},
		{"container", "{at: 1s, fault: loss, loss: 1%, target: b1}", errors.New("no netem"), 0, false},
		{"process", latency + "1s}", errors.New("no netem"), 0, false},
	} {
		asked := 0
		_, err := scenarios.Parse("test.yaml", []byte(minimal), scenarios.LoadOptions{
			Overrides: []string{at("star", ", runtime: "+c.runtime), "chaos=[" + c.chaos + "]"},
			Netem:     func() error { asked++; return c.lacks },
		})
		if asked != c.asked || (err != nil) != c.refused {
			t.Errorf("%s, %s: asked %d times, want %d; error %v, want one: %t", c.runtime, c.chaos, asked, c.asked, err, c.refused)
		}
	}
}
