package check

import (
	"fmt"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
)

// All is the name of the window that holds the whole measurement, without the warm-up.
const All = "all"

// Latencies holds histograms in nanoseconds by window and metric.
type Latencies = map[string]map[history.Metric]*hdr.Histogram

// latencies copies the histograms of each window, and merges those of the measurement.
func latencies(recorded map[history.Window]map[history.Metric]*hdr.Histogram) (Latencies, error) {
	all := make(map[history.Metric]*hdr.Histogram)
	windows := Latencies{All: all}
	for _, w := range []history.Window{history.WarmUp, history.Before, history.During, history.After} {
		windows[string(w)] = make(map[history.Metric]*hdr.Histogram)
		for m, h := range recorded[w] {
			if h == nil {
				continue
			}
			windows[string(w)][m] = hdr.Import(h.Export())
			if w == history.WarmUp {
				continue
			}
			if all[m] == nil {
				all[m] = hdr.Import(h.Export())
			} else if dropped := all[m].Merge(h); dropped > 0 {
				return nil, fmt.Errorf("merge %s of window %q: %d values are out of the range of the others", m, w, dropped)
			}
		}
	}
	return windows, nil
}
