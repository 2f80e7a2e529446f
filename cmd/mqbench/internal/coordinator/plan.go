package coordinator

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mqbench/mqbench/chaos"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// A Plan is everything that is decided before a run: the same for the same scenario and seed, but for the run's id.
type Plan struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	RunID    uint64 `json:"-"`
	// Brokers are the names of all that run, in order: a load balancer is the last.
	Brokers    []string            `json:"brokers"`
	Chaos      chaos.Plan          `json:"chaos"`
	Expected   workers.Expectation `json:"expected"`
	Budget     Budget              `json:"budget"`
	Assignment *workers.Assignment `json:"assignment"`
}

// MakePlan draws what the scenario leaves open. A scenario without a seed gets one. The capabilities are those of the
// topology's broker. What the machine cannot give is an error before anything is started.
func MakePlan(s *scenarios.Scenario, able scenarios.Capabilities, m Machine) (*Plan, error) {
	if s.Seed == 0 {
		s.Seed = draw() >> 33 // short enough to be typed again
	}
	p := &Plan{Scenario: s.Name, Seed: s.Seed, RunID: draw()}
	var err error
	if p.Chaos, err = chaos.NewPlan(s); err != nil {
		return nil, fmt.Errorf("plan the faults: %w", err)
	}
	if p.Assignment, err = workers.Assign(s, p.RunID); err != nil {
		return nil, fmt.Errorf("assign the clients: %w", err)
	}
	if name := s.Workload.Client.Credentials; name != "" {
		who, err := identities(name)
		if err == nil {
			err = p.Assignment.Identify(who)
		}
		if err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
	}
	p.Brokers = p.Assignment.Brokers
	if s.Topology.Shape == scenarios.ShapeStandby && able.SharedStandby {
		p.Assignment.Apart = false // the one that takes over has the sessions of the one before it
	}
	p.Expected = p.Assignment.Expected()
	if p.Budget, err = p.budget(s, m); err != nil {
		return nil, fmt.Errorf("budget: %w", err)
	}
	sources, _ := s.Workload.Client.Sources() // The budget has read them.
	return p, errors.Join(p.Budget.check(), fixtures.CheckSources(context.Background(), sources))
}

// MarshalJSON writes the run's id as the result has it, and leaves out the password of the clients.
func (p *Plan) MarshalJSON() ([]byte, error) {
	type fields Plan // without this method
	shown := fields(*p)
	assignment := *p.Assignment
	assignment.Client.Password = ""
	shown.Assignment = &assignment
	return json.Marshal(struct {
		ID string `json:"run_id"`
		*fields
	}{p.ID(), &shown})
}

// ID is the run's id as text.
func (p *Plan) ID() string { return fmt.Sprintf("%016x", p.RunID) }

// Clients is the number of simulated clients.
func (p *Plan) Clients() int { return p.Assignment.Clients() }

// draw returns a random number that is not 0.
func draw() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends when the system has no randomness
	return binary.LittleEndian.Uint64(b[:]) | 1<<40
}
