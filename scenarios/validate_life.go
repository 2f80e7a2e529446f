package scenarios

import (
	"time"
)

// shortestSpan is the shortest stay, absence and flap: a client is told to go and come in no finer steps.
const shortestSpan = 100 * time.Millisecond

// A groupLife is what publishers and subscribers have in common about when they are there.
type groupLife struct {
	churn     *Churn
	join      *Join
	duplicate bool
}

// A usedKey is a key of a group, and whether the scenario uses it. Several are told of in the order in which they are
// listed, since problems that come from one override have no other.
type usedKey struct {
	key  string
	used bool
}

// checkLife checks when the clients of a group are there.
func (v *validator) checkLife(path string, g groupLife) {
	for _, own := range []usedKey{{"churn", g.churn != nil}, {"join", g.join != nil}} {
		if at := path + "." + own.key; own.used && g.duplicate && v.ok(at, path+".duplicate") {
			v.problem(at, "the two clients of a duplicate would come and go apart: leave %s or duplicate out", own.key)
		}
	}
	v.checkOwn(path, "churn", g.churn != nil)
	v.checkOwn(path, "join", g.join != nil)
	if g.churn != nil {
		v.checkChurn(path+".churn", *g.churn)
	}
	if g.join != nil {
		v.checkJoin(path+".join", *g.join)
	}
}

// checkOwn reports a key that only mqbench's own client obeys.
func (v *validator) checkOwn(path, key string, used bool) {
	if used && v.ok(path+"."+key, "workload.client.library") && v.Workload.Client.Library == LibraryPaho {
		v.problem(path+"."+key, "clients of library %s%s stay connected as that library sees fit: leave %s out, or library",
			LibraryPaho, v.origin("workload.client.library"), key)
	}
}

func (v *validator) checkChurn(path string, c Churn) {
	for _, s := range []struct {
		key  string
		span Span
	}{{"stay", c.Stay}, {"away", c.Away}} {
		if at := path + "." + s.key; v.ok(at) && s.span.Min < shortestSpan {
			v.reject(at, "%s is %s: want %s or more", s.key, s.span, formatDuration(shortestSpan))
		}
	}
	client := v.Workload.Client
	if at := path + ".away"; v.ok(at, "workload.client.expiry", "workload.client.session", "workload.client.protocol") &&
		client.Protocol == Protocol5 && client.Session == SessionPersistent && c.Away.Max >= client.Expiry {
		v.problem(at, "clients may be away for %s, and their sessions expire after %s%s: what is published meanwhile would be "+
			"owed or not by chance. Want a longer expiry, a shorter absence, or session clean",
			formatDuration(c.Away.Max), formatDuration(client.Expiry), v.origin("workload.client.expiry"))
	}
}

func (v *validator) checkJoin(path string, j Join) {
	if !v.ok(path+".at", path+".within", "phases.measure") {
		return
	}
	if j.At+j.Within >= v.Phases.Measure {
		v.problem(path+".at", "the last client comes %s into the measurement, which lasts %s: want it earlier",
			formatDuration(j.At+j.Within), formatDuration(v.Phases.Measure))
	}
	if j.At == 0 && v.Phases.Warmup == 0 && v.ok("phases.warmup") {
		v.problem(path+".at", "at 0s without a warmup is the start, when all clients are there: want a later time, or leave join out")
	}
}

// checkFlap checks a subscription that is given up once in a while.
func (v *validator) checkFlap(i int, g SubscriberGroup) {
	path := v.subscriberPath(i, "flap")
	v.checkOwn(indexed("workload.subscribers", i), "flap", g.Flap != nil)
	if g.Flap == nil || !v.ok(path+".every", path+".for") {
		return
	}
	switch {
	case g.Flap.For < shortestSpan:
		v.reject(path+".for", "for is %s: want %s or more", formatDuration(g.Flap.For), formatDuration(shortestSpan))
	case g.Flap.Every < g.Flap.For+shortestSpan:
		v.reject(path+".every", "every is %s, and the filters are away for %s of it: want %s or more",
			formatDuration(g.Flap.Every), formatDuration(g.Flap.For), formatDuration(g.Flap.For+shortestSpan))
	}
	if g.Duplicate && v.ok(v.subscriberPath(i, "duplicate")) {
		v.problem(path, "the two clients of a duplicate would flap apart: leave flap or duplicate out")
	}
}

// checkDownlink checks what publishers subscribe to; the filters are checked with those of subscribers.
func (v *validator) checkDownlink(i int, g PublisherGroup) {
	path := v.publisherPath(i, "subscribe")
	v.checkOwn(indexed("workload.publishers", i), "subscribe", g.Subscribe != nil)
	if g.Subscribe == nil || !v.ok(path) {
		return
	}
	if v.able != nil && v.ok(path+".qos") && g.Subscribe.QoS > v.able.MaxQoS {
		v.problem(path+".qos", "broker %s serves QoS %d at most", v.Topology.Broker, v.able.MaxQoS)
	}
	if g.Duplicate && v.ok(v.publisherPath(i, "duplicate")) {
		v.problem(path, "what a device receives would come to both clients of a duplicate: leave subscribe or duplicate out")
	}
}

// checkSources checks the addresses from which clients connect.
func (v *validator) checkSources() {
	const path = "workload.client.source_addresses"
	if !v.ok(path) {
		return
	}
	for i, text := range v.Workload.Client.SourceAddresses {
		at := indexed(path, i)
		if !v.ok(at) {
			continue
		}
		if list, err := parseSources(text); err != nil {
			v.reject(at, "%v", err)
		} else if list[0].IsLoopback() && v.ok("topology.runtime") && v.Topology.Runtime == RuntimeContainer {
			v.reject(at, "%q: a container cannot answer a loopback address: want addresses of this machine that its network "+
				"leads to", shorten(text))
		} else if !list[0].Is4() {
			v.reject(at, "%q: the brokers have IPv4 addresses: want an IPv4 address, range or prefix", shorten(text))
		}
	}
	if _, err := v.Workload.Client.Sources(); err != nil && v.ok(path) {
		for i := range v.Workload.Client.SourceAddresses {
			if !v.ok(indexed(path, i)) {
				return
			}
		}
		v.reject(path, "%v", err)
	}
}
