package scenarios

// PublisherHome returns the name of the broker at which publisher n of the group (from 1) starts; "" where no route has
// its topic.
func (s *Scenario) PublisherHome(g PublisherGroup, n int) string {
	if g.Brokers == PlacementRoute {
		return s.Workload.Route(g.TopicOf(n, ""))
	}
	return s.Topology.home(g.Brokers, n)
}

// SubscriberHome returns the name of the broker at which subscriber n of the group (from 1) starts; "" where no route
// has its first filter.
func (s *Scenario) SubscriberHome(g SubscriberGroup, n int) string {
	if g.Brokers == PlacementRoute {
		return s.Workload.Route(g.plainFiltersOf(n, "")[0])
	}
	return s.Topology.home(g.Brokers, n)
}

// Route returns the broker of the first route that has the topic; "" where none has. A filter has a route when the
// route would have it as a topic.
func (w Workload) Route(topic string) string {
	tree := &topicLevel{}
	tree.add(topic)
	for _, r := range w.Routes {
		steps := maxTopicSteps
		if tree.matches(r.Filter, &steps) {
			return r.Broker
		}
	}
	return ""
}

// home is the broker at which client n of a group (from 1) starts that is not placed by route: groups that are spread
// take the brokers in turn, so the first client of every group is at b1, or at b2 where it is the first edge.
func (t Topology) home(p Placement, n int) string {
	switch p {
	case PlacementSpread:
		return brokerName((n - 1) % t.Nodes)
	case PlacementEdges:
		return brokerName(1 + (n-1)%(t.Nodes-1))
	default:
		return string(p)
	}
}
