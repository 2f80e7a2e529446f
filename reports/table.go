package reports

import (
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// gap is the number of blanks between two columns of a table.
const gap = 2

// A table is one section of the summary. Its cells are printable already and hold one line each.
type table struct {
	header []string
	rows   [][]string
	// paint holds, for rows that have one, what colours the finished line.
	paint map[int]func(line string) string
	// text holds the columns that hold text and lean left; the others hold figures and lean right.
	text []int
}

// row appends a row.
func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// painted appends a row whose line is coloured.
func (t *table) painted(paint func(string) string, cells ...string) {
	if t.paint == nil {
		t.paint = map[int]func(string) string{}
	}
	t.paint[len(t.rows)] = paint
	t.row(cells...)
}

// group appends a row that only has a first cell: the heading of the rows behind it.
func (t *table) group(title string) {
	cells := make([]string, len(t.header))
	cells[0] = title
	t.rows = append(t.rows, cells)
}

// fit shortens the cells of the first column until the table is at most width columns wide.
func (t *table) fit(width int) {
	rest := 0
	for i := 1; i < len(t.header); i++ {
		widest := columnsOf(t.header[i])
		for _, r := range t.rows {
			widest = max(widest, columnsOf(r[i]))
		}
		rest += widest + gap
	}
	const least = 8
	room := max(width-rest, least)
	t.header[0] = truncate(t.header[0], room)
	for _, r := range t.rows {
		r[0] = truncate(r[0], room)
	}
}

// write renders the table without a frame: a bold header, a rule below it, and blanks between columns.
func (t *table) write(w io.Writer, p palette, width int) error {
	t.fit(width)
	var out strings.Builder
	writer := tablewriter.NewTable(&out,
		tablewriter.WithConfig(t.layout()),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.Separators{ShowHeader: tw.On, BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})),
	)
	writer.Header(t.header)
	if err := writer.Bulk(t.rows); err != nil {
		return err
	}
	if err := writer.Render(); err != nil {
		return err
	}
	n := -2 // the header and its rule come before the first row
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, " \n")
		switch paint := t.paint[n]; {
		case n == -2:
			line = p.bold(line)
		case n == -1:
			// The rule also underlines the gap behind the last column.
			line = p.dim(strings.TrimSuffix(line, strings.Repeat("─", gap)))
		case paint != nil:
			line = paint(line)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
		n++
	}
	return nil
}

// layout switches off everything by which the library would change a cell.
func (t *table) layout() tablewriter.Config {
	align := make([]tw.Align, len(t.header))
	for i := range align {
		align[i] = tw.AlignRight
	}
	for _, i := range t.text {
		align[i] = tw.AlignLeft
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignRight, PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}},
	}
	return tablewriter.Config{
		Header: cells, Row: cells,
		Behavior: tw.Behavior{AutoHide: tw.Off, TrimSpace: tw.Off, TrimLine: tw.Off, TrimTab: tw.Off},
	}
}

// columnsOf is the number of terminal columns that a printable text takes; ANSI colours take none.
func columnsOf(s string) int { return lipgloss.Width(s) }

// wrapped breaks a printable text into lines that end before column width. The first line starts at column indent,
// which the caller has reached by printing a label; the others are indented to it.
func wrapped(text string, width, indent int) string {
	var b strings.Builder
	next := "\n" + strings.Repeat(" ", indent)
	column := indent
	for i, word := range strings.Fields(text) {
		n := atMost(word)
		switch {
		case i == 0:
		case column+1+n <= width:
			b.WriteByte(' ')
			column++
		default:
			b.WriteString(next)
			column = indent
		}
		for column+n > width && n > 1 { // a word that no line can hold
			head := cut(word, max(width-column, 1))
			b.WriteString(head + next)
			word, column = word[len(head):], indent
			n -= atMost(head)
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// atMost is the number of columns that the runes of a clean text take one by one. Where a terminal joins some of them
// it takes fewer; unlike that number, this one adds up when a text is cut.
func atMost(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(string(r))
	}
	return n
}

// cut is the longest beginning of s that takes at most columns, but at least one rune.
func cut(s string, columns int) string {
	width := 0
	for i, r := range s {
		width += columnsOf(string(r))
		if width > columns && i > 0 {
			return s[:i]
		}
	}
	return s
}

// truncate cuts a printable text to a number of columns, 3 at least, and says so with an ellipsis.
func truncate(s string, columns int) string {
	if atMost(s) <= columns {
		return s
	}
	return cut(s, max(columns-1, 1)) + "…"
}
