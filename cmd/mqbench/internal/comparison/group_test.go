package comparison_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// saved is a run of a product, with a scenario that was changed in some values.
func saved(t *testing.T, broker, version string, argument int, overrides ...string) comparison.Saved {
	t.Helper()
	s, err := scenarios.Load("failover", scenarios.LoadOptions{Overrides: append([]string{"topology.broker=" + broker}, overrides...)})
	if err != nil {
		t.Fatal(err)
	}
	return comparison.Saved{
		Dir: broker, Argument: argument, Scenario: s,
		Result: &reports.Result{Scenario: s.Name, Topology: reports.Topology{
			Broker: broker, Version: version, Shape: string(s.Topology.Shape), Nodes: s.Topology.Nodes, Profile: string(s.Topology.Profile),
			Runtime: string(s.Topology.Runtime),
		}, Workload: reports.Workload{Protocol: string(s.Workload.Client.Protocol)}},
	}
}

func TestGroup(t *testing.T) {
	nats := func(seed string) comparison.Saved { return saved(t, "nats", "2.15", 0, "seed="+seed) }
	for name, test := range map[string]struct {
		runs      []comparison.Saved
		arguments []string
		names     []string
		of        []int
	}{
		"products; seeds and thresholds do not part runs": {
			[]comparison.Saved{nats("1"), saved(t, "emqx", "5", 0), nats("2"), saved(t, "nats", "2.15", 0, "thresholds=[lost == 0]")},
			[]string{"runs"}, []string{"nats", "emqx"}, []int{0, 1, 0, 0},
		},
		"versions of a product": {
			[]comparison.Saved{nats("1"), saved(t, "nats", "2.16", 1)}, []string{"a", "b"},
			[]string{"version=2.15", "version=2.16"}, []int{0, 1},
		},
		"any value of the scenario": {
			[]comparison.Saved{saved(t, "nats", "2", 0, "workload.client.in_flight=10"), saved(t, "nats", "2", 0, "workload.client.in_flight=20")},
			[]string{"runs"}, []string{"in_flight=10", "in_flight=20"}, []int{0, 1},
		},
		"the shortest names that tell apart": {
			[]comparison.Saved{
				saved(t, "nats", "2", 0, "topology.profile=stock"), saved(t, "nats", "2", 0), saved(t, "emqx", "5", 0, "workload.client.in_flight=7"),
			},
			[]string{"runs"}, []string{"nats stock", "nats tuned", "emqx tuned"}, []int{0, 1, 2},
		},
		"folders, where nothing else differs": {
			[]comparison.Saved{saved(t, "nats", "2", 0), saved(t, "nats", "2", 1), saved(t, "nats", "2", 1)},
			[]string{"before", "after"}, []string{"folder=before", "folder=after"}, []int{0, 1, 1},
		},
		"all of the same": {
			[]comparison.Saved{nats("1"), nats("2")}, []string{"runs"}, []string{"all runs"}, []int{0, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			variants, of, err := comparison.Group(test.runs, test.arguments)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, v := range variants {
				names = append(names, v.Name)
			}
			if diff := cmp.Diff(test.names, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.of, of); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGroupWithoutScenarios: results alone are told apart by what they say themselves.
func TestGroupWithoutScenarios(t *testing.T) {
	a, b := saved(t, "nats", "2", 0), saved(t, "nats", "2", 0)
	a.Scenario = nil
	b.Result.Workload.Publishers = 7
	variants, of, err := comparison.Group([]comparison.Saved{a, b}, []string{"runs"})
	if err != nil || len(variants) != 2 || of[1] != 1 {
		t.Fatalf("variants %v of %v, %v; want two", variants, of, err)
	}
	if diff := cmp.Diff([]string{"load"}, comparison.KeysOf(variants)); diff != "" {
		t.Error(diff)
	}
}
