package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

func newPlan() *cobra.Command {
	var f scenarioFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "plan SCENARIO",
		Short: "print what a run would do: clients, faults, expected messages, budgets",
		Args:  wants("one scenario: a file, or the name of a shipped one", one),
		RunE: func(c *cobra.Command, args []string) error {
			s, recipe, err := f.load(c, args[0])
			if err != nil {
				return err
			}
			plan, err := coordinator.MakePlan(s, recipe.Capabilities(), coordinator.FileLimit())
			if err != nil {
				return exitError{exitUsage, err}
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), plan)
			}
			return printPlan(c.OutOrStdout(), s, recipe.Name, plan)
		},
	}
	f.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the whole plan as JSON")
	return c
}

func printPlan(w io.Writer, s *scenarios.Scenario, broker string, p *coordinator.Plan) error {
	fmt.Fprintf(w, "%s: %d × %s (%s, %s, %s settings), seed %d\n", s.Name, s.Topology.Nodes, broker, s.Topology.Shape,
		s.Topology.Runtime, s.Topology.Profile, p.Seed)
	fmt.Fprintf(w, "phases: warmup %s, measure %s, drain at most %s\n", s.Phases.Warmup, s.Phases.Measure, s.Phases.Drain)
	printTopology(w, s)
	fmt.Fprintln(w)

	clients := reports.Table{
		Header: []string{"clients", "count", "topic or filter", "qos", "each", "in all", "arrival", "at"}, Text: []int{0, 2, 6, 7},
	}
	for i, g := range s.Workload.Publishers {
		total := scenarios.Rate(float64(g.Rate) * float64(g.Count))
		clients.Row("pub "+g.Name, fmt.Sprint(g.Count), g.Topic, fmt.Sprint(g.QoS),
			g.Rate.String(), total.String(), string(g.Arrival), homes(p.Brokers, publishersAt(p, i)))
	}
	for i, g := range s.Workload.Subscribers {
		filters := strings.Join(append([]string{}, g.Filters...), " ")
		if g.Filter != "" {
			filters = g.Filter
		}
		clients.Row("sub "+g.Name, fmt.Sprint(g.Count), filters, fmt.Sprint(g.QoS), "", "", "", homes(p.Brokers, subscribersAt(p, i)))
	}
	if err := show(w, &clients); err != nil {
		return err
	}
	printFaults(w, p)
	fmt.Fprintf(w, "\nexpected: %d messages and %d deliveries in the measurement (%.0f/s and %.0f/s)\n",
		p.Expected.Measure.Messages, p.Expected.Measure.Deliveries, p.Budget.Rate, p.Budget.Deliveries)
	_, err := fmt.Fprintf(w, "budget: %d open files of %d, load for %s\n", p.Budget.FileDescriptors, p.Budget.FileLimit, p.Budget.Length)
	return err
}

func printFaults(w io.Writer, p *coordinator.Plan) {
	if len(p.Chaos) == 0 {
		fmt.Fprintln(w, "\nno faults")
		return
	}
	fmt.Fprintln(w, "\nfaults, since the start of the measurement:")
	for _, step := range p.Chaos {
		fmt.Fprintf(w, "  %8s  %s (chaos[%d])\n", step.At.Round(time.Millisecond), step.Describe(p.Brokers), step.Line)
	}
}

// homes says how many clients start at each broker.
func homes(brokers []string, counts []int) string {
	var parts []string
	for b, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", brokers[b], n))
		}
	}
	return strings.Join(parts, ", ")
}

// publishersAt counts the publishers of a group by the broker at which they start.
func publishersAt(p *coordinator.Plan, group int) []int {
	counts := make([]int, len(p.Brokers))
	for _, c := range p.Assignment.Publishers {
		if c.Group == group {
			counts[c.Home]++
		}
	}
	return counts
}

// subscribersAt does the same for subscribers.
func subscribersAt(p *coordinator.Plan, group int) []int {
	counts := make([]int, len(p.Brokers))
	for _, c := range p.Assignment.Subscribers {
		if c.Group == group {
			counts[c.Home]++
		}
	}
	return counts
}
