package compare_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
)

// comparison has variants of which each run is slower than the last: factor times what the first variant is.
func comparison(runs int, names []string, factors ...float64) (*compare.Comparison, [][]*reports.Result) {
	c := &compare.Comparison{Comparison: compare.Schema, Scenario: "test", Rounds: runs, Keys: []string{"broker"}}
	results := make([][]*reports.Result, len(names))
	for i, name := range names {
		c.Variants = append(c.Variants, compare.Variant{Name: name, Values: map[string]string{"broker": name}})
		for n := range runs {
			r := fair(name)
			slow := time.Duration(factors[i] * float64(time.Duration(100+n)*ms))
			r.Latency["end_to_end"] = reports.Distribution{Count: 1000, P50: slow / 2, P99: slow, Max: slow}
			results[i] = append(results[i], r)
			c.Runs = append(c.Runs, compare.Run{Variant: i, Round: n + 1, Dir: filepath.Join("v", name), State: compare.Done, Verdict: "pass"})
		}
	}
	return c, results
}

// TestConclusions: the best comes first, with ratios of known truth; what does not differ is said, and a variant that may
// not be ranked has no best beside it.
func TestConclusions(t *testing.T) {
	c, results := comparison(6, []string{"nats", "mochi", "mosquitto"}, 2, 1, 4)
	c.Conclude(results, false)
	text := strings.Join(c.Outcome.Conclusions, "\n")
	for _, want := range []string{
		"end-to-end p99: mochi is best with 102 ms; nats has 205 ms, 2.00 times that (95 % between ",
		"; mosquitto has 410 ms, 4.00 times that (95 % between ", "No difference could be shown in lost",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("conclusions without %q:\n%s", want, text)
		}
	}
	for _, r := range results[2] {
		r.Topology.Settings.Survives = []string{"kill"}
	}
	c.Conclude(results, false)
	if text = strings.Join(c.Outcome.Conclusions, "\n"); strings.Contains(text, "best") || !strings.Contains(text, "nats has 205 ms; mochi has 102 ms, 0.50 times") {
		t.Errorf("conclusions of what may not be ranked:\n%s", text)
	}
	c.Conclude(results, true)
	if text = strings.Join(c.Outcome.Conclusions, "\n"); !strings.Contains(text, "mochi is best") {
		t.Errorf("conclusions of what is ranked anyway:\n%s", text)
	}
}

// TestBest: the one with the best median is not called best as long as it may be no better than the next; of what ought to
// be high the most is best.
func TestBest(t *testing.T) {
	c, results := comparison(8, []string{"nats", "mochi", "mosquitto"}, 1, 1.001, 4)
	for side, runs := range results {
		for n, r := range runs {
			r.Counts.Expected = 1000
			r.Measured = &reports.Measured{Seconds: 1, Delivered: uint64(1000*(side+1) + n)}
		}
	}
	c.Conclude(results, false)
	text := strings.Join(c.Outcome.Conclusions, "\n")
	for _, want := range []string{
		"end-to-end p99: nats has the best median, 104 ms; mosquitto has 414 ms, 4.00 times that", "delivered rate: mosquitto is best with 3,004/s; ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("conclusions without %q:\n%s", want, text)
		}
	}
}

// TestTypical: the run in the middle stands for a variant, and of two in the middle the lesser one; a variant without
// runs has none.
func TestTypical(t *testing.T) {
	c, results := comparison(4, []string{"nats", "mochi"}, 1, 2)
	slices.Reverse(results[0]) // the runs are numbered the other way now: 103, 102, 101, 100 ms
	if diff := cmp.Diff([]int{2, 5}, c.Typical(results)); diff != "" {
		t.Error(diff)
	}
	// What it takes to come back comes first, where there is any.
	for n, p99 := range []int{5, 9, 1, 7} {
		results[1][n].Failover.Resume = reports.Distribution{Count: 10, P99: time.Duration(p99) * time.Second}
	}
	for n := range c.Runs {
		if c.Runs[n].Variant == 0 {
			c.Runs[n].State = compare.Failed
		}
	}
	results[0] = nil
	if diff := cmp.Diff([]int{-1, 4}, c.Typical(results)); diff != "" {
		t.Error(diff)
	}
}

// TestOthersDiffer: what differs only between others than the first is no lack of a difference.
func TestOthersDiffer(t *testing.T) {
	c, results := comparison(8, []string{"nats", "mochi", "mosquitto"}, 1, 1, 1)
	for n := range 8 { // nats lies all over the place, the others apart
		for side, p99 := range [][]float64{
			{90, 210, 95, 205, 99, 201, 91, 209}, {100, 101, 102, 103, 104, 105, 106, 107}, {200, 199, 198, 197, 196, 195, 194, 193},
		} {
			d := results[side][n].Latency["end_to_end"]
			d.P99 = time.Duration(p99[n] * float64(ms))
			results[side][n].Latency["end_to_end"] = d
		}
	}
	results[0][0].Verdict = "inconclusive" // they are in no order
	c.Conclude(results, false)
	text := strings.Join(c.Outcome.Conclusions, "\n")
	if want := "mosquitto's is 1.90 times mochi's (95 % between "; !strings.Contains(text, want) {
		t.Errorf("conclusions without %q:\n%s", want, text)
	}
}

// TestMemoryOfRuntimes: what runtimes count in different ways is not compared, and that is said.
func TestMemoryOfRuntimes(t *testing.T) {
	for _, mixed := range []bool{false, true} {
		c, results := comparison(4, []string{"process", "container"}, 1, 1)
		for _, r := range slices.Concat(results...) {
			r.Measured = &reports.Measured{Seconds: 5, Delivered: 1000, BrokerRSSBytes: 1 << 20, Connected: 10}
		}
		if mixed {
			for _, r := range results[1] {
				r.Topology.Runtime = "container"
			}
		}
		c.Conclude(results, false)
		has := slices.ContainsFunc(c.Outcome.Compared.Rows, func(r compare.Row) bool { return strings.HasPrefix(r.Figure, "broker_memory") })
		said := strings.Contains(strings.Join(c.Outcome.Conclusions, "\n"), "memory is not compared")
		if has == mixed || said != mixed {
			t.Errorf("runtimes differ: %t; memory is compared: %t; it is said not to be: %t", mixed, has, said)
		}
	}
}

// TestPerhaps: runs that lie wholly apart and are too few among so many figures are no lack of a difference, and how many
// would do is said.
func TestPerhaps(t *testing.T) {
	c, results := comparison(4, []string{"a", "b", "c", "d"}, 1, 1, 1, 9)
	c.Conclude(results, false)
	text := strings.Join(c.Outcome.Conclusions, "\n")
	pairs := 0
	for _, row := range c.Outcome.Compared.Rows {
		pairs += len(row.Differences)
	}
	want := fmt.Sprintf("among %d pairs of figures that were compared these are too few runs to call that real, and %d of each", pairs,
		compare.Need(compare.DefaultAlpha/2/float64(pairs)))
	if !strings.Contains(text, "Perhaps: in end-to-end p50, end-to-end p99 all runs") || !strings.Contains(text, want) || pairs < 6 {
		t.Errorf("conclusions without %q:\n%s", want, text)
	}
	c, results = comparison(compare.Need(compare.DefaultAlpha/2/float64(pairs)), []string{"a", "b", "c", "d"}, 1, 1, 1, 9)
	c.Conclude(results, false)
	if text = strings.Join(c.Outcome.Conclusions, "\n"); strings.Contains(text, "Perhaps") || !strings.Contains(text, "d has ") {
		t.Errorf("as many as are said to be enough are not:\n%s", text)
	}
}

// TestTooFew: with one run each nothing is said to be real, and why.
func TestTooFew(t *testing.T) {
	c, results := comparison(1, []string{"nats", "mochi"}, 1, 9)
	c.Conclude(results, false)
	if diff := cmp.Diff([]string{"There are too few runs to say whether any difference is real: at least 4 of each are needed."}, c.Outcome.Conclusions); diff != "" {
		t.Error(diff)
	}
}

// TestNeverCameUp: that is a result too.
func TestNeverCameUp(t *testing.T) {
	c, results := comparison(2, []string{"nats", "mochi"}, 1, 1)
	results[1] = nil
	for i := range c.Runs {
		if c.Runs[i].Variant == 1 {
			c.Runs[i].State, c.Runs[i].Reason = compare.Failed, "provision: no CONNACK."
		}
	}
	c.Conclude(results, false)
	want := []string{
		"mochi could not be measured in any of 2 runs: provision: no CONNACK.",
		"Nothing can be compared: fewer than two variants have a run that was measured.",
	}
	if diff := cmp.Diff(want, c.Outcome.Conclusions); diff != "" {
		t.Error(diff)
	}
	var b bytes.Buffer
	if err := c.WriteText(&b, compare.TextOptions{Width: 80}); err != nil || !strings.Contains(b.String(), "–") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

const hostile = "=cmd|'/c calc'!A1\x1b[31m\u202e<script>"

// TestWidth: three variants fit 80 columns; more of them become rows; hostile names stay texts.
func TestWidth(t *testing.T) {
	for _, names := range [][]string{
		{"nats", "mochi", "mosquitto"}, {"nats", "mochi", "mosquitto", "rabbitmq", "vernemq", "hivemq-ce", "artemis"}, {"nats", hostile},
	} {
		factors := make([]float64, len(names))
		for i := range factors {
			factors[i] = float64(i + 1)
		}
		c, results := comparison(6, names, factors...)
		c.Conclude(results, false)
		var b bytes.Buffer
		if err := c.WriteText(&b, compare.TextOptions{Width: 80, Dir: "d"}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e") {
			t.Errorf("a control character came through:\n%q", b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 && names[1] != hostile {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

// TestCSV: every figure of every variant, in full, and no cell that a spreadsheet takes for a formula.
func TestCSV(t *testing.T) {
	c, results := comparison(6, []string{"nats", hostile}, 1, 2)
	c.Conclude(results, false)
	var b bytes.Buffer
	if err := c.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.ContainsAny(cell, "\x1b\u202e") {
				t.Errorf("cell %q", cell)
			}
		}
		if row[0] == "end_to_end.p99" && row[2] != "nats" {
			if diff := cmp.Diff([]string{"205000000", "nats", "2"}, []string{row[5], row[11], row[12]}); diff != "" {
				t.Error(diff)
			}
		}
		if row[0] == "end_to_end.p99" && row[2] == "nats" {
			found = true
			if diff := cmp.Diff([]string{"ns", "nats", "6", "6", "102500000"}, row[1:6]); diff != "" {
				t.Error(diff)
			}
		}
	}
	if !found {
		t.Errorf("no end_to_end.p99 in %v", rows)
	}
}

// TestInterval: few runs have an interval too, with the confidence that they allow; one has none.
func TestInterval(t *testing.T) {
	for runs, want := range map[int]float64{1: 0, 2: 0.5, 5: 0.9375, 6: 0.96875} {
		c, results := comparison(runs, []string{"a", "b"}, 1, 1)
		c.Conclude(results, false)
		for _, row := range c.Outcome.Compared.Rows {
			if row.Figure != "end_to_end.p99" {
				continue
			}
			low, high, confidence, ok := row.Samples[0].Interval()
			if ok != (want > 0) || ok && (confidence != want || low != 100e6 || high != float64(99+runs)*1e6) {
				t.Errorf("%d runs: %g to %g at %g, %t; want all runs at %g", runs, low, high, confidence, ok, want)
			}
		}
	}
}

// TestLoad: a comparison reads back as it was written, and what is none says so.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := compare.Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	c, results := comparison(2, []string{"nats", "mochi"}, 1, 2)
	c.Conclude(results, false)
	var b bytes.Buffer
	if err := c.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	write := func(text string) error {
		if err := os.WriteFile(filepath.Join(dir, compare.FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := compare.Load(dir)
		return err
	}
	if err := write(b.String()); err != nil {
		t.Fatal(err)
	}
	again, err := compare.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Outcome, c.Outcome = nil, nil
	if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"": "cut off", b.String()[:100]: "cut off", "[]": "not a comparison", `{"schema": 1}`: "not a comparison", "<html>": "not a comparison",
		`{"comparison": 2}`:                                                                      "newer mqbench",
		`{"comparison": 1, "runs":[{"variant":3}]}`:                                              "variant 3",
		`{"comparison": 1, "variants":[{"name":"a"}], "runs":[{"variant":1}]}`:                   "variant 1, and there are 1",
		`{"comparison": 1, "variants":[{"name":"a"}], "runs":[{"variant":0,"dir":"../../etc"}]}`: "outside",
	} {
		if err := write(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}
