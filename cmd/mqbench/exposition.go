package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/exposition"
)

// A metricsFlag is where the figures of runs are served while they last; empty: nowhere.
type metricsFlag string

func (f *metricsFlag) register(c *cobra.Command) {
	c.Flags().StringVar((*string)(f), "metrics", "",
		"serve the figures of the run while it lasts at HOST:PORT/metrics, for Prometheus (port 0: a free one, printed)")
}

// listen begins to serve, and says where. The server is nil where none was asked for; [unserve] ends it.
func (f *metricsFlag) listen(c *cobra.Command) (*exposition.Server, error) {
	if *f == "" {
		return nil, nil
	}
	server, err := exposition.Listen(string(*f))
	switch {
	case errors.Is(err, exposition.ErrAddress):
		return nil, exitError{exitUsage, err}
	case err != nil:
		return nil, exitError{exitEnvironment, fmt.Errorf("%w: choose another --metrics", err)}
	}
	fmt.Fprintf(c.ErrOrStderr(), "metrics at %s\n", server.URL())
	return server, nil
}

// unserve ends a server, or nothing. By then everything has been said that the exit code depends on.
func unserve(c *cobra.Command, s *exposition.Server) {
	if s == nil {
		return
	}
	if err := s.Close(); err != nil {
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: %v\n", err)
	}
}

func newDashboard() *cobra.Command {
	return &cobra.Command{
		Use:   "dashboard",
		Short: "print a Grafana dashboard for `mqbench run --metrics`",
		Long: "Dashboard prints a dashboard that shows what `mqbench run --metrics HOST:PORT` serves. Grafana imports it as it is, and\n" +
			"asks for the Prometheus that scrapes mqbench; a scrape every second or two shows faults as they are.",
		Example: "  mqbench dashboard > mqbench.json",
		Args:    wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.OutOrStdout(), exposition.Dashboard)
			return err
		},
	}
}
