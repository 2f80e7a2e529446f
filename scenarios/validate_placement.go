package scenarios

import (
	"fmt"
	"slices"
)

// maxRoutes bounds the work of placing each client.
const maxRoutes = 100

// A groupPlace is what publishers and subscribers have in common about where they connect.
type groupPlace struct {
	brokers   Placement
	fallback  []string
	duplicate bool
}

// checkPlace checks at which brokers the clients of a group may be.
func (v *validator) checkPlace(path string, g groupPlace) {
	if !v.ok("topology.nodes", "topology.balancer") {
		return
	}
	if v.Topology.Balanced() {
		v.checkBalanced(path, g)
		return
	}
	known := BrokerNames(v.Topology.Nodes)
	at := path + ".brokers"
	switch {
	case !v.ok(at) || g.brokers == PlacementSpread || slices.Contains(known, string(g.brokers)):
	case g.brokers == PlacementEdges:
		if v.ok("topology.shape") && v.Topology.Shape != ShapeEdge {
			v.reject(at, "only shape edge has edges, and shape is %s%s: want %s", v.Topology.Shape, v.origin("topology.shape"),
				v.placements())
		}
	case g.brokers != PlacementRoute:
		v.reject(at, "there is no broker %q: want %s", shorten(string(g.brokers)), v.placements())
	case v.ok("workload.routes") && len(v.Workload.Routes) == 0:
		v.reject(at, "brokers is route, but the workload has no routes")
	}
	v.checkFallback(path+".fallback", g, known)
	if at := path + ".duplicate"; v.ok(at) && g.duplicate {
		v.checkDuplicate(at)
	}
}

// checkBalanced reports what a group says about brokers although a balancer chooses them.
func (v *validator) checkBalanced(path string, g groupPlace) {
	for _, own := range []usedKey{
		{"brokers", g.brokers != PlacementSpread}, {"fallback", len(g.fallback) > 0}, {"duplicate", g.duplicate},
	} {
		if at := path + "." + own.key; own.used && v.ok(at) {
			v.reject(at, "the balancer%s chooses the broker of each client: leave %s out", v.origin("topology.balancer"), own.key)
		}
	}
}

// checkFallback checks the brokers to which clients may go after their own.
func (v *validator) checkFallback(path string, g groupPlace, known []string) {
	if !v.ok(path) || len(g.fallback) == 0 {
		return
	}
	switch {
	case g.duplicate:
		v.problem(path, "clients with duplicate stay at their brokers: leave fallback out")
	case v.ok("workload.client.reconnect.brokers") && v.Workload.Client.Reconnect.Brokers == StrategySticky:
		v.problem(path, "sticky clients%s stay at their broker: leave fallback out, or want rotate or ordered",
			v.origin("workload.client.reconnect.brokers"))
	}
	for i, name := range g.fallback {
		at := indexed(path, i)
		switch {
		case !v.ok(at):
		case !slices.Contains(known, name):
			v.reject(at, "there is no broker %q: want %s%s", shorten(name), brokerRange(v.Topology.Nodes), v.origin("topology.nodes"))
		case name == string(g.brokers):
			v.problem(at, "%s is the own broker of the group, which comes first anyway", name)
		case slices.Contains(g.fallback[:i], name):
			v.problem(at, "%s is in the list twice", name)
		}
	}
}

// checkDuplicate checks that there are two brokers to be at.
func (v *validator) checkDuplicate(path string) {
	switch {
	case v.Topology.Nodes < 2:
		v.problem(path, "duplicate needs two brokers, and there is one%s", v.origin("topology.nodes"))
	case v.ok("topology.shape") && v.Topology.Shape == ShapeStandby && v.able != nil && v.able.SharedStandby:
		v.problem(path, "duplicate needs two brokers that serve, and of a standby of %s only one does", v.Topology.Broker)
	}
}

// checkRoutes checks the routes of the workload, and that each is of use.
func (v *validator) checkRoutes() {
	const path = "workload.routes"
	if !v.ok(path) || len(v.Workload.Routes) == 0 {
		return
	}
	if len(v.Workload.Routes) > maxRoutes {
		v.reject(path, "routes has %d entries: want %d at most", len(v.Workload.Routes), maxRoutes)
		return
	}
	valid := true
	for i, r := range v.Workload.Routes {
		at := indexed(path, i)
		if v.ok(at + ".filter") {
			v.checkRouteFilter(at+".filter", r.Filter)
		}
		if v.ok(at+".broker", "topology.nodes") && !slices.Contains(BrokerNames(v.Topology.Nodes), r.Broker) {
			v.reject(at+".broker", "there is no broker %q: want %s%s", shorten(r.Broker), brokerRange(v.Topology.Nodes),
				v.origin("topology.nodes"))
		}
		valid = v.ok(at+".filter", at+".broker") && valid
	}
	v.decoder.bad[path] = !valid
	routed := slices.ContainsFunc(v.Workload.Publishers, func(g PublisherGroup) bool { return g.Brokers == PlacementRoute }) ||
		slices.ContainsFunc(v.Workload.Subscribers, func(g SubscriberGroup) bool { return g.Brokers == PlacementRoute })
	if !routed && v.ok("workload.publishers", "workload.subscribers") {
		v.problem(path, "no group goes by the routes: want brokers: route at one, or leave routes out")
	}
}

func (v *validator) checkRouteFilter(path, filter string) {
	if !v.checkFilter(path, filter, "") {
		return
	}
	for _, placeholder := range placeholders() {
		if hasPlaceholder(filter, placeholder) {
			v.reject(path, "filter %q of a route has the placeholder %s: want it as clients send it", shorten(filter), placeholder)
			return
		}
	}
}

// checkRouted checks that each of the clients of a group that goes by route has one. home tells where a client starts,
// and template is what decides it.
func (v *validator) checkRouted(path string, count int, template string, home func(n int) string) {
	if v.tooMany() || !v.ok("workload.routes", path+".count", path+".name", path+".brokers") {
		return
	}
	if !hasPlaceholder(template, "{n}") {
		count = min(count, 1)
	}
	for n := 1; n <= count; n++ {
		if home(n) == "" {
			v.reject(path+".brokers", "no route has %q of client %d", shorten(template), n)
			return
		}
	}
}

// checkBrokerPlaceholder reports {broker} in a topic or filter where the broker of a client is not known by it.
func (v *validator) checkBrokerPlaceholder(path, text string, brokers Placement) {
	if !hasPlaceholder(text, "{broker}") || !v.ok("topology.balancer") {
		return
	}
	reason := ""
	switch {
	case v.Topology.Balanced():
		reason = fmt.Sprintf("the balancer%s chooses the broker", v.origin("topology.balancer"))
	case brokers == PlacementRoute:
		reason = "with brokers: route it decides the broker"
	default:
		return
	}
	v.reject(path, "%q has the placeholder {broker}, but %s", shorten(text), reason)
}
