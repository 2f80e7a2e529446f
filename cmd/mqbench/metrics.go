package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

func newMetrics() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "metrics",
		Short: "the figures that thresholds, gates and comparisons can name",
		Long: "Metrics lists what a run is measured by: names, units, which way is better, statistics, and what is measured. Those of times\n" +
			"and counts over a distribution take a statistic (end_to_end.p99), those with windows a window (before, during or after\n" +
			"faults). Statistics with a star are the ones that gates and comparisons look at. `mqbench explain` says more.",
		Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return metricsJSON(c)
			}
			return metricsTable(c)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return c
}

// A listedMetric is a metric as programs read it.
type listedMetric struct {
	Name       string               `json:"name"`
	Title      string               `json:"title"`
	Kind       scenarios.MetricKind `json:"kind"`
	Unit       scenarios.Unit       `json:"unit"`
	Better     scenarios.Preference `json:"better"`
	Exact      bool                 `json:"exact"`
	Statistics []string             `json:"statistics"`
	Key        []string             `json:"key_figures"`
	Windows    []string             `json:"windows"`
	Definition string               `json:"definition"`
	Example    string               `json:"example"`
}

func metricsJSON(c *cobra.Command) error {
	list := []listedMetric{}
	for _, m := range scenarios.Metrics() {
		l := listedMetric{
			Name: m.Name, Title: m.Title, Kind: m.Kind, Unit: m.Unit, Better: m.Better, Exact: m.Exact,
			Statistics: append([]string{}, m.Statistics...), Key: []string{}, Windows: []string{}, Definition: m.Definition, Example: m.Example(),
		}
		for _, k := range m.KeyFigures(false) {
			l.Key = append(l.Key, k.String())
		}
		if m.Windows {
			for _, w := range scenarios.Windows() {
				l.Windows = append(l.Windows, w.Name)
			}
		}
		list = append(list, l)
	}
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(list)
}

func metricsTable(c *cobra.Command) error {
	w := c.OutOrStdout()
	table := reports.Table{Header: []string{"metric", "unit", "better", "statistics", "windows"}, Text: []int{0, 1, 2, 3, 4}, Wrap: []int{3}}
	for _, m := range scenarios.Metrics() {
		windows := ""
		if m.Windows {
			windows = "yes"
		}
		table.Row(m.Name, string(m.Unit), string(m.Better), statisticsOf(m), windows)
	}
	if err := show(w, &table); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, m := range scenarios.Metrics() {
		if err := reports.WriteParagraph(w, m.Name, m.Definition, width(w), colour(w)); err != nil {
			return err
		}
	}
	return nil
}

// statisticsOf lists the statistics of a metric, key ones with a star.
func statisticsOf(m scenarios.Metric) string {
	if len(m.Statistics) == 0 {
		if len(m.Key) > 0 {
			return "*"
		}
		return ""
	}
	var names []string
	for _, s := range m.Statistics {
		if slices.Contains(m.Key, s) {
			s += "*"
		}
		names = append(names, s)
	}
	return strings.Join(names, " ")
}
