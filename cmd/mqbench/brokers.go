package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/container"
	"github.com/mqbench/mqbench/fixtures/embedded"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/transport"
)

func newBrokers() *cobra.Command {
	c := &cobra.Command{
		Use:   "brokers",
		Short: "list the broker products, and what is available here",
		Long: "Brokers lists the broker products: the protocols, QoS, shapes and transports that each has, and whether it can run here, as\n" +
			"a process or in a container.",
		Example: "  mqbench brokers\n  mqbench brokers show mosquitto\n  mqbench brokers test nats",
		Args:    wants("none", none),
		RunE:    func(c *cobra.Command, _ []string) error { return printBrokers(c.Context(), c.OutOrStdout()) },
	}
	c.AddCommand(newShowBroker(), newTestBroker())
	return c
}

func printBrokers(ctx context.Context, w io.Writer) (err error) {
	engine, noEngine := container.Connect(ctx)
	if noEngine == nil {
		defer func() { err = errors.Join(err, engine.Close()) }()
	}
	all := brokers.All()
	common := shapesOfAll(all)
	t := reports.Table{
		Header: []string{"broker", "protocols", "qos", "further shapes", "transports", "process", "container"},
		Text:   []int{0, 1, 2, 3, 4, 5, 6}, Wrap: []int{3},
	}
	for _, r := range all {
		can := r.Capabilities()
		inContainer := "no Docker"
		if noEngine == nil {
			inContainer = engine.Availability(ctx, r)
		}
		further := slices.DeleteFunc(slices.Clone(can.Shapes), func(s scenarios.Shape) bool { return slices.Contains(common, s) })
		t.Row(r.Name, spaced(can.Protocols), fmt.Sprintf("0–%d", can.MaxQoS), spaced(further), spaced(can.Transports),
			availableProcess(r), imageCell(inContainer, width(w)))
	}
	if err := show(w, &t); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, flowed(fmt.Sprintf("All form the shapes %s. transports: what they listen for besides plain TCP; process: "+
		"whether the program is on the PATH; container: the image that is there, or how to get one (build: `mqbench images` does; "+
		"pull: a run does; none: it has to be made).", words(common)), width(w)))
	return err
}

// roomForImages is the width from which the list of brokers names images.
const roomForImages = 100

// imageCell is the availability of a container as far as there is room for it.
func imageCell(availability string, columns int) string {
	if columns >= roomForImages {
		return availability
	}
	word, image, _ := strings.Cut(availability, " ")
	switch {
	case strings.Contains(image, "/"): // how to get it
		return strings.TrimSuffix(word, ":")
	case strings.Contains(word, "/"): // the image is there
		return "yes"
	default:
		return availability
	}
}

// shapesOfAll are the shapes that each of some products forms.
func shapesOfAll(all []brokers.Recipe) []scenarios.Shape {
	common := slices.Clone(all[0].Shapes)
	for _, r := range all[1:] {
		common = slices.DeleteFunc(common, func(s scenarios.Shape) bool { return !slices.Contains(r.Shapes, s) })
	}
	return common
}

// availableProcess says whether a product can be started as a process.
func availableProcess(r brokers.Recipe) string {
	switch {
	case r.Process == nil:
		return "-"
	case r.Available() != nil:
		return "no"
	default:
		return "yes"
	}
}

func words[W ~string](list []W) string { return joined(list, ", ") }

// spaced is words for the cell of a table.
func spaced[W ~string](list []W) string { return joined(list, " ") }

func joined[W ~string](list []W, between string) string {
	var texts []string
	for _, w := range list {
		texts = append(texts, string(w))
	}
	return strings.Join(texts, between)
}

// showFlags choose what of a recipe is shown.
type showFlags struct {
	runtime, shape, profile, transport string
	nodes                              int
}

func newShowBroker() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:     "show NAME|FILE",
		Short:   "print a recipe, and the commands and files it comes to",
		Example: "  mqbench brokers show mosquitto --shape star --profile tuned",
		Args:    wants("the name of a broker, or a recipe file", one),
		RunE: func(c *cobra.Command, args []string) error {
			recipe, err := brokers.Lookup(args[0])
			if balancer, other := brokers.Balancer(scenarios.Balancer(args[0])); other == nil {
				recipe, err = balancer, nil
			}
			if err != nil {
				return err
			}
			source, err := brokers.Source(args[0])
			if err != nil {
				return err
			}
			return f.print(c.OutOrStdout(), recipe, source)
		},
		ValidArgsFunction: completeBroker,
	}
	flags := c.Flags()
	flags.StringVar(&f.runtime, "runtime", "", "process or container (default: the recipe's first)")
	flags.StringVar(&f.shape, "shape", "", "how the brokers are joined (default: the recipe's last shape)")
	flags.StringVar(&f.profile, "profile", string(scenarios.ProfileStock), "stock or tuned")
	flags.StringVar(&f.transport, "transport", string(scenarios.TransportTCP), "what carries MQTT to clients: tcp, tls, ws or wss")
	flags.IntVar(&f.nodes, "nodes", 0, "number of brokers")
	complete(c, "runtime", scenarios.WordsOf[scenarios.Runtime])
	complete(c, "shape", scenarios.WordsOf[scenarios.Shape])
	complete(c, "profile", scenarios.WordsOf[scenarios.Profile])
	complete(c, "transport", scenarios.WordsOf[scenarios.Transport])
	return c
}

// carrier is the transport that was asked for.
func (f showFlags) carrier() scenarios.Transport { return scenarios.Transport(f.transport) }

// print prints what the recipe says, and what a driver makes of it, at addresses as they could be.
func (f showFlags) print(w io.Writer, r brokers.Recipe, source []byte) error {
	topology := scenarios.Topology{Shape: scenarios.Shape(f.shape), Nodes: f.nodes, Profile: scenarios.Profile(f.profile)}
	if r.Kind == brokers.KindBalancer { // it stands in front of any shape
		r.Shapes = []scenarios.Shape{scenarios.ShapeStandby, scenarios.ShapeCluster}
		r.Profiles = map[scenarios.Profile]brokers.Profile{topology.Profile: {}}
	}
	if f.shape == "" {
		topology.Shape = r.Shapes[len(r.Shapes)-1]
	}
	runtime := r.Runtimes()[0]
	if f.runtime != "" {
		runtime = scenarios.Runtime(f.runtime)
	}
	_, known := r.Profiles[topology.Profile]
	switch {
	case !slices.Contains(r.Shapes, topology.Shape):
		return fmt.Errorf("broker %q has no shape %q (want %s)", r.Name, topology.Shape, words(r.Shapes))
	case !known:
		return fmt.Errorf("broker %q has no profile %q (want %s)", r.Name, topology.Profile, words(slices.Sorted(maps.Keys(r.Profiles))))
	case f.carrier() != scenarios.TransportTCP && !slices.Contains(r.Transports(), f.carrier()):
		return fmt.Errorf("broker %q has no transport %q (want %s)", r.Name, f.transport,
			words(append([]scenarios.Transport{scenarios.TransportTCP}, r.Transports()...)))
	case !slices.Contains(r.Runtimes(), runtime):
		return fmt.Errorf("broker %q does not run in runtime %q (want %s)", r.Name, runtime, words(r.Runtimes()))
	}
	if err := checkNodes(r, topology.Shape, f.nodes); err != nil {
		return err
	}
	if topology.Shape == scenarios.ShapeCluster {
		topology.Nodes = max(topology.Nodes, r.MinClusterNodes)
	}
	places, err := r.Imagine(runtime, topology, r.Newest(), brokers.Access{Transport: f.carrier(), Path: transport.DefaultPath})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n# Rendered for shape %s, runtime %s, profile %s, at addresses as they could be:\n", source, topology.Shape, runtime,
		topology.Profile)
	if r.Kind == brokers.KindBalancer {
		places = places[len(places)-1:]
	}
	for _, place := range places {
		made, err := r.Render(runtime, place)
		if err != nil {
			return err
		}
		printRendition(w, place.Name, made)
	}
	return nil
}

func printRendition(w io.Writer, name string, made brokers.Rendition) {
	command := strings.Join(made.Command, " ")
	if command == "" {
		command = "(the image's own command)"
	}
	fmt.Fprintf(w, "\n## %s: %s\n", name, command)
	for _, variable := range made.Env {
		fmt.Fprintf(w, "   %s\n", variable)
	}
	for _, file := range made.Files {
		fmt.Fprintf(w, "\n### %s, mode %#o\n%s", file.Path, file.Mode, file.Text)
	}
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
