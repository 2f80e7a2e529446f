package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
)

// saveRuns makes run directories of runs that pass, with latencies of so many milliseconds, and returns their folder.
func saveRuns(t *testing.T, name string, n int, millis float64, change func(r *reports.Result)) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for i := range n {
		v := time.Duration(millis * (1 + 0.01*float64(i)) * float64(time.Millisecond))
		r := &reports.Result{
			Schema: reports.Schema, Scenario: "smoke", RunID: fmt.Sprintf("%s%x", name, i), Verdict: "pass", Question: "0123456789abcdef",
			Started: time.Date(2026, 1, 1, 0, i, len(name), 0, time.UTC), Environment: map[string]string{"cpus": "2", "cpu_model": "a processor"},
			Topology: reports.Topology{Broker: "mochi", Runtime: "process", Shape: "single", Nodes: 1, Profile: "stock"},
			Counts:   reports.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
			Latency:  reports.Latencies{"end_to_end": {Count: 10, Min: v, Mean: v, P50: v, P90: v, P99: 2 * v, P999: 2 * v, Max: 2 * v}},
			Findings: []reports.Finding{{Name: "delivery", Verdict: "pass"}},
		}
		if change != nil {
			change(r)
		}
		run := filepath.Join(dir, fmt.Sprint(i))
		if err := os.MkdirAll(run, 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(run, "result.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.WriteJSON(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Every exit code of the gate, with what it prints.
func TestGate(t *testing.T) {
	base := saveRuns(t, "base", 5, 5, nil)
	same := saveRuns(t, "same", 5, 5.01, nil)
	slow := saveRuns(t, "slow", 5, 6.2, nil)
	fast := saveRuns(t, "fast", 5, 4, nil)
	few := saveRuns(t, "few", 2, 9, nil)
	lossy := saveRuns(t, "lossy", 2, 5, func(r *reports.Result) {
		r.Counts.Lost = 3
		r.Verdict, r.Findings = "fail", []reports.Finding{{Name: "silent loss", Verdict: "fail"}}
	})
	other := saveRuns(t, "other", 5, 5, func(r *reports.Result) { r.Environment["cpu_model"] = "<b>another</b> \x1b[31mprocessor|`x`" })
	for name, c := range map[string]struct {
		args []string
		code int
		want []string
	}{
		"same":                {[]string{same}, exitPass, []string{"5 runs of the baseline and 5 new ones", "gate: PASS"}},
		"faster":              {[]string{fast}, exitPass, []string{"Better", "-20.0 %", "gate: PASS"}},
		"slower":              {[]string{slow}, exitFail, []string{"Worse", "end_to_end.p99", "+24.0 %", "0.004", "95 % confidence: +20.4 % to +27.7 %", "gate: FAIL"}},
		"slower, and allowed": {[]string{slow, "--effect", "end_to_end=30%"}, exitPass, []string{"gate: PASS"}},
		"slower, not looked":  {[]string{slow, "--ignore", "end_to_end"}, exitPass, []string{"gate: PASS"}},
		"slower, elsewhere":   {[]string{slow, "--only", "end_to_end.max"}, exitFail, []string{"end_to_end.max", "gate: FAIL"}},
		"lossy":               {[]string{lossy}, exitFail, []string{"lost", "certain", "silent loss", "gate: FAIL"}},
		"few":                 {[]string{few}, exitInconclusive, []string{"want 5 of each", "gate: INCONCLUSIVE"}},
		"other":               {[]string{other}, exitNotComparable, []string{"cpu_model differs: a processor", "gate: NOT COMPARABLE"}},
		"other, and allowed":  {[]string{other, "--allow-different", "cpu_model"}, exitPass, []string{"cpu_model differs (allowed)", "gate: PASS"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, problems := call(t, append([]string{"gate", "--baseline", base}, c.args...)...)
			if code != c.code || problems != "" {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, problems)
			}
			for _, want := range c.want {
				if !strings.Contains(strings.Join(strings.Fields(out), " "), want) { // wherever lines break
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			if strings.ContainsAny(out, "\x1b\x07") {
				t.Errorf("control characters in %q", out)
			}
			for line := range strings.SplitSeq(out, "\n") {
				table := strings.Contains(line, "  ") && !strings.Contains(line, ": ")
				if table && utf8.RuneCountInString(line) > 80 {
					t.Errorf("wider than 80 columns: %q", line)
				}
			}
			code, out, _ = call(t, append([]string{"gate", "--json", "--baseline", base}, c.args...)...)
			var decision map[string]any
			if err := json.Unmarshal([]byte(out), &decision); err != nil || code != c.code {
				t.Errorf("as JSON: exit code %d, %v\n%s", code, err, out)
			}
			code, out, _ = call(t, append([]string{"gate", "--markdown", "-", "--baseline", base}, c.args...)...)
			if code != c.code || !strings.HasPrefix(out, "### ") || strings.ContainsAny(out, "<`\x1b") {
				t.Errorf("as Markdown: exit code %d\n%s", code, out)
			}
		})
	}
}

// A baseline that was saved decides as the runs do.
func TestBaselineSave(t *testing.T) {
	base, slow := saveRuns(t, "base", 5, 5, nil), saveRuns(t, "slow", 5, 6.2, nil)
	file := filepath.Join(t.TempDir(), "main.json")
	if code, _, problems := call(t, "baseline", "save", "-o", file, base); code != exitPass || !strings.Contains(problems, "5 runs") {
		t.Fatalf("exit code %d: %s", code, problems)
	}
	_, want, _ := call(t, "gate", "--json", "--baseline", base, slow)
	code, got, problems := call(t, "gate", "--json", "--baseline", file, slow)
	if code != exitFail || got != want {
		t.Errorf("exit code %d: %s\nof the runs:\n%s\nof the baseline:\n%s", code, problems, want, got)
	}
	comment := filepath.Join(t.TempDir(), "comment.md")
	if code, out, _ := call(t, "gate", "--markdown", comment, "--baseline", file, slow); code != exitFail || !strings.Contains(out, "gate: FAIL") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if text, err := os.ReadFile(comment); err != nil || !strings.Contains(string(text), "| end_to_end.p99 |") {
		t.Errorf("%v\n%s", err, text)
	}
	text, err := os.ReadFile(file)
	if err != nil || len(text) > 5*8<<10 {
		t.Errorf("%d bytes for five runs, %v", len(text), err)
	}
}

func TestGateUsage(t *testing.T) {
	base := saveRuns(t, "base", 1, 5, nil)
	for want, args := range map[string][]string{
		"want --baseline":             {base},
		"want FIGURE=EFFECT":          {"--baseline", base, "--effect", "fast", base},
		"unknown metric":              {"--baseline", base, "--only", "speed", base},
		"cannot be allowed to differ": {"--baseline", base, "--allow-different", "weather", base},
		"more than 0":                 {"--baseline", base, "--alpha", "0", base},
		"does not exist":              {"--baseline", filepath.Join(base, "nowhere"), base},
		"among the new ones":          {"--baseline", base, base},
		"want the runs to judge":      {"--baseline", base},
	} {
		if code, out, problems := call(t, append([]string{"gate"}, args...)...); code != exitUsage || !strings.Contains(problems, want) || out != "" {
			t.Errorf("gate %q: exit code %d, %q, want %q", args, code, problems, want)
		}
	}
	for want, args := range map[string][]string{
		"even number": {"--gates", "3"}, "1 or more": {"--runs", "0"}, "some delay": {"--delay", "0s"}, "more than 0": {"--slower", "0"},
	} {
		if code, _, problems := call(t, append([]string{"gate-trial"}, args...)...); code != exitUsage || !strings.Contains(problems, want) {
			t.Errorf("gate-trial %q: exit code %d, %q, want %q", args, code, problems, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	code, out, _ := call(t, "metrics")
	for _, want := range []string{"end_to_end", "p99*", "broker_cpu_per_message", "First receipts."} {
		if code != exitPass || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %q is not in\n%s", code, want, out)
		}
	}
	code, out, _ = call(t, "metrics", "--json")
	var list []listedMetric
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != exitPass || len(list) < 30 {
		t.Errorf("exit code %d, %v, %d metrics", code, err, len(list))
	}
	for _, m := range list {
		if m.Definition == "" || m.Unit == "" || m.Example == "" {
			t.Errorf("%+v lacks something", m)
		}
	}
}

// What was counted is said: if nothing was compared, no chance of a false alarm is.
func TestGateCounts(t *testing.T) {
	d := gate.Decision{Base: gate.Tally{Runs: 6, Used: 5}, New: gate.Tally{Runs: 1, Used: 1}, Alpha: 0.005, Compared: 3}
	if got, want := gateCounts(&d), "5 runs of the baseline and 1 new one, 3 figures compared; if nothing has changed, at most one gate in 200 fails"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.NotComparable = true
	if got, want := gateCounts(&d), "6 runs of the baseline and 1 new one; nothing was compared"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
