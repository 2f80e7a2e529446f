package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports/history"
)

// generator shows how mqbench itself and its machine fared in the measurement.
func (s *summary) generator() error {
	g := s.r.Generator
	t := &Table{Header: []string{"mqbench's waits", "p50", "p90", "p99", "max", "count"}, Text: []int{0}}
	var legend []string
	for _, m := range history.OwnMetrics() {
		d := g.Waits[string(m)]
		if d.Count == 0 {
			continue
		}
		name := strings.ReplaceAll(string(m), "_", " ")
		if says := ownWait(m); says != "" {
			legend = append(legend, name+": "+says)
		}
		cells := []string{name, humane(d.P50), humane(d.P90), humane(d.P99), humane(d.Max), thousands(d.Count)}
		if slices.Contains(g.Beyond, name) {
			t.painted(s.p.yellow, append(cells[:3:3], append([]string{cells[3] + "!"}, cells[4:]...)...)...)
		} else {
			t.Row(cells...)
		}
	}
	if len(t.rows) > 0 {
		if err := s.table(t); err != nil {
			return err
		}
	}
	if len(legend) > 0 {
		s.printf("%s\n", s.p.dim(wrapped(strings.Join(legend, "; "), s.width, 0)))
	}
	if text := s.effort(); text != "" {
		s.printf("\n%s\n", wrapped(text, s.width, 0))
	}
	return nil
}

// ownWait says what one of mqbench's own waits is, where its name does not.
func ownWait(m history.Metric) string {
	switch m {
	case history.ShardLag:
		return "behind the schedule, looked at each millisecond"
	case history.WakeLag:
		return "not running when it should, looked at each millisecond"
	case history.ReadLag:
		return "what is ready waits for its reader"
	case history.WriteBlocked:
		return "a connection took no more, which is not mqbench's doing"
	default:
		return ""
	}
}

// effort says in sentences what mqbench and the machine spent.
func (s *summary) effort() string {
	g := s.r.Generator
	var parts []string
	if g.MeasuredSeconds > 0 {
		text := fmt.Sprintf("In the measurement mqbench used %s of %s, %s of that to collect garbage", share(g.CPUShare),
			processors(g.Processors), share(g.GCCPUShare))
		if g.ThrottledSeconds > 0 {
			text += ", and was throttled for " + seconds(g.ThrottledSeconds)
		}
		text += fmt.Sprintf("; its memory went from %s to %s", bytesOf(g.RSSBeganBytes), bytesOf(g.RSSEndedBytes))
		if g.HeapBeganBytes > 0 {
			text += fmt.Sprintf(", its heap, at the least of the first and of the last third, from %s to %s",
				bytesOf(g.HeapBeganBytes), bytesOf(g.HeapEndedBytes))
		}
		parts = append(parts, text+".")
	}
	if m := s.r.Machine; m != nil {
		text := fmt.Sprintf("The machine was %s busy: mqbench %s, brokers %s, others %s", share(m.Busy), share(m.Generator),
			share(m.Brokers), share(m.Others))
		if m.Steal >= 0.005 {
			text += fmt.Sprintf("; %s was stolen by other virtual machines", share(m.Steal))
		}
		parts = append(parts, text+".")
	}
	for _, b := range s.r.Brokers {
		if b.Blocked.Spells > 0 {
			parts = append(parts, fmt.Sprintf("%s blocked writes %s, for %s in all and %s at most.", clean(b.Name),
				times(b.Blocked.Spells), seconds(b.Blocked.Seconds), humane(b.Blocked.Longest)))
		}
	}
	if g.Late > 0 {
		parts = append(parts, "mqbench itself wrote "+plural(g.Late, "message")+" late, by more than "+humane(g.LateBound)+".")
	}
	return strings.Join(parts, " ")
}

// share writes a part of a whole.
func share(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

func processors(n float64) string {
	if n == 1 {
		return "its processor"
	}
	return fmt.Sprintf("its %.3g processors", n)
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return thousands(n) + " times"
}
