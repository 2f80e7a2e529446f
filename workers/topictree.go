package workers

import (
	"slices"
	"strings"
)

// A topicTree finds the publishers whose topics a filter selects, in time that grows with what is found and not with
// the number of publishers times the number of subscribers. The rules are those of the standard [MQTT 5.0 §4.7].
type topicTree struct {
	children map[string]*topicTree
	// here are the numbers of the publishers whose topic ends at this level.
	here []int
}

// newTopicTree indexes the topics of publishers.
func newTopicTree(publishers []Publisher) *topicTree {
	root := &topicTree{}
	for n, p := range publishers {
		node := root
		for level := range strings.SplitSeq(p.Topic, "/") {
			child := node.children[level]
			if child == nil {
				if node.children == nil {
					node.children = make(map[string]*topicTree)
				}
				child = &topicTree{}
				node.children[level] = child
			}
			node = child
		}
		node.here = append(node.here, n)
	}
	return root
}

// matchAny returns, ascending, the publishers that at least one of the filters selects. A filter of a shared
// subscription selects what the filter behind its prefix does [MQTT 5.0 §4.8.2].
func (t *topicTree) matchAny(filters []string) []int {
	var found []int
	for _, filter := range filters {
		if rest, shared := strings.CutPrefix(filter, "$share/"); shared {
			_, filter, _ = strings.Cut(rest, "/")
		}
		found = t.match(strings.Split(filter, "/"), true, found)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// match appends the publishers below t that the remaining levels of a filter select.
func (t *topicTree) match(levels []string, root bool, found []int) []int {
	if len(levels) == 0 {
		return append(found, t.here...)
	}
	switch level := levels[0]; level {
	case "#":
		return t.all(root, found)
	case "+":
		for name, child := range t.children {
			if !hidden(root, name) {
				found = child.match(levels[1:], false, found)
			}
		}
		return found
	default:
		if child := t.children[level]; child != nil {
			found = child.match(levels[1:], false, found)
		}
		return found
	}
}

// all appends every publisher at or below t: "sport/#" also selects its parent level "sport".
func (t *topicTree) all(root bool, found []int) []int {
	found = append(found, t.here...)
	for name, child := range t.children {
		if !hidden(root, name) {
			found = child.all(false, found)
		}
	}
	return found
}

// hidden says that a wildcard in the first level does not select topics that begin with "$" [MQTT-4.7.2-1].
func hidden(root bool, name string) bool { return root && strings.HasPrefix(name, "$") }
