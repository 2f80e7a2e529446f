package gate_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

// What mqbench itself may have done cannot fail a threshold, and does not keep one from passing that is met all the
// same; what was counted is exact in any case.
func TestGeneratorIsNotTheBrokers(t *testing.T) {
	wait := func(d time.Duration) reports.Distribution {
		return reports.Distribution{Count: 1000, P50: d / 10, P90: d / 2, P99: d, P999: 2 * d, Mean: d / 5, Max: 4 * d}
	}
	prompt := reports.Generator{Waits: reports.Latencies{
		"shard_lag": wait(ms), "read_lag": wait(2 * ms), "scheduler_latency": wait(3 * ms),
	}}
	asleep := reports.Generator{Waits: reports.Latencies{"scheduler_latency": wait(3 * ms), "wake_lag": wait(8 * ms)}}
	late := reports.Generator{Waits: prompt.Waits, Beyond: []string{"shard lag"}}
	stories := map[string]struct {
		generator         reports.Generator
		metric, statistic string
		op                scenarios.Operator
		value             float64
		observed          string
		want              check.Verdict
	}{
		"met in any case":                  {prompt, "end_to_end", "p99", "<", float64(10 * ms), "9.00 ms", check.Pass},
		"missed by more than its own part": {prompt, "end_to_end", "p99", "<", float64(3 * ms), "9.00 ms", check.Fail},
		"missed by less than its own part": {
			prompt, "end_to_end", "p99", "<", float64(4 * ms), "9.00 ms, mqbench's up to 6.00 ms", check.Inconclusive,
		},
		"service has no part before the write": {prompt, "service", "p99", "<", float64(3500 * time.Microsecond), "9.00 ms", check.Fail},
		"nor has publish": {
			prompt, "publish", "p99", "<", float64(4500 * time.Microsecond), "9.00 ms, mqbench's up to 5.00 ms", check.Inconclusive,
		},
		"publish delay has none behind it": {prompt, "publish_delay", "p99", "<", float64(7 * ms), "9.00 ms", check.Fail},
		"connecting waits for a reader": {
			prompt, "connect", "p99", "<", float64(7 * ms), "9.00 ms, mqbench's up to 5.00 ms", check.Inconclusive,
		},
		"a process that did not run": {
			asleep, "service", "p99", "<", float64(3 * ms), "9.00 ms, mqbench's up to 8.00 ms", check.Inconclusive,
		},
		"the same statistic":             {prompt, "end_to_end", "p90", "<", float64(2900 * time.Microsecond), "3.00 ms, mqbench's up to 3.00 ms", check.Inconclusive},
		"the smallest is nobody's fault": {prompt, "end_to_end", "min", "<", float64(ms), "1.00 ms", check.Fail},
		"late, and met":                  {late, "end_to_end", "p99", "<", float64(10 * ms), "9.00 ms", check.Pass},
		"late, and missed":               {late, "end_to_end", "p99", "<", float64(ms), "9.00 ms, mqbench beyond its bounds", check.Inconclusive},
		"late, and too fast":             {late, "end_to_end", "p99", ">", float64(10 * ms), "9.00 ms", check.Fail},
		"late clients come back late": {
			late, "failover", "p90", "<", float64(time.Second), "4.00 s, mqbench beyond its bounds", check.Inconclusive,
		},
		"prompt clients come back late": {prompt, "failover", "p90", "<", float64(time.Second), "4.00 s", check.Fail},
		"a client that never came back": {late, "failover", "never", "==", 0, "10 of 200", check.Fail},
		"a backlog": {
			late, "backlog", "max", "<", float64(time.Second), "4.00 s, mqbench beyond its bounds", check.Inconclusive,
		},
		"throughput": {
			late, "acknowledged", "", ">=", 5000, "990, mqbench beyond its bounds", check.Inconclusive,
		},
		"throughput, and prompt": {prompt, "acknowledged", "", ">=", 5000, "990", check.Fail},
		"unsent":                 {late, "unsent", "", "==", 0, "7, mqbench beyond its bounds", check.Inconclusive},
		"a lost message is lost": {late, "lost", "", "==", 0, "2", check.Fail},
		"a duplicate is one":     {late, "duplicated", "", "<", 5, "12,345", check.Fail},
		"samples are counted":    {late, "end_to_end", "count", ">", 1000, "100", check.Fail},
	}
	for name, c := range stories {
		t.Run(name, func(t *testing.T) {
			r := run()
			r.Generator, r.Counts.Unsent = c.generator, 7
			for _, m := range []string{"service", "publish", "publish_delay", "connect"} {
				r.Latency[m] = r.Latency["end_to_end"]
			}
			got := gate.Evaluate([]scenarios.Threshold{threshold(c.metric, c.statistic, c.op, c.value, scenarios.WindowAll)}, r)[0]
			if got.Verdict != string(c.want) || got.Observed != c.observed {
				t.Errorf("%s %s %g: %s, observed %q; want %s, %q", c.metric, c.op, c.value, got.Verdict, got.Observed, c.want, c.observed)
			}
		})
	}
}
