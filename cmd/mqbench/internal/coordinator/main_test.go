package coordinator

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/embedded"
	"github.com/mqbench/mqbench/fixtures/process"
	"github.com/mqbench/mqbench/scenarios"
)

// TestMain lets the test's own binary be an embedded broker, as the recipes start it: `{self} broker KIND --config
// FILE`.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "broker" {
		if err := embedded.Run(context.Background(), os.Args[2], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// tiny is a run of a second through one embedded broker.
const tiny = `
name: tiny
seed: 7
topology: {broker: mochi, shape: single}
workload:
  client: {protocol: "5.0"}
  publishers: [{name: p, count: 5, topic: "plant/{name}/{n}", qos: 1, rate: 20/s}]
  subscribers: [{name: s, count: 2, filter: "plant/#", qos: 1}]
phases: {warmup: 500ms, measure: 1s, drain: 60s}
thresholds: [lost == 0]
`

// A stage is a run that is ready to begin, and where it may leave traces.
type stage struct {
	Options
	driver *process.Driver
	work   string
}

// prepare makes everything that a run needs, with changes to the scenario.
func prepare(t *testing.T, overrides ...string) *stage {
	t.Helper()
	s, err := scenarios.Parse("tiny.yaml", []byte(tiny), scenarios.LoadOptions{Overrides: overrides})
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := brokers.Lookup(s.Topology.Broker)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := MakePlan(s, scenarios.Capabilities{}, ThisMachine())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := OpenDir(filepath.Join(t.TempDir(), "run"), s.Name, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir.Path("scenario.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	st := &stage{work: t.TempDir()}
	st.driver = process.New(st.work)
	st.Options = Options{
		Plan: plan, Scenario: s, Recipe: recipe, Driver: st.driver, Dir: dir, Version: "test", Log: slog.New(slog.DiscardHandler),
	}
	return st
}

// left lists what a run has left in the folder of temporary files.
func (s *stage) left(t *testing.T) []os.DirEntry {
	t.Helper()
	if err := s.driver.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(s.work)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// A phaseHook is a log handler that calls a function when a phase begins.
type phaseHook struct {
	slog.Handler
	phase string
	call  func()
}

// Enabled wants everything.
func (*phaseHook) Enabled(context.Context, slog.Level) bool { return true }

// Handle looks for the phase.
func (h *phaseHook) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Message == "phase" && a.Key == "name" && a.Value.String() == h.phase {
			h.call()
		}
		return true
	})
	return nil
}

// onPhase has a function called when a phase of the run begins.
func (s *stage) onPhase(phase string, call func()) {
	s.Log = slog.New(&phaseHook{Handler: slog.DiscardHandler, phase: phase, call: call})
}
