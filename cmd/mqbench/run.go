package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

type runFlags struct {
	scenarioFlags
	out     string
	quiet   bool
	metrics metricsFlag
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "run a scenario and judge it",
		Long: "Run brings up the brokers, connects the clients, offers load while faults are injected, and judges what happened. The\n" +
			"scenario is a file, or the name of a shipped one; flags change it. Everything is saved in a run directory.\n\n" +
			"Shipped scenarios: " + strings.Join(scenarios.Shipped(), ", ") + ".\n\n" + exitCodes(),
		Example: "  mqbench run failover\n  mqbench run mine.yaml --broker emqx --runtime container --nodes 5\n" +
			"  mqbench run failover --seed 7 --set workload.publishers[0].rate=10/s",
		Args: wants("one scenario: a file, or the name of a shipped one", one),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },

		ValidArgsFunction: completeScenarios(1),
	}
	f.register(c)
	c.Flags().StringVar(&f.out, "out", "", "run directory (default runs/<scenario>/<UTC time>)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress, only the summary")
	f.metrics.register(c)
	return c
}

func (f *runFlags) run(c *cobra.Command, name string) error {
	one, err := f.prepare(c, name)
	if err != nil {
		return err
	}
	metrics, err := f.metrics.listen(c)
	if err != nil {
		return err
	}
	defer unserve(c, metrics)
	dir, err := openDir(f.out, one.scenario.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: seed %d, run directory %s\n", one.scenario.Name, one.plan.Seed, dir.Root)
	result, err := one.carry(c, dir, watching{title: one.scenario.Name, quiet: f.quiet, metrics: metrics})
	if result == nil || errors.Is(err, coordinator.ErrUnwritten) {
		return err
	}
	if err != nil { // it was measured and judged all the same
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: %v\n", err)
	}
	return conclude(c.OutOrStdout(), result, dir.Root)
}

// conclude prints the summary and turns the verdict into the exit code.
func conclude(w io.Writer, result *reports.Result, dir string) error {
	if err := summarise(w, result, dir); err != nil && !unread(err) {
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

// summarise prints the summary of a run, with the files that its directory has; "": it has none.
func summarise(w io.Writer, result *reports.Result, dir string) error {
	o := reports.SummaryOptions{Width: width(w), Color: colour(w), Dir: dir}
	for _, f := range coordinator.Files() {
		if _, err := os.Stat(filepath.Join(dir, f.Name)); dir != "" && err == nil {
			o.Files = append(o.Files, f.Name)
		}
	}
	return reports.WriteSummary(w, result, o)
}

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "judge a saved run again",
		Long: "Check reads the record of a run and redoes everything behind it: findings, thresholds, result.json and the other files.\n\n" +
			exitCodes(),
		Example: "  mqbench check latest\n  mqbench check runs/failover/20260301T120000Z",
		Args:    wants("one run directory", one),

		ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := runPath(args[0])
			if err != nil {
				return err
			}
			dir, err := coordinator.ExistingDir(path)
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

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// colour follows the convention of NO_COLOR.
func colour(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }

// show prints a table as wide as the page.
func show(w io.Writer, t *reports.Table) error { return t.Write(w, width(w), colour(w)) }

// width is the terminal's, or what a table in a log file may take. What goes through a pipe, to head or a pager, most often
// ends on the terminal on which errors are shown.
func width(w io.Writer) int {
	const ofFile = 100
	file, ok := w.(*os.File)
	if !ok {
		return ofFile
	}
	if info, err := file.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		file = os.Stderr
	}
	if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
		return columns
	}
	return ofFile
}
