package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/container"
	"github.com/mqbench/mqbench/fixtures/process"
	"github.com/mqbench/mqbench/scenarios"
)

// driverOptions are what a driver can be told on the command line.
type driverOptions struct {
	// images are container images to use instead of those of recipes, by the recipe's name.
	images map[string]string
}

// newDriver makes the driver of a runtime. It touches nothing yet.
func newDriver(runtime scenarios.Runtime, o driverOptions) (fixtures.Driver, error) {
	switch runtime {
	case scenarios.RuntimeProcess:
		return process.New(""), nil
	case scenarios.RuntimeContainer:
		return container.New(container.Options{Images: o.images}), nil
	default:
		return nil, fmt.Errorf("runtime %q: unknown", runtime)
	}
}

// netem tells what keeps the kernel of the containers from delaying packets. Where there is no engine to ask nobody
// knows: a scenario can be checked all the same, and a run of it says that there is none.
func netem(ctx context.Context) func() error {
	return func() error {
		err := container.Netem(ctx, container.Options{})
		if errors.Is(err, fixtures.ErrEnvironment) {
			return nil
		}
		return err
	}
}

func newClean() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "remove what crashed runs left, and nothing else",
		Long: "Clean removes what runs that crashed left: broker processes, temporary folders, containers, networks and volumes. It\n" +
			"touches nothing of runs that are under way, and no run directory.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			said := counter{w: c.OutOrStdout()}
			err := errors.Join(process.Clean(&said), container.Clean(c.Context(), &said))
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			if said.n == 0 {
				fmt.Fprintln(c.OutOrStdout(), "nothing to clean")
			}
			return nil
		},
	}
}

// counter counts the bytes that it passes on.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return c.w.Write(p)
}
