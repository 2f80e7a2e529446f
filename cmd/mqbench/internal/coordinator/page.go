package coordinator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/mqbench/mqbench/reports/page"
)

// writePage writes report.html. What is missing of the run, the page says.
func writePage(w io.Writer, j *Judged) error {
	run := page.Run{Result: j.Result, Record: j.Record, Analysis: j.Analysis}
	if j.Dir != nil {
		var err error
		if run.Scenario, err = j.Dir.text("scenario.yaml"); err != nil {
			return err
		}
		if run.Plan, err = j.Dir.text("plan.json"); err != nil {
			return err
		}
	}
	return page.Write(w, run)
}

// text is the content of a file of the run; one that is not there has none.
func (d *Dir) text(name string) (string, error) {
	text, err := os.ReadFile(d.Path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s of the run: %w", name, err)
	}
	return string(text), nil
}
