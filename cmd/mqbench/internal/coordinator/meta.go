package coordinator

import (
	"maps"
	"slices"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// meta describes the run to the record, as far as it is known before any broker runs.
func (r *run) meta() history.Meta {
	s, t := r.Scenario, r.Scenario.Topology
	m := history.Meta{
		RunID: r.Plan.RunID, Seed: s.Seed, Scenario: s.Name, Started: r.epoch, Mqbench: r.Version, Environment: Environment(),
		Broker: r.Recipe.Name, Runtime: string(t.Runtime), Shape: string(t.Shape), Profile: string(t.Profile),
		Settings:           settingsOf(r.Recipe.Profiles[t.Profile]),
		Library:            string(s.Workload.Client.Library),
		Protocol:           string(s.Workload.Client.Protocol),
		Transport:          string(s.Workload.Client.Transport),
		PersistentSessions: s.Workload.Client.Session == scenarios.SessionPersistent,
		Keepalive:          s.Workload.Client.Keepalive,
		Brokers:            r.Plan.Assignment.Brokers, Balanced: t.Balanced(),
		SharedSessions: !r.Plan.Assignment.Apart,
		Redelivery:     r.Recipe.Redelivery,
	}
	if t.Bridged() {
		m.BridgeDirection, m.BridgeQoS = string(t.Bridge.Direction), byte(t.Bridge.QoS)
	}
	return m
}

// settingsOf is what a profile comes to.
func settingsOf(p brokers.Profile) history.Settings {
	s := history.Settings{Durability: p.Durability, Limits: maps.Clone(p.Limits), Options: maps.Clone(p.Settings)}
	for _, fault := range p.Survives {
		s.Survives = append(s.Survives, string(fault))
	}
	return s
}

// origins says of each broker what it was made from.
func origins(c *fixtures.Cluster) []history.Origin {
	var list []history.Origin
	for _, o := range c.Origins() {
		list = append(list, history.Origin(o))
	}
	return list
}

// shaped tells that a fault will rule packets.
func shaped(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Chaos, func(f scenarios.Fault) bool {
		return f.Kind.Impairs() && f.Via == scenarios.ViaPackets
	})
}
