package charts_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/charts"
)

// TestTicks has what axes show for ranges that people know.
func TestTicks(t *testing.T) {
	for name, c := range map[string]struct {
		unit   charts.Unit
		lo, hi float64
		n      int
		want   []string
	}{
		"rates":           {charts.Number, 0, 1000, 4, []string{"0", "500", "1,000"}},
		"millions":        {charts.Number, 0, 2e6, 4, []string{"0", "500,000", "1 M", "1.5 M", "2 M"}},
		"fractions":       {charts.Number, 0, 0.3, 3, []string{"0", "0.1", "0.2", "0.3"}},
		"shares":          {charts.Share, 0, 1, 5, []string{"0 %", "20 %", "40 %", "60 %", "80 %", "100 %"}},
		"bytes":           {charts.Bytes, 0, 200 << 20, 4, []string{"0 B", "64 MiB", "128 MiB", "192 MiB"}},
		"spans":           {charts.Nanoseconds, 0, 2e6, 4, []string{"0 s", "500 µs", "1 ms", "1.5 ms", "2 ms"}},
		"a minute":        {charts.Clock, 0, 60e9, 8, []string{"0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"}},
		"an hour":         {charts.Clock, 0, 3600e9, 6, []string{"0:00", "10:00", "20:00", "30:00", "40:00", "50:00", "1:00:00"}},
		"a day":           {charts.Clock, 0, 86400e9, 4, []string{"0:00", "6:00:00", "12:00:00", "18:00:00", "24:00:00"}},
		"parts of second": {charts.Clock, 17e9, 18e9, 5, []string{"0:17", "0:17.2", "0:17.4", "0:17.6", "0:17.8", "0:18"}},
		"around zero":     {charts.Number, -10, 10, 4, []string{"-10", "-5", "0", "5", "10"}},
	} {
		var got []string
		for _, v := range charts.LinearTicks(c.unit, c.lo, c.hi, c.n) {
			got = append(got, charts.Label(c.unit, v))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]float64{1e3, 2e3, 5e3, 1e4}, charts.LogTicks(1e3, 1e4, 4)); diff != "" {
		t.Errorf("a decade (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1, 1e3, 1e6, 1e9, 1e12}, charts.LogTicks(1, 1e12, 4)); diff != "" {
		t.Errorf("twelve decades (-want +got):\n%s", diff)
	}
}

// TestScaleCoversValues holds for any values that their scale covers them, that its ticks rise, lie within it and are
// neither too few nor too many.
func TestScaleCoversValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64()).Draw(t, "values")
		axis := charts.Axis{
			Unit: rapid.SampledFrom([]charts.Unit{charts.Number, charts.Nanoseconds, charts.Bytes, charts.Share}).Draw(t, "unit"),
			Log:  rapid.Bool().Draw(t, "log"),
		}
		lo, hi, ticks := charts.ValueRange(axis, values)
		if !(lo < hi) {
			t.Fatalf("the scale reaches from %g to %g", lo, hi)
		}
		for _, v := range values {
			sample := math.Abs(v) <= 1e24 && (!axis.Log || v >= 1e-24)
			slack := (hi - lo) * 1e-9 // nobody can see it, and some values differ from 0 by less than any step of a double
			if axis.Log {
				slack = lo * 1e-9
			}
			if sample && (v < lo-slack || v > hi+slack) {
				t.Fatalf("%g lies outside of %g to %g", v, lo, hi)
			}
		}
		if !slices.IsSorted(ticks) || len(ticks) < 1 || len(ticks) > 12 {
			t.Fatalf("ticks from %g to %g: %g", lo, hi, ticks)
		}
		for _, v := range ticks {
			if slack := (hi - lo) * 1e-6; v < lo-slack || v > hi+slack {
				t.Fatalf("tick %g lies outside of %g to %g", v, lo, hi)
			}
		}
	})
}

// TestMargins: a scale that is just wide enough has room on both sides, and none below 0 where no value is.
func TestMargins(t *testing.T) {
	for name, c := range map[string]struct {
		log         bool
		least, most float64
	}{"linear": {false, 100, 200}, "one value": {false, 5, 5}, "below 0": {false, -3, 3}, "decades": {true, 1e3, 1e9}, "one on decades": {true, 7, 7}} {
		lo, hi := charts.RangeAround(charts.Axis{Log: c.log}, c.least, c.most)
		if !(lo < c.least && hi > c.most) || c.least > 0 && (lo < c.least/4 || hi > c.most*4) {
			t.Errorf("%s: %g to %g are drawn from %g to %g", name, c.least, c.most, lo, hi)
		}
	}
	if lo, _ := charts.RangeAround(charts.Axis{}, 0, 9); lo != 0 {
		t.Errorf("what begins at 0 is drawn from %g", lo)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		unit charts.Unit
		v    float64
		want string
	}{
		{charts.Number, 1234567, "1,234,567"},
		{charts.Number, -1234.5, "-1,234.5"},
		{charts.Number, 0.25, "0.25"},
		{charts.Number, 1e15, "1.000e+15"},
		{charts.Number, 2.5e-9, "2.500e-9"},
		{charts.Number, math.NaN(), "–"},
		{charts.Nanoseconds, 0, "0 s"},
		{charts.Nanoseconds, 999, "999 ns"},
		{charts.Nanoseconds, 250_000, "250 µs"},
		{charts.Nanoseconds, 9_123_456, "9.123456 ms"},
		{charts.Nanoseconds, 90_000_000_001, "90.000000001 s"},
		{charts.Bytes, 67_108_865, "67,108,865 B"},
		{charts.Share, 0.413, "41.3 %"},
		{charts.Share, 0.07, "7 %"},
		{charts.Clock, 17_500_000_000, "0:17.5"},
		{charts.Clock, 65e9, "1:05"},
		{charts.Clock, 3_605_000_000_000, "1:00:05"},
		{charts.Clock, -1e9, "-0:01"},
	} {
		if got := charts.Exact(c.unit, c.v); got != c.want {
			t.Errorf("%g in %q is %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
