package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/calibration"
)

func newCalibrate() *cobra.Command {
	var o calibration.Options
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "prove the measurements against a broker that misbehaves",
		Long: "Calibrate drops, duplicates, swaps, delays, corrupts and forgets messages with a broker that counts what it does,\n" +
			"and compares that with what mqbench reports. Any difference is exit code 1.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Messages < 1 {
				return exitError{exitUsage, fmt.Errorf("--messages: got %d, want 1 or more", o.Messages)}
			}
			equal, err := calibration.Run(c.Context(), c.OutOrStdout(), o)
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			if !equal {
				return exitError{code: exitFail}
			}
			return nil
		},
	}
	c.Flags().IntVar(&o.Messages, "messages", 1_000_000, "messages of the clean run")
	return c
}
