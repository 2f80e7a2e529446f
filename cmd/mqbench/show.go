package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
)

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show DIR|FILE",
		Short: "print the summary of a saved run",
		Long: "Show prints what `mqbench run` printed at the end of a run, from its result.json alone: nothing is judged again, and the\n" +
			"exit code is 0 whatever the verdict. `mqbench check` judges a run again.",
		Example: "  mqbench show latest\n  mqbench show runs/failover/20260301T120000Z\n  mqbench show result.json",
		Args:    wants("one run directory, or the result.json of one", one),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := runPath(args[0])
			if err != nil {
				return err
			}
			result, err := reports.Load(path)
			if err != nil {
				return exitError{exitUsage, err}
			}
			return summarise(c.OutOrStdout(), result, folder(path))
		},
		ValidArgsFunction: completeRuns,
	}
}

// folder is the run directory in which a result lies; "" where it is but a file.
func folder(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	if dir := filepath.Dir(path); filepath.Base(path) == "result.json" {
		if _, err := os.Stat(filepath.Join(dir, "scenario.yaml")); err == nil {
			return dir
		}
	}
	return ""
}
