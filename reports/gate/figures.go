package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

// forbidden says whether a run's count of an exact metric is of what must not be: what QoS allows is told apart by the
// findings. Losses at QoS 0 and duplicates at QoS 1 are part of the bargain, and differ from run to run.
func forbidden(metric string, r *reports.Result) bool {
	found := func(names ...string) bool {
		return slices.ContainsFunc(r.Findings, func(f reports.Finding) bool { return slices.Contains(names, f.Name) })
	}
	switch metric {
	case "phantom":
		return true
	case "lost":
		return found("silent loss", "declared loss") || !found("loss at QoS 0")
	case "duplicated":
		return found("duplicates at QoS 2")
	default:
		return false
	}
}

// most is the most that a run has of a count of what must not be, of what is certain, and how many runs have any.
func most(name scenarios.FigureName, runs []Run) (most float64, with int) {
	for _, run := range runs {
		f := reports.Observe(name, run.Result)
		if f.Known && f.Low > 0 && forbidden(name.Metric, run.Result) {
			most = max(most, f.Low)
			with++
		}
	}
	return most, with
}

// exact fails where new runs have what must not be and the baseline has none: once is too often, in whatever run. Where
// the baseline has some as well, ranks decide as for any other figure.
func (d *Decision) exact(base, now []Run, o Options) {
	for _, m := range scenarios.Metrics() {
		name := scenarios.FigureName{Metric: m.Name}
		if !m.Exact || !o.wants(name) {
			continue
		}
		_, before := most(name, base)
		worst, with := most(name, now)
		if before > 0 || with == 0 {
			continue
		}
		c := Change{
			Figure: name.String(), Title: m.Title, Unit: name.Unit(), Better: m.Better, New: compare.Number(worst), Exact: true,
			Ratio: compare.Number(math.NaN()), RatioLow: compare.Number(math.NaN()), RatioHigh: compare.Number(math.NaN()),
			Note: fmt.Sprintf("in %d of %d new runs, in none of %d of the baseline", with, len(now), len(base)),
		}
		d.Worse = append(d.Worse, c)
		d.worsen(check.Fail, "%s: %s in a run, where the baseline has none", m.Title, reports.Quantity(worst, c.Unit))
	}
}

// wants says whether a figure is to be looked at.
func (o Options) wants(name scenarios.FigureName) bool {
	meant := func(list []string) bool {
		return slices.ContainsFunc(list, func(about string) bool { return means(about, name) })
	}
	return (len(o.Only) == 0 || meant(o.Only)) && !meant(o.Ignore)
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	for _, about := range slices.Concat(o.Only, o.Ignore) {
		if err := checkAbout(about); err != nil {
			return err
		}
	}
	for _, a := range o.Allow {
		if !slices.Contains(Allowable(), a) {
			return fmt.Errorf("%q cannot be allowed to differ: want %s", a, strings.Join(Allowable(), ", "))
		}
	}
	if !(o.Alpha == 0 || o.Alpha >= leastAlpha && o.Alpha < 1) {
		return fmt.Errorf("alpha is %v: want at least %v and less than 1", o.Alpha, leastAlpha)
	}
	return nil
}

// leastAlpha is the least that labellings of which not all are looked at can tell.
const leastAlpha = 0.0001

// figures are those that are compared.
func (o Options) figures(sides []compare.Side) []scenarios.FigureName {
	names := compare.KeyFigures(sides)
	if o.All || len(o.Only) > 0 {
		names = compare.AllFigures(sides)
	}
	return slices.DeleteFunc(names, func(name scenarios.FigureName) bool {
		return name.Better() == scenarios.Neither || !o.wants(name) || len(o.Only) == 0 && ours(name.Metric)
	})
}

// ours are the metrics of mqbench itself, which say nothing about brokers unless they are asked for.
func ours(metric string) bool {
	return metric == scenarios.MemoryGrowth || metric == scenarios.GeneratorCPUPerMessage
}

// compare holds the figures of the sides against each other.
func (d *Decision) compare(used [2][]*reports.Result, o Options) {
	if least := compare.LeastAdjusted(len(used[0]), len(used[1])); len(used[0]) == 0 || len(used[1]) == 0 || least > o.Alpha {
		d.worsen(check.Inconclusive,
			"%d runs of the baseline and %d new ones can be compared, too few to be sure of anything: want %d of each at least",
			len(used[0]), len(used[1]), d.Need)
	}
	sides := []compare.Side{{Name: "base", Results: used[0]}, {Name: "new", Results: used[1]}}
	s := compare.Sides(sides, compare.Options{Figures: o.figures(sides)})
	var rows []compare.Row
	for _, r := range s.Rows {
		switch a, b := r.Samples[0].Known, r.Samples[1].Known; {
		case a > 0 && b > 0:
			rows = append(rows, r)
		case a > 0 && a == len(used[0]) && len(used[1]) > 0:
			d.worsen(check.Inconclusive, "%s has no value in any new run", r.Figure)
		}
	}
	d.Compared = len(rows)
	if len(rows) == 0 {
		if d.Base.Used > 0 && d.New.Used > 0 {
			d.worsen(check.Inconclusive, "there is no figure that both sides have")
		}
		return
	}
	worse, better := contrasts(rows, o, false), contrasts(rows, o, true)
	for i, p := range compare.Relabel(worse) {
		d.worse(change(rows[i], p, o), rows[i], p, used, o)
	}
	for i, p := range compare.Relabel(better) {
		if p <= o.Alpha {
			d.Better = append(d.Better, change(rows[i], p, o))
		}
	}
}

// contrasts are the rows as [compare.Relabel] takes them, turned round where what is better is sought.
func contrasts(rows []compare.Row, o Options, better bool) []compare.Contrast {
	var list []compare.Contrast
	for _, r := range rows {
		list = append(list, compare.Contrast{
			Base: floats(r.Samples[0].Values), New: floats(r.Samples[1].Values),
			Higher: (r.Better == scenarios.Lower) != better, Counts: o.Effects.of(r.Name).counts,
		})
	}
	return list
}

func floats(numbers []compare.Number) []float64 {
	list := make([]float64, len(numbers))
	for i, n := range numbers {
		list[i] = float64(n)
	}
	return list
}

func change(r compare.Row, p float64, o Options) Change {
	c := Change{
		Figure: r.Figure, Title: r.Title, Unit: r.Unit, Better: r.Better, Base: r.Samples[0].Median, New: r.Samples[1].Median, P: p,
		Effect: o.Effects.of(r.Name).text(r.Unit),
	}
	between, _ := r.Between(0, 1)
	c.Ratio, c.RatioLow, c.RatioHigh = between.Ratio, between.RatioLow, between.RatioHigh
	return c
}

// worse files a figure that may be worse.
func (d *Decision) worse(c Change, r compare.Row, p float64, used [2][]*reports.Result, o Options) {
	switch {
	case math.IsNaN(p) || p > suspicious:
	case slices.ContainsFunc(d.Worse, func(w Change) bool { return w.Figure == c.Figure }): // exactly so
	case p > o.Alpha:
		d.Perhaps = append(d.Perhaps, c)
		d.mirrored(c, p, used, o)
	default:
		grown := ownGrowth(r.Name, used)
		rest := float64(c.New) - grown
		if grown > 0 && (rest <= float64(c.Base) || !o.Effects.of(r.Name).counts(float64(c.Base), rest)) {
			c.Note = fmt.Sprintf("mqbench's own waits grew by up to %s", reports.Quantity(grown, scenarios.UnitNanoseconds))
			d.Excused = append(d.Excused, c)
			d.worsen(check.Inconclusive, "%s is worse, and so are mqbench's own waits, by up to %s: it may be all theirs",
				c.Figure, reports.Quantity(grown, scenarios.UnitNanoseconds))
			return
		}
		d.Worse = append(d.Worse, c)
		d.worsen(check.Fail, "%s is worse: %s%s, from %s to %s (p=%.2g; what counts is %s)", c.Figure, c.By(), c.between(),
			reports.Quantity(float64(c.Base), c.Unit), reports.Quantity(float64(c.New), c.Unit), p, c.Effect)
	}
}

// mirrored tells what the number of runs alone keeps from being sure: the runs lie as far apart as they can, but where
// something else got better, sides that are exchanged look as bad, and with few runs that one way is too many.
func (d *Decision) mirrored(c Change, p float64, used [2][]*reports.Result, o Options) {
	const slack = 1e-9
	if p <= 2*compare.LeastAdjusted(len(used[0]), len(used[1]))*(1+slack) {
		d.worsen(check.Inconclusive, "%s is worse in all runs, and so few cannot be sure of it where something else is better: want %d of each",
			c.Figure, compare.Need(o.Alpha/2))
	}
}

// ownGrowth is by how much the median of mqbench's own part of a latency is longer in new runs; see ownPart.
func ownGrowth(name scenarios.FigureName, used [2][]*reports.Result) float64 {
	var own [2][]float64
	for side, results := range used {
		for _, r := range results {
			own[side] = append(own[side], float64(ownPart(name, r.Generator.Waits)))
		}
	}
	return max(0, compare.Median(own[1])-compare.Median(own[0]))
}

// between says where the change lies with 95 % confidence, where enough is known.
func (c Change) between() string {
	low, high := float64(c.RatioLow), float64(c.RatioHigh)
	if !finite(low) || !finite(high) || low <= 0 {
		return ""
	}
	return fmt.Sprintf(" (95 %% confidence: %+.1f %% to %+.1f %%)", 100*(low-1), 100*(high-1))
}

// By is how much the figure has changed, in words: "+12.3 %", "3.1×", "from none", "never".
func (c Change) By() string {
	switch ratio := float64(c.Ratio); {
	case c.Exact:
		return "from none"
	case math.IsInf(float64(c.New), 1):
		return "never"
	case math.IsInf(float64(c.Base), 1):
		return "not never"
	case !finite(ratio) || ratio == 0 && c.Base == 0:
		difference := float64(c.New - c.Base)
		sign := "+"
		if difference < 0 {
			sign = ""
		}
		return sign + reports.Quantity(difference, c.Unit)
	case ratio >= 3:
		return fmt.Sprintf("%.1f×", ratio)
	default:
		return fmt.Sprintf("%+.1f %%", 100*(ratio-1))
	}
}
