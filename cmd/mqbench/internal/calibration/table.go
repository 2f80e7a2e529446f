package calibration

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// report prints the table and a last line, and says whether everything is equal.
func report(w io.Writer, trials []trial, results [][]row) (equal bool, err error) {
	var text bytes.Buffer
	table := tablewriter.NewTable(&text,
		tablewriter.WithConfig(layout()),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.Separators{ShowHeader: tw.On, BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})),
	)
	table.Header("case", "figure", "true", "measured", "equal")
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
		if err := table.Bulk(lines(t.name, rows)); err != nil {
			return false, fmt.Errorf("print the calibration: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return false, fmt.Errorf("print the calibration: %w", err)
	}
	fmt.Fprintln(&text)
	if unequal == 0 {
		fmt.Fprintf(&text, "all %d figures of %d cases are equal\n", compared, len(trials))
	} else {
		fmt.Fprintf(&text, "%d of %d figures differ, in %d of %d cases\n", unequal, compared, cases, len(trials))
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

func layout() tablewriter.Config {
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: []tw.Align{tw.AlignLeft, tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignLeft}},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: "  ", Overwrite: true}},
	}
	return tablewriter.Config{Header: cells, Row: cells}
}
