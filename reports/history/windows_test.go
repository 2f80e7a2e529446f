package history_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

func TestWindows(t *testing.T) {
	phases := []history.Phase{{Name: "warmup", Began: ms(0), Ended: ms(100)}, {Name: "measure", Began: ms(100)}}
	fault := func(began, healed int) history.Injection {
		return history.Injection{Began: ms(began), Healed: ms(healed)}
	}
	notBegun := history.Injection{Began: ms(200), Applied: ms(201), Error: "no leader"}
	inPart := history.Injection{Began: ms(200), Applied: ms(201), Error: "no such process", Healing: ms(300), Healed: ms(400)}
	w, b, d, a := history.WarmUp, history.Before, history.During, history.After
	stories := map[string]struct {
		phases     []history.Phase
		injections []history.Injection
		// want holds the windows of the times 50, 150, 250, … ms.
		want []history.Window
	}{
		"no measurement":   {phases[:1], nil, []history.Window{w, w, w}},
		"no faults":        {phases, nil, []history.Window{w, b, b}},
		"one fault":        {phases, []history.Injection{fault(200, 300)}, []history.Window{w, b, d, a, a}},
		"never healed":     {phases, []history.Injection{fault(200, 0)}, []history.Window{w, b, d, d, d}},
		"two apart":        {phases, []history.Injection{fault(200, 300), fault(400, 500)}, []history.Window{w, b, d, a, d, a}},
		"overlapping":      {phases, []history.Injection{fault(200, 400), fault(300, 500)}, []history.Window{w, b, d, d, d, a}},
		"one inside":       {phases, []history.Injection{fault(200, 500), fault(300, 400)}, []history.Window{w, b, d, d, d, a}},
		"back to back":     {phases, []history.Injection{fault(200, 300), fault(300, 400)}, []history.Window{w, b, d, d, a}},
		"out of order":     {phases, []history.Injection{fault(400, 500), fault(200, 300)}, []history.Window{w, b, d, a, d, a}},
		"before measuring": {phases, []history.Injection{fault(20, 200)}, []history.Window{w, d, a}},
		"not begun":        {phases, []history.Injection{notBegun}, []history.Window{w, b, b, b}},
		"one not begun":    {phases, []history.Injection{notBegun, fault(300, 400)}, []history.Window{w, b, b, d, a}},
		"failed in part":   {phases, []history.Injection{inPart}, []history.Window{w, b, d, d, a}},
		"at the start":     {phases, []history.Injection{fault(100, 200)}, []history.Window{w, d, a}},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			run := history.Run{Phases: story.phases, Injections: story.injections}
			windows := run.Windows()
			var got []history.Window
			for i := range story.want {
				got = append(got, windows.At(ms(50+100*i)))
			}
			if diff := cmp.Diff(story.want, got); diff != "" {
				t.Errorf("windows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLatenciesAreFiledByIntendedTime(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	p, s := r.Publisher(0), r.Subscriber(0)
	p.Connected(ms(1), 0, false, ms(1))
	warm := r.Now()
	sends(p, 0, warm)
	acks(p, 0, warm)
	r.BeginPhase("measure")
	base := r.Now()
	sends(p, 1, base)
	sends(p, 2, base)
	n := r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{0}, Began: base + ms(10)})
	r.Applied(n, base+ms(11), nil)
	// Intended before the fault, acknowledged in it: it belongs to the time before.
	p.Acknowledged(1, base, base, base+ms(500), 0, 0)
	sends(p, 3, base+ms(20))
	p.Connected(base+ms(40), 1, true, ms(35))
	r.BeginHeal(n, base+ms(90))
	r.Healed(n, base+ms(100), nil)
	sends(p, 4, base+ms(200))
	// Intended in the fault, received after it.
	s.Received(history.Receipt{Sequence: 3, Intended: base + ms(20), Sent: base + ms(20)}, nil, base+ms(300))
	s.EndBatch()
	counts := map[history.Window]map[history.Metric]int64{}
	for window, byMetric := range finish(t, r).Latencies {
		counts[window] = map[history.Metric]int64{}
		for metric, h := range byMetric {
			counts[window][metric] = h.TotalCount()
		}
	}
	want := map[history.Window]map[history.Metric]int64{
		history.WarmUp: {history.PublishDelay: 1, history.PublishLatency: 1, history.ConnectLatency: 1},
		history.Before: {history.PublishDelay: 2, history.PublishLatency: 1, history.ConnectLatency: 1},
		history.During: {history.PublishDelay: 1, history.EndToEnd: 1, history.Service: 1},
		history.After:  {history.PublishDelay: 1},
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("samples by window (-want +got):\n%s", diff)
	}
}

// What is intended after a fault that could not be begun is filed as if nobody had tried.
func TestFaultThatWasNotBegun(t *testing.T) {
	r := record(t, fleet(1, 1, 0))
	r.BeginPhase("measure")
	base := r.Now()
	n := r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{0}, Began: base + ms(10)})
	r.Applied(n, base+ms(11), errors.New("not begun: no leader"))
	sends(r.Publisher(0), 0, base+ms(20))
	n = r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{0, 1}, Began: base + ms(30)})
	r.Applied(n, base+ms(31), errors.New("kill b2: no such process"))
	r.BeginHeal(n, base+ms(40))
	sends(r.Publisher(0), 1, base+ms(50))
	run := finish(t, r)
	for _, window := range []history.Window{history.Before, history.During} {
		if h := run.Latencies[window][history.PublishDelay]; h == nil || h.TotalCount() != 1 {
			t.Errorf("%s: %v, want one sample", window, h)
		}
	}
}

func TestNoSampleIsDropped(t *testing.T) {
	r := record(t, fleet(1, 1, 0))
	for seq, sample := range []time.Duration{-1, -time.Hour, 0, 1, time.Hour, time.Hour + 1, 20 * time.Hour} {
		r.Publisher(0).Written(uint32(seq), 0, sample, 0, false)
	}
	run := finish(t, r)
	h := run.Latencies[history.WarmUp][history.PublishDelay]
	if h.TotalCount() != 7 || run.Generator.Clamped != 4 {
		t.Errorf("of 7 samples %d are kept, %d of them clamped; want 7 and 4", h.TotalCount(), run.Generator.Clamped)
	}
	if h.Min() != 0 || time.Duration(h.Max()) < time.Hour || time.Duration(h.Max()) > time.Hour+time.Hour/500 {
		t.Errorf("they reach from %v to %v", time.Duration(h.Min()), time.Duration(h.Max()))
	}
}

func TestFailedFaultsAndHealsKeepTheirReason(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	n := r.BeginInjection(history.Injection{Fault: "kill", Planned: ms(9), Targets: []int{1}, Began: ms(10)})
	r.Applied(n, ms(11), errors.New("no such process"))
	r.BeginHeal(n, ms(20))
	r.Healed(n, ms(30), errors.New("never ready"))
	want := []history.Injection{{
		Fault: "kill", Planned: ms(9), Targets: []int{1}, Began: ms(10), Applied: ms(11), Healing: ms(20),
		Error: "no such process", HealError: "never ready",
	}}
	if diff := cmp.Diff(want, r.Injections()); diff != "" {
		t.Errorf("injections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, finish(t, r).Injections); diff != "" {
		t.Errorf("saved injections (-want +got):\n%s", diff)
	}
}
