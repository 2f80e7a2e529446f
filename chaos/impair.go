package chaos

import (
	"context"

	"github.com/mqbench/mqbench/scenarios"
)

// impair changes links or limits. Without an undo nothing is in force, and there is nothing to heal.
func impair(ctx context.Context, t Target, s Step) (Heal, error) {
	i := *s.Impairment
	if s.Fault != scenarios.FaultPartition {
		i.Brokers = s.Targets
	}
	undo, err := t.Impair(ctx, i)
	return undo, err
}

// setParameters makes the step do what the fault's parameters say. When and to whom is the step's own.
func (s *Step) setParameters(f scenarios.Fault) {
	switch {
	case f.Kind == scenarios.FaultDisconnect:
		s.Share, s.How = f.Share, f.How
	case f.Kind.Impairs():
		sides := scenarios.Sides(f)
		f.At, f.For, f.Every, f.Target, f.Sides = 0, 0, 0, "", nil
		s.Impairment = &scenarios.Impairment{Fault: f, Sides: sides}
	}
}
