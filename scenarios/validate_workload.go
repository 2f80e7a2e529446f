package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// The bounds of the protocol.
const (
	// maxKeepalive is what the two bytes of Keep Alive hold [MQTT 5.0 §3.1.2.10].
	maxKeepalive = math.MaxUint16 * time.Second
	// maxExpiry is below the value that means never [MQTT 5.0 §3.1.2.11.2].
	maxExpiry = (math.MaxUint32 - 1) * time.Second
	// maxRemaining is the largest Remaining Length of a packet [MQTT 5.0 §1.5.5].
	maxRemaining = 268_435_455
	// maxString is the longest UTF-8 string of a packet, in bytes [MQTT 5.0 §1.5.4].
	maxString = math.MaxUint16
	// maxMessages is what the 32 bits of a sequence number tell apart, with room for the chance of Poisson arrivals.
	maxMessages = 0.99 * (1 << 32)
)

// checkClient checks what all clients have in common.
func (v *validator) checkClient() {
	const path = "workload.client."
	c := v.Workload.Client
	if v.able != nil && v.ok(path+"protocol") && !slices.Contains(v.able.Protocols, c.Protocol) {
		v.problem(path+"protocol", "broker %s does not speak MQTT %s%s: want %s",
			v.Topology.Broker, c.Protocol, v.origin(path+"protocol"), oneOf(words(v.able.Protocols...)))
	}
	v.checkLibrary()
	v.checkExpiry(path)
	v.checkSources()
	v.checkSeconds(path+"keepalive", c.Keepalive, maxKeepalive)
	v.checkFinite(path+"connect_rate", c.ConnectRate)
	if v.ok(path+"connect_rate") && c.ConnectRate <= 0 {
		v.problem(path+"connect_rate", "connect_rate is %s: want a rate above 0/s", c.ConnectRate)
	}
	if v.ok(path+"connect_timeout") && c.ConnectTimeout <= 0 {
		v.problem(path+"connect_timeout", "connect_timeout is %s: want a duration above 0s", c.ConnectTimeout)
	}
	v.checkRange(path+"in_flight", c.InFlight, 1, math.MaxUint16)
	v.checkRange(path+"backlog", c.Backlog, 0, maxBacklog)
	v.checkLength(path+"username", c.Username)
	v.checkLength(path+"password", c.Password)
	if c.Password != "" && c.Username == "" && c.Protocol == Protocol311 && v.ok(path+"username", path+"protocol") {
		// [MQTT-3.1.2-22] of 3.1.1; 5.0 lifts this.
		v.problem(path+"password", "MQTT 3.1.1 has no password without a username: add username")
	}
}

// checkExpiry compares the session expiry with session and protocol.
func (v *validator) checkExpiry(client string) {
	path := client + "expiry"
	c := v.Workload.Client
	if !v.ok(path, client+"session", client+"protocol") || v.decoder.absentKey(path) {
		return
	}
	switch {
	case c.Protocol == Protocol311:
		v.problem(path, "MQTT 3.1.1%s has no session expiry: leave it out, or set protocol to 5.0", v.origin(client+"protocol"))
	case c.Session == SessionClean:
		v.problem(path, "a clean session%s does not outlive its connection: leave expiry out, or set session to persistent",
			v.origin(client+"session"))
	case c.Expiry == 0:
		v.problem(path, "expiry is 0s, which ends the session with its connection: want 1s or more, or session clean")
	default:
		v.checkSeconds(path, c.Expiry, maxExpiry)
	}
}

// checkSeconds checks a duration that MQTT transmits in whole seconds.
func (v *validator) checkSeconds(path string, d, most time.Duration) {
	if v.ok(path) && (d%time.Second != 0 || d > most) {
		v.problem(path, "%s is %s: MQTT transmits whole seconds up to %d", title(path), formatDuration(d), int64(most/time.Second))
	}
}

// checkRange checks a number against its bounds.
func (v *validator) checkRange(path string, value, least, most int) {
	if v.ok(path) && (value < least || value > most) {
		v.reject(path, "%s is %d: want %d to %d", title(path), value, least, most)
	}
}

// checkGroups checks each group of clients by itself, and that their names differ.
func (v *validator) checkGroups() {
	if v.ok("workload.publishers") && len(v.Workload.Publishers) == 0 {
		v.problem("workload.publishers", "publishers is empty: want at least one group")
	}
	named := map[string]string{}
	for i, g := range v.Workload.Publishers {
		v.checkGroup(indexed("workload.publishers", i), g.Name, g.Count, g.QoS, named)
		v.checkPlace(indexed("workload.publishers", i), groupPlace{g.Brokers, g.Fallback, g.Duplicate})
		v.checkLife(indexed("workload.publishers", i), groupLife{g.Churn, g.Join, g.Duplicate})
		v.checkDownlink(i, g)
		v.checkPublisher(i, g)
	}
	shares := map[string]string{}
	for i, g := range v.Workload.Subscribers {
		v.checkGroup(indexed("workload.subscribers", i), g.Name, g.Count, g.QoS, named)
		v.checkPlace(indexed("workload.subscribers", i), groupPlace{g.Brokers, g.Fallback, g.Duplicate})
		v.checkLife(indexed("workload.subscribers", i), groupLife{g.Churn, g.Join, g.Duplicate})
		v.checkFlap(i, g)
		v.checkShare(i, g, shares)
	}
}

// checkGroup checks what publishers and subscribers have in common. named maps the names of groups to their paths.
func (v *validator) checkGroup(path, name string, count int, qos QoS, named map[string]string) {
	if v.ok(path + ".name") {
		if earlier, twice := named[name]; twice {
			v.problem(path+".name", "the name %q is taken by %s: groups need names of their own", shorten(name), title(earlier))
		} else if !v.name.MatchString(name) {
			v.problem(path+".name", "name %q: %s", shorten(name), nameForm)
		}
		named[name] = path
	}
	v.checkRange(path+".count", count, 1, maxClients)
	if v.able != nil && v.ok(path+".qos") && qos > v.able.MaxQoS {
		v.problem(path+".qos", "broker %s serves QoS %d at most", v.Topology.Broker, v.able.MaxQoS)
	}
}

// placements lists what the key brokers of a group may say.
func (v *validator) placements() string {
	places := []string{string(PlacementSpread)}
	if v.Topology.Shape == ShapeEdge {
		places = append(places, string(PlacementEdges))
	}
	if len(v.Workload.Routes) > 0 {
		places = append(places, string(PlacementRoute))
	}
	return oneOf(append(places, brokerRange(v.Topology.Nodes)))
}

// brokerRange names the brokers of a topology.
func brokerRange(nodes int) string {
	if nodes == 1 {
		return "b1"
	}
	return fmt.Sprintf("b1 to b%d", nodes)
}

// checkPublisher checks what only publishers have.
func (v *validator) checkPublisher(i int, g PublisherGroup) {
	v.checkRate(i, g)
	if path := v.publisherPath(i, "payload"); v.ok(path) {
		if g.Payload < StampSize {
			v.problem(path, "payload is %s, but the stamp by which mqbench accounts for a message needs %s", g.Payload, StampSize)
		} else if g.Payload > maxRemaining-maxString-16 {
			v.problem(path, "payload is %s, more than an MQTT packet holds", g.Payload)
		}
	}
	if g.Will == nil {
		return
	}
	if path := v.publisherPath(i, "will.qos"); v.able != nil && v.ok(path) && g.Will.QoS > v.able.MaxQoS {
		v.problem(path, "broker %s serves QoS %d at most", v.Topology.Broker, v.able.MaxQoS)
	}
	v.checkLength(v.publisherPath(i, "will.payload"), g.Will.Payload)
}

// checkLength checks a text that a packet carries with two bytes of length.
func (v *validator) checkLength(path, text string) {
	if len(text) > maxString {
		v.problem(path, "%s has %d bytes, more than the %d that MQTT allows", title(path), len(text), maxString)
	}
}

// checkShare checks a shared subscription. shares maps names to the groups that have them.
func (v *validator) checkShare(i int, g SubscriberGroup, shares map[string]string) {
	path := v.subscriberPath(i, "share")
	if !v.ok(path) || v.decoder.absentKey(path) {
		return
	}
	if v.able != nil && !v.able.SharedSubscriptions {
		v.problem(path, "broker %s has no shared subscriptions", v.Topology.Broker)
	}
	if !v.name.MatchString(g.Share) {
		v.problem(path, "share %q: %s", shorten(g.Share), nameForm)
	}
	if other, twice := shares[g.Share]; twice {
		v.problem(path, "share %q is the one of group %q: its messages would be divided between both", g.Share, other)
	}
	shares[g.Share] = g.Name
	if g.Duplicate && v.ok(v.subscriberPath(i, "duplicate")) {
		v.problem(v.subscriberPath(i, "duplicate"), "the members of a shared subscription divide its messages: leave duplicate out")
	}
	for _, template := range g.templates() {
		if hasPlaceholder(template, "{n}") || hasPlaceholder(template, "{broker}") {
			v.problem(path, "the members of a shared subscription have one filter: leave {n} and {broker} out of %q",
				shorten(template))
			return
		}
	}
}

// checkPhases checks the lengths of the phases.
func (v *validator) checkPhases() {
	for _, phase := range []struct {
		path   string
		length time.Duration
	}{{"phases.warmup", v.Phases.Warmup}, {"phases.measure", v.Phases.Measure}, {"phases.drain", v.Phases.Drain}} {
		if v.ok(phase.path) && phase.length > maxPhase {
			v.reject(phase.path, "%s is %s: want %s at most", title(phase.path), formatDuration(phase.length),
				formatDuration(maxPhase))
		}
	}
	if v.ok("phases.measure") && v.Phases.Measure < time.Second {
		v.reject("phases.measure", "measure is %s: want 1s or more", formatDuration(v.Phases.Measure))
	}
}
