package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// writeCSV writes one file of comma-separated values [RFC 4180]; rows yields them in order.
func writeCSV(w io.Writer, name string, header []string, rows func(yield func(row []string) bool)) error {
	out := csv.NewWriter(w)
	err := out.Write(header)
	for row := range rows {
		if err != nil {
			break
		}
		err = out.Write(row)
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// cell makes a text safe for a cell: control characters appear as escapes, and what a spreadsheet would take for a
// formula gets an apostrophe in front, which makes it a text. Where a list is parted by semicolons, as spreadsheets of
// many countries expect, a formula may also begin behind one.
func cell(s string) string {
	parts := strings.Split(s, ";")
	for i, part := range parts {
		defused := clean(part)
		if isFormula(part) {
			defused = "'" + defused
		}
		parts[i] = defused
	}
	return strings.Join(parts, ";")
}

// isFormula says whether a spreadsheet may take a cell for a formula: by its first character, or its first visible one
// where it trims the others.
func isFormula(s string) bool {
	if s == "" {
		return false
	}
	if strings.ContainsRune("\t\r\n", rune(s[0])) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unseen))
	return calculates(first)
}

// calculates says whether a formula may begin with it: =, +, - and @, and their wide and small forms, which some programs
// take for the same.
func calculates(r rune) bool { return strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫", r) }

// unseen says whether a reader would not see it.
func unseen(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// nanos writes a time; a negative one did not happen and leaves the cell empty.
func nanos(d time.Duration) string {
	if d < 0 {
		return ""
	}
	return strconv.FormatInt(int64(d), 10)
}

// ordinal writes the number of an injection, counted from 1 as people do; a negative one is none and leaves the cell
// empty.
func ordinal(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n + 1)
}

func unsigned(n uint64) string { return strconv.FormatUint(n, 10) }

// decimal writes a number; one that is negative is not known, and leaves the cell empty as what is no number does.
func decimal(f float64) string {
	if !(f >= 0) || math.IsInf(f, 1) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
