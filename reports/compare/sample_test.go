package compare

import (
	"math"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// The interval of a median is that of the binomial distribution: with 8 runs all but one, with 9 all but the outermost.
func TestMedianInterval(t *testing.T) {
	for runs, want := range map[int]struct{ low, high, confidence float64 }{
		8: {1, 7, 1 - 10.0/256}, 9: {2, 8, 1 - 20.0/512}, 12: {3, 10, 1 - 2*79.0/4096},
	} {
		var results []*reports.Result
		for n := range runs {
			results = append(results, &reports.Result{UnavailabilityGap: time.Duration(n + 1), Counts: reports.Counts{Expected: 1}})
		}
		s := sampleOf(scenarios.FigureName{Metric: scenarios.UnavailabilityGap}, results, DefaultAlpha)
		if float64(s.Low) != want.low || float64(s.High) != want.high || math.Abs(s.Confidence-want.confidence) > 1e-9 {
			t.Errorf("%d runs: %v to %v at %v, want %v", runs, s.Low, s.High, s.Confidence, want)
		}
	}
}

func TestSpread(t *testing.T) {
	never := Number(math.Inf(1))
	for want, s := range map[string]Sample{
		"±7%": {Values: []Number{93, 100, 104}, Median: 100, Low: 93, High: 104}, "±12×": {Values: []Number{1, 10, 125}, Median: 10, Low: 1, High: 125},
		"±∞": {Values: []Number{1, 2, never}, Median: 2, Low: 1, High: never}, "": {Values: []Number{5, 5}, Median: 5, Low: 5, High: 5},
	} {
		if got := s.spread(); got != want {
			t.Errorf("%v to %v around %v is %q, want %q", s.Low, s.High, s.Median, got, want)
		}
	}
}
