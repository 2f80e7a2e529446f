package compare

import (
	"fmt"
	"io"
	"strings"

	"github.com/mqbench/mqbench/reports"
)

// mostText bounds a text from outside in Markdown, in characters.
const mostText = 400

// WriteMarkdown writes the outcome for a pull request or the summary of a CI job: the conclusions, the headlines, and why
// there is no order. Texts from outside are no markup in it.
func (c *Comparison) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: comparison\n\n", reports.Markdown(c.Scenario, mostText))
	for _, sentence := range c.Outcome.Conclusions {
		fmt.Fprintf(&b, "- %s\n", reports.Markdown(sentence, 4*mostText))
	}
	c.markdownTable(&b)
	if bars := c.Outcome.Bars; len(bars) > 0 {
		why := "None is called better, for what differs may decide the figures:"
		if c.Outcome.RankAnyway {
			why = "They are put in an order as asked, although this may decide the figures:"
		}
		fmt.Fprintf(&b, "\n%s\n\n", why)
		for _, bar := range bars {
			fmt.Fprintf(&b, "- %s\n", reports.Markdown(bar, 4*mostText))
		}
	}
	c.markdownTraits(&b)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write comparison.md: %w", err)
	}
	return nil
}

// markdownTable has the headlines, with what really differs from the first variant in bold.
func (c *Comparison) markdownTable(b *strings.Builder) {
	rows := Headlines(c.Outcome.Compared)
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n| median (interval) |")
	for i, v := range c.Variants {
		fmt.Fprintf(b, " %s, %s |", reports.Markdown(v.Name, mostText), reports.Plural(c.Count(i, Done), "run"))
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(c.Variants)) + "\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", FigureTitle(row))
		for n, s := range row.Samples {
			cell := "–"
			if s.Known > 0 {
				cell = MedianText(row, n)
			}
			if low, high, _, ok := s.Interval(); ok && low != high {
				cell += fmt.Sprintf(" (%s to %s)", reports.Quantity(low, row.Unit), reports.Quantity(high, row.Unit))
			}
			if d, ok := row.Between(0, n); ok && d.Real {
				cell = "**" + cell + "**"
			}
			fmt.Fprintf(b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "\nBold: really differs from %s.\n", reports.Markdown(c.Variants[0].Name, mostText))
}

// markdownTraits lays what differs side by side, folded.
func (c *Comparison) markdownTraits(b *strings.Builder) {
	var rows []string
	for _, t := range c.Outcome.Traits {
		if !t.Differs() {
			continue
		}
		row := "| " + reports.Markdown(t.Title, mostText) + " |"
		for _, v := range t.Values {
			if v == "" {
				v = "not known"
			}
			row += " " + reports.Markdown(v, mostText) + " |"
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n<details><summary>What differs</summary>\n\n| |")
	for _, v := range c.Variants {
		fmt.Fprintf(b, " %s |", reports.Markdown(v.Name, mostText))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(c.Variants)) + "\n" + strings.Join(rows, "\n") + "\n\n</details>\n")
}
