package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/trial"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/container"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// trialFlags say how a recipe is tried.
type trialFlags struct {
	runtime, image, out string
	shapes, profiles    []string
	nodes               int
	within              time.Duration
	quiet               bool
}

func newTestBroker() *cobra.Command {
	var f trialFlags
	c := &cobra.Command{
		Use:   "test NAME|FILE",
		Short: "bring up what a recipe claims, and prove it",
		Long: "Test brings up every shape that a recipe claims, with every profile, and proves by clients: that messages get from\n" +
			"every broker to every other that the shape joins it to, at every QoS, as often as they should, and nowhere else;\n" +
			"that sessions keep messages, and survive what they are claimed to survive; that a broker which was stopped or\n" +
			"killed finds its place again, or a standby takes over; shared subscriptions and the leader, where claimed.\n\n" +
			"Exit codes: 0 all passed; 1 a check failed; 2 wrong usage or a bad recipe; 4 there was nowhere to try it.",
		Example: "  mqbench brokers test mosquitto --image mqbench/mosquitto:2.1\n" +
			"  mqbench brokers test ./mine.yaml --shape cluster --runtime process",
		Args: wants("the name of a broker, or a recipe file", one),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },

		ValidArgsFunction: completeBroker,
	}
	flags := c.Flags()
	flags.StringVar(&f.runtime, "runtime", "", "process or container (default: container where there is Docker)")
	flags.StringVar(&f.image, "image", "", "container image to use instead of the recipe's")
	flags.StringSliceVar(&f.shapes, "shape", nil, "shapes to try (default: all that the recipe claims)")
	flags.StringSliceVar(&f.profiles, "profile", nil, "profiles to try (default: stock and tuned)")
	flags.IntVar(&f.nodes, "nodes", 0, "number of brokers (default: as few as show what a shape is about)")
	flags.DurationVar(&f.within, "within", time.Minute, "time for each check, without the restart of brokers")
	flags.StringVar(&f.out, "out", "", "folder for the brokers' logs (default: a temporary one, which stays when a check fails)")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress, only the table")
	complete(c, "runtime", scenarios.WordsOf[scenarios.Runtime])
	complete(c, "shape", scenarios.WordsOf[scenarios.Shape])
	complete(c, "profile", scenarios.WordsOf[scenarios.Profile])
	return c
}

func (f *trialFlags) run(c *cobra.Command, name string) error {
	recipe, err := brokers.Lookup(name)
	if err != nil {
		return err
	}
	o := trial.Options{
		Recipe: recipe, Nodes: f.nodes, Within: f.within, RunID: "trial-" + strings.ToLower(rand.Text()[:8]), Dir: f.out,
		Log: slog.New(slog.DiscardHandler),
	}
	if err := f.choose(&o, recipe); err != nil {
		return err
	}
	if o.Runtime, err = f.chooseRuntime(c, recipe); err != nil {
		return err
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "mqbench-trial-"); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	o.Driver = func() (fixtures.Driver, error) { return newDriver(o.Runtime, f.driverOptions(recipe)) }
	if !f.quiet {
		o.Progress = func(text string) { fmt.Fprintln(c.ErrOrStderr(), text) }
		o.Done = func(r trial.Result) { fmt.Fprintln(c.ErrOrStderr(), progress(r)) }
	}
	results, err := trial.Run(c.Context(), o)
	if printing := printTrial(c.OutOrStdout(), results); printing != nil {
		return printing
	}
	failed := failures(results)
	for _, r := range failed {
		fmt.Fprintf(c.ErrOrStderr(), "\n%s, %s: %s: %v\n", r.Shape, r.Profile, r.Check, r.Err)
	}
	if f.out == "" && len(failed) == 0 {
		err = errors.Join(err, os.RemoveAll(o.Dir))
	}
	switch {
	case err != nil:
		return exitError{exitEnvironment, err}
	case len(failed) > 0:
		return exitError{exitFail, fmt.Errorf("%d of %d checks failed; the brokers' logs are in %s", len(failed), len(results), o.Dir)}
	default:
		return nil
	}
}

// choose takes over which shapes and profiles are wanted; those that the recipe does not have are an error.
func (f *trialFlags) choose(o *trial.Options, recipe brokers.Recipe) error {
	for _, shape := range f.shapes {
		o.Shapes = append(o.Shapes, scenarios.Shape(shape))
		if !slices.Contains(recipe.Shapes, scenarios.Shape(shape)) {
			return fmt.Errorf("broker %q does not claim shape %q (it has %s)", recipe.Name, shape, words(recipe.Shapes))
		}
	}
	shapes := o.Shapes
	if len(shapes) == 0 {
		shapes = recipe.Shapes
	}
	for _, shape := range shapes {
		if shape == scenarios.ShapeSingle {
			continue // it is one broker, whatever the others have
		}
		if err := checkNodes(recipe, shape, f.nodes); err != nil {
			return err
		}
	}
	for _, profile := range f.profiles {
		o.Profiles = append(o.Profiles, scenarios.Profile(profile))
		if _, ok := recipe.Profiles[scenarios.Profile(profile)]; !ok {
			return fmt.Errorf("broker %q has no profile %q", recipe.Name, profile)
		}
	}
	return nil
}

// chooseRuntime is the runtime that was asked for, or else the usual one.
func (f *trialFlags) chooseRuntime(c *cobra.Command, recipe brokers.Recipe) (_ scenarios.Runtime, err error) {
	runtime := scenarios.Runtime(f.runtime)
	if runtime == "" {
		if runtime, err = usualRuntime(c.Context(), recipe); err != nil {
			return "", exitError{exitEnvironment, err}
		}
	}
	if f.image != "" {
		if runtime != scenarios.RuntimeContainer {
			return "", fmt.Errorf("--image %s needs runtime container, and runtime is %s", f.image, runtime)
		}
		if err := scenarios.CheckImage(f.image); err != nil {
			return "", fmt.Errorf("--image: %w", err)
		}
	}
	if !slices.Contains(recipe.Runtimes(), runtime) {
		return "", fmt.Errorf("broker %q does not run in runtime %q (it has %s)", recipe.Name, runtime, words(recipe.Runtimes()))
	}
	if runtime == scenarios.RuntimeProcess {
		if err := recipe.Available(); err != nil {
			return "", exitError{exitEnvironment, err}
		}
	}
	return runtime, nil
}

// usualRuntime is containers, where the recipe and this machine have them.
func usualRuntime(ctx context.Context, recipe brokers.Recipe) (scenarios.Runtime, error) {
	if recipe.Container == nil {
		return scenarios.RuntimeProcess, nil
	}
	engine, err := container.Connect(ctx)
	if err == nil {
		return scenarios.RuntimeContainer, engine.Close()
	}
	if recipe.Process == nil {
		return "", err
	}
	return scenarios.RuntimeProcess, nil //nolint:nilerr // It does without.
}

func (f *trialFlags) driverOptions(recipe brokers.Recipe) driverOptions {
	if f.image == "" {
		return driverOptions{}
	}
	return driverOptions{images: map[string]string{recipe.Name: f.image}}
}

// progress is a line about a check that has ended.
func progress(r trial.Result) string {
	verdict := "ok"
	if r.Err != nil {
		verdict = "FAILED"
	}
	return fmt.Sprintf("%s, %s: %s: %s after %.1f s", r.Shape, r.Profile, r.Check, verdict, r.Took.Seconds())
}

// printTrial prints every check in a table.
func printTrial(w io.Writer, results []trial.Result) error {
	t := reports.Table{Header: []string{"shape", "profile", "check", "", "seconds", "seen"}, Text: []int{0, 1, 2, 3, 5}, Wrap: []int{5}}
	for _, r := range results {
		verdict, seen := "ok", r.Detail
		if r.Err != nil {
			verdict = "FAILED"
			seen, _, _ = strings.Cut(r.Err.Error(), "\n") // all of it comes behind the table
		}
		t.Row(string(r.Shape), string(r.Profile), r.Check, verdict, fmt.Sprintf("%.1f", r.Took.Seconds()), seen)
	}
	if len(results) == 0 {
		return nil
	}
	return show(w, &t)
}

// failures are the checks that failed.
func failures(results []trial.Result) []trial.Result {
	var failed []trial.Result
	for _, r := range results {
		if r.Err != nil {
			failed = append(failed, r)
		}
	}
	return failed
}
