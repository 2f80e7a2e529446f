package scenarios

import (
	"strconv"
	"strings"
)

// BrokerNames returns the names of that many brokers: b1, b2, ….
func BrokerNames(nodes int) []string {
	names := make([]string, max(nodes, 0))
	for i := range names {
		names[i] = "b" + strconv.Itoa(i+1)
	}
	return names
}

// Serving returns the names of the brokers at which clients may start: the first one of a standby topology, all of every other.
func (t Topology) Serving() []string {
	if t.Shape == ShapeStandby {
		return BrokerNames(min(t.Nodes, 1))
	}
	return BrokerNames(t.Nodes)
}

// Home returns the name of the broker at which client n of a group (from 1) starts: groups that are spread take the serving
// brokers in turn, so the first client of every group is at b1.
func (t Topology) Home(p Placement, n int) string {
	if p != PlacementSpread {
		return string(p)
	}
	serving := t.Serving()
	return serving[(n-1)%len(serving)]
}

// TopicOf returns the topic of publisher n of the group (from 1), whose home is that broker.
func (g PublisherGroup) TopicOf(n int, broker string) string {
	return expand(g.Topic, g.Name, n, broker)
}

// WillOf returns the will of publisher n of the group (from 1), whose home is that broker; nil if it has none.
func (g PublisherGroup) WillOf(n int, broker string) *Will {
	if g.Will == nil {
		return nil
	}
	will := *g.Will
	will.Topic = expand(will.Topic, g.Name, n, broker)
	return &will
}

// FiltersOf returns the topic filters of subscriber n of the group (from 1), whose home is that broker, as they are sent:
// those of a shared subscription begin with $share/NAME/ [MQTT 5.0 §4.8.2].
func (g SubscriberGroup) FiltersOf(n int, broker string) []string {
	templates := g.templates()
	filters := make([]string, len(templates))
	for i, template := range templates {
		filters[i] = expand(template, g.Name, n, broker)
		if g.Share != "" {
			filters[i] = sharePrefix + g.Share + "/" + filters[i]
		}
	}
	return filters
}

// sharePrefix begins the filter of a shared subscription.
const sharePrefix = "$share/"

// templates returns the filters of the group as written.
func (g SubscriberGroup) templates() []string {
	if g.Filter != "" {
		return append([]string{g.Filter}, g.Filters...)
	}
	return g.Filters
}

// expand fills in the placeholders of a topic or filter.
func expand(template, name string, n int, broker string) string {
	if !strings.Contains(template, "{") {
		return template
	}
	return strings.NewReplacer("{name}", name, "{n}", strconv.Itoa(n), "{broker}", broker).Replace(template)
}

// Matches reports whether a topic filter selects a topic [MQTT 5.0 §4.7]. Both have to be valid. The filter of a shared
// subscription matches as the filter behind its prefix does. A wildcard in the first level does not match topics that
// begin with "$" [MQTT-4.7.2-1].
func Matches(filter, topic string) bool {
	if rest, shared := strings.CutPrefix(filter, sharePrefix); shared {
		_, filter, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(topic, "$") && (strings.HasPrefix(filter, "#") || strings.HasPrefix(filter, "+")) {
		return false
	}
	for {
		level, filterRest, filterMore := strings.Cut(filter, "/")
		if level == "#" {
			return true
		}
		name, topicRest, topicMore := strings.Cut(topic, "/")
		if level != "+" && level != name {
			return false
		}
		if !filterMore && !topicMore {
			return true
		}
		if !topicMore {
			// "sport/#" also selects its parent level "sport" [MQTT 5.0 §4.7.1.2].
			return filterRest == "#"
		}
		if !filterMore {
			return false
		}
		filter, topic = filterRest, topicRest
	}
}
