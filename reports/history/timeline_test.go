package history_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

func TestTickTellsWhatTheIntervalHad(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	p, s := r.Publisher(0), r.Subscriber(0)
	p.Connected(ms(1), 0, false, ms(1))
	p.Due(1)
	sends(p, 0, ms(10))
	acks(p, 0, ms(10))
	receives(s, 0, 0, ms(10))
	usage := func(cpu int) history.Sample {
		return history.Sample{
			Generator: history.GeneratorSample{CPU: ms(cpu), RSSBytes: int64(1000 - cpu)},
			Brokers:   []history.BrokerSample{{Up: true, CPU: ms(10 * cpu), RSSBytes: int64(cpu)}},
		}
	}
	first := r.Tick(ms(1000), usage(50))
	p.Unsent(1)
	receives(s, 0, 0, ms(10))
	p.Disconnected(ms(1500), 0, "reset")
	second := r.Tick(ms(2100), usage(70))
	if quiet := r.Tick(ms(2100), usage(70)); quiet.Due+quiet.Unsent+quiet.Delivered+quiet.Duplicated+quiet.Acknowledged+quiet.Written != 0 {
		t.Errorf("an interval in which nothing happened has %+v", quiet)
	}

	want := []history.Second{
		{
			At: ms(1000), Width: ms(1000), Due: 2, Written: 1, Acknowledged: 1, Delivered: 1, Connected: 1, GeneratorCPU: ms(50),
			Effort: history.Effort{RSSBytes: 950},
			Brokers: []history.BrokerSample{{
				Up: true, CPU: ms(500), RSSBytes: 50, Acknowledged: 1, Delivered: 1, Connected: 1,
			}},
		},
		{
			At: ms(2100), Width: ms(1100), Unsent: 1, Duplicated: 1, GeneratorCPU: ms(20),
			Effort:  history.Effort{RSSBytes: 930},
			Brokers: []history.BrokerSample{{Up: true, CPU: ms(200), RSSBytes: 70}},
		},
	}
	for latency, got := range map[time.Duration][]time.Duration{
		ms(2): {first.EndToEndP50, first.EndToEndP99, first.EndToEndMax}, ms(1): {first.PublishP50, first.PublishP99},
	} {
		for _, d := range got {
			if d < latency || d > latency+latency/500 {
				t.Errorf("latency %v, want %v", d, latency)
			}
		}
	}
	if got := r.Totals().EndToEndP99; got != second.EndToEndP99 {
		t.Errorf("the live view shows %v, the interval has %v", got, second.EndToEndP99)
	}
	first.EndToEndP50, first.EndToEndP99, first.EndToEndMax, first.PublishP50, first.PublishP99 = 0, 0, 0, 0, 0
	// A delay of nothing is filed in the lowest bucket, whose highest value is just below a microsecond.
	first.DelayP99, first.DelayMax = 0, 0
	if diff := cmp.Diff(want, []history.Second{first, second}); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	run := finish(t, r)
	if run.Generator.CPU != ms(70) || run.Generator.PeakRSSBytes != 950 {
		t.Errorf("generator %+v", run.Generator)
	}
	if b := run.Brokers[0]; b.Name != "b1" || b.CPU != ms(700) || b.PeakRSSBytes != 70 || len(run.Brokers) != 3 {
		t.Errorf("brokers %+v", run.Brokers)
	}
}

// What clients had of a broker counts for the one that they were connected to.
func TestTickTellsWhatEachBrokerDid(t *testing.T) {
	r := record(t, fleet(1, 2, 1))
	p := r.Publisher(0)
	p.Connected(ms(1), 1, false, ms(1))
	for n := range 2 {
		r.Subscriber(n).Connected(ms(1), n, false, ms(1))
		receives(r.Subscriber(n), 0, 0, ms(10))
	}
	p.Acknowledged(0, ms(10), ms(10), ms(11), 1, 0)
	tick := func(at int) []history.BrokerSample {
		return r.Tick(ms(at), history.Sample{Brokers: make([]history.BrokerSample, 3)}).Brokers
	}
	want := []history.BrokerSample{{Delivered: 1, Connected: 1}, {Acknowledged: 1, Delivered: 1, Connected: 2}, {}}
	if diff := cmp.Diff(want, tick(1000)); diff != "" {
		t.Errorf("the first second (-want +got):\n%s", diff)
	}
	r.Subscriber(1).Disconnected(ms(1100), 1, "reset")
	r.Subscriber(1).Connected(ms(1200), 2, true, ms(1))
	receives(r.Subscriber(1), 0, 0, ms(1200))
	receives(r.Subscriber(1), 0, 1, ms(1200))
	p.Closed(ms(1300), 1)
	want = []history.BrokerSample{{Connected: 1}, {}, {Delivered: 1, Connected: 1}}
	if diff := cmp.Diff(want, tick(2000)); diff != "" {
		t.Errorf("the second second (-want +got):\n%s", diff)
	}
}

// Where the system keeps count of the highest use of memory, that stands, also of what fell again between two samples.
func TestPeaksBetweenSamples(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	r.Tick(ms(1000), history.Sample{
		Generator: history.GeneratorSample{RSSBytes: 10, PeakRSSBytes: 90},
		Brokers:   []history.BrokerSample{{RSSBytes: 5}, {RSSBytes: 6}}, BrokerPeakRSS: []int64{50, 6},
	})
	r.Tick(ms(2000), history.Sample{
		Generator: history.GeneratorSample{RSSBytes: 20}, Brokers: []history.BrokerSample{{RSSBytes: 7}, {RSSBytes: 70}},
	})
	run := finish(t, r)
	if got := []int64{run.Generator.PeakRSSBytes, run.Brokers[0].PeakRSSBytes, run.Brokers[1].PeakRSSBytes}; !slices.Equal(
		got, []int64{90, 50, 70}) {
		t.Errorf("peaks of mqbench, b1 and b2: %v", got)
	}
}

// What ticks take out of the lanes is in the run all the same.
func TestTicksLoseNoSample(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	for seq := range uint32(100) {
		receives(r.Subscriber(0), 0, seq, ms(int(seq)))
		if seq%7 == 0 {
			r.Tick(ms(int(seq)), history.Sample{})
		}
		if seq%11 == 0 {
			if err := r.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.Tick(ms(200), history.Sample{})
	run := finish(t, r)
	if got := run.Latencies[history.WarmUp][history.EndToEnd].TotalCount(); got != 100 {
		t.Errorf("%d of 100 samples", got)
	}
	delivered := uint64(0)
	for _, s := range run.Timeline {
		delivered += s.Delivered
	}
	if delivered != 100 {
		t.Errorf("the timeline has %d of 100 deliveries", delivered)
	}
}

func TestIntervalLogIsReadByHdrHistogram(t *testing.T) {
	o := fleet(1, 1, 1)
	o.IntervalLog = filepath.Join(t.TempDir(), "latency.hlog")
	o.Epoch = time.Now()
	r := record(t, o)
	sends(r.Publisher(0), 0, ms(10))
	receives(r.Subscriber(0), 0, 0, ms(10))
	r.Tick(ms(1000), history.Sample{})
	receives(r.Subscriber(0), 0, 1, ms(1500))
	receives(r.Subscriber(0), 0, 2, ms(1500))
	r.Tick(ms(2000), history.Sample{})
	r.Tick(ms(3000), history.Sample{})
	finish(t, r)

	file, err := os.Open(o.IntervalLog)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	type line struct {
		tag         string
		began, ends time.Duration
		count       int64
	}
	var got []line
	log := hdr.NewHistogramLogReader(file)
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		since := func(ms int64) time.Duration {
			return time.UnixMilli(ms).Sub(o.Epoch).Round(10 * time.Millisecond)
		}
		got = append(got, line{h.Tag(), since(h.StartTimeMs()), since(h.EndTimeMs()), h.TotalCount()})
		if h.Tag() == "end_to_end" && (h.Max() < int64(ms(2)) || h.Max() > int64(ms(2)+ms(2)/500)) {
			t.Errorf("an end-to-end latency of 2 ms reads as %v", time.Duration(h.Max()))
		}
	}
	want := []line{
		{"publish_delay", 0, ms(1000), 1}, {"end_to_end", 0, ms(1000), 1}, {"service", 0, ms(1000), 1},
		{"end_to_end", ms(1000), ms(2000), 2}, {"service", ms(1000), ms(2000), 2},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("interval log (-want +got):\n%s", diff)
	}
}
