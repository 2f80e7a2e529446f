package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/reports/page"
)

// finish compares what there is, writes the files of the comparison, and says what came of it. Without a folder there are
// no files.
func (f *compareFlags) finish(c *cobra.Command, s *compare.Comparison, dir *coordinator.Dir) error {
	results, err := resultsOf(s, dir)
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	s.Ended = time.Now().UTC()
	s.Conclude(results, f.rank)
	o := compare.TextOptions{Width: width(c.OutOrStdout()), Color: colour(c.OutOrStdout())}
	if dir != nil {
		o.Dir = dir.Root
		if err := writeComparison(c, s, results, dir); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	if err := s.WriteText(c.OutOrStdout(), o); err != nil && !unread(err) {
		return exitError{exitEnvironment, err}
	}
	if code := f.verdictCode(s); code != exitPass {
		return exitError{code: code}
	}
	return nil
}

// writeComparison writes the files of a comparison.
func writeComparison(c *cobra.Command, s *compare.Comparison, results [][]*reports.Result, dir *coordinator.Dir) error {
	drawn := page.Comparison{Of: s, Typical: typical(c, s, results, dir), Links: links(s, dir)}
	return errors.Join(
		dir.Write(compare.FileName, s.WriteJSON),
		dir.Write("comparison.csv", s.WriteCSV),
		dir.Write("comparison.md", s.WriteMarkdown),
		dir.Write("comparison.html", func(w io.Writer) error { return page.WriteComparison(w, drawn) }),
	)
}

// typical reads a run of each variant again, one after the other: records are large. One that cannot be read is said, and
// not drawn.
func typical(c *cobra.Command, s *compare.Comparison, results [][]*reports.Result, dir *coordinator.Dir) []*page.Typical {
	list := make([]*page.Typical, len(s.Variants))
	for variant, number := range s.Typical(results) {
		if number < 0 {
			continue
		}
		saved, err := coordinator.ExistingDir(whereOf(s.Runs[number], dir))
		if err != nil {
			continue // the result alone was kept
		}
		judged, err := coordinator.Judge(saved)
		if err != nil {
			fmt.Fprintf(c.ErrOrStderr(), "mqbench: not drawn: run %d: %v\n", number+1, err)
			continue
		}
		list[variant] = page.TypicalOf(number, judged.Result, judged.Record, judged.Analysis)
	}
	return list
}

// links are the addresses of the reports of the runs, relative to the folder of the comparison.
func links(s *compare.Comparison, dir *coordinator.Dir) []string {
	list := make([]string, len(s.Runs))
	root, err := filepath.Abs(dir.Root)
	if err != nil {
		return list
	}
	for i, run := range s.Runs {
		report := filepath.Join(whereOf(run, dir), "report.html")
		if !isFile(report) {
			continue
		}
		absolute, err := filepath.Abs(report)
		if err != nil {
			continue
		}
		if relative, err := filepath.Rel(root, absolute); err == nil {
			list[i] = (&url.URL{Path: "./" + filepath.ToSlash(relative)}).String()
		}
	}
	return list
}

// resultsOf reads the results of the runs that were measured to their end, by variant.
func resultsOf(s *compare.Comparison, dir *coordinator.Dir) ([][]*reports.Result, error) {
	results := make([][]*reports.Result, len(s.Variants))
	for _, run := range s.Runs {
		if run.State != compare.Done {
			continue
		}
		r, err := reports.Load(whereOf(run, dir))
		if err != nil {
			return nil, err
		}
		results[run.Variant] = append(results[run.Variant], r)
	}
	return results, nil
}

// whereOf is the folder of a run.
func whereOf(run compare.Run, dir *coordinator.Dir) string {
	if dir == nil || filepath.IsAbs(run.Dir) {
		return run.Dir
	}
	return filepath.Join(dir.Root, run.Dir)
}
