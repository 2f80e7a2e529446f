package page

import (
	"fmt"
	"strconv"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// A Table is what the template "table" draws; one without rows shows its notes alone.
type Table struct {
	Caption string
	// Class is of the style sheet; most tables need none.
	Class   string
	Columns []Column
	Rows    []Row
	Notes   []string
}

// A Column of a table; those of text lean left, the others, which hold figures, right. About is the fragment of the
// definition to which its title leads.
type Column struct {
	Title string
	Text  bool
	About string
}

// A Row has a cell for each column, or a heading for those below it. A verdict colours it; what is a Part of the row above
// is indented.
type Row struct {
	Heading string
	Verdict string
	Part    bool
	Cells   []Cell
}

// A Cell is a text, which may lead to a definition, or a verdict. Exact is the figure in full where Text rounds it.
type Cell struct {
	Text    string
	Exact   string
	About   string
	Verdict string
}

// A Fact is a name with a text.
type Fact struct{ Name, Text string }

// A Tile is a figure that everybody wants to know.
type Tile struct {
	Name, Figure, More string
	// Tone is "pass", "fail", "doubt" or "", which judges nothing. About is the fragment to which it leads.
	Tone, About string
}

func row(cells ...Cell) Row { return Row{Cells: cells} }

func textCell(s string) Cell { return Cell{Text: s} }

// countCell writes a number of things.
func countCell[N int | int64 | uint64](n N) Cell {
	if n < 0 {
		return Cell{Text: "–"}
	}
	return Cell{Text: reports.Count(uint64(n))}
}

// spanCell writes a time that negative values say never came.
func spanCell(d time.Duration) Cell {
	c := Cell{Text: reports.Span(d)}
	if d > 0 {
		c.Exact = strconv.FormatInt(int64(d), 10) + " ns"
	}
	return c
}

func bytesCell(n int64) Cell {
	return Cell{Text: reports.Bytes(n), Exact: strconv.FormatInt(n, 10) + " B"}
}

// secondsCell writes CPU time; one that is negative is not known.
func secondsCell(v float64) Cell {
	if v < 0 {
		return Cell{Text: "not known"}
	}
	return spanCell(seconds(v))
}

// shareCell writes a part of a whole; one that is negative is not known.
func shareCell(v float64) Cell {
	if v < 0 {
		return Cell{Text: "not known"}
	}
	return Cell{Text: fmt.Sprintf("%.1f %%", 100*v)}
}

// metricCell names a metric and leads to its definition.
func metricCell(name string) Cell {
	m, known := scenarios.FindMetric(name)
	if !known {
		return Cell{Text: name}
	}
	return Cell{Text: m.Title, About: about(name)}
}

// metricColumn is metricCell for the head of a table.
func metricColumn(name string) Column {
	c := metricCell(name)
	return Column{Title: c.Text, About: c.About}
}

// about is the fragment of a metric's definition.
func about(metric string) string { return "is-" + metric }

// seconds is a number of seconds as a time.
func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
