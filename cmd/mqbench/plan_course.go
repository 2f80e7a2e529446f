package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// ratesOf says what each client of a group offers, what all of them do, and how.
func ratesOf(p *coordinator.Plan, group int) (each, all, arrival string) {
	g := &p.Assignment.PublisherGroups[group]
	if g.Closed() {
		return "max", fmt.Sprintf("window %d each", g.Window), "closed loop"
	}
	c := p.Assignment.Schedules().Group(group, p.Budget.Length, 1)
	n := float64(g.Count)
	if g.Duplicate {
		n *= 2
	}
	return between(c.Low/n, c.Peak/n), between(c.Low, c.Peak), string(g.Arrival)
}

// between writes a rate or a range of rates.
func between(low, high float64) string {
	return scenarios.Ramp{From: rounded(low), To: rounded(high)}.String()
}

// rounded is a rate as people read it.
func rounded(rate float64) scenarios.Rate {
	const digits = 1e4
	if rate <= 0 || math.IsInf(rate, 0) {
		return 0
	}
	scale := digits / math.Pow(10, math.Ceil(math.Log10(rate)))
	return scenarios.Rate(math.Round(rate*scale) / scale)
}

// printCourse shows how the load goes over time, where it does not stay the same, and what is said of closed loops.
func printCourse(w io.Writer, c workers.Course) {
	fmt.Fprintln(w)
	if !c.Steady() {
		fmt.Fprintf(w, "offered: %s, %s on average, over the warm-up and the measurement\n         %s\n",
			between(c.Low, c.Peak), rounded(c.Mean), sparkline(c.Parts))
	}
	if c.Closed > 0 {
		fmt.Fprintf(w, "closed loop: publishers that send whenever their window has room: %d;\n"+
			"             what they will offer is in no figure here\n",
			c.Closed)
	}
}

// sparkline draws values from 0 up as bars one column wide.
func sparkline(values []float64) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	for _, v := range values {
		switch {
		case v <= 0 || top == 0:
			b.WriteRune(' ')
		default:
			b.WriteRune(bars[min(int(v/top*float64(len(bars))), len(bars)-1)])
		}
	}
	return b.String()
}
