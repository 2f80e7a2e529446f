package gate

import (
	"math"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// A figure is what was observed: it lies between low and high, which differ where part of the evidence is missing.
// Without known there is no figure at all.
type figure struct {
	low, high float64
	known     bool
	text      string
}

func exactly(v float64, text string) figure { return figure{low: v, high: v, known: true, text: text} }

func nothing(why string) figure { return figure{text: why} }

// against compares a figure with a bound. Where the truth may lie on either side of the bound the answer is
// inconclusive.
func (f figure) against(op scenarios.Operator, bound float64) check.Verdict {
	if !f.known || math.IsNaN(bound) {
		return check.Inconclusive
	}
	if (op == scenarios.Equal || op == scenarios.NotEqual) && f.low < bound && bound < f.high {
		return check.Inconclusive
	}
	low, ok := holds(f.low, op, bound)
	high, _ := holds(f.high, op, bound)
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
