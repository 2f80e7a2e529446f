package scenarios_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// The same question has the same hash whatever it is called and whoever is asked; another one has another.
func TestQuestion(t *testing.T) {
	load := func(change func(s *scenarios.Scenario)) string {
		s, err := scenarios.Load("failover", scenarios.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		q, err := s.Question()
		if err != nil || len(q) != 16 {
			t.Fatalf("%q, %v", q, err)
		}
		return q
	}
	want := load(func(*scenarios.Scenario) {})
	for name, change := range map[string]func(s *scenarios.Scenario){
		"name":       func(s *scenarios.Scenario) { s.Name, s.Description = "other", "else" },
		"seed":       func(s *scenarios.Scenario) { s.Seed = 77 },
		"thresholds": func(s *scenarios.Scenario) { s.Thresholds = nil },
		"broker": func(s *scenarios.Scenario) {
			s.Topology.Broker, s.Topology.Image, s.Topology.Profile = "emqx", "emqx:6", scenarios.ProfileStock
			s.Topology.Runtime, s.Topology.Shape, s.Topology.Nodes = scenarios.RuntimeContainer, scenarios.ShapeSingle, 1
		},
		"password": func(s *scenarios.Scenario) { s.Workload.Client.Password = "secret" },
	} {
		if got := load(change); got != want {
			t.Errorf("%s: another question", name)
		}
	}
	for name, change := range map[string]func(s *scenarios.Scenario){
		"rate":     func(s *scenarios.Scenario) { s.Workload.Publishers[0].Rate *= 2 },
		"clients":  func(s *scenarios.Scenario) { s.Workload.Subscribers[0].Count++ },
		"measure":  func(s *scenarios.Scenario) { s.Phases.Measure += time.Second },
		"faults":   func(s *scenarios.Scenario) { s.Chaos = nil },
		"protocol": func(s *scenarios.Scenario) { s.Workload.Client.Protocol = scenarios.Protocol5 },
		"bounds":   func(s *scenarios.Scenario) { s.Topology.Resources.CPUs = 1 },
	} {
		if got := load(change); got == want {
			t.Errorf("%s: the same question", name)
		}
	}
	again := func(dir string) string {
		return load(func(s *scenarios.Scenario) { s.Workload.Publishers[0].Replay.File = dir + "/rates.csv" })
	}
	if again("/base") != again("/head") {
		t.Error("where a file lies makes another question")
	}
}
