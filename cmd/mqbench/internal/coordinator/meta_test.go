package coordinator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/scenarios"
)

// TestMeta: the record says what decides how it is judged: what brokers share, and what bridges between them promise.
func TestMeta(t *testing.T) {
	type facts struct {
		direction        string
		qos              byte
		balanced, shared bool
		redelivery       time.Duration
		ruled            bool
	}
	for name, c := range map[string]struct {
		scenario string
		set      []string
		want     facts
	}{
		"bridges":    {"star", []string{"topology.bridge.qos=2"}, facts{direction: "both", qos: 2}},
		"a cluster":  {"partition", nil, facts{shared: true, redelivery: 30 * time.Second, ruled: true}},
		"a balancer": {"partition", []string{"topology.balancer=haproxy"}, facts{shared: true, balanced: true, redelivery: 30 * time.Second, ruled: true}},
		"a proxy":    {"slow-link", nil, facts{shared: true}},
	} {
		s, err := scenarios.Load(c.scenario, scenarios.LoadOptions{Overrides: c.set})
		if err != nil {
			t.Fatal(err)
		}
		recipe, err := brokers.Lookup(s.Topology.Broker)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := MakePlan(s, recipe.Capabilities(), Machine{})
		if err != nil {
			t.Fatal(err)
		}
		m := (&run{Options: Options{Plan: plan, Scenario: s, Recipe: recipe}}).meta()
		got := facts{m.BridgeDirection, m.BridgeQoS, m.Balanced, m.SharedSessions, m.Redelivery, shaped(s)}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(facts{})); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}
