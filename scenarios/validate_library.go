package scenarios

import "slices"

// checkLibrary checks that the client library can do what is asked of it.
func (v *validator) checkLibrary() {
	const path = "workload.client.library"
	c := v.Workload.Client
	if c.Library != LibraryPaho || !v.ok(path, "workload.client.protocol") || c.Protocol == Protocol5 {
		return
	}
	if v.able != nil && !slices.Contains(v.able.Protocols, Protocol5) {
		v.problem(path, "paho.golang speaks MQTT 5.0 only, which broker %s does not: leave library out, or choose another broker",
			v.Topology.Broker)
		return
	}
	v.problem(path, `paho.golang speaks MQTT 5.0 only, and protocol is %s%s: set protocol to "5.0", or leave library out`,
		c.Protocol, v.origin("workload.client.protocol"))
}
