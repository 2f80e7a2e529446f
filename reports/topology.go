package reports

import (
	"maps"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// What clients of containers dial.
const (
	containerAddresses = "container addresses"
	publishedPorts     = "published ports"
)

// topologyOf says what was under test; the scenario, which alone knows the name of the balancer, may be nil.
func topologyOf(run *history.Run, s *scenarios.Scenario) Topology {
	m := &run.Meta
	t := Topology{
		Broker: m.Broker, Version: m.Version, Runtime: m.Runtime, Shape: m.Shape, Nodes: nodes(run), Profile: m.Profile,
		Proxied: slices.Clone(m.Proxied), ConnackProperties: maps.Clone(m.ConnackProperties),
	}
	if m.Settings.Durability != "" {
		t.Settings = &Settings{
			Durability: m.Settings.Durability, Survives: slices.Clone(m.Settings.Survives),
			Limits: maps.Clone(m.Settings.Limits), Options: maps.Clone(m.Settings.Options),
		}
	}
	if s != nil {
		t.Resources, t.Core = resourcesOf(s.Topology.Resources), resourcesOf(s.Topology.Core)
	}
	var versions []string
	for n := range t.Nodes {
		o := originOf(run, n)
		if o.Version != "" && !slices.Contains(versions, o.Version) {
			versions = append(versions, o.Version)
		}
		if t.Image == "" {
			t.Image, t.Digest = o.Image, o.Digest
		}
		if t.ConnackProperties == nil {
			t.ConnackProperties = maps.Clone(o.ConnackProperties)
		}
	}
	if len(versions) > 0 {
		t.Version = strings.Join(versions, ", ")
	}
	if m.Balanced && t.Nodes < len(m.Brokers) {
		t.Balancer = m.Brokers[t.Nodes]
		if s != nil && s.Topology.Balanced() {
			t.Balancer = string(s.Topology.Balancer)
		}
	}
	if (scenarios.Topology{Shape: scenarios.Shape(m.Shape)}).Bridged() {
		t.Bridge = &Bridge{Direction: m.BridgeDirection, QoS: m.BridgeQoS}
	}
	if scenarios.Runtime(m.Runtime) == scenarios.RuntimeContainer {
		t.Addressing = containerAddresses
		if slices.ContainsFunc(m.Origins, func(o history.Origin) bool { return o.Published }) {
			t.Addressing = publishedPorts
		}
	}
	return t
}

// resourcesOf are bounds; nil: there are none.
func resourcesOf(r scenarios.Resources) *Resources {
	if r.CPUs == 0 && r.Memory == 0 {
		return nil
	}
	return &Resources{CPUs: float64(r.CPUs), MemoryBytes: int64(r.Memory)}
}

// nodes is the number of brokers without the balancer.
func nodes(run *history.Run) int {
	if run.Meta.Balanced && len(run.Meta.Brokers) > 0 {
		return len(run.Meta.Brokers) - 1
	}
	return len(run.Meta.Brokers)
}

// originOf is what a broker was made from; an old record does not know.
func originOf(run *history.Run, broker int) history.Origin {
	if broker < len(run.Meta.Origins) {
		return run.Meta.Origins[broker]
	}
	return history.Origin{}
}
