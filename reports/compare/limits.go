package compare

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/mqbench/mqbench/reports"
)

// limitNames are the limits of a recipe, with what they are called.
func limitNames() []struct{ key, title string } {
	return []struct{ key, title string }{
		{"receive_maximum", "under way from a publisher"}, {"in_flight", "in flight to a subscriber"}, {"queue", "queue of a session"},
	}
}

// limitRules are about the limits of products: what a comparison at defaults measures when it believes to measure brokers.
// They decide nothing as long as no run can have come as far as the smaller one.
func limitRules(sides []side) []rule {
	var list []rule
	waiting := 0.0
	for _, s := range sides {
		for _, r := range s.results {
			waiting = max(waiting, mostWaiting(r))
		}
	}
	for _, l := range limitNames() {
		list = append(list, rule{
			title: l.title, asked: []string{"profile"},
			of: func(r *reports.Result) string { return limitOf(r, l.key) },
			bars: func(a, b side, x, y string) string {
				switch {
				case x == "" || y == "":
					return fmt.Sprintf("how many messages may be %s is not known of %s", l.title, unknownOf(a, b, x))
				case x == y:
					return ""
				}
				least := min(number(x), number(y))
				if l.key == "receive_maximum" && within(least, slices.Concat(a.results, b.results)) || waiting <= least {
					return ""
				}
				return fmt.Sprintf("the limits of messages %s differ, %s has %s and %s %s, and as many as %s may have been waiting",
					l.title, a.Name, x, b.Name, y, reports.Count(uint64(waiting)))
			},
		})
	}
	return list
}

// limitOf is what the broker itself granted where it did, else what its recipe says.
func limitOf(r *reports.Result, key string) string {
	if own := r.Topology.ConnackProperties[key]; own != "" {
		return own
	}
	if r.Topology.Settings == nil {
		return ""
	}
	if limit := r.Topology.Settings.Limits[key]; limit != "none" { // which would read as if nobody had said any
		return limit
	}
	return unlimited
}

// unlimited is what a side has that recipes call "none".
const unlimited = "no limit"

// number is a limit; [unlimited] is infinite. Of a side with several the least counts, which is on the safe side.
func number(limit string) float64 {
	if n, err := strconv.ParseFloat(limit, 64); err == nil {
		return n
	}
	if limit == unlimited {
		return math.Inf(1)
	}
	return 0
}

// within tells that the clients' own window keeps them below a limit.
func within(limit float64, results []*reports.Result) bool {
	return !slices.ContainsFunc(results, func(r *reports.Result) bool {
		return r.Workload.InFlight == 0 || float64(r.Workload.InFlight) > limit
	})
}

// mostWaiting bounds how many messages may have been under way to one subscriber at any time. All of them are younger than
// the slowest delivery, so that there are no more than came due in so much time and a second; but when something never
// came, or nothing is known of the load's peak, no more can be said than that there are no more than there were messages.
func mostWaiting(r *reports.Result) float64 {
	all := float64(r.Counts.Attempted)
	slowest := r.Latency["end_to_end"]
	if r.Counts.Lost+r.Counts.LostUnknown > 0 || r.Workload.PeakRate == 0 || slowest.Count == 0 {
		return all
	}
	return min(all, math.Ceil(r.Workload.PeakRate*(slowest.Max.Seconds()+1)))
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
