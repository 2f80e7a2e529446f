package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports/history"
)

// namedBreaches is how many ways in which brokers broke the protocol a finding tells apart.
const namedBreaches = 3

// breachFindings report connections that clients ended because the broker broke the protocol. What came of it, such as
// outages and repetitions, is judged as what it is.
func (r *record) breachFindings() []Finding {
	total, ways := uint64(0), make(map[string]uint64)
	first, who := forever, ""
	for _, clients := range [][]client{r.publishers, r.subscribers} {
		for n := range clients {
			c := &clients[n]
			if c.half {
				continue // It was counted as a publisher.
			}
			for _, x := range c.connections {
				how, broken := strings.CutPrefix(x.cause, history.BrokenProtocol)
				if !broken {
					continue
				}
				total++
				ways[strings.TrimLeft(how, ": ")]++
				if x.ended < first {
					first, who = x.ended, fmt.Sprintf("%s at %s at %s", c.name, r.broker(x.broker), Moment(x.ended))
				}
			}
		}
	}
	if total == 0 {
		return nil
	}
	return []Finding{{
		Name: "protocol broken", Verdict: Pass,
		Detail: fmt.Sprintf("%s ended by the client because the broker broke the protocol: %s; first: %s",
			count(total, "connection was", "connections were"), mostFrequent(ways, namedBreaches), who),
	}}
}

// mostFrequent lists what was counted, the most frequent first and no more than so many apart.
func mostFrequent(counts map[string]uint64, most int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var parts []string
	rest := uint64(0)
	for n, name := range names {
		if n < most {
			parts = append(parts, fmt.Sprintf("%s (%s)", number(counts[name]), name))
		} else {
			rest += counts[name]
		}
	}
	if rest > 0 {
		parts = append(parts, number(rest)+" in other ways")
	}
	return strings.Join(parts, ", ")
}
