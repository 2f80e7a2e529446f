package compare

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Contrast is one figure of two sides for [Relabel].
type Contrast struct {
	// Base and New are the values of the runs of each side, in the same order for all figures; NaN: that run has none.
	Base, New []float64
	// Higher: more is worse. Else less is.
	Higher bool
	// Counts says whether a difference of medians in the worse direction is large enough to count; nil: every one is.
	Counts func(base, now float64) bool
}

// mostLabels bounds the labellings that are looked at. Of more, this many are drawn, always the same ones.
const mostLabels = 20_000

// Relabel finds out how sure it is that figures of New are worse than those of Base, over all figures together. If both
// sides are the same thing, it is arbitrary which runs are called new: so all ways to call as many of them new are tried,
// and each time it is noted how far the ranks of the worst figure are apart, among the figures whose medians differ by
// enough to count. The result is, by figure, the share of labellings in which any figure looks at least as bad as this
// one does with the true labels: the probability to be that wrong about any of them. NaN: not enough is known of it.
//
// Of few runs, ranks cannot tell a large difference from a small one: among many noisy figures there is always a labelling
// that takes one of them wholly apart. Of labellings that do, those come first in which the medians are further apart for
// how the runs of a side differ among themselves.
//
// This is the step-down method of Westfall and Young (1993, minP) with the rank sums of Wilcoxon. It holds for any
// number of figures, however they depend on one another and whatever their distributions are; figures that hang together
// cost hardly more than one. What it asks for is that runs could have come in any order: run both sides in turn.
func Relabel(figures []Contrast) []float64 {
	adjusted := make([]float64, len(figures))
	if len(figures) == 0 {
		return adjusted
	}
	labels := labellings(len(figures[0].Base), len(figures[0].New))
	shares := make([][]float64, len(figures))
	order := make([]int, 0, len(figures))
	for i, f := range figures {
		if shares[i] = f.shares(labels); shares[i] == nil {
			adjusted[i] = math.NaN()
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch d := shares[a][0] - shares[b][0]; {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	// From the least suspicious figure to the most: the least share of this one and of those before it.
	least := slices.Repeat([]float64{1}, len(labels))
	for n := len(order) - 1; n >= 0; n-- {
		i, as := order[n], 0
		for l, share := range shares[i] {
			least[l] = min(least[l], share)
			if least[l] <= shares[i][0]+1e-12 {
				as++
			}
		}
		adjusted[i] = float64(as) / float64(len(labels))
	}
	for n := 1; n < len(order); n++ {
		adjusted[order[n]] = max(adjusted[order[n]], adjusted[order[n-1]])
	}
	return adjusted
}

// LeastAdjusted is the least that [Relabel] can come to with so many runs.
func LeastAdjusted(base, now int) float64 {
	return max(leastP(base, now), 1.0/mostLabels)
}

// labellings are the ways to call so many runs new: true is new. The first one is the true one.
func labellings(base, now int) [][]bool {
	truth := append(make([]bool, base), slices.Repeat([]bool{true}, now)...)
	list := [][]bool{truth}
	if math.Exp(logWays(base, now)) > mostLabels {
		random := rand.New(rand.NewPCG(uint64(base), uint64(now)))
		for len(list) < mostLabels {
			next := slices.Clone(truth)
			random.Shuffle(len(next), func(i, j int) { next[i], next[j] = next[j], next[i] })
			list = append(list, next)
		}
		return list
	}
	for next := slices.Clone(truth); previous(next); {
		list = append(list, slices.Clone(next))
	}
	return list
}

// previous makes of a labelling the one before it in the order of their digits; false: there is none.
func previous(labels []bool) bool {
	for i := len(labels) - 2; i >= 0; i-- {
		if labels[i] || !labels[i+1] {
			continue
		}
		labels[i], labels[i+1] = true, false
		tail := labels[i+2:]
		count := 0
		for _, l := range tail {
			if l {
				count++
			}
		}
		for j := range tail {
			tail[j] = j >= len(tail)-count
		}
		return true
	}
	return false
}

// shares are, by labelling, the part of all labellings in which the figure looks at least as bad; nil: not both sides
// have a value.
func (f Contrast) shares(labels [][]bool) []float64 {
	r := f.ranked()
	if r == nil {
		return nil
	}
	bad := make([]float64, len(labels))
	for l, label := range labels {
		bad[l] = r.badness(label, f.Counts)
	}
	sorted := slices.Sorted(slices.Values(bad))
	shares := make([]float64, len(labels))
	for l, b := range bad {
		first, _ := slices.BinarySearch(sorted, b-1e-9)
		shares[l] = float64(len(sorted)-first) / float64(len(sorted))
		if b > 1-1e-9 {
			shares[l] -= 0.999 * r.distinct(labels[l]) / float64(len(sorted)) // never as far as the next rank
		}
	}
	return shares
}

// ranked are the values of a figure from the best to the worst.
type ranked struct {
	// runs are the numbers of the runs as labellings have them.
	runs          []int
	values, ranks []float64
}

func (f Contrast) ranked() *ranked {
	all := slices.Concat(f.Base, f.New)
	r := &ranked{}
	sides := [2]int{}
	for run, v := range all {
		if math.IsNaN(v) {
			continue
		}
		r.runs = append(r.runs, run)
		if run < len(f.Base) {
			sides[0]++
		} else {
			sides[1]++
		}
	}
	if sides[0] == 0 || sides[1] == 0 {
		return nil
	}
	slices.SortStableFunc(r.runs, func(a, b int) int {
		switch x, y := all[a], all[b]; {
		case x == y:
			return 0
		case (x < y) == f.Higher:
			return -1
		default:
			return 1
		}
	})
	for _, run := range r.runs {
		r.values = append(r.values, all[run])
	}
	r.ranks = make([]float64, len(r.runs))
	for i := 0; i < len(r.runs); {
		j := i
		for j < len(r.runs) && r.values[j] == r.values[i] {
			j++
		}
		for k := i; k < j; k++ {
			r.ranks[k] = float64(i+j+1) / 2 // equal values share the ranks that they take
		}
		i = j
	}
	return r
}

// badness is the part of all pairs of a base run and a new one in which the new one is worse, those that are equal as a
// half; -1 where the medians do not differ by enough to count, or the wrong way round.
func (r *ranked) badness(label []bool, counts func(base, now float64) bool) float64 {
	n, sum := 0, 0.0
	for i, run := range r.runs {
		if label[run] {
			n++
			sum += r.ranks[i]
		}
	}
	m := len(r.runs) - n
	if n == 0 || m == 0 {
		return -1
	}
	apart := (sum - float64(n*(n+1))/2) / float64(n*m)
	if apart <= 0.5 {
		return -1
	}
	if counts != nil && !counts(r.median(label, false, m), r.median(label, true, n)) {
		return -1
	}
	return apart
}

// distinct says how clearly two sides lie apart, from 0 to 1: how far their medians are apart, by how far the runs of a
// side are from its median.
func (r *ranked) distinct(label []bool) float64 {
	var sides [2][]float64
	for i, run := range r.runs {
		v := r.capped(i)
		if label[run] {
			sides[1] = append(sides[1], v)
		} else {
			sides[0] = append(sides[0], v)
		}
	}
	far, spread := math.Abs(Median(sides[0])-Median(sides[1])), 0.0
	for _, side := range sides {
		middle := Median(side)
		for i, v := range side {
			side[i] = math.Abs(v - middle)
		}
		spread += Median(side)
	}
	if far == 0 {
		return 0
	}
	return far / (far + spread)
}

// capped is a value for which there is a distance to others: what is infinite is put as far behind the largest value as
// that is large.
func (r *ranked) capped(i int) float64 {
	v := r.values[i]
	if !math.IsInf(v, 0) {
		return v
	}
	largest := 0.0
	for _, x := range r.values {
		if !math.IsInf(x, 0) {
			largest = max(largest, math.Abs(x))
		}
	}
	return math.Copysign(2*largest+1, v)
}

// median is that of the n values with this label; it walks them in their order.
func (r *ranked) median(label []bool, which bool, n int) float64 {
	seen, before := 0, 0.0
	for i, run := range r.runs {
		if label[run] != which {
			continue
		}
		if seen == n/2 {
			if n%2 == 1 || r.values[i] == before {
				return r.values[i]
			}
			return before/2 + r.values[i]/2
		}
		before = r.values[i]
		seen++
	}
	return math.NaN()
}
