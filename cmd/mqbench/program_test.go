package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
)

// programVariable makes the test's own binary be mqbench; children inherit it, so that brokers are this binary too.
const programVariable = "MQBENCH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == testBroker {
		if err := serveTestBroker(os.Args[2], os.Args[3]); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	if os.Getenv(programVariable) != "" {
		main()
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mqbench-built-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	buildDir = dir
	return m.Run()
}

// program is mqbench as a process of its own, in a folder of its own.
func program(ctx context.Context, t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), programVariable+"=1")
	return c
}

// runProgram runs it to its end.
func runProgram(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := program(ctx, t, dir, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("mqbench %s: %v", strings.Join(args, " "), err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// writeScenario saves a scenario for a test and returns its name.
func writeScenario(t *testing.T, dir, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "test.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "test.yaml"
}

// small is a short failover run on the cluster inside the binary.
const small = `
name: small
topology: {broker: nats, shape: cluster, nodes: 3, profile: tuned}
workload:
  client: {session: persistent, keepalive: 5s, reconnect: {backoff: 50ms..1s, brokers: rotate}}
  publishers:
    - {name: sensors, count: 30, brokers: spread, topic: "plant/{name}/{n}", qos: 1, rate: 5/s, payload: 128B}
  subscribers:
    - {name: dashboards, count: 3, brokers: spread, filter: "plant/#", qos: 1}
phases: {warmup: 1s, measure: 8s, drain: 60s}
chaos:
  - {at: 2s, fault: kill, target: b2, for: 3s}
thresholds:
  - lost == 0
`

func readResult(t *testing.T, dir string) (*reports.Result, []byte) {
	t.Helper()
	path := filepath.Join(dir, "result.json")
	r, err := reports.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, text
}

// TestRun goes the whole way: a cluster, a kill, the accounts, every file of the run directory, and the same result
// from a second judgement.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := runProgram(t, dir, "run", writeScenario(t, dir, small), "--seed", "7")
	if code != exitPass && code != exitInconclusive { // a busy machine may make the generator late, and then it says so
		t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	latest := filepath.Join(dir, "runs", "latest")
	result, text := readResult(t, latest)
	if result.Schema != reports.Schema || result.Scenario != "small" || result.Seed != 7 || result.Topology.Nodes != 3 {
		t.Errorf("result of another run: %+v", result.Topology)
	}
	if c := result.Counts; c.Acknowledged < 1000 || c.Expected != c.Delivered+c.Lost || c.Lost != 0 || c.Phantom != 0 {
		t.Errorf("counts %+v", c)
	}
	if len(result.Injections) != 1 {
		t.Fatalf("%d injections, want one", len(result.Injections))
	}
	i := result.Injections[0]
	if i.Fault != "kill" || i.Target != "b2" || i.Clients.Affected == 0 || i.Clients.NeverResumed != 0 || i.Resume.Count == 0 {
		t.Errorf("injection %+v", i)
	}
	for _, name := range []string{
		"scenario.yaml", "plan.json", "timeline.csv", "latency.csv", "failover.csv", "anomalies.csv", "latency.hlog",
		"logs/b1.log", "logs/b2.log", "logs/b3.log", "logs/mqbench.log",
	} {
		if info, err := os.Stat(filepath.Join(latest, name)); err != nil || info.Size() == 0 {
			t.Errorf("file %s: %v, or empty", name, err)
		}
	}
	if !strings.Contains(stdout, "kill b2") || !strings.Contains(stdout, "result.json") {
		t.Errorf("summary without the fault or the files:\n%s", stdout)
	}

	again, stdoutAgain, _ := runProgram(t, dir, "check", latest)
	_, textAgain := readResult(t, latest)
	if again != code || !bytes.Equal(text, textAgain) || stdoutAgain == "" {
		t.Errorf("check gave exit code %d and another result.json: %t; want %d and the same", again, !bytes.Equal(text, textAgain), code)
	}
	rendersAgain(t, dir, latest)
	nothingLeft(t, result.RunID)
}

// rendersAgain writes the files of a run elsewhere, and one of them to where a pipe begins.
func rendersAgain(t *testing.T, dir, run string) {
	t.Helper()
	code, stdout, stderr := runProgram(t, dir, "report", run, "--out", "again")
	if code != exitPass || stderr != "" {
		t.Fatalf("report: exit code %d\n%s", code, stderr)
	}
	files := strings.Fields(stdout)
	for _, f := range files {
		before, err := os.ReadFile(filepath.Join(run, filepath.Base(f)))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(filepath.Join(dir, f)); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s is another one when it is rendered again (%v)", f, err)
		}
	}
	code, stdout, _ = runProgram(t, dir, "report", run, "--format", "junit", "--out", "-")
	if before, err := os.ReadFile(filepath.Join(run, "junit.xml")); code != exitPass || err != nil || stdout != string(before) || len(files) < 10 {
		t.Errorf("report to standard output: exit code %d, %v, of %d files", code, err, len(files))
	}
	code, stdout, stderr = runProgram(t, dir, "report", filepath.Join(run, "result.json"), "--format", "csv", "--out", "tables")
	if code != exitPass || !strings.Contains(stdout, "counts.csv") || strings.Contains(stdout, "timeline.csv") || !strings.Contains(stderr, "timeline.csv") {
		t.Errorf("report of the result alone: exit code %d\n%s%s", code, stdout, stderr)
	}
	for want, args := range map[string][]string{
		"unknown format":                       {run, "--format", "pdf"},
		"room for one file":                    {run, "--format", "csv", "--out", "-"},
		"not without the record":               {filepath.Join(run, "result.json"), "--format", "timeline.csv"},
		"want a run's result.json":             {filepath.Join(run, "scenario.yaml"), "--format", "json"},
		"is not a run directory":               {t.TempDir()},
		"does not exist: want a run directory": {"nothing"},
		"want one run directory":               {},
		`unknown format ""`:                    {run, "--format", "junit,,"},
	} {
		var stderr bytes.Buffer
		if code := execute(t.Context(), append([]string{"report"}, args...), io.Discard, &stderr); code != exitUsage || !strings.Contains(stderr.String(), want) {
			t.Errorf("report %q: exit code %d, want the error %q:\n%s", args, code, want, stderr.String())
		}
	}
}

// rush is a short run of every kind of rate, a recording among them.
const rush = `
name: rush
topology: {broker: mochi, shape: single, profile: tuned}
workload:
  client: {in_flight: 1000}
  publishers:
    - {name: ramped, count: 4, topic: "a/{n}", qos: 1, per: group, stages: [{for: 2s, rate: 0/s..100/s}]}
    - {name: replayed, count: 3, topic: "b/{n}", qos: 0, replay: ../rates.csv}
    - {name: closed, count: 1, topic: "c/{n}", qos: 1, rate: max, window: 2}
  subscribers:
    - {name: control, count: 1, filters: ["a/#", "b/#"], qos: 1}
phases: {measure: 2s, drain: 60s}
thresholds:
  - lost == 0
`

// TestRunOfRates: rates that vary come to what the plan says, a closed loop is called one, and what was replayed is saved
// with the run, so that it can be repeated without the original.
func TestRunOfRates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "scenarios"), 0o755); err != nil {
		t.Fatal(err)
	}
	rates := filepath.Join(dir, "rates.csv")
	if err := os.WriteFile(rates, []byte("seconds,rate\n0,10\n1,40\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("scenarios", writeScenario(t, filepath.Join(dir, "scenarios"), rush))
	code, stdout, stderr := runProgram(t, dir, "run", name, "--out", "run")
	if code != exitPass && code != exitInconclusive {
		t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	for _, words := range []string{"8 publishers, 1 of them in a closed loop, the others at 125/s in all", "coordinated omission"} {
		if !strings.Contains(stdout, words) {
			t.Errorf("summary without %q:\n%s", words, stdout)
		}
	}
	result, _ := readResult(t, filepath.Join(dir, "run"))
	// ∫ 0..100/s over 2s, and (10/s + 40/s) × 3 clients × 1s; a message of each group may lie on the edge.
	if owed := result.Counts.Expected; owed < 248 || owed > 252 || result.Workload.ClosedLoops != 1 {
		t.Errorf("%d deliveries owed, want 250; %d closed loops, want 1", owed, result.Workload.ClosedLoops)
	}
	if err := os.Remove(rates); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = runProgram(t, dir, "plan", filepath.Join("run", "scenario.yaml"))
	if code != exitPass || !strings.Contains(stdout, "30/s..120/s") || !strings.Contains(stdout, "offered: 30/s..220/s, 125/s on average") {
		t.Errorf("plan of the saved scenario: exit code %d\n%s\n%s", code, stdout, stderr)
	}
	nothingLeft(t, result.RunID)
}

// TestSignals: whatever ends a run, no broker outlives it and what was recorded can be judged.
func TestSignals(t *testing.T) {
	for _, test := range []struct {
		signal      syscall.Signal
		code, check int
	}{
		{syscall.SIGINT, exitInterrupted, exitInterrupted},
		{syscall.SIGTERM, exitInterrupted, exitInterrupted},
		{syscall.SIGKILL, -1, exitInconclusive},
	} {
		t.Run(test.signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			c := program(ctx, t, dir, "run", writeScenario(t, dir, small), "--duration", "100s", "--out", "run")
			stderr := new(bytes.Buffer)
			pipe, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			waitForText(t, io.TeeReader(pipe, stderr), "healed")
			if test.signal == syscall.SIGKILL {
				waitForCheckpoint(t, filepath.Join(dir, "run"))
			}
			if err := c.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(stderr, pipe)
			_ = c.Wait() // the code is looked at below
			if code := c.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, stderr)
			}
			nothingLeft(t, planned(t, filepath.Join(dir, "run")))
			code, stdout, errs := runProgram(t, dir, "check", "run")
			if code != test.check {
				t.Errorf("check: exit code %d, want %d\n%s%s", code, test.check, stdout, errs)
			}
			if r, _ := readResult(t, filepath.Join(dir, "run")); r.Counts.Attempted == 0 {
				t.Error("nothing of the run was on record")
			}
			if code, stdout, errs := runProgram(t, dir, "clean"); code != exitPass {
				t.Errorf("clean: exit code %d\n%s%s", code, stdout, errs)
			}
		})
	}
}

// waitForText reads until a line contains the text.
func waitForText(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var seen bytes.Buffer
	buffer := make([]byte, 4096)
	for !strings.Contains(seen.String(), text) {
		n, err := r.Read(buffer)
		seen.Write(buffer[:n])
		if err != nil {
			t.Fatalf("%q never came: %v\n%s", text, err, seen.String())
		}
	}
}

// waitForCheckpoint waits until the record of a run is saved once more: what a run that is killed leaves is that of its
// last checkpoint.
func waitForCheckpoint(t *testing.T, dir string) {
	t.Helper()
	saved := func() time.Time { return changed(filepath.Join(dir, "history", "record.mqb")) }
	before := saved()
	waitUntil(t, "the record is saved", func() bool { return saved().After(before) })
}

// planned is the run's id as its plan tells it.
func planned(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		RunID string `json:"run_id"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	return plan.RunID
}

// nothingLeft waits until no process carries the run's id: the kernel ends children a moment after their parent.
func nothingLeft(t *testing.T, runID string) {
	t.Helper()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Logf("this system does not show the environment of processes: %v", err)
		return
	}
	deadline := time.Now().Add(time.Minute)
	for {
		left := carrying(runID)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", left)
		}
		<-time.After(20 * time.Millisecond)
	}
}

var numeric = regexp.MustCompile(`^[0-9]+$`)

// carrying lists the processes whose environment or command line holds the run's id.
func carrying(runID string) []string {
	var left []string
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if !numeric.MatchString(e.Name()) {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if bytes.Contains(environ, []byte(runID)) || bytes.Contains(line, []byte(runID)) {
			left = append(left, e.Name()+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// TestMosquittoForgets: an installed Mosquitto with its stock settings keeps nothing over a crash, and the run fails
// with the reason. Where it is not installed the program says so.
func TestMosquittoForgets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := runProgram(t, dir, "run", "single-kill", "--duration", "12s", "--set", "chaos[0].at=3s", "--set", "chaos[0].for=2s")
	if _, err := exec.LookPath("mosquitto"); err != nil {
		if code != exitEnvironment || !strings.Contains(stderr, "mosquitto") {
			t.Errorf("exit code %d, want %d and who is missing\n%s", code, exitEnvironment, stderr)
		}
		return
	}
	if code != exitFail {
		t.Fatalf("exit code %d, want %d\n%s%s", code, exitFail, stdout, stderr)
	}
	result, _ := readResult(t, filepath.Join(dir, "runs", "latest"))
	if result.Counts.Lost == 0 || result.Counts.LostSilent != 0 || !strings.Contains(stdout, "SessionPresent=0") {
		t.Errorf("counts %+v; want declared losses alone, and the reason in\n%s", result.Counts, stdout)
	}
}

// ownRecipe is a recipe as people write one for a broker of theirs.
const ownRecipe = `
name: mine
description: a broker of ours
protocols: ["3.1.1", "5.0"]
max_qos: 2
shapes: [single]
profiles: {stock: {durability: none}, tuned: {durability: none}}
process: {command: [COMMAND], ports: [mqtt]}
`

// writeOwn makes a folder with a scenario and the recipe that it names, and a second recipe whose program does not
// exist.
func writeOwn(t *testing.T, dir string) (scenario, missing string) {
	t.Helper()
	scenario, missing = filepath.Join(dir, "own.yaml"), filepath.Join(dir, "missing.yaml")
	for path, text := range map[string]string{
		filepath.Join(dir, "mine.yaml"): strings.ReplaceAll(ownRecipe, "COMMAND", "sh, -c, exec sleep 1000"),
		missing:                         strings.ReplaceAll(ownRecipe, "COMMAND", "no-such-broker"),
		scenario: `{name: own, topology: {broker: ./mine.yaml, shape: single}, phases: {measure: 5s},
  workload: {publishers: [{name: p, count: 1, topic: "t/{n}", qos: 1, rate: 1/s}]}}`,
	} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return scenario, missing
}

// TestSecondSignal: who does not want to wait for a broker that never comes up gets out at once, and leaves nothing
// behind.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	dir, work := t.TempDir(), t.TempDir()
	scenario, _ := writeOwn(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := program(ctx, t, dir, "run", scenario, "--out", "run")
	c.Env = append(c.Env, "TMPDIR="+work)
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stderr := new(bytes.Buffer)
	waitForText(t, io.TeeReader(pipe, stderr), "provision")
	// The first one may come before the second one's handler is there or after the run has ended: both are orderly
	// ends.
	for range 2 {
		if err := c.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	_, _ = io.Copy(stderr, pipe)
	_ = c.Wait() // the code is looked at below
	if code := c.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr)
	}
	nothingLeft(t, planned(t, filepath.Join(dir, "run")))
	if left, err := os.ReadDir(work); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// TestNobodyReads: a run whose output nobody reads any more goes on to its end and is saved.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := program(ctx, t, dir, "run", "smoke", "--duration", "1s", "--out", "run")
	c.Stdout, c.Stderr = writer, writer
	if err := errors.Join(reader.Close(), c.Start(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the code is looked at below
	result, _ := readResult(t, filepath.Join(dir, "run"))
	want := map[string]int{"pass": exitPass, "fail": exitFail, "inconclusive": exitInconclusive}[result.Verdict]
	if code := c.ProcessState.ExitCode(); code != want || result.Counts.Delivered == 0 {
		t.Errorf("exit code %d (%s), want that of the verdict %s; %+v", code, c.ProcessState, result.Verdict, result.Counts)
	}
}

// TestInterruptedBenchmark: what fails because the user has had enough is no fault of the machine.
func TestInterruptedBenchmark(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	if code := execute(ctx, []string{"bench"}, io.Discard, &stderr); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr.String())
	}
}

// broken is an output on a disk that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

// TestOutputThatFails: an output that cannot be written is no mistake in the command line.
func TestOutputThatFails(t *testing.T) {
	for _, args := range [][]string{{"plan", "smoke"}, {"plan", "smoke", "--json"}, {"validate", "smoke"}, {"schema"}, {"brokers"}} {
		var stderr bytes.Buffer
		if code := execute(t.Context(), args, broken{}, &stderr); code != exitEnvironment || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("mqbench %s: exit code %d, want %d and the reason\n%s", strings.Join(args, " "), code, exitEnvironment, stderr.String())
		}
	}
}

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	bad := writeScenario(t, dir, strings.ReplaceAll(small, "fault: kill", "fault: kil"))
	mine, missing := writeOwn(t, filepath.Join(dir, "own"))
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"version", []string{"--version"}, exitPass, "mqbench version", ""},
		{"help", []string{"--help"}, exitPass, "what happens to my messages", ""},
		{"help about a command", []string{"help", "exit-codes"}, exitPass, "Inconclusive", ""},
		{"help about nothing", []string{"help", "rnu"}, exitUsage, "", `unknown command "rnu"`},
		{"validate", []string{"validate", "failover", "smoke"}, exitPass, "failover: ok\nsmoke: ok", ""},
		{"validate a bad file", []string{"validate", "smoke", bad}, exitUsage, "smoke: ok", `test.yaml:12:21: `},
		{"run a bad file", []string{"run", bad}, exitUsage, "", "did you mean kill"},
		{"run nothing", []string{"run"}, exitUsage, "", "got 0 arguments, want one scenario"},
		{"check too much", []string{"check", "a", "b"}, exitUsage, "", "got 2 arguments, want one run directory"},
		{"validate nothing", []string{"validate"}, exitUsage, "", "want one or more scenario files"},
		{"run into a folder with files", []string{"run", "smoke", "--out", "."}, exitUsage, "", "is not empty"},
		{"run below a file", []string{"run", "smoke", "--out", bad + "/run"}, exitEnvironment, "", "make run directory"},
		{"a broker that is not installed", []string{"run", mine, "--broker", missing}, exitEnvironment, "", `broker "mine" is not installed`},
		{"a recipe beside the scenario", []string{"plan", mine}, exitPass, "1 × mine", ""},
		{"a benchmark of nobody", []string{"bench", "--clients", "0"}, exitUsage, "", "clients: got 0"},
		{"a calibration of nothing", []string{"calibrate", "--messages", "0"}, exitUsage, "", "--messages: got 0"},
		{"an unknown scenario", []string{"run", "failovr"}, exitUsage, "", "failover"},
		{"an unknown flag", []string{"run", "smoke", "--sed", "1"}, exitUsage, "", "unknown flag"},
		{"an unknown broker", []string{"plan", "smoke", "--broker", "mochy"}, exitUsage, "", "mochi"},
		{"a shape that a broker has not", []string{"plan", "failover", "--broker", "mochi"}, exitUsage, "", "cluster"},
		{"an image of nobody", []string{"plan", "star", "--image", "mosquito=x/y:1"}, exitUsage, "", `want mosquitto=IMAGE`},
		{"an image of a balancer", []string{"plan", "star", "--set", "topology.balancer=haproxy", "--image", "haproxy=x/y:1"}, exitPass, "60", ""},
		{"an image with no name", []string{"plan", "star", "--image", "mosquitto="}, exitUsage, "", `"" is no name of a container image`},
		{"an image for a process", []string{"plan", "smoke", "--image", "mochi=x/y:1"}, exitUsage, "", "needs runtime container"},
		{"a bad override", []string{"plan", "smoke", "--set", "workload.publishers[7].rate=1/s"}, exitUsage, "", "publishers[7]"},
		{"plan", []string{"plan", "failover", "--seed", "7"}, exitPass, "kill b2 for 20s", ""},
		{"plan of clients that come and go", []string{"plan", "churn"}, exitPass,
			"pub latecomers         0      0   200  join at 5s within 0s\n", ""},
		{"plan of a closed loop", []string{"plan", "smoke", "--set", "workload.publishers[0].rate=max"}, exitPass,
			"expected: what the closed loops will offer\n", ""},
		{"plan of devices", []string{"plan", "smoke", "--set", `workload.publishers[0].subscribe={filter: "plant/sensors/{n}", qos: 1}`},
			exitPass, "  and sub", ""},
		{"plan of bounded edges", []string{"plan", "edge"}, exitPass, "bridges: 8, direction out, QoS 1, sessions persistent, keepalive 5s\n" +
			"resources: cpus 0.25, memory 64MiB\nresources of the core: cpus 1, memory 256MiB\n", ""},
		{"plan of a balancer", []string{"plan", "partition", "--set", "topology.balancer=haproxy"}, exitPass, "balancer: haproxy", ""},
		{"plan of proxied links", []string{"plan", "slow-link"}, exitPass, "links through a proxy: clients-b1", ""},
		{"plan as JSON", []string{"plan", "smoke", "--json"}, exitPass, `"publishers"`, ""},
		{"schema", []string{"schema"}, exitPass, `"$schema"`, ""},
		{"brokers", []string{"brokers"}, exitPass, "nats", ""},
		{"check nothing", []string{"check", dir}, exitUsage, "", "is not a run directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(dir)
			var stdout, stderr bytes.Buffer
			code := execute(t.Context(), test.args, &stdout, &stderr)
			if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("mqbench %s: exit code %d, want %d, with %q and %q\nstdout: %s\nstderr: %s", strings.Join(test.args, " "), code,
					test.code, test.stdout, test.stderr, stdout.String(), stderr.String())
			}
		})
	}
}
