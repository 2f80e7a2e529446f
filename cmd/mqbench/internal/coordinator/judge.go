package coordinator

import (
	"errors"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// ErrUnwritten says that a run was judged, but that the files of the result could not be written.
var ErrUnwritten = errors.New("the result could not be written")

// Check judges a saved run again and writes its files: the same record and scenario give the same result.
func Check(d *Dir) (*reports.Result, error) {
	j, err := Judge(d)
	if err != nil {
		return nil, err
	}
	return j.Result, d.WriteFiles(j, Rendered())
}

// Judge judges a saved run again, and writes nothing.
func Judge(d *Dir) (*Judged, error) {
	record, err := history.Load(d.History())
	if err != nil {
		return nil, fmt.Errorf("load the history: %w", err)
	}
	s, err := scenarios.Load(d.Path("scenario.yaml"), scenarios.LoadOptions{})
	if err != nil {
		return nil, fmt.Errorf("load the scenario of the run: %w", err)
	}
	return judge(record, s, d)
}

// judge turns a record that is safe on disk into findings and a verdict.
func judge(record *history.Run, s *scenarios.Scenario, d *Dir) (*Judged, error) {
	details := func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
		return history.Details(d.History(), want)
	}
	analysis, err := check.Judge(record, details)
	if err != nil {
		return nil, fmt.Errorf("judge the run: %w", err)
	}
	result := reports.NewResult(record, analysis, s)
	gate.Apply(result, s.Thresholds)
	return &Judged{Result: result, Record: record, Analysis: analysis, Scenario: s, Dir: d}, nil
}

// WriteFiles writes files of a judged run into the directory. The first error ends it, since all files have the same
// folder and so the same trouble.
func (d *Dir) WriteFiles(j *Judged, files []File) error {
	for _, f := range files {
		if err := d.Write(f.Name, func(w io.Writer) error { return f.Write(w, j) }); err != nil {
			return fmt.Errorf("%w: %w", ErrUnwritten, err)
		}
	}
	return nil
}
