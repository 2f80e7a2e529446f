package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

func TestRanksP(t *testing.T) {
	never := math.Inf(1)
	for _, test := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"apart", []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, 2.0 / 70},
		{"apart, with equal ones", []float64{2, 2}, []float64{0, 1, 0, 0, 0}, 2.0 / 21},
		{"one of several largest ones", []float64{1, 1, 5}, []float64{5, 5, 5}, 2.0 / 5},
		{"one against many", []float64{4}, []float64{1, 1, 1, 1, 1, 1, 1}, 2.0 / 8},
		{"never is the largest", []float64{never, 4, 3, 4, never}, []float64{1}, 2.0 / 6},
		{"never is never", []float64{never, never}, []float64{never, never, never}, 1},
		{"all are equal", []float64{0, 0, 0}, []float64{0, 0, 0}, 1},
	} {
		for _, p := range []float64{ranksP(test.a, test.b, &benchmath.DefaultThresholds), ranksP(test.b, test.a, &benchmath.DefaultThresholds)} {
			if math.Abs(p-test.want) > 1e-12 {
				t.Errorf("%s: p = %v, want %v", test.name, p, test.want)
			}
		}
	}
}

// TestRanksAreCounted holds p-values against all ways to say whose the runs are.
func TestRanksAreCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		a, b := make([]float64, 1+random.IntN(6)), make([]float64, 1+random.IntN(6))
		kinds := 1 + random.IntN(6)
		for _, side := range [][]float64{a, b} {
			for i := range side {
				if side[i] = float64(random.IntN(kinds)); side[i] == 4 {
					side[i] = math.Inf(1)
				}
			}
		}
		if got, want := ranksP(a, b, &benchmath.DefaultThresholds), enumerated(a, b); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v and %v: p = %v, want %v", a, b, got, want)
		}
	}
}

// enumerated is the p-value by the pairs of all labellings in which the second one is larger.
func enumerated(a, b []float64) float64 {
	all := append(append([]float64{}, a...), b...)
	larger := func(label []bool) (n float64) {
		for i, x := range all {
			for j, y := range all {
				switch {
				case label[i] || !label[j]:
				case x < y:
					n++
				case x == y:
					n += 0.5
				}
			}
		}
		return n
	}
	labels := labellings(len(a), len(b))
	observed, below, above := larger(labels[0]), 0, 0
	for _, label := range labels {
		n := larger(label)
		if n <= observed {
			below++
		}
		if n >= observed {
			above++
		}
	}
	return min(1, 2*float64(min(below, above))/float64(len(labels)))
}

// Where no two runs are equal, and where there are many, benchmath is right: there is no step between what it says and
// what is counted here.
func TestRanksOfMany(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for _, n := range []int{tiedLimit - 1, tiedLimit, tiedLimit + 1} {
		for range 10 {
			a, b := make([]float64, n), make([]float64, n)
			for i := range n {
				a[i], b[i] = random.Float64(), random.Float64()+0.1
			}
			want := benchmath.AssumeNothing.Compare(benchmath.NewSample(append([]float64{}, a...), &benchmath.DefaultThresholds),
				benchmath.NewSample(append([]float64{}, b...), &benchmath.DefaultThresholds)).P
			if got := ranksP(a, b, &benchmath.DefaultThresholds); math.Abs(got-min(want, 1)) > 1e-9 {
				t.Errorf("%d runs of each: p = %v, benchmath has %v", n, got, want)
			}
		}
	}
}

// With more runs than are counted out, the bound of the interval is as good as the exact one, or wider.
func TestCriticalU(t *testing.T) {
	for _, sides := range [][2]int{{exactLimit + 1, exactLimit + 1}, {exactLimit + 1, 20}, {30, exactLimit + 5}} {
		u := stats.UDist{N1: sides[0], N2: sides[1]}
		exact := 0
		for u.CDF(float64(exact)) <= 0.025 {
			exact++
		}
		if k := criticalU(sides[0], sides[1], 0.025); k > exact || k < exact-2 {
			t.Errorf("%v runs: %d, want %d or a little less", sides, k, exact)
		}
	}
}
