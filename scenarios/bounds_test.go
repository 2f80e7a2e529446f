package scenarios_test

import (
	"strings"
	"testing"

	"github.com/mqbench/mqbench/scenarios"
)

// TestBounds goes to each bound of the language and one step beyond it.
func TestBounds(t *testing.T) {
	const base = `name: bounds
topology: {broker: nats, shape: cluster, nodes: 3}
workload:
  client: {session: persistent}
  publishers:
    - {name: a, count: 10, topic: "a/{n}", qos: 1, rate: 1/s}
  subscribers:
    - {name: b, count: 2, filter: "a/#", qos: 1}
phases: {measure: 60s}
`
	const mochi = "topology={broker: mochi, shape: single}"
	const star = "topology={broker: mosquitto, shape: star, nodes: 3}"
	const containers = "topology={broker: rabbitmq, shape: cluster, runtime: container, nodes: 3}"
	const routed = `workload={routes: [{filter: a/1, broker: b2}, {filter: a/2, broker: b1}], ` +
		`publishers: [{name: a, count: 1, brokers: route, topic: "a/{n}", qos: 1, rate: 1/s}]}`
	for _, c := range []struct {
		name            string
		within, outside []string
		want            string
	}{
		{"payload", []string{"workload.publishers[0].payload=40B"}, []string{"workload.publishers[0].payload=39B"}, "40B"},
		{
			"largest payload",
			[]string{"workload.publishers[0].payload=268369904B"}, []string{"workload.publishers[0].payload=268369905B"}, "packet",
		},
		{"keepalive", []string{"workload.client.keepalive=65535s"}, []string{"workload.client.keepalive=65536s"}, "65535"},
		{
			"expiry", []string{mochi, "workload.client.protocol=5.0", "workload.client.expiry=4294967294s"},
			[]string{mochi, "workload.client.protocol=5.0", "workload.client.expiry=4294967295s"}, "4294967294",
		},
		{"in flight", []string{"workload.client.in_flight=65535"}, []string{"workload.client.in_flight=65536"}, "1 to 65535"},
		{"backlog", []string{"workload.client.backlog=1000000"}, []string{"workload.client.backlog=1000001"}, "0 to 1000000"},
		{"measure", []string{"phases.measure=720h"}, []string{"phases.measure=720h0m1s"}, "720h"},
		{"shortest measure", []string{"phases.measure=1s"}, []string{"phases.measure=999ms"}, "1s or more"},
		{"cluster", []string{"topology.nodes=3"}, []string{"topology.nodes=2"}, "needs at least 3"},
		{
			"sequence numbers", []string{"phases.measure=4252s", "workload.publishers[0].rate=1000000/s"},
			[]string{"phases.measure=4253s", "workload.publishers[0].rate=1000000/s"}, "32 bits",
		},
		{
			"the end of the measurement", []string{"chaos=[{at: 59999ms, fault: restart, target: b1}]"},
			[]string{"chaos=[{at: 60s, fault: restart, target: b1}]"}, "not within",
		},
		{
			"the heal at the end", []string{"chaos=[{at: 50s, fault: kill, target: b1, for: 10s}]"},
			[]string{"chaos=[{at: 50s, fault: kill, target: b1, for: 10001ms}]"}, "ends after",
		},
		{
			"repetition", []string{"chaos=[{at: 5s, fault: kill, target: random, for: 9s, every: 10s}]"},
			[]string{"chaos=[{at: 5s, fault: kill, target: random, for: 10s, every: 10s}]"}, "shorter",
		},
		{
			"the last turn", []string{"chaos=[{at: 10s, fault: rolling, every: 24s}]"},
			[]string{"chaos=[{at: 10s, fault: rolling, every: 25s}]"}, "turn of b3",
		},
		{
			"neighbours", []string{"chaos=[{at: 1s, fault: kill, target: b1, for: 1s}, {at: 2001ms, fault: kill, target: b1}]"},
			[]string{"chaos=[{at: 1s, fault: kill, target: b1, for: 1s}, {at: 2s, fault: kill, target: b1}]"}, "holds it",
		},
		{
			"others", []string{"chaos=[{at: 1s, fault: kill, target: b1}, {at: 2s, fault: kill, target: b2}]"},
			[]string{"chaos=[{at: 1s, fault: kill, target: b1}, {at: 2s, fault: kill, target: all}]"}, "holds it",
		},
		{"minority", []string{"chaos=[{at: 1s, fault: kill, target: minority}]"}, []string{
			mochi, "chaos=[{at: 1s, fault: kill, target: minority}]",
		}, "at least 3"},
		{
			"one topic", []string{"workload.publishers[0].count=1", "workload.publishers[0].topic=a/x"},
			[]string{"workload.publishers[0].count=2", "workload.publishers[0].topic=a/x"}, "told apart",
		},
		{
			"a topic for each broker", []string{"workload.publishers[0].count=3", "workload.publishers[0].topic=a/{broker}"},
			[]string{"workload.publishers[0].count=4", "workload.publishers[0].topic=a/{broker}"}, "told apart",
		},
		{
			"a filter for each subscriber", []string{"workload.subscribers[0]={name: b, count: 10, filter: \"a/{n}\", qos: 1}"},
			[]string{"workload.subscribers[0]={name: b, count: 11, filter: \"a/{n}\", qos: 1}"}, "subscriber 11 of b",
		},
		{
			"the length of a topic", []string{"workload.publishers[0].topic=a/" + strings.Repeat("x", 65526) + "{n}"},
			[]string{"workload.publishers[0].topic=a/" + strings.Repeat("x", 65527) + "{n}"}, "65535",
		},
		{
			"room in the subnet", []string{containers, "topology.subnet=10.0.0.0/29", "topology.nodes=5"},
			[]string{containers, "topology.subnet=10.0.0.0/29", "topology.nodes=6"}, "8 addresses",
		},
		{
			"room for the balancer", []string{containers, "topology.subnet=10.0.0.0/29", "topology.nodes=4", "topology.balancer=haproxy"},
			[]string{containers, "topology.subnet=10.0.0.0/29", "topology.nodes=5", "topology.balancer=haproxy"}, "8 addresses",
		},
		{
			"the networks of nobody", []string{containers, "topology.subnet=198.19.255.0/24"},
			[]string{containers, "topology.subnet=198.20.0.0/24"}, "belongs to others",
		},
		{
			"as much as a private network", []string{containers, "topology.subnet=172.16.0.0/12"},
			[]string{containers, "topology.subnet=172.16.0.0/11"}, "bits behind",
		},
		{
			"memory", []string{containers, "topology.resources={memory: 6MiB}"}, []string{containers, "topology.resources={memory: 6291455B}"},
			"6MiB",
		},
		{
			"open files", []string{containers, "topology.resources.ulimits.nofile=1"},
			[]string{containers, "topology.resources.ulimits.nofile=0"}, "nofile is 0",
		},
		{
			"processors", []string{containers, "topology.resources.cpus=0.01"}, []string{containers, "topology.resources.cpus=0.0099"},
			"0.01 to 1024",
		},
		{
			"keepalive of a bridge", []string{star, "topology.bridge.keepalive=5s"}, []string{star, "topology.bridge.keepalive=4s"},
			"5s or more",
		},
		{
			"jitter", []string{"chaos=[{at: 1s, fault: latency, target: b1, delay: 5ms, jitter: 5ms}]"},
			[]string{"chaos=[{at: 1s, fault: latency, target: b1, delay: 5ms, jitter: 5001us}]"}, "more than the delay",
		},
		{
			"two of a kind", []string{"chaos=[{at: 1s, fault: reset, target: b1, for: 1s}, {at: 2001ms, fault: reset, target: b1}]"},
			[]string{"chaos=[{at: 1s, fault: reset, target: b1, for: 1s}, {at: 2s, fault: reset, target: b1}]"}, "holds it",
		},
		{
			"two kinds", []string{"chaos=[{at: 1s, fault: reset, target: b1}, {at: 2s, fault: bandwidth, rate: 1kbit/s, target: b1}]"},
			[]string{"chaos=[{at: 1s, fault: reset, target: b1}, {at: 2s, fault: pause, target: b1}]"}, "holds it",
		},
		{
			"a route for each", []string{routed, "workload.publishers[0].count=2"}, []string{routed, "workload.publishers[0].count=3"},
			"no route",
		},
		{"clients", nil, []string{"workload.publishers[0].count=999999"}, "more than the bound"},
	} {
		if _, err := parseWith(base, c.within); err != nil {
			t.Errorf("%s: %q is refused: %v", c.name, c.within, err)
		}
		if _, err := parseWith(base, c.outside); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200q gives the error %v, want one with %q", c.name, c.outside, err, c.want)
		}
	}
}

func parseWith(text string, overrides []string) (*scenarios.Scenario, error) {
	return scenarios.Parse("bounds.yaml", []byte(text), scenarios.LoadOptions{Overrides: overrides, Capabilities: capabilities})
}

// TestFileLimit: a run needs a file for each client, and some for brokers and itself.
func TestFileLimit(t *testing.T) {
	s := parse(t, minimal)
	need := s.OpenFiles()
	if need <= 3 {
		t.Errorf("%d open files for 3 clients, want some for the broker and to spare", need)
	}
	if need := parse(t, minimal, "topology.nodes=2", "topology.shape=independent", "workload.publishers[0].count=1000").OpenFiles(); need > 1200 {
		t.Errorf("%d open files for 1000 clients", need)
	}
	for _, more := range []string{
		"workload.publishers[0].duplicate=true", "chaos=[{at: 1s, fault: reset, target: b1}]",
	} {
		s := parse(t, minimal, "topology.nodes=2", "topology.shape=independent", "workload.publishers[0].count=1000", more)
		if need := s.OpenFiles(); need < 2000 {
			t.Errorf("%d open files for 1000 clients with %s, want another one for each at least", need, more)
		}
	}
	for limit, wantError := range map[int]bool{0: false, need: false, need - 1: true} {
		_, err := scenarios.Parse("test.yaml", []byte(minimal), scenarios.LoadOptions{FileLimit: limit})
		if (err != nil) != wantError {
			t.Errorf("with a limit of %d files: %v, want an error: %t", limit, err, wantError)
		}
	}
}
