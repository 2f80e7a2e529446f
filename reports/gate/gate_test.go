package gate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

const ms = time.Millisecond

// run is a result in which everything was measured: 10 of 200 affected clients never came back.
func run() *reports.Result {
	delay := func(p99 time.Duration) reports.Latencies {
		return reports.Latencies{"end_to_end": {
			Count: 100, Min: ms, Mean: 2 * ms, P50: 2 * ms, P90: 3 * ms, P99: p99, P999: p99 + ms, Max: p99 + 2*ms,
		}}
	}
	return &reports.Result{
		Verdict: "pass",
		Counts: reports.Counts{Attempted: 1000, Acknowledged: 990, InDoubt: 10, Expected: 4000, Delivered: 3998, Lost: 2,
			Recovered: 4, Duplicated: 12345},
		Latency: delay(9 * ms),
		Windows: map[string]reports.Latencies{"before": delay(5 * ms), "during": delay(900 * ms), "after": {}},
		Failover: reports.Failover{
			Detect:      reports.Distribution{Count: 200, Min: ms, Mean: ms, P50: ms, P90: ms, P99: ms, P999: ms, Max: ms},
			Reconnect:   reports.Distribution{Count: 199, Never: 1, Min: ms, Mean: 2 * ms, P50: ms, P90: 2 * ms, P99: 3 * ms, P999: -1, Max: 4 * ms},
			Resubscribe: reports.Distribution{Never: 3, P50: -1, P90: -1, P99: -1, P999: -1},
			Resume: reports.Distribution{Count: 190, Never: 10, Min: 100 * ms, Mean: 1200 * ms, P50: time.Second, P90: 4 * time.Second,
				P99: -1, P999: -1, Max: 4500 * ms},
		},
		Backlog:   reports.Distribution{Count: 2, Min: 0, Mean: 2 * time.Second, P50: 0, P90: 4 * time.Second, P99: 4 * time.Second, P999: 4 * time.Second, Max: 4 * time.Second},
		Generator: reports.Generator{HeapBeganBytes: 20 << 20, HeapEndedBytes: 21 << 20},
		Findings:  []reports.Finding{{Name: "delivery", Verdict: "pass"}},
	}
}

func threshold(metric, statistic string, op scenarios.Operator, value float64, w scenarios.Window) scenarios.Threshold {
	return scenarios.Threshold{Expression: metric + "." + statistic, Metric: metric, Statistic: statistic, Operator: op, Value: value, Window: w}
}

func TestEvaluate(t *testing.T) {
	const (
		all    = scenarios.WindowAll
		before = scenarios.WindowBefore
		during = scenarios.WindowDuring
		after  = scenarios.WindowAfter
	)
	span := func(d time.Duration) float64 { return float64(d) }
	stories := []struct {
		name              string
		metric, statistic string
		op                scenarios.Operator
		value             float64
		window            scenarios.Window
		observed          string
		want              check.Verdict
	}{
		{"a latency below its bound", "end_to_end", "p99", "<", span(10 * ms), all, "9.00 ms", check.Pass},
		{"a latency at its bound is not below it", "end_to_end", "p99", "<", span(9 * ms), all, "9.00 ms", check.Fail},
		{"a latency at its bound is not above it", "end_to_end", "p99", "<=", span(9 * ms), all, "9.00 ms", check.Pass},
		{"before faults", "end_to_end", "p99", "<", span(6 * ms), before, "5.00 ms", check.Pass},
		{"during faults", "end_to_end", "p99", "<", span(6 * ms), during, "900 ms", check.Fail},
		{"no sample after faults", "end_to_end", "p99", "<", span(6 * ms), after, "no samples", check.Inconclusive},
		{"no sample is not above a bound either", "end_to_end", "p99", ">", span(6 * ms), after, "no samples", check.Inconclusive},
		{"a metric without samples", "service", "max", "<", span(time.Hour), all, "no samples", check.Inconclusive},
		{"the number of samples", "end_to_end", "count", ">=", 100, all, "100", check.Pass},
		{"no samples are too few samples", "service", "count", ">=", 100, all, "0", check.Fail},
		{"min", "end_to_end", "min", ">=", span(ms), all, "1.00 ms", check.Pass},
		{"mean", "end_to_end", "mean", "==", span(2 * ms), all, "2.00 ms", check.Pass},
		{"p50", "end_to_end", "p50", ">", span(2 * ms), all, "2.00 ms", check.Fail},
		{"p90", "end_to_end", "p90", "!=", span(2 * ms), all, "3.00 ms", check.Pass},
		{"p999", "end_to_end", "p999", "<", span(11 * ms), all, "10.0 ms", check.Pass},
		{"max", "end_to_end", "max", "<", span(11 * ms), all, "11.0 ms", check.Fail},
		{"a statistic that does not exist", "end_to_end", "p75", "<", span(time.Hour), all, `unknown statistic "p75"`, check.Inconclusive},
		{"a window that does not exist", "end_to_end", "p99", "<", span(time.Hour), "by night", `no window "by night"`, check.Inconclusive},

		{"failover below its bound", "failover", "p90", "<", span(5 * time.Second), all, "4.00 s", check.Pass},
		{"failover on a client that never resumed", "failover", "p99", "<", span(1000 * time.Hour), all, "never (10 of 200)", check.Fail},
		{"never is longer than any bound", "failover", "p99", ">", span(1000 * time.Hour), all, "never (10 of 200)", check.Pass},
		{"the slowest never resumed", "failover", "max", "<", span(time.Hour), all, "never (10 of 200)", check.Fail},
		{"a mean with never has no value", "failover", "mean", "<", span(time.Hour), all, "never (10 of 200)", check.Fail},
		{"the fastest resumed", "failover", "min", "<", span(time.Second), all, "100 ms", check.Pass},
		{"clients that never resumed", "failover", "never", "==", 0, all, "10 of 200", check.Fail},
		{"clients that may never resume", "failover", "never", "<=", 10, all, "10 of 200", check.Pass},
		{"clients that resumed", "failover", "count", "==", 190, all, "190", check.Pass},
		{"detection", "detect", "max", "<=", span(ms), all, "1.00 ms", check.Pass},
		{"reconnection", "reconnect", "p99", "<", span(4 * ms), all, "3.00 ms", check.Pass},
		{"one client never reconnected", "reconnect", "p999", "<", span(time.Hour), all, "never (1 of 200)", check.Fail},
		{"nobody resubscribed", "resubscribe", "min", "<", span(time.Hour), all, "never (3 of 3)", check.Fail},
		{"failover has no windows", "failover", "p50", "<", span(time.Hour), during, "failover has no windows", check.Inconclusive},

		{"the longest backlog", "backlog", "max", "<", span(5 * time.Second), all, "4.00 s", check.Pass},
		{"backlogs", "backlog", "count", "==", 2, all, "2", check.Pass},
		{"backlog has no windows", "backlog", "max", "<", span(time.Hour), during, "backlog has no windows", check.Inconclusive},

		{"nothing may be lost", "lost", "", "==", 0, all, "2", check.Fail},
		{"a little may be lost", "lost", "", "<=", 2, all, "2", check.Pass},
		{"thousands are separated", "duplicated", "", "<", 12346, all, "12,345", check.Pass},
		{"enough was published", "attempted", "", ">=", 1000, all, "1,000", check.Pass},
		{"enough was acknowledged", "acknowledged", "", ">", 990, all, "990", check.Fail},
		{"in doubt", "in_doubt", "", "<=", 10, all, "10", check.Pass},
		{"refused", "refused", "", "==", 0, all, "0", check.Pass},
		{"unsent", "unsent", "", "==", 0, all, "0", check.Pass},
		{"expected", "expected", "", "==", 4000, all, "4,000", check.Pass},
		{"delivered", "delivered", "", ">", 3997, all, "3,998", check.Pass},
		{"recovered", "recovered", "", "==", 4, all, "4", check.Pass},
		{"reordered", "reordered", "", "==", 0, all, "0", check.Pass},
		{"phantom", "phantom", "", "==", 0, all, "0", check.Pass},
		{"missed", "missed", "", "==", 0, all, "0", check.Pass},
		{"copies", "copies", "", ">", 0, all, "0", check.Fail},
		{"mqbench's memory stays as it was", "memory_growth", "", "<", 2 << 20, all, "1.00 MiB", check.Pass},
		{"mqbench's memory grows", "memory_growth", "", "<", 1 << 20, all, "1.00 MiB", check.Fail},
		{"a metric that does not exist", "lots", "", "==", 0, all, `unknown metric "lots"`, check.Inconclusive},
		{"an operator that does not exist", "lost", "", "≈", 0, all, "2", check.Inconclusive},
		{"counts have no windows", "lost", "", "==", 0, before, "counts have no windows and no statistics", check.Inconclusive},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			got := gate.Evaluate([]scenarios.Threshold{threshold(s.metric, s.statistic, s.op, s.value, s.window)}, run())
			want := []reports.Threshold{{Expression: s.metric + "." + s.statistic, Observed: s.observed, Verdict: string(s.want)}}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Deliveries whose fate is unknown may all have been lost, or none of them.
func TestEvaluateUnknownFate(t *testing.T) {
	r := run()
	r.Counts.Lost, r.Counts.LostUnknown = 2, 5
	stories := []struct {
		op    scenarios.Operator
		value float64
		want  check.Verdict
	}{
		{"==", 0, check.Fail}, {"==", 2, check.Inconclusive}, {"==", 4, check.Inconclusive}, {"==", 7, check.Inconclusive},
		{"==", 8, check.Fail}, {"!=", 1, check.Pass}, {"!=", 4, check.Inconclusive}, {"<", 2, check.Fail},
		{"<", 5, check.Inconclusive}, {"<", 8, check.Pass}, {"<=", 7, check.Pass}, {">", 1, check.Pass}, {">", 2, check.Inconclusive},
		{">=", 8, check.Fail},
	}
	for _, s := range stories {
		got := gate.Evaluate([]scenarios.Threshold{threshold("lost", "", s.op, s.value, "")}, r)[0]
		if got.Verdict != string(s.want) || got.Observed != "2 to 7" {
			t.Errorf("2 to 7 lost %s %v: %s (%s), want %s", s.op, s.value, got.Verdict, got.Observed, s.want)
		}
	}
}

// Where a run was ended early, or its record was cut off, clients that were not back yet took at least as long as they were watched, and nobody
// knows how much longer. Here the last fault with such clients was 7 s before the load ended.
func TestEvaluateInterrupted(t *testing.T) {
	r := run()
	r.Duration = 60 * time.Second
	r.Phases = []reports.Phase{{Name: "measure", Began: 5 * time.Second, Ended: 40 * time.Second}}
	hit := reports.Failover{Clients: reports.InjectedClients{NeverResumed: 5}}
	r.Injections = []reports.Injection{{Began: 10 * time.Second, Failover: hit}, {Began: 33 * time.Second, Failover: hit}, {Began: 39 * time.Second}}
	stories := []struct {
		statistic string
		op        scenarios.Operator
		value     time.Duration
		want      check.Verdict
	}{
		{"p90", "<", 5 * time.Second, check.Pass}, // not one of them
		{"p99", "<", 5 * time.Second, check.Fail},
		{"p99", "<", 7 * time.Second, check.Fail},
		{"p99", "<", 8 * time.Second, check.Inconclusive},
		{"p99", ">=", 7 * time.Second, check.Pass},
		{"max", "<", time.Hour, check.Inconclusive},
		{"mean", "<", 5 * time.Second, check.Inconclusive},
		{"never", "==", 0, check.Inconclusive},
		{"never", "<=", 10, check.Pass},
	}
	for _, incomplete := range []bool{false, true} {
		r.Interrupted, r.Incomplete = !incomplete, incomplete
		for _, s := range stories {
			got := gate.Evaluate([]scenarios.Threshold{threshold("failover", s.statistic, s.op, float64(s.value), "")}, r)[0]
			if got.Verdict != string(s.want) {
				t.Errorf("failover.%s %s %v: %s (%s), want %s", s.statistic, s.op, s.value, got.Verdict, got.Observed, s.want)
			}
		}
	}
}

// A backlog that was not delivered is longer than any bound, unless only the end of the run kept it from that.
func TestEvaluateUnhealed(t *testing.T) {
	r := run()
	r.Backlog.Never, r.Backlog.P99 = 1, -1
	bound := []scenarios.Threshold{threshold("backlog", "max", "<", float64(time.Hour), "")}
	if got := gate.Evaluate(bound, r)[0]; got.Verdict != string(check.Fail) || got.Observed != "never (1 of 3)" {
		t.Errorf("%s (%s), want fail", got.Verdict, got.Observed)
	}
	bound = append(bound, threshold("backlog", "never", "==", 0, ""))
	for _, incomplete := range []bool{false, true} {
		r.Interrupted, r.Incomplete = !incomplete, incomplete
		for _, got := range gate.Evaluate(bound, r) {
			if got.Verdict != string(check.Inconclusive) {
				t.Errorf("%s, ended early: %s (%s), want inconclusive", got.Expression, got.Verdict, got.Observed)
			}
		}
	}
}

// A run in which nothing happened passes no threshold on what may go wrong.
func TestEvaluateNothingHappened(t *testing.T) {
	for _, metric := range []string{"in_doubt", "refused", "unsent", "lost", "recovered", "duplicated", "reordered", "phantom", "missed"} {
		got := gate.Evaluate([]scenarios.Threshold{threshold(metric, "", "==", 0, "")}, &reports.Result{})[0]
		if got.Verdict != string(check.Inconclusive) {
			t.Errorf("%s == 0 of nothing: %s (%s), want inconclusive", metric, got.Verdict, got.Observed)
		}
	}
	for _, statistic := range []string{"min", "mean", "p50", "p90", "p99", "p999", "max", "never"} {
		for _, metric := range []string{"failover", "detect", "reconnect", "resubscribe"} {
			got := gate.Evaluate([]scenarios.Threshold{threshold(metric, statistic, "<=", 1e18, "")}, &reports.Result{})[0]
			if got.Verdict != string(check.Inconclusive) || got.Observed != "no affected clients" {
				t.Errorf("%s.%s of nobody: %s (%s), want inconclusive", metric, statistic, got.Verdict, got.Observed)
			}
		}
	}
}

func TestDecide(t *testing.T) {
	stories := []struct {
		name                 string
		findings, thresholds []string
		exit                 int
		want                 check.Verdict
	}{
		{"all is well", []string{"pass"}, []string{"pass", "pass"}, 0, check.Pass},
		{"no thresholds", []string{"pass"}, nil, 0, check.Pass},
		{"a finding failed", []string{"pass", "fail"}, []string{"pass"}, 1, check.Fail},
		{"a threshold failed", []string{"pass"}, []string{"pass", "fail"}, 1, check.Fail},
		{"a finding in doubt", []string{"inconclusive"}, []string{"pass"}, 3, check.Inconclusive},
		{"a threshold in doubt", []string{"pass"}, []string{"inconclusive"}, 3, check.Inconclusive},
		{"failure outweighs doubt", []string{"inconclusive"}, []string{"fail"}, 1, check.Fail},
		{"doubt does not heal failure", []string{"fail"}, []string{"inconclusive"}, 1, check.Fail},
		{"never judged", nil, []string{"pass"}, 3, check.Inconclusive},
		{"never judged, yet failed", nil, []string{"fail"}, 1, check.Fail},
		{"a word that is no verdict", []string{"splendid"}, nil, 3, check.Inconclusive},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			r := &reports.Result{Verdict: "pass"}
			for _, v := range s.findings {
				r.Findings = append(r.Findings, reports.Finding{Verdict: v})
			}
			for _, v := range s.thresholds {
				r.Thresholds = append(r.Thresholds, reports.Threshold{Verdict: v})
			}
			exit, verdict := gate.Decide(r)
			if exit != s.exit || verdict != s.want {
				t.Errorf("exit %d, %s; want exit %d, %s", exit, verdict, s.exit, s.want)
			}
		})
	}
}

// Applying thresholds again, or others, starts from the findings and not from the last verdict.
func TestApplyTwice(t *testing.T) {
	r := run()
	gate.Apply(r, []scenarios.Threshold{threshold("lost", "", "==", 0, "")})
	if r.Verdict != string(check.Fail) || len(r.Thresholds) != 1 {
		t.Fatalf("verdict %s with %d thresholds, want fail with 1", r.Verdict, len(r.Thresholds))
	}
	gate.Apply(r, nil)
	if r.Verdict != string(check.Pass) || r.Thresholds == nil || len(r.Thresholds) != 0 {
		t.Fatalf("verdict %s with thresholds %v, want pass with an empty list", r.Verdict, r.Thresholds)
	}
}

// Whatever the figures are: a condition and its opposite never both pass, and never both fail unless a bound is
// missing.
func TestOppositesDisagree(t *testing.T) {
	opposite := map[scenarios.Operator]scenarios.Operator{"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
	rapid.Check(t, func(t *rapid.T) {
		r := run()
		r.Counts.Lost = rapid.Uint64Range(0, 10).Draw(t, "lost")
		r.Counts.LostUnknown = rapid.Uint64Range(0, 5).Draw(t, "unknown")
		op := rapid.SampledFrom([]scenarios.Operator{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "operator")
		bound := float64(rapid.IntRange(0, 16).Draw(t, "bound"))
		got := gate.Evaluate([]scenarios.Threshold{
			threshold("lost", "", op, bound, ""), threshold("lost", "", opposite[op], bound, ""),
		}, r)
		pair := got[0].Verdict + " " + got[1].Verdict
		switch pair {
		case "pass fail", "fail pass", "inconclusive inconclusive":
		default:
			t.Fatalf("%s to %d unknown: %s and %s %v give %s", got[0].Observed, r.Counts.LostUnknown, op, opposite[op], bound, pair)
		}
	})
}
