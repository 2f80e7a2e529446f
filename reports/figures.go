package reports

import (
	"math"
	"strconv"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// A NamedFigure is a figure of a result together with what it is a figure of.
type NamedFigure struct {
	Name   scenarios.FigureName
	Metric scenarios.Metric
	Figure
}

// Figures are all figures of a result that are known, in the order of [scenarios.Metrics]. Windows are told apart where a
// fault was injected: without one the whole measurement is before faults.
func Figures(r *Result) []NamedFigure {
	return figures(r, scenarios.Metric.Figures)
}

// KeyFigures are those of [Figures] that gates and comparisons look at.
func KeyFigures(r *Result) []NamedFigure {
	return figures(r, scenarios.Metric.KeyFigures)
}

func figures(r *Result, of func(m scenarios.Metric, windowed bool) []scenarios.FigureName) []NamedFigure {
	var list []NamedFigure
	for _, m := range scenarios.Metrics() {
		for _, name := range of(m, len(r.Injections) > 0) {
			if f := observe(m, name, r); f.Known {
				list = append(list, NamedFigure{Name: name, Metric: m, Figure: f})
			}
		}
	}
	return list
}

// Quantity writes a value of a unit as every report does: "1.23 ms", "1,234", "12.5/s", "1.50 MiB"; an infinite time is
// "never". It is for values that no run has, such as medians and differences, and writes their sign.
func Quantity(v float64, unit scenarios.Unit) string {
	if math.IsNaN(v) {
		return "?"
	}
	if v < 0 {
		return "-" + Quantity(-v, unit)
	}
	switch unit {
	case scenarios.UnitNanoseconds:
		if v >= math.MaxInt64 {
			return "never"
		}
		return humane(time.Duration(math.Round(v)))
	case scenarios.UnitBytes:
		return bytesOf(int64(math.Round(min(v, math.MaxInt64/2))))
	case scenarios.UnitPerSecond:
		return perSecond(v)
	default:
		if v != math.Trunc(v) && v < 1e15 {
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		if v >= math.MaxInt64 {
			return "∞"
		}
		return thousands(int64(v))
	}
}
