package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/calibration"
)

func newGateTrial() *cobra.Command {
	o := calibration.DefaultGateOptions()
	var quiet bool
	var keep string
	c := &cobra.Command{
		Use:   "gate-trial",
		Short: "how often the gate is wrong, measured",
		Long: "Gate-trial makes real runs over loopback against a broker that holds every delivery back for a known time, and holds them\n" +
			"against each other as `mqbench gate` does: runs of one and the same broker, and runs of it against one that is slower by a\n" +
			"fifth. It prints how often the gate fails, and exit code 1 if that is more than once in 100 where nothing has changed, or\n" +
			"less than 95 times in 100 where something has. It measures times: leave the machine alone meanwhile.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return exitError{exitUsage, err}
			}
			if stderr := c.ErrOrStderr(); !quiet {
				o.Progress = func(done, of int) {
					if done%max(1, of/20) == 0 {
						fmt.Fprintf(stderr, "%d of %d runs\n", done, of)
					}
				}
			}
			kept := false
			try := func(w io.Writer) (err error) {
				o.Keep = w
				kept, err = calibration.TryGates(c.Context(), c.OutOrStdout(), o)
				return err
			}
			var err error
			if keep == "" {
				err = try(nil)
			} else {
				err = writeWhole(keep, try)
			}
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			if !kept {
				return exitError{code: exitFail}
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.IntVar(&o.Gates, "gates", o.Gates, "gates of each kind, an even number; those of a kind have no run in common")
	flags.IntVar(&o.Runs, "runs", o.Runs, "runs of each side of a gate")
	flags.DurationVar(&o.Delay, "delay", o.Delay, "how long the broker holds each delivery back")
	flags.Float64Var(&o.Slower, "slower", o.Slower, "how many times as long the slower one does")
	flags.DurationVar(&o.Measure, "measure", o.Measure, "how long load is offered in a run")
	flags.StringVar(&keep, "keep", "", "file to keep all runs in, as a baseline")
	flags.BoolVar(&quiet, "quiet", false, "no progress, only the table")
	return c
}
