package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
)

// Bounds of a comment: lines of a list, and columns of what is in it.
const (
	mostReasons = 20
	longestCell = 60
	longestLine = 300
)

// gateMarkdown writes the decision for a comment on a pull request.
func gateMarkdown(w io.Writer, d *gate.Decision) error {
	var b bytes.Buffer
	var sign string
	switch d.Verdict {
	case check.Fail:
		sign = "❌"
	case check.Pass:
		sign = "✅"
	default:
		sign = "⚠️"
	}
	fmt.Fprintf(&b, "### %s mqbench gate: %s\n\n%s.\n", sign, d.Word(), gateCounts(d))
	markdownList(&b, "", d.Reasons)
	for _, s := range gateSections(d) {
		if len(s.changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n**%s**\n\n| figure | base | new | change | p |\n|---|--:|--:|--:|--:|\n", s.title)
		for _, c := range s.changes {
			cells := gateCells(c)
			for i := range cells {
				cells[i] = reports.Markdown(cells[i], longestCell)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	markdownList(&b, "Conditions", gateConditions(d))
	markdownList(&b, "Notes", d.Notes)
	_, err := w.Write(b.Bytes())
	return err
}

// markdownList writes lines from outside as a list.
func markdownList(b *bytes.Buffer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(b)
	if title != "" {
		fmt.Fprintf(b, "**%s**\n\n", title)
	}
	for n, line := range lines {
		if n == mostReasons {
			fmt.Fprintf(b, "- %d more\n", len(lines)-n)
			return
		}
		fmt.Fprintf(b, "- %s\n", reports.Markdown(line, longestLine))
	}
}
