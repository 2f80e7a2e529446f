package page

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/reports/history"
)

// comparisonOf has so many variants of a made-up run, with a link to a report for each.
func comparisonOf(t *testing.T, s size, names ...string) Comparison {
	t.Helper()
	c := Comparison{Of: &compare.Comparison{
		Comparison: compare.Schema, Scenario: "made-up", Mqbench: "v1", Command: []string{"/bin/mqbench", "compare", "a b"}, Keys: []string{"broker"},
		Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Rounds: 2, Seed: 7,
	}}
	results := make([][]*reports.Result, len(names))
	for n, name := range names {
		run := made(s)
		run.Result.Topology.Broker = name
		run.Result.Failover.Resume.P99 = 1200 * time.Millisecond // the median of two is 1.80 s, not 1.8 s
		results[n] = []*reports.Result{run.Result, slower(run.Result)}
		c.Of.Variants = append(c.Of.Variants, compare.Variant{Name: name, Values: map[string]string{"broker": name}})
		for round := range 2 {
			c.Of.Runs = append(c.Of.Runs, compare.Run{
				Variant: n, Round: round + 1, Seed: 7, Dir: name, State: compare.Done, Verdict: run.Result.Verdict, Took: time.Minute,
			})
			c.Links = append(c.Links, fmt.Sprintf("./v%d/%d/report.html", n, round+1))
		}
		c.Typical = append(c.Typical, TypicalOf(2*n, run.Result, run.Record, run.Analysis))
	}
	c.Of.Conclude(results, false)
	return c
}

// slower is a result in which everything took twice as long.
func slower(r *reports.Result) *reports.Result {
	r = cleaned(r)
	twice := func(d reports.Distribution) reports.Distribution {
		d.P50, d.P99, d.Max = 2*d.P50, 2*d.P99, 2*d.Max
		return d
	}
	for _, l := range append(slices.Collect(maps.Values(r.Windows)), r.Latency) {
		for name, d := range l {
			l[name] = twice(d)
		}
	}
	r.Failover.Resume = twice(r.Failover.Resume)
	return r
}

func writtenComparison(t *testing.T, c Comparison) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteComparison(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestComparisonPage: every headline, every variant and every run is there, and the runs lead to their reports.
func TestComparisonPage(t *testing.T) {
	c := comparisonOf(t, size{seconds: 60, publishers: 50, subscribers: 4, brokers: 3, faults: 1, shape: "cluster"}, "nats", "mochi")
	page := writtenComparison(t, c)
	root := tree(t, page)
	if n := len(all(root, "figure")); n != 9 { // medians, two percentiles, recovery, five courses
		t.Errorf("%d charts, want 9", n)
	}
	var links []string
	for _, a := range all(root, "a") {
		for _, attribute := range a.Attr {
			if attribute.Key == "href" && strings.Contains(attribute.Val, "report.html") {
				links = append(links, attribute.Val)
			}
		}
	}
	if strings.Join(links, " ") != strings.Join(c.Links, " ") {
		t.Errorf("links %v, want %v", links, c.Links)
	}
	for _, row := range compare.Headlines(c.Of.Outcome.Compared) {
		want := 2 // the tables; what is the same in all runs is in no chart
		if least, most := rangeOf(row); least < most {
			want = 3
		}
		if title := compare.FigureTitle(row); strings.Count(string(page), title) < want {
			t.Errorf("%s is not there %d times", title, want)
		}
		if least, most := rangeOf(row); least < most {
			for n := range row.Samples { // in the chart as in the table
				if text := ">" + compare.MedianText(row, n) + "</text>"; !strings.Contains(string(page), text) {
					t.Errorf("%s: no chart has the median as %s", compare.FigureTitle(row), text)
				}
			}
		}
	}
	for _, want := range []string{"mqbench compare &#39;a b&#39;", "7 to 8, one a round", "None", "not known"} {
		if want != "None" && !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestComparisonPageOfNothing: a comparison of which nothing came up, and nothing is recorded, is a page all the same.
func TestComparisonPageOfNothing(t *testing.T) {
	of := &compare.Comparison{Scenario: "s", Variants: []compare.Variant{{Name: "a"}, {Name: "b"}}, Runs: []compare.Run{
		{Variant: 0, State: compare.Failed, Reason: "no CONNACK"}, {Variant: 1, State: compare.Pending},
	}}
	of.Conclude(make([][]*reports.Result, 2), false)
	page := string(writtenComparison(t, Comparison{Of: of, Typical: make([]*Typical, 2)}))
	for _, want := range []string{"no CONNACK", "could not be measured", "pending", "There is no record of the course"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestHostileComparison puts a hostile text wherever a comparison has one.
func TestHostileComparison(t *testing.T) {
	c := comparisonOf(t, size{seconds: 9, publishers: 5, subscribers: 1, brokers: 1, faults: 1, shape: "single"}, hostile, hostile+"2")
	c.Of.Scenario, c.Of.Description, c.Of.Mqbench, c.Of.Command, c.Of.Keys = hostile, hostile, hostile, []string{"mqbench", hostile}, []string{hostile}
	for i := range c.Of.Runs {
		c.Of.Runs[i].Verdict, c.Of.Runs[i].Reason = hostile, hostile
	}
	c.Links = []string{"javascript:alert(1)"}
	page := writtenComparison(t, c)
	harmless(t, page)
	if strings.Contains(string(page), `"javascript:`) {
		t.Error("a link runs a script")
	}
}

// TestComparisonPagesAreBounded: many variants of the largest runs.
func TestComparisonPagesAreBounded(t *testing.T) {
	for _, s := range []size{
		{seconds: 3600, publishers: 10_000, subscribers: 10, brokers: 3, faults: 1, shape: "cluster"},
		{seconds: 3600, publishers: 10_000, subscribers: 10, brokers: 3, faults: 300, shape: "cluster"},
		{seconds: 80_000, publishers: 10, subscribers: 1, brokers: 3, faults: 12, shape: "cluster"},
	} {
		var names []string
		for n := range 12 {
			names = append(names, fmt.Sprint("variant-", n))
		}
		page := writtenComparison(t, comparisonOf(t, s, names...))
		elements := 0
		for d := range tree(t, page).Descendants() {
			if d.Type == html.ElementNode {
				elements++
			}
		}
		t.Logf("%+v: %d bytes, %d elements", s, len(page), elements)
		if len(page) > mostBytes || elements > mostElements {
			t.Errorf("%+v: %d bytes, %d elements (want at most %d, %d)", s, len(page), elements, mostBytes, mostElements)
		}
	}
}

// TestThinned: whatever is left out, any part of the clients is back at the same time to a thousandth of them.
func TestThinned(t *testing.T) {
	var times []time.Duration
	for n := range 5000 {
		times = append(times, time.Duration((n*7919)%5000))
	}
	for n := range 50 { // one in a hundred never came
		times[n*100] = -1
	}
	got := thinned(times)
	if len(got) != mostResumes || got[0] > 10 || got[mostResumes/2] < 2400 || got[mostResumes/2] > 2600 {
		t.Fatalf("%d times, from %d over %d", len(got), got[0], got[mostResumes/2])
	}
	never := 0
	for _, v := range got {
		if v < 0 {
			never++
		}
	}
	if never != 10 {
		t.Errorf("%d of %d never came, want one in a hundred", never, len(got))
	}
}

// TestRealNote: a difference that is no ratio, as from a time to never, is one all the same, and nothing is surer than it is.
func TestRealNote(t *testing.T) {
	never := compare.Number(math.Inf(1))
	for want, d := range map[string]compare.Difference{
		"2.00× (p = 0.008)":     {Ratio: 2, Adjusted: 0.008, Real: true, Enough: true},
		"2.00× (p below 0.001)": {Ratio: 2, Adjusted: 0.0004, Real: true, Enough: true},
		"differs (p = 0.012)":   {Ratio: never, Adjusted: 0.012, Real: true, Enough: true},
		"too few runs to tell":  {Ratio: 9, Adjusted: 0.1, To: 1},
		"no difference shown":   {Ratio: 1, Adjusted: 0.7, Enough: true, To: 1},
	} {
		row := compare.Row{Samples: []compare.Sample{{Values: []compare.Number{1, 3}}, {Values: []compare.Number{2, 4}}}, Differences: []compare.Difference{d}}
		if got := realNote(&compare.Comparison{Variants: make([]compare.Variant, 2)}, row); got != want {
			t.Errorf("%+v is %q, want %q", d, got, want)
		}
	}
}

// TestTypicalOf: the time of a run is since its load began, warming up included, and a broker that is down has no memory,
// which is not the same as none.
func TestTypicalOf(t *testing.T) {
	const s = time.Second
	r := &reports.Result{
		Phases:     []reports.Phase{{Name: "connect", Ended: 10 * s}, {Name: "warmup", Began: 10 * s, Ended: 12 * s}, {Name: "measure", Began: 12 * s, Ended: 16 * s}},
		Injections: []reports.Injection{{Fault: "kill", Began: 13 * s, Healed: 15 * s}},
	}
	up, down := history.BrokerSample{Up: true, RSSBytes: 1000}, history.BrokerSample{}
	run := &history.Run{Timeline: []history.Second{
		{At: 10 * s, Width: s, Connected: 1, Brokers: []history.BrokerSample{up, up}},
		{At: 11 * s, Width: s, Connected: 2, Brokers: []history.BrokerSample{up, up}},
		{At: 12 * s, Width: s, Connected: 3, Brokers: []history.BrokerSample{up, down}},
		{At: 13 * s, Width: s, Connected: 4, Brokers: []history.BrokerSample{down, down}},
	}}
	typical := TypicalOf(0, r, run, &check.Analysis{})
	var connected, memory []float64
	for _, of := range typical.seconds {
		connected, memory = append(connected, of.connected), append(memory, of.memory)
	}
	nan := math.NaN()
	if diff := cmp.Diff([][]float64{{nan, 2, 3, 4}, {nan, 2000, 1000, nan}}, [][]float64{connected, memory}, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("seconds (-want +got):\n%s", diff)
	}
	if f := typical.faults; len(f) != 1 || f[0].Began != 3*s || f[0].Ended != 5*s {
		t.Errorf("faults %+v, want one from 3 s to 5 s", f)
	}
}

// TestComparedTable: how many times another it is stands where that is real alone.
func TestComparedTable(t *testing.T) {
	sample := func(v compare.Number) compare.Sample {
		return compare.Sample{Values: []compare.Number{v}, Known: 1, Median: v, Low: v, High: v}
	}
	never := compare.Number(math.Inf(1))
	c := &compare.Comparison{Variants: make([]compare.Variant, 4), Outcome: &compare.Outcome{}}
	row := compare.Row{
		Figure: "failover.p99", Unit: "ns", Samples: []compare.Sample{sample(1e9), sample(2e9), sample(3e9), sample(never)},
		Differences: []compare.Difference{{From: 0, To: 1, Ratio: 2}, {From: 0, To: 2, Ratio: 3, Real: true}, {From: 0, To: 3, Ratio: never, Real: true}},
	}
	var got []string
	for _, cell := range comparedTable(c, "", []compare.Row{row}).Rows[0].Cells {
		got = append(got, cell.Text)
	}
	if diff := cmp.Diff([]string{"failover.p99", "1.00 s", "2.00 s", "3.00 s 3.00×", "never differs"}, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

// TestTraitTable: what bars an order comes first, under a heading that says so.
func TestTraitTable(t *testing.T) {
	c := &compare.Comparison{Variants: make([]compare.Variant, 2), Outcome: &compare.Outcome{Traits: []compare.Trait{
		{Title: "machine", Values: []string{"a", "a"}}, {Title: "image", Values: []string{"x", ""}}, {Title: "shape", Values: []string{"single", "cluster"}, Bars: "the shapes differ"},
	}}}
	var got []string
	for _, r := range traitTable(c).Rows {
		text := r.Heading
		for _, cell := range r.Cells {
			text += cell.Text + " "
		}
		got = append(got, strings.TrimSpace(text))
	}
	want := []string{"Differs, and may decide figures", "shape single cluster", "Differs", "image x not known", "The same", "machine a a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
