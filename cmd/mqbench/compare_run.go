package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
)

// A campaign carries a comparison out: its runs one after the other, in the folder where it keeps its state.
type campaign struct {
	whole *compare.Comparison
	dir   *coordinator.Dir
	how   watching
}

// begin runs a new comparison.
func (f *compareFlags) begin(c *cobra.Command, name string) error {
	m, err := f.plan(c, name)
	if err != nil {
		return err
	}
	if err := m.look(c.Context()); err != nil {
		return err
	}
	if f.dryRun {
		return m.print(c.OutOrStdout())
	}
	if !f.quiet {
		if err := m.print(c.ErrOrStderr()); err != nil {
			return err
		}
	}
	dir, err := openComparison(f.out, m.runs[0].scenario.Name)
	if err != nil {
		return err
	}
	whole := m.comparison(f.images)
	for i, v := range m.variants {
		if err := saveVariant(filepath.Join(dir.Root, v.Folder), m.runs[i]); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	return f.carryOut(c, &campaign{whole: whole, dir: dir})
}

// comparison is what will be run, with nothing done.
func (m *matrix) comparison(images map[string]string) *compare.Comparison {
	s := &compare.Comparison{
		Comparison: compare.Schema, Mqbench: buildVersion(), Scenario: m.runs[0].scenario.Name,
		Description: m.runs[0].scenario.Description, Command: shownCommand(os.Args), Began: time.Now().UTC(),
		Keys: m.keys, Seed: m.seed, Images: images,
	}
	for _, v := range m.variants {
		s.Variants = append(s.Variants, compare.Variant{Name: v.Name, Folder: v.Folder, Values: v.Values})
	}
	extend(s, m.rounds)
	return s
}

// extend adds rounds to a comparison until it has so many.
func extend(s *compare.Comparison, rounds int) {
	for _, slot := range comparison.Order(len(s.Variants), rounds) {
		if slot.Round <= s.Rounds {
			continue
		}
		s.Runs = append(s.Runs, compare.Run{
			Variant: slot.Variant, Round: slot.Round, Seed: comparison.SeedOf(s.Seed, slot.Round), State: compare.Pending,
			Dir: filepath.Join(s.Variants[slot.Variant].Folder, strconv.Itoa(slot.Round)),
		})
	}
	s.Rounds = max(s.Rounds, rounds)
}

// openComparison makes the folder: out, which has to be new or empty, or with "" a new one below comparisons.
func openComparison(out, scenario string) (*coordinator.Dir, error) {
	if out == "" {
		out = filepath.Join("comparisons", scenario, time.Now().UTC().Format("20060102T150405Z"))
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return nil, exitError{exitUsage, fmt.Errorf("folder %q: %w", out, coordinator.ErrNotEmpty)}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, exitError{exitEnvironment, fmt.Errorf("make the folder of the comparison: %w", err)}
	}
	return &coordinator.Dir{Root: out}, nil
}

// saveVariant saves the scenario of a variant, from which all its runs are made: now and when the comparison is resumed.
func saveVariant(folder string, p *prepared) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of a variant: %w", err)
	}
	dir := &coordinator.Dir{Root: folder}
	saved, err := saveRecordings(dir, p.scenario)
	if err != nil {
		return err
	}
	return saveScenario(dir, saved)
}

// goOn resumes a comparison: runs that were measured to their end stay, the others are made again.
func (f *compareFlags) goOn(c *cobra.Command) error {
	whole, err := compare.Load(f.resume)
	if errors.Is(err, fs.ErrNotExist) {
		return exitError{exitUsage, fmt.Errorf("%q is not the folder of a comparison: it has no %s", f.resume, compare.FileName)}
	}
	if err != nil {
		return exitError{exitUsage, err}
	}
	if whole.Rounds == 0 {
		return exitError{exitUsage, fmt.Errorf("%q compares runs that were saved before: there is nothing to go on with", f.resume)}
	}
	if c.Flags().Changed("repeat") {
		if f.repeat < whole.Rounds {
			return exitError{exitUsage, fmt.Errorf("--repeat %d: %q has %d rounds already, and --resume only adds some",
				f.repeat, f.resume, whole.Rounds)}
		}
		extend(whole, f.repeat)
	}
	job := &campaign{whole: whole, dir: &coordinator.Dir{Root: f.resume}}
	if err := job.reopen(c.ErrOrStderr()); err != nil {
		return err
	}
	m := &matrix{rounds: whole.Rounds, seed: whole.Seed}
	for _, v := range whole.Variants {
		m.variants = append(m.variants, comparison.Variant{Name: v.Name, Folder: v.Folder})
	}
	err = m.prepare(func(v comparison.Variant) (*prepared, error) {
		f.images = whole.Images
		return f.prepareVariant(c.Context(), job.scenarioOf(v.Folder), seeded(whole.Seed))
	})
	if err != nil {
		return err
	}
	if err := m.look(c.Context()); err != nil {
		return err
	}
	return f.carryOut(c, job)
}

// reopen finds out which runs are there, and moves aside what is left of others.
func (j *campaign) reopen(stderr io.Writer) error {
	if j.whole.Mqbench != buildVersion() {
		fmt.Fprintf(stderr, "mqbench: note: the comparison was begun by mqbench %s, and this is %s\n", j.whole.Mqbench, buildVersion())
	}
	j.whole.Interrupted, j.whole.Outcome = false, nil
	for i := range j.whole.Runs {
		run := &j.whole.Runs[i]
		where := j.path(run.Dir)
		if run.State == compare.Done {
			if _, err := reports.Load(where); err == nil {
				continue
			}
		}
		*run = compare.Run{Variant: run.Variant, Round: run.Round, Seed: run.Seed, Dir: run.Dir, State: compare.Pending}
		if err := moveAside(where); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	return nil
}

// moveAside gives a folder another name: what a run that was broken off has left may be of use to somebody.
func moveAside(folder string) error {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.attempt%d", folder, n)
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		err := os.Rename(folder, aside)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
}

func (j *campaign) path(dir string) string { return filepath.Join(j.dir.Root, dir) }

func (j *campaign) scenarioOf(folder string) string {
	return filepath.Join(j.dir.Root, folder, "scenario.yaml")
}

// carryOut makes all runs that are pending, compares what there is, and says so.
func (f *compareFlags) carryOut(c *cobra.Command, j *campaign) error {
	served, err := f.metrics.listen(c)
	if err != nil {
		return err
	}
	defer unserve(c, served)
	j.how = watching{quiet: f.quiet, metrics: served}
	fmt.Fprintf(c.ErrOrStderr(), "%s: folder %s\n", j.whole.Scenario, j.dir.Root)
	err = j.save()
	for i := range j.whole.Runs {
		if err != nil || c.Context().Err() != nil {
			break
		}
		if j.whole.Runs[i].State != compare.Pending {
			continue
		}
		err = j.make(c, f, i)
		err = errors.Join(err, j.save())
	}
	if err != nil {
		return exitError{exitEnvironment, fmt.Errorf("the comparison cannot be kept, `mqbench compare --resume %s` goes on with it: %w",
			j.dir.Root, err)}
	}
	j.whole.Interrupted = c.Context().Err() != nil
	return f.finish(c, j.whole, j.dir)
}

// make makes one run. An error means that no further run can be: what a run itself fails of is kept with it.
func (j *campaign) make(c *cobra.Command, f *compareFlags, number int) error {
	run := &j.whole.Runs[number]
	variant := j.whole.Variants[run.Variant]
	run.Began = time.Now().UTC()
	title := fmt.Sprintf("run %d of %d, %s, round %d", number+1, len(j.whole.Runs), reports.Printable(variant.Name), run.Round)
	j.how.title = fmt.Sprintf("%d/%d %s, round %d", number+1, len(j.whole.Runs), reports.Printable(variant.Name), run.Round)
	if j.how.mode(c.ErrOrStderr()) == reports.LiveLines { // which have no title
		fmt.Fprintf(c.ErrOrStderr(), "%s begins\n", title)
	}
	p, err := f.prepareVariant(c.Context(), j.scenarioOf(variant.Folder), seeded(run.Seed))
	if err != nil {
		j.failed(c, run, title, err)
		return nil
	}
	dir, err := coordinator.OpenDir(j.path(run.Dir), p.scenario.Name, run.Began)
	if err != nil {
		return err
	}
	result, err := p.carry(c, dir, j.how)
	switch {
	case errors.Is(err, coordinator.ErrUnwritten):
		j.failed(c, run, title, err)
		return err
	case result == nil:
		j.failed(c, run, title, err)
		return nil
	case result.Interrupted && c.Context().Err() == nil: // its record could not be saved, nor can the next one's
		j.failed(c, run, title, err)
		return err
	}
	run.Verdict, run.Took, run.State = result.Verdict, result.Duration, compare.Done
	if result.Interrupted {
		run.State = compare.Interrupted
	}
	if err != nil { // it was measured and judged all the same
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: %s: %v\n", title, err)
	}
	if j.how.quiet {
		return nil
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: %s, in %s\n", title, describe(run), result.Duration.Round(100*time.Millisecond))
	return nil
}

func describe(run *compare.Run) string {
	if run.State == compare.Interrupted {
		return "interrupted"
	}
	return run.Verdict
}

// failed keeps why there is nothing of a run. One that was ended by a signal before it had begun is only interrupted.
func (j *campaign) failed(c *cobra.Command, run *compare.Run, title string, err error) {
	run.State, run.Reason = compare.Failed, reports.Printable(err.Error())
	if c.Context().Err() != nil || errors.Is(err, context.Canceled) {
		run.State = compare.Interrupted
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: %s: %s\n", title, run.State, run.Reason)
}

// save writes the state of the comparison.
func (j *campaign) save() error { return j.dir.Write(compare.FileName, j.whole.WriteJSON) }
