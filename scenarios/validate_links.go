package scenarios

import (
	"reflect"
	"slices"
)

// checkParameters checks that a fault has the parameters that its kind needs, and no others.
func (v *validator) checkParameters(path string, f Fault) {
	takes, needs := f.Kind.parameters(), f.Kind.needs()
	for _, field := range fieldsOf(reflect.TypeFor[Fault]()) {
		at := path + "." + field.key
		written := !v.decoder.absentKey(at)
		switch {
		case field.required:
		case slices.Contains(needs, field.key) && !written && v.ok(at):
			v.reject(at, "%s lacks the key %s (%s): want %s", f.Kind, field.key, help("Fault."+field.key), noun(field.typ))
		case !written || slices.Contains(takes, field.key):
		case f.Kind.Momentary() && field.key == "for":
			v.reject(at, "%s", endless(f.Kind))
		case f.Kind == FaultPartition && field.key == "target":
			v.reject(at, "partition has no target: its sides say what is cut from what")
		default:
			v.reject(at, "%s has no key %s: it belongs to %s", f.Kind, field.key, oneOf(faultsWith(field.key)))
		}
	}
	v.checkAmounts(path, f)
	switch {
	case f.Kind == FaultPartition:
		v.checkPartition(path, f)
	case f.Kind.changesLinks():
		v.checkLinks(path, f)
	case f.Kind.Impairs():
		v.checkContained(path+".fault", string(f.Kind))
	case f.Kind == FaultDisconnect && v.ok("topology.balancer") && v.Topology.Balanced():
		v.problem(path+".fault", "all clients are connected to the balancer%s, so disconnect cannot tell whose they are",
			v.origin("topology.balancer"))
	}
}

// endless says why a fault has no duration.
func endless(kind FaultKind) string {
	if kind == FaultRestart {
		return "restart starts the broker again at once: leave for out, or use stop"
	}
	return "disconnect is over at once, and clients come back by themselves: leave for out"
}

// checkAmounts checks the amounts that a fault has, as far as they are not checked when they are read.
func (v *validator) checkAmounts(path string, f Fault) {
	has := func(key string) bool {
		return slices.Contains(f.Kind.parameters(), key) && v.ok(path+"."+key)
	}
	if has("delay") && f.Delay <= 0 {
		v.reject(path+".delay", "delay is %s: want a duration above 0s", formatDuration(f.Delay))
	}
	if has("delay") && has("jitter") && f.Jitter > f.Delay {
		v.reject(path+".jitter", "jitter is %s, more than the delay of %s, and nothing arrives before it was sent",
			formatDuration(f.Jitter), formatDuration(f.Delay))
	}
	if has("loss") && f.Loss <= 0 {
		v.reject(path+".loss", "loss is %s: want a share above 0%%", f.Loss)
	}
	if has("rate") && f.Rate < minBandwidth {
		v.reject(path+".rate", "rate is %s: want %s or more", f.Rate, minBandwidth)
	}
	if has("memory") {
		v.checkMemory(path+".memory", f.Memory)
	}
	if has("share") && f.Share <= 0 {
		v.reject(path+".share", "share is %s: want a share above 0%%", f.Share)
	}
}

// checkLinks checks that the targets have the links that a fault changes, and that there is a means to do it.
func (v *validator) checkLinks(path string, f Fault) {
	links := path + ".links"
	if !v.checkMeans(path, f) || !v.ok(links, "topology.shape") {
		return
	}
	shape := v.Topology.Shape
	switch {
	case f.Links == LinksBrokers && !v.Topology.joined():
		v.problem(links, "brokers of shape %s%s have no links to one another: want links: clients", shape,
			v.origin("topology.shape"))
	case f.Links != LinksClients && f.Via == ViaProxy && shape == ShapeCluster:
		v.problem(links, "brokers of a cluster talk to one another directly, where no proxy is: want links: clients, or via: "+
			"packets in runtime container")
	case f.Links != LinksBrokers:
		v.checkProxyOfClients(path, f)
	}
}

// checkProxyOfClients reports client links that no proxy can be on.
func (v *validator) checkProxyOfClients(path string, f Fault) {
	if f.Via == ViaProxy && v.ok("topology.balancer") && v.Topology.Balanced() {
		v.problem(path+".via", "all clients connect to the balancer%s, where no proxy is: want via: packets",
			v.origin("topology.balancer"))
	}
}

// checkMeans checks that links can be changed by the means that the fault names, and reports whether they can.
func (v *validator) checkMeans(path string, f Fault) bool {
	if !v.ok(path+".via", "topology.runtime") {
		return false
	}
	contained := v.Topology.Runtime == RuntimeContainer
	via := path + ".via"
	if v.decoder.absentKey(via) {
		via = path + ".fault"
	}
	switch {
	case f.Kind == FaultLoss && (!contained || f.Via == ViaProxy):
		v.reject(via, "loss is done to packets%s: a proxy passes streams, which lose nothing", wantContainer(contained))
	case f.Via == ViaPackets && !contained:
		v.reject(via, "%s via packets needs runtime container, and runtime is %s%s%s", f.Kind, v.Topology.Runtime,
			v.origin("topology.runtime"), v.proxyOffer(f))
	case f.Kind == FaultLatency && f.Via == ViaPackets && v.netem() != nil:
		v.reject(via, "latency via packets cannot be had here: %v%s", v.netem(), v.proxyOffer(f))
	default:
		return true
	}
	return false
}

// proxyOffer proposes the other means, where a proxy can be on the links.
func (v *validator) proxyOffer(f Fault) string {
	if v.Topology.Shape == ShapeCluster && f.Links != LinksClients || v.Topology.Balanced() {
		return ""
	}
	return ": want via: proxy"
}

func wantContainer(contained bool) string {
	if contained {
		return " (want via: packets)"
	}
	return ", which needs runtime container"
}

// netem asks once whether the kernel can hold packets up.
func (v *validator) netem() error {
	if v.options.Netem == nil {
		return nil
	}
	if !v.asked {
		v.asked, v.lacksNetem = true, v.options.Netem()
	}
	return v.lacksNetem
}

// checkPartition checks the sides of a partition, and that something is cut between them.
func (v *validator) checkPartition(path string, f Fault) {
	if !v.checkSides(path+".sides", f) || !v.checkMeans(path, f) || !v.ok("topology.shape", path+".direction") {
		return
	}
	t, sides := v.Topology, Apart(Sides(f), f.Direction)
	clients, brokers := false, 0
	for _, side := range sides {
		clients = clients || slices.Contains(side, Clients)
		if slices.ContainsFunc(side, func(b int) bool { return b != Clients }) {
			brokers++
		}
	}
	switch {
	case clients: // on one side, so there are brokers on another
		v.checkProxyOfClients(path, f)
	case !t.joined():
		v.problem(path+".sides", "brokers of shape %s%s have no links to one another: want a side with the word %s", t.Shape,
			v.origin("topology.shape"), ClientsSide)
		return
	case t.Bridged() && !slices.ContainsFunc(t.links(), func(l Link) bool { return cuts(sides, l) }):
		v.problem(path+".sides", "no bridge of shape %s%s joins these sides, so nothing is cut", t.Shape,
			v.origin("topology.shape"))
		return
	}
	if f.Via == ViaProxy && t.Shape == ShapeCluster && brokers > 1 {
		v.problem(path+".sides", "brokers of a cluster talk to one another directly, where no proxy is: want via: packets in "+
			"runtime container")
	}
}

// checkSides checks the sides of a partition as written, and reports whether they can be built upon.
func (v *validator) checkSides(path string, f Fault) bool {
	if !v.ok(path, "topology.nodes") {
		return false
	}
	if len(f.Sides) < 2 {
		v.reject(path, "a partition has two sides or more: want sides such as [[b1], [b2, %s]]", ClientsSide)
		return false
	}
	known := append(BrokerNames(v.Topology.Nodes), ClientsSide)
	seen := map[string]bool{}
	valid := true
	reject := func(path, format string, args ...any) {
		v.reject(path, format, args...)
		valid = false
	}
	for i, side := range f.Sides {
		at := indexed(path, i)
		if !v.ok(at) {
			valid = false
			continue
		}
		if len(side) == 0 {
			reject(at, "this side is empty: want brokers, or the word %s", ClientsSide)
		}
		for j, name := range side {
			switch at := indexed(at, j); {
			case !v.ok(at):
				valid = false
			case !slices.Contains(known, name):
				reject(at, "there is no broker %q: want %s%s, or %s", shorten(name), brokerRange(v.Topology.Nodes),
					v.origin("topology.nodes"), ClientsSide)
			case seen[name]:
				reject(at, "%s is there twice, and cannot be cut from itself", name)
			}
			seen[name] = true
		}
	}
	v.decoder.bad[path] = v.decoder.bad[path] || !valid
	return valid
}
