package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/benchmark"
)

// TestBenchTable: what is shown for people fits their terminal, and the same is there for machines.
func TestBenchTable(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	small := []string{"bench", "--rounds", "1", "--clients", "2", "--many", "20", "--rate", "2000", "--share", "0.05", "--only", "qos0$|idle"}
	code, stdout, stderr := runProgram(t, t.TempDir(), small...)
	if code != exitPass {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	for line := range strings.Lines(stdout) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	code, stdout, stderr = runProgram(t, t.TempDir(), append(small, "--json")...)
	var rows []benchmark.Row
	if err := json.Unmarshal([]byte(stdout), &rows); code != exitPass || err != nil {
		t.Fatalf("exit code %d, %v\n%s", code, err, stderr)
	}
	for _, r := range rows {
		// What stood still while messages were due says so, and has measured none of them.
		if r.Median(benchmark.Ours) <= 0 && !r.Doubt || r.Unit == "" || r.Name == "" {
			t.Errorf("row %+v has no figure", r)
		}
	}
	if len(rows) != 7 {
		t.Errorf("%d rows, want 7: at full speed and at a fixed rate, two system calls, and the idle client", len(rows))
	}
}

// TestEndedBenchmark: a benchmark that is ended leaves no process, and no folder that `mqbench clean` would not find.
func TestEndedBenchmark(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := program(t.Context(), t, dir, "bench", "--only", "full-speed/publish-qos0", "--rounds", "1000", "--clients", "2")
			c.Env = append(c.Env, "TMPDIR="+dir) // by which its children are known
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			found := func(pattern string) bool {
				paths, err := filepath.Glob(filepath.Join(dir, pattern))
				return err == nil && len(paths) > 0
			}
			waitUntil(t, "a measurement has begun", func() bool { return found("mqbench-bench-*/round-*/journal-*") })
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait() // the code is looked at below
			if code := c.ProcessState.ExitCode(); signal == syscall.SIGTERM && code != exitInterrupted {
				t.Errorf("exit code %d, want %d", code, exitInterrupted)
			}
			nothingLeft(t, dir)
			if signal == syscall.SIGKILL {
				if found("mqbench-bench-*/round-*/*") {
					t.Error("the record of the measurement is left")
				}
				clean := program(t.Context(), t, dir, "clean")
				clean.Env = append(clean.Env, "TMPDIR="+dir)
				if out, err := clean.CombinedOutput(); err != nil {
					t.Errorf("clean: %v\n%s", err, out)
				}
			}
			if found("*") {
				left, _ := os.ReadDir(dir)
				t.Errorf("left: %v", left)
			}
		})
	}
}

// waitUntil polls a condition.
func waitUntil(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never comes about that %s", what)
		}
	}
}
