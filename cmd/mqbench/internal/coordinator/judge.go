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

// Check judges a saved run again: the same record and scenario give the same result.
func Check(d *Dir) (*reports.Result, error) {
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

// judge turns a record that is safe on disk into findings, a verdict and files.
func judge(record *history.Run, s *scenarios.Scenario, d *Dir) (*reports.Result, error) {
	details := func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
		return history.Details(d.History(), want)
	}
	analysis, err := check.Judge(record, details)
	if err != nil {
		return nil, fmt.Errorf("judge the run: %w", err)
	}
	result := reports.NewResult(record, analysis, s)
	gate.Apply(result, s.Thresholds)
	return result, written(
		d.Write("result.json", result.WriteJSON),
		d.Write("timeline.csv", func(w io.Writer) error { return reports.WriteTimelineCSV(w, record) }),
		d.Write("latency.csv", func(w io.Writer) error { return reports.WriteLatencyCSV(w, analysis) }),
		d.Write("failover.csv", func(w io.Writer) error { return reports.WriteFailoverCSV(w, analysis) }),
		d.Write("anomalies.csv", func(w io.Writer) error { return reports.WriteAnomaliesCSV(w, analysis) }),
	)
}

// written is the first of the errors, since all files have the same folder and so the same trouble.
func written(problems ...error) error {
	for _, err := range problems {
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnwritten, err)
		}
	}
	return nil
}
