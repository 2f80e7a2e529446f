package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// anomalyBound is how many anomalies an analysis names.
const anomalyBound = 100_000

// anomalies gathers what did not go as it should: all are counted, the earliest are kept.
type anomalies struct {
	kept    []Anomaly
	bound   int
	dropped uint64
	// lost, duplicated and reordered are counted by injection; other anomalies are not.
	byInjection []struct{ lost, duplicated, reordered uint64 }
	byWindow    map[history.Window]Mishaps
}

func newAnomalies(injections, bound int) *anomalies {
	return &anomalies{bound: bound, byInjection: make([]struct{ lost, duplicated, reordered uint64 }, injections),
		byWindow: make(map[history.Window]Mishaps)}
}

// add counts an anomaly and keeps it while it is among the earliest.
func (s *anomalies) add(a Anomaly) {
	s.count(a)
	s.kept = append(s.kept, a)
	if len(s.kept) >= 2*s.bound {
		s.shorten()
	}
}

func (s *anomalies) count(a Anomaly) {
	if a.Window != "" {
		s.byWindow[a.Window] = s.byWindow[a.Window].with(a.Kind)
	}
	if a.Injection < 0 || a.Injection >= len(s.byInjection) {
		return
	}
	n := &s.byInjection[a.Injection]
	switch a.Kind {
	case AnomalyLost:
		n.lost++
	case AnomalyDuplicated:
		n.duplicated++
	case AnomalyReordered:
		n.reordered++
	case AnomalyPhantom, AnomalyRefused, AnomalyUnasked:
	}
}

// shorten sorts what is kept and drops what is behind the bound.
func (s *anomalies) shorten() {
	slices.SortFunc(s.kept, compareAnomalies)
	if len(s.kept) > s.bound {
		s.dropped += uint64(len(s.kept) - s.bound)
		clear(s.kept[s.bound:])
		s.kept = s.kept[:s.bound]
	}
}

// list returns the earliest anomalies in order, and how many there are beyond them.
func (s *anomalies) list() ([]Anomaly, uint64) {
	s.shorten()
	return s.kept, s.dropped
}

func (s *anomalies) of(injection int) (lost, duplicated, reordered uint64) {
	n := s.byInjection[injection]
	return n.lost, n.duplicated, n.reordered
}

// compareAnomalies orders by time, and where that is equal by everything else that tells two apart.
func compareAnomalies(a, b Anomaly) int {
	return cmp.Or(
		cmp.Compare(a.moment(), b.moment()), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Publisher, b.Publisher),
		cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Subscriber, b.Subscriber), cmp.Compare(a.Received, b.Received),
		cmp.Compare(a.Class, b.Class), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Detail, b.Detail),
	)
}

// moment is the time by which an anomaly is placed: when the message was intended, or where that is not known,
// received.
func (a *Anomaly) moment() time.Duration {
	switch {
	case a.Intended >= 0:
		return a.Intended
	case a.Received >= 0:
		return a.Received
	default:
		return forever
	}
}

// anomaly names a message of a publisher. Its times are those of the detail, where the journals know it.
func (r *record) anomaly(kind AnomalyKind, publisher int, sequence uint32, d history.Detail, known bool) Anomaly {
	a := Anomaly{Kind: kind, Sequence: sequence, Intended: -1, Written: -1, Acknowledged: -1, Received: -1, Injection: -1}
	if publisher >= 0 && publisher < len(r.run.Publishers) {
		p := &r.run.Publishers[publisher]
		a.Publisher, a.Topic, a.QoS = p.Client, p.Topic, p.QoS
	}
	if known {
		a.Intended, a.Written = d.Intended, d.Written
		if d.Outcome == history.OutcomeAcknowledged {
			a.Acknowledged = d.Settled
		}
	}
	return a
}

// place puts an anomaly into its window, and names the injection during or after which its message was intended: of
// those in force then the latest, or else the latest of all earlier ones.
func (r *record) place(a *Anomaly) {
	t := a.moment()
	if t == forever {
		return
	}
	a.Injection = -1
	during := false
	for i, s := range r.spells {
		if s.none || s.began > t {
			continue
		}
		in := s.holds(t, 0)
		later := a.Injection < 0 || s.began >= r.spells[a.Injection].began
		if in && !during || in == during && later {
			a.Injection, during = i, in
		}
	}
	a.Window = r.windows.At(t)
}
