package page

import (
	"fmt"
	"html/template"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// curveTicks is the number of points in every half of the distance that is left to 100 %.
const curveTicks = 8

// percentiles draws a latency before, during and after faults, on the scale of HdrHistogram.
func percentiles(set *charts.Set, r *reports.Result, a *check.Analysis, m history.Metric, title string) template.HTML {
	if a == nil {
		return ""
	}
	var curves []charts.Quantiles
	add := func(name string, style int, h *hdr.Histogram) {
		if h == nil || h.TotalCount() == 0 {
			return
		}
		q := charts.Quantiles{Name: name, Style: style, Count: h.TotalCount(), Note: reports.Count(uint64(h.TotalCount())) + " samples"}
		for _, b := range h.CumulativeDistributionWithTicks(curveTicks) {
			q.Points = append(q.Points, charts.Quantile{Q: b.Quantile / 100, Value: float64(b.ValueAt)})
		}
		curves = append(curves, q)
	}
	if len(r.Injections) == 0 {
		add("the measurement", 1, a.Latencies[check.All][m])
	} else {
		for n, w := range windows() {
			add(string(w)+" faults", n+1, a.Latencies[string(w)][m])
		}
	}
	if len(curves) == 0 {
		return ""
	}
	when := "in the measurement"
	if len(r.Injections) > 0 {
		when = "before, during and after faults"
	}
	return set.Percentiles(charts.Percentiles{
		Caption: charts.Caption{
			Title: title,
			Description: fmt.Sprintf("Latency by percentile %s; the scale widens towards 100 %%. p99 of the whole measurement: %s.", when,
				r.Latency[string(m)].P99Words()),
		},
		Axis: charts.Axis{Title: "latency", Unit: charts.Nanoseconds, Log: true}, Series: curves,
	})
}
