package scenarios

import (
	"slices"
	"strings"
	"unicode"
)

// maxTopicSteps bounds the work of comparing filters with topics, so that no file keeps the validation busy for
// minutes. A scenario beyond it is run without the rest of these comparisons.
const maxTopicSteps = 30_000_000

// checkTopics checks the topics of publishers and wills, and that no two publishers share one.
func (v *validator) checkTopics() {
	for i, g := range v.Workload.Publishers {
		if path := v.publisherPath(i, "topic"); v.ok(path) {
			v.checkTopic(path, g.Topic, g.Name)
			v.checkBrokerPlaceholder(path, g.Topic, g.Brokers)
		}
		if path := v.publisherPath(i, "will.topic"); g.Will != nil && v.ok(path) {
			v.checkTopic(path, g.Will.Topic, g.Name)
			v.checkBrokerPlaceholder(path, g.Will.Topic, PlacementSpread)
		}
		if g.Brokers == PlacementRoute && v.ok(v.publisherPath(i, "topic")) {
			v.checkRouted(indexed("workload.publishers", i), g.Count, g.Topic, func(n int) string { return v.PublisherHome(g, n) })
		}
	}
	if v.tooMany() || !v.ok("topology") {
		return
	}
	owners := map[string]int{}
	for i, g := range v.Workload.Publishers {
		if !v.placed("workload.publishers", i, g.Brokers) || !v.ok(v.publisherPath(i, "topic")) {
			continue
		}
		v.checkUnique(i, g, owners)
		v.checkMeshTopic(i, g)
	}
}

// placed reports whether the members of a group and their homes are known.
func (v *validator) placed(list string, i int, brokers Placement) bool {
	path := indexed(list, i)
	switch {
	case !v.ok(path+".name", path+".count", path+".brokers"):
		return false
	case brokers == PlacementSpread:
		return v.ok("topology.nodes")
	case brokers == PlacementEdges:
		return v.ok("topology.nodes", "topology.shape") && v.Topology.Nodes > 1
	case brokers == PlacementRoute:
		return v.ok("workload.routes", path+".topic")
	default:
		return true
	}
}

// checkUnique reports a group of which a publisher has the topic of another. owners maps topics to the groups of their
// publishers.
func (v *validator) checkUnique(i int, g PublisherGroup, owners map[string]int) {
	path := v.publisherPath(i, "topic")
	for n := 1; n <= g.Count; n++ {
		topic := g.TopicOf(n, v.PublisherHome(g, n))
		other, taken := owners[topic]
		switch {
		case taken && other == i:
			v.problem(path, "several publishers of %s have the topic %q, so their flows cannot be told apart: "+
				"put the placeholder {n} into it", g.Name, shorten(topic))
			return
		case taken:
			v.problem(path, "publishers of %s and %s have the topic %q, so their flows cannot be told apart: "+
				"put the placeholder {name} into it", g.Name, v.Workload.Publishers[other].Name, shorten(topic))
			return
		}
		owners[topic] = i
	}
}

// checkTopic checks a topic name, with its placeholders [MQTT 5.0 §4.7].
func (v *validator) checkTopic(path, topic, name string) {
	if !v.checkText(path, "topic", topic, name) {
		return
	}
	switch {
	case strings.ContainsAny(topic, "+#"):
		v.reject(path, "topic %q has a wildcard: only filters of subscribers may", shorten(topic))
	case strings.HasPrefix(topic, "$"):
		v.reject(path, "topic %q begins with $, which belongs to the broker", shorten(topic))
	}
}

// checkText checks what topics and filters have in common.
func (v *validator) checkText(path, kind, text, name string) bool {
	if text == "" {
		v.reject(path, "the %s is empty: want 1 to %d bytes", kind, maxString)
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			v.reject(path, "%s %q has the control character U+%04X, at which a broker may close the connection",
				kind, shorten(text), r)
			return false
		}
	}
	if unknown := unknownPlaceholder(text); unknown != "" {
		v.reject(path, "%s %q has the unknown placeholder %s: want {name}, {n} or {broker}",
			kind, shorten(text), shorten(unknown))
		return false
	}
	if longest := len(expand(text, name, maxClients, "b99")); longest > maxString {
		v.reject(path, "the %s has up to %d bytes, more than the %d that MQTT allows", kind, longest, maxString)
		return false
	}
	return true
}

// placeholders are the words in braces that topics and filters may have.
func placeholders() []string { return []string{"{name}", "{n}", "{broker}"} }

func hasPlaceholder(text, placeholder string) bool { return strings.Contains(text, placeholder) }

// unknownPlaceholder returns the first word in braces that is no placeholder, or a brace without its other half.
func unknownPlaceholder(text string) string {
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			return ""
		}
		end := strings.IndexByte(text[i:], '}')
		if text[i] == '}' || end < 0 {
			return text[i:]
		}
		word := text[i : i+end+1]
		if !slices.Contains(placeholders(), word) {
			return word
		}
		text = text[i+end+1:]
	}
	return ""
}

// A listener is a group that subscribes, and where its filters are written.
type listener struct {
	SubscriberGroup
	path string
	// list and index say which group of the workload it is.
	list  string
	index int
}

// listeners lists the groups of subscribers, and the groups of publishers that subscribe too.
func (v *validator) listeners() []listener {
	var list []listener
	for i, g := range v.Workload.Subscribers {
		list = append(list, listener{g, indexed("workload.subscribers", i), "workload.subscribers", i})
	}
	for i, g := range v.Workload.Publishers {
		if r, is := g.Receivers(); is {
			list = append(list, listener{r, v.publisherPath(i, "subscribe"), "workload.publishers", i})
		}
	}
	return list
}

// checkFilters checks the filters of subscribers: that they are valid, do not overlap and select something to measure.
func (v *validator) checkFilters() {
	topics, wills := v.topicTree()
	steps := maxTopicSteps
	for _, g := range v.listeners() {
		valid := v.checkFilterKeys(g)
		if valid && g.Brokers == PlacementRoute && g.list == "workload.subscribers" {
			v.checkRouted(indexed(g.list, g.index), g.Count, g.templates()[0],
				func(n int) string { return v.SubscriberHome(g.SubscriberGroup, n) })
		}
		if !valid || v.tooMany() || !v.ok("topology") || !v.placed(g.list, g.index, g.Brokers) {
			continue
		}
		v.checkFilterOverlap(g, &steps)
		v.checkFilterMatches(g, topics, wills, &steps)
	}
}

// homeOf is where member n (from 1) starts: a publisher that subscribes is where it publishes.
func (l listener) homeOf(s *Scenario, n int) string {
	if l.list == "workload.publishers" {
		return s.PublisherHome(s.Workload.Publishers[l.index], n)
	}
	return s.SubscriberHome(l.SubscriberGroup, n)
}

// checkFilterKeys checks the filters of a group as written.
func (v *validator) checkFilterKeys(g listener) bool {
	one, many := g.path+".filter", g.path+".filters"
	if !v.ok(one, many) {
		return false
	}
	hasOne, hasMany := !v.decoder.absentKey(one), !v.decoder.absentKey(many)
	switch {
	case hasOne && hasMany:
		v.reject(many, "filter and filters exclude each other: want one of them")
		return false
	case !hasOne && len(g.Filters) == 0:
		v.reject(one, "%s lacks the key filter (or filters, with at least one): want a topic filter such as plant/#",
			title(g.path))
		return false
	}
	check := func(path, template string) bool {
		if !v.ok(path) || !v.checkFilter(path, template, g.Name) {
			return false
		}
		v.checkBrokerPlaceholder(path, template, g.Brokers)
		return v.ok(path)
	}
	if hasOne {
		return check(one, g.Filter)
	}
	valid := true
	for j, template := range g.Filters {
		valid = check(indexed(many, j), template) && valid
	}
	return valid
}

// checkFilter checks a topic filter, with its placeholders [MQTT 5.0 §4.7.1].
func (v *validator) checkFilter(path, filter, name string) bool {
	if !v.checkText(path, "filter", filter, name) {
		return false
	}
	if strings.HasPrefix(filter, sharePrefix) {
		v.reject(path, "filter %q is a shared subscription: leave out $share/NAME/ and give NAME with the key share",
			shorten(filter))
		return false
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		switch {
		case strings.Contains(level, "#") && (level != "#" || i != len(levels)-1):
			v.reject(path, "filter %q: the wildcard # stands alone in the last level", shorten(filter))
			return false
		case strings.Contains(level, "+") && level != "+":
			v.reject(path, "filter %q: the wildcard + stands alone in its level", shorten(filter))
			return false
		}
	}
	return true
}

// members is how many members of a group have to be looked at: with one and the same filters, the first stands for all.
func (g SubscriberGroup) members() int {
	for _, template := range g.templates() {
		if hasPlaceholder(template, "{n}") || hasPlaceholder(template, "{broker}") {
			return g.Count
		}
	}
	return min(g.Count, 1)
}

// checkFilterOverlap reports filters of one subscriber that select the same topics.
func (v *validator) checkFilterOverlap(g listener, steps *int) {
	for n := 1; n <= g.members(); n++ {
		filters := g.plainFiltersOf(n, g.homeOf(v.Scenario, n))
		for b := range filters {
			for a := range b {
				if *steps--; *steps < 0 {
					return
				}
				if overlap(filters[a], filters[b]) {
					v.problem(indexed(g.path+".filters", b), "filter %q overlaps with %q: a broker may deliver "+
						"a message once or twice then, and duplicates could not be judged", shorten(filters[b]), shorten(filters[a]))
					return
				}
			}
		}
	}
}

// checkFilterMatches reports filters that select no topic of a publisher, and those that select the topic of a will,
// which would be taken for a message that nobody sent.
func (v *validator) checkFilterMatches(g listener, topics, wills *topicLevel, steps *int) {
	reported := map[int]bool{}
	for n := 1; n <= g.members(); n++ {
		for j, filter := range g.plainFiltersOf(n, g.homeOf(v.Scenario, n)) {
			path := g.path + ".filter"
			if v.decoder.absentKey(path) {
				path = indexed(g.path+".filters", j)
			}
			if reported[j] || *steps < 0 {
				continue
			}
			if topics != nil && !topics.matches(filter, steps) && *steps > 0 {
				reported[j] = true
				v.problem(path, "filter %q of subscriber %d of %s matches the topic of no publisher", shorten(filter), n, g.Name)
			}
			if wills.matches(filter, steps) && *steps > 0 {
				reported[j] = true
				v.problem(path, "filter %q matches the topic of a will, whose payload carries no stamp: keep wills apart",
					shorten(filter))
			}
		}
	}
}

// topicTree gathers the topics of all publishers and of their wills. topics is nil where one of them is not known, so
// that nothing can be said about what matches none.
func (v *validator) topicTree() (topics, wills *topicLevel) {
	topics, wills = &topicLevel{}, &topicLevel{}
	if v.tooMany() || !v.ok("topology", "workload.publishers") {
		return nil, wills
	}
	for i, g := range v.Workload.Publishers {
		if !v.placed("workload.publishers", i, g.Brokers) {
			topics = nil
			continue
		}
		topicKnown := v.ok(v.publisherPath(i, "topic"))
		willKnown := g.Will != nil && v.ok(v.publisherPath(i, "will.topic"))
		if !topicKnown {
			topics = nil
		}
		for n := 1; n <= g.Count; n++ {
			home := v.PublisherHome(g, n)
			if topics != nil {
				topics.add(g.TopicOf(n, home))
			}
			if willKnown {
				wills.add(g.WillOf(n, home).Topic)
			}
		}
	}
	return topics, wills
}
