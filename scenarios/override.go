package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A segment is one step of a path: a key, or the index of a list's element where key is "".
type segment struct {
	key   string
	index int
}

// parsePath reads a path such as "workload.publishers[0].rate".
func parsePath(path string) ([]segment, error) {
	var segments []segment
	for part := range strings.SplitSeq(path, ".") {
		key, indexes, indexed := strings.Cut(part, "[")
		if key == "" {
			return nil, fmt.Errorf("the path %q has an empty key", shorten(path))
		}
		segments = append(segments, segment{key: key})
		if !indexed {
			continue
		}
		inner, closed := strings.CutSuffix(indexes, "]")
		if !closed {
			return nil, fmt.Errorf("the path %q has a bracket that is not closed", shorten(path))
		}
		for text := range strings.SplitSeq(inner, "][") {
			index, err := strconv.Atoi(text)
			if !isDigits(text) || err != nil {
				return nil, fmt.Errorf("%q is no index of a list: want a number from 0", shorten(text))
			}
			segments = append(segments, segment{index: index})
		}
	}
	if len(segments) > maxDepth {
		return nil, fmt.Errorf("the path has more than %d parts", maxDepth)
	}
	return segments, nil
}

// override applies "path=value" to a tree. What it sets has the override as its place. Mappings and lists on the way
// that do not exist yet are made: whether the language knows them is for the decoder to say.
func (n *node) override(text string, problem report) {
	at := place{override: text}
	path, value, found := strings.Cut(text, "=")
	if !found {
		problem(at, "want PATH=VALUE, such as workload.publishers[0].rate=10/s")
		return
	}
	segments, err := parsePath(strings.TrimSpace(path))
	if err != nil {
		problem(at, "%v", err)
		return
	}
	parsed := parseOverride(strings.TrimSpace(value), at, problem)
	if parsed == nil {
		return
	}
	if err := n.replace(segments, parsed, at); err != nil {
		problem(at, "%v", err)
	}
}

// replace walks to the place that the segments name and puts the value there.
func (n *node) replace(segments []segment, value *node, at place) error {
	for i, s := range segments {
		last := i == len(segments)-1
		next := &node{kind: nodeMapping, place: at}
		if !last && segments[i+1].key == "" {
			next.kind = nodeSequence
		}
		if last {
			next = value
		}
		child, err := n.child(s)
		if err != nil {
			return err
		}
		switch {
		case child == nil || last:
			n.put(s, next, at)
			n = next
		case child.kind == nodeNull:
			*child = *next
			n = child
		default:
			n = child
		}
	}
	return nil
}

// child returns the value behind one step, or nil where there is none yet.
func (n *node) child(s segment) (*node, error) {
	if s.key != "" {
		if n.kind != nodeMapping {
			return nil, fmt.Errorf("%s is a key, but what is in front of it is %s", s.key, n.kind)
		}
		return n.get(s.key), nil
	}
	switch {
	case n.kind != nodeSequence:
		return nil, fmt.Errorf("[%d] is an index, but what is in front of it is %s", s.index, n.kind)
	case len(n.items) == 0 && s.index > 0:
		return nil, fmt.Errorf("the list is empty: want the index 0, which appends to it")
	case s.index > len(n.items):
		return nil, fmt.Errorf("the index %d is behind the end of the list: want 0 to %d, or %d to append to it",
			s.index, len(n.items)-1, len(n.items))
	case s.index == len(n.items):
		return nil, nil
	default:
		return n.items[s.index], nil
	}
}

// put sets the value behind one step.
func (n *node) put(s segment, value *node, at place) {
	switch {
	case s.key != "":
		n.set(s.key, at, value)
	case s.index == len(n.items):
		n.items = append(n.items, value)
	default:
		n.items[s.index] = value
	}
}

// parseOverride reads the value of an override: a YAML list, mapping or quoted text; null or ~ for nothing; and every
// other text as it stands, so that neither a filter "#" nor a topic "{broker}/x" needs quotes.
func parseOverride(text string, at place, problem report) *node {
	topic := slices.ContainsFunc(placeholders(), func(p string) bool { return strings.HasPrefix(text, p) })
	switch {
	case text == "null" || text == "~":
		return &node{kind: nodeNull, place: at}
	case text != "" && !topic && strings.ContainsRune(`[{"'`, rune(text[0])):
		value := parseDocument([]byte(text), func(_ place, format string, args ...any) {
			problem(at, format, args...)
		})
		if value != nil {
			value.moveTo(at)
		}
		return value
	default:
		return &node{kind: nodeScalar, text: text, place: at}
	}
}

// moveTo gives a tree one place.
func (n *node) moveTo(at place) {
	n.place = at
	for i := range n.keys {
		n.keys[i].place = at
		n.keys[i].value.moveTo(at)
	}
	for _, item := range n.items {
		item.moveTo(at)
	}
}
