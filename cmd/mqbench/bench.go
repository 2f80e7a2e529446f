package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/benchmark"
	"github.com/mqbench/mqbench/fixtures/process"
	"github.com/mqbench/mqbench/reports"
)

func newBench() *cobra.Command {
	o := benchmark.Options{}
	var only string
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "what the load engine costs per message and client",
		Long: "Bench measures what the generator's process costs: CPU time and allocations per message at full speed and at a fixed rate,\n" +
			"beside plain system calls on the same kind of sockets; memory per client, connecting, publish delay, and the record in memory.\n" +
			"At the other end is a process that only acknowledges or only sends, whose time does not count. The libraries take turns;\n" +
			"figures are medians of the rounds. The last columns say whether each goal is met. Allocations are those of the whole process:\n" +
			"what the record does once a second is among them. In doubt is what a machine that is busy did not do at its rate.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			err := prepareBench(&o, only)
			if err != nil {
				return err
			}
			dir, remove, err := process.WorkFolder("bench")
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			o.Dir = dir
			rows, err := bench(c, o)
			if err = errors.Join(err, remove()); errors.Is(err, benchmark.ErrOptions) {
				return exitError{exitUsage, err}
			}
			if asJSON && err == nil {
				return writeJSON(c.OutOrStdout(), rows)
			}
			// What was measured is shown, also when the next case failed.
			if err := errors.Join(err, showBench(c.OutOrStdout(), rows)); err != nil {
				return exitError{exitEnvironment, err}
			}
			return nil
		},
	}
	c.Flags().IntVar(&o.Rounds, "rounds", 5, "rounds of each library")
	c.Flags().IntVar(&o.Clients, "clients", 50, "clients at full speed")
	c.Flags().IntVar(&o.Many, "many", 5000, "clients of all other cases")
	c.Flags().IntVar(&o.Rate, "rate", 20_000, "messages per second over all clients, of the cases at a fixed rate")
	c.Flags().IntVar(&o.Payload, "payload", 64, "bytes of a message")
	c.Flags().Float64Var(&o.Share, "share", 1, "the part of a full round that is measured: sooner done, and less sure")
	c.Flags().StringVar(&only, "only", "", "measure only cases whose names match this regular expression, such as qos1 or idle")
	c.Flags().StringVar(&o.Profile, "profile", "", "write CPU and allocation profiles of one more round of each case into this folder")
	c.Flags().BoolVar(&asJSON, "json", false, "print all figures as JSON")
	return c
}

// prepareBench fills in what the flags say in other words.
func prepareBench(o *benchmark.Options, only string) (err error) {
	if o.Self, err = os.Executable(); err != nil {
		return exitError{exitEnvironment, err}
	}
	if only != "" {
		if o.Only, err = regexp.Compile(only); err != nil {
			return exitError{exitUsage, fmt.Errorf("--only: %w", err)}
		}
	}
	if o.Profile == "" {
		return nil
	}
	if o.Profile, err = filepath.Abs(o.Profile); err == nil {
		err = os.MkdirAll(o.Profile, 0o755)
	}
	if err != nil {
		return exitError{exitEnvironment, fmt.Errorf("--profile: %w", err)}
	}
	return nil
}

// bench measures, and says on the way what is done.
func bench(c *cobra.Command, o benchmark.Options) (rows []benchmark.Row, err error) {
	err = benchmark.Run(c.Context(), o, func(r benchmark.Row) error {
		rows = append(rows, r)
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s %s\n", r.Case, r.Name, benchFigure(r.Median(benchmark.Ours), r.Unit))
		return nil
	})
	return rows, err
}

// showBench prints a table for each group of rows.
func showBench(w io.Writer, rows []benchmark.Row) error {
	for len(rows) > 0 {
		title := rows[0].Group
		t := reports.Table{
			Header: []string{"", "mqbench", "paho.golang", "ratio", "allocs", "goal", ""}, Text: []int{0, 6},
		}
		for len(rows) > 0 && rows[0].Group == title {
			t.Row(benchRow(rows[0])...)
			rows = rows[1:]
		}
		fmt.Fprintln(w, title)
		if err := show(w, &t); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return nil
}

func benchRow(r benchmark.Row) []string {
	cells := []string{r.Name, benchFigure(r.Median(benchmark.Ours), r.Unit)}
	paho, ratio := "", ""
	if len(r.Figures[benchmark.Paho]) > 0 {
		paho = benchFigure(r.Median(benchmark.Paho), r.Unit)
	}
	if r.Ratio() > 0 {
		ratio = fmt.Sprintf("%.1f×", r.Ratio())
	}
	cells = append(cells, paho, ratio)
	if r.Allocations >= 0 {
		cells = append(cells, fmt.Sprintf("%.2f", r.Allocations))
	} else {
		cells = append(cells, "")
	}
	if r.Goal.Bound == 0 {
		return cells
	}
	sign := "≤ "
	if r.Goal.AtLeast {
		sign = "≥ "
	}
	verdict := "met"
	if !r.Met() {
		verdict = "missed"
	}
	if r.Doubt {
		verdict = "in doubt" // the machine was too busy for the rate
	} else if r.Goal.Times > 0 {
		// So many times the plain system calls that it needs at the least.
		verdict = fmt.Sprintf("%.1f× %s", r.Median(benchmark.Ours)/r.Goal.Bound*r.Goal.Times, verdict)
	}
	return append(cells, sign+benchFigure(r.Goal.Bound, r.Unit), verdict)
}

// benchFigure is a figure as the table shows it.
func benchFigure(value float64, unit string) string {
	switch {
	case unit == "/s":
		return fmt.Sprintf("%.0f/s", value)
	case value >= 100:
		return fmt.Sprintf("%.0f %s", value, unit)
	default:
		return strings.TrimSpace(fmt.Sprintf("%.2f %s", value, unit))
	}
}

// newBenchClient and newBenchCounterpart are the two ends of a measurement, each a process of its own.
func newBenchClient() *cobra.Command {
	return &cobra.Command{
		Use: "bench-client", Hidden: true, Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := benchmark.Client(c.Context(), c.InOrStdin(), c.OutOrStdout()); err != nil {
				return exitError{exitEnvironment, err}
			}
			return nil
		},
	}
}

func newBenchCounterpart() *cobra.Command {
	return &cobra.Command{
		Use: "bench-counterpart SPEC", Hidden: true, Args: wants("one specification", one),
		RunE: func(c *cobra.Command, args []string) error {
			var s benchmark.Spec
			if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
				return exitError{exitUsage, err}
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			fmt.Fprintln(c.OutOrStdout(), l.Addr())
			if err := benchmark.Counterpart(c.Context(), c.InOrStdin(), l, s); err != nil {
				return exitError{exitEnvironment, err}
			}
			return nil
		},
	}
}
