package scenarios

import "time"

// The defaults that depend on other keys; those that do not are tags of the fields.
const (
	// defaultExpiry keeps a 5.0 session long enough for any outage of a run, and no longer than a forgotten broker
	// should.
	defaultExpiry = time.Hour
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
	// Clients of a standby topology use its first broker until that fails. Who writes spread there means it.
	place := PlacementSpread
	if s.Topology.Shape == ShapeStandby {
		place = Placement(brokerName(0))
	}
	for i := range s.Workload.Publishers {
		if d.absentKey(indexed("workload.publishers", i) + ".brokers") {
			s.Workload.Publishers[i].Brokers = place
		}
	}
	for i := range s.Workload.Subscribers {
		if d.absentKey(indexed("workload.subscribers", i) + ".brokers") {
			s.Workload.Subscribers[i].Brokers = place
		}
	}
	completeChaos(s, d)
}

// completeChaos fills in what rolling and monkey do not say.
func completeChaos(s *Scenario, d *decoder) {
	for i := range s.Chaos {
		f, path := &s.Chaos[i], indexed("chaos", i)
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
