package reports

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOfSpans(t *testing.T) {
	ms := time.Millisecond
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100-i) * ms
	}
	stories := []struct {
		name  string
		spans []time.Duration
		want  Distribution
	}{
		{"nobody", nil, Distribution{}},
		{"one", []time.Duration{ms}, Distribution{Count: 1, Min: ms, Mean: ms, P50: ms, P90: ms, P99: ms, P999: ms, Max: ms}},
		{"a hundred in any order", hundred, Distribution{Count: 100, Min: ms, Mean: 50500 * time.Microsecond,
			P50: 50 * ms, P90: 90 * ms, P99: 99 * ms, P999: 100 * ms, Max: 100 * ms}},
		{"nobody ever", []time.Duration{-1, -1}, Distribution{Never: 2, P50: -1, P90: -1, P99: -1, P999: -1}},
		{"one of ten never", append(slices.Repeat([]time.Duration{ms}, 9), -1),
			Distribution{Count: 9, Never: 1, Min: ms, Mean: ms, P50: ms, P90: ms, P99: -1, P999: -1, Max: ms}},
	}
	for _, s := range stories {
		if d := gocmp.Diff(s.want, ofSpans(s.spans)); d != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, d)
		}
	}
}

// Histograms are read by the same nearest rank as spans, up to the resolution of the histogram, also with samples
// without value.
func TestOfHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(1, int64(time.Minute)), 0, 300).Draw(t, "values")
		never := rapid.IntRange(0, 20).Draw(t, "never")
		h := hdr.New(1, int64(time.Hour), 3)
		var spans []time.Duration
		for _, v := range values {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
			spans = append(spans, time.Duration(v))
		}
		spans = append(spans, slices.Repeat([]time.Duration{-1}, never)...)
		got, want := ofHistogram(h, int64(never)), ofSpans(spans)
		if got.Count != want.Count || got.Never != want.Never {
			t.Fatalf("%d and %d never, want %d and %d", got.Count, got.Never, want.Count, want.Never)
		}
		for name, pair := range map[string][2]time.Duration{
			"min": {got.Min, want.Min}, "mean": {got.Mean, want.Mean}, "p50": {got.P50, want.P50}, "p90": {got.P90, want.P90},
			"p99": {got.P99, want.P99}, "p999": {got.P999, want.P999}, "max": {got.Max, want.Max},
		} {
			if (pair[0] < 0) != (pair[1] < 0) || math.Abs(float64(pair[0]-pair[1])) > 1+0.002*float64(pair[1]) {
				t.Fatalf("%s is %v, want %v", name, pair[0], pair[1])
			}
		}
	})
	if d := gocmp.Diff(Distribution{}, ofHistogram(nil, 0)); d != "" {
		t.Errorf("no histogram (-want +got):\n%s", d)
	}
}

// Percentiles never fall with their rank; never is above every value.
func TestPercentilesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := rapid.SliceOf(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(-1, 1000).Draw(t, "span"))
		})).Draw(t, "spans")
		d := ofSpans(spans)
		rising := []time.Duration{d.Min, d.P50, d.P90, d.P99, d.P999}
		above := func(a, b time.Duration) int {
			if (a < 0) != (b < 0) {
				return cmp.Compare(b, a)
			}
			return cmp.Compare(a, b)
		}
		if d.Count > 0 && !slices.IsSortedFunc(rising, above) {
			t.Fatalf("%v fall", rising)
		}
	})
}
