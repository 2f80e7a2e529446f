package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
)

type reportFlags struct {
	formats []string
	out     string
}

func newReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "write the files of a saved run again, in any format",
		Long: "Report renders a saved run again. It judges the record of the run directory anew, so that everything it writes is of one\n" +
			"mind: the same record gives the same result, and where that of another mqbench was different, it says so. Where only a\n" +
			"result.json is there, or is named in place of the directory, it writes what can be made of that, and names the rest.\n" +
			"The exit code does not depend on the verdict: see `mqbench check`.\n\n" + formatsHelp(),
		Example: "  mqbench report latest --format html\n  mqbench report latest --format markdown --out - >> summary.md\n" +
			"  mqbench report result.json --format csv,junit --out tables",
		Args: wants("one run directory, or a result.json", one),
		RunE: func(c *cobra.Command, args []string) error { return f.report(c, args[0]) },

		ValidArgsFunction: completeRuns,
	}
	c.Flags().StringSliceVar(&f.formats, "format", []string{"all"}, "formats or names of files")
	complete(c, "format", coordinator.Formats)
	c.Flags().StringVar(&f.out, "out", "", "folder to write to, - for standard output (default: the run directory)")
	return c
}

// formatsHelp lists which files a format has.
func formatsHelp() string {
	var b strings.Builder
	b.WriteString("Formats:\n")
	for _, name := range coordinator.Formats() {
		files, _ := coordinator.Select([]string{name})
		var names []string
		for _, f := range files {
			names = append(names, f.Name)
		}
		list := reports.Wrapped(strings.Join(names, " "), 62)
		fmt.Fprintf(&b, "\n    %-10s %s", name, strings.ReplaceAll(list, "\n", "\n"+strings.Repeat(" ", 15)))
	}
	return b.String()
}

func (f *reportFlags) report(c *cobra.Command, path string) error {
	files, err := coordinator.Select(f.formats)
	if err != nil {
		return exitError{exitUsage, err}
	}
	if f.out == "-" && len(files) != 1 {
		return exitError{exitUsage, fmt.Errorf("standard output has room for one file, and %d were asked for: choose with --format %s",
			len(files), files[0].Name)}
	}
	path, err = runPath(path)
	if err != nil {
		return err
	}
	saved, err := coordinator.Reopen(path)
	if err != nil {
		return exitError{exitUsage, err}
	}
	files, left := possible(files, saved)
	if saved.Drift != "" {
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: judged anew, the result differs from the saved one: %s\n", saved.Drift)
	}
	if len(left) > 0 {
		missing := fmt.Errorf("not without the record of the run: %s (%w)", strings.Join(left, ", "), saved.Missing)
		if len(files) == 0 {
			return exitError{exitUsage, missing}
		}
		fmt.Fprintf(c.ErrOrStderr(), "mqbench: %v\n", missing)
	}
	if f.out == "-" {
		return files[0].Write(c.OutOrStdout(), saved.Judged)
	}
	return f.write(c, saved, files)
}

// possible parts the files that can be written from the names of those that cannot.
func possible(files []coordinator.File, saved *coordinator.Saved) (can []coordinator.File, left []string) {
	for _, file := range files {
		if file.OfRecord && saved.Record == nil {
			left = append(left, file.Name)
			continue
		}
		can = append(can, file)
	}
	return can, left
}

func (f *reportFlags) write(c *cobra.Command, saved *coordinator.Saved, files []coordinator.File) error {
	to := saved.Dir
	if f.out != "" {
		to = &coordinator.Dir{Root: f.out}
		if err := os.MkdirAll(f.out, 0o755); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	if err := to.WriteFiles(saved.Judged, files); err != nil {
		return exitError{exitEnvironment, err}
	}
	var problems error
	for _, file := range files {
		_, err := fmt.Fprintln(c.OutOrStdout(), filepath.Join(to.Root, file.Name))
		problems = errors.Join(problems, err)
	}
	return problems
}
