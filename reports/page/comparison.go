package page

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

// A Comparison is what the page of a comparison is drawn from.
type Comparison struct {
	// Of has an outcome.
	Of *compare.Comparison
	// Typical has a run of each variant in detail; nil: there is none.
	Typical []*Typical
	// Links are the addresses of the reports of the runs, by number, relative to the page; "" where there is none.
	Links []string
}

// WriteComparison writes the page of a comparison.
func WriteComparison(w io.Writer, c Comparison) error {
	view, err := composeComparison(c)
	if err == nil {
		err = render(w, "comparison", view)
	}
	if err != nil {
		return fmt.Errorf("write comparison.html: %w", err)
	}
	return nil
}

// A comparisonView is what the template "comparison" draws.
type comparisonView struct {
	Shell       Shell
	Of          *compare.Comparison
	Conclusions []Fact
	What, Note  string
	Tone        string
	Headlines   Table
	Intervals   template.HTML
	Figures     Table
	Percentiles []template.HTML
	Recovery    template.HTML
	Courses     []template.HTML
	Faults      template.HTML
	Chosen      []string
	Traits      Table
	Runs        []runRow
	Command     string
	// Ordered are runs in the order in which they were made; saved ones are in that of their folders.
	Ordered     bool
	Facts       []Fact
	Definitions []definition
	Data        template.HTML
}

// A runRow is a line of the table of runs.
type runRow struct {
	Number                               int
	Variant, Round, Seed, State, Verdict string
	Took, Began, Reason, Link            string
}

func composeComparison(c Comparison) (comparisonView, error) {
	of := cleanCopy(reflect.ValueOf(c.Of)).Interface().(*compare.Comparison)
	var set charts.Set
	d := overlay{set: &set, of: of, typical: c.Typical}
	v := comparisonView{
		Of: of, What: whatCompared(of), Conclusions: conclusions(of),
		Headlines: comparedTable(of, "Medians", compare.Headlines(of.Outcome.Compared)),
		Intervals: intervals(&set, of), Figures: comparedTable(of, "Every figure that was compared", of.Outcome.Compared.Rows),
		Percentiles: some(d.percentiles()...), Recovery: d.recovery(), Courses: some(d.courses()...), Chosen: d.chosen(),
		Traits: traitTable(of), Runs: runRows(of, c.Links), Command: commandLine(of.Command), Ordered: of.Rounds > 0, Facts: comparisonFacts(of),
		Definitions: metricDefinitions(), Faults: d.faultList(),
	}
	v.Tone, v.Note = orderNote(of)
	var err error
	if v.Data, err = set.Data(); err != nil {
		return comparisonView{}, err
	}
	v.Shell = Shell{
		Title: of.Scenario + ": comparison", Style: charts.CSS(), Script: charts.Script(),
		Sections: []Section{
			{"summary", "Summary"}, {"medians", "Medians"}, {"latency", "Latency"}, {"failover", "Failover"}, {"course", "Course"},
			{"settings", "Settings"}, {"runs", "Runs"}, {"figures", "Every figure"}, {"definitions", "Definitions"},
		},
		Foot: fmt.Sprintf("mqbench %s · this page loads nothing and sends nothing.", of.Mqbench),
	}
	return v, nil
}

func whatCompared(c *compare.Comparison) string {
	var names []string
	for i, v := range c.Variants {
		names = append(names, fmt.Sprintf("%s (%d of %s)", v.Name, c.Count(i, compare.Done), reports.Plural(c.All(i), "run")))
	}
	text := strings.Join(names, ", ")
	if c.Interrupted {
		text += " – ended early"
	}
	return text
}

// conclusions are the sentences, each with the figure that it is about.
func conclusions(c *compare.Comparison) []Fact {
	var list []Fact
	for _, sentence := range c.Outcome.Conclusions {
		f := Fact{Text: sentence}
		for _, row := range compare.Headlines(c.Outcome.Compared) {
			if title := compare.FigureTitle(row); strings.HasPrefix(sentence, title+": ") {
				f = Fact{Name: title, Text: strings.TrimPrefix(sentence, title+": ")}
			}
		}
		list = append(list, f)
	}
	return list
}

// orderNote says whether the variants are in an order, and its tone.
func orderNote(c *compare.Comparison) (tone, note string) {
	switch o := c.Outcome; {
	case len(o.Bars) == 0:
		return "", "Nothing that differs beside what was asked for is known to decide a figure: the variants may be put in an order."
	case o.RankAnyway:
		return "doubt", "The variants are put in an order as asked, although what differs between them may decide the figures:"
	default:
		return "doubt", "No variant is called better than another, for what differs between them may decide the figures:"
	}
}

// comparedTable has a row for each figure: the median of each variant with its interval, and whether it really differs from
// the first one.
func comparedTable(c *compare.Comparison, caption string, rows []compare.Row) Table {
	t := Table{Caption: caption, Columns: []Column{{Title: "Figure", Text: true}}}
	for _, v := range c.Variants {
		t.Columns = append(t.Columns, Column{Title: v.Name})
	}
	for _, row := range rows {
		r := Row{Cells: []Cell{{Text: compare.FigureTitle(row), About: about(row.Name.Metric)}}}
		if row.Name.Metric == "" { // read from a file, which does not have it
			r.Cells[0] = Cell{Text: row.Figure}
		}
		for n, s := range row.Samples {
			r.Cells = append(r.Cells, sampleCell(row, n, s))
		}
		t.Rows = append(t.Rows, r)
	}
	t.Notes = append(t.Notes, fmt.Sprintf("Median of the runs. In brackets the interval that holds the median of many more such runs with "+
		"%.0f %% confidence, or, of fewer than six runs, the least and the most: of five that is 94 %%, of four 88 %%. × is how many times the "+
		"median of %s it is, and stands only where the difference is more than chance (rank test of Mann and Whitney, "+
		"adjusted for the number of figures by Benjamini and Hochberg).", 100*(1-c.Outcome.Compared.Alpha), c.Variants[0].Name))
	return t
}

func sampleCell(row compare.Row, side int, s compare.Sample) Cell {
	if s.Known == 0 {
		return textCell("–")
	}
	text := compare.MedianText(row, side)
	if low, high, _, ok := s.Interval(); ok && low != high {
		text += fmt.Sprintf(" (%s to %s)", reports.Quantity(low, row.Unit), reports.Quantity(high, row.Unit))
	}
	if d, ok := row.Between(0, side); ok && d.Real {
		if times := compare.Times(float64(d.Ratio)); times != "" {
			text += " " + times + "×"
		} else {
			text += " differs"
		}
	}
	return Cell{Text: text, Exact: exactValue(float64(s.Median), row.Unit)}
}

func exactValue(v float64, unit scenarios.Unit) string {
	if unit == scenarios.UnitNumber {
		return ""
	}
	return fmt.Sprintf("%.6g %s", v, unit)
}

// intervals draws the headlines: medians, their intervals and the single runs.
func intervals(set *charts.Set, c *compare.Comparison) template.HTML {
	chart := charts.Intervals{Caption: charts.Caption{
		Title: "Medians, their intervals, and the single runs",
		Description: "A row for each figure with an axis of its own; for each variant its median as a dot, the interval as a line, and the " +
			"runs as ticks. The table below has the same figures.",
	}}
	for n, v := range c.Variants {
		chart.Series, chart.Styles = append(chart.Series, v.Name), append(chart.Styles, styleOf(n))
	}
	for _, row := range compare.Headlines(c.Outcome.Compared) {
		least, most := rangeOf(row)
		if least == most {
			continue // there is nothing to be seen, and the table has it
		}
		r := charts.IntervalRow{Title: compare.FigureTitle(row), Note: realNote(c, row), Axis: charts.Axis{
			Unit: chartUnit(row.Unit), Log: least > 0 && most > 30*least && !math.IsInf(most, 1),
		}}
		for n, s := range row.Samples {
			in := charts.Interval{Median: float64(s.Median), Low: float64(s.Median), High: float64(s.Median)}
			if s.Known > 0 {
				in.Text = compare.MedianText(row, n)
			}
			if low, high, _, ok := s.Interval(); ok {
				in.Low, in.High = low, high
			}
			for _, v := range s.Values {
				in.Runs = append(in.Runs, float64(v))
			}
			r.Of = append(r.Of, in)
		}
		chart.Rows = append(chart.Rows, r)
	}
	if len(chart.Rows) == 0 {
		return ""
	}
	return set.Intervals(chart)
}

// rangeOf is the least and the most value of any run.
func rangeOf(row compare.Row) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, s := range row.Samples {
		for _, v := range s.Values {
			if f := float64(v); !math.IsNaN(f) {
				least, most = min(least, f), max(most, f)
			}
		}
	}
	return least, most
}

// styleOf is the colour of a variant, the same in all charts.
func styleOf(variant int) int { return variant%mostOverlaid + 1 }

// realNote says whether any difference of a figure is real.
func realNote(c *compare.Comparison, row compare.Row) string {
	real, enough := 0, false
	for _, d := range row.Differences {
		if d.Real {
			real++
		}
		enough = enough || d.Enough
	}
	switch {
	case !enough:
		return "too few runs to tell"
	case real == 0 && row.Apart():
		return "too few runs to tell"
	case real == 0:
		return "no difference shown"
	case len(c.Variants) == 2:
		d := row.Differences[0]
		if times := compare.Times(float64(d.Ratio)); times != "" {
			return fmt.Sprintf("%s× (%s)", times, compare.Probability(d.Adjusted))
		}
		return fmt.Sprintf("differs (%s)", compare.Probability(d.Adjusted))
	default:
		return fmt.Sprintf("%d of %s differ", real, reports.Plural(len(row.Differences), "pair"))
	}
}

func chartUnit(u scenarios.Unit) charts.Unit {
	switch u {
	case scenarios.UnitNanoseconds:
		return charts.Nanoseconds
	case scenarios.UnitBytes:
		return charts.Bytes
	default:
		return charts.Number
	}
}

// traitTable lays the settings side by side, what bars an order first.
func traitTable(c *compare.Comparison) Table {
	t := Table{Caption: "What the variants were", Class: "words", Columns: []Column{{Title: "", Text: true}}}
	for _, v := range c.Variants {
		t.Columns = append(t.Columns, Column{Title: v.Name, Text: true})
	}
	var barring, differing, same []Row
	for _, trait := range c.Outcome.Traits {
		r := Row{Cells: []Cell{textCell(trait.Title)}}
		for _, v := range trait.Values {
			if v == "" {
				v = "not known"
			}
			r.Cells = append(r.Cells, textCell(v))
		}
		switch {
		case trait.Bars != "":
			barring = append(barring, r)
		case trait.Differs():
			differing = append(differing, r)
		default:
			same = append(same, r)
		}
	}
	for _, part := range []struct {
		heading string
		rows    []Row
	}{{"Differs, and may decide figures", barring}, {"Differs", differing}, {"The same", same}} {
		if len(part.rows) > 0 {
			t.Rows = append(append(t.Rows, Row{Heading: part.heading}), part.rows...)
		}
	}
	return t
}

func runRows(c *compare.Comparison, links []string) []runRow {
	var rows []runRow
	for n, r := range c.Runs {
		row := runRow{
			Number: n + 1, Variant: c.Variants[r.Variant].Name, Round: "–", Seed: fmt.Sprint(r.Seed), State: string(r.State), Verdict: r.Verdict,
			Took: "–", Reason: r.Reason,
		}
		if r.Round > 0 {
			row.Round = fmt.Sprint(r.Round)
		}
		if r.Took > 0 {
			row.Took = reports.Span(r.Took)
		}
		if !r.Began.IsZero() {
			row.Began = r.Began.UTC().Format(time.DateTime)
		}
		if n < len(links) {
			row.Link = links[n]
		}
		rows = append(rows, row)
	}
	return rows
}

// commandLine is a command as it was typed, as far as a shell would take it so.
func commandLine(words []string) string {
	var parts []string
	for i, w := range words {
		switch {
		case i == 0:
			w = "mqbench"
		case w == "" || strings.ContainsAny(w, " \t\n\"'`$&|;<>(){}[]*?!#~\\"):
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		parts = append(parts, w)
	}
	return strings.Join(parts, " ")
}

func comparisonFacts(c *compare.Comparison) []Fact {
	facts := []Fact{
		{"Began", c.Began.UTC().Format(time.DateTime) + " UTC"}, {"mqbench", c.Mqbench}, {"Varied", strings.Join(c.Keys, ", ")},
	}
	if c.Rounds > 0 {
		facts = append(facts, Fact{"Rounds", fmt.Sprint(c.Rounds)},
			Fact{"Order", "each round the other way than the one before it (A B C, C B A, …), so that drift meets all alike"},
			Fact{"Seeds", fmt.Sprintf("%d to %d, one a round, the same for all variants", c.Seed, c.Seed+uint64(c.Rounds)-1)})
	}
	return there(facts)
}
