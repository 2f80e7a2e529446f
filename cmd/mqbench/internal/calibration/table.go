package calibration

import (
	"bytes"
	"fmt"
	"io"

	"github.com/mqbench/mqbench/reports"
)

// pageWidth is the number of columns that the table may have; the names of cases are cut where it has more.
const pageWidth = 120

// report prints the table and a last line, and says whether everything is equal.
func report(w io.Writer, trials []trial, results [][]row) (equal bool, err error) {
	table := reports.Table{Header: []string{"case", "figure", "true", "measured", "equal"}, Text: []int{0, 1, 4}}
	compared, unequal, cases := 0, 0, 0
	for i, t := range trials {
		rows := results[i]
		if len(rows) == 0 {
			return false, fmt.Errorf("case %q: %w", t.name, errNothing)
		}
		different := 0
		for _, r := range rows {
			compared++
			if !r.equal {
				different++
			}
		}
		unequal += different
		if different > 0 {
			cases++
		}
		for _, l := range lines(t.name, rows) {
			table.Row(l...)
		}
	}
	var text bytes.Buffer
	if err := table.Write(&text, pageWidth, false); err != nil {
		return false, fmt.Errorf("print the calibration: %w", err)
	}
	fmt.Fprintln(&text)
	for i, t := range trials {
		for _, r := range results[i] {
			for _, n := range r.notes {
				fmt.Fprintf(&text, "%s: %s\n", t.name, n)
			}
		}
	}
	if unequal == 0 {
		fmt.Fprintf(&text, "all %d figures are equal (cases: %d)\n", compared, len(trials))
	} else {
		fmt.Fprintf(&text, "%d of %d figures differ (cases: %d of %d)\n", unequal, compared, cases, len(trials))
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return false, fmt.Errorf("print the calibration: %w", err)
	}
	return unequal == 0, nil
}

// lines are the lines of a case. Figures that are zero on both sides share one; those that differ name the case again.
func lines(name string, rows []row) [][]string {
	var list [][]string
	zeros, label := 0, name
	for _, r := range rows {
		if r.equal && r.truth == "0" {
			zeros++
			continue
		}
		if !r.equal {
			label = name
		}
		list = append(list, []string{label, r.figure, r.truth, r.measured, mark(r.equal)})
		label = ""
	}
	if zeros > 0 {
		list = append(list, []string{label, fmt.Sprintf("%d others", zeros), "0", "0", mark(true)})
	}
	return list
}

func mark(equal bool) string {
	if equal {
		return "yes"
	}
	return "NO"
}
