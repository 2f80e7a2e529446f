package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mqbench/mqbench/fixtures/brokers"
)

// noDocker is where no engine answers.
const noDocker = "tcp://127.0.0.1:1"

// TestTrial tries a recipe whose claims are true, and one that lies: a file of its own.
func TestTrial(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("DOCKER_HOST", noDocker) // so that processes are chosen
	code, stdout, stderr := runProgram(t, dir, "brokers", "test", "mochi", "--shape", "single", "--profile", "stock")
	if code != exitPass || !strings.Contains(stdout, "deliver 5.0 QoS 2") || !strings.Contains(stderr, "kill: deliver again: ok") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mqbench-trial-*")); len(left) > 0 {
		t.Errorf("a trial that was passed left %v", left)
	}

	source, err := brokers.Source("mochi")
	if err != nil {
		t.Fatal(err)
	}
	lie := strings.Replace(string(source), "durability:", "survives: [kill]\n    durability:", 1)
	if err := os.WriteFile(filepath.Join(dir, "lie.yaml"), []byte(lie), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = runProgram(t, dir, "brokers", "test", "lie.yaml", "--shape", "single", "--profile", "stock", "--quiet")
	if code != exitFail || !strings.Contains(stdout, "FAILED") || !strings.Contains(stderr, "claims that sessions survive kill") ||
		!strings.Contains(stderr, "1 of 21 checks failed; the brokers' logs are in "+dir) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestTrialRefuses: what the recipe does not claim is no trial, and what was no trial leaves nothing.
func TestTrialRefuses(t *testing.T) {
	t.Setenv("DOCKER_HOST", noDocker)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"test", "nonesuch"}, exitUsage, `unknown broker "nonesuch"`},
		{[]string{"test", "mochi", "--shape", "mesh"}, exitUsage, `does not claim shape "mesh"`},
		{[]string{"test", "mochi", "--profile", "best"}, exitUsage, `no profile "best"`},
		{[]string{"test", "mochi", "--runtime", "moon"}, exitUsage, `does not run in runtime "moon"`},
		{[]string{"test", "mochi", "--runtime", "container"}, exitEnvironment, "no Docker engine"},
		{[]string{"test", "rabbitmq"}, exitEnvironment, "no Docker engine"},
		{[]string{"test", "mosquitto", "--nodes", "1"}, exitUsage, "want 2 to 99 for shape independent"},
		{[]string{"test", "nats", "--shape", "cluster", "--nodes", "2"}, exitUsage, "want 3 to 99"},
		{[]string{"show", "mochi", "--shape", "mesh"}, exitUsage, `has no shape "mesh"`},
		{[]string{"show", "mochi", "--nodes", "100"}, exitUsage, "want 2 to 99"},
		{[]string{"show", "mochi", "--shape", "single", "--nodes", "2"}, exitUsage, "want 1 to 1"},
		{[]string{"show", "mochi", "--profile", "best"}, exitUsage, "want stock, tuned"},
		{[]string{"show", "mochi", "--runtime", "moon"}, exitUsage, "want process, container"},
	} {
		code, _, stderr := runProgram(t, t.TempDir(), append([]string{"brokers"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.says) {
			t.Errorf("brokers %s: exit code %d, %s; want %d and %q", strings.Join(test.args, " "), code, stderr, test.code, test.says)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "mqbench-trial-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestTrialInContainers proves in containers that a mesh of real brokers has no loop and no gap.
func TestTrialInContainers(t *testing.T) {
	const image = "mqbench/mosquitto:2.0"
	needImage(t, engine(t), image)
	dir := t.TempDir()
	c := contained(t.Context(), t, dir, "brokers", "test", "mosquitto", "--shape", "mesh", "--profile", "stock",
		"--image", image, "--out", dir)
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ways open: 9") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTrialWithoutItsImage: an image that is not there is the environment's fault.
func TestTrialWithoutItsImage(t *testing.T) {
	engine(t)
	c := contained(t.Context(), t, t.TempDir(), "brokers", "test", "mosquitto", "--shape", "single", "--image", "mqbench/nonesuch:0")
	out, _ := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != exitEnvironment || !strings.Contains(string(out), "mqbench/nonesuch:0") {
		t.Errorf("an image that is not there: exit code %d\n%s", code, out)
	}
}

// TestListOfBrokers: without Docker the list says so, and what can be started as a process.
func TestListOfBrokers(t *testing.T) {
	t.Setenv("DOCKER_HOST", noDocker)
	code, stdout, stderr := runProgram(t, t.TempDir(), "brokers")
	if code != exitPass {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, line := range strings.Split(stdout, "\n") {
		if n := utf8.RuneCountInString(line); n > 100 || strings.Contains(line, "…") {
			t.Errorf("a line of %d columns, or one that was cut: %s", n, line)
		}
		name, _, _ := strings.Cut(line, " ")
		if name == "mochi" && (!strings.Contains(line, "yes") || !strings.Contains(line, "no Docker")) {
			t.Errorf("the line of mochi: %s", line)
		}
	}
	for _, r := range brokers.All() {
		if !strings.Contains(stdout, "\n"+r.Name+" ") {
			t.Errorf("%s is not in the list", r.Name)
		}
	}
}

// TestShowBroker: the recipe and what it comes to, for a broker and for a balancer.
func TestShowBroker(t *testing.T) {
	for name, want := range map[string][]string{
		"mosquitto": {"name: mosquitto", "## b3: mosquitto -c /etc/mqbench/mosquitto.conf", "connection b3-b2", "address 198.18.0.3:1883"},
		"haproxy":   {"kind: balancer", "server b2 198.18.0.3:1883"},
	} {
		args := []string{"brokers", "show", name, "--runtime", "container"}
		if name == "mosquitto" {
			args = append(args, "--shape", "chain")
		}
		code, stdout, stderr := runProgram(t, t.TempDir(), args...)
		if code != exitPass {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
		for _, text := range want {
			if !strings.Contains(stdout, text) {
				t.Errorf("%s: there is no %q in\n%s", name, text, stdout)
			}
		}
	}
}

// TestPlanWithoutDocker: what only an engine could tell is no mistake of a scenario.
func TestPlanWithoutDocker(t *testing.T) {
	t.Setenv("DOCKER_HOST", noDocker)
	for _, command := range []string{"plan", "validate"} {
		if code, _, stderr := runProgram(t, t.TempDir(), command, "slow-link", "--runtime", "container"); code != exitPass {
			t.Errorf("mqbench %s: exit code %d: %s", command, code, stderr)
		}
	}
}

// TestImagesWithoutDocker: there is nothing to make images with, which is the environment's fault.
func TestImagesWithoutDocker(t *testing.T) {
	t.Setenv("DOCKER_HOST", noDocker)
	for _, args := range [][]string{{"images"}, {"images", "list"}} {
		code, _, stderr := runProgram(t, t.TempDir(), args...)
		if code != exitEnvironment || !strings.Contains(stderr, "no Docker engine") {
			t.Errorf("mqbench %s: exit code %d, %s", strings.Join(args, " "), code, stderr)
		}
	}
	if code, _, stderr := runProgram(t, t.TempDir(), "images", "nonesuch"); code != exitUsage || !strings.Contains(stderr, "mqbench/haproxy:3.0), or self for") {
		t.Errorf("an unknown image: exit code %d, %s", code, stderr)
	}
}
