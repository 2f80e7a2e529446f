package check

import (
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A reach says what the brokers share: their sessions, and which messages of one can come to subscribers of another.
// What cannot come is missed by construction, and nobody lost it.
type reach struct {
	publishers []history.Publisher
	topology   scenarios.Topology
	// together is true where the brokers are one to their clients, which find their sessions, and the messages for
	// them, wherever they connect. Behind a balancer nobody knows which broker serves, so that they count as one too.
	together  bool
	bridgeQoS byte
}

func reachOf(run *history.Run) reach {
	m := &run.Meta
	t := scenarios.Topology{Shape: scenarios.Shape(m.Shape), Nodes: len(m.Brokers)}
	t.Bridge.Direction = scenarios.Direction(m.BridgeDirection)
	return reach{
		publishers: run.Publishers, topology: t, bridgeQoS: m.BridgeQoS,
		together: m.SharedSessions || m.Balanced || t.SharesSessions() || m.Shape == "",
	}
}

// domain is what a broker shares its sessions with: all others, or nobody.
func (r reach) domain(broker int) int {
	if r.together {
		return 0
	}
	return broker
}

// reaches says whether a message that broker at took from a publisher can come to the sessions of a domain. A copy goes
// by the home of its original, because it has its topic.
func (r reach) reaches(publisher, at, domain int) bool {
	return r.together || r.topology.Reaches(r.publishers[r.publishers[publisher].Original].Home, at, domain)
}

// always says whether a message can come to the sessions of a domain whichever broker takes it.
func (r reach) always(publisher, domain int) bool {
	for at := range r.topology.Nodes {
		if !r.reaches(publisher, at, domain) {
			return false
		}
	}
	return true
}

// across is the level at which a message is served that comes from one broker to sessions of a domain, where a flow has
// the level given: bridges bound it.
func (r reach) across(effective byte, at, domain int) byte {
	if r.bridges(at, domain) {
		return min(effective, r.bridgeQoS)
	}
	return effective
}

// bridges says whether the way from a broker to the sessions of a domain is over bridges.
func (r reach) bridges(at, domain int) bool {
	return !r.together && r.topology.Bridged() && at != domain
}
