package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/mqbench/mqbench/reports/check"
)

// gap is the number of blanks between two columns of a table.
const gap = 2

// A Table is text in columns, as the summary and every other output for people has it: a bold header, a rule below it,
// no frame. Each cell holds one line; what is not printable in it appears as an escape.
type Table struct {
	Header []string
	// Text holds the columns that hold text and lean left; the others hold figures and lean right. A table that is
	// wider than its page has its widest columns of text cut.
	Text []int
	// Wrap holds those columns of text that go on in further lines instead, so that nothing of them is lost.
	Wrap []int

	rows [][]string
	// paint holds, for rows that have one, what colours the finished line.
	paint map[int]func(line string) string
	// verdicts holds, for rows that have one, the verdict in whose colour the line is.
	verdicts map[int]string
}

// Row appends a row; cells that are not given are empty.
func (t *Table) Row(cells ...string) {
	row := make([]string, max(len(t.Header), len(cells)))
	for i, c := range cells {
		row[i] = clean(c)
	}
	t.rows = append(t.rows, row)
}

// Judged appends a row that is coloured where its verdict is not pass.
func (t *Table) Judged(verdict string, cells ...string) {
	if check.Verdict(verdict) == check.Pass {
		t.Row(cells...)
		return
	}
	t.verdicts = nonNil(t.verdicts)
	t.verdicts[len(t.rows)] = verdict
	t.Row(cells...)
}

// painted appends a row whose line is coloured.
func (t *Table) painted(paint func(string) string, cells ...string) {
	if t.paint == nil {
		t.paint = map[int]func(string) string{}
	}
	t.paint[len(t.rows)] = paint
	t.Row(cells...)
}

// least is how far a column of text is cut or wrapped.
const least = 8

// fit is the table's header and lines, with the columns that wrap narrowed first and then those of text cut, the widest
// first, until they are at most width columns wide or there is nothing left to take. A row can have several lines: rows
// says of which each is.
func (t *Table) fit(width int) (header []string, lines [][]string, rows []int) {
	all := [][]string{make([]string, len(t.Header))}
	for i, c := range t.Header {
		all[0][i] = clean(c)
	}
	for _, r := range t.rows {
		all = append(all, slices.Clone(r))
	}
	widths := make([]int, len(t.Header))
	total := gap * (len(widths) - 1)
	for i := range widths {
		for _, r := range all {
			widths[i] = max(widths[i], atMost(r[i]))
		}
		total += widths[i]
	}
	widest := func(columns []int) []int {
		return slices.SortedStableFunc(slices.Values(columns), func(a, b int) int { return widths[b] - widths[a] })
	}
	for _, i := range widest(t.Wrap) {
		if total <= width {
			break
		}
		room := min(widths[i], max(widths[i]-(total-width), least, atMost(all[0][i])))
		total, widths[i] = total-(widths[i]-room), room
	}
	for _, i := range widest(t.Text) {
		if total <= width || slices.Contains(t.Wrap, i) {
			continue
		}
		room := min(widths[i], max(widths[i]-(total-width), least))
		total -= widths[i] - room
		for _, r := range all {
			r[i] = truncate(r[i], room)
		}
	}
	for n, r := range all[1:] {
		wrappedRow := t.wrap(r, widths)
		lines = append(lines, wrappedRow...)
		rows = append(rows, slices.Repeat([]int{n}, len(wrappedRow))...)
	}
	return all[0], lines, rows
}

// wrap makes a row into as many lines as its wrapping cells need.
func (t *Table) wrap(row []string, widths []int) [][]string {
	lines := [][]string{row}
	for _, i := range t.Wrap {
		for k, part := range strings.Split(wrapped(row[i], widths[i], 0), "\n") {
			if k == len(lines) {
				lines = append(lines, make([]string, len(row)))
			}
			lines[k][i] = part
		}
	}
	return lines
}

// Write renders the table on a page of width columns.
func (t *Table) Write(w io.Writer, width int, color bool) error {
	for i, r := range t.rows {
		if len(r) > len(t.Header) {
			return fmt.Errorf("write table: row %d has %d cells (want %d)", i+1, len(r), len(t.Header))
		}
	}
	p := palette(color)
	header, lines, rows := t.fit(width)
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
	writer.Header(header)
	if err := writer.Bulk(lines); err != nil {
		return err
	}
	if err := writer.Render(); err != nil {
		return err
	}
	n := -2 // the header and its rule come before the first row
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, " \n")
		row := n
		if n >= 0 && n < len(rows) {
			row = rows[n]
		}
		switch paint := t.paint[row]; {
		case n == -2:
			line = p.bold(line)
		case n == -1:
			// The rule also underlines the gap behind the last column.
			line = p.dim(strings.TrimSuffix(line, strings.Repeat("─", gap)))
		case paint != nil:
			line = paint(line)
		case t.verdicts[row] != "":
			line = p.verdict(t.verdicts[row], line)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
		n++
	}
	return nil
}

// layout switches off everything by which the library would change a cell.
func (t *Table) layout() tablewriter.Config {
	align := make([]tw.Align, len(t.Header))
	for i := range align {
		align[i] = tw.AlignRight
	}
	for _, i := range t.Text {
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

// cleanLines makes a text printable that may have several lines, as an error has that quotes a log. Each line is
// trimmed.
func cleanLines(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if line = clean(strings.TrimSpace(line)); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// paragraph is wrapped for a text of several lines, of which all but the first are indented a little more.
func paragraph(text string, width, indent int) string {
	const more = 2
	first, rest, several := strings.Cut(text, "\n")
	out := wrapped(first, width, indent)
	if !several {
		return out
	}
	for line := range strings.SplitSeq(rest, "\n") {
		out += "\n" + blanks(indent+more) + wrapped(line, width, indent+more)
	}
	return out
}

// wrapped breaks a printable text into lines that end before column width. The first line starts at column indent,
// which the caller has reached by printing a label; the others are indented to it.
func wrapped(text string, width, indent int) string {
	var b strings.Builder
	next := "\n" + strings.Repeat(" ", indent)
	column := indent
	for i, word := range glued(strings.Fields(text)) {
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

// glued joins each unit to the number before it, so that no line ends between them.
func glued(words []string) []string {
	var list []string
	for _, word := range words {
		last := len(list) - 1
		if last >= 0 && isUnit(word) && strings.IndexAny(list[last], "0123456789") == 0 {
			list[last] += " " + word
		} else {
			list = append(list, word)
		}
	}
	return list
}

// isUnit recognises the units that reports write behind a blank.
func isUnit(word string) bool {
	switch strings.TrimRight(word, ".,;:)!") {
	case "%", "ns", "µs", "ms", "s", "min", "h", "B", "KiB", "MiB", "GiB", "TiB":
		return true
	default:
		return false
	}
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
