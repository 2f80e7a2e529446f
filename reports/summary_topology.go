package reports

import (
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/scenarios"
)

// topology says what the brokers were made from, and what is between them and to the clients. What goes without saying
// is not said.
func (s *summary) topology() {
	t := s.r.Topology
	if t.Image != "" {
		s.label("image", strings.TrimSpace(clean(t.Image)+" "+digest(t.Digest)))
	}
	if b := t.Bridge; b != nil {
		way := "both ways"
		if scenarios.Direction(b.Direction) == scenarios.DirectionOut {
			way = "outwards only"
		}
		s.label("bridges", way+", QoS "+strconv.Itoa(int(b.QoS))+" at most")
	}
	if t.Balancer != "" {
		s.label("balancer", clean(t.Balancer)+" between all clients and the brokers: which broker serves is not known")
	}
	var links []string
	switch t.Addressing {
	case containerAddresses:
		links = append(links, "clients dial the addresses of the containers")
	case publishedPorts:
		links = append(links, "clients dial published ports of the machine, which accept connections that no broker has accepted")
	}
	if len(t.Proxied) > 0 {
		links = append(links, "through a proxy of mqbench: "+clean(strings.Join(t.Proxied, ", "))+" (their latencies include it)")
	}
	if len(links) > 0 {
		s.label("links", strings.Join(links, "; "))
	}
}

// digest is as much of a hash as people compare.
func digest(d string) string {
	const enough = len("sha256:") + 13 // with the ellipsis
	if d == "" {
		return ""
	}
	return "(" + short(d, enough) + ")"
}

// clientsAnd counts clients, some of which are copies.
func clientsAnd(n, copies int, thing string) string {
	if copies == 0 {
		return plural(n, thing)
	}
	some := thousands(copies) + " copies"
	if copies == 1 {
		some = "1 copy"
	}
	return plural(n, thing) + " (with " + some + ")"
}
