package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
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
// formula gets an apostrophe in front.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + clean(s)
	}
	return clean(s)
}

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
