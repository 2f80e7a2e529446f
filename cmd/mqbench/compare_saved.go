package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

// compareSaved compares runs that are there already. It writes files only where it was told to.
func (f *compareFlags) compareSaved(c *cobra.Command, args []string) error {
	if f.dryRun || c.Flags().Changed("repeat") {
		return errors.New("saved runs are not run again: want no --dry-run and no --repeat, or --brokers or --over beside them")
	}
	var saved []comparison.Saved
	for n, arg := range args {
		found, err := runsIn(c, arg, n)
		if err != nil {
			return err
		}
		saved = append(saved, found...)
	}
	saved = different(c, saved)
	if len(saved) == 0 {
		return exitError{exitUsage, fmt.Errorf("there is no run to compare in %s", words(args))}
	}
	if len(saved) == 1 {
		return exitError{exitUsage, fmt.Errorf("nothing to compare: %s is the only run", saved[0].Dir)}
	}
	variants, of, err := comparison.Group(saved, args)
	if err != nil {
		return exitError{exitUsage, err}
	}
	if len(variants) < 2 {
		return exitError{exitUsage, fmt.Errorf("nothing to compare: all %s are of the same", reports.Plural(len(saved), "run"))}
	}
	plan := &compare.Comparison{
		Comparison: compare.Schema, Mqbench: buildVersion(), Scenario: saved[0].Result.Scenario, Description: saved[0].Result.Description,
		Command: shownCommand(os.Args), Began: time.Now().UTC(),
	}
	for _, v := range variants {
		plan.Variants = append(plan.Variants, compare.Variant{Name: v.Name, Values: v.Values})
	}
	plan.Keys = comparison.KeysOf(variants)
	for i, s := range saved {
		run := compare.Run{
			Variant: of[i], Seed: s.Result.Seed, Dir: s.Dir, State: compare.Done, Verdict: s.Result.Verdict, Began: s.Result.Started,
			Took: s.Result.Duration,
		}
		plan.Runs = append(plan.Runs, run)
	}
	if f.out == "" {
		return f.finish(c, plan, nil)
	}
	dir, err := openComparison(f.out, plan.Scenario)
	if err != nil {
		return err
	}
	return f.finish(c, plan, dir)
}

// runsIn reads the runs in a folder, or the one of a file. What is broken or was interrupted is said and left out;
// nothing at all is an error.
func runsIn(c *cobra.Command, arg string, number int) ([]comparison.Saved, error) {
	var paths []string
	path, err := runPath(arg)
	if err != nil {
		return nil, err
	}
	if known, err := compare.Load(path); err == nil && known.Rounds > 0 {
		for _, run := range known.Runs { // and not what else is left of a comparison that was resumed
			if run.State == compare.Done {
				paths = append(paths, filepath.Join(path, run.Dir))
			}
		}
	} else if isFile(path) {
		paths = []string{path}
	} else if err := searchRuns(c.Context(), path, 0, func(r savedRun) { paths = append(paths, r.dir) }); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, exitError{exitUsage, fmt.Errorf("there is no run in %q: want a run directory, or a folder with some", arg)}
	}
	var found []comparison.Saved
	for _, path := range paths {
		s, err := readRun(path, number)
		if err == nil && s.Result.CutShort() {
			err = fmt.Errorf("run directory %q: the run was cut short", path)
		}
		if err != nil {
			fmt.Fprintf(c.ErrOrStderr(), "mqbench: left out: %v\n", err)
			continue
		}
		found = append(found, s)
	}
	return found, nil
}

// different leaves out, and says so, what was given twice: one run that counts as two would make chance look certain.
func different(c *cobra.Command, saved []comparison.Saved) []comparison.Saved {
	first := map[string]string{}
	return slices.DeleteFunc(saved, func(s comparison.Saved) bool {
		id := s.Result.RunID
		if id == "" {
			id = s.Dir // it does not say
		}
		other, known := first[id]
		if known {
			fmt.Fprintf(c.ErrOrStderr(), "mqbench: left out: %q is the same run as %q\n", s.Dir, other)
			return true
		}
		first[id] = s.Dir
		return false
	})
}

// readRun reads a run, with its scenario where that is beside it.
func readRun(path string, argument int) (comparison.Saved, error) {
	result, err := reports.Load(path)
	if err != nil {
		return comparison.Saved{}, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return comparison.Saved{}, err
	}
	s := comparison.Saved{Dir: absolute, Argument: argument, Result: result}
	if dir := (&coordinator.Dir{Root: path}); isFile(dir.Path("scenario.yaml")) {
		s.Scenario, err = scenarios.Load(dir.Path("scenario.yaml"), scenarios.LoadOptions{})
	}
	return s, err
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
