package charts

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A Reduction is series with at most so many points.
type Reduction struct {
	// X are nanoseconds.
	X      []float64
	Series []Reduced
	// Samples is how many samples one point stands for, at most.
	Samples int
}

// A Reduced is a series whose points may stand for several samples: Y is the last of them, Low and High the lowest and
// the highest. Low and High are nil where every point is one sample.
type Reduced struct {
	Series
	Low, High []float64
}

// Reduce brings series down to at most so many points: each stands for the same number of samples that follow one
// another, and lies where the last of them does. A gap among them does not show; a point without any sample is a gap.
// Series that are short enough stay as they are.
func Reduce(xs []time.Duration, series []Series, most int) Reduction {
	r := Reduction{Samples: 1}
	if len(xs) > most && most > 0 {
		r.Samples = (len(xs) + most - 1) / most
	}
	for i := r.Samples - 1; i < len(xs)+r.Samples-1; i += r.Samples {
		r.X = append(r.X, float64(xs[min(i, len(xs)-1)]))
	}
	for _, s := range series {
		s.Y = fit(s.Y, len(xs))
		reduced := Reduced{Series: s}
		if r.Samples > 1 {
			reduced.Y = nil
			for bucket := range slices.Chunk(s.Y, r.Samples) {
				last, low, high := summary(bucket)
				reduced.Y, reduced.Low, reduced.High = append(reduced.Y, last), append(reduced.Low, low), append(reduced.High, high)
			}
		}
		r.Series = append(r.Series, reduced)
	}
	return r
}

// fit brings values to the number of points in time; missing ones are gaps.
func fit(ys []float64, n int) []float64 {
	if len(ys) >= n {
		return ys[:n]
	}
	ys = slices.Clone(ys)
	for len(ys) < n {
		ys = append(ys, math.NaN())
	}
	return ys
}

func summary(bucket []float64) (last, low, high float64) {
	last, low, high = math.NaN(), math.NaN(), math.NaN()
	for _, v := range bucket {
		if drawable(v) {
			last = v
			low, high = fmin(low, v), fmax(high, v)
		}
	}
	return last, low, high
}

func fmin(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func fmax(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// Note says what a point stands for; it is empty when that is one sample.
func (r Reduction) Note() string {
	if r.Samples <= 1 {
		return ""
	}
	return fmt.Sprintf("Each point stands for %d samples: the line is the last of them, the band reaches from the lowest to the highest.",
		r.Samples)
}

func (r Reduction) all() [][]float64 {
	var all [][]float64
	for _, s := range r.Series {
		all = append(all, s.Y, s.Low, s.High)
	}
	return all
}
