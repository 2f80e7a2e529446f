package charts

import "math"

// A scale takes values to places between 0 and 1.
type scale struct {
	lo, hi float64
	log    bool
	unit   Unit
	any    bool // there are values to be drawn
	zero   bool // all of them are 0: no other has a tick, since it would be made up
}

// valueScale covers the values of an axis. Without any, it reaches from 0 to 1. On a logarithmic one, nothing that is more
// than 0 lies on an edge.
func valueScale(a Axis, values ...[]float64) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	s := scale{log: a.Log, unit: a.Unit}
	for _, vs := range values {
		for _, v := range vs {
			s.any = s.any || drawable(v)
			if drawable(v) && (!a.Log || v >= smallest) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	s.lo, s.hi = lo, hi
	switch {
	case lo > hi:
		s.lo, s.hi, s.log = 0, 1, false
	case a.Log:
		s.lo, s.hi = roundDown(lo*0.8), roundUp(hi*1.1)
	default:
		s = fromZero(s)
	}
	return s
}

// fromZero widens a linear scale to 0 and to the ticks around its values.
func fromZero(s scale) scale {
	s.lo, s.hi = min(s.lo, 0), max(s.hi, 0)
	if s.lo == s.hi {
		s.hi, s.zero = 1, true
		return s
	}
	step := niceStep(s.unit, (s.hi-s.lo)/4)
	s.lo, s.hi = math.Floor(s.lo/step)*step, math.Ceil(s.hi/step)*step
	return s
}

// around is a linear or logarithmic scale just wide enough for values, with a margin on both sides.
func around(a Axis, lo, hi float64) scale {
	s := scale{lo: lo, hi: hi, log: a.Log && lo >= smallest, unit: a.Unit, any: lo <= hi}
	switch {
	case lo > hi || lo == 0 && hi == 0:
		s.lo, s.hi, s.log, s.zero = 0, 1, false, true
	case s.log:
		margin := max(math.Pow(hi/lo, 0.06), 1.05)
		s.lo, s.hi = lo/margin, hi*margin
	default:
		margin := max((hi-lo)*0.06, math.Abs(hi)*0.02, smallest)
		if lo >= 0 {
			s.lo = max(0, lo-margin)
		} else {
			s.lo = lo - margin
		}
		s.hi = hi + margin
	}
	return s
}

// at is the place of a value: 0 at the lower edge, 1 at the upper one, and never beyond them.
func (s scale) at(v float64) float64 {
	if s.log {
		if v <= s.lo {
			return 0
		}
		return min(math.Log(v/s.lo)/math.Log(s.hi/s.lo), 1)
	}
	width := s.hi - s.lo
	if width <= 0 || !drawable(width) {
		return 0.5
	}
	return min(max((v-s.lo)/width, 0), 1)
}

// ticks are round values that divide the scale into about n parts.
func (s scale) ticks(n int) []float64 {
	if s.zero {
		return []float64{0}
	}
	if s.log {
		return logTicks(s.lo, s.hi, n)
	}
	return linearTicks(s.unit, s.lo, s.hi, n)
}

// linearTicks are the multiples of a round step from lo to hi. The script's function of the same name gives the same.
func linearTicks(u Unit, lo, hi float64, n int) []float64 {
	if !(hi > lo) {
		return []float64{lo}
	}
	step := niceStep(u, (hi-lo)/float64(n))
	var ticks []float64
	const slack = 1e-9
	for i := math.Ceil(lo/step - slack); i <= math.Floor(hi/step+slack); i++ {
		v := i * step
		if step < 1 && 1/step <= 1e15 {
			v = i / math.Round(1/step) // a tenth times three is not three tenths
		}
		ticks = append(ticks, v)
	}
	return ticks
}

// niceStep is the smallest round step that is not below least: 1, 2 or 5 times a power of ten, powers of two for sizes,
// and for times of the run what clocks have.
func niceStep(u Unit, least float64) float64 {
	switch {
	case u == Bytes && least > 1:
		step := 1.0
		for step < least {
			step *= 2
		}
		return step
	case u == Clock && least > second/2:
		for _, s := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200} {
			if s*second >= least {
				return s * second
			}
		}
		return math.Ceil(least/(24*hour)) * 24 * hour
	}
	return roundUp(least)
}

// roundUp is the next 1, 2 or 5 times a power of ten.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-12) {
			return tidy(m, power)
		}
	}
	return tidy(10, power)
}

// roundDown is the 1, 2 or 5 times a power of ten before.
func roundDown(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{5, 2} {
		if m*power <= v*(1+1e-12) {
			return tidy(m, power)
		}
	}
	return tidy(1, power)
}

// tidy multiplies without the dust of binary fractions.
func tidy(m, power float64) float64 { return round(m*power, 12) }

// logTicks are powers of ten, every second or third when there are too many, or 1, 2 and 5 times them when there are few.
func logTicks(lo, hi float64, n int) []float64 {
	first, last := math.Floor(math.Log10(lo)+1e-9), math.Ceil(math.Log10(hi)-1e-9)
	multiples := []float64{1}
	if last-first <= float64(n)/2 {
		multiples = []float64{1, 2, 5}
	}
	every := max(math.Ceil((last-first)/float64(n+1)), 1)
	var ticks []float64
	for e := first; e <= last; e += every {
		for _, m := range multiples {
			if v := tidy(m, math.Pow(10, e)); v >= lo*(1-1e-9) && v <= hi*(1+1e-9) {
				ticks = append(ticks, v)
			}
		}
	}
	if len(ticks) == 0 {
		return []float64{lo}
	}
	return ticks
}

// largest is beyond everything that can be measured: what is larger is no sample. On logarithmic axes, what is below
// smallest is nothing.
const (
	largest  = 1e24
	smallest = 1e-24
)

// drawable says whether a value is a sample; others are gaps.
func drawable(v float64) bool { return math.Abs(v) <= largest }
