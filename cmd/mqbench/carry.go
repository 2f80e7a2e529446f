package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/cmd/mqbench/internal/exposition"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// A prepared run is loaded, found possible on this machine, and planned; nothing was started or written for it.
type prepared struct {
	scenario *scenarios.Scenario
	recipe   brokers.Recipe
	plan     *coordinator.Plan
	// images are container images to use instead of those of recipes, by the recipe's name.
	images map[string]string
}

// prepare makes a run of a scenario. What is wrong with it is an error of usage, what is missing here one of the
// environment.
func (f *scenarioFlags) prepare(c *cobra.Command, name string) (*prepared, error) {
	return prepareRun(c.Context(), name, f.overrides(c), f.images)
}

// prepareRun does the same for overrides that do not come from flags.
func prepareRun(ctx context.Context, name string, overrides []string, with map[string]string) (*prepared, error) {
	s, recipe, err := loadScenario(ctx, name, overrides, with)
	if err != nil {
		return nil, err
	}
	if s.Topology.Runtime == scenarios.RuntimeProcess { // other runtimes know only when they look for an image
		if err := recipe.Available(); err != nil {
			return nil, exitError{exitEnvironment, err}
		}
	}
	plan, err := coordinator.MakePlan(s, recipe.Capabilities(), coordinator.ThisMachine())
	if err != nil {
		return nil, exitError{exitUsage, err}
	}
	return &prepared{s, recipe, plan, with}, nil
}

// openDir makes the run directory: out, or with "" a new one below runs.
func openDir(out, scenario string) (*coordinator.Dir, error) {
	dir, err := coordinator.OpenDir(out, scenario, time.Now())
	switch {
	case errors.Is(err, coordinator.ErrNotEmpty):
		return nil, exitError{exitUsage, err}
	case err != nil:
		return nil, exitError{exitEnvironment, err}
	}
	return dir, nil
}

// watching is how the progress of a run is shown.
type watching struct {
	title string
	quiet bool
	// metrics, if any, serves the figures of the run.
	metrics *exposition.Server
}

// carry saves the plan, brings it to its end beside its live view, and returns what came of it, as [coordinator.Run]
// does. It is the one way in which runs are made.
func (p *prepared) carry(c *cobra.Command, dir *coordinator.Dir, how watching) (result *reports.Result, err error) {
	if err := savePlan(dir, p.scenario, p.plan); err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	logFile, err := os.Create(dir.Path("logs/mqbench.log"))
	if err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()

	driver, err := newDriver(p.scenario.Topology.Runtime, driverOptions{images: p.images})
	if err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	stderr := c.ErrOrStderr()
	live := reports.NewLive(stderr, reports.LiveOptions{Mode: how.mode(stderr), Title: how.title, Color: colour(stderr)})
	viewing, stopView := context.WithCancel(context.WithoutCancel(c.Context()))
	var view errgroup.Group
	view.Go(func() error { return live.Run(viewing) })

	log := slog.New(slog.NewTextHandler(logFile, nil))
	defer onSignals(func() { log.Warn("asked to end") }, func() {
		stopView()
		_ = view.Wait() // it gives the terminal back
		abandon(driver, stderr, dir)
	})()
	result, err = coordinator.Run(c.Context(), coordinator.Options{
		Plan: p.plan, Scenario: p.scenario, Recipe: p.recipe, Driver: driver, Dir: dir, Version: buildVersion(), View: live.Update,
		Recording: how.metrics.Show, Log: log,
	})
	stopView()
	if viewErr := view.Wait(); viewErr != nil {
		log.Warn("live view", "error", viewErr) // a terminal that went away says nothing about the run
	}
	if err = errors.Join(err, driver.Close()); err != nil && (result == nil || errors.Is(err, coordinator.ErrUnwritten)) {
		return nil, exitError{exitEnvironment, err}
	}
	return result, err
}

// mode chooses how progress is shown.
func (how watching) mode(w io.Writer) reports.LiveMode {
	switch {
	case how.quiet:
		return reports.LiveQuiet
	case isTerminal(w):
		return reports.LiveView
	default:
		return reports.LiveLines
	}
}

// savePlan saves what was asked and decided before anything is started.
func savePlan(dir *coordinator.Dir, s *scenarios.Scenario, plan *coordinator.Plan) error {
	saved, err := saveRecordings(dir, s)
	if err != nil {
		return err
	}
	return errors.Join(saveScenario(dir, saved), dir.WriteJSON("plan.json", plan))
}

// saveScenario saves a scenario as it is run.
func saveScenario(dir *coordinator.Dir, s *scenarios.Scenario) error {
	text, err := s.YAML()
	if err != nil {
		return fmt.Errorf("save the scenario: %w", err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
	err = dir.Write("scenario.yaml", write)
	if s.Workload.Client.Password != "" {
		err = errors.Join(err, os.Chmod(dir.Path("scenario.yaml"), 0o600)) // it is not for everybody
	}
	return err
}

// saveRecordings saves what publishers replay beside the scenario, and returns one that names these files: it can be run
// again, whatever becomes of the originals.
func saveRecordings(dir *coordinator.Dir, s *scenarios.Scenario) (*scenarios.Scenario, error) {
	saved := *s
	saved.Workload.Publishers = slices.Clone(s.Workload.Publishers)
	for i := range saved.Workload.Publishers {
		g := &saved.Workload.Publishers[i]
		if g.Replay.File == "" {
			continue
		}
		g.Replay.File = "replay-" + g.Name + ".csv"
		if err := dir.Write(g.Replay.File, g.Replay.CSV); err != nil {
			return nil, err
		}
	}
	return &saved, nil
}

// abandonWithin is the patience of who has sent a second signal: an engine that does not answer may use up more.
const abandonWithin = 10 * time.Second

// abandon ends the program without waiting for a run to be healed, saved and judged. Closing the driver ends the
// brokers, and while one is still at it the folder cannot be removed, so that this is tried for a while.
func abandon(driver fixtures.Driver, stderr io.Writer, dir *coordinator.Dir) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for range 50 {
			if driver.Close() == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	select {
	case <-closed:
	case <-time.After(abandonWithin):
		fmt.Fprintln(stderr, "mqbench: what it has is not given back; `mqbench clean` does it later")
	}
	fmt.Fprintf(stderr, "mqbench: ended by a second signal; `mqbench check %s` judges what was saved until then\n", dir.Root)
	os.Exit(exitInterrupted)
}
