package calibration

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
)

// A short trial against real brokers comes to an end with every gate in its table. What it measures is for a machine that
// does nothing else.
func TestTryGates(t *testing.T) {
	o := DefaultGateOptions()
	o.Gates, o.Runs, o.Slower, o.Measure = 2, 2, 4, 100*time.Millisecond
	last := 0
	o.Progress = func(done, of int) {
		if done != last+1 || of != 8 {
			t.Errorf("run %d of %d after run %d", done, of, last)
		}
		last = done
	}
	var out, kept strings.Builder
	o.Keep = &kept
	if _, err := TryGates(t.Context(), &out, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 runs of each side", "5ms and 20ms", "same build, in turn ", "slowed build, in turn"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if last != 8 || strings.Count(kept.String(), `"run_id"`) != 8 {
		t.Errorf("%d runs, %d kept, want 8", last, strings.Count(kept.String(), `"run_id"`))
	}
}

// What the trial counts: blocks of which it is known which gates fail.
func TestGateRates(t *testing.T) {
	arm := func(millis float64, seed int) (runs []gate.Run) {
		for i := range 5 {
			v := time.Duration(millis * (1 + 0.01*math.Sin(float64(seed+3*i))) * float64(time.Millisecond))
			runs = append(runs, gate.Run{Result: &reports.Result{
				Verdict: "pass", Latency: reports.Latencies{"end_to_end": {Count: 10, P50: v, P99: v}},
				Counts: reports.Counts{Attempted: 1, Expected: 1, Delivered: 1},
			}})
		}
		return runs
	}
	honest := block{arm(5, 1), arm(5, 2), arm(6, 3), arm(6, 4)}
	odd := block{arm(5, 5), arm(6, 6), arm(6, 7), arm(6, 8)} // a false alarm, and a slow build that is not slower
	rates, err := evaluate([]block{honest, odd})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ gates, failed int }{{4, 1}, {4, 3}, {4, 1}, {4, 3}, {4, 1}} {
		if r := rates[i]; r.gates != want.gates || r.failed != want.failed || r.inconclusive != 0 {
			t.Errorf("%s: %d of %d failed, %d inconclusive, want %+v", r.what, r.failed, r.gates, r.inconclusive, want)
		}
	}
	var out strings.Builder
	kept, err := DefaultGateOptions().report(&out, rates, time.Minute)
	if err != nil || kept || !strings.Contains(out.String(), "25.0 %") || !strings.Contains(out.String(), "does NOT keep") {
		t.Errorf("kept %t, %v\n%s", kept, err, &out)
	}
	rates, err = evaluate([]block{honest, honest})
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := DefaultGateOptions().report(&out, rates, time.Minute); err != nil || !kept {
		t.Errorf("kept %t, %v\n%s", kept, err, &out)
	}
}

// The intervals of Clopper and Pearson, as tables have them.
func TestProportion(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 100, 0, 0.0362167}, {100, 100, 0.9637833, 1}, {95, 100, 0.8871651, 0.9835681}, {1, 10, 0.0025286, 0.4450161}, {5, 10, 0.1870860, 0.8129140},
	} {
		low, high := proportion(c.k, c.n)
		if math.Abs(low-c.low) > 1e-5 || math.Abs(high-c.high) > 1e-5 {
			t.Errorf("%d of %d: %.7f to %.7f, want %.7f to %.7f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}
