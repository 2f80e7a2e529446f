package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// Up to detailed injections are shown one by one; more get a row each, and above listed rows the rest stays in the
// files.
const (
	detailed = 4
	listed   = 24
)

// slow is how long a fault takes to carry out before that is said: the clients' times count from its beginning.
const slow = 100 * time.Millisecond

// faults shows what each injection did to the clients.
func (s *summary) faults() error {
	n := len(s.r.Injections)
	switch {
	case n == 0:
		s.printf("\n%s\n", s.p.dim("No fault was injected."))
		return nil
	case n > detailed:
		return s.manyFaults()
	}
	for i, x := range s.r.Injections {
		title := fmt.Sprintf("Fault %d of %d: ", i+1, n)
		s.printf("\n%s\n", s.p.bold(title+short(FaultName(x.Fault, x.Target, x.Detail), s.width-columnsOf(title))))
		s.faultLines(x)
		if err := s.table(waysBack("Since the fault", x.Failover, &x.Bystanders)); err != nil {
			return err
		}
		if err := s.brokers(x); err != nil {
			return err
		}
	}
	s.gapLine()
	return nil
}

// placed is a time of the run, on the run's clock as in the findings and files, and on that of the scenario, which
// counts from the start of the measurement.
func (s *summary) placed(at time.Duration) string {
	d := at - s.r.measured()
	if d < 0 {
		return moment(at) + ", " + humane(-d) + " before the measurement"
	}
	return moment(at) + ", " + humane(d) + " into the measurement"
}

// faultLines says in words how an injection went.
func (s *summary) faultLines(x Injection) {
	began := "at " + s.placed(x.Began)
	if took := x.Applied - x.Began; took >= slow {
		began += "; carrying it out took " + humane(took)
	}
	s.label("began", began)
	if x.Error != "" {
		s.label("injection", s.p.red("FAILED: "+cleanLines(x.Error)))
	}
	switch {
	case x.HealError != "":
		s.label("heal", s.p.red("FAILED: "+cleanLines(x.HealError)))
	case x.Error != "" && x.Healing == 0: // never carried out, so there was nothing to heal
	case x.Healed == 0:
		s.label("heal", "not healed when the run ended")
	default:
		s.label("heal", "done "+humane(x.Healed-x.Began)+" after the fault")
	}
	withdrawn := ""
	if n := x.Clients.Withdrawn; n > 0 {
		withdrawn = fmt.Sprintf(" (and %s that left by plan before)", thousands(n))
	}
	s.label("clients", fmt.Sprintf("%s affected%s: %s resumed, %s never; %s", thousands(x.Clients.Affected), withdrawn,
		thousands(x.Clients.Resumed), thousands(x.Clients.NeverResumed), plural(x.Bystanders.Count, "bystander")))
	if st := x.Storm; st.Attempts > 0 {
		s.label("attempts", fmt.Sprintf("%s to come back, %s of them failed; at most %s in a second, and %s by one client",
			thousands(st.Attempts), thousands(st.Failed), thousands(st.PeakPerSecond), thousands(st.MostOfAClient)))
	}
	if x.Clients.Affected > 0 {
		s.label("back after", fmt.Sprintf("50 %% %s, 90 %% %s, 99 %% %s, 100 %% %s",
			humane(x.T50), humane(x.T90), humane(x.T99), humane(x.T100)))
	}
	if h := x.Handshakes; h != nil {
		s.label("handshakes", fmt.Sprintf("%s on the way back, of which %s resumed an earlier TLS session",
			thousands(h.Handshaken.Count), thousands(h.Resumed)))
	}
	s.label("system", joined("delivered rate "+back(x.RateBack), "end-to-end p99 "+back(x.LatencyBack), drained(x.Backlog)))
	s.label("messages", fmt.Sprintf("%s lost, %s duplicated, %s reordered",
		thousands(x.Lost), thousands(x.Duplicated), thousands(x.Reordered)))
}

// back says when a figure of the whole system was as before the fault.
func back(d time.Duration) string {
	switch {
	case d < 0:
		return "never back"
	case d == 0:
		return "was never off"
	default:
		return "back after " + humane(d)
	}
}

// drained says when what had been held up was delivered.
func drained(backlog time.Duration) string {
	switch {
	case backlog < 0:
		return ""
	case backlog == 0:
		return "no backlog"
	default:
		return "backlog delivered " + humane(backlog) + " after the heal"
	}
}

// brokers shows what clients had of each broker: of a partition always, because who could publish on which side is its
// question, and of other faults where there is room.
func (s *summary) brokers(x Injection) error {
	partition := scenarios.FaultKind(x.Fault) == scenarios.FaultPartition
	if len(x.Brokers) == 0 || !partition && (s.width < wide || len(x.Brokers) < 2) {
		return nil
	}
	t := &Table{
		Header: []string{"Broker", "clients", "during", "acked/s", "during", "after", "deliv./s", "during", "after"},
		Text:   []int{0},
	}
	for _, b := range x.Brokers[:min(len(x.Brokers), listed)] {
		row := []string{clean(b.Name), known(b.ConnectedBefore), known(b.ConnectedDuring)}
		for _, rate := range []func(Service) float64{
			func(v Service) float64 { return v.AcknowledgedPerSecond }, func(v Service) float64 { return v.DeliveredPerSecond },
		} {
			for _, v := range []Service{b.Before, b.During, b.After} {
				if v.Seconds == 0 {
					row = append(row, "–")
				} else {
					row = append(row, strings.TrimSuffix(perSecond(whole64(rate(v))), "/s"))
				}
			}
		}
		t.Row(row...)
	}
	if n := len(x.Brokers) - listed; n > 0 {
		t.Row("and " + thousands(n) + " more in result.json")
	}
	if err := s.table(t); err != nil {
		return err
	}
	legend := "what clients had of each broker before, during and after the fault, in whole seconds of load"
	s.printf("%s\n", s.p.dim(wrapped(legend, s.width, 0)))
	return nil
}

func known(n int) string {
	if n < 0 {
		return "–"
	}
	return thousands(n)
}

// waysBack is the table of detect, reconnect, resubscribe and resume.
func waysBack(title string, f Failover, bystanders *Bystanders) *Table {
	t := &Table{Header: []string{title, "p50", "p90", "p99", "max", "clients", "never"}, Text: []int{0}}
	add := func(name string, d Distribution) {
		if d.Count+d.Never == 0 {
			t.Row(name, "–", "–", "–", "–", "0", "0")
			return
		}
		largest := humane(d.Max)
		if d.Count == 0 {
			largest = "never"
		}
		t.Row(name, humane(d.P50), humane(d.P90), humane(d.P99), largest, thousands(d.Count), thousands(d.Never))
	}
	add("detect", f.Detect)
	if h := f.Handshakes; h != nil {
		add("  TCP stands", h.Dialed)
		add("  handshakes made", h.Handshaken)
	}
	add("reconnect", f.Reconnect)
	add("resubscribe", f.Resubscribe)
	add("resume", f.Resume)
	if bystanders != nil {
		add("bystanders' next success", bystanders.Resume)
	}
	return t
}

// manyFaults shows a row per injection and the pooled ways back.
func (s *summary) manyFaults() error {
	t := &Table{
		Header: []string{"Fault", "at", "hit", "never", "resume p50", "p99", "lost", "dup"},
		Text:   []int{0},
	}
	shown := s.r.Injections[:min(len(s.r.Injections), listed)]
	for i, x := range shown {
		title := fmt.Sprintf("%d %s", i+1, clean(FaultName(x.Fault, x.Target, x.Detail)))
		if x.Error != "" || x.HealError != "" {
			title = fmt.Sprintf("%d FAILED %s", i+1, strings.TrimPrefix(title, fmt.Sprintf("%d ", i+1)))
		}
		p50, p99 := "–", "–"
		if x.Resume.Count+x.Resume.Never > 0 {
			p50, p99 = humane(x.Resume.P50), humane(x.Resume.P99)
		}
		t.Row(title, moment(x.Began), thousands(x.Clients.Affected), thousands(x.Clients.NeverResumed), p50, p99,
			thousands(x.Lost), thousands(x.Duplicated))
	}
	if n := len(s.r.Injections) - len(shown); n > 0 {
		t.Row("and " + thousands(n) + " more in result.json")
	}
	if err := s.table(t); err != nil {
		return err
	}
	legend := "at: since the start of the run; the measurement began at " + moment(s.r.measured())
	s.printf("%s\n", s.p.dim(wrapped(legend, s.width, 0)))
	if err := s.table(waysBack("Since each fault", s.r.Failover, nil)); err != nil {
		return err
	}
	s.gapLine()
	return nil
}

// gapLine says how long nobody got anything.
func (s *summary) gapLine() {
	if s.r.UnavailabilityGap > 0 || s.r.Outages.Count > 0 {
		s.printf("\n")
	}
	if s.r.UnavailabilityGap > 0 {
		s.printf("%s\n", wrapped("The longest time in which nothing was delivered to anybody: at least "+humane(s.r.UnavailabilityGap)+".",
			s.width, 0))
	}
	if o := s.r.Outages; o.Count > 0 {
		s.printf("%s\n", wrapped(fmt.Sprintf("%s of clients, the longest %s; %s began while no fault was in force.",
			plural(o.Count, "outage"), humane(o.Longest), thousands(o.Unexplained)), s.width, 0))
	}
}
