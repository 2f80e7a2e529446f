package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// messages shows the fates of messages at their publishers and, beside them, of deliveries.
func (s *summary) messages() error {
	c := s.r.Counts
	left := [][2]string{
		{"attempted", thousands(c.Attempted)}, {"acknowledged", thousands(c.Acknowledged)}, {"in doubt", thousands(c.InDoubt)},
		{"refused", thousands(c.Refused)}, {"unsent", thousands(c.Unsent)},
	}
	right := [][2]string{
		{"expected", thousands(c.Expected)}, {"delivered", thousands(c.Delivered)}, {"lost", thousands(c.Lost)},
		{"recovered", thousands(c.Recovered)}, {"duplicated", thousands(c.Duplicated)}, {"reordered", thousands(c.Reordered)},
		{"phantom", thousands(c.Phantom)}, {"missed", thousands(c.Missed)},
	}
	if c.Unmatched > 0 {
		left = append(left, [2]string{"without a match", thousands(c.Unmatched)})
	}
	if c.Copies > 0 {
		right = append(right, [2]string{"copies", thousands(c.Copies)})
	}
	if c.RefusedDelivered > 0 {
		right = append(right, [2]string{"refused, yet delivered", thousands(c.RefusedDelivered)})
	}
	if c.LostUnknown > 0 {
		right = slices.Insert(right, 3, [2]string{"fate unknown", thousands(c.LostUnknown)})
	}
	t := &Table{Header: []string{"Messages", "", "   Deliveries", ""}, Text: []int{0, 2}}
	for i := range max(len(left), len(right)) {
		var cells [4]string
		if i < len(left) {
			cells[0], cells[1] = left[i][0], left[i][1]
		}
		if i < len(right) {
			cells[2], cells[3] = "   "+right[i][0], right[i][1]
		}
		t.Row(cells[:]...)
	}
	if err := s.table(t); err != nil {
		return err
	}
	if c.Lost > 0 {
		s.printf("%s\n", wrapped(fmt.Sprintf("Of the lost, %s went silently and %s declared (SessionPresent=0); "+
			"%s were missing before the first, %s between and %s behind the last delivery of their flow.",
			thousands(c.LostSilent), thousands(c.LostDeclared), thousands(c.LostPrefix), thousands(c.LostMiddle),
			thousands(c.LostSuffix)), s.width, 0))
	}
	if a := s.r.Anomalies; a.Unlisted > 0 {
		s.printf("%s\n", wrapped(fmt.Sprintf("anomalies.csv names %s of these and leaves out %s for which it has no room.",
			thousands(a.Listed), thousands(a.Unlisted)), s.width, 0))
	}
	return nil
}

// groups shows deliveries by pair of groups, where there is more than one pair.
func (s *summary) groups() error {
	const most = 12
	pairs := slices.DeleteFunc(slices.Clone(s.r.Groups), func(g Group) bool { return g.Subscribers == "" })
	if len(pairs) < 2 {
		return nil
	}
	t := &Table{Header: []string{"Groups", "expected", "lost", "duplicated", "reordered", "missed"}, Text: []int{0}}
	for _, g := range pairs[:min(len(pairs), most)] {
		c := g.Counts
		t.Row(clean(g.Publishers)+" → "+clean(g.Subscribers), thousands(c.Expected), thousands(c.Lost),
			thousands(c.Duplicated), thousands(c.Reordered), thousands(c.Missed))
	}
	if n := len(pairs) - most; n > 0 {
		t.Row("and " + thousands(n) + " more in result.json")
	}
	return s.table(t)
}

// latencies shows every metric before, during and after the faults; a run without faults has one part.
func (s *summary) latencies() error {
	t := &Table{Header: []string{"Latency", "p50", "p90", "p99", "p99.9", "max", "count"}, Text: []int{0}}
	if s.width >= wide {
		t.Header = []string{"Latency", "min", "mean", "p50", "p90", "p99", "p99.9", "max", "count"}
	}
	if len(s.r.Injections) == 0 {
		s.latencyRows(t, "without faults", s.r.Latency)
	} else {
		for _, w := range windows() {
			s.latencyRows(t, string(w)+" faults", s.r.Windows[string(w)])
		}
	}
	if err := s.table(t); err != nil {
		return err
	}
	legend := "publish delay: intended → written; publish: written → acknowledged; end-to-end: intended → received; " +
		"service: sent → received"
	s.printf("%s\n", s.p.dim(wrapped(legend, s.width, 0)))
	if l := s.r.Workload; l.ClosedLoops > 0 {
		s.printf("%s\n", wrapped(fmt.Sprintf("closed loop: %s of %s send only when their window has room. Whatever is slow or "+
			"away is offered less for it, and no latency tells of the messages that would have come meanwhile "+
			"(coordinated omission).", thousands(int64(l.ClosedLoops)), plural(l.Publishers, "publisher")), s.width, 0))
	}
	return nil
}

func (s *summary) latencyRows(t *Table, title string, l Latencies) {
	t.Row(title)
	empty := true
	for _, m := range history.Metrics() {
		d := l[string(m)]
		if d.Count == 0 {
			continue
		}
		empty = false
		cells := []string{"  " + metricName(m)}
		if s.width >= wide {
			cells = append(cells, humane(d.Min), humane(d.Mean))
		}
		t.Row(append(cells, humane(d.P50), humane(d.P90), humane(d.P99), humane(d.P999), humane(d.Max), thousands(d.Count))...)
	}
	if empty {
		t.Row("  no samples")
	}
}

// metricName is a metric as people read it.
func metricName(m history.Metric) string {
	switch m {
	case history.PublishDelay:
		return "publish delay"
	case history.EndToEnd:
		return "end-to-end"
	case history.TLSHandshake:
		return "TLS handshake"
	case history.UpgradeTime:
		return "WebSocket upgrade"
	default:
		return string(m)
	}
}

// processes shows what the brokers and mqbench itself used.
func (s *summary) processes() error {
	t := &Table{Header: []string{"Process", "CPU time", "peak memory", "unexpected exits"}, Text: []int{0}}
	for _, b := range s.r.Brokers {
		cells := []string{clean(b.Name), seconds(b.CPUSeconds), bytesOf(b.PeakRSSBytes), thousands(b.UnexpectedExits)}
		if b.UnexpectedExits > 0 {
			t.painted(s.p.red, cells...)
		} else {
			t.Row(cells...)
		}
	}
	g := s.r.Generator
	t.Row("mqbench", seconds(g.CPUSeconds), bytesOf(g.PeakRSSBytes), "")
	return s.table(t)
}

func seconds(v float64) string { return humane(time.Duration(v * float64(time.Second))) }

// measured is the start of the measurement, to which people relate the times of faults.
func (r *Result) measured() time.Duration {
	for _, p := range r.Phases {
		if strings.EqualFold(p.Name, "measure") {
			return p.Began
		}
	}
	return 0
}
