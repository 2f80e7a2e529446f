package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// definedExit is the kind of the exit codes, which only the command has.
const definedExit reports.DefinitionKind = "exit code"

// definitions are all words that mqbench explains.
func definitions() []reports.Definition {
	all := reports.Definitions()
	for _, e := range exits() {
		all = append(all, reports.Definition{Kind: definedExit, Name: fmt.Sprint(e.code), Text: e.meaning})
	}
	return all
}

func newExplain() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [WORD…]",
		Short: "what a metric, a finding or another word means",
		Long: "Explain defines a word that stands in a report or a scenario: a metric, a statistic, a window, a finding, a figure of the\n" +
			"generator, a verdict, an exit code. A threshold is explained by its parts. Without a word it lists what it knows.",
		Example: "  mqbench explain end_to_end.p99\n  mqbench explain silent loss\n" +
			"  mqbench explain \"failover.p99 < 5s\"\n  mqbench explain 3",
		RunE: func(c *cobra.Command, args []string) error {
			w := c.OutOrStdout()
			found := definitions()
			if len(args) > 0 {
				var err error
				if found, err = explain(strings.Join(args, " ")); err != nil {
					return err
				}
			}
			switch {
			case asJSON:
				return writeJSON(w, found)
			case len(args) == 0:
				return listDefinitions(w, found)
			default:
				return reports.WriteDefinitions(w, found, width(w), colour(w))
			}
		},
		ValidArgsFunction: completeWords,
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the definitions as JSON")
	return c
}

// explain finds the definitions of a word, or of the parts of a threshold or of its figure.
func explain(text string) ([]reports.Definition, error) {
	all := definitions()
	if found := reports.Define(all, text); len(found) > 0 {
		return found, nil
	}
	parts := []string{text}
	if metric, statistic, dotted := strings.Cut(text, "."); dotted {
		parts = []string{metric, statistic}
	}
	if t, err := scenarios.ParseThreshold(text); err == nil {
		parts = []string{t.Metric, t.Statistic, string(t.Window)}
	}
	var found []reports.Definition
	for _, part := range parts {
		if part == "" {
			continue
		}
		of := reports.Define(all, part)
		if len(of) == 0 {
			return nil, fmt.Errorf("nothing is called %q%s; `mqbench explain` lists everything", part, meant(part, all))
		}
		found = append(found, of...)
	}
	return found, nil
}

// meant proposes the nearest word.
func meant(text string, all []reports.Definition) string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	if near := scenarios.Nearest(text, names); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// listDefinitions lists the words by kind.
func listDefinitions(w io.Writer, all []reports.Definition) error {
	for len(all) > 0 {
		kind := all[0].Kind
		var names []string
		for len(all) > 0 && all[0].Kind == kind {
			names = append(names, all[0].Name)
			all = all[1:]
		}
		if err := reports.WriteList(w, string(kind), names, width(w), colour(w)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "\nmqbench explain WORD defines one of them.")
	return err
}

// completeWords offers the words of one argument.
func completeWords(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	var list []cobra.Completion
	for _, d := range reports.Definitions() { // not the exit codes: their names say nothing
		list = append(list, cobra.CompletionWithDesc(d.Name, string(d.Kind)))
	}
	return list, noFiles
}
