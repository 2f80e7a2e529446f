package compare

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// A Difference is how a figure of one side, To, differs from that of another, From.
type Difference struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Absolute is the difference of the medians in the figure's unit, and Ratio how many times the one is the other;
	// Ratio is NaN where that means nothing.
	Absolute Number `json:"absolute"`
	Ratio    Number `json:"ratio"`
	// RatioLow and RatioHigh are the confidence interval of the ratio of a run of To and one of From, by inverting the
	// rank test (Hodges and Lehmann 1963); NaN: too few runs, or ratios mean nothing.
	RatioLow  Number `json:"ratio_low"`
	RatioHigh Number `json:"ratio_high"`
	// P is the probability that runs of one and the same thing differ in rank as much as these do (Mann and Whitney
	// 1947, exact for few runs, both directions). Adjusted is corrected for how many differences were asked for.
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	// Real: the adjusted p-value is at most alpha.
	Real bool `json:"real"`
	// Enough is false where not even runs that lie wholly apart could make P as small as alpha; Need is how many of each
	// side could.
	Enough bool `json:"enough"`
	Need   int  `json:"need"`
}

// Percent is how much larger the median of To is than that of From, in percent of that; NaN where that means nothing.
func (d Difference) Percent() float64 { return (float64(d.Ratio) - 1) * 100 }

func (d Difference) reversed() Difference {
	r := d
	r.From, r.To = d.To, d.From
	r.Absolute, r.Ratio, r.RatioLow, r.RatioHigh = -d.Absolute, inverse(d.Ratio), inverse(d.RatioHigh), inverse(d.RatioLow)
	return r
}

func inverse(n Number) Number { return 1 / n }

func differ(from, to int, a, b []float64, alpha float64) Difference {
	thresholds := benchmath.Thresholds{CompareAlpha: alpha}
	d := Difference{From: from, To: to, P: ranksP(a, b, &thresholds), Need: Need(alpha / 2)}
	d.Enough = 2*leastP(len(a), len(b)) <= alpha*(1+1e-9)
	ma, mb := Median(a), Median(b)
	d.Absolute, d.Ratio = Number(less(mb, ma)), Number(ratio(ma, mb))
	low, high := ratioInterval(a, b, alpha)
	d.RatioLow, d.RatioHigh = Number(low), Number(high)
	return d
}

// less is x - y, and 0 where both are infinite.
func less(x, y float64) float64 {
	if x == y {
		return 0
	}
	return x - y
}

// ratio is how many times x is y: 1 of two equal values, NaN where x is 0 or below, for which there is no such number.
func ratio(x, y float64) float64 {
	switch {
	case x == y && x >= 0:
		return 1
	case x <= 0 || y < 0:
		return math.NaN()
	default:
		return y / x
	}
}

// ratioInterval is the interval of the ratio of a value of b and one of a: of all such ratios, sorted, those that the
// exact distribution of U puts at its ends.
func ratioInterval(a, b []float64, alpha float64) (low, high float64) {
	var ratios []float64
	for _, x := range a {
		for _, y := range b {
			r := ratio(x, y)
			if math.IsNaN(r) {
				return r, r
			}
			ratios = append(ratios, r)
		}
	}
	slices.Sort(ratios)
	k := criticalU(len(a), len(b), alpha/2)
	if k < 1 {
		return math.NaN(), math.NaN()
	}
	return ratios[k-1], ratios[len(ratios)-k]
}

// exactLimit is up to how many runs of a side the distribution of U is computed exactly.
const exactLimit = 50

// criticalU is the largest k for which U is below k with at most a probability of tail; 0: there is none.
func criticalU(n1, n2 int, tail float64) int {
	if n1 > exactLimit || n2 > exactLimit {
		mean, n := float64(n1*n2)/2, float64(n1+n2+1)
		sigma := math.Sqrt(float64(n1*n2) * n / 12)
		return max(0, int(math.Floor(mean+sigma*stats.StdNormal.InvCDF(tail)-0.5)))
	}
	u := stats.UDist{N1: n1, N2: n2}
	k := 0
	for k < n1*n2/2 && u.CDF(float64(k)) <= tail {
		k++
	}
	return k
}

// leastP is the one-sided p-value of two sides that lie wholly apart: one of all ways to choose which runs are whose.
func leastP(n1, n2 int) float64 { return math.Exp(-logWays(n1, n2)) }

// logWays is the logarithm of the number of ways to choose n1 of n1+n2.
func logWays(n1, n2 int) float64 {
	all, _ := math.Lgamma(float64(n1 + n2 + 1))
	one, _ := math.Lgamma(float64(n1 + 1))
	two, _ := math.Lgamma(float64(n2 + 1))
	return all - one - two
}

// Need is the number of runs of each side with which sides that lie wholly apart have a one-sided p-value of at most p.
func Need(p float64) int {
	n := 1
	for leastP(n, n) > p*(1+1e-9) && n < 1000 {
		n++
	}
	return n
}
