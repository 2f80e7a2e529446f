package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/scenarios"
)

// scenarioFlags are the flags that change a scenario on its way in; each is a short form of a --set.
type scenarioFlags struct {
	set                            []string
	broker, runtime, shape, subnet string
	images                         map[string]string
	nodes                          int
	seed                           uint64
	duration                       time.Duration
}

func (f *scenarioFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a value, such as workload.publishers[0].rate=10/s (repeatable)")
	flags.StringVar(&f.broker, "broker", "", "broker product or recipe file (topology.broker)")
	flags.StringVar(&f.runtime, "runtime", "", "where the brokers run (topology.runtime)")
	flags.StringVar(&f.shape, "shape", "", "how the brokers are joined (topology.shape)")
	flags.StringVar(&f.subnet, "subnet", "", "network of the containers, such as 198.18.7.0/24 (topology.subnet)")
	flags.StringToStringVar(&f.images, "image", nil, "BROKER=IMAGE: container image to use instead of the recipe's (repeatable)")
	flags.IntVar(&f.nodes, "nodes", 0, "number of brokers (topology.nodes)")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of every random choice (seed)")
	flags.DurationVar(&f.duration, "duration", 0, "length of the measurement (phases.measure)")
	completeFiles(c, "broker", brokerNames, ".yaml", ".yml")
	complete(c, "runtime", scenarios.WordsOf[scenarios.Runtime])
	complete(c, "shape", scenarios.WordsOf[scenarios.Shape])
}

// overrides are the flags as overrides; explicit --set come last and win.
func (f *scenarioFlags) overrides(c *cobra.Command) []string {
	var set []string
	add := func(flag, path string, value any) {
		if c.Flags().Changed(flag) {
			set = append(set, fmt.Sprintf("%s=%v", path, value))
		}
	}
	add("broker", "topology.broker", f.broker)
	add("runtime", "topology.runtime", f.runtime)
	add("shape", "topology.shape", f.shape)
	add("subnet", "topology.subnet", f.subnet)
	add("nodes", "topology.nodes", f.nodes)
	add("seed", "seed", f.seed)
	add("duration", "phases.measure", f.duration)
	return append(set, f.set...)
}

// load reads a scenario and the recipe that it names; mistakes in either are errors of usage.
func (f *scenarioFlags) load(c *cobra.Command, name string) (*scenarios.Scenario, brokers.Recipe, error) {
	return loadScenario(c.Context(), name, f.overrides(c), f.images)
}

// loadScenario does the same for overrides that do not come from flags.
func loadScenario(
	ctx context.Context, name string, overrides []string, with map[string]string,
) (*scenarios.Scenario, brokers.Recipe, error) {
	s, err := scenarios.Load(name, scenarios.LoadOptions{
		Overrides: overrides, Capabilities: capabilities, FileLimit: coordinator.FileLimit(), Netem: netem(ctx), ReadFile: os.ReadFile,
	})
	if err != nil {
		return nil, brokers.Recipe{}, exitError{exitUsage, err}
	}
	recipe, err := brokers.Lookup(s.Topology.Broker)
	if err != nil {
		return nil, brokers.Recipe{}, exitError{exitUsage, err}
	}
	if err := checkImages(s.Topology, recipe.Name, with); err != nil {
		return nil, brokers.Recipe{}, exitError{exitUsage, err}
	}
	if image := with[recipe.Name]; image != "" {
		s.Topology.Image = image // the scenario is saved as it was run
	}
	if err := s.AbsoluteFiles(); err != nil { // for the same reason
		return nil, brokers.Recipe{}, exitError{exitEnvironment, err}
	}
	if scenarios.IsRecipePath(s.Topology.Broker) {
		// The scenario is saved with the run, and can be run again from there.
		if s.Topology.Broker, err = filepath.Abs(s.Topology.Broker); err != nil {
			return nil, brokers.Recipe{}, exitError{exitEnvironment, err}
		}
	}
	return s, recipe, nil
}

// checkImages finds images that the run would have no use for.
func checkImages(t scenarios.Topology, broker string, with map[string]string) error {
	used := []string{broker}
	if t.Balanced() {
		used = append(used, string(t.Balancer))
	}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		image := with[name]
		switch flag := "--image " + name + "=" + image; {
		case t.Runtime != scenarios.RuntimeContainer:
			return fmt.Errorf("%s needs runtime container, and runtime is %s", flag, t.Runtime)
		case !slices.Contains(used, name):
			return fmt.Errorf("%s: nothing of this run is called %q: want %s=IMAGE", flag, name, strings.Join(used, "=IMAGE or "))
		}
		if err := scenarios.CheckImage(image); err != nil {
			return fmt.Errorf("--image %s: %w", name, err)
		}
	}
	return nil
}

// capabilities tells the language what a product can do.
func capabilities(broker string) (scenarios.Capabilities, error) {
	recipe, err := brokers.Lookup(broker)
	if err != nil {
		return scenarios.Capabilities{}, err
	}
	return recipe.Capabilities(), nil
}

func newValidate() *cobra.Command {
	var f scenarioFlags
	c := &cobra.Command{
		Use:   "validate FILE…",
		Short: "check scenario files and report every mistake",
		Long: "Validate reads scenarios and the recipes that they name, and reports every mistake with its file, line and column. The\n" +
			"exit code is 0 if there is none, and 2 otherwise.",
		Example: "  mqbench validate scenarios/*.yaml\n  mqbench validate failover --broker emqx",
		Args:    wants("one or more scenario files or names", oneOrMore),

		ValidArgsFunction: completeScenarios(0),
		RunE: func(c *cobra.Command, args []string) error {
			var all []error
			for _, name := range args {
				if _, _, err := f.load(c, name); err != nil {
					all = append(all, err)
					continue
				}
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: ok\n", name); err != nil {
					return err
				}
			}
			if len(all) > 0 {
				return exitError{exitUsage, errors.Join(all...)}
			}
			return nil
		},
	}
	f.register(c)
	return c
}

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of scenario files, for editors",
		Long: "Schema prints the JSON Schema of scenario files. With the comment\n\n    # yaml-language-server: $schema=mqbench.schema.json\n\n" +
			"at their top, editors know the keys, complete them and say what they mean.",
		Example: "  mqbench schema > mqbench.schema.json",
		Args:    wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			schema, err := scenarios.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", schema)
			return err
		},
	}
}
