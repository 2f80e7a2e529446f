package compare

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
)

// TextOptions say how a comparison looks in a terminal.
type TextOptions struct {
	// Width is the number of columns.
	Width int
	Color bool
	// Dir is the folder whose files are named at the end; empty names none.
	Dir string
}

// Interval is the confidence interval of the median that so many runs allow, and how sure it is: where they are too few
// for the confidence that was asked for it spans all values, and its confidence is 1 - 2^(1-n) [Conover, Practical
// Nonparametric Statistics, 3.2]. With one value there is none.
func (s Sample) Interval() (low, high, confidence float64, ok bool) {
	values := s.known()
	if len(values) < 2 {
		return 0, 0, 0, false
	}
	low, high = float64(s.Low), float64(s.High)
	if math.IsInf(low, -1) || math.IsInf(high, 1) && !math.IsInf(slices.Max(values), 1) {
		return slices.Min(values), slices.Max(values), 1 - math.Pow(2, 1-float64(len(values))), true
	}
	return low, high, s.Confidence, true
}

// spread is how far the interval reaches from the median at most, as "±7%" or "±12×"; "" where it does not, or nobody can say.
func (s Sample) spread() string {
	low, high, _, ok := s.Interval()
	median := float64(s.Median)
	if !ok || math.IsInf(median, 0) || median <= 0 || low == high {
		return ""
	}
	far := max(high-median, median-low)/median - 1e-9 // 7 % are not 8, whatever the last binary digit says
	switch {
	case math.IsInf(far, 0):
		return "±∞"
	case far >= 2: // where percents are hard to read
		return fmt.Sprintf("±%.0f×", math.Ceil(far))
	}
	return fmt.Sprintf("±%.0f%%", math.Ceil(100*far))
}

// WriteText writes the outcome for people at a terminal: the figures by variant, what is real of their differences, and
// why there is no order where there is none. No text from outside reaches the terminal with a control character.
func (s *Comparison) WriteText(w io.Writer, o TextOptions) error {
	t := text{of: s, o: o, w: w}
	fmt.Fprintf(w, "%s: %s\n\n", reports.Printable(s.Scenario), t.scope())
	for _, section := range []func() error{t.figures, t.conclusions, t.traits, t.files} {
		if err := section(); err != nil {
			return fmt.Errorf("write the comparison: %w", err)
		}
	}
	return nil
}

type text struct {
	of *Comparison
	o  TextOptions
	w  io.Writer
}

// scope says how much was compared.
func (t *text) scope() string {
	measured := 0
	for i := range t.of.Variants {
		measured += t.of.Count(i, Done)
	}
	text := fmt.Sprintf("%s by %s", reports.Plural(len(t.of.Variants), "variant"), reports.Plural(measured, "run"))
	if n := len(t.of.Runs); n != measured {
		text += fmt.Sprintf(" of %d", n)
	}
	if t.of.Interrupted {
		text += ", ended early"
	}
	return text
}

// figures is the table of the headlines, with the variants as columns, or as rows where they do not fit.
func (t *text) figures() error {
	rows := Headlines(t.of.Outcome.Compared)
	if len(rows) == 0 {
		return nil
	}
	head := []string{"median ± interval"}
	runs := []string{"runs compared"}
	for i, v := range t.of.Variants {
		head = append(head, v.Name)
		runs = append(runs, fmt.Sprint(t.of.Count(i, Done)))
	}
	cells := [][]string{head, runs}
	marked := false
	sure := math.Inf(1)
	for _, row := range rows {
		line := []string{FigureTitle(row)}
		for n := range row.Samples {
			cell := cellOf(row, n)
			if _, _, confidence, ok := row.Samples[n].Interval(); ok && row.Samples[n].spread() != "" {
				sure = min(sure, confidence)
			}
			if d, ok := row.Between(0, n); ok && d.Real {
				cell += " *"
				marked = true
			} else {
				cell += "  "
			}
			line = append(line, cell)
		}
		cells = append(cells, line)
	}
	if widthOf(cells) > max(t.o.Width, 80) {
		cells = transposed(cells)
	}
	if err := t.blocks(cells); err != nil {
		return err
	}
	if !math.IsInf(sure, 1) {
		fmt.Fprintf(t.w, "±: how far the interval of the median reaches, of %.0f %% confidence or more\n", math.Floor(100*sure))
	}
	if marked {
		fmt.Fprintf(t.w, "* really differs from %s\n", reports.Printable(t.of.Variants[0].Name))
	}
	return nil
}

// cellOf is the median of a side with its spread.
func cellOf(row Row, side int) string {
	s := row.Samples[side]
	if s.Known == 0 {
		return "–"
	}
	return strings.TrimSpace(MedianText(row, side) + " " + s.spread())
}

// blocks writes a table whose first column is repeated as often as the others need lines.
func (t *text) blocks(cells [][]string) error {
	width := max(t.o.Width, 80)
	for from := 1; from < len(cells[0]); {
		to := from + 1
		for to < len(cells[0]) && widthOf(columns(cells, from, to+1)) <= width {
			to++
		}
		part := columns(cells, from, to)
		table := reports.Table{Header: part[0], Text: []int{0}}
		for _, line := range part[1:] {
			table.Row(line...)
		}
		if err := table.Write(t.w, width, t.o.Color); err != nil {
			return err
		}
		if from = to; from < len(cells[0]) {
			fmt.Fprintln(t.w)
		}
	}
	return nil
}

// columns are the first column and those from one to another.
func columns(cells [][]string, from, to int) [][]string {
	part := make([][]string, len(cells))
	for i, line := range cells {
		part[i] = append([]string{line[0]}, line[from:to]...)
	}
	return part
}

func transposed(cells [][]string) [][]string {
	turned := make([][]string, len(cells[0]))
	for i := range turned {
		for _, line := range cells {
			turned[i] = append(turned[i], line[i])
		}
	}
	return turned
}

// widthOf is about the width of a table in columns; wide characters make it wider, and then a column is cut.
func widthOf(cells [][]string) int {
	total := 0
	for column := range cells[0] {
		widest := 0
		for _, line := range cells {
			widest = max(widest, len([]rune(reports.Printable(line[column]))))
		}
		total += widest + 2
	}
	return total - 2
}

func (t *text) conclusions() error {
	fmt.Fprintln(t.w)
	for _, sentence := range t.of.Outcome.Conclusions {
		if err := reports.WriteItem(t.w, sentence, t.o.Width); err != nil {
			return err
		}
	}
	return nil
}

// traits says why there is no order, and what differs.
func (t *text) traits() error {
	o := t.of.Outcome
	if len(o.Bars) > 0 {
		why := "None is called better (see --rank-anyway), for what may decide figures differs:"
		if o.RankAnyway {
			why = "They are put in an order as asked, although this may decide the figures:"
		}
		fmt.Fprintf(t.w, "\n%s\n", why)
		for _, bar := range o.Bars {
			if err := reports.WriteItem(t.w, bar, t.o.Width); err != nil {
				return err
			}
		}
	}
	heading := "\nWhat differs:\n"
	for _, trait := range o.Traits {
		if !trait.Differs() {
			continue
		}
		fmt.Fprint(t.w, heading)
		heading = ""
		fmt.Fprintf(t.w, "%s\n", reports.Printable(trait.Title))
		for _, item := range t.items(trait) {
			if err := reports.WriteItem(t.w, item, t.o.Width); err != nil {
				return err
			}
		}
	}
	return nil
}

// items has the values of a trait, each with the variants that have it.
func (t *text) items(trait Trait) []string {
	var values []string
	names := map[string][]string{}
	for i, v := range t.of.Variants {
		value := trait.Values[i]
		if value == "" {
			value = "not known"
		}
		if names[value] == nil {
			values = append(values, value)
		}
		names[value] = append(names[value], v.Name)
	}
	for i, value := range values {
		values[i] = strings.Join(names[value], ", ") + ": " + value
	}
	return values
}

func (t *text) files() error {
	if t.o.Dir == "" {
		return nil
	}
	_, err := fmt.Fprintf(t.w, "\nfiles in %s: comparison.html, comparison.md, comparison.csv, %s\n", reports.Printable(t.o.Dir), FileName)
	return err
}
