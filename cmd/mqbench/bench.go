package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/benchmark"
	"github.com/mqbench/mqbench/reports"
)

func newBench() *cobra.Command {
	o := benchmark.Options{}
	c := &cobra.Command{
		Use:   "bench",
		Short: "what the load engine costs per message and per client, beside paho.golang",
		Long: "Bench measures the CPU time of the generator's process per message, and its memory per idle client, against a process\n" +
			"that only acknowledges or only sends. The two libraries take turns; figures are medians of the rounds.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			o.Self = self
			t := reports.Table{Header: []string{"cost", "mqbench", "paho.golang", "ratio", "unit"}, Text: []int{0, 4}}
			err = benchmark.Run(c.Context(), o, func(r benchmark.Row) error {
				fmt.Fprintf(c.ErrOrStderr(), "%s: done\n", r.Case)
				ours, paho := r.Median(benchmark.Ours), r.Median(benchmark.Paho)
				t.Row(string(r.Case), fmt.Sprintf("%.2f", ours), fmt.Sprintf("%.2f", paho), fmt.Sprintf("%.1f×", r.Ratio()), r.Unit)
				return nil
			})
			if errors.Is(err, benchmark.ErrOptions) {
				return exitError{exitUsage, err}
			}
			if err != nil {
				return exitError{exitEnvironment, err}
			}
			return show(c.OutOrStdout(), &t)
		},
	}
	c.Flags().IntVar(&o.Rounds, "rounds", 5, "rounds of each library")
	c.Flags().IntVar(&o.Clients, "clients", 50, "clients at full speed")
	c.Flags().IntVar(&o.IdleClients, "idle-clients", 5000, "connected clients that do nothing")
	c.Flags().IntVar(&o.Payload, "payload", 64, "bytes of a message")
	return c
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
