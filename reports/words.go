package reports

import (
	"io"
	"strings"
	"time"
)

// What other reports write in the words of the summary.

// Printable is a text from outside, on one line, in which whatever moves a cursor, turns the reading direction or cannot
// be seen appears as an escape.
func Printable(s string) string { return clean(s) }

// PrintableText is [Printable] for a text of several lines, whose indentation stays.
func PrintableText(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = clean(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// PerSecond writes a rate as every report does.
func PerSecond(rate float64) string { return perSecond(rate) }

// Plural writes a number of things as every report does: "1 publisher", "500 publishers".
func Plural(n int, thing string) string { return plural(n, thing) }

// Moment writes a time of the run as findings write it: "11.846s" since its start.
func Moment(d time.Duration) string { return moment(d) }

// VerdictWord is a verdict as tables show it: only what needs a look is in capitals.
func VerdictWord(verdict string) string { return word(verdict) }

// Reason says in a sentence or two what the verdict rests on.
func (r *Result) Reason() string { return (&summary{r: r}).reason() }

// CutShort says that the run ended before it should have: what would have happened later is not known.
func (r *Result) CutShort() bool { return r.Interrupted || r.Incomplete }

// Offered says who publishes how much.
func (l Workload) Offered() string { return offeredBy(l) }

// WorstFirst orders findings by verdict, and keeps their order otherwise.
func WorstFirst(findings []Finding) []Finding { return worstFirst(findings) }

// Phase finds a phase of the run by its name.
func (r *Result) Phase(name string) (Phase, bool) {
	for _, p := range r.Phases {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return Phase{}, false
}

// Columns is the number of terminal columns that a printable text takes.
func Columns(s string) int { return columnsOf(s) }

// Truncated is a text from outside, made printable and cut to a number of columns.
func Truncated(s string, columns int) string { return short(s, columns) }

// WriteCSV writes a table as every CSV file of mqbench is written; name is for the error. Texts from outside have to come
// through [Cell].
func WriteCSV(w io.Writer, name string, header []string, rows func(yield func(row []string) bool)) error {
	return writeCSV(w, name, header, rows)
}

// Cell makes a text safe for a cell of a CSV file: no spreadsheet takes it for a formula.
func Cell(s string) string { return cell(s) }

// Wrapped breaks a text of ours into lines that end before a column; they are no longer than prose should be.
func Wrapped(text string, columns int) string { return wrapped(text, min(columns, broadest), 0) }
