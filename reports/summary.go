package reports

import "io"

// SummaryOptions say how the terminal summary looks.
type SummaryOptions struct {
	// Width is the number of columns; below 80 counts as 80.
	Width int
	// Color allows ANSI colours. They never carry meaning alone.
	Color bool
	// Dir is the run directory whose files are named at the end; empty names none.
	Dir string
}

// WriteSummary writes what a person wants to know of a run.
func WriteSummary(w io.Writer, r *Result, o SummaryOptions) error {
	_, err := io.WriteString(w, r.Verdict+"\n")
	return err
}
