package scenarios

import (
	"slices"
	"time"
)

// The defaults that depend on other keys; those that do not are tags of the fields.
const (
	// defaultExpiry keeps a 5.0 session long enough for any outage of a run, and no longer than a forgotten broker
	// should.
	defaultExpiry = time.Hour
	// defaultWindow keeps a connection busy over a network without queueing seconds of messages at the broker.
	defaultWindow = 10
	// defaultStep is the time from one broker to the next of rolling, and the mean gap of monkey.
	defaultStep = 10 * time.Second
	// defaultHold is the mean length of a fault of monkey.
	defaultHold = 3 * time.Second
)

// complete fills in the defaults that depend on other keys. A key that was written keeps its value, even where that is
// zero.
func complete(s *Scenario, d *decoder) {
	if s.Topology.Shape == ShapeSingle && d.absentKey("topology.nodes") {
		s.Topology.Nodes = 1
	}
	c := &s.Workload.Client
	if c.Protocol == Protocol5 && c.Session == SessionPersistent && d.absentKey("workload.client.expiry") {
		c.Expiry = defaultExpiry
	}
	completeTransport(c)
	completeBridge(&s.Topology, d)
	completeWindows(s, d)
	publishers, subscribers := s.Topology.places()
	for i := range s.Workload.Publishers {
		if d.absentKey(indexed("workload.publishers", i) + ".brokers") {
			s.Workload.Publishers[i].Brokers = publishers
		}
	}
	for i := range s.Workload.Subscribers {
		if d.absentKey(indexed("workload.subscribers", i) + ".brokers") {
			s.Workload.Subscribers[i].Brokers = subscribers
		}
	}
	completeChaos(s, d)
}

// places are where clients start that are not told. Those of a standby topology use its first broker until that fails,
// and in an edge topology the load goes from the edges to the core. Who writes spread there means it.
func (t Topology) places() (publishers, subscribers Placement) {
	first := Placement(brokerName(0))
	switch {
	case t.Balanced():
		return PlacementSpread, PlacementSpread
	case t.Shape == ShapeStandby:
		return first, first
	case t.Shape == ShapeEdge:
		return PlacementEdges, first
	default:
		return PlacementSpread, PlacementSpread
	}
}

// completeWindows fills in the windows of closed loops.
func completeWindows(s *Scenario, d *decoder) {
	for i := range s.Workload.Publishers {
		g := &s.Workload.Publishers[i]
		if g.Closed() && d.absentKey(indexed("workload.publishers", i)+".window") {
			g.Window = defaultWindow
		}
	}
}

// completeBridge fills in the direction of bridges. Where there are none, nothing is said about them.
func completeBridge(t *Topology, d *decoder) {
	switch {
	case !t.Bridged():
		t.Bridge = Bridge{}
	case d.absentKey("topology.bridge.direction"):
		t.Bridge.Direction = DirectionBoth
		if t.Outward() {
			t.Bridge.Direction = DirectionOut
		}
	}
}

// completeChaos fills in what faults do not say.
func completeChaos(s *Scenario, d *decoder) {
	for i := range s.Chaos {
		f, path := &s.Chaos[i], indexed("chaos", i)
		completeParameters(f, s.Topology.Runtime, func(key string) bool {
			return slices.Contains(f.Kind.parameters(), key) && d.absentKey(path+"."+key)
		})
		if f.Kind != FaultRolling && f.Kind != FaultMonkey {
			continue
		}
		if d.absentKey(path + ".target") {
			f.Target = TargetAll
		}
		if d.absentKey(path + ".every") {
			f.Every = defaultStep
		}
		if f.Kind == FaultMonkey && d.absentKey(path+".for") {
			f.For = defaultHold
		}
	}
}

// completeParameters fills in the parameters that the kind of fault has and the schedule leaves out.
func completeParameters(f *Fault, runtime Runtime, absent func(key string) bool) {
	if absent("direction") {
		f.Direction = DirectionBoth
	}
	if absent("links") {
		f.Links = LinksClients
	}
	if absent("via") {
		f.Via = ViaProxy
		if runtime == RuntimeContainer {
			f.Via = ViaPackets
		}
	}
	if absent("share") {
		f.Share = 1
	}
	if absent("how") {
		f.How = DepartureDrop
	}
}
