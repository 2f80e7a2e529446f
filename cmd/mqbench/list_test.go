package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
)

// saveRun saves a run directory with a result, or without one where change is nil.
func saveRun(t *testing.T, dir string, change func(*reports.Result)) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "history"), 0o755); err != nil {
		t.Fatal(err)
	}
	if change == nil {
		return
	}
	r := &reports.Result{
		Schema: reports.Schema, Scenario: "failover", Verdict: "pass", Started: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Duration:  72 * time.Second,
		Topology:  reports.Topology{Broker: "nats", Version: "2.15.2", Runtime: "process", Shape: "cluster", Nodes: 3},
		Counts:    reports.Counts{Expected: 178_980, Delivered: 178_980, Duplicated: 13_664},
		Latency:   reports.Latencies{"end_to_end": {Count: 39_460, P99: 17_900 * time.Microsecond}},
		Failover:  reports.Failover{Resume: reports.Distribution{Count: 501, P99: 11 * time.Second}},
		Generator: reports.Generator{Beyond: []string{}},
	}
	change(r)
	var text bytes.Buffer
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, "result.json"), text.String())
}

func writeText(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// aged gives a run directory an age by which it is sorted.
func aged(t *testing.T, dir string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(dir, at, at); err != nil {
		t.Fatal(err)
	}
}

// savedRuns is a folder with runs of every sort, and the working directory of the test.
func savedRuns(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	day := func(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }
	saveRun(t, "runs/failover/20260301T120000Z", func(*reports.Result) {})
	saveRun(t, "runs/failover/20260304T120000Z", func(r *reports.Result) {
		r.Verdict, r.Started, r.Counts.Lost = "fail", day(4), 46
		r.Failover.Resume.P99, r.Failover.Resume.Never = -1, 8
	})
	saveRun(t, "runs/smoke/20260303T120000Z", func(r *reports.Result) {
		r.Scenario, r.Verdict, r.Started, r.Interrupted = "smoke", "inconclusive", day(3), true
		r.Topology = reports.Topology{Broker: "mochi", Version: "2.7.9", Runtime: "process", Shape: "single", Nodes: 1}
		r.Counts.LostUnknown, r.Failover.Resume, r.Latency = 1200, reports.Distribution{}, reports.Latencies{}
	})
	saveRun(t, "runs/compare/a/mine", func(r *reports.Result) {
		r.Scenario, r.Started, r.Topology.Broker = "\x1b[2J\u202ehostile-漢字-scenario", day(2), strings.Repeat("宽", 40)
	})
	saveRun(t, "runs/smoke/20260305T120000Z", nil)
	aged(t, "runs/smoke/20260305T120000Z", day(5))
	saveRun(t, "runs/failover/cut-off", nil)
	writeText(t, "runs/failover/cut-off/result.json", `{"schema":1,"scen`)
	aged(t, "runs/failover/cut-off", day(6))
	saveRun(t, "runs/failover/\x1b]0;evil\x07", nil)
	writeText(t, "runs/failover/\x1b]0;evil\x07/result.json", `{"schema":99}`)
	aged(t, "runs/failover/\x1b]0;evil\x07", day(7))
	writeText(t, "runs/notes.txt", "not a run")
	if err := os.Symlink("smoke/20260303T120000Z", "runs/latest"); err != nil {
		t.Fatal(err)
	}
}

// TestList: every run is there once, the newest first, those without figures with the reason, in as many columns as there
// are; nothing of it is a command to the terminal.
func TestList(t *testing.T) {
	wanted := map[int]string{}
	for _, columns := range []int{80, 120} {
		golden, err := filepath.Abs(filepath.Join("testdata", "list", fmt.Sprintf("%d.txt", columns)))
		if err != nil {
			t.Fatal(err)
		}
		wanted[columns] = golden
	}
	savedRuns(t)
	runs, err := listFlags{}.find(newListIn(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for columns, golden := range wanted {
		var got bytes.Buffer
		if err := printRuns(&got, runs, columns, false); err != nil {
			t.Fatal(err)
		}
		compareGolden(t, golden, got.Bytes())
		for line := range strings.Lines(got.String()) {
			if n := reports.Columns(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns, want at most %d: %s", n, columns, line)
			}
		}
		for _, c := range got.String() {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Fatalf("%U reached the terminal", c)
			}
		}
	}
}

// newListIn is a command with the context of a test.
func newListIn(t *testing.T) *cobra.Command {
	t.Helper()
	c := newList()
	c.SetContext(t.Context())
	return c
}

func TestListFilters(t *testing.T) {
	savedRuns(t)
	for _, test := range []struct {
		args string
		want []string
	}{
		{"--verdict fail", []string{"runs/failover/20260304T120000Z"}},
		{"--verdict broken", []string{"runs/failover/\x1b]0;evil\x07", "runs/failover/cut-off"}},
		{"--verdict unfinished", []string{"runs/smoke/20260305T120000Z"}},
		{"--scenario smoke", []string{"runs/smoke/20260303T120000Z"}},
		{"--scenario failover -n 1", []string{"runs/failover/20260304T120000Z"}},
		{"--verdict pass -n 5 runs/failover", []string{"runs/failover/20260301T120000Z"}},
		{"latest", []string{"runs/latest"}},
		{"runs/smoke/20260303T120000Z runs/smoke/20260303T120000Z/", []string{"runs/smoke/20260303T120000Z"}},
		{"--scenario nobody", []string{}},
	} {
		code, out, errs := call(t, append([]string{"list", "--json"}, strings.Fields(test.args)...)...)
		var rows []listedRun
		if err := json.Unmarshal([]byte(out), &rows); err != nil || code != exitPass {
			t.Errorf("list %s: exit code %d, %v: %s", test.args, code, err, errs)
			continue
		}
		got := []string{}
		for _, r := range rows {
			got = append(got, r.Dir)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("list %s (-want +got):\n%s", test.args, diff)
		}
	}
}

// TestListJSON: a figure that does not exist is missing, and one that is never has a value of its own.
func TestListJSON(t *testing.T) {
	savedRuns(t)
	_, out, _ := call(t, "list", "--json", "--verdict", "fail")
	for _, want := range []string{`"lost": 46`, `"failover_p99": -1`, `"end_to_end_p99": 17900000`, `"duration": 72000000000`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
	_, out, _ = call(t, "list", "--json", "--scenario", "smoke")
	for _, never := range []string{"failover_p99", "end_to_end_p99", "reason"} {
		if strings.Contains(out, never) {
			t.Errorf("%s in:\n%s", never, out)
		}
	}
}

func TestListOfNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, out, _ := call(t, "list"); code != exitPass || !strings.Contains(out, "no runs below runs (`mqbench run smoke` makes one)") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if code, out, _ := call(t, "list", "--json"); code != exitPass || strings.TrimSpace(out) != "[]" {
		t.Errorf("exit code %d: %s", code, out)
	}
	for args, want := range map[string]string{
		"nowhere":            `list "nowhere": no such file`,
		"--verdict=passed":   `--verdict "passed": want pass, fail, inconclusive, unfinished, broken`,
		"--number=-1":        "--number -1: want 1 or more",
		"--scenario=a --foo": "unknown flag: --foo",
	} {
		if code, _, errs := call(t, append([]string{"list"}, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("list %s: exit code %d, want %d with %q: %s", args, code, exitUsage, want, errs)
		}
	}
}

// TestListOfTheUnreadable: what cannot be read is a line, and no reason to leave out the others.
func TestListOfTheUnreadable(t *testing.T) {
	savedRuns(t)
	result := "runs/failover/20260301T120000Z/result.json"
	if err := errors.Join(os.Remove(result), os.Mkdir(result, 0o755)); err != nil { // not even root reads it as a file
		t.Fatal(err)
	}
	if code, out, _ := call(t, "list"); code != exitPass || !strings.Contains(out, "it is not a regular file") || !strings.Contains(out, "FAIL") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	// A folder that may not be read is told of by what searches it: to root all may be read, but no file lists anything.
	var found []savedRun
	err := searchRuns(t.Context(), "runs/notes.txt", 0, func(r savedRun) { found = append(found, r) })
	if err != nil || len(found) != 1 || found[0].state != runBroken || found[0].reason != "not a directory" {
		t.Errorf("%v, found %+v, want one broken run with the reason", err, found)
	}
}

// TestNoLatestYet: who asks for the latest run before the first one is told how to make one.
func TestNoLatestYet(t *testing.T) {
	t.Chdir(t.TempDir())
	const want = "there is no runs/latest: make a run with `mqbench run SCENARIO`, or name one that `mqbench list` shows\n"
	for _, args := range []string{
		"show latest", "list latest", "report latest", "check latest", "compare latest", "compare latest latest",
		"gate latest --baseline latest", "baseline save -o - latest",
	} {
		code, out, errs := call(t, strings.Fields(args)...)
		if code != exitUsage || out != "" || !strings.HasSuffix(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, want %d with %q: %s%s", args, code, exitUsage, want, out, errs)
		}
	}
}

func TestShow(t *testing.T) {
	savedRuns(t)
	for _, test := range []struct {
		arg, want, wrong string
		code             int
	}{
		{"runs/failover/20260304T120000Z", "FAIL  failover\n", "", exitPass},
		{"runs/failover/20260304T120000Z/result.json", "verdict: FAIL\n", "", exitPass},
		{"latest", "INCONCLUSIVE  smoke\n", "", exitPass},
		{"latest", "files        runs/latest\n             result.json, history/\n", "", exitPass},
		{"runs/smoke/20260305T120000Z", "", "was not judged: do so with `mqbench check", exitUsage},
		{"runs/failover/cut-off", "", "the file is cut off after", exitUsage},
		{"runs/failover", "", "is not a run directory", exitUsage},
		{"nowhere", "", "no such file", exitUsage},
	} {
		code, out, errs := call(t, "show", test.arg)
		if code != test.code || !strings.Contains(out, test.want) || !strings.Contains(errs, test.wrong) {
			t.Errorf("show %s: exit code %d, want %d with %q and %q\n%s%s", test.arg, code, test.code, test.want, test.wrong, out, errs)
		}
	}
}

// TestListInterrupted: who ends it has an exit code of his own.
func TestListInterrupted(t *testing.T) {
	savedRuns(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"list"}, {"list", "runs"}} {
		var out, errs bytes.Buffer
		if code := execute(ctx, args, &out, &errs); code != exitInterrupted || out.Len() > 0 {
			t.Errorf("%v: exit code %d, want %d: %s%s", args, code, exitInterrupted, out.String(), errs.String())
		}
	}
}

// TestShared: the folder that is said once is one that all runs lie in, and there may be none.
func TestShared(t *testing.T) {
	long := strings.Repeat("long", 20)
	for want, dirs := range map[string][]string{
		"runs/" + long + "/": {"runs/" + long + "/1", "runs/" + long + "/2"}, "runs/": {"runs/" + long + "/1", "runs/smoke/2"},
		"/" + long + "/": {"/" + long + "/1", "/" + long + "/1/2"}, "": {long + "/1", "other/2"},
	} {
		var runs []savedRun
		for _, dir := range dirs {
			runs = append(runs, savedRun{dir: filepath.FromSlash(dir)})
		}
		if got := shared(runs, 80); got != filepath.FromSlash(want) {
			t.Errorf("%q have %q in common, want %q", dirs, got, want)
		}
	}
	if got := shared([]savedRun{{dir: "a/b"}, {dir: "a/c"}}, 80); got != "" {
		t.Errorf("where there is room %q is left out", got)
	}
}
