package scenarios

import (
	"math"
	"strings"
	"time"
)

// minBridgeKeepalive is the least that the products accept.
const minBridgeKeepalive = 5 * time.Second

// checkBridge checks how the bridges behave.
func (v *validator) checkBridge() {
	const path = "topology.bridge"
	t := v.Topology
	if !v.ok("topology.shape", path) {
		return
	}
	if !t.Bridged() {
		if !v.decoder.absentKey(path) {
			v.problem(path, "shape %s%s has no bridges: want one of %s, or leave bridge out", t.Shape, v.origin("topology.shape"),
				oneOf(words(ShapeStar, ShapeChain, ShapeMesh, ShapeEdge)))
		}
		return
	}
	switch {
	case !v.ok(path + ".direction"):
	case t.Bridge.Direction == DirectionIn:
		v.reject(path+".direction", "direction in is for partitions: want both, or out")
	case t.Outward() && t.Bridge.Direction != DirectionOut:
		v.reject(path+".direction", "the bridges of shape %s%s only go out: want out, or leave it out", t.Shape,
			v.origin("topology.shape"))
	}
	if v.able != nil && v.ok(path+".qos") && t.Bridge.QoS > v.able.MaxQoS {
		v.problem(path+".qos", "broker %s serves QoS %d at most", t.Broker, v.able.MaxQoS)
	}
	v.checkSeconds(path+".keepalive", t.Bridge.Keepalive, math.MaxUint16*time.Second)
	if v.ok(path+".keepalive") && t.Bridge.Keepalive < minBridgeKeepalive {
		v.problem(path+".keepalive", "keepalive of a bridge is %s: want %s or more", formatDuration(t.Bridge.Keepalive),
			formatDuration(minBridgeKeepalive))
	}
}

// checkMeshTopic checks that the topics of a group begin with the name of their broker: in a mesh nothing else leaves
// it.
func (v *validator) checkMeshTopic(i int, g PublisherGroup) {
	if v.Topology.Shape != ShapeMesh {
		return
	}
	for n := 1; n <= g.Count; n++ {
		home := v.PublisherHome(g, n)
		if topic := g.TopicOf(n, home); !strings.HasPrefix(topic, home+"/") {
			v.problem(v.publisherPath(i, "topic"), "in a mesh%s a broker passes on what begins with its name, and topic %q of "+
				"a publisher at %s does not: want {broker}/ in front", v.origin("topology.shape"), shorten(topic), home)
			return
		}
	}
}
