package check

import "github.com/mqbench/mqbench/reports/history"

// The classes of reordering, by what happened between the first write of the message and its receipt. Only an inversion
// between clients that stayed connected, or came back to where their session was, breaks a promise of the broker; one
// of a publisher that moved to another broker went two ways, for which no order is promised [MQTT 5.0 §4.6]. Nor does
// the record know the connections of bridges, which may be made anew.
const (
	disorderMoved       = "publisher moved"
	disorderPublisher   = "publisher reconnected"
	disorderSubscriber  = "subscriber reconnected"
	disorderBridged     = "over a bridge"
	disorderUndisturbed = "connections undisturbed"
)

// disorder tells which class a reordering belongs to.
func (r *record) disorder(o history.Oddity, x Anomaly, bridged bool) string {
	class := disorderUndisturbed
	if bridged {
		class = disorderBridged
	}
	for _, c := range r.subscribers[o.Subscriber].connections {
		if c.began > x.Written && c.began <= x.Received {
			class = disorderSubscriber
		}
	}
	connections := r.publishers[o.Publisher].connections
	for i, c := range connections {
		if c.began <= x.Written || c.began > x.Received {
			continue
		}
		if i > 0 && connections[i-1].broker != c.broker {
			return disorderMoved
		}
		class = disorderPublisher
	}
	return class
}

func disorders() []string {
	return []string{disorderUndisturbed, disorderBridged, disorderSubscriber, disorderPublisher, disorderMoved}
}

func (e *evidence) addReordered(x Anomaly) {
	if e.reordered == nil {
		e.reordered = make(map[string]*exhibit)
	}
	if e.reordered[x.Class] == nil {
		e.reordered[x.Class] = &exhibit{}
	}
	e.reordered[x.Class].add(x)
}
