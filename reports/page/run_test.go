package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/check"
)

// distinct fills every field of a value with another one, so that each can be found again. Lists and maps get one entry.
func distinct(v reflect.Value, next *int64) {
	*next++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text-", *next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1_000_003 * *next)
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(uint64(*next % 251))
		if v.Kind() == reflect.Uint64 {
			v.SetUint(uint64(1_000_003 * *next))
		}
	case reflect.Float64:
		v.SetFloat(float64(*next) + 0.123)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		distinct(v.Elem(), next)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		distinct(v.Index(0), next)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		distinct(key, next)
		distinct(value, next)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(*next, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				distinct(v.Field(i), next)
			}
		}
	default:
		panic("a result has a " + v.Kind().String())
	}
}

// TestEveryFigureIsThere: whatever result.json has, whoever adds to it, the page has.
func TestEveryFigureIsThere(t *testing.T) {
	r := new(reports.Result)
	next := int64(0)
	distinct(reflect.ValueOf(r).Elem(), &next)
	r.Verdict = "fail"
	page := tree(t, written(t, Run{Result: r}))
	var section *html.Node
	for _, s := range all(page, "section") {
		if attribute(s, "id") == "figures" {
			section = s
		}
	}
	if section == nil {
		t.Fatal("there is no section of all figures")
	}
	cells := make(map[string]string)
	for _, row := range all(section, "tr") {
		if head, cell := all(row, "th"), all(row, "td"); len(head) == 1 && len(cell) == 1 {
			cells[textOf(head[0])] = textOf(cell[0])
		}
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&b)
	d.UseNumber()
	var whole any
	if err := d.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	n := 0
	var compare func(path string, v any)
	compare = func(path string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for k, v := range x {
				compare(strings.TrimPrefix(path+"."+k, "."), v)
			}
		case []any:
			for i, v := range x {
				compare(fmt.Sprintf("%s[%d]", path, i), v)
			}
		default:
			n++
			if cells[path] != fmt.Sprint(x) {
				t.Errorf("%s is %v, and the page has %q", path, x, cells[path])
			}
		}
	}
	compare("", whole)
	if n < 200 || n != len(cells) {
		t.Errorf("the result has %d values, the page %d", n, len(cells))
	}
}

// TestTablesHaveTheFigures: the tables for people have, as people write them, what they are about.
func TestTablesHaveTheFigures(t *testing.T) {
	run := made(size{seconds: 30, publishers: 90, subscribers: 3, brokers: 3, faults: 2, shape: "cluster", lost: true})
	r := run.Result
	page := tree(t, written(t, run))
	var want []string
	for _, l := range []reports.Latencies{r.Latency, r.Windows["before"], r.Windows["during"], r.Windows["after"]} {
		for _, d := range l {
			for _, v := range []time.Duration{d.Min, d.Mean, d.P50, d.P90, d.P99, d.P999, d.Max} {
				want = append(want, reports.Span(v))
			}
		}
	}
	curves := 0
	for _, f := range all(page, "figure") {
		if len(all(f, "svg")) > 0 && len(all(f, "path")) > 0 {
			curves++
		}
	}
	if curves < 12 {
		t.Errorf("%d charts are drawn without a script", curves)
	}
	for _, i := range r.Injections {
		want = append(want, reports.Span(i.T50), reports.Span(i.T99), reports.Span(i.Resume.P90), reports.Span(i.Detect.P50), reports.Count(i.Lost))
	}
	for _, b := range r.Brokers {
		want = append(want, b.Name, reports.Bytes(b.PeakRSSBytes), reports.Span(seconds(b.CPUSeconds)))
	}
	want = append(want, reports.Count(r.Counts.Lost), reports.Count(r.Counts.Duplicated), reports.Count(r.Counts.Delivered))
	cells := make(map[string]bool)
	for _, name := range []string{"td", "th"} {
		for _, c := range all(page, name) {
			cells[textOf(c)] = true
		}
	}
	for _, w := range want {
		if !cells[w] {
			t.Errorf("no table has %q", w)
		}
	}
}

// TestLinksLeadSomewhere: every link of a page is to a part of it, and no two parts have one name.
func TestLinksLeadSomewhere(t *testing.T) {
	page := tree(t, written(t, made(size{seconds: 30, publishers: 90, subscribers: 3, brokers: 3, faults: 2, shape: "cluster", lost: true})))
	ids := make(map[string]bool)
	for d := range page.Descendants() {
		if id := attribute(d, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements are called %q", id)
			}
			ids[id] = true
		}
	}
	links := all(page, "a")
	for _, a := range links {
		if to := strings.TrimPrefix(attribute(a, "href"), "#"); !ids[to] {
			t.Errorf("the link %q leads to %q, which is not there", textOf(a), to)
		}
	}
	if len(links) < 30 {
		t.Errorf("the page has %d links", len(links))
	}
}

// TestHostileRecord puts hostile texts wherever a record, an analysis and a scenario have some.
func TestHostileRecord(t *testing.T) {
	run := made(size{seconds: 30, publishers: 9, subscribers: 3, brokers: 3, faults: 2, shape: "star", lost: true})
	run.Record.Meta.Brokers[1], run.Record.Phases[0].Name = hostile, hostile
	for n := range run.Record.Publishers {
		run.Record.Publishers[n].Client = hostile
	}
	for n := range run.Analysis.Strip.Rows {
		r := &run.Analysis.Strip.Rows[n]
		r.From.First, r.From.Last, r.From.Group, r.To.First = hostile, hostile+"2", hostile, hostile
	}
	next := int64(0)
	r := run.Result
	distinct(reflect.ValueOf(r).Elem(), &next)
	poison(reflect.ValueOf(r).Elem())
	r.Verdict = "fail"
	run.Scenario, run.Plan = hostile+"\n"+hostile, `{"brokers":["\u003c/script\u003e"],"chaos":[{"fault":"`+"\u202e"+`","targets":[0]}]}`
	harmless(t, written(t, run))
}

// poison makes every text of a value hostile.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Pointer:
		poison(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String {
			v.SetMapIndex(reflect.ValueOf(hostile), reflect.ValueOf(hostile))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i))
			}
		}
	default:
	}
}

// TestWhatIsMissingIsSaid: nothing that is not known looks like a zero.
func TestWhatIsMissingIsSaid(t *testing.T) {
	whole := made(size{seconds: 30, publishers: 90, subscribers: 3, brokers: 3, faults: 1, shape: "cluster"})
	alone := Run{Result: whole.Result}
	crashed := made(size{seconds: 30, publishers: 90, subscribers: 3, brokers: 3, faults: 1, shape: "cluster"})
	crashed.Record.Complete = false
	early := made(size{shape: "single"})
	interrupted := made(size{seconds: 5, publishers: 3, brokers: 1, shape: "single"})
	interrupted.Result.Interrupted = true
	for _, x := range []struct {
		name string
		run  Run
		want []string
	}{
		{"a result alone", alone, []string{"The record of this run is not there", "The scenario was not saved", "The plan was not saved",
			"it is not known when messages were lost"}},
		{"a crash", crashed, []string{"what a crash left behind"}},
		{"no time at all", early, []string{"There is no record of the course", "no fault was injected", "Nothing was recorded of any broker"}},
		{"a run that ended before its load", Run{Result: &reports.Result{}}, []string{"No load was offered", "No latency was recorded"}},
		{"an interrupted run", interrupted, []string{"interrupted", "Interrupted after"}},
	} {
		text := textOf(tree(t, written(t, x.run)))
		for _, w := range x.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q", x.name, w)
			}
		}
	}
}

// TestTiles: the four figures, and what they are when there is nothing to show.
func TestTiles(t *testing.T) {
	none := tilesOf(&reports.Result{})
	for n, want := range []Tile{
		{Name: "Lost", Figure: "–", More: "nothing was owed", About: "messages"},
		{Name: "Duplicated", Figure: "–", More: "nothing was delivered", About: "messages"},
		{Name: "Failover p99", Figure: "–", More: "no fault was injected", About: "failover"},
		{Name: "End-to-end p99", Figure: "–", More: "no samples", About: "latency"},
	} {
		if none[n] != want {
			t.Errorf("tile %+v (want %+v)", none[n], want)
		}
	}
	r := &reports.Result{
		Counts:     reports.Counts{Expected: 1000, Delivered: 990, Lost: 10, LostSilent: 10, Duplicated: 99},
		Injections: make([]reports.Injection, 1), Latency: reports.Latencies{"end_to_end": {Count: 5, P99: 3 * time.Second}},
		Failover: reports.Failover{Clients: reports.InjectedClients{Affected: 7, Resumed: 6, NeverResumed: 1}, Resume: reports.Distribution{P99: -1, Count: 6, Never: 1}},
		Findings: []reports.Finding{{Name: "no silent loss", Verdict: "pass"}, {Name: "declared loss", Verdict: "pass", Detail: "10 deliveries were lost"}},
		Thresholds: []reports.Threshold{{Expression: "lost<5", Observed: "10", Verdict: "fail"}, {Expression: "failover.p99 < 1s", Verdict: "fail"}, {Expression: "end_to_end.p99 < 9s", Verdict: "pass"},
			{Expression: "duplicated == 0", Verdict: "inconclusive"}},
	}
	for n, want := range []Tile{
		{"Lost", "10", "of 1,000: 1 % of what was owed", "fail", "messages"},
		{"Duplicated", "99", "of 990: 10 % of what came", "doubt", "messages"},
		{"Failover p99", "never", "7 clients affected by 1 fault; 1 not back when the run ended", "fail", "failover"},
		{"End-to-end p99", "3.00 s", "over the whole measurement", "", "latency"},
	} {
		if got := tilesOf(r)[n]; got != want {
			t.Errorf("tile %+v (want %+v)", got, want)
		}
	}
	if got, want := reasonsOf(r)[0], (reason{"fail", "lost<5", "observed 10. 10 deliveries were lost"}); got != want {
		t.Errorf("reason %+v (want %+v)", got, want)
	}
}

// TestSecretsStayHome: a report is handed on.
func TestSecretsStayHome(t *testing.T) {
	page := string(written(t, made(size{seconds: 3, publishers: 1, brokers: 1, shape: "single"})))
	if strings.Contains(page, "hunter2") || strings.Count(page, "(hidden)") != 2 {
		t.Errorf("the page tells a password, or hides %d things (want 2)", strings.Count(page, "(hidden)"))
	}
	for text, want := range map[string]string{
		"    password: a b # c\n    session: clean":      "    password: \"(hidden)\"\n    session: clean",
		"client: {password: s3, session: clean}":         "client: {password: \"(hidden)\", session: clean}",
		`{"Password":"a\"b","TLS":{}}`:                   `{"Password":"(hidden)","TLS":{}}`,
		`{"Password":"","TLS":{}}`:                       `{"Password":"","TLS":{}}`,
		"password: 'x y'":                                `password: "(hidden)"`,
		"users: passwords.txt":                           "users: passwords.txt",
		"a:\n  password: |-\n    one\n\n    two\n  b: 1": "a:\n  password: \"(hidden)\"\n  b: 1",
		"a:\n  password: \"one\n    two\"\nb: 1":         "a:\n  password: \"(hidden)\"\nb: 1",
		"- password: one\n  b: 1":                        "- password: \"(hidden)\"\n  b: 1",
	} {
		if got := withoutSecrets(text); got != want {
			t.Errorf("%q became %q (want %q)", text, got, want)
		}
	}
}

// TestTopologiesAreDrawn: every broker has its box and its clients, what was hit says so, and nothing lies outside.
func TestTopologiesAreDrawn(t *testing.T) {
	for _, shape := range []string{"single", "independent", "standby", "cluster", "star", "chain", "mesh", "edge", "unknown"} {
		for _, n := range []int{1, 2, 3, 8, 9, 30} {
			run := made(size{seconds: 3, publishers: 60, subscribers: 1, brokers: n, faults: 1, shape: shape})
			d := drawTopology(run.Result, run.Record)
			if len(d.Boxes) != n {
				t.Fatalf("%s of %d: %d boxes", shape, n, len(d.Boxes))
			}
			for i, b := range d.Boxes {
				if b.X < 0 || b.Y < 0 || b.X+b.W > d.Width || b.Y+b.H > d.Height || b.Clients == "" {
					t.Errorf("%s of %d: box %+v of %d × %d", shape, n, b, d.Width, d.Height)
				}
				if b.Target != (i == 0) || b.Target && b.Hits != "✕ kill" {
					t.Errorf("%s of %d: box %+v (want a kill of b1 alone)", shape, n, b)
				}
				for _, other := range d.Boxes[:i] {
					if b.X < other.X+other.W && other.X < b.X+b.W && b.Y < other.Y+other.H && other.Y < b.Y+b.H {
						t.Errorf("%s of %d: %s lies on %s", shape, n, b.Name, other.Name)
					}
				}
			}
			lines := map[string]int{"star": n - 1, "edge": n - 1, "chain": n - 1, "standby": n - 1, "cluster": n * (n - 1) / 2, "mesh": n * (n - 1) / 2}[shape]
			if n > roundMost && (shape == "cluster" || shape == "mesh") {
				lines = 0
			}
			if len(d.Lines) != lines || !strings.Contains(d.Label, "b1 ") {
				t.Errorf("%s of %d: %d lines (want %d), label %q", shape, n, len(d.Lines), lines, d.Label)
			}
		}
	}
}

// TestBundledFaults: so many faults that a chart cannot tell them apart are shaded together, and none is left out.
func TestBundledFaults(t *testing.T) {
	for _, n := range []int{0, 1, 100, 101, 1000} {
		run := made(size{seconds: 3600, publishers: 3, brokers: 2, faults: n, shape: "single"})
		list := bundled(faultsOf(run.Result))
		if len(list) > mostShaded || n <= mostShaded && len(list) != n {
			t.Errorf("%d faults became %d", n, len(list))
		}
		if n > 0 && (list[0].Began != run.Result.Injections[0].Began || list[len(list)-1].Ended != run.Result.Injections[n-1].Healed) {
			t.Errorf("%d faults: from %v to %v", n, list[0].Began, list[len(list)-1].Ended)
		}
	}
	r := &reports.Result{Injections: []reports.Injection{{Fault: "kill", Error: "no such process"}, {Fault: "pause", Began: 1, Healed: 0}}}
	if list := faultsOf(r); len(list) != 1 || list[0].Number != 2 || list[0].Ended >= list[0].Began {
		t.Errorf("faults %+v (want the second alone, to the end)", list)
	}
}

// TestLongestFaults: of many faults those are shown in detail from which it took longest to come back, in their order, and
// never coming back is longest of all.
func TestLongestFaults(t *testing.T) {
	r := new(reports.Result)
	for n := range detailedFaults + 4 {
		r.Injections = append(r.Injections, reports.Injection{
			Fault: "kill", Failover: reports.Failover{Resume: reports.Distribution{Count: 1, Max: time.Duration(1+n*7%10) * time.Second}},
		})
	}
	r.Injections[0].Clients.NeverResumed = 1
	var ids []string
	for _, v := range faultViews(new(charts.Set), r, nil) {
		ids = append(ids, v.ID)
	}
	if diff := cmp.Diff([]string{"fault-1", "fault-2", "fault-5", "fault-8"}, ids); diff != "" { // never, 8, 9 and 10 s
		t.Errorf("faults in detail (-want +got):\n%s", diff)
	}
}

// TestBackWords: what was never off is not what did not come back.
func TestBackWords(t *testing.T) {
	for d, want := range map[time.Duration]string{-1: "not back", 0: "was never off", 1500 * time.Millisecond: "back after 1.50 s"} {
		if got := backWords(d); got != want {
			t.Errorf("%d ns is %q, want %q", d, got, want)
		}
	}
}

// TestStripTellsWhatItLacks: what the record counts without its time is in no column, and is said to be missing.
func TestStripTellsWhatItLacks(t *testing.T) {
	s := &check.Strip{Width: time.Second, Columns: 2, Rows: []check.StripRow{
		{Flows: 1, Lost: []uint64{3, 4}, Duplicated: []uint64{0, 0}, Reordered: []uint64{0, 0}, Undated: check.Mishaps{Lost: 5, Reordered: 2}},
	}}
	views := stripViews(&course{set: new(charts.Set)}, &check.Analysis{Strip: s})
	if len(views) != 2 {
		t.Fatalf("%d strips, want those of what was lost and reordered", len(views))
	}
	for n, want := range []string{"5 of 12 lost deliveries are not in the strip", "2 of 2 deliveries out of order are not in the strip"} {
		if !strings.HasPrefix(views[n].Note, want) {
			t.Errorf("note %q, want %q", views[n].Note, want)
		}
	}
}

// TestNoSampleIsAGap: a second of silence is not the best one.
func TestNoSampleIsAGap(t *testing.T) {
	if v := sampled(0); !math.IsNaN(v) {
		t.Errorf("no sample is drawn as %g", v)
	}
	if v := rate(30, 0); !math.IsNaN(v) {
		t.Errorf("a rate over no time is %g", v)
	}
	if v := rate(15, 2*time.Second); v != 7.5 {
		t.Errorf("15 in 2 s are %g a second", v)
	}
}

// TestRowsOfAStrip: there is little room for their names.
func TestRowsOfAStrip(t *testing.T) {
	few := check.Bundle{Group: "boards", First: "mqb-1-s-0", Last: "mqb-1-s-3", Count: 4}
	s := &check.Strip{Rows: []check.StripRow{
		{From: check.Bundle{Group: "sensors", Broker: "b1", First: "mqb-1-p-0", Last: "mqb-1-p-30", Count: 10}, To: few},
		{From: check.Bundle{Group: "sensors", Broker: "b2", First: "mqb-1-p-31", Last: "mqb-1-p-31", Count: 1}, To: few},
	}}
	if diff := cmp.Diff([]string{"b1 p-0…30", "b2 p-31"}, rowNames(s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	s.Rows[1].From.Group, s.Rows[1].From.Broker = "meters", ""
	if diff := cmp.Diff([]string{"b1 sensors p-0…30", "meters p-31"}, rowNames(s)); diff != "" {
		t.Errorf("rows of two groups (-want +got):\n%s", diff)
	}
	many := check.StripRow{
		From: check.Bundle{Group: "plant", First: "a", Last: "b", Count: 2},
		To:   check.Bundle{Group: "boards", Broker: "b3", First: "board 1", Last: "board 9", Count: 9},
	}
	if diff := cmp.Diff([]string{"b3 board 1…board 9"}, rowNames(&check.Strip{Rows: []check.StripRow{many}})); diff != "" {
		t.Errorf("rows by subscriber (-want +got):\n%s", diff)
	}
}
