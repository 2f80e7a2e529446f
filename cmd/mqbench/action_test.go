package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// An action is what action.yml says.
type action struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			ID, If, Uses, Shell, Run string
			Env, With                map[string]string
		}
	}
}

const root = "../.."

func readAction(t *testing.T) (action, string) {
	t.Helper()
	text := readText(t, filepath.Join(root, "action.yml"))
	var a action
	if err := yaml.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	return a, text
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scripts are the paths of the action's scripts.
func scripts(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, ".github", "action", "*.sh"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	return paths
}

// TestActionIsOfOnePiece: every input is used and every one that is used exists, nothing that a user says is put into a
// shell's text, and each variable that a script reads is handed to it.
func TestActionIsOfOnePiece(t *testing.T) {
	a, text := readAction(t)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(text, -1) {
		if _, known := a.Inputs[m[1]]; !known {
			t.Errorf("input %q is used and not declared", m[1])
		}
		used[m[1]] = true
	}
	for name, input := range a.Inputs {
		if !used[name] {
			t.Errorf("input %q is declared and not used", name)
		}
		if strings.Contains(input.Description, "${{") {
			t.Errorf("the description of %q has an expression, which a runner refuses", name)
		}
	}
	var called []string
	for _, step := range a.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("step %q: an expression is put into the text of a shell", step.Run)
		}
		if (step.Run == "") == (step.Uses == "") || (step.Run == "") != (step.Shell == "") {
			t.Errorf("step %+v: want either uses, or run with a shell", step)
		}
		script := regexp.MustCompile(`[a-z]+\.sh`).FindString(step.Run)
		if script == "" {
			continue
		}
		called = append(called, script)
		body := readText(t, filepath.Join(root, ".github", "action", script))
		for name := range step.Env {
			if name != "GH_TOKEN" && !regexp.MustCompile(`\$\{?`+name+`\b`).MatchString(body) {
				t.Errorf("%s makes no use of %s", script, name)
			}
		}
	}
	for _, path := range scripts(t) {
		if !slices.Contains(called, filepath.Base(path)) {
			t.Errorf("no step calls %s", path)
		}
	}
}

// TestActionSpeaksOurLanguage: the commands and flags in the action's scripts, and in the workflow that the README
// shows, exist.
func TestActionSpeaksOurLanguage(t *testing.T) {
	calls := 0
	for _, path := range scripts(t) {
		text := strings.ReplaceAll(readText(t, path), "\\\n", " ")
		for _, m := range regexp.MustCompile(`"\$mqbench" ([a-z]+)([^\n]*)`).FindAllStringSubmatch(text, -1) {
			calls++
			command, _, err := newRoot(io.Discard, io.Discard).Find([]string{m[1]})
			if err != nil || command.Name() != m[1] {
				t.Errorf("%s: there is no command %q", path, m[1])
				continue
			}
			for _, flag := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(m[2], -1) {
				if command.Flags().Lookup(flag[1]) == nil {
					t.Errorf("%s: mqbench %s has no flag --%s", path, m[1], flag[1])
				}
			}
		}
	}
	if calls < 2 {
		t.Errorf("%d calls of mqbench were found in the scripts", calls)
	}

	a, _ := readAction(t)
	readme := readText(t, filepath.Join(root, "README.md"))
	_, workflow, found := strings.Cut(readme, "uses: mqbench/mqbench@")
	workflow, _, _ = strings.Cut(workflow, "```")
	if !found {
		t.Fatal("the README shows no workflow with the action")
	}
	inputs := regexp.MustCompile(`(?m)^ {10}([a-z-]+):`).FindAllStringSubmatch(workflow, -1)
	for _, m := range inputs {
		if _, known := a.Inputs[m[1]]; !known {
			t.Errorf("the README's workflow gives the action %q, which it does not take", m[1])
		}
	}
	if len(inputs) == 0 {
		t.Error("the README's workflow gives the action nothing")
	}
}

func TestActionScriptsAreSound(t *testing.T) {
	for _, path := range scripts(t) {
		if out, err := exec.CommandContext(t.Context(), "bash", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
		if _, err := exec.LookPath("shellcheck"); err != nil {
			continue // it looks for more, where it is installed
		}
		if out, err := exec.CommandContext(t.Context(), "shellcheck", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// A job is a machine of GitHub's on which steps of the action run.
type job struct {
	dir string
	env []string
}

// newJob checks a repository out that has a scenario, a recipe's worth of a build, and two commits.
func newJob(t *testing.T) *job {
	t.Helper()
	j := &job{dir: t.TempDir()}
	repository := filepath.Join(j.dir, "work")
	for _, dir := range []string{repository, filepath.Join(j.dir, "temp"), filepath.Join(j.dir, "bin")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	j.env = append(os.Environ(), programVariable+"=1", "RUNNER_TEMP="+filepath.Join(j.dir, "temp"), "GITHUB_OUTPUT="+filepath.Join(j.dir, "output"),
		"GITHUB_STEP_SUMMARY="+filepath.Join(j.dir, "step.md"), "GITHUB_REPOSITORY=you/broker", "PATH="+filepath.Join(j.dir, "bin")+":"+os.Getenv("PATH"),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.org", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.org")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(repository, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("test.yaml", hurried)
	write("version", "old")
	for _, command := range []string{"git init -q -b main .", "git add .", "git commit -qm base", "git tag base"} {
		j.must(t, command)
	}
	write("version", "new")
	j.must(t, "git commit -qam head")
	return j
}

// hurried is a run as short as one can be.
const hurried = `
name: hurried
topology: {broker: mochi, shape: single, profile: tuned}
workload:
  publishers: [{name: sensors, count: 2, topic: "a/{n}", qos: 1, rate: 20/s}]
  subscribers: [{name: control, count: 1, filter: "a/#", qos: 1}]
phases: {measure: 1s, drain: 60s}
thresholds: [lost == 0]
`

func (j *job) must(t *testing.T, command string) {
	t.Helper()
	if code, out := j.run(t, nil, "bash", "-c", command); code != 0 {
		t.Fatalf("%s: exit code %d\n%s", command, code, out)
	}
}

// run carries a command out in the checkout, with more in its environment.
func (j *job) run(t *testing.T, env []string, name string, args ...string) (code int, out string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = filepath.Join(j.dir, "work")
	c.Env = append(slices.Clone(j.env), env...)
	text, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(text)
}

// step runs a script of the action.
func (j *job) step(t *testing.T, script string, env ...string) (code int, out string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, ".github", "action", script))
	if err != nil {
		t.Fatal(err)
	}
	return j.run(t, env, "bash", path)
}

// output reads what a step said that others may use.
func (j *job) output(t *testing.T, name string) string {
	t.Helper()
	value := ""
	for line := range strings.Lines(readText(t, filepath.Join(j.dir, "output"))) {
		if rest, ours := strings.CutPrefix(strings.TrimSpace(line), name+"="); ours {
			value = rest
		}
	}
	return value
}

func ourselves(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return "MQBENCH=" + self
}

// TestActionRuns: one side is run as often as it was asked for, and judged by itself.
func TestActionRuns(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	code, out := j.step(t, "run.sh", ourselves(t), "SCENARIO=test.yaml", "REPEAT=2", "OUT=here", "ARGS=--set  workload.publishers[0].count=3\n--nodes 1",
		"BUILD=test $(cat version) = new; echo $MQBENCH_SIDE >built")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if verdict := j.output(t, "exit-code"); verdict != "0" && verdict != "3" { // a busy machine makes the generator late
		t.Errorf("exit code of mqbench %q\n%s", verdict, out)
	}
	for round := range 2 {
		r, _ := readResult(t, filepath.Join(j.dir, "work", "here", "head", fmt.Sprint(round+1)))
		if r.Workload.Publishers != 3 || r.Seed != uint64(round+1) {
			t.Errorf("run %d has %d publishers and seed %d", round+1, r.Workload.Publishers, r.Seed)
		}
	}
	summary := readText(t, j.output(t, "summary"))
	if strings.Count(summary, "`hurried`") != 2 || summary != readText(t, filepath.Join(j.dir, "step.md")) {
		t.Errorf("the summary is\n%s", summary)
	}
	if built := readText(t, filepath.Join(j.dir, "work", "built")); built != "head\n" {
		t.Errorf("built %q", built)
	}
}

// TestActionGates: head and base are built and run in their own checkouts, in turn, and held against each other. Of the
// base nothing stays.
func TestActionGates(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	order := filepath.Join(j.dir, "order")
	spy := filepath.Join(j.dir, "spy") // says which side it was called for, and is mqbench otherwise
	self := strings.TrimPrefix(ourselves(t), "MQBENCH=")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" != run ] || cat version built >>%q\nexec %q \"$@\"\n", order, self)
	if err := os.WriteFile(spy, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	code, out := j.step(t, "run.sh", "MQBENCH="+spy, "SCENARIO=test.yaml", "BASE=base", "REPEAT=2", "GATE_ARGS=--only lost", "BUILD=echo -$MQBENCH_SIDE, >built")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if got := strings.ReplaceAll(readText(t, order), "\n", ""); got != "new-head,old-base,old-base,new-head," {
		t.Errorf("the runs were %q", got)
	}
	summary := readText(t, j.output(t, "summary"))
	if verdict := j.output(t, "exit-code"); !strings.Contains(summary, "mqbench gate") || strings.Count(summary, "`hurried`") != 1 || verdict == "" || verdict == "2" || verdict == "4" {
		t.Errorf("exit code of the gate %q, summary\n%s\n%s", verdict, summary, out)
	}
	if summary != readText(t, filepath.Join(j.dir, "step.md")) {
		t.Error("the step's summary is another one")
	}
	if _, left := j.run(t, nil, "git", "worktree", "list"); strings.Count(left, "\n") != 1 {
		t.Errorf("worktrees are left behind: %s", left)
	}
	if left, err := os.ReadDir(filepath.Join(j.dir, "temp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// TestActionRefuses: what cannot work is said at once and in words, and a text is never a command.
func TestActionRefuses(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	for _, test := range []struct {
		want string
		env  []string
	}{
		{"the input scenario is empty", nil},
		{"the input repeat is '0'", []string{"SCENARIO=test.yaml", "REPEAT=0"}},
		{"the input repeat is '1;touch x'", []string{"SCENARIO=test.yaml", "REPEAT=1;touch x"}},
		{"the input recipe names no file", []string{"SCENARIO=test.yaml", "RECIPE=none.yaml"}},
		{"is not empty", []string{"SCENARIO=test.yaml", "OUT=."}},
		{"could not be fetched", []string{"SCENARIO=test.yaml", "BASE=0123456789"}},
		{"no commit", []string{"SCENARIO=test.yaml", "BASE=--upload-pack=touch x"}},
		{"the build of head failed", []string{"SCENARIO=test.yaml", "BUILD=false; true"}},
		{"could not be carried out (exit code 2)", []string{"SCENARIO=$(touch x)`touch x`;touch x"}},
		{"could not be carried out (exit code 2)", []string{"SCENARIO=test.yaml", "ARGS=--broker $(touch${IFS}x) * ;touch x"}},
	} {
		code, out := j.step(t, "run.sh", append(test.env, ourselves(t))...)
		if code == 0 || !strings.Contains(out, "::error::") || !strings.Contains(out, test.want) {
			t.Errorf("%v: exit code %d, want the error %q:\n%s", test.env, code, test.want, out)
		}
		if _, err := os.Stat(filepath.Join(j.dir, "work", "x")); err == nil {
			t.Fatalf("%v: a text was carried out", test.env)
		}
		if err := os.RemoveAll(filepath.Join(j.dir, "work", "mqbench-runs")); err != nil {
			t.Fatal(err)
		}
	}
}

// fakeGH is GitHub's program: it keeps what it was called with, answers the query with $COMMENTS as its --jq would, and
// may not write where $READ_ONLY says so.
const fakeGH = `#!/usr/bin/env bash
set -euo pipefail
printf '%s\n' "$*" >>"$CALLS"
for word in "$@"; do case $word in body=@*) cat "${word#body=@}" >"$CALLS.body" ;; esac; done
case "$*" in
*graphql*) [ -z "${CLOSED:-}" ] || exit 1; [ -z "${COMMENTS:-}" ] || printf '%s\n' $COMMENTS ;;
*) [ -z "${READ_ONLY:-}" ] || { echo "HTTP 403: Resource not accessible by integration" >&2; exit 1; } ;;
esac
`

// TestActionComments: there is one comment, which is replaced; and where the token may not write, that is no failure.
func TestActionComments(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	if err := os.WriteFile(filepath.Join(j.dir, "bin", "gh"), []byte(fakeGH), 0o700); err != nil {
		t.Fatal(err)
	}
	summary := filepath.Join(j.dir, "summary.md")
	if err := os.WriteFile(summary, []byte("### pass\n"+strings.Repeat("ü", 50_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want, absent, said string
		env                      []string
	}{
		{"new", "--method POST repos/you/broker/issues/7/comments", "PATCH", "", nil},
		{"again", "--method PATCH repos/you/broker/issues/comments/41", "POST", "", []string{"COMMENTS=41 42"}},
		{"fork", "--method POST", "PATCH", "may not comment", []string{"READ_ONLY=1"}},
		{"no access at all", "graphql", "POST", "may not comment", []string{"CLOSED=1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := filepath.Join(t.TempDir(), "calls")
			code, out := j.step(t, "comment.sh", append(test.env, "CALLS="+calls, "PULL=7", "NAME=a--> b", "SUMMARY="+summary, "ARTIFACT=https://example.org/1")...)
			said := readText(t, calls)
			if code != 0 || !strings.Contains(said, test.want) || strings.Contains(said, test.absent) || !strings.Contains(out, test.said) {
				t.Fatalf("exit code %d, calls\n%s\n%s", code, said, out)
			}
			if test.said != "" {
				return
			}
			body := readText(t, calls+".body")
			if !strings.HasPrefix(body, "<!-- mqbench: a___ b -->\n### pass\n") || !strings.HasSuffix(body, "(https://example.org/1)\n") || len(body) > 65_536 {
				t.Errorf("a body of %d bytes, from %.60q to %q", len(body), body, body[len(body)-60:])
			}
		})
	}
	if code, _ := j.step(t, "comment.sh", "PULL=7/../1", "NAME=x", "SUMMARY="+summary); code == 0 {
		t.Error("a number that is none was taken")
	}
}
