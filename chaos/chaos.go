// Package chaos does harm to brokers, their links and their clients on schedule and undoes it.
//
// It owns the faults, the concrete plan that a scenario's schedule becomes before the run, and the bracketing of each
// injection in the record. It does not know how a broker is started or killed (that is behind [Target]), and it judges
// nothing. The coordinator alone imports it.
package chaos

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/scenarios"
)

// A Target is what chaos can do to brokers, which are named by their number. Kill, Stop and Pause return as soon as the
// signal is delivered; Start and Resume return when the broker serves again and is a full member of its topology.
type Target interface {
	Brokers() []string
	Kill(ctx context.Context, broker int) error
	Stop(ctx context.Context, broker int) error
	Start(ctx context.Context, broker int) error
	Pause(ctx context.Context, broker int) error
	Resume(ctx context.Context, broker int) error
	// Impair puts an impairment of links or limits into force. It returns when it is in force, with what takes it away
	// again; several may be in force at a time. Without an undo nothing is in force, and there is an error, which wraps
	// errors.ErrUnsupported where brokers of this kind cannot have it.
	Impair(ctx context.Context, i scenarios.Impairment) (undo func(ctx context.Context) error, err error)
	// Disconnect takes a share, between 0 and 1, of the clients that are connected to the brokers from them, once.
	Disconnect(ctx context.Context, brokers []int, share float64, how scenarios.Departure) error
	// Leader returns the broker that leads now, or errors.ErrUnsupported.
	Leader(ctx context.Context) (int, error)
}

// A Heal undoes one injection on all its targets and returns when they serve again.
type Heal func(ctx context.Context) error

// A fault carries a step out at once and returns what undoes it. When it fails, the heal still undoes what was done so
// far; without a heal nothing was done.
type fault func(ctx context.Context, t Target, s Step) (Heal, error)

// faultFor is the one switch from a word of the scenario to what it does. rolling and monkey are not among them: they
// are ways of planning these.
func faultFor(kind scenarios.FaultKind) (fault, error) {
	switch kind {
	case scenarios.FaultKill:
		return kill, nil
	case scenarios.FaultStop:
		return stop, nil
	case scenarios.FaultPause:
		return pause, nil
	case scenarios.FaultRestart:
		return restart, nil
	case scenarios.FaultPartition, scenarios.FaultLoss, scenarios.FaultLatency, scenarios.FaultBandwidth,
		scenarios.FaultReset, scenarios.FaultCPU, scenarios.FaultMemory:
		return impair, nil
	case scenarios.FaultDisconnect:
		return disconnect, nil
	case scenarios.FaultRolling, scenarios.FaultMonkey:
		return nil, fmt.Errorf("fault %q: is planned as other faults and cannot be injected itself", kind)
	default:
		return nil, fmt.Errorf("fault %q: unknown", kind)
	}
}

// each does the same to all brokers at the same time and returns the first error after all have ended.
func each(ctx context.Context, brokers []int, do func(context.Context, int) error) error {
	var g errgroup.Group
	for _, b := range brokers {
		g.Go(func() error { return do(ctx, b) })
	}
	return g.Wait()
}
