package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
)

// A gateSection is a list of changes under a heading.
type gateSection struct {
	title   string
	changes []gate.Change
}

func gateSections(d *gate.Decision) []gateSection {
	return []gateSection{
		{"Worse", d.Worse},
		{"Worse, maybe by mqbench", d.Excused},
		{"Perhaps worse, not surely", d.Perhaps},
		{"Better", d.Better},
	}
}

// gateCells are a change in columns: figure, base, new, change and how sure it is.
func gateCells(c gate.Change) []string {
	quantity := func(v float64) string { return reports.Quantity(v, c.Unit) }
	p := "certain"
	if !c.Exact {
		p = fmt.Sprintf("%.2g", c.P)
	}
	return []string{c.Figure, quantity(float64(c.Base)), quantity(float64(c.New)), c.By(), p}
}

// gateText prints the decision for a terminal.
func gateText(w io.Writer, d *gate.Decision) error {
	var b bytes.Buffer
	columns, colours := width(w), colour(w)
	for _, s := range gateSections(d) {
		if len(s.changes) == 0 {
			continue
		}
		table := reports.Table{Header: []string{s.title, "base", "new", "change", "p"}, Text: []int{0}}
		for _, c := range s.changes {
			table.Row(gateCells(c)...)
		}
		if err := table.Write(&b, columns, colours); err != nil {
			return err
		}
		for _, c := range s.changes {
			if c.Note != "" {
				fmt.Fprintln(&b, reports.Wrapped(c.Figure+": "+c.Note, columns))
			}
		}
		fmt.Fprintln(&b)
	}
	lines := gateConditions(d)
	for _, n := range d.Notes {
		lines = append(lines, "note: "+reports.Printable(n))
	}
	for _, line := range append(lines, gateCounts(d)) {
		fmt.Fprintln(&b, reports.Wrapped(line, columns))
	}
	for _, r := range d.Reasons {
		if err := reports.WriteItem(&b, reports.Printable(r), columns); err != nil {
			return err
		}
	}
	fmt.Fprintf(&b, "gate: %s\n", strings.ToUpper(d.Word()))
	_, err := w.Write(b.Bytes())
	return err
}

// gateCounts says what was compared.
func gateCounts(d *gate.Decision) string {
	sides := func(base, now int) string {
		ones := "ones"
		if now == 1 {
			ones = "one"
		}
		return fmt.Sprintf("%s of the baseline and %d new %s", reports.Plural(base, "run"), now, ones)
	}
	if d.NotComparable {
		return sides(d.Base.Runs, d.New.Runs) + "; nothing was compared"
	}
	return fmt.Sprintf("%s, %s compared; if nothing has changed, at most one gate in %.0f fails",
		sides(d.Base.Used, d.New.Used), reports.Plural(d.Compared, "figure"), 1/d.Alpha)
}

// gateConditions lists what differs between the sides beside the figures.
func gateConditions(d *gate.Decision) (lines []string) {
	for _, m := range d.Mismatches {
		allowed := "differs"
		if m.Allowed {
			allowed = "differs (allowed)"
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s in the baseline, %s now", m.Key, allowed, gateValues(m.Base), gateValues(m.New)))
	}
	for _, m := range d.Changed {
		lines = append(lines, fmt.Sprintf("changed: %s: %s in the baseline, %s now", m.Key, gateValues(m.Base), gateValues(m.New)))
	}
	return lines
}

// gateValues are the values of a fact on one side.
func gateValues(values []string) string {
	const longest = 100
	text := reports.Printable(strings.Join(values, " or "))
	if text == "" {
		return "unknown"
	}
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}
