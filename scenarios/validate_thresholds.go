package scenarios

import "slices"

// checkThresholds compares the thresholds with what the run will have figures of. Their words were checked when they
// were read.
func (v *validator) checkThresholds() {
	if !v.ok("thresholds") {
		return
	}
	for i, t := range v.Thresholds {
		path := indexed("thresholds", i)
		if !v.ok(path) {
			continue
		}
		if v.ok("chaos") && len(v.Chaos) == 0 && (t.isFailover() || t.Window != WindowAll) {
			what := t.figure()
			if t.Window != WindowAll {
				what = `"` + string(t.Window) + `"`
			}
			v.problem(path, "%s needs a fault, and the scenario has no chaos", what)
		}
		if v.ok("workload.subscribers", "workload.publishers") && !v.Workload.receives() && t.needsSubscribers() {
			v.problem(path, "%s needs subscribers, and the workload has none", t.Metric)
		}
		v.checkHandshake(path, t.Metric)
		if v.ok("workload.publishers") && t.Metric == "publish" && v.unacknowledged() {
			v.problem(path, "publish is the time to the acknowledgement, and all publishers use QoS 0, which has none")
		}
	}
}

// checkHandshake refuses a threshold on a handshake that the transport does not have.
func (v *validator) checkHandshake(path, metric string) {
	const transport = "workload.client.transport"
	c := v.Workload.Client.Transport
	var missing string
	switch {
	case metric == "tls_handshake" && !c.Encrypted():
		missing = "tls or wss"
	case metric == "websocket_upgrade" && !c.WebSocket():
		missing = "ws or wss"
	}
	if missing != "" && v.ok(transport) {
		v.problem(path, "%s is nothing that transport %s%s does: want transport %s, or leave it out", metric, c, v.origin(transport), missing)
	}
}

// receives reports whether there is anyone to deliver to: a subscriber, or a publisher that subscribes too.
func (w Workload) receives() bool {
	return len(w.Subscribers) > 0 || slices.ContainsFunc(w.Publishers, func(g PublisherGroup) bool { return g.Subscribe != nil })
}

// needsSubscribers reports whether the figure is about deliveries.
func (t Threshold) needsSubscribers() bool {
	return slices.Contains([]string{
		"expected", "delivered", "lost", "recovered", "duplicated", "reordered", "phantom", "missed",
		"copies", "end_to_end", "service", "resubscribe", Backlog, DeliveredRate, UnavailabilityGap, BrokerCPUPerMessage,
	}, t.Metric)
}

// unacknowledged reports whether every publisher uses QoS 0.
func (v *validator) unacknowledged() bool {
	for i, g := range v.Workload.Publishers {
		if g.QoS > 0 || !v.ok(v.publisherPath(i, "qos")) {
			return false
		}
	}
	return true
}
