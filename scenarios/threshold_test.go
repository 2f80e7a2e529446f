package scenarios_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

func TestParseThreshold(t *testing.T) {
	for _, c := range []struct {
		text string
		want scenarios.Threshold
	}{
		{"lost == 0", scenarios.Threshold{Metric: "lost", Operator: scenarios.Equal}},
		{" lost<=10 ", scenarios.Threshold{Metric: "lost", Operator: scenarios.LessOrEqual, Value: 10}},
		{"acknowledged > 20000", scenarios.Threshold{Metric: "acknowledged", Operator: scenarios.Greater, Value: 20000}},
		{"phantom != 1", scenarios.Threshold{Metric: "phantom", Operator: scenarios.NotEqual, Value: 1}},
		{"end_to_end.p99 < 500ms before  faults", scenarios.Threshold{
			Metric: "end_to_end", Statistic: "p99", Operator: scenarios.Less, Value: 500e6, Window: scenarios.WindowBefore,
		}},
		{"publish.max >= 1m30s", scenarios.Threshold{
			Metric: "publish", Statistic: "max", Operator: scenarios.GreaterOrEqual, Value: 90e9,
		}},
		{"connect.count > 5 after faults", scenarios.Threshold{
			Metric: "connect", Statistic: "count", Operator: scenarios.Greater, Value: 5, Window: scenarios.WindowAfter,
		}},
		{"failover.p99<5s", scenarios.Threshold{Metric: "failover", Statistic: "p99", Operator: scenarios.Less, Value: 5e9}},
		{"copies < 10", scenarios.Threshold{Metric: "copies", Operator: scenarios.Less, Value: 10}},
		{"backlog.max < 20s", scenarios.Threshold{Metric: "backlog", Statistic: "max", Operator: scenarios.Less, Value: 20e9}},
		{"memory_growth < 16MiB", scenarios.Threshold{Metric: "memory_growth", Operator: scenarios.Less, Value: 16 << 20}},
		{"delivered_rate >= 950/s", scenarios.Threshold{Metric: "delivered_rate", Operator: scenarios.GreaterOrEqual, Value: 950}},
		{"broker_cpu_per_message < 25µs", scenarios.Threshold{
			Metric: "broker_cpu_per_message", Operator: scenarios.Less, Value: 25e3,
		}},
		{"broker_memory_per_connection <= 40KiB", scenarios.Threshold{
			Metric: "broker_memory_per_connection", Operator: scenarios.LessOrEqual, Value: 40 << 10,
		}},
		{"unavailability_gap < 3s", scenarios.Threshold{Metric: "unavailability_gap", Operator: scenarios.Less, Value: 3e9}},
		{"unexplained_outages == 0", scenarios.Threshold{Metric: "unexplained_outages", Operator: scenarios.Equal}},
		{"backlog.never == 0", scenarios.Threshold{Metric: "backlog", Statistic: "never", Operator: scenarios.Equal}},
		{"failover.never == 0", scenarios.Threshold{Metric: "failover", Statistic: "never", Operator: scenarios.Equal}},
	} {
		got, err := scenarios.ParseThreshold(c.text)
		if err != nil {
			t.Errorf("ParseThreshold(%q): %v", c.text, err)
			continue
		}
		again, err := scenarios.ParseThreshold(got.String())
		if err != nil {
			t.Errorf("%q is written as %q, which does not read: %v", c.text, got, err)
		}
		got.Expression, again.Expression = "", ""
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("ParseThreshold(%q) (-want +got):\n%s", c.text, diff)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%q reads back otherwise (-first +second):\n%s", c.text, diff)
		}
	}
}

// TestThresholdsReadBack: every combination of words that the language has is read, written and read as the same.
func TestThresholdsReadBack(t *testing.T) {
	latencies := []string{"publish_delay", "publish", "end_to_end", "service", "connect"}
	rapid.Check(t, func(t *rapid.T) {
		threshold := scenarios.Threshold{
			Metric:    rapid.SampledFrom(latencies).Draw(t, "metric"),
			Statistic: rapid.SampledFrom([]string{"min", "mean", "p50", "p90", "p99", "p999", "max"}).Draw(t, "statistic"),
			Operator:  rapid.SampledFrom([]scenarios.Operator{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "operator"),
			Value:     float64(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "value")),
			Window: rapid.SampledFrom([]scenarios.Window{
				scenarios.WindowAll, scenarios.WindowBefore, scenarios.WindowDuring, scenarios.WindowAfter,
			}).Draw(t, "window"),
		}
		got, err := scenarios.ParseThreshold(threshold.String())
		if err != nil {
			t.Fatalf("%q: %v", threshold, err)
		}
		got.Expression = ""
		if got != threshold {
			t.Fatalf("%q reads back as %+v, want %+v", threshold, got, threshold)
		}
	})
}
