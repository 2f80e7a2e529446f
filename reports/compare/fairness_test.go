package compare_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
)

// fair is a run of a product as it should be: nothing of it keeps anybody from an order.
func fair(broker string) *reports.Result {
	return &reports.Result{
		Verdict: "pass", Mqbench: "v1", Environment: map[string]string{"cpu_model": "abacus", "cpus": "2", "gomaxprocs": "2", "kernel": "6.1"},
		Topology: reports.Topology{
			Broker: broker, Version: "1", Shape: "single", Nodes: 1, Profile: "tuned", Runtime: "process",
			Settings: &reports.Settings{
				Durability: broker + " keeps nothing", Survives: []string{},
				Limits: map[string]string{"in_flight": "1000", "receive_maximum": "1000", "queue": "none"},
			},
		},
		Workload: reports.Workload{Protocol: "5.0", Publishers: 10, Subscribers: 2, InFlight: 100, PeakRate: 1000, Keepalive: 30 * time.Second},
		Counts:   reports.Counts{Attempted: 100_000, Expected: 100_000},
		Latency:  reports.Latencies{"end_to_end": {Count: 1000, Max: 100 * time.Millisecond}},
	}
}

// TestFairness: what decides figures bars an order, what was asked for does not, and what no run can have reached does
// not either.
func TestFairness(t *testing.T) {
	limit := func(name, value string) func(*reports.Result) {
		return func(r *reports.Result) { r.Topology.Settings.Limits[name] = value }
	}
	for name, test := range map[string]struct {
		asked string // the key whose values differ, of one product; "" compares two products
		other func(r *reports.Result)
		want  string // what bars an order; "" nothing
	}{
		"two products alike":  {other: func(*reports.Result) {}},
		"survives":            {other: func(r *reports.Result) { r.Topology.Settings.Survives = []string{"stop", "kill"} }, want: "nothing, b through stop and kill"},
		"nobody knows":        {other: func(r *reports.Result) { r.Topology.Settings = nil }, want: "not known of b"},
		"a profile was asked": {asked: "profile", other: func(r *reports.Result) { r.Topology.Settings.Survives = []string{"stop"} }},
		"no profile was asked": {asked: "folder", other: func(r *reports.Result) { r.Topology.Settings.Survives = []string{"stop"} },
			want: "b through stop"},
		"queues that may have been full":    {other: limit("queue", "1000"), want: "as many as 1,100 may have been waiting"},
		"queues that cannot have been full": {other: limit("queue", "1100")},
		"queues, and messages lost": {other: func(r *reports.Result) {
			r.Counts.Lost = 1
			r.Topology.Settings.Limits["queue"] = "99999"
		}, want: "as many as 100,000"},
		"in flight":                         {other: limit("in_flight", "20"), want: "in flight to a subscriber differ, a has 1000 and b 20"},
		"a window that the clients keep":    {other: limit("receive_maximum", "100")},
		"a window smaller than the clients": {other: limit("receive_maximum", "99"), want: "under way from a publisher"},
		"the broker granted less": {other: func(r *reports.Result) {
			r.Topology.ConnackProperties = map[string]string{"receive_maximum": "20"}
		}, want: "b 20"},
		"runtime":              {other: func(r *reports.Result) { r.Topology.Runtime = "container" }, want: "runtimes differ"},
		"a runtime was asked":  {asked: "runtime", other: func(r *reports.Result) { r.Topology.Runtime = "container" }},
		"protocol":             {other: func(r *reports.Result) { r.Workload.Protocol = "3.1.1" }, want: "(a: MQTT 5.0; b: MQTT 3.1.1)"},
		"resources":            {other: func(r *reports.Result) { r.Topology.Resources = &reports.Resources{CPUs: 0.5} }, want: "(a: unbounded; b: 0.5 CPUs)"},
		"shape":                {other: func(r *reports.Result) { r.Topology.Shape = "star" }, want: "shapes differ"},
		"load":                 {other: func(r *reports.Result) { r.Workload.Publishers = 11 }, want: "loads differ"},
		"a load was asked":     {asked: "workload.publishers[0].count", other: func(r *reports.Result) { r.Workload.Publishers = 11 }},
		"another was asked":    {asked: "workloads", other: func(r *reports.Result) { r.Workload.Publishers = 11 }, want: "loads differ"},
		"resources were asked": {asked: "topology.resources.cpus", other: func(r *reports.Result) { r.Topology.Resources = &reports.Resources{CPUs: 1} }},
		"machine": {asked: "profile", other: func(r *reports.Result) { r.Environment = map[string]string{"cpu_model": "brain", "cpus": "1"} },
			want: "machines differ"},
		"keepalive without faults": {other: func(r *reports.Result) { r.Workload.Keepalive = time.Second }},
		"keepalive with faults": {other: func(r *reports.Result) {
			r.Workload.Keepalive = time.Second
			r.Injections = []reports.Injection{{Fault: "kill"}}
		}, want: "keepalives differ"},
		"kernel and mqbench are only said": {other: func(r *reports.Result) { r.Environment["kernel"], r.Mqbench = "7", "v2" }},
		"inconclusive":                     {other: func(r *reports.Result) { r.Verdict = "inconclusive" }, want: "1 of 1 of b"},
		"failed is a result":               {other: func(r *reports.Result) { r.Verdict = "fail" }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := fair("mochi"), fair("mochi")
			variants := []compare.Variant{{Name: "a", Values: map[string]string{test.asked: "x"}}, {Name: "b", Values: map[string]string{test.asked: "y"}}}
			if test.asked == "" {
				b = fair("nats")
				variants[0].Values, variants[1].Values = map[string]string{"broker": "mochi"}, map[string]string{"broker": "nats"}
			}
			test.other(b)
			var bars []string
			for _, trait := range compare.Fairness(variants, [][]*reports.Result{{a}, {b}}) {
				if trait.Bars != "" {
					bars = append(bars, trait.Bars)
				}
			}
			got := strings.Join(bars, "\n")
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("barred by %q, want %q", got, test.want)
			}
		})
	}
}

// TestFairnessOfQuestions: what else grouped saved runs differs between products, and is the question with one product.
func TestFairnessOfQuestions(t *testing.T) {
	for _, test := range []struct {
		other *reports.Result
		want  bool
	}{{fair("mochi"), false}, {fair("nats"), true}} {
		variants := []compare.Variant{
			{Name: "a", Values: map[string]string{"workload.client.backlog": "10"}}, {Name: "b", Values: map[string]string{"workload.client.backlog": "20"}},
		}
		barred := false
		for _, trait := range compare.Fairness(variants, [][]*reports.Result{{fair("mochi")}, {test.other}}) {
			if trait.Title == "workload.client.backlog" {
				barred = trait.Bars != ""
			}
		}
		if barred != test.want {
			t.Errorf("%s: barred %t, want %t", test.other.Topology.Broker, barred, test.want)
		}
	}
}

// TestFairnessOfNothing: a variant without runs has no traits, and bars nothing.
func TestFairnessOfNothing(t *testing.T) {
	traits := compare.Fairness([]compare.Variant{{Name: "a"}, {Name: "b"}}, [][]*reports.Result{{fair("mochi")}, nil})
	for _, trait := range traits {
		if trait.Bars != "" || len(trait.Values) != 2 || trait.Values[1] != "" {
			t.Errorf("trait %+v of a variant that never came up", trait)
		}
	}
}
