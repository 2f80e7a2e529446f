package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// A Plan is the concrete schedule of a run, in the order of its times: made before the run, saved with it, and the same
// for the same scenario and seed.
type Plan []Step

// A Step is one injection to be carried out.
type Step struct {
	// At is the time since the start of the measurement.
	At time.Duration `json:"at"`
	// Fault is what is done; rolling and monkey are planned as other faults.
	Fault scenarios.FaultKind `json:"fault"`
	// Targets are the numbers of the brokers, and for a partition those that it cuts off. Empty with Leader: it is known
	// only when the step is taken.
	Targets []int `json:"targets"`
	Leader  bool  `json:"leader,omitempty"`
	// For is the time until it is healed; 0 means at the end of the measurement, except for restart and disconnect, which
	// are healed at once.
	For time.Duration `json:"for"`
	// Impairment is what a fault on links or limits does; but for a partition's sides, it is done to the targets.
	Impairment *scenarios.Impairment `json:"impairment,omitempty"`
	// Share is the part of the targets' clients that disconnect takes, and How by what.
	Share scenarios.Percent   `json:"share,omitempty"`
	How   scenarios.Departure `json:"how,omitempty"`
	// After is the number of the step that has to be healed before this one is taken, or -1.
	After int `json:"after"`
	// Line is the number, from 0, of the line of the scenario's schedule that it comes from.
	Line int `json:"line"`
}

// Ends is the planned time of the heal within a measurement of the given length.
func (s Step) Ends(measure time.Duration) time.Duration {
	if s.Fault.Momentary() {
		return s.At
	}
	if s.For == 0 {
		return measure
	}
	return s.At + s.For
}

// holds lists the brokers that the step has in its hands.
func (s Step) holds() []int {
	if s.Fault == scenarios.FaultPartition {
		return sidesBrokers(s.Impairment.Sides)
	}
	return s.Targets
}

// NewPlan draws everything that the scenario leaves open from its seed. A drawn target is never one that another step
// of the plan holds at that time; where none is left, the error says so.
func NewPlan(s *scenarios.Scenario) (Plan, error) {
	p := planner{
		brokers: scenarios.BrokerNames(s.Topology.Nodes),
		measure: s.Phases.Measure,
		random:  rand.New(rand.NewPCG(s.Seed, 0x6d71_6265_6e63_6800)),
	}
	// Named targets first: they are fixed, and draws have to keep clear of them whatever the order of the lines.
	for _, drawn := range []bool{false, true} {
		for line, f := range s.Chaos {
			if isDrawn(f) != drawn {
				continue
			}
			if err := p.add(line, f); err != nil {
				return nil, fmt.Errorf("chaos[%d]: %s at %s: %w", line, f.Kind, f.At, err)
			}
		}
	}
	for _, s := range p.steps {
		if s.Leader && len(p.free(s)) == 0 {
			return nil, fmt.Errorf("chaos[%d]: %s at %s: whoever leads is under another fault then", s.Line, s.Fault, s.At)
		}
	}
	return p.ordered(), nil
}

func isDrawn(f scenarios.Fault) bool {
	switch f.Target {
	case scenarios.TargetRandom, scenarios.TargetMinority, scenarios.TargetMajority:
		return true
	default:
		return f.Kind == scenarios.FaultMonkey
	}
}

type planner struct {
	brokers []string
	measure time.Duration
	random  *rand.Rand
	steps   []Step
}

// add plans one line of the schedule.
func (p *planner) add(line int, f scenarios.Fault) error {
	switch f.Kind {
	case scenarios.FaultRolling:
		return p.addRolling(line, f)
	case scenarios.FaultMonkey:
		return p.addMonkey(line, f)
	default:
		return p.addRepeated(line, f)
	}
}

// addRepeated plans a fault once, or with `every` until the end of the measurement.
func (p *planner) addRepeated(line int, f scenarios.Fault) error {
	for at := f.At; at < p.measure; at += f.Every {
		s := Step{At: at, Fault: f.Kind, For: f.For, After: -1, Line: line, Leader: f.Target == scenarios.TargetLeader}
		s.setParameters(f)
		switch {
		case s.Leader:
		case f.Kind == scenarios.FaultPartition:
			s.Targets = cutOff(scenarios.Apart(s.Impairment.Sides, f.Direction))
		default:
			targets, err := p.targets(f.Target, s)
			if err != nil {
				return err
			}
			s.Targets = targets
		}
		p.steps = append(p.steps, s)
		if f.Every <= 0 {
			break
		}
	}
	return nil
}

// targets turns a target of the scenario into numbers of brokers, in ascending order.
func (p *planner) targets(t scenarios.Target, s Step) ([]int, error) {
	n := len(p.brokers)
	switch t {
	case scenarios.TargetAll, "":
		return all(n), nil
	case scenarios.TargetRandom:
		return p.draw(1, s)
	case scenarios.TargetMinority:
		return p.draw(max(1, (n-1)/2), s)
	case scenarios.TargetMajority:
		return p.draw(n/2+1, s)
	default:
		if i := slices.Index(p.brokers, string(t)); i >= 0 {
			return []int{i}, nil
		}
		return nil, fmt.Errorf("target %q: no such broker (want one of %s)", t, strings.Join(p.brokers, ", "))
	}
}

// draw picks n brokers that can have s beside the other steps.
func (p *planner) draw(n int, s Step) ([]int, error) {
	free := p.free(s)
	if len(free) < n {
		return nil, fmt.Errorf("%d of %d brokers are not under another fault, %d are needed", len(free), len(p.brokers), n)
	}
	p.random.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	drawn := free[:n]
	slices.Sort(drawn)
	return drawn, nil
}

// free lists the brokers that no planned step holds, at any time while s lasts, which they cannot have beside s.
func (p *planner) free(s Step) []int {
	var free []int
	for b := range p.brokers {
		if !slices.ContainsFunc(p.steps, func(o Step) bool { return slices.Contains(o.holds(), b) && p.exclude(o, s) }) {
			free = append(free, b)
		}
	}
	return free
}

// exclude tells that one broker cannot have both steps.
func (p *planner) exclude(a, b Step) bool {
	return a.Fault.Excludes(b.Fault) && a.At <= b.Ends(p.measure) && b.At <= a.Ends(p.measure)
}

// ordered sorts the steps by time and lets the After of rolling steps follow.
func (p *planner) ordered() Plan {
	order := all(len(p.steps))
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.steps[a].At, p.steps[b].At), cmp.Compare(p.steps[a].Line, p.steps[b].Line))
	})
	moved := make([]int, len(order))
	for to, from := range order {
		moved[from] = to
	}
	plan := make(Plan, 0, len(order))
	for _, from := range order {
		s := p.steps[from]
		if s.After >= 0 {
			s.After = moved[s.After]
		}
		plan = append(plan, s)
	}
	return plan
}

func all(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}
