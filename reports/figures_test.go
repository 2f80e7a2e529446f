package reports_test

import (
	"math"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// Every single figure is what its definition says, and unknown where the result does not know.
func TestObserveSingles(t *testing.T) {
	whole := func() *reports.Result {
		return &reports.Result{
			Counts:  reports.Counts{Attempted: 1000, Expected: 4000},
			Outages: reports.Outages{Count: 5, Unexplained: 3}, UnavailabilityGap: 4 * time.Second,
			Measured: &reports.Measured{
				Seconds: 20, Written: 1000, Acknowledged: 900, Delivered: 4000, GeneratorCPUSeconds: 0.05, BrokerCPUSeconds: 0.8,
				BrokerRSSBytes: 64 << 20, Connected: 16,
			},
			Generator: reports.Generator{HeapBeganBytes: 10 << 20, HeapEndedBytes: 9 << 20},
		}
	}
	type change = func(r *reports.Result)
	for _, c := range []struct {
		metric string
		change change
		want   float64 // NaN: not known
		text   string
	}{
		{"acknowledged_rate", nil, 45, "45/s"},
		{"delivered_rate", nil, 200, "200/s"},
		{"broker_cpu_per_message", nil, 200_000, "200 µs"},
		{"generator_cpu_per_message", nil, 10_000, "10.0 µs"},
		{"broker_memory", nil, 64 << 20, "64.0 MiB"},
		{"broker_memory_per_connection", nil, 4 << 20, "4.00 MiB"},
		{"unavailability_gap", nil, 4e9, "4.00 s"},
		{"unexplained_outages", nil, 3, "3"},
		{"memory_growth", nil, -1 << 20, "-1.00 MiB"},
		{"delivered_rate", func(r *reports.Result) { r.Measured = nil }, math.NaN(), "no whole second of measurement"},
		{"delivered_rate", func(r *reports.Result) { r.Measured.Seconds = 0 }, math.NaN(), "no whole second of measurement"},
		{"delivered_rate", func(r *reports.Result) { r.Counts.Expected = 0 }, math.NaN(), "no delivery was owed"},
		{"delivered_rate", func(r *reports.Result) { r.Measured.Delivered = 0 }, 0, "0/s"},
		{"acknowledged_rate", func(r *reports.Result) { r.Counts.Attempted = 0 }, math.NaN(), "nothing was published"},
		{"broker_cpu_per_message", func(r *reports.Result) { r.Measured.BrokerCPUSeconds = -1 }, math.NaN(), "the CPU time is not known"},
		{"broker_cpu_per_message", func(r *reports.Result) { r.Measured.Delivered = 0 }, math.NaN(), "no message in the measurement"},
		{"broker_memory", func(r *reports.Result) { r.Measured.BrokerRSSBytes = -1 }, math.NaN(), "the memory is not known"},
		{"broker_memory_per_connection", func(r *reports.Result) { r.Measured.Connected = 0 }, math.NaN(), "no client was connected"},
		{"unavailability_gap", func(r *reports.Result) { r.Counts.Expected = 0 }, math.NaN(), "no delivery was owed"},
	} {
		r := whole()
		if c.change != nil {
			c.change(r)
		}
		f := reports.Observe(scenarios.FigureName{Metric: c.metric}, r)
		if f.Known == math.IsNaN(c.want) || f.Known && (f.Low != c.want || f.High != c.want) || f.Text != c.text {
			t.Errorf("%s: %+v, want %v, %q", c.metric, f, c.want, c.text)
		}
	}
}

// The list of figures has what the result has, under names that find the same figure again, and windows where there was a
// fault.
func TestFigures(t *testing.T) {
	r := &reports.Result{
		Counts:  reports.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
		Latency: reports.Latencies{"end_to_end": {Count: 10, P50: 5, P99: 7}},
		Windows: map[string]reports.Latencies{"before": {"end_to_end": {Count: 5, P50: 4, P99: 6}}},
	}
	found := func() map[string]float64 {
		all := map[string]float64{}
		for _, f := range reports.Figures(r) {
			if _, twice := all[f.Name.String()]; twice || f.Metric.Name != f.Name.Metric {
				t.Errorf("%s is there twice, or not itself", f.Name)
			}
			all[f.Name.String()] = f.Low
			name, err := scenarios.ParseFigureName(f.Name.String())
			if again := reports.Observe(name, r); err != nil || again != f.Figure {
				t.Errorf("%s: %v, %+v the second time", f.Name, err, again)
			}
		}
		return all
	}
	all := found()
	if all["end_to_end.p99"] != 7 || all["delivered"] != 10 {
		t.Errorf("%v", all)
	}
	if _, windowed := all["end_to_end.p99 before faults"]; windowed {
		t.Error("a window without a fault")
	}
	if _, unknown := all["failover.p99"]; unknown {
		t.Error("a failover of nobody")
	}
	r.Injections = []reports.Injection{{Fault: "kill"}}
	if all = found(); all["end_to_end.p99 before faults"] != 6 {
		t.Errorf("with a fault: %v", all)
	}
	keys := len(reports.KeyFigures(r))
	if keys == 0 || keys >= len(all) {
		t.Errorf("%d key figures of %d", keys, len(all))
	}
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit scenarios.Unit
		want string
	}{
		{1.5e6, scenarios.UnitNanoseconds, "1.50 ms"}, {-1.5e6, scenarios.UnitNanoseconds, "-1.50 ms"},
		{math.Inf(1), scenarios.UnitNanoseconds, "never"}, {0, scenarios.UnitNanoseconds, "0 s"},
		{1234, scenarios.UnitNumber, "1,234"}, {2.5, scenarios.UnitNumber, "2.5"}, {math.Inf(1), scenarios.UnitNumber, "∞"},
		{1.5 * (1 << 20), scenarios.UnitBytes, "1.50 MiB"}, {12.5, scenarios.UnitPerSecond, "12.5/s"},
		{math.NaN(), scenarios.UnitBytes, "?"},
	} {
		if got := reports.Quantity(c.v, c.unit); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
