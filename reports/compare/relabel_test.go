package compare_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mqbench/mqbench/reports/compare"
)

// One figure: the share is the exact one-sided p-value of the rank sum test.
func TestRelabelOne(t *testing.T) {
	nan, never := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		contrast compare.Contrast
		want     float64
	}{
		"wholly apart":             {compare.Contrast{Base: []float64{1, 2, 3, 4, 5}, New: []float64{6, 7, 8, 9, 10}, Higher: true}, 1.0 / 252},
		"one place from it":        {compare.Contrast{Base: []float64{1, 2, 3, 4, 6}, New: []float64{5, 7, 8, 9, 10}, Higher: true}, 2.0 / 252},
		"two places":               {compare.Contrast{Base: []float64{1, 2, 3, 4, 7}, New: []float64{5, 6, 8, 9, 10}, Higher: true}, 4.0 / 252},
		"the better way":           {compare.Contrast{Base: []float64{6, 7, 8, 9, 10}, New: []float64{1, 2, 3, 4, 5}, Higher: true}, 1},
		"less is worse":            {compare.Contrast{Base: []float64{6, 7, 8}, New: []float64{1, 2, 3}}, 1.0 / 20},
		"all are equal":            {compare.Contrast{Base: []float64{0, 0, 0}, New: []float64{0, 0, 0}, Higher: true}, 1},
		"ties":                     {compare.Contrast{Base: []float64{0, 0, 0}, New: []float64{0, 1, 1}, Higher: true}, 4.0 / 20}, // of four zeros any three
		"never is a rank":          {compare.Contrast{Base: []float64{1, 2, 3}, New: []float64{never, never, never}, Higher: true}, 1.0 / 20},
		"never on both sides":      {compare.Contrast{Base: []float64{never, never}, New: []float64{never, never}, Higher: true}, 1},
		"a run without":            {compare.Contrast{Base: []float64{1, nan, 3}, New: []float64{6, 7, 8}, Higher: true}, 0.1},
		"a side without":           {compare.Contrast{Base: []float64{nan, nan}, New: []float64{6, 7}, Higher: true}, nan},
		"unequal sides":            {compare.Contrast{Base: []float64{1, 2, 3, 4}, New: []float64{6, 7}, Higher: true}, 1.0 / 15},
		"too small to count":       {compare.Contrast{Base: []float64{1, 2, 3}, New: []float64{4, 5, 6}, Higher: true, Counts: func(b, n float64) bool { return n > 3*b }}, 1},
		"not too small to count":   {compare.Contrast{Base: []float64{1, 2, 3}, New: []float64{4, 5, 6}, Higher: true, Counts: func(b, n float64) bool { return n > 2*b }}, 1.0 / 20},
		"medians as they ought be": {compare.Contrast{Base: []float64{1, 3}, New: []float64{4, 6}, Higher: true, Counts: func(b, n float64) bool { return b == 2 && n == 5 }}, 1.0 / 6},
	} {
		got := compare.Relabel([]compare.Contrast{c.contrast})[0]
		// A run without a value is there to be labelled all the same: a labelling may leave three of five or two.
		if name == "a run without" {
			if got > c.want {
				t.Errorf("%s: %v, want at most %v", name, got, c.want)
			}
			continue
		}
		if math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := compare.Relabel(nil); len(got) != 0 {
		t.Errorf("no figures: %v", got)
	}
}

// Copies of a figure cost nothing; figures that have nothing to do with it cost what they may look like by chance.
func TestRelabelMany(t *testing.T) {
	apart := compare.Contrast{Base: []float64{1, 2, 3, 4, 5}, New: []float64{6, 7, 8, 9, 10}, Higher: true}
	same := make([]compare.Contrast, 50)
	for i := range same {
		same[i] = apart
	}
	for i, p := range compare.Relabel(same) {
		if math.Abs(p-1.0/252) > 1e-12 {
			t.Fatalf("copy %d: %v, want 1/252", i, p)
		}
	}
	other := compare.Contrast{Base: []float64{1, 3, 5, 7, 9}, New: []float64{2, 4, 6, 8, 10}, Higher: true}
	got := compare.Relabel([]compare.Contrast{other, apart})
	if math.Abs(got[1]-2.0/252) > 1e-12 { // one labelling takes each of the two wholly apart
		t.Errorf("beside another figure: %v, want 2/252", got[1])
	}
	if got[0] < 0.1 {
		t.Errorf("the other figure: %v, want nothing of it", got[0])
	}
	// Five runs are enough to tell what is large from what is noise, whatever else there is.
	clear := []compare.Contrast{{Base: []float64{100, 101, 102, 99, 98}, New: []float64{120, 121, 122, 119, 118}, Higher: true}}
	quiet := rand.New(rand.NewPCG(8, 9))
	for range 40 {
		clear = append(clear, compare.Contrast{Base: normal(quiet, 5, 100, 10), New: normal(quiet, 5, 100, 10), Higher: true})
	}
	if p := compare.Relabel(clear); p[0] > 2.0/252 {
		t.Errorf("among 40 others with five runs: %v", p[0])
	}
	noisy := make([]compare.Contrast, 50)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noisy {
		noisy[i] = compare.Contrast{Base: normal(random, 8, 100, 1), New: normal(random, 8, 100, 1), Higher: true}
	}
	noisy[0] = compare.Contrast{Base: normal(random, 8, 100, 1), New: normal(random, 8, 120, 1), Higher: true}
	if p := compare.Relabel(noisy); p[0] > 0.01 {
		t.Errorf("among 49 others: %v, want at most 50/12870", p[0])
	}
	large := compare.Contrast{Base: normal(random, 30, 100, 5), New: normal(random, 30, 120, 5), Higher: true}
	if p := compare.Relabel([]compare.Contrast{large})[0]; p != 1.0/20_000 || compare.LeastAdjusted(30, 30) != p {
		t.Errorf("30 runs of each side: %v, want one of 20,000 drawn labellings", p)
	}
}

// What is less suspicious by itself is not surer beside others: two figures of which a labelling other than the true one
// looks worst, beside one that the true one takes wholly apart, though not as far.
func TestRelabelIsMonotone(t *testing.T) {
	apart := compare.Contrast{Base: []float64{1, 2, 3, 4, 5}, New: []float64{6, 7, 8, 9, 10}, Higher: true}
	first := compare.Contrast{Base: []float64{100, 101, 102, 103, 200}, New: []float64{104, 201, 202, 203, 204}, Higher: true}
	second := compare.Contrast{Base: []float64{100, 101, 102, 103, 200}, New: []float64{201, 104, 202, 203, 204}, Higher: true}
	for i, p := range compare.Relabel([]compare.Contrast{apart, first, second}) {
		if math.Abs(p-3.0/252) > 1e-12 {
			t.Errorf("figure %d: %v, want 3/252", i, p)
		}
	}
}

// Of two labellings that lie wholly apart, what is never is further off than any time.
func TestRelabelNever(t *testing.T) {
	never := math.Inf(1)
	gone := compare.Contrast{Base: []float64{10, 20, 30, 40, 50}, New: []float64{never, never, never, never, never}, Higher: true}
	noise := compare.Contrast{Base: []float64{10, 20, 30, 40, 90}, New: []float64{50, 100, 110, 120, 130}, Higher: true}
	if p := compare.Relabel([]compare.Contrast{gone, noise})[0]; math.Abs(p-1.0/252) > 1e-12 {
		t.Errorf("never, beside another figure: %v, want 1/252", p)
	}
}

func normal(random *rand.Rand, n int, mean, deviation float64) (list []float64) {
	for range n {
		list = append(list, mean+deviation*random.NormFloat64())
	}
	return list
}

// If nothing has changed, the chance that any of many figures is called worse is what it is said to be, whatever the
// figures are distributed like and however they hang together.
func TestRelabelKeepsItsLevel(t *testing.T) {
	const figures, runs, trials, level = 20, 5, 250, 0.05
	shapes := map[string]func(random *rand.Rand, common float64) float64{
		"independent":   func(r *rand.Rand, _ float64) float64 { return r.NormFloat64() },
		"hang together": func(r *rand.Rand, common float64) float64 { return common + 0.1*r.NormFloat64() },
		"heavy tails":   func(r *rand.Rand, _ float64) float64 { return 1 / (r.Float64() + 1e-9) },
		"bimodal": func(r *rand.Rand, _ float64) float64 {
			return float64(r.IntN(2))*10 + r.NormFloat64()
		},
		"counts": func(r *rand.Rand, _ float64) float64 { return float64(r.IntN(3)) },
		"rarely never": func(r *rand.Rand, _ float64) float64 {
			if r.IntN(10) == 0 {
				return math.Inf(1)
			}
			return r.NormFloat64()
		},
	}
	for name, draw := range shapes {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, uint64(len(name))))
			alarms := 0
			for range trials {
				contrasts := make([]compare.Contrast, figures)
				for run := range 2 * runs {
					common := random.NormFloat64()
					for i := range contrasts {
						c := &contrasts[i]
						c.Higher = true
						if v := draw(random, common); run < runs {
							c.Base = append(c.Base, v)
						} else {
							c.New = append(c.New, v)
						}
					}
				}
				for _, p := range compare.Relabel(contrasts) {
					if p <= level {
						alarms++
						break
					}
				}
			}
			// Three standard deviations of what 250 draws of one in twenty vary by.
			if most := trials*level + 3*math.Sqrt(trials*level*(1-level)); float64(alarms) > most {
				t.Errorf("%d of %d, want at most %s", alarms, trials, fmt.Sprint(most))
			}
		})
	}
}
