package scenarios

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
)

// imagePattern is what names of images are made of; whether there is such an image is for the engine to know.
const imagePattern = `^[A-Za-z0-9][A-Za-z0-9._:/@-]*$`

// CheckImage says what is wrong with a text that cannot be the name of a container image.
func CheckImage(name string) error {
	if !regexp.MustCompile(imagePattern).MatchString(name) {
		return fmt.Errorf("%q is no name of a container image: want one such as eclipse-mosquitto:2.0.22", shorten(name))
	}
	return nil
}

// checkContainers checks what only brokers in containers can have.
func (v *validator) checkContainers() {
	t := v.Topology
	for _, key := range []string{"image", "subnet", "resources", "core"} {
		if path := "topology." + key; !v.decoder.absentKey(path) {
			v.checkContained(path, key)
		}
	}
	if t.Balanced() {
		v.checkContained("topology.balancer", "balancer "+string(t.Balancer))
	}
	if path := "topology.image"; v.ok(path) && !v.decoder.absentKey(path) {
		if err := CheckImage(t.Image); err != nil {
			v.problem(path, "%v", err)
		}
	}
	v.checkSubnet()
	v.checkResources("topology.resources", t.Resources)
	v.checkResources("topology.core", t.Core)
	if path := "topology.core"; v.ok("topology.shape") && !v.decoder.absentKey(path) && t.Shape != ShapeEdge {
		v.problem(path, "only shape edge has a core, and shape is %s%s: want resources", t.Shape, v.origin("topology.shape"))
	}
	v.checkBalancer()
}

// checkContained reports what cannot be had where the brokers do not run in containers.
func (v *validator) checkContained(path, what string) {
	if v.ok(path, "topology.runtime") && v.Topology.Runtime != RuntimeContainer {
		v.problem(path, "%s needs runtime container, and runtime is %s%s", what, v.Topology.Runtime, v.origin("topology.runtime"))
	}
}

// checkResources checks bounds on a broker; those on processors are checked as they are read.
func (v *validator) checkResources(path string, r Resources) {
	if at := path + ".memory"; v.ok(at) && !v.decoder.absentKey(at) {
		v.checkMemory(at, r.Memory)
	}
	if at := path + ".ulimits.nofile"; !v.decoder.absentKey(at) {
		const most = 1 << 30
		v.checkRange(at, r.Ulimits.NoFile, 1, most)
	}
}

func (v *validator) checkMemory(path string, memory Size) {
	if memory < minMemory {
		v.reject(path, "memory is %s: want %s or more", memory, minMemory)
	}
}

// checkSubnet checks that the network is one that mqbench may take, and that all brokers fit into it.
func (v *validator) checkSubnet() {
	const path = "topology.subnet"
	if !v.ok(path) || v.decoder.absentKey(path) {
		return
	}
	subnet, err := netip.ParsePrefix(v.Topology.Subnet)
	switch {
	case err != nil || !subnet.Addr().Is4():
		v.problem(path, "subnet %q is no IPv4 network: want one such as 198.18.7.0/24", shorten(v.Topology.Subnet))
		return
	case subnet != subnet.Masked():
		v.problem(path, "subnet %s has bits behind its prefix: want %s", subnet, subnet.Masked())
		return
	case !slices.ContainsFunc(privateNetworks(), func(n netip.Prefix) bool {
		return n.Bits() <= subnet.Bits() && n.Contains(subnet.Addr())
	}):
		v.problem(path, "subnet %s belongs to others: want a part of 198.18.0.0/15 or of a private network [RFC 1918]", subnet)
		return
	}
	if !v.ok("topology.nodes") {
		return
	}
	// The addresses of the network itself, of its gateway and for broadcast are taken.
	need, room := v.Topology.Nodes+3, 1<<(32-subnet.Bits())
	if v.Topology.Balanced() {
		need++
	}
	if need > room {
		v.problem(path, "subnet %s has %d addresses, and the run needs %d", subnet, room, need)
	}
}

// privateNetworks are those that belong to nobody: of RFC 2544 and of RFC 1918.
func privateNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
}

// checkBalancer checks that it does not matter at which broker the balancer puts a client.
func (v *validator) checkBalancer() {
	t := v.Topology
	if !t.Balanced() || !v.ok("topology.balancer", "topology.shape", "topology.bridge.direction") {
		return
	}
	alike := slices.Contains([]Shape{ShapeSingle, ShapeStandby, ShapeCluster}, t.Shape) ||
		slices.Contains([]Shape{ShapeStar, ShapeChain}, t.Shape) && t.Bridge.Direction == DirectionBoth
	if !alike {
		v.problem("topology.balancer", "balancer %s puts a client at any broker, and in shape %s%s it matters at which: "+
			"want single, standby, cluster, or star or chain with bridges in both directions", t.Balancer, t.Shape,
			v.origin("topology.shape"))
	}
}
