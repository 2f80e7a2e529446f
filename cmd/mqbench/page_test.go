package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A pageTrial is a real run whose report is opened.
type pageTrial struct {
	name string
	// run makes the run directory "run" in dir.
	run func(t *testing.T, dir string)
	// verdicts are those that it may have: a busy machine may make the generator late, and then it says so.
	verdicts []string
	words    []string
}

func pageTrials() []pageTrial {
	return []pageTrial{
		{"passing", func(t *testing.T, dir string) { runProgram(t, dir, "run", "smoke", "--duration", "6s", "--out", "run") },
			[]string{"pass", "inconclusive"}, []string{"no fault was injected", "End-to-end p99"}},
		{"failing", func(t *testing.T, dir string) {
			runProgram(t, dir, "run", writeScenario(t, dir, small), "--out", "run", "--set", `thresholds=["phantom > 0"]`)
		}, []string{"fail"}, []string{"phantom > 0", "clients affected by 1 fault", "✕ kill", "How the fleet came back"}},
		// Nobody connects in its measurement: there is nothing to compare with the bound.
		{"inconclusive", func(t *testing.T, dir string) {
			runProgram(t, dir, "run", "smoke", "--duration", "5s", "--out", "run", "--set", `thresholds=["connect.p99 < 1s"]`)
		}, []string{"inconclusive"}, []string{"This run may not be judged", "connect.p99 < 1s", "no samples"}},
		{"interrupted", func(t *testing.T, dir string) { stopped(t, dir, syscall.SIGINT) },
			[]string{"inconclusive", "fail"}, []string{"interrupted", "Interrupted after"}},
		{"crashed", func(t *testing.T, dir string) {
			stopped(t, dir, syscall.SIGKILL)
			runProgram(t, dir, "check", "run")
		}, []string{"inconclusive", "fail"}, []string{"what a crash left behind", "cut off"}},
	}
}

// stopped begins a run and ends it by a signal when its fault has been healed.
func stopped(t *testing.T, dir string, signal syscall.Signal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := program(ctx, t, dir, "run", writeScenario(t, dir, small), "--duration", "100s", "--out", "run")
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := c.Start(); err != nil {
		t.Error(err)
		return
	}
	var seen bytes.Buffer
	for buffer := make([]byte, 4096); !strings.Contains(seen.String(), "healed"); {
		n, err := pipe.Read(buffer)
		seen.Write(buffer[:n])
		if err != nil {
			t.Errorf("the fault was never healed: %v\n%s", err, seen.String())
			break
		}
	}
	if signal == syscall.SIGKILL {
		waitForCheckpoint(t, filepath.Join(dir, "run"))
	}
	if err := c.Process.Signal(signal); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, pipe)
	_ = c.Wait() // other tests look at the code
}

// TestReportsInABrowser opens the reports of a passing, a failing, an inconclusive, an interrupted and a crashed run.
func TestReportsInABrowser(t *testing.T) {
	t.Parallel()
	b := browse(t)
	trials := pageTrials()
	dirs := make([]string, len(trials))
	var ready sync.WaitGroup
	for n, trial := range trials {
		dirs[n] = t.TempDir()
		ready.Go(func() { trial.run(t, dirs[n]) })
	}
	ready.Wait()
	for n, trial := range trials {
		t.Run(trial.name, func(t *testing.T) { b.tryReport(t, filepath.Join(dirs[n], "run"), trial) })
	}
	t.Run("without its record", func(t *testing.T) {
		dir := t.TempDir()
		if code, _, errs := runProgram(t, dirs[0], "report", "run/result.json", "--format", "html", "--out", dir); code != exitPass {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		b.open(t, filepath.Join(dir, "report.html"), 1280, 900)
		if got := shown[int](t, b, `document.querySelectorAll("figure .chart-pad").length`); got != 0 {
			t.Errorf("%d charts are there without a record", got)
		}
	})
}

func (b browser) tryReport(t *testing.T, dir string, trial pageTrial) {
	b.open(t, filepath.Join(dir, "report.html"), 1280, 900)
	verdict := shown[string](t, b, `document.querySelector("h1 + .verdict").textContent.replace(/[^a-z]/g, "")`)
	if result, _ := readResult(t, dir); verdict != result.Verdict || !strings.Contains(strings.Join(trial.verdicts, " "), verdict) {
		t.Errorf("the page says %q, the result %q (want one of %q)", verdict, result.Verdict, trial.verdicts)
	}
	text := shown[string](t, b, `document.querySelector("main").textContent`)
	for _, words := range trial.words {
		if !strings.Contains(text, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	b.tryTimelines(t, dir)
	if got := shown[int](t, b, `document.querySelectorAll("nav.sections a[aria-current]").length`); got != 1 {
		t.Errorf("the navigation marks %d sections (want the one that is read)", got)
	}

	b.open(t, filepath.Join(dir, "report.html"), 390, 800)
	if got := shown[int](t, b, `document.documentElement.scrollWidth`); got > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", got)
	}
}

// tryTimelines holds the charts against timeline.csv: as many points, and under the pointer the same values.
func (b browser) tryTimelines(t *testing.T, dir string) {
	rows := timelineOf(t, dir)
	chart := shown[string](t, b, `[...document.querySelectorAll("figure")].find(f => f.textContent.includes("Latency of each second"))?.id ?? ""`)
	if chart == "" {
		t.Fatal("there is no timeline of latencies")
	}
	points := shown[[]int](t, b, `JSON.parse(document.getElementById("chart-data").textContent).charts.find(c => c.id == "%s").series.map(s => s.y.length)`, chart)
	if diff := cmp.Diff([]int{len(rows), len(rows), len(rows), len(rows)}, points); diff != "" {
		t.Errorf("points of each series (-timeline.csv +page):\n%s", diff)
	}
	if n := shown[int](t, b, `document.querySelectorAll("#%s .chart-curves path").length`, chart); n < 2 {
		t.Errorf("%d curves are drawn", n)
	}
	columns := []string{"end_to_end_p50_ns", "end_to_end_p99_ns", "publish_p50_ns", "publish_p99_ns"}
	span := shown[struct{ Lo, Hi float64 }](t, b, `(x => ({Lo: x.lo, Hi: x.hi}))(JSON.parse(document.getElementById("chart-data").textContent).charts.find(c => c.id == "%s").x)`, chart)
	var parts []float64 // of the chart's width
	for _, row := range rows {
		parts = append(parts, (number(t, row["at_ns"])-span.Lo)/(span.Hi-span.Lo))
	}
	compared := 0
	for _, n := range []int{len(rows) / 3, len(rows) / 2, len(rows) - 2} {
		n = alone(parts, n)
		row := rows[n]
		b.hover(t, chart, parts[n])
		got := shown[[]string](t, b, `[...document.querySelectorAll("#%s .chart-legend .chart-value")].map(v => v.textContent)`, chart)
		for i, column := range columns {
			if i >= len(got) {
				t.Fatalf("under the pointer are %q", got)
			}
			want := number(t, row[column])
			if value := nanoseconds(t, got[i]); value != want && !(math.IsNaN(value) && math.IsNaN(want)) {
				t.Errorf("%s at %s: the page has %q, timeline.csv %q", column, row["at_ns"], got[i], row[column])
			}
			compared++
		}
	}
	if compared != 12 {
		t.Errorf("%d values were compared", compared)
	}
}

// alone is the n-th point or the last one before it that has no other within a hundredth of the chart's width, where a
// pointer could not tell them apart: seconds end late on a busy machine, and the last one with the run.
func alone(parts []float64, n int) int {
	for ; n > 0; n-- {
		if parts[n]-parts[n-1] > 0.01 && parts[n+1]-parts[n] > 0.01 {
			break
		}
	}
	return n
}

// timelineOf is timeline.csv by column.
func timelineOf(t *testing.T, dir string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "timeline.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) < 4 {
		t.Fatalf("timeline.csv has %d lines: %v", len(lines), err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for n, name := range lines[0] {
			row[name] = line[n]
		}
		rows = append(rows, row)
	}
	return rows
}

// number reads a cell; an empty one is none.
func number(t *testing.T, cell string) float64 {
	t.Helper()
	if cell == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// nanoseconds reads a time as charts write it, with all its digits: "9.123456 ms".
func nanoseconds(t *testing.T, text string) float64 {
	t.Helper()
	if text == "–" {
		return math.NaN()
	}
	d, err := time.ParseDuration(strings.NewReplacer(" ", "", ",", "").Replace(text))
	if err != nil {
		t.Errorf("the chart shows %q, which is no time", text)
	}
	return float64(d)
}
