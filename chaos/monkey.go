package chaos

import (
	"slices"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// The monkey's defaults: a fault every ten seconds on average, healed after three.
const (
	monkeyGap  = 10 * time.Second
	monkeyHold = 3 * time.Second
)

// addMonkey plans random faults at random times (exponential gaps with mean `every`, each held for about `for`) from
// f.At to the end of the measurement. It never holds more than a minority of the brokers at once, or one where there is
// no minority, so that a topology that claims redundancy has a fair chance. As nobody knows beforehand how long a
// broker takes to come back, each step also waits for the one that is as many steps before it as there may be brokers
// away.
func (p *planner) addMonkey(line int, f scenarios.Fault) error {
	gap, hold := f.Every, f.For
	if gap == 0 {
		gap = monkeyGap
	}
	if hold == 0 {
		hold = monkeyHold
	}
	allowed, err := p.targets(f.Target, Step{At: f.At, Fault: f.Kind, For: p.measure - f.At})
	if err != nil {
		return err
	}
	kinds := []scenarios.FaultKind{
		scenarios.FaultKill, scenarios.FaultStop, scenarios.FaultPause, scenarios.FaultRestart,
	}
	minority := max(1, (len(p.brokers)-1)/2)
	var own []int
	for at := f.At + p.exponential(gap); at < p.measure; at += p.exponential(gap) {
		s := Step{At: at, Fault: kinds[p.random.IntN(len(kinds))], After: -1, Line: line}
		if s.Fault != scenarios.FaultRestart {
			s.For = min(hold/2+time.Duration(p.random.Int64N(int64(hold)+1)), p.measure-at)
		}
		free := slices.DeleteFunc(p.free(s), func(b int) bool { return !slices.Contains(allowed, b) })
		if len(p.brokers)-len(p.free(s)) >= minority || len(free) == 0 {
			continue // enough brokers are held at that time: the monkey waits for its next turn
		}
		s.Targets = []int{free[p.random.IntN(len(free))]}
		if len(own) >= minority {
			s.After = own[len(own)-minority]
		}
		own = append(own, len(p.steps))
		p.steps = append(p.steps, s)
	}
	return nil
}

func (p *planner) exponential(mean time.Duration) time.Duration {
	return max(time.Millisecond, time.Duration(p.random.ExpFloat64()*float64(mean)))
}
