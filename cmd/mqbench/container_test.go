package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/mqbench/mqbench/fixtures/container"
)

// built is mqbench as `make build` makes it: containers can hold no test binary, which needs the system's libraries.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "mqbench")
	build := exec.Command("go", "build", "-trimpath", "-o", path, ".") // with the flags of the Makefile little is left to do
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build mqbench: %w\n%s", err, out)
	}
	return path, nil
})

// buildDir is where built goes; it is removed when the tests are over.
var buildDir string

// engine is the Docker engine; without one the test is skipped.
func engine(t *testing.T) client.APIClient {
	t.Helper()
	found, err := container.Connect(t.Context())
	if err != nil {
		t.Skip(err)
	}
	docker, err := client.New(client.FromEnv)
	if err == nil {
		_, err = docker.Ping(t.Context(), client.PingOptions{NegotiateAPIVersion: true})
	}
	if err := errors.Join(err, found.Close()); err != nil {
		t.Fatal(err)
	}
	return docker
}

// needImage skips a test where the engine has no such image: `mqbench images` makes it. In continuous integration, which
// has made all of them, its absence is a failure.
func needImage(t *testing.T, docker client.APIClient, image string) {
	t.Helper()
	if _, err := docker.ImageInspect(t.Context(), image); err != nil {
		report := t.Skipf
		if os.Getenv("CI") != "" {
			report = t.Fatalf
		}
		report("image %s: %v: run `mqbench images`", image, err)
	}
}

// within bounds what a test does with containers. To build mqbench takes time of its own.
func within(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	if _, err := built(); err != nil {
		t.Fatal(err)
	}
	return context.WithTimeout(t.Context(), 8*time.Minute)
}

// contained is mqbench with brokers in containers, in a folder of its own.
func contained(ctx context.Context, t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, path, args...)
	c.Dir = dir
	return c
}

// leftInEngine lists what carries the run's label: containers, networks and volumes.
func leftInEngine(t *testing.T, docker client.APIClient, runID string) []string {
	t.Helper()
	mine := client.Filters{}.Add("label", "mqbench.run="+runID)
	var left []string
	containers, err := docker.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: mine})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range containers.Items {
		left = append(left, "container "+strings.Join(c.Names, " "))
	}
	networks, err := docker.NetworkList(t.Context(), client.NetworkListOptions{Filters: mine})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks.Items {
		left = append(left, "network "+n.Name)
	}
	volumes, err := docker.VolumeList(t.Context(), client.VolumeListOptions{Filters: mine})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes.Items {
		left = append(left, "volume "+v.Name)
	}
	return left
}

// nothingLeftInEngine waits until the engine lists nothing of a run: it may still do so a moment after a removal.
func nothingLeftInEngine(t *testing.T, docker client.APIClient, runID string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(100 * time.Millisecond) {
		left := leftInEngine(t, docker, runID)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("left in the engine: %q", left)
			return
		}
	}
}

// TestRunInContainers: the same scenario as TestRun, with the same brokers in containers, comes to the same counts and
// leaves nothing in the engine.
func TestRunInContainers(t *testing.T) {
	t.Parallel()
	docker := engine(t)
	dir := t.TempDir()
	ctx, cancel := within(t)
	defer cancel()
	c := contained(ctx, t, dir, "run", writeScenario(t, dir, small), "--runtime", "container", "--out", "run")
	out, _ := c.CombinedOutput() // the exit code is looked at below
	if code := c.ProcessState.ExitCode(); code != exitPass && code != exitInconclusive {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	result, _ := readResult(t, filepath.Join(dir, "run"))
	if result.Topology.Runtime != "container" || len(result.Injections) != 1 {
		t.Fatalf("topology %+v, %d injections", result.Topology, len(result.Injections))
	}
	if n := result.Counts; n.Acknowledged < 1000 || n.Expected != n.Delivered+n.Lost || n.Lost != 0 || n.Phantom != 0 {
		t.Errorf("counts %+v", n)
	}
	if i := result.Injections[0]; i.Target != "b2" || i.Clients.Affected == 0 || i.Clients.NeverResumed != 0 {
		t.Errorf("injection %+v", i)
	}
	for _, b := range result.Brokers {
		if b.CPUSeconds <= 0 || b.PeakRSSBytes <= 0 || b.Digest == "" {
			t.Errorf("broker %+v: used nothing, or is of no image", b)
		}
	}
	nothingLeftInEngine(t, docker, result.RunID)
}

// TestSignalsInContainers: a run that is asked to end removes what it made; what one that was killed has left, clean
// finds.
func TestSignalsInContainers(t *testing.T) {
	docker := engine(t)
	for _, test := range []struct {
		signal syscall.Signal
		code   int
	}{
		{syscall.SIGINT, exitInterrupted}, {syscall.SIGTERM, exitInterrupted}, {syscall.SIGKILL, -1},
	} {
		t.Run(test.signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ctx, cancel := within(t)
			defer cancel()
			scenario := writeScenario(t, dir, small)
			c := contained(ctx, t, dir, "run", scenario, "--runtime", "container", "--duration", "100s", "--out", "run")
			stderr := new(bytes.Buffer)
			pipe, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			waitForText(t, io.TeeReader(pipe, stderr), "kill b2")
			runID := planned(t, filepath.Join(dir, "run"))
			if left := leftInEngine(t, docker, runID); len(left) != 4 {
				t.Errorf("in the engine: %q, want three containers and a network", left)
			}
			if err := c.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(stderr, pipe)
			_ = c.Wait() // the code is looked at below
			if code := c.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, stderr)
			}
			if test.signal == syscall.SIGKILL {
				// It need not say so: another clean on this machine may come first.
				if out, err := contained(ctx, t, dir, "clean").CombinedOutput(); err != nil {
					t.Errorf("clean: %v\n%s", err, out)
				}
			}
			nothingLeftInEngine(t, docker, runID)
		})
	}
}

// TestNoDocker: where no engine answers, a run says what to do, with the exit code of the environment.
func TestNoDocker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := program(t.Context(), t, dir, "run", writeScenario(t, dir, small), "--runtime", "container")
	c.Env = append(c.Env, "DOCKER_HOST=tcp://127.0.0.1:1")
	out, _ := c.CombinedOutput() // the exit code is looked at below
	if code := c.ProcessState.ExitCode(); code != exitEnvironment || !strings.Contains(string(out), "DOCKER_HOST") {
		t.Errorf("exit code %d, want %d\n%s", code, exitEnvironment, out)
	}
}
