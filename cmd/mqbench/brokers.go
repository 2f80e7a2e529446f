package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/embedded"
	"github.com/mqbench/mqbench/reports"
)

func newBrokers() *cobra.Command {
	return &cobra.Command{
		Use:   "brokers",
		Short: "list the broker products, what they can do and whether they are available here",
		Args:  wants("none", none),
		RunE:  func(c *cobra.Command, _ []string) error { return printBrokers(c.OutOrStdout()) },
	}
}

func printBrokers(w io.Writer) error {
	t := reports.Table{
		Header: []string{"broker", "protocols", "qos", "shapes", "runtimes", "available"}, Text: []int{0, 1, 2, 3, 4, 5},
	}
	for _, r := range brokers.All() {
		can := r.Capabilities()
		available := "yes"
		if err := r.Available(); err != nil {
			available = "no: " + err.Error()
		}
		t.Row(r.Name, words(can.Protocols), fmt.Sprintf("0..%d", can.MaxQoS), words(can.Shapes), words(can.Runtimes), available)
	}
	return show(w, &t)
}

func words[W ~string](list []W) string {
	var texts []string
	for _, w := range list {
		texts = append(texts, string(w))
	}
	return strings.Join(texts, ", ")
}

// newBroker is the hidden command as which mqbench starts itself to be an embedded broker.
func newBroker() *cobra.Command {
	var config string
	c := &cobra.Command{
		Use:    "broker KIND",
		Short:  "be one of the embedded brokers",
		Hidden: true,
		Args:   wants("the kind of broker", one),
		RunE: func(c *cobra.Command, args []string) error {
			if err := embedded.Run(c.Context(), args[0], config); err != nil {
				return exitError{exitEnvironment, err}
			}
			return nil
		},
	}
	c.Flags().StringVar(&config, "config", "", "configuration file")
	return c
}

func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(value)
}
