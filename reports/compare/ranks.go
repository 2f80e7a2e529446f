package compare

import (
	"slices"

	"golang.org/x/perf/benchmath"
)

// tiedLimit is up to how many runs of a side the distribution of ranks is counted out.
const tiedLimit = 25

// ranksP is the probability that runs of one and the same thing differ in rank as much as those of a and b do, in either
// direction: twice the smaller of the two tails, at most 1. Equal values share their ranks, and the distribution is that of
// the ranks that there are [Lehmann, Nonparametrics, 1.4]: of times in whole seconds, of counts and of what is never, many
// are equal, and then it is not symmetric. benchmath takes it for symmetric and comes to p-values that are far too small,
// so that it is asked only where it has no need to count.
func ranksP(a, b []float64, thresholds *benchmath.Thresholds) float64 {
	if max(len(a), len(b)) > tiedLimit {
		test := benchmath.AssumeNothing.Compare(
			benchmath.NewSample(slices.Clone(a), thresholds), benchmath.NewSample(slices.Clone(b), thresholds))
		return min(test.P, 1)
	}
	if len(a) > len(b) {
		a, b = b, a // the fewer are chosen
	}
	observed, ranks := 0, make([]int, 0, len(a)+len(b))
	r := Contrast{Base: a, New: b}.ranked()
	for i, run := range r.runs {
		rank := int(2 * r.ranks[i]) // shared ranks may be halves
		if ranks = append(ranks, rank); run < len(a) {
			observed += rank
		}
	}
	below, above, all := 0.0, 0.0, 0.0
	for sum, ways := range rankSums(ranks, len(a)) {
		all += ways
		if sum <= observed {
			below += ways
		}
		if sum >= observed {
			above += ways
		}
	}
	return min(1, 2*min(below, above)/all)
}

// rankSums are, by sum, the number of ways to choose so many of the ranks.
func rankSums(ranks []int, chosen int) []float64 {
	most := 0
	for _, rank := range slices.Sorted(slices.Values(ranks))[len(ranks)-chosen:] {
		most += rank
	}
	ways := make([][]float64, chosen+1)
	for n := range ways {
		ways[n] = make([]float64, most+1)
	}
	ways[0][0] = 1
	for _, rank := range ranks {
		for n := chosen; n > 0; n-- {
			for sum := most; sum >= rank; sum-- {
				ways[n][sum] += ways[n-1][sum-rank]
			}
		}
	}
	return ways[chosen]
}
