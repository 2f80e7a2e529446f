// Package page draws reports as one HTML file each: it loads nothing, sends nothing, and opens from disk.
//
// It owns how pages look: their skeleton, styles, tables and wording. It judges nothing and measures nothing; figures
// come from reports, check and compare, charts from reports/charts. The command and its coordinator import it.
package page

import (
	"fmt"
	"io"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A Run is what the report of one run is drawn from. Only the Result has to be there; what is missing is said in the
// page where it would have been.
type Run struct {
	Result *reports.Result
	// Record and Analysis are what the result was made of.
	Record   *history.Run
	Analysis *check.Analysis
	// Scenario is the text of the scenario as it was run, Plan that of the plan, in JSON.
	Scenario, Plan string
}

// Write writes the report of a run.
func Write(w io.Writer, run Run) error {
	v, err := compose(run)
	if err == nil {
		err = render(w, "run", v)
	}
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	return nil
}
