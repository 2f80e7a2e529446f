package gate

import (
	"math"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// A figure is what was observed, widened by what mqbench itself may have added.
type figure struct {
	reports.Figure
	// doubt says why Low and High differ, where it is on account of mqbench itself.
	doubt string
}

// against compares a figure with a bound. Where the truth may lie on either side of the bound the answer is
// inconclusive.
func (f figure) against(op scenarios.Operator, bound float64) check.Verdict {
	if !f.Known || math.IsNaN(bound) {
		return check.Inconclusive
	}
	if (op == scenarios.Equal || op == scenarios.NotEqual) && f.Low < bound && bound < f.High {
		return check.Inconclusive
	}
	low, ok := holds(f.Low, op, bound)
	high, _ := holds(f.High, op, bound)
	switch {
	case !ok || low != high:
		return check.Inconclusive
	case low:
		return check.Pass
	default:
		return check.Fail
	}
}

// holds compares two numbers; ok is false for an operator that does not exist.
func holds(v float64, op scenarios.Operator, bound float64) (holds, ok bool) {
	switch op {
	case scenarios.Less:
		return v < bound, true
	case scenarios.LessOrEqual:
		return v <= bound, true
	case scenarios.Greater:
		return v > bound, true
	case scenarios.GreaterOrEqual:
		return v >= bound, true
	case scenarios.Equal:
		return v == bound, true
	case scenarios.NotEqual:
		return v != bound, true
	default:
		return false, false
	}
}
