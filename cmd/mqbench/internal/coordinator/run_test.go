package coordinator

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
)

// bounded is the context of a run that has to end by itself long before it.
func bounded(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 5*time.Minute)
}

// TestRun: a run is provisioned, loaded, judged and cleared away, its phases come in order, and a second judgement is
// the first one.
func TestRun(t *testing.T) {
	t.Parallel()
	s := prepare(t)
	var views []string
	doings := make(map[string]string)
	s.View = func(state reports.LiveState) {
		doings[state.Doing] = state.Phase
		if len(views) == 0 || views[len(views)-1] != state.Phase {
			views = append(views, state.Phase)
		}
	}
	ctx, cancel := bounded(t)
	defer cancel()
	result, err := Run(ctx, s.Options)
	if err != nil {
		t.Fatal(err)
	}
	c := result.Counts
	if c.Acknowledged == 0 || c.Acknowledged != c.Attempted || c.Delivered != 2*c.Attempted || c.Lost != 0 || result.Interrupted {
		t.Errorf("counts %+v", c)
	}
	if result.Verdict == string(check.Fail) || result.Topology.Broker != "mochi" || result.Topology.Version == "" || result.Seed != 7 {
		t.Errorf("verdict %s of %+v, seed %d", result.Verdict, result.Topology, result.Seed)
	}
	if len(views) == 0 || views[0] != "provision" {
		t.Errorf("the view saw the phases %v, want provision at first", views)
	}
	want := map[string]string{
		"preparing the brokers": "provision", "starting b1": "provision", "waiting for b1": "provision", "": "drain",
	}
	if !maps.Equal(doings, want) {
		t.Errorf("the view saw what is done in phases %v, want %v", doings, want)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	before := read(t, s.Dir.Path("result.json"))
	if _, err := Check(s.Dir); err != nil {
		t.Fatal(err)
	}
	if after := read(t, s.Dir.Path("result.json")); !bytes.Equal(before, after) {
		t.Error("a second judgement differs from the first one")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestInterrupted: whatever phase is cut short, there is a result that says so, on disk as well, and nothing is left
// running.
func TestInterrupted(t *testing.T) {
	for _, phase := range []string{"provision", "connect", "warmup", "measure", "drain", "close"} {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, "chaos=[{at: 100ms, fault: pause, target: b1}]")
			ctx, cancel := bounded(t)
			defer cancel()
			s.onPhase(phase, cancel)
			result, err := Run(ctx, s.Options)
			if err != nil {
				t.Fatal(err)
			}
			if !result.Interrupted {
				t.Error("the result does not say that the run was interrupted")
			}
			if saved, err := reports.Load(s.Dir.Path("result.json")); err != nil || !saved.Interrupted {
				t.Errorf("the saved result: interrupted is not told (error %v)", err)
			}
			if left := s.left(t); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestUnsavedRun: a run whose record cannot be saved ends then, and not when its time is over.
func TestUnsavedRun(t *testing.T) {
	t.Parallel()
	s := prepare(t, "phases.measure=1h")
	s.onPhase("measure", func() {
		if err := os.RemoveAll(s.Dir.Root); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := bounded(t)
	defer cancel()
	_, err := Run(ctx, s.Options)
	if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "save the record while running") {
		t.Errorf("error %v, context %v; want the reason long before the end", err, ctx.Err())
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is more than one line: %v", err)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A clinging driver cannot be closed.
type clinging struct{ fixtures.Driver }

var errClinging = errors.New("the folder is in use")

// Close closes the driver and says that it could not.
func (c clinging) Close() error { return errors.Join(c.Driver.Close(), errClinging) }

// TestTroubleAtTheEnd: what cannot be cleared away after the load is told, and costs nothing of what was measured.
// Links that passed a proxy are named.
func TestTroubleAtTheEnd(t *testing.T) {
	t.Parallel()
	s := prepare(t, "chaos=[{at: 300ms, fault: latency, target: b1, delay: 1ms, for: 200ms}]")
	s.Driver = clinging{s.driver}
	ctx, cancel := bounded(t)
	defer cancel()
	result, err := Run(ctx, s.Options)
	if !errors.Is(err, errClinging) {
		t.Errorf("error %v, want %v", err, errClinging)
	}
	if result == nil || result.Counts.Delivered == 0 || result.Interrupted {
		t.Errorf("result %+v, want that of the whole run", result)
	}
	if proxied := result.Topology.Proxied; !slices.Equal(proxied, []string{"clients-b1"}) {
		t.Errorf("links through a proxy: %q", proxied)
	}
	if _, err := reports.Load(s.Dir.Path("result.json")); err != nil {
		t.Errorf("the saved result: %v", err)
	}
}

// TestFaultsInTheView: what was never carried out is not shown as a fault that lasts.
func TestFaultsInTheView(t *testing.T) {
	t.Parallel()
	s := prepare(t, "chaos=[{at: 900ms, fault: pause, target: b1}]")
	ctx, cancel := bounded(t)
	defer cancel()
	s.onPhase("measure", cancel)
	var last reports.LiveState
	s.View = func(state reports.LiveState) { last = state }
	if _, err := Run(ctx, s.Options); err != nil {
		t.Fatal(err)
	}
	if len(last.Faults) > 0 {
		t.Errorf("the view shows %+v", last.Faults)
	}
}

// TestBrokerThatEnds: a broker that ends at once fails the run with the end of its log, as the environment's fault.
func TestBrokerThatEnds(t *testing.T) {
	t.Parallel()
	s := prepare(t)
	command := *s.Recipe.Process
	command.Command = []string{"/bin/sh", "-c", "echo the disk is on fire >&2; exit 7"}
	s.Recipe.Process = &command
	ctx, cancel := bounded(t)
	defer cancel()
	_, err := Run(ctx, s.Options)
	if !errors.Is(err, fixtures.ErrEnvironment) || !strings.Contains(err.Error(), "the disk is on fire") {
		t.Errorf("error %v, want one of the environment with the end of the log", err)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestCheckRefuses: what is no record, or lacks its scenario, is refused with the reason.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	s := prepare(t)
	if _, err := Check(s.Dir); err == nil || !strings.Contains(err.Error(), "load the history") {
		t.Errorf("a run without a record: error %v", err)
	}
	ctx, cancel := bounded(t)
	defer cancel()
	if _, err := Run(ctx, s.Options); err != nil {
		t.Fatal(err)
	}
	scenario := s.Dir.Path("scenario.yaml")
	if err := os.Remove(scenario); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(s.Dir); err == nil || !strings.Contains(err.Error(), "load the scenario of the run") {
		t.Errorf("a run without its scenario: error %v", err)
	}
	if _, err := ExistingDir(t.TempDir()); err == nil {
		t.Error("an empty folder passes for a run directory")
	}
}
