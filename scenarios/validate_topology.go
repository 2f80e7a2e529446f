package scenarios

import (
	"reflect"
	"slices"
)

// lookUpBroker asks what the broker of the topology can do.
func (v *validator) lookUpBroker() {
	const path = "topology.broker"
	if !v.ok(path) {
		return
	}
	if v.Topology.Broker == "" {
		v.reject(path, "broker is empty: want the name of a recipe or the path of a recipe file")
		return
	}
	if v.options.Capabilities == nil {
		return
	}
	able, err := v.options.Capabilities(v.Topology.Broker)
	if err != nil {
		v.reject(path, "broker %q: %v", shorten(v.Topology.Broker), err)
		return
	}
	v.able = &able
}

// checkTopology compares shape, nodes and runtime with one another and with what the broker can form.
func (v *validator) checkTopology() {
	t := v.Topology
	if v.able != nil && v.ok("topology.runtime") && !slices.Contains(v.able.Runtimes, t.Runtime) {
		v.problem("topology.runtime", "broker %s does not run in runtime %s: want %s",
			t.Broker, t.Runtime, oneOf(words(v.able.Runtimes...)))
	}
	if !v.ok("topology.shape") {
		v.decoder.bad["topology.nodes"] = v.decoder.bad["topology.nodes"] || v.decoder.absentKey("topology.nodes")
		return
	}
	if v.able != nil && !slices.Contains(v.able.Shapes, t.Shape) {
		v.problem("topology.shape", "broker %s does not form shape %s: want %s",
			t.Broker, t.Shape, oneOf(words(v.able.Shapes...)))
	}
	v.checkNodes()
}

// NodesOf is how few and how many brokers a shape has; those of a product that needs some for a cluster.
func NodesOf(shape Shape, minCluster int) (least, most int) {
	switch shape {
	case ShapeSingle:
		return 1, 1
	case ShapeCluster:
		return max(2, minCluster), maxNodes
	default:
		return 2, maxNodes
	}
}

// checkNodes compares the number of brokers with the shape.
func (v *validator) checkNodes() {
	const path = "topology.nodes"
	t := v.Topology
	if !v.ok(path) {
		return
	}
	switch {
	case v.decoder.absentKey(path) && t.Shape != ShapeSingle:
		v.decoder.bad[path] = true
		v.problem("topology.shape", "shape %s needs the key nodes: want 2 or more", t.Shape)
	case t.Nodes < 1 || t.Nodes > maxNodes:
		v.reject(path, "nodes is %d: want 1 to %d", t.Nodes, maxNodes)
	case t.Shape == ShapeSingle && t.Nodes != 1:
		v.problem(path, "nodes is %d, but shape single%s is one broker: want nodes 1, or another shape (%s)",
			t.Nodes, v.origin("topology.shape"), oneOf(wordsOf(reflect.TypeFor[Shape]())[1:]))
	case t.Shape != ShapeSingle && t.Nodes < 2:
		v.problem(path, "nodes is %d, but shape %s%s is several brokers: want nodes 2 or more, or shape single",
			t.Nodes, t.Shape, v.origin("topology.shape"))
	case t.Shape == ShapeCluster && v.able != nil && t.Nodes < v.able.MinClusterNodes:
		v.problem(path, "nodes is %d, but a cluster of %s needs at least %d", t.Nodes, t.Broker, v.able.MinClusterNodes)
	}
}

// OpenFiles is the number of files that a run of the scenario may have open at once in one process: a connection for
// each client, and two more where it passes a proxy, the pipes, logs and probes of each broker, the clients that take
// connections over, and a few to spare. A
// broker that all clients end up at after a failover needs no more than that either.
func (s *Scenario) OpenFiles() int {
	const perBroker, perTakeover, spare = 8, 64, 64
	clients := 0
	for _, g := range s.Workload.Publishers {
		clients += connections(g.Count, g.Duplicate)
	}
	for _, g := range s.Workload.Subscribers {
		clients += connections(g.Count, g.Duplicate)
	}
	if slices.ContainsFunc(s.Proxied(), func(l Link) bool { return l.From == Clients }) {
		clients *= 3
	}
	files := clients + s.Topology.Nodes*perBroker + spare
	if slices.ContainsFunc(s.Chaos, func(f Fault) bool { return f.How == DepartureTakeover }) {
		files += perTakeover
	}
	return files
}

// connections is how many connections that many clients of a group have.
func connections(clients int, duplicate bool) int {
	if duplicate {
		return 2 * clients
	}
	return clients
}

// checkFiles compares what the run needs with the files that a process may have open.
func (v *validator) checkFiles() {
	clients, known := v.clients()
	if clients > maxClients {
		v.problem("workload", "%d clients are more than the bound of %d", clients, maxClients)
		return
	}
	limit := v.options.FileLimit
	if limit == 0 || !known || !v.ok("topology.nodes", "topology.shape", "chaos") {
		return
	}
	if need := v.OpenFiles(); need > limit {
		v.problem("workload", "%d clients need %d open files, brokers and spare ones included, but a process may have %d: "+
			"raise the limit (ulimit -n) or lower the counts", clients, need, limit)
	}
}

// clients counts the clients of all groups; known is false where the count of one could not be read.
func (v *validator) clients() (total int, known bool) {
	known = v.ok("workload.publishers", "workload.subscribers")
	add := func(path string, count int) {
		if v.ok(path) {
			total += count
		} else {
			known = false
		}
	}
	for i, g := range v.Workload.Publishers {
		add(v.publisherPath(i, "count"), connections(g.Count, g.Duplicate))
	}
	for i, g := range v.Workload.Subscribers {
		add(v.subscriberPath(i, "count"), connections(g.Count, g.Duplicate))
	}
	return total, known
}

// tooMany reports whether there are more clients than the validation looks at one by one.
func (v *validator) tooMany() bool {
	total, _ := v.clients()
	return total > maxClients
}
