package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
)

// compared is a second of load through one broker of any product.
const compared = `
name: compared
description: "=compared <b>"
topology: {broker: mochi, shape: single, profile: tuned}
workload:
  client: {in_flight: 1000}
  publishers:
    - {name: sensors, count: 10, topic: "plant/{name}/{n}", qos: 1, rate: 10/s}
  subscribers:
    - {name: dashboards, count: 2, filter: "plant/#", qos: 1}
phases: {measure: 1s, drain: 60s}
thresholds: [lost == 0]
`

// stillborn is a product that never comes up: it ends as soon as it is started, or from the second time on, when there is
// no file "hold" in its folder any more.
const stillborn = `
name: stillborn
description: a broker that never comes up
protocols: ["3.1.1", "5.0"]
max_qos: 2
shapes: [single]
profiles: {stock: {durability: none}, tuned: {durability: none}}
process: {command: [sh, -c, "cd FOLDER; while [ -e started ] && [ -e hold ]; do sleep 0.05; done; touch started; exit 3"], ports: [mqtt]}
`

func readComparison(t *testing.T, dir string) *compare.Comparison {
	t.Helper()
	c, err := compare.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCompare: a comparison is interrupted and resumed, what was measured stays, a product that never comes up is a
// result, and the runs can be compared again afterwards.
func TestCompare(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hold := filepath.Join(dir, "hold")
	writeText(t, filepath.Join(dir, "still born.yaml"), strings.ReplaceAll(stillborn, "FOLDER", dir))
	writeText(t, hold, "")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := program(ctx, t, dir, "compare", writeScenario(t, dir, compared), "--brokers", "mochi,./still born.yaml,nats", "--repeat", "2",
		"--seed", "7", "--out", "both")
	stderr, stdout := new(bytes.Buffer), new(bytes.Buffer)
	c.Stdout = stdout
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// The next run has to wait, so that the signal comes before the last one, however late.
	waitForText(t, io.TeeReader(pipe, stderr), "run 4 of 6, nats, round 2 begins")
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(stderr, pipe)
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s\n%s", code, exitInterrupted, stdout, stderr)
	}
	both := filepath.Join(dir, "both")
	half := readComparison(t, both)
	if !half.Interrupted || half.Outcome == nil || half.Runs[0].State != compare.Done || half.Runs[5].State == compare.Done {
		t.Errorf("an interrupted comparison: %+v", half.Runs)
	}
	first, _ := readResult(t, filepath.Join(both, half.Runs[0].Dir))
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}

	code, out, errs := runProgram(t, dir, "compare", "--resume", "both")
	if code != exitPass {
		t.Fatalf("resumed: exit code %d\n%s\n%s", code, out, errs)
	}
	whole := readComparison(t, both)
	if again, _ := readResult(t, filepath.Join(both, whole.Runs[0].Dir)); again.RunID != first.RunID {
		t.Error("a run that was there was made again")
	}
	order := ""
	for _, r := range whole.Runs {
		v := whole.Variants[r.Variant]
		order += v.Name[:1]
		if want := uint64(6 + r.Round); r.Seed != want {
			t.Errorf("run %s of round %d has seed %d, want %d", v.Name, r.Round, r.Seed, want)
		}
		switch {
		case v.Name == "still born" && (r.State != compare.Failed || r.Reason == ""):
			t.Errorf("a product that never came up: %+v", r)
		case v.Name != "still born" && r.State != compare.Done:
			t.Errorf("run of %s: %+v", v.Name, r)
		case v.Name != "still born":
			result, _ := readResult(t, filepath.Join(both, r.Dir))
			if result.Topology.Broker != v.Name || result.Seed != r.Seed || result.Counts.Lost != 0 || result.Counts.Delivered < 150 {
				t.Errorf("run of %s with seed %d: %s, %d, %+v", v.Name, r.Seed, result.Topology.Broker, result.Seed, result.Counts)
			}
			nothingLeft(t, result.RunID)
		}
	}
	if order != "msnnsm" {
		t.Errorf("order %s, want msnnsm", order)
	}
	for _, want := range []string{"still born could not be measured in any of 2 runs", "too few runs", "None is called better"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("outcome without %q:\n%s", want, out)
		}
	}
	checkComparisonFiles(t, both)

	code, out, errs = runProgram(t, dir, "compare", "both", "--out", "again")
	if code != exitPass || !strings.Contains(out, "2 variants by 4 runs") {
		t.Errorf("saved runs: exit code %d\n%s\n%s", code, out, errs)
	}
	checkComparisonFiles(t, filepath.Join(dir, "again"))
	code, out, errs = runProgram(t, dir, "compare", "both", "both/mochi")
	if code != exitPass || !strings.Contains(out, "2 variants by 4 runs") || strings.Count(errs, "is the same run as") != 2 {
		t.Errorf("runs that are given twice: exit code %d\n%s\n%s", code, out, errs)
	}
	t.Run("page", func(t *testing.T) { tryComparisonPage(t, both) })
	if code, out, errs = runProgram(t, dir, "compare", "--resume", "both", "--repeat", "1"); code != exitUsage || !strings.Contains(errs, "has 2 rounds") {
		t.Errorf("fewer rounds than there are: exit code %d\n%s\n%s", code, out, errs)
	}
	if code, out, errs = runProgram(t, dir, "compare", "both/mochi"); code != exitUsage || !strings.Contains(errs, "all 2 runs are of the same") {
		t.Errorf("runs of one product: exit code %d\n%s\n%s", code, out, errs)
	}
}

// checkComparisonFiles looks at what a comparison writes.
func checkComparisonFiles(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "comparison.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := csv.NewReader(f).ReadAll(); err != nil || len(rows) < 10 {
		t.Errorf("comparison.csv: %d rows, %v", len(rows), err)
	}
	for name, words := range map[string][]string{
		"comparison.md": {"| mochi", "What differs"}, "comparison.html": {"=compared &lt;b&gt;", "Medians"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s without %q", name, w)
			}
		}
		if strings.Contains(string(text), "compared <b>") {
			t.Errorf("%s has the description of the scenario as markup", name)
		}
	}
}

// TestCompareIsCheckedFirst: nothing is run while anything of the matrix is wrong, all of it is said at once, and a dry run
// writes nothing.
func TestCompareIsCheckedFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := writeScenario(t, dir, compared)
	for _, test := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{name, "--brokers", "mochi,nats", "--dry-run"}, exitPass, []string{"2 variants, 5 rounds, 10 runs in all", "order: A B, B A, A B, …"}},
		{[]string{name, "--brokers", "mochi,nats", "--repeat", "2", "--dry-run"}, exitPass, []string{"no difference can be shown"}},
		{[]string{name, "--over", "qos=0,1", "--over", "profile=stock,tuned", "--dry-run"}, exitPass, []string{"QoS 1 tuned"}},
		{[]string{name, "--brokers", "mochi,nosuch", "--over", "nodes=1,0"}, exitUsage, []string{"variant nosuch 1 nodes", "variant mochi 0 nodes"}},
		{[]string{name, "--brokers", "mochi,nats", "--set", "workload.client.protocol=5.0"}, exitUsage, []string{"variant nats", "does not speak MQTT 5.0"}},
		{[]string{name, "--brokers", "mochi"}, exitUsage, []string{"only one variant"}},
		{[]string{name}, exitUsage, []string{"nothing to compare", "--brokers"}},
		{[]string{"nosuch", "--brokers", "mochi,nats"}, exitUsage, []string{"nosuch"}},
		{[]string{"a", "b"}, exitUsage, []string{`"a" is none`}},
		{nil, exitUsage, []string{"want a scenario"}},
		{[]string{name, "--brokers", "mochi,nats", "--repeat", "0"}, exitUsage, []string{"want 1 or more"}},
		{[]string{"--resume", "."}, exitUsage, []string{"not the folder of a comparison"}},
		{[]string{name, "--resume", "."}, exitUsage, []string{"want no scenario"}},
		{[]string{name, "--brokers", "mochi,nats", "--image", "mochi=x"}, exitUsage, []string{"no variant runs it in a container"}},
		{[]string{name, "--brokers", "mochi,nats", "--out", "."}, exitUsage, []string{"is not empty"}},
		{[]string{"."}, exitUsage, []string{"there is no run"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			code, out, errs := runProgram(t, dir, append([]string{"compare"}, test.args...)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, test.code, out, errs)
			}
			for _, want := range test.want {
				if !strings.Contains(out+errs, want) {
					t.Errorf("nothing about %q:\n%s\n%s", want, out, errs)
				}
			}
		})
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v: something was written: %v", err, entries)
	}
}

// tryComparisonPage opens the page of a comparison: its charts are there, what they show is what comparison.csv has, and
// the runs lead to their reports. The browser itself looks for errors, and for anything that leaves the file.
func tryComparisonPage(t *testing.T, dir string) {
	b := browse(t)
	b.open(t, filepath.Join(dir, "comparison.html"), 1280, 900)
	if n := shown[int](t, b, `document.querySelectorAll("figure").length`); n < 6 {
		t.Errorf("%d charts, want medians, percentiles and courses", n)
	}
	text, err := os.ReadFile(filepath.Join(dir, "comparison.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cells := shown[[]string](t, b, `[...document.querySelectorAll("#medians td[title]")].map(c => c.title)`)
	found := 0
	for _, row := range rows[1:] {
		if row[0] != "end_to_end.p99" || row[5] == "" {
			continue
		}
		v, err := strconv.ParseFloat(row[5], 64)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%.6g ns", v); !slices.Contains(cells, want) {
			t.Errorf("%s of %s, %s, is not in the table: %q", row[0], row[2], want, cells)
		}
		found++
	}
	if found != 2 {
		t.Errorf("%d variants have an end_to_end.p99 in comparison.csv, want 2", found)
	}
	links := shown[[]string](t, b, `[...document.querySelectorAll("#runs a")].map(a => decodeURIComponent(new URL(a.href).pathname))`)
	if len(links) != 4 {
		t.Errorf("%d links to reports, want 4", len(links))
	}
	for _, link := range links {
		if !isFile(link) {
			t.Errorf("there is no %s", link)
		}
	}
	b.open(t, filepath.Join(dir, "comparison.html"), 390, 800)
	if got := shown[int](t, b, `document.documentElement.scrollWidth`); got > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", got)
	}
}

// TestExtend: rounds that are added go on where the others ended, and leave these alone.
func TestExtend(t *testing.T) {
	c := &compare.Comparison{Seed: 7, Variants: []compare.Variant{{Name: "a", Folder: "a"}, {Name: "b", Folder: "b"}}}
	extend(c, 1)
	c.Runs[0].State = compare.Done
	extend(c, 3)
	extend(c, 2)
	text := ""
	for _, r := range c.Runs {
		text += fmt.Sprintf("%s %d %s; ", r.Dir, r.Seed, r.State)
	}
	want := "a/1 7 done; b/1 7 pending; b/2 8 pending; a/2 8 pending; a/3 9 pending; b/3 9 pending; "
	if text != want || c.Rounds != 3 {
		t.Errorf("%d rounds: %s, want 3: %s", c.Rounds, text, want)
	}
}

// TestCutShortIsLeftOut: a run that was ended early is not compared, and that is said.
func TestCutShortIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	for name, r := range map[string]*reports.Result{
		"whole": {}, "interrupted": {Interrupted: true}, "killed": {Incomplete: true},
	} {
		r.Schema, r.RunID, r.Verdict = reports.Schema, name, "pass"
		var text bytes.Buffer
		err := errors.Join(r.WriteJSON(&text), os.MkdirAll(filepath.Join(dir, name), 0o755))
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, name, "result.json"), text.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	c := new(cobra.Command)
	c.SetContext(t.Context())
	c.SetErr(&said)
	found, err := runsIn(c, dir, 0)
	if err != nil || len(found) != 1 || found[0].Result.RunID != "whole" || strings.Count(said.String(), "was cut short") != 2 {
		t.Errorf("%d runs, want the whole one alone; %v\n%s", len(found), err, &said)
	}
}
