package compare_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

const ms = time.Millisecond

var p99 = scenarios.FigureName{Metric: "end_to_end", Statistic: "p99"}

// runs are results with these end-to-end p99s; a negative one has no samples.
func runs(p99s ...time.Duration) []*reports.Result {
	var list []*reports.Result
	for _, v := range p99s {
		r := &reports.Result{Latency: reports.Latencies{"end_to_end": {Count: 100, P50: v / 2, P99: v}}}
		if v < 0 {
			r.Latency = reports.Latencies{}
		}
		list = append(list, r)
	}
	return list
}

func failovers(p99s ...time.Duration) []*reports.Result {
	var list []*reports.Result
	for _, v := range p99s {
		d := reports.Distribution{Count: 100, P50: v / 2, P99: v}
		if v < 0 {
			d = reports.Distribution{Count: 90, Never: 10, P50: ms, P99: -1}
		}
		list = append(list, &reports.Result{Injections: []reports.Injection{{}}, Failover: reports.Failover{Resume: d}})
	}
	return list
}

func only(name scenarios.FigureName) compare.Options {
	return compare.Options{Figures: []scenarios.FigureName{name}}
}

// near compares a figure with the truth to nine digits.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Two sides that lie wholly apart: every figure of the comparison is known on paper.
func TestApart(t *testing.T) {
	c := compare.Sides([]compare.Side{
		{Name: "a", Results: runs(10*ms, 12*ms, 11*ms, 14*ms, 13*ms)}, {Name: "b", Results: runs(24*ms, 20*ms, 22*ms, 28*ms, 26*ms)},
	}, only(p99))
	row := c.Rows[0]
	near(t, "median", float64(row.Samples[0].Median), float64(12*ms))
	near(t, "other median", float64(row.Samples[1].Median), float64(24*ms))
	d := row.Differences[0]
	near(t, "difference", float64(d.Absolute), float64(12*ms))
	near(t, "ratio", float64(d.Ratio), 2)
	near(t, "percent", d.Percent(), 100)
	near(t, "p", d.P, 2.0/252) // of 252 ways to choose five of ten, one this way and one the other
	near(t, "adjusted", d.Adjusted, 2.0/252)
	// U is at most 2 with a probability of 4/252 < 2.5 %, and at most 3 with 7/252: the interval leaves out the two
	// ratios at each end: 20/14 and 20/13, 28/10 and 26/10.
	near(t, "low", float64(d.RatioLow), 22.0/14)
	near(t, "high", float64(d.RatioHigh), 28.0/11)
	if !d.Real || !d.Enough || d.Need != 4 {
		t.Errorf("%+v, want it real, and 4 runs enough", d)
	}
	back, ok := row.Between(1, 0)
	near(t, "the other way", float64(back.Ratio), 0.5)
	near(t, "the other way, low", float64(back.RatioLow), 11.0/28)
	if !ok || back.From != 1 {
		t.Errorf("the other way: %+v, %t", back, ok)
	}
}

func TestFewRuns(t *testing.T) {
	for n := 1; n <= 5; n++ {
		low, high := runs(10*ms, 11*ms, 12*ms, 13*ms, 14*ms)[:n], runs(20*ms, 21*ms, 22*ms, 23*ms, 24*ms)[:n]
		d := compare.Sides([]compare.Side{{Results: low}, {Results: high}}, only(p99)).Rows[0].Differences[0]
		if want := n >= 4; d.Real != want || d.Enough != want || d.Need != 4 {
			t.Errorf("%d runs of each side: %+v", n, d)
		}
	}
}

// Clients that never came back are ranks like others: they make medians infinite and never a number that is none.
func TestNever(t *testing.T) {
	name := scenarios.FigureName{Metric: "failover", Statistic: "p99"}
	c := compare.Sides([]compare.Side{
		{Results: failovers(10*ms, 12*ms, 11*ms, -1, 13*ms)}, {Results: failovers(-1, -1, 100*ms, -1, -1)},
		{Results: failovers(-1, -1, -1, -1)},
	}, only(name))
	row := c.Rows[0]
	near(t, "one never", float64(row.Samples[0].Median), float64(12*ms))
	if !math.IsInf(float64(row.Samples[1].Median), 1) || !math.IsInf(float64(row.Samples[2].Median), 1) {
		t.Errorf("medians %v, want infinite ones", row.Samples)
	}
	d, _ := row.Between(0, 1)
	if !math.IsInf(float64(d.Absolute), 1) || !(d.P < 0.1) {
		t.Errorf("%+v, want an infinite difference", d)
	}
	if d, _ := row.Between(1, 2); d.Absolute != 0 || d.Real {
		t.Errorf("never and never: %+v, want no difference", d)
	}
	if d, _ := row.Between(2, 2); d.P != 0 {
		t.Errorf("a side and itself: %+v", d)
	}
	text, err := json.Marshal(c)
	if err != nil || strings.Contains(string(text), "NaN") {
		t.Fatalf("%v: %s", err, text)
	}
	var again compare.Statistics
	if err := json.Unmarshal(text, &again); err != nil || !math.IsInf(float64(again.Rows[0].Samples[1].Median), 1) {
		t.Errorf("read back: %v, %+v", err, again)
	}
}

// What only some runs, or only one side, or nobody has.
func TestUnknown(t *testing.T) {
	c := compare.Sides([]compare.Side{{Results: runs(10*ms, -1, 12*ms)}, {Results: runs(-1)}, {}}, only(p99))
	row := c.Rows[0]
	if row.Samples[0].Known != 2 || len(row.Samples[0].Values) != 3 || row.Samples[1].Known != 0 || len(row.Differences) != 0 {
		t.Errorf("%+v", row)
	}
	near(t, "of two", float64(row.Samples[0].Median), float64(11*ms))
	near(t, "of none", float64(row.Samples[1].Median), math.NaN())
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
	if c := compare.Sides(nil, compare.Options{}); len(c.Rows) != 0 {
		t.Errorf("nothing compared: %+v", c)
	}
}

// Of figures that do not differ hardly any is called real, however many there are; those that do are found among them.
func TestManyFigures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var figures []scenarios.FigureName
	for _, m := range []string{"publish", "end_to_end", "service", "connect", "dial", "connack", "publish_delay"} {
		for _, s := range []string{"min", "mean", "p50", "p90", "p99", "p999", "max"} {
			figures = append(figures, scenarios.FigureName{Metric: m, Statistic: s})
		}
	}
	value := func(slower float64) time.Duration {
		return time.Duration(float64(10*ms) * math.Exp(0.1*random.NormFloat64()) * slower)
	}
	side := func(slower float64) (list []*reports.Result) {
		for range 8 {
			l := reports.Latencies{}
			for _, f := range figures {
				s := 1.0
				if f.Metric == "publish" {
					s = slower
				}
				d := l[f.Metric]
				d.Count = 1
				for name, field := range map[string]*time.Duration{"min": &d.Min, "mean": &d.Mean, "p50": &d.P50, "p90": &d.P90, "p99": &d.P99, "p999": &d.P999, "max": &d.Max} {
					if name == f.Statistic {
						*field = value(s)
					}
				}
				l[f.Metric] = d
			}
			list = append(list, &reports.Result{Latency: l})
		}
		return list
	}
	found, wrong := 0, 0
	const rounds = 50
	for range rounds {
		c := compare.Sides([]compare.Side{{Results: side(1)}, {Results: side(1.5)}}, compare.Options{Figures: figures})
		for _, r := range c.Rows {
			switch {
			case r.Differences[0].Real && r.Name.Metric == "publish":
				found++
			case r.Differences[0].Real:
				wrong++
			}
		}
	}
	if total := found + wrong; float64(wrong) > 0.08*float64(total) || found < rounds*7*9/10 {
		t.Errorf("%d real differences found of %d, %d that are none", found, rounds*7, wrong)
	}
}
