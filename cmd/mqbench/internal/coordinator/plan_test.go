package coordinator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// planOf plans a shipped scenario.
func planOf(t *testing.T, name string, seed uint64) *Plan {
	t.Helper()
	s, err := scenarios.Load(name, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Seed = seed
	p, err := MakePlan(s, scenarios.Capabilities{}, Machine{FileLimit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if s.Seed == 0 || s.Seed != p.Seed {
		t.Errorf("%s: the scenario has seed %d and the plan %d", name, s.Seed, p.Seed)
	}
	return p
}

// TestOneSeedOnePlan: a plan that is printed and the plan of the run with its seed are the same but for the run's id.
func TestOneSeedOnePlan(t *testing.T) {
	ids := []cmp.Option{
		cmpopts.IgnoreFields(Plan{}, "RunID"), cmpopts.IgnoreFields(workers.Assignment{}, "RunID"),
		cmpopts.IgnoreFields(workers.Publisher{}, "Client"), cmpopts.IgnoreFields(workers.Subscriber{}, "Client"),
	}
	for _, name := range scenarios.Shipped() {
		first := planOf(t, name, 0) // it draws a seed
		again := planOf(t, name, first.Seed)
		if diff := cmp.Diff(first, again, ids...); diff != "" {
			t.Errorf("%s: seed %d gave two plans:\n%s", name, first.Seed, diff)
		}
		if first.RunID == again.RunID {
			t.Errorf("%s: two runs have the id %x", name, first.RunID)
		}
	}
}

// TestBalancedPlan: every client starts at the balancer, which has a name like any broker.
func TestBalancedPlan(t *testing.T) {
	s, err := scenarios.Load("partition", scenarios.LoadOptions{Overrides: []string{"topology.balancer=haproxy"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := MakePlan(s, scenarios.Capabilities{}, Machine{FileLimit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b1", "b2", "b3", "balancer"}, p.Brokers); diff != "" {
		t.Error(diff)
	}
	for _, c := range p.Assignment.Publishers {
		if p.Brokers[c.Home] != "balancer" {
			t.Errorf("publisher %s starts at %s", c.Client, p.Brokers[c.Home])
		}
	}
}

// TestSavedPlan: a plan on disk bears the id of its run as the result does, and no password.
func TestSavedPlan(t *testing.T) {
	p := planOf(t, "smoke", 1)
	p.Assignment.Client.Password = "secret"
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"run_id":"`+p.ID()+`"`) || strings.Contains(string(text), "secret") {
		t.Errorf("plan %s; want run %s and no password", text, p.ID())
	}
	if p.Assignment.Client.Password != "secret" {
		t.Error("the plan itself lost the password")
	}
}
