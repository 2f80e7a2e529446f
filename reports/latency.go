package reports

import (
	"io"
	"strconv"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// ticks is the number of steps in every half of the distance that is left to 100 %: the resolution in which
// HdrHistogram's own tools print a percentile distribution.
const ticks = 5

// WriteLatencyCSV writes latency.csv: for every metric and window the percentile distribution on HdrHistogram's scale,
// which gets finer towards 100 %. total_count is the number of samples up to that value. The warm-up has its own
// window; "all" is the measurement.
func WriteLatencyCSV(w io.Writer, a *check.Analysis) error {
	header := []string{"metric", "window", "value_ns", "percentile", "total_count"}
	order := []string{check.All}
	for _, win := range append(windows(), history.WarmUp) {
		order = append(order, string(win))
	}
	return writeCSV(w, "latency.csv", header, func(yield func([]string) bool) {
		for _, m := range history.Metrics() {
			for _, win := range order {
				if !distributionRows(string(m), win, a.Latencies[win][m], yield) {
					return
				}
			}
		}
	})
}

// distributionRows yields the rows of one histogram and says whether more are wanted.
func distributionRows(metric, window string, h *hdr.Histogram, yield func([]string) bool) bool {
	if h == nil || h.TotalCount() == 0 {
		return true
	}
	for _, b := range h.CumulativeDistributionWithTicks(ticks) {
		percentile := strconv.FormatFloat(b.Quantile, 'f', -1, 64)
		if !yield([]string{metric, window, strconv.FormatInt(b.ValueAt, 10), percentile, strconv.FormatInt(b.Count, 10)}) {
			return false
		}
	}
	return true
}
