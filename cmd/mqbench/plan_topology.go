package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mqbench/mqbench/scenarios"
)

// printTopology prints a line each of what a topology has besides its brokers.
func printTopology(w io.Writer, s *scenarios.Scenario) {
	t := s.Topology
	if t.Image != "" {
		fmt.Fprintf(w, "image: %s\n", t.Image)
	}
	if b := t.Bridge; t.Bridged() {
		fmt.Fprintf(w, "bridges: %d, direction %s, QoS %d, sessions %s, keepalive %s\n", len(t.BridgeLinks()), b.Direction, b.QoS,
			b.Session, b.Keepalive)
	}
	if t.Resources != (scenarios.Resources{}) {
		fmt.Fprintf(w, "resources: %s\n", resources(t.Resources))
	}
	if t.Core != (scenarios.Resources{}) {
		fmt.Fprintf(w, "resources of the core: %s\n", resources(t.Core))
	}
	if t.Balanced() {
		fmt.Fprintf(w, "balancer: %s, in front of all brokers\n", t.Balancer)
	}
	if links := s.Proxied(); len(links) > 0 {
		fmt.Fprintf(w, "links through a proxy: %s\n", strings.Join(linkNames(t, links), ", "))
	}
}

// resources says what a broker may use.
func resources(r scenarios.Resources) string {
	var parts []string
	if r.CPUs > 0 {
		parts = append(parts, "cpus "+r.CPUs.String())
	}
	if r.Memory > 0 {
		parts = append(parts, "memory "+r.Memory.String())
	}
	if r.Ulimits.NoFile > 0 {
		parts = append(parts, fmt.Sprintf("nofile %d", r.Ulimits.NoFile))
	}
	return strings.Join(parts, ", ")
}

// linkNames names links as the report does, by their ends, who opens them first.
func linkNames(t scenarios.Topology, links []scenarios.Link) []string {
	brokers := scenarios.BrokerNames(t.Nodes)
	var names []string
	for _, l := range links {
		from := scenarios.ClientsSide
		if l.From != scenarios.Clients {
			from = brokers[l.From]
		}
		names = append(names, from+"-"+brokers[l.To])
	}
	return names
}
