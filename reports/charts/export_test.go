package charts

import "time"

// What the tests look at from outside.
var (
	Exact       = exact
	Label       = label
	LinearTicks = linearTicks
	LogTicks    = logTicks
	Shown       = shown
	Colour      = colour
	Dashes      = dashes
	HeatShade   = heatShade
	BinEdges    = func(lo, hi float64, log bool) []float64 { return binEdges(scale{lo: lo, hi: hi, log: log}) }
	Bin         = bin
	Plain       = plain
)

// ValueRange is the range of the scale of values on an axis.
func ValueRange(a Axis, values []float64) (lo, hi float64, ticks []float64) {
	s := valueScale(a, values)
	return s.lo, s.hi, s.ticks(4)
}

// RangeAround is the range of a scale that is just wide enough for values.
func RangeAround(a Axis, least, most float64) (lo, hi float64) {
	s := around(a, least, most)
	return s.lo, s.hi
}

// StepsOf are the points of a curve of recovery.
func StepsOf(times []time.Duration, affected int, until float64) (xs, counts []float64) {
	return steps(cameBack(Recovered{Times: times, Affected: affected}), scale{hi: until})
}

// PackedHeat is a strip after its columns were added up, and the bytes that its cells take.
func PackedHeat(h Heat) (rows []HeatRow, column time.Duration, bytes int) {
	f := figure{}
	cells, column, _ := f.pack(&h)
	for _, c := range cells {
		text, _ := c.MarshalJSON()
		bytes += len(text)
	}
	for _, p := range levels(h.Rows, column, h.Span.scale(), 1) {
		bytes += len(p.d)
	}
	return h.Rows, column, bytes
}
