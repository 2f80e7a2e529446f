package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

type runFlags struct {
	scenarioFlags
	out   string
	quiet bool
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "run a scenario (a file, or the name of a shipped one) and judge it",
		Long: "Run brings up the brokers, connects the clients, offers load while faults are injected, and judges what happened.\n" +
			"Shipped scenarios: " + strings.Join(scenarios.Shipped(), ", ") + ".\n\n" + exitCodes,
		Example: "  mqbench run failover\n  mqbench run scenarios/failover.yaml --seed 7 --set workload.publishers[0].rate=10/s",
		Args:    wants("one scenario: a file, or the name of a shipped one", one),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.register(c)
	c.Flags().StringVar(&f.out, "out", "", "run directory (default runs/<scenario>/<UTC time>)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress, only the summary")
	return c
}

func (f *runFlags) run(c *cobra.Command, name string) error {
	s, recipe, err := f.load(c, name)
	if err != nil {
		return err
	}
	if s.Topology.Runtime == scenarios.RuntimeProcess { // other runtimes know only when they look for an image
		if err := recipe.Available(); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	plan, err := coordinator.MakePlan(s, recipe.Capabilities(), coordinator.FileLimit())
	if err != nil {
		return exitError{exitUsage, err}
	}
	dir, err := coordinator.OpenDir(f.out, s.Name, time.Now())
	if errors.Is(err, coordinator.ErrNotEmpty) {
		return exitError{exitUsage, err}
	}
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	if err := savePlan(dir, s, plan); err != nil {
		return exitError{exitEnvironment, err}
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: seed %d, run directory %s\n", s.Name, plan.Seed, dir.Root)

	result, err := f.watch(c, s, recipe, plan, dir)
	if result == nil || errors.Is(err, coordinator.ErrUnwritten) {
		return err
	}
	if err != nil { // it was measured and judged all the same
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: %v\n", err)
	}
	return conclude(c.OutOrStdout(), result, dir.Root)
}

// savePlan saves what was asked and decided before anything is started.
func savePlan(dir *coordinator.Dir, s *scenarios.Scenario, plan *coordinator.Plan) error {
	text, err := s.YAML()
	if err != nil {
		return fmt.Errorf("save the scenario: %w", err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
	return errors.Join(dir.Write("scenario.yaml", write), dir.WriteJSON("plan.json", plan))
}

// watch runs the plan beside its live view.
func (f *runFlags) watch(
	c *cobra.Command, s *scenarios.Scenario, recipe brokers.Recipe, plan *coordinator.Plan, dir *coordinator.Dir,
) (result *reports.Result, err error) {
	logFile, err := os.Create(dir.Path("logs/mqbench.log"))
	if err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()

	driver, err := newDriver(s.Topology.Runtime, driverOptions{images: f.images})
	if err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	stderr := c.ErrOrStderr()
	live := reports.NewLive(stderr, reports.LiveOptions{Mode: f.mode(stderr), Title: s.Name, Color: colour(stderr)})
	viewing, stopView := context.WithCancel(context.WithoutCancel(c.Context()))
	var view errgroup.Group
	view.Go(func() error { return live.Run(viewing) })

	log := slog.New(slog.NewTextHandler(logFile, nil))
	defer onSecondSignal(func() {
		stopView()
		_ = view.Wait() // it gives the terminal back
		abandon(driver, stderr, dir)
	})()
	result, err = coordinator.Run(c.Context(), coordinator.Options{
		Plan: plan, Scenario: s, Recipe: recipe, Driver: driver, Dir: dir, Version: buildVersion(), View: live.Update, Log: log,
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

// conclude prints the summary and turns the verdict into the exit code.
func conclude(w io.Writer, result *reports.Result, dir string) error {
	o := reports.SummaryOptions{Width: width(w), Color: colour(w), Dir: dir}
	if err := reports.WriteSummary(w, result, o); err != nil && !unread(err) {
		return exitError{exitEnvironment, err}
	}
	if result.Interrupted {
		return exitError{code: exitInterrupted}
	}
	if code, _ := gate.Decide(result); code != exitPass {
		return exitError{code: code}
	}
	return nil
}

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "judge a saved run again",
		Long:  "Check reads the record of a run and redoes everything behind it: findings, thresholds, result.json and the CSV files.",
		Args:  wants("one run directory", one),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := coordinator.ExistingDir(args[0])
			if err != nil {
				return exitError{exitUsage, err}
			}
			result, err := coordinator.Check(dir)
			if errors.Is(err, coordinator.ErrUnwritten) {
				return exitError{exitEnvironment, err}
			}
			if err != nil {
				return exitError{exitUsage, err}
			}
			return conclude(c.OutOrStdout(), result, dir.Root)
		},
	}
}

// mode chooses how progress is shown.
func (f *runFlags) mode(w io.Writer) reports.LiveMode {
	switch {
	case f.quiet:
		return reports.LiveQuiet
	case isTerminal(w):
		return reports.LiveView
	default:
		return reports.LiveLines
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// colour follows the convention of NO_COLOR.
func colour(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }

// show prints a table as wide as the page.
func show(w io.Writer, t *reports.Table) error { return t.Write(w, width(w), colour(w)) }

// width is the terminal's, or what a table in a log file may take.
func width(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 100
}
