package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports/gate"
)

type gateFlags struct {
	baseline, effects []string
	options           gate.Options
	json              bool
	markdown          string
}

func newGate() *cobra.Command {
	var f gateFlags
	c := &cobra.Command{
		Use:   "gate --baseline DIR|FILE… NEW…",
		Short: "hold new runs against a baseline: did anything get worse?",
		Long: "Gate compares repeated runs. It fails where a new run fails by itself; where a message was lost, came from nobody, or came\n" +
			"twice though QoS 2 forbids it, in a new run and in none of the baseline; and where a figure is surely worse: its median by\n" +
			"at least the effect that counts, and its ranks by more than runs of one and the same thing differ in, over all figures\n" +
			"together, in one of 200 gates (--alpha). That takes 5 runs of each side at least; with 6 or more it finds\n" +
			"what is there among figures that are noisy. Run both sides in turn on the same machine.\n\n" +
			"Where the machine, the scenario, the product, its shape or the like are not the same, nothing is compared: exit code 5,\n" +
			"unless --allow-different names what may differ (" + strings.Join(gate.Allowable(), ", ") + ").\n" +
			"Version, image and settings of the broker may differ: they are what a gate is for.\n\n" + exitCodes(),
		Example: "  mqbench gate --baseline runs/main runs/branch\n" +
			"  mqbench gate --baseline main.json --effect failover=10%,1s runs/branch/*\n" +
			"  mqbench gate --baseline main.json --markdown comment.md runs/branch",
		Args: wants("the runs to judge: run directories, folders of them, or files", oneOrMore),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },

		ValidArgsFunction: completeManyRuns,
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.baseline, "baseline", nil,
		"runs to compare with: a run directory, a folder of them, a result.json or a saved baseline; several times for more")
	flags.StringArrayVar(&f.effects, "effect", nil, "FIGURE=10%, =5ms or =10%,5ms: the least change of a median that counts")
	flags.StringSliceVar(&f.options.Allow, "allow-different", nil, "what may differ between the runs")
	flags.StringArrayVar(&f.options.Only, "only", nil, "look at this metric or figure alone; several times for more")
	flags.StringArrayVar(&f.options.Ignore, "ignore", nil, "leave out this metric or figure; several times for more")
	flags.BoolVar(&f.options.All, "all-figures", false, "look at every figure, not only at the key ones, those with a star in mqbench metrics")
	flags.BoolVar(&f.options.RegressionsOnly, "regressions-only", false,
		"let new runs pass that fail by themselves, as long as nothing got worse")
	flags.Float64Var(&f.options.Alpha, "alpha", gate.DefaultAlpha, "how often at most a gate may fail although nothing has changed")
	flags.BoolVar(&f.json, "json", false, "print the decision as JSON")
	flags.StringVar(&f.markdown, "markdown", "",
		"file to write the decision to as Markdown, for a comment; - for standard output instead of the table")
	completeFiles(c, "baseline", runDirs, ".json")
	complete(c, "allow-different", gate.Allowable)
	for _, flag := range []string{"effect", "only", "ignore"} {
		complete(c, flag, metricNames)
	}
	return c
}

func (f *gateFlags) run(c *cobra.Command, paths []string) error {
	if len(f.baseline) == 0 {
		return exitError{exitUsage, errors.New("there is nothing to compare with: want --baseline, see `mqbench gate --help`")}
	}
	if f.options.Alpha <= 0 {
		return exitError{exitUsage, fmt.Errorf("--alpha: got %v, want more than 0", f.options.Alpha)}
	}
	effects, err := gate.ParseEffects(f.effects)
	if err != nil {
		return exitError{exitUsage, err}
	}
	f.options.Effects = effects
	if err := f.options.Check(); err != nil {
		return exitError{exitUsage, err}
	}
	base, err := readRuns(f.baseline)
	if err != nil {
		return err
	}
	now, err := readRuns(paths)
	if err != nil {
		return err
	}
	d, err := gate.Regress(base, now, f.options)
	if err != nil {
		return exitError{exitUsage, err}
	}
	if err := f.write(c.OutOrStdout(), d); err != nil && !unread(err) {
		return exitError{exitEnvironment, err}
	}
	if code := d.Exit(); code != exitPass {
		return exitError{code: code}
	}
	return nil
}

// write writes the decision in the forms that were asked for.
func (f *gateFlags) write(w io.Writer, d *gate.Decision) error {
	if f.markdown != "" && f.markdown != "-" {
		if err := writeWhole(f.markdown, func(w io.Writer) error { return gateMarkdown(w, d) }); err != nil {
			return err
		}
	}
	switch {
	case f.json:
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(d)
	case f.markdown == "-":
		return gateMarkdown(w, d)
	default:
		return gateText(w, d)
	}
}

// writeWhole writes a file in one step: it is there whole, or as it was before.
func writeWhole(path string, write func(io.Writer) error) error {
	return (&coordinator.Dir{Root: filepath.Dir(path)}).Write(filepath.Base(path), write)
}

func newBaseline() *cobra.Command {
	c := &cobra.Command{
		Use: "baseline", Short: "keep runs as a baseline for `mqbench gate`",
		Args: wants("a command: save", none),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var out string
	save := &cobra.Command{
		Use:   "save [-o FILE] DIR…",
		Short: "put runs into one small file",
		Long: "Save puts what a gate needs of some runs into one file, to be kept beside the code or as an artifact. DIR is a run directory,\n" +
			"a folder of them, a result.json, or another baseline.",
		Example: "  mqbench baseline save -o main.json runs/failover",
		Args:    wants("the runs to save: run directories, folders of them, or files", oneOrMore),
		RunE: func(c *cobra.Command, args []string) error {
			runs, err := readRuns(args)
			if err != nil {
				return err
			}
			write := func(w io.Writer) error { return gate.SaveRuns(w, runs, time.Now(), buildVersion()) }
			if out == "-" {
				err = write(c.OutOrStdout())
			} else {
				err = writeWhole(out, write)
			}
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			if out != "-" {
				fmt.Fprintf(c.ErrOrStderr(), "%s: %d runs\n", out, len(runs))
			}
			return nil
		},
		ValidArgsFunction: completeManyRuns,
	}
	save.Flags().StringVarP(&out, "output", "o", "baseline.json", "file to write, - for standard output")
	c.AddCommand(save)
	return c
}
