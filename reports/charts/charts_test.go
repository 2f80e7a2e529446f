package charts_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/charts"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestGoldens holds a small chart of each kind against what was looked at once.
func TestGoldens(t *testing.T) {
	s := charts.Span{
		Name: "run", Ended: 4 * second, Faults: []charts.Fault{{Number: 1, Name: "kill b2", Began: second, Ended: 2 * second}},
		Phases: []charts.Phase{{Name: "warmup", Ended: second / 2}, {Name: "measure", Began: second / 2, Ended: -1}},
	}
	xs := []time.Duration{second, 2 * second, 3 * second, 4 * second}
	caption := charts.Caption{Title: "Title <1>", Description: "What is on it.", Note: "A note."}
	for name, draw := range map[string]func(*charts.Set) string{
		"timeline": func(set *charts.Set) string {
			return string(set.Timeline(charts.Timeline{Caption: caption, Span: s, Axis: charts.Axis{Title: "messages per second"}, X: xs, Series: []charts.Series{
				{Name: "offered", Note: "mean 1", Y: []float64{1, 2, 3, 4}}, {Name: "b & c", Y: []float64{4, math.NaN(), 2, 1}, Step: true},
			}})) + string(charts.FaultList(s))
		},
		"percentiles": func(set *charts.Set) string {
			return string(set.Percentiles(charts.Percentiles{Caption: caption, Axis: charts.Axis{Unit: charts.Nanoseconds, Log: true}, Series: []charts.Quantiles{
				{Name: "before", Count: 1000, Points: []charts.Quantile{{Q: 0, Value: 1e6}, {Q: 0.5, Value: 2e6}, {Q: 0.99, Value: 9e6}, {Q: 1, Value: 5e7}}},
			}}))
		},
		"recovery": func(set *charts.Set) string {
			return string(set.Recovery(charts.Recovery{Caption: caption, Series: []charts.Recovered{
				{Name: "resume", Affected: 4, Times: []time.Duration{3 * second, second, -1, second}, Marks: []charts.Mark{{Name: "t50", At: second}, {Name: "t100", At: -1}}},
			}}))
		},
		"distribution": func(set *charts.Set) string {
			return string(set.Distribution(charts.Distribution{Caption: caption, Axis: charts.Axis{Title: "failover", Unit: charts.Nanoseconds}, Samples: []charts.Sample{
				{Name: "1 kill b2", Values: []float64{1e9, 2e9, 1.5e9}, Never: 1},
			}}))
		},
		"heat": func(set *charts.Set) string {
			return string(set.Heat(charts.Heat{Caption: caption, Span: s, What: "lost messages", Column: second, Rows: []charts.HeatRow{
				{Name: "a", Counts: []uint64{0, 5, 50}}, {Name: "b", Counts: []uint64{0, 7, 8, 1}},
			}}))
		},
		"intervals": func(set *charts.Set) string {
			return string(set.Intervals(charts.Intervals{Caption: caption, Series: []string{"nats", "mochi"}, Rows: []charts.IntervalRow{{
				Title: "failover.p99", Note: "+20 %", Axis: charts.Axis{Unit: charts.Nanoseconds},
				Of: []charts.Interval{{Median: 1e9, Low: 0.9e9, High: 1.1e9, Runs: []float64{0.9e9, 1e9, 1.1e9}}, {Median: 1.2e9, Low: math.Inf(-1), High: math.Inf(1), Runs: []float64{1.2e9, math.Inf(1)}}},
			}, {Title: "nobody came", Of: []charts.Interval{{Median: math.Inf(1), Low: math.Inf(1), High: math.Inf(1)}, {Median: math.NaN(), Low: math.NaN(), High: math.NaN()}}}, {
				Title: "lost", Of: []charts.Interval{{}, {}},
			}}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var set charts.Set
			chart := draw(&set)
			data, err := set.Data()
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(chart+string(data), "><", ">\n<") + "\n"
			path := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReduce holds that what is left of a series knows its lowest and highest values and where it ended, and that no
// sample is lost.
func TestReduce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, most := rapid.IntRange(0, 300).Draw(t, "samples"), rapid.IntRange(1, 50).Draw(t, "most")
		xs, ys := make([]time.Duration, n), make([]float64, n)
		for i := range xs {
			xs[i], ys[i] = time.Duration(i+1), float64(rapid.IntRange(-100, 100).Draw(t, "y"))
			if ys[i] > 80 {
				ys[i] = math.NaN()
			}
		}
		r := charts.Reduce(xs, []charts.Series{{Y: ys}}, most)
		s := r.Series[0]
		if len(r.X) > most || len(r.X) != len(s.Y) {
			t.Fatalf("%d points with %d values of at most %d", len(r.X), len(s.Y), most)
		}
		if n > 0 && r.X[len(r.X)-1] != float64(xs[n-1]) {
			t.Fatalf("the last point is at %g", r.X[len(r.X)-1])
		}
		if (r.Note() == "") != (n <= most) {
			t.Fatalf("%d of %d samples: the note is %q", most, n, r.Note())
		}
		if n <= most {
			if diff := cmp.Diff(ys, s.Y, cmp.Comparer(same)); n > 0 && diff != "" || s.Low != nil {
				t.Fatalf("a short series was changed:\n%s", diff)
			}
			return
		}
		for i := range s.Y {
			last, low, high := math.NaN(), math.Inf(1), math.Inf(-1)
			for k := i * r.Samples; k < min((i+1)*r.Samples, n); k++ {
				if !math.IsNaN(ys[k]) {
					last, low, high = ys[k], min(low, ys[k]), max(high, ys[k])
				}
			}
			if !same(s.Y[i], last) || !math.IsNaN(last) && (s.Low[i] != low || s.High[i] != high) {
				t.Fatalf("point %d is %g (%g to %g), want %g (%g to %g)", i, s.Y[i], s.Low[i], s.High[i], last, low, high)
			}
		}
	})
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestTimelineHasEverySample holds for any series that each of its samples is a point of its line, and each stretch
// between gaps a line of its own.
func TestTimelineHasEverySample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ys := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 5, 1e9, math.NaN()}), 1, 200).Draw(t, "values")
		xs := make([]time.Duration, len(ys))
		samples, stretches := 0, 0
		for i, y := range ys {
			xs[i] = time.Duration(i) * second
			if !math.IsNaN(y) {
				samples++
				if i == 0 || math.IsNaN(ys[i-1]) {
					stretches++
				}
			}
		}
		var set charts.Set
		html := string(set.Timeline(charts.Timeline{Span: charts.Span{Ended: 200 * second}, X: xs, Series: []charts.Series{{Y: ys}}}))
		points, moves := 0, 0
		plot := html[strings.Index(html, "chart-curves"):]
		for _, d := range regexp.MustCompile(` d="([^"]*)"`).FindAllStringSubmatch(plot, -1) {
			moves += strings.Count(d[1], "M")
			points += strings.Count(d[1], "M") + strings.Count(d[1], "l")
		}
		if points != samples || moves != stretches {
			t.Fatalf("%d points in %d lines, want %d in %d", points, moves, samples, stretches)
		}
	})
}

// TestRecoverySteps holds a curve against counting: at every point, as many are back as came by then.
func TestRecoverySteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := make([]time.Duration, rapid.IntRange(0, 5000).Draw(t, "clients"))
		for i := range times {
			times[i] = time.Duration((i*7919)%100_003 - 5_000)
		}
		xs, counts := charts.StepsOf(times, len(times)+3, 100_003)
		if len(xs) > 2001+2 || len(xs) != len(counts) || !slices.IsSorted(xs) {
			t.Fatalf("%d points with %d counts", len(xs), len(counts))
		}
		for i, x := range xs {
			back := 0
			for _, at := range times {
				if at >= 0 && float64(at) <= x {
					back++
				}
			}
			if counts[i] != float64(back) {
				t.Fatalf("%g are back at %g, want %d", counts[i], x, back)
			}
		}
	})
}

// TestBins holds that every value is in one bin, and in the right one.
func TestBins(t *testing.T) {
	edges := charts.BinEdges(0, 50, false)
	if diff := cmp.Diff([]float64{0, 1, 2, 3}, edges[:4]); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	counts := charts.Bin([]float64{0, 0.5, 1, 49.9, 50, math.NaN()}, edges)
	if counts[0] != 2 || counts[1] != 1 || counts[49] != 2 {
		t.Errorf("counts are %g", counts)
	}
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(1, 1e9).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1e-3, 1e12).Draw(t, "width")
		values := rapid.SliceOf(rapid.Float64Range(lo, hi)).Draw(t, "values")
		edges := charts.BinEdges(lo, hi, rapid.Bool().Draw(t, "log"))
		if !slices.IsSorted(edges) || edges[0] > lo*(1+1e-9) || edges[len(edges)-1] < hi*(1-1e-9) || len(edges) > 101 {
			t.Fatalf("%d edges from %g to %g do not cover %g to %g", len(edges), edges[0], edges[len(edges)-1], lo, hi)
		}
		sum := 0.0
		for _, n := range charts.Bin(values, edges) {
			sum += n
		}
		if sum != float64(len(values)) {
			t.Fatalf("%g of %d values are in a bin", sum, len(values))
		}
	})
}

// TestHeatStaysSmall holds that the worst strip stays within its bytes, and that what is added up is not lost.
func TestHeatStaysSmall(t *testing.T) {
	rows := make([]charts.HeatRow, 200)
	total := uint64(0)
	for i := range rows {
		rows[i].Counts = make([]uint64, 300)
		for c := range rows[i].Counts {
			n := uint64((i*31+c*17)%7) * uint64(math.Pow(10, float64((i+c)%6)))
			rows[i].Counts[c] = n
			total += n
		}
	}
	packed, column, bytes := charts.PackedHeat(charts.Heat{Span: charts.Span{Ended: 300 * second}, Column: second, Rows: rows})
	if bytes > 120_000 || column <= second {
		t.Errorf("%d bytes with columns of %s", bytes, column)
	}
	after := uint64(0)
	for _, row := range packed {
		for _, n := range row.Counts {
			after += n
		}
	}
	if after != total {
		t.Errorf("%d messages, want %d", after, total)
	}
	if len(rows[0].Counts) != 300 {
		t.Error("the caller's counts were changed")
	}
	if _, column, _ := charts.PackedHeat(charts.Heat{Span: charts.Span{Ended: 300 * second}, Column: second, Rows: rows[:5]}); column != second {
		t.Errorf("a small strip has columns of %s", column)
	}
}

// TestFaultNames holds that the names of thirty faults never overlap, and that all of them are in the list.
func TestFaultNames(t *testing.T) {
	s := charts.Span{Ended: 300 * second}
	for i := range 30 {
		at := time.Duration(i) * 10 * second
		if i%3 == 1 {
			at -= 9 * second
		}
		s.Faults = append(s.Faults, charts.Fault{Number: i + 1, Name: "kill b2", Began: at, Ended: at + 4*second})
	}
	var set charts.Set
	html := string(set.Timeline(charts.Timeline{Span: s}))
	names := regexp.MustCompile(`<text class="chart-fault-name([^"]*)" x="([0-9.]+)%"[^>]*>([^<]*)<`).FindAllStringSubmatch(html, -1)
	for only, width := range map[string]float64{" chart-wide": 760, " chart-narrow": 300} {
		end, shown := -1.0, 0
		for _, n := range names {
			if n[1] != "" && n[1] != only {
				continue
			}
			var at float64
			if err := json.Unmarshal([]byte(n[2]), &at); err != nil {
				t.Fatal(err)
			}
			at *= width / 100
			if at < end {
				t.Errorf("%s: %q begins at %.0f, before %.0f", only, n[3], at, end)
			}
			end = at + float64(len(n[3]))*6
			shown++
		}
		if shown < 10 {
			t.Errorf("%s: only %d names are shown", only, shown)
		}
	}
	if got := strings.Count(string(charts.FaultList(s)), "<li"); got != 30 {
		t.Errorf("%d faults in the list", got)
	}
}

// TestIntervals holds that nothing that was never reached, is not known or is 0 looks like something else.
func TestIntervals(t *testing.T) {
	for name, c := range map[string]struct {
		in      charts.Interval
		texts   []string
		whisker int
	}{
		"known":             {charts.Interval{Median: 2, Low: 1, High: 3, Runs: []float64{1, 2, 3}}, []string{">2<"}, 1},
		"written by others": {charts.Interval{Median: 2, Low: 1, High: 3, Text: "2.00 <s>"}, []string{">2.00 &lt;s&gt;<"}, 1},
		"open":              {charts.Interval{Median: 2, Low: 1, High: math.Inf(1), Runs: []float64{1, 2, math.Inf(1)}}, []string{">2<", ">1 of 3 never<", "stroke-dasharray"}, 1},
		"open below":        {charts.Interval{Median: 2, Low: math.Inf(-1), High: 3, Runs: []float64{2}}, []string{">2<", "stroke-dasharray"}, 1},
		"never":             {charts.Interval{Median: math.Inf(1), Low: 1, High: math.Inf(1), Runs: []float64{1, math.Inf(1)}}, []string{">never<", ">1 of 2 never<"}, 0},
		"not known":         {charts.Interval{Median: math.NaN(), Low: math.NaN(), High: math.NaN()}, []string{">–<"}, 0},
		"without intervals": {charts.Interval{Median: 2, Low: math.NaN(), High: math.NaN()}, []string{">2<"}, 0},
		"zero":              {charts.Interval{}, []string{">0<"}, 1},
	} {
		var set charts.Set
		html := string(set.Intervals(charts.Intervals{Series: []string{"a"}, Rows: []charts.IntervalRow{{Of: []charts.Interval{c.in}}}}))
		html = html[strings.Index(html, "chart-plot"):]
		for _, text := range c.texts {
			if !strings.Contains(html, text) {
				t.Errorf("%s: no %s in %s", name, text, html)
			}
		}
		if got := strings.Count(html, "chart-whisker"); got != c.whisker {
			t.Errorf("%s: %d whiskers, want %d", name, got, c.whisker)
		}
		if got := strings.Count(html, "chart-grid"); name == "zero" && got != 1 || name == "not known" && got != 0 {
			t.Errorf("%s: an axis of %d values was made up", name, got)
		}
	}
}

// TestOutOfSight holds that what a span does not show leaves no trace at its edges.
func TestOutOfSight(t *testing.T) {
	s := charts.Span{
		Began: 10 * second, Ended: 20 * second,
		Faults: []charts.Fault{{Number: 1, Name: "before", Began: 5 * second, Ended: 9 * second}, {Number: 2, Name: "into", Began: 5 * second, Ended: 11 * second}, {Number: 3, Name: "after", Began: 20 * second, Ended: -1}},
		Phases: []charts.Phase{{Name: "early", Ended: 10 * second}, {Name: "late", Began: 15 * second, Ended: 25 * second}, {Name: "gone", Began: 25 * second, Ended: 26 * second}},
	}
	var set charts.Set
	html := string(set.Timeline(charts.Timeline{Span: s}))
	for text, want := range map[string]bool{"before": false, "2 into": true, "after": false, "early": false, "late": true, "gone": false} {
		if strings.Contains(html, ">"+text+"<") != want {
			t.Errorf("%q in the chart: want %t", text, want)
		}
	}
	if got := strings.Count(html, "<rect"); got != 1 {
		t.Errorf("%d shades, want 1", got)
	}
}

// TestMarksOfOnePlace holds that marks that lie on one another share a name.
func TestMarksOfOnePlace(t *testing.T) {
	var set charts.Set
	r := charts.Recovered{Affected: 2, Times: []time.Duration{second, second + 1}}
	for _, name := range []string{"t50", "t90", "t99"} {
		r.Marks = append(r.Marks, charts.Mark{Name: name, At: second + 1})
	}
	if html := string(set.Recovery(charts.Recovery{Series: []charts.Recovered{r}})); !strings.Contains(html, ">t50 t90 t99<") {
		t.Errorf("marks have names on one another: %s", html)
	}
}

// TestDataOnce holds that points in time that charts share are in the page once, and that values are exact.
func TestDataOnce(t *testing.T) {
	var set charts.Set
	xs := []time.Duration{1_000_000_007, 2_000_000_011, 3_000_000_001}
	for range 3 {
		set.Timeline(charts.Timeline{Span: charts.Span{Ended: 3 * second}, X: xs, Series: []charts.Series{
			{Name: "a", Y: []float64{9_123_456_789, 0.1 + 0.2, math.NaN()}}, {Name: "b", Y: []float64{1}},
		}})
	}
	html, err := set.Data()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(string(html), `<script type="application/json" id="chart-data">`), "</script>")
	var got struct {
		X      [][]float64 `json:"x"`
		Charts []struct {
			ID     string `json:"id"`
			Group  string `json:"group"`
			Series []struct {
				Y []*float64 `json:"y"`
			} `json:"series"`
		} `json:"charts"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{1_000_000_007, 1_000_000_004, 999_999_990}}, got.X); diff != "" {
		t.Errorf("points in time (-want +got):\n%s", diff)
	}
	if !strings.Contains(text, "[9123456789,0.3,null]") || !strings.Contains(text, "[1,null,null]") {
		t.Errorf("values are not exact: %s", text)
	}
	if len(got.Charts) != 3 || got.Charts[0].ID == got.Charts[1].ID || got.Charts[0].Group != got.Charts[1].Group {
		t.Errorf("charts are %+v", got.Charts)
	}
}

// TestIDs holds that no two elements of a page have the same id, and that every reference has its target.
func TestIDs(t *testing.T) {
	html := string(page(t, 60))
	html = html[:strings.LastIndex(html, "<script>")]
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="?([^" >]+)`).FindAllStringSubmatch(html, -1) {
		if ids[m[1]] {
			t.Errorf("there are two of %q", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` aria-(?:labelledby|describedby)="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !ids[m[1]] {
			t.Errorf("nothing is %q", m[1])
		}
	}
}

// TestHourIsSmall holds that an hour of eight series leaves room for the rest of a page.
func TestHourIsSmall(t *testing.T) {
	var set charts.Set
	xs := make([]time.Duration, 3600)
	series := make([]charts.Series, 8)
	for i := range xs {
		xs[i] = time.Duration(i+1)*second + time.Duration(i*7919%1000)
	}
	for k := range series {
		series[k].Y = make([]float64, len(xs))
		for i := range xs {
			series[k].Y[i] = float64(1000 + (i*7919+k*104729)%4000)
		}
	}
	html := string(set.Timeline(charts.Timeline{Span: charts.Span{Ended: 3601 * second}, X: xs, Series: series}))
	data, err := set.Data()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(html) + len(data); got > 500_000 {
		t.Errorf("%d bytes", got)
	}
}
