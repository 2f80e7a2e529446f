package history_test

import (
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
)

// ownWaits are those of a metric over all windows.
func ownWaits(t *testing.T, r *history.Recorder, m history.Metric) *hdr.Histogram {
	t.Helper()
	run, err := r.Finish(false)
	if err != nil {
		t.Fatal(err)
	}
	all := history.NewHistogram()
	for _, byMetric := range run.Latencies {
		if h := byMetric[m]; h != nil {
			all.Merge(h)
		}
	}
	return all
}

// One long delay among a hundred thousand prompt turns weighs as long as it lasted: a p99 cannot hide it.
func TestLagIsByTime(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	l := r.Shard(0, 0)
	// For 9.5 s a turn every 100 µs, each right on time; then one that is 500 ms late.
	now := time.Duration(0)
	for now < ms(9500) {
		now += 100 * time.Microsecond
		l.Looked(now, now)
	}
	l.Looked(ms(10000), ms(9500))
	h := ownWaits(t, r, history.ShardLag)
	if n := h.TotalCount(); n != 10000 {
		t.Errorf("%d looks in 10 s, want one a millisecond", n)
	}
	for percent, want := range map[float64]time.Duration{50: 0, 94: 0, 95.5: ms(50), 99: ms(400), 100: ms(500)} {
		got := time.Duration(h.ValueAtPercentile(percent))
		if got < want-ms(2) || got > want+ms(2) {
			t.Errorf("p%g = %v, want %v", percent, got, want)
		}
	}
}

// The looks of a shard that has work left over from earlier turns go on where the last ones ended, and a very long
// delay is recorded whole, with fewer entries.
func TestLagGoesOn(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	l := r.Pulse(ms(10))
	l.Looked(ms(20), ms(15))                 // behind since 15: looks at 16…20
	l.Looked(ms(30), ms(15))                 // still: looks at 21…30
	l.Looked(ms(30)+ms(1)/2, ms(30)+ms(1)/4) // no look in between
	l.Looked(ms(40), ms(50))                 // nothing to do
	l.Looked(ms(100_040), ms(40))
	h := ownWaits(t, r, history.WakeLag)
	if n := h.TotalCount(); n != 100_030 {
		t.Errorf("%d looks, want 100,030", n)
	}
	if mean := time.Duration(h.Mean()); mean < 49*time.Second || mean > 51*time.Second {
		t.Errorf("a delay of 100 s has a mean age of %v, want 50 s", mean)
	}
	if largest := time.Duration(h.Max()); largest < 99*time.Second || largest > 101*time.Second {
		t.Errorf("largest %v, want 100 s", largest)
	}
}

// What connections could not write counts by broker, at the moment and when it is over.
func TestBlockedConnections(t *testing.T) {
	r := record(t, fleet(2, 1, 1))
	r.Publisher(0).Blocked(0)
	r.Publisher(1).Blocked(0)
	r.Publisher(0).Unblocked(0, ms(100), ms(400))
	second := r.Tick(ms(1000), history.Sample{Brokers: []history.BrokerSample{{Up: true}}})
	if second.Effort.Blocked != 1 || second.Brokers[0].Blocked != 1 {
		t.Errorf("blocked now: %d, at the broker %d, want 1", second.Effort.Blocked, second.Brokers[0].Blocked)
	}
	r.Publisher(1).Unblocked(0, ms(100), ms(1200))
	second = r.Tick(ms(2000), history.Sample{Brokers: []history.BrokerSample{{Up: true}}})
	if second.Effort.Blocked != 0 {
		t.Errorf("%d blocked, want none", second.Effort.Blocked)
	}
	run, err := r.Finish(false)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := run.Brokers[0].Blocked, (history.Blocked{Spells: 2, Time: ms(1400), Longest: ms(1100)}); got != want {
		t.Errorf("blocked %+v, want %+v", got, want)
	}
}

// Samples of the runtime are filed by the beginning of their second, and seen in its line.
func TestSamplesOfTheRuntime(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	waits, pauses := history.NewHistogram(), history.NewHistogram()
	_ = waits.RecordValues(int64(ms(3)), 100)
	_ = pauses.RecordValue(int64(ms(7)))
	reads := history.NewHistogram()
	_ = reads.RecordValues(int64(ms(2)), 10)
	machine := &history.Machine{Cores: 2, Busy: ms(1500), Pressure: -1}
	second := r.Tick(ms(1000), history.Sample{Generator: history.GeneratorSample{
		RSSBytes: 5, Effort: history.Effort{Processors: 2, HeapBytes: 3, Throttled: ms(4)},
		ReadLag: reads, SchedulerLatency: waits, GCPauses: pauses, Machine: machine,
	}})
	e := second.Effort
	near := func(got, want time.Duration) bool { return got >= want && got < want+want/100 }
	if !near(e.SchedulerP99, ms(3)) || !near(e.SchedulerMax, ms(3)) || !near(e.GCPauseMax, ms(7)) || !near(e.ReadLagP99, ms(2)) || !near(e.ReadLagMax, ms(2)) {
		t.Errorf("effort %+v", e)
	}
	if e.RSSBytes != 5 || e.HeapBytes != 3 || e.Processors != 2 || e.Throttled != ms(4) || second.Machine != machine {
		t.Errorf("effort %+v, machine %+v", e, second.Machine)
	}
	if next := r.Tick(ms(2000), history.Sample{}); next.Effort.SchedulerMax != 0 || next.Machine != nil {
		t.Errorf("the next second has %+v", next.Effort)
	}
	if h := ownWaits(t, r, history.SchedulerLatency); h.TotalCount() != 100 {
		t.Errorf("%d samples in all, want 100", h.TotalCount())
	}
}
