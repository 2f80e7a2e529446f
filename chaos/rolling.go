package chaos

import (
	"fmt"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// addRolling plans the restart of every target in turn, as an upgrade does it: a step is taken at its time, but never
// before the one in front of it is healed. With `for`, each broker stays away that long.
func (p *planner) addRolling(line int, f scenarios.Fault) error {
	targets, err := p.targets(f.Target, Step{At: f.At, Fault: f.Kind, For: f.For})
	if err != nil {
		return err
	}
	kind := scenarios.FaultRestart
	if f.For > 0 {
		kind = scenarios.FaultStop
	}
	after := -1
	for i, b := range targets {
		at := f.At + f.Every*time.Duration(i)
		if at >= p.measure {
			return fmt.Errorf("the turn of %s comes at %s, after the end of the measurement (%s)", p.brokers[b], at, p.measure)
		}
		p.steps = append(p.steps, Step{
			At: at, Fault: kind, Targets: []int{b}, For: f.For, After: after, Line: line,
		})
		after = len(p.steps) - 1
	}
	return nil
}
