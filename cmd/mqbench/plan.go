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
		Short: "print what a run would do, and what it needs",
		Long: "Plan prints what a run would do, and starts nothing: who connects where and how, who comes and goes, every fault with the\n" +
			"target that is drawn for it, the messages that are expected, and the budget of open files, ports and memory.",
		Example: "  mqbench plan failover --seed 7\n  mqbench plan mine.yaml --json | jq .Chaos",
		Args:    wants("one scenario: a file, or the name of a shipped one", one),

		ValidArgsFunction: completeScenarios(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, recipe, err := f.load(c, args[0])
			if err != nil {
				return err
			}
			plan, err := coordinator.MakePlan(s, recipe.Capabilities(), coordinator.ThisMachine())
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
	printClient(w, s)
	fmt.Fprintln(w)

	clients := reports.Table{
		Header: []string{"clients", "count", "topic or filter", "qos", "each", "in all", "arrival", "at"}, Text: []int{0, 2, 6, 7},
		Wrap: []int{7},
	}
	for i, g := range s.Workload.Publishers {
		each, all, arrival := ratesOf(p, i)
		clients.Row("pub "+g.Name, fmt.Sprint(g.Count), g.Topic, fmt.Sprint(g.QoS), each, all, arrival,
			homes(p.Brokers, publishersAt(p, i)))
		if r, device := g.Receivers(); device {
			clients.Row("  and sub", "", filtersOf(r), fmt.Sprint(r.QoS), "", "", "", "")
		}
	}
	for i, g := range s.Workload.Subscribers {
		clients.Row("sub "+g.Name, fmt.Sprint(g.Count), filtersOf(g), fmt.Sprint(g.QoS), "", "", "", homes(p.Brokers, subscribersAt(p, i)))
	}
	if err := show(w, &clients); err != nil {
		return err
	}
	if err := printAttendance(w, s, p); err != nil {
		return err
	}
	printFaults(w, p)
	printCourse(w, p.Budget.Offered)
	printExpected(w, p, s.Phases.Measure)
	b := p.Budget
	_, err := fmt.Fprintf(w, "budget: %d open files%s, load for %s\n"+
		"        %d ports%s from one address to one broker\n"+
		"        about %d MiB%s with %d flows\n",
		b.FileDescriptors, ofLimit(int64(b.FileLimit)), b.Length,
		b.Ports, ofLimit(int64(b.PortLimit)), b.MemoryBytes>>20, ofLimit(b.MemoryLimit>>20), b.Flows)
	return err
}

// filtersOf is what a group subscribes to.
func filtersOf(g scenarios.SubscriberGroup) string {
	if g.Filter != "" {
		return g.Filter
	}
	return strings.Join(g.Filters, " ")
}

// printExpected says what comes of the load. Absences of publishers are in it, to the message; those of subscribers are
// not, for what one misses hangs on when each message passes the broker; nor are closed loops, of which nobody knows.
func printExpected(w io.Writer, p *coordinator.Plan, measure time.Duration) {
	closed := p.Budget.Offered.Closed
	if closed > 0 && closed == len(p.Assignment.Publishers) {
		fmt.Fprintln(w, "expected: what the closed loops will offer")
		return
	}
	e, seconds := p.Expected.Measure, measure.Seconds()
	besides, most, why := "", "", ""
	if closed > 0 {
		besides = ", closed loops not among them"
	}
	if !p.Assignment.Attentive() {
		most, why = "at most ", ",\n          which is if no subscriber were ever away"
	}
	fmt.Fprintf(w, "expected: %d messages in the measurement, %.0f/s%s\n          %s%d deliveries, %.0f/s%s\n",
		e.Messages, float64(e.Messages)/seconds, besides, most, e.Deliveries, float64(e.Deliveries)/seconds, why)
}

// ofLimit says how much there is, where that is known.
func ofLimit(limit int64) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", limit)
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
			parts = append(parts, fmt.Sprintf("%s:%d", brokers[b], n))
		}
	}
	return strings.Join(parts, " ")
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
