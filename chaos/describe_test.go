package chaos

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// TestWords: a step says in words what it does, and the record says what its fault and targets do not.
func TestWords(t *testing.T) {
	const s = time.Second
	tests := []struct {
		fault            scenarios.Fault
		describe, detail string
	}{
		{scenarios.Fault{Kind: "kill", Target: "b2", For: 5 * s}, "kill b2 for 5s", ""},
		{scenarios.Fault{Kind: "stop", Target: "all"}, "stop b1, b2, b3 until the end", ""},
		{scenarios.Fault{Kind: "restart", Target: "leader"}, "restart the leader", ""},
		{
			scenarios.Fault{Kind: "partition", Sides: [][]string{{"b1"}, {"b2", "b3"}}, Direction: "both", Via: "packets", For: 20 * s},
			"partition b1 | b2, b3 via packets for 20s", "b1 | b2, b3 via packets",
		},
		{
			scenarios.Fault{Kind: "partition", Sides: [][]string{{"b1", "clients"}, {"b2"}}, Direction: "out", Via: "proxy"},
			"partition b1, clients | b2, dropping packets from b1, clients via proxy until the end",
			"b1, clients | b2, dropping packets from b1, clients via proxy",
		},
		{
			scenarios.Fault{Kind: "partition", Sides: [][]string{{"b1"}, {"b2"}}, Direction: "in", Via: "packets", For: s},
			"partition b1 | b2, dropping packets to b1 via packets for 1s", "b1 | b2, dropping packets to b1 via packets",
		},
		{
			scenarios.Fault{
				Kind: "latency", Target: "b2", Links: "clients", Via: "proxy", Delay: 100 * time.Millisecond,
				Jitter: 20 * time.Millisecond, For: 10 * s,
			},
			"latency 100ms ± 20ms on b2's links to clients via proxy for 10s", "100ms ± 20ms on links to clients via proxy",
		},
		{
			scenarios.Fault{Kind: "loss", Target: "leader", Links: "brokers", Via: "packets", Loss: 0.05, For: s},
			"loss 5% on the leader's links to brokers via packets for 1s", "5% on links to brokers via packets",
		},
		{
			scenarios.Fault{Kind: "bandwidth", Target: "b1", Links: "all", Via: "packets", Rate: 1e6, For: s},
			"bandwidth 1Mbit/s on b1's links to clients and brokers via packets for 1s",
			"1Mbit/s on links to clients and brokers via packets",
		},
		{
			scenarios.Fault{Kind: "reset", Target: "b1", Links: "clients", Via: "proxy", For: s},
			"reset on b1's links to clients via proxy for 1s", "on links to clients via proxy",
		},
		{scenarios.Fault{Kind: "cpu", Target: "b1", CPUs: 0.5, For: s}, "cpu 0.5 CPUs at b1 for 1s", "0.5 CPUs"},
		{scenarios.Fault{Kind: "memory", Target: "b1", Memory: 64 << 20}, "memory 64MiB at b1 until the end", "64MiB"},
		{
			scenarios.Fault{Kind: "disconnect", Target: "all", Share: 0.5, How: "takeover"},
			"disconnect 50% of the clients of b1, b2, b3 by takeover", "50% by takeover",
		},
	}
	names := scenarios.BrokerNames(3)
	for _, test := range tests {
		plan, err := NewPlan(story(3, 1, test.fault))
		if err != nil || len(plan) != 1 {
			t.Errorf("%s: %d steps, %v", test.describe, len(plan), err)
			continue
		}
		if got := plan[0].Describe(names); got != test.describe {
			t.Errorf("described as\n  %s, want\n  %s", got, test.describe)
		}
		if got := plan[0].Detail(names); got != test.detail {
			t.Errorf("the detail of %s is %q, want %q", test.describe, got, test.detail)
		}
	}
}
