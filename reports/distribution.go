package reports

import (
	"math"
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// rank is the position, from 1, of the q-quantile among n sorted samples by the nearest-rank method.
func rank(q float64, n int64) int64 {
	// The small term keeps a product such as 0.07 × 100 = 7.000000000000001 from landing one rank too high.
	r := int64(math.Ceil(q*float64(n) - 1e-9))
	return min(max(r, 1), n)
}

// summarise sums up a number of samples of which some never got a value. at gives the r-th smallest value, r from 1 to
// count.
func summarise(count, never int64, at func(r int64) time.Duration) Distribution {
	d := Distribution{Count: count, Never: never}
	quantile := func(q float64) time.Duration {
		r := rank(q, count+never)
		if r > count {
			return -1
		}
		return at(r)
	}
	if count+never == 0 {
		return d
	}
	d.P50, d.P90, d.P99, d.P999 = quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999)
	return d
}

// ofHistogram sums up a histogram of nanoseconds; nil is an empty one.
func ofHistogram(h *hdr.Histogram, never int64) Distribution {
	if h == nil || h.TotalCount() == 0 {
		return summarise(0, max(never, 0), nil)
	}
	n := h.TotalCount()
	d := summarise(n, max(never, 0), func(r int64) time.Duration {
		return time.Duration(h.ValueAtPercentile(100 * float64(r) / float64(n)))
	})
	d.Min, d.Mean, d.Max = time.Duration(h.Min()), time.Duration(math.Round(h.Mean())), time.Duration(h.Max())
	return d
}

// ofSpans sums up spans exactly; negative ones are those that never came to an end.
func ofSpans(spans []time.Duration) Distribution {
	values := make([]time.Duration, 0, len(spans))
	sum := 0.0
	for _, s := range spans {
		if s >= 0 {
			values = append(values, s)
			sum += float64(s)
		}
	}
	slices.Sort(values)
	count := int64(len(values))
	d := summarise(count, int64(len(spans))-count, func(r int64) time.Duration { return values[r-1] })
	if count > 0 {
		d.Min, d.Max = values[0], values[count-1]
		d.Mean = time.Duration(math.Round(sum / float64(count)))
	}
	return d
}
