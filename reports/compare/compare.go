// Package compare says how two or more sides differ, each of them some runs of the same thing: per figure the median and
// its confidence interval, the difference, and whether it is real.
//
// It owns the statistics over runs and assumes nothing about how figures are distributed: medians, intervals of order
// statistics, and ranks. A client that never was served again makes a figure infinite; that is a rank like any other. It
// draws nothing and judges nothing: gate does, and the page draws.
//
// With many figures some differ by chance. The p-values of all differences that are asked for together are adjusted by
// the method of Benjamini and Hochberg (1995): of those called real, at most a share of alpha is expected to be none. A
// gate has to be stricter, see [Relabel].
package compare

import (
	"slices"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// A Side is some runs of the same thing.
type Side struct {
	Name    string
	Results []*reports.Result
}

// DefaultAlpha is the share of false ones among the differences that are called real, and what the confidence of
// intervals lacks to certainty.
const DefaultAlpha = 0.05

// Options say what is compared.
type Options struct {
	// Figures are those to compare; nil: the key figures that any of the results has.
	Figures []scenarios.FigureName
	// Alpha is [DefaultAlpha] where it is 0.
	Alpha float64
}

// Statistics are what came of it. Sides are referred to by their numbers.
type Statistics struct {
	Alpha float64 `json:"alpha"`
	Sides []Runs  `json:"sides"`
	Rows  []Row   `json:"figures"`
}

// Runs is a side without its results.
type Runs struct {
	Name string `json:"name"`
	Runs int    `json:"runs"`
}

// A Row is one figure of all sides.
type Row struct {
	Name   scenarios.FigureName `json:"-"`
	Figure string               `json:"figure"`
	Title  string               `json:"title"`
	Unit   scenarios.Unit       `json:"unit"`
	Better scenarios.Preference `json:"better,omitempty"`
	// Samples has one element per side.
	Samples []Sample `json:"samples"`
	// Differences has one element per pair of sides that both have the figure: the earlier side is From.
	Differences []Difference `json:"differences,omitempty"`
}

// Between is the difference of two sides, seen from the first one; ok is false where one of them lacks the figure.
func (r Row) Between(from, to int) (d Difference, ok bool) {
	for _, d := range r.Differences {
		switch {
		case d.From == from && d.To == to:
			return d, true
		case d.From == to && d.To == from:
			return d.reversed(), true
		}
	}
	return Difference{}, false
}

// Sides compares all pairs of sides.
func Sides(sides []Side, o Options) Statistics {
	if o.Alpha <= 0 {
		o.Alpha = DefaultAlpha
	}
	c := Statistics{Alpha: o.Alpha}
	for _, s := range sides {
		c.Sides = append(c.Sides, Runs{Name: s.Name, Runs: len(s.Results)})
	}
	if o.Figures == nil {
		o.Figures = KeyFigures(sides)
	}
	for _, name := range o.Figures {
		c.Rows = append(c.Rows, row(name, sides, o.Alpha))
	}
	c.adjust()
	return c
}

// KeyFigures are the names of the key figures that any result of the sides has, in the order of the metrics.
func KeyFigures(sides []Side) []scenarios.FigureName {
	return figures(sides, reports.KeyFigures, scenarios.Metric.KeyFigures)
}

// AllFigures are the names of all figures that any result of the sides has.
func AllFigures(sides []Side) []scenarios.FigureName {
	return figures(sides, reports.Figures, scenarios.Metric.Figures)
}

func figures(
	sides []Side, have func(*reports.Result) []reports.NamedFigure, all func(m scenarios.Metric, windowed bool) []scenarios.FigureName,
) []scenarios.FigureName {
	known, windowed := map[scenarios.FigureName]bool{}, false
	for _, s := range sides {
		for _, r := range s.Results {
			windowed = windowed || len(r.Injections) > 0
			for _, f := range have(r) {
				known[f.Name] = true
			}
		}
	}
	var names []scenarios.FigureName
	for _, m := range scenarios.Metrics() {
		for _, name := range all(m, windowed) {
			if known[name] {
				names = append(names, name)
			}
		}
	}
	return names
}

func row(name scenarios.FigureName, sides []Side, alpha float64) Row {
	m, _ := scenarios.FindMetric(name.Metric)
	r := Row{Name: name, Figure: name.String(), Title: m.Title, Unit: name.Unit(), Better: name.Better()}
	for _, s := range sides {
		r.Samples = append(r.Samples, sampleOf(name, s.Results, alpha))
	}
	for from := range sides {
		for to := from + 1; to < len(sides); to++ {
			a, b := r.Samples[from].known(), r.Samples[to].known()
			if len(a) > 0 && len(b) > 0 {
				r.Differences = append(r.Differences, differ(from, to, a, b, alpha))
			}
		}
	}
	return r
}

// adjust makes the p-values of all differences together those of Benjamini and Hochberg.
func (c *Statistics) adjust() {
	var all []*Difference
	for i := range c.Rows {
		for j := range c.Rows[i].Differences {
			all = append(all, &c.Rows[i].Differences[j])
		}
	}
	slices.SortStableFunc(all, func(a, b *Difference) int {
		switch {
		case a.P < b.P:
			return -1
		case a.P > b.P:
			return 1
		}
		return 0
	})
	least := 1.0
	for n := len(all) - 1; n >= 0; n-- {
		d := all[n]
		least = min(least, d.P*float64(len(all))/float64(n+1))
		d.Adjusted = least
		d.Real = d.Adjusted <= c.Alpha && d.Absolute != 0
	}
}
