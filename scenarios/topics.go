package scenarios

import (
	"strconv"
	"strings"
)

// BrokerNames returns the names of that many brokers: b1, b2, ….
func BrokerNames(nodes int) []string {
	names := make([]string, max(nodes, 0))
	for i := range names {
		names[i] = brokerName(i)
	}
	return names
}

// brokerName is the name of the broker with that number, from 0.
func brokerName(i int) string { return "b" + strconv.Itoa(i+1) }

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

// FiltersOf returns the topic filters of subscriber n of the group (from 1), whose home is that broker, as they are
// sent: those of a shared subscription begin with $share/NAME/ [MQTT 5.0 §4.8.2].
func (g SubscriberGroup) FiltersOf(n int, broker string) []string {
	filters := g.plainFiltersOf(n, broker)
	if g.Share != "" {
		for i := range filters {
			filters[i] = sharePrefix + g.Share + "/" + filters[i]
		}
	}
	return filters
}

// plainFiltersOf returns the topic filters without the prefix of shared subscriptions.
func (g SubscriberGroup) plainFiltersOf(n int, broker string) []string {
	templates := g.templates()
	filters := make([]string, len(templates))
	for i, template := range templates {
		filters[i] = expand(template, g.Name, n, broker)
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
	before, rest, found := strings.Cut(template, "{")
	if !found {
		return template
	}
	var b strings.Builder
	for found {
		b.WriteString(before)
		switch {
		case strings.HasPrefix(rest, "name}"):
			b.WriteString(name)
			rest = rest[len("name}"):]
		case strings.HasPrefix(rest, "n}"):
			b.WriteString(strconv.Itoa(n))
			rest = rest[len("n}"):]
		case strings.HasPrefix(rest, "broker}"):
			b.WriteString(broker)
			rest = rest[len("broker}"):]
		default:
			b.WriteByte('{')
		}
		before, rest, found = strings.Cut(rest, "{")
	}
	b.WriteString(before)
	return b.String()
}

// overlap reports whether there is a topic that both filters select.
func overlap(a, b string) bool {
	if dollar(a) != dollar(b) && (wildcardFirst(a) || wildcardFirst(b)) {
		return false
	}
	for {
		levelA, restA, moreA := strings.Cut(a, "/")
		levelB, restB, moreB := strings.Cut(b, "/")
		switch {
		case levelA == "#" || levelB == "#":
			return true
		case levelA != levelB && levelA != "+" && levelB != "+":
			return false
		case !moreA && !moreB:
			return true
		case !moreA:
			return restB == "#"
		case !moreB:
			return restA == "#"
		}
		a, b = restA, restB
	}
}

func dollar(filter string) bool { return strings.HasPrefix(filter, "$") }

func wildcardFirst(filter string) bool {
	return strings.HasPrefix(filter, "#") || strings.HasPrefix(filter, "+")
}

// A topicLevel is a tree of topics by their levels: many topics, asked for what a filter selects.
type topicLevel struct {
	next  map[string]*topicLevel
	topic bool
}

// add puts a topic into the tree.
func (l *topicLevel) add(topic string) {
	for level := range strings.SplitSeq(topic, "/") {
		child := l.next[level]
		if child == nil {
			child = &topicLevel{}
			if l.next == nil {
				l.next = map[string]*topicLevel{}
			}
			l.next[level] = child
		}
		l = child
	}
	l.topic = true
}

// matches reports whether the tree has a topic that the filter selects. It takes one off steps for each level that it
// looks at, and gives up below zero. Topics that begin with "$" are no part of a tree.
func (l *topicLevel) matches(filter string, steps *int) bool {
	if *steps--; *steps < 0 {
		return false
	}
	level, rest, more := strings.Cut(filter, "/")
	if level == "#" {
		return l.topic || len(l.next) > 0
	}
	end := func(child *topicLevel) bool {
		if !more {
			return child.topic
		}
		return rest == "#" && child.topic || child.matches(rest, steps)
	}
	if level != "+" {
		child := l.next[level]
		return child != nil && end(child)
	}
	for _, child := range l.next {
		if end(child) {
			return true
		}
	}
	return false
}
