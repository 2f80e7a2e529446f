package compare

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"golang.org/x/perf/benchmath"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// A Number is one that JSON may not know: infinite ones are the strings "+Inf" and "-Inf" there, one that does not exist
// is null.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	switch f := float64(n); {
	case math.IsNaN(f):
		return []byte("null"), nil
	case math.IsInf(f, 0):
		return json.Marshal(strconv.FormatFloat(f, 'g', -1, 64))
	default:
		return json.Marshal(f)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(text []byte) error {
	var f any
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	switch v := f.(type) {
	case nil:
		*n = Number(math.NaN())
	case float64:
		*n = Number(v)
	case string:
		f, err := strconv.ParseFloat(v, 64)
		*n = Number(f)
		return err
	default:
		return &json.UnmarshalTypeError{Value: string(text)}
	}
	return nil
}

// A Sample is one figure of all runs of a side. A run in which it is not known, or lies in a range of which nobody knows
// where, has no value.
type Sample struct {
	// Values are by run, NaN where there is none. Known counts the others.
	Values []Number `json:"values"`
	Known  int      `json:"known"`
	// Median, and the confidence interval of the median of many more such runs: [Low, High] holds it with at least
	// Confidence, which is more than was asked for since runs are few. Infinite bounds: too few runs for an interval.
	// They are NaN where no run has a value.
	Median     Number  `json:"median"`
	Low        Number  `json:"low"`
	High       Number  `json:"high"`
	Confidence float64 `json:"confidence"`
}

// Value is the figure of a run where it is one value, else NaN.
func Value(name scenarios.FigureName, r *reports.Result) float64 {
	if f := reports.Observe(name, r); f.Exact() {
		return f.Low
	}
	return math.NaN()
}

func sampleOf(name scenarios.FigureName, results []*reports.Result, alpha float64) Sample {
	nan := Number(math.NaN())
	s := Sample{Values: make([]Number, 0, len(results)), Median: nan, Low: nan, High: nan}
	for _, r := range results {
		s.Values = append(s.Values, Number(Value(name, r)))
	}
	values := s.known()
	s.Known = len(values)
	if len(values) == 0 {
		return s
	}
	s.Median = Number(Median(values))
	// Not its own median: it interpolates, and between infinite values that is no number.
	sum := benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), 1-alpha)
	s.Low, s.High, s.Confidence = Number(sum.Lo), Number(sum.Hi), sum.Confidence
	return s
}

// known are the values that exist.
func (s Sample) known() []float64 {
	var values []float64
	for _, v := range s.Values {
		if !math.IsNaN(float64(v)) {
			values = append(values, float64(v))
		}
	}
	return values
}

// Median is the middle value, or half-way between the two in the middle; NaN where there is none.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	switch {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return sorted[n/2]
	case sorted[n/2-1] == sorted[n/2]:
		return sorted[n/2] // which may be infinite
	default:
		return sorted[n/2-1]/2 + sorted[n/2]/2
	}
}
