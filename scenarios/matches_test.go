package scenarios

import "strings"

// Matches is the oracle of the tests: it reports whether a topic filter selects a topic [MQTT 5.0 §4.7]. Both have to
// be valid. The filter of a shared subscription matches as the filter behind its prefix does. A wildcard in the first
// level does not match topics that begin with "$" [MQTT-4.7.2-1].
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
