package check_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A clean run needs no look into the journals; one with losses says why they could not be read.
func TestDetailsAreFetchedWhenNeeded(t *testing.T) {
	broken := func(map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
		return nil, errors.New("journal-03: bad checksum")
	}
	if _, err := check.Judge(tell(acked("0-9"), received("0-9")).run, broken); err != nil {
		t.Errorf("a clean run: %v", err)
	}
	_, err := check.Judge(tell(acked("0-9"), received("0-4 6-9")).run, broken)
	if err == nil || !strings.Contains(err.Error(), "journal-03: bad checksum") {
		t.Errorf("error %v, want one that names the journal", err)
	}
}

// Millions of undelivered messages are looked up in several scans.
func TestLookUpIsBounded(t *testing.T) {
	const publishers, messages = 3, 700_000
	s := tell()
	s.run.Publishers, s.run.Flows = nil, nil
	for n := range publishers {
		s.run.Publishers = append(s.run.Publishers, history.Publisher{
			Client: fmt.Sprintf("p%d", n), Group: "pubs", QoS: 1, Original: n, Next: messages, Due: messages, Acknowledged: history.Range(0, messages),
		})
		s.run.Flows = append(s.run.Flows, history.Flow{Publisher: n})
		if n > 0 {
			s.up(time.Second, pub(n), 0, false)
		}
	}
	scans, largest := 0, uint64(0)
	a, err := check.Judge(s.run, func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
		scans++
		var n uint64
		for _, set := range want {
			n += set.GetCardinality()
		}
		largest = max(largest, n)
		return nil, nil
	})
	if err != nil {
		t.Fatalf("judge: %v", err)
	}
	if scans != 3 || largest != messages {
		t.Errorf("%d scans of up to %d messages, want 3 of %d", scans, largest, messages)
	}
	if a.Counts.LostUnknown != publishers*messages || a.Verdict != check.Inconclusive {
		t.Errorf("%d unknown, verdict %s, want all of them and inconclusive", a.Counts.LostUnknown, a.Verdict)
	}
}

// Of more anomalies than are named, the earliest are, and every one counts.
func TestAnomaliesAreBounded(t *testing.T) {
	const messages = 250_001
	s := tell(fault("pause", 0, 2500*ms, 3*time.Second), resumed(0, pub(0), 3*time.Second))
	p := &s.run.Publishers[0]
	p.Next, p.Due, p.Acknowledged = messages, messages, history.Range(0, messages)
	s.run.Flows[0].Delivered.Add(messages - 1)
	s.details[0] = make(map[uint32]history.Detail)
	for n := range uint32(messages) {
		// The later numbers come first, so that the earliest anomalies are not the first that are found.
		at := 4*time.Second - time.Duration(n)*time.Microsecond
		s.details[0][n] = history.Detail{Sequence: n, Intended: at, Written: at, Settled: at, Outcome: history.OutcomeAcknowledged}
	}
	a := s.judge(t)
	if a.Counts.LostSilent != messages-1 || len(a.Anomalies) != 100_000 || a.AnomaliesDropped != messages-1-100_000 {
		t.Fatalf("%d lost, %d named, %d dropped", a.Counts.LostSilent, len(a.Anomalies), a.AnomaliesDropped)
	}
	if first, last := a.Anomalies[0].Sequence, a.Anomalies[99_999].Sequence; first != messages-2 || last != messages-1-100_000 {
		t.Errorf("named #%d to #%d, want the earliest: #%d to #%d", first, last, messages-2, messages-1-100_000)
	}
	if got := a.Injections[0].Lost; got != messages-1 {
		t.Errorf("injection: %d lost, want all %d", got, messages-1)
	}
}

// Each anomaly lies in the window in which its message was intended.
func TestWindowsOfAnomalies(t *testing.T) {
	lost := func(extra ...step) *story {
		return tell(append([]step{acked("0-9"), received("9"), resumed(0, sub(0), 6*time.Second)}, extra...)...)
	}
	// Message n is intended at 3s + n·1s.
	s := lost(
		fault("pause", 1, 4500*ms, 6500*ms), fault("pause", 0, 5500*ms, 7500*ms), fault("kill", 0, 9500*ms, 11500*ms),
		resumed(1, pub(0), 6*time.Second), resumed(2, pub(0), 11*time.Second),
		func(s *story) {
			s.run.Phases = append(s.run.Phases, history.Phase{Name: "warmup", Began: loadBegan, Ended: 3500 * ms})
			s.run.Phases[1].Began = 3500 * ms
		},
	)
	var got []string
	for _, x := range s.judge(t).Anomalies {
		got = append(got, fmt.Sprintf("#%d %s %d", x.Sequence, x.Window, x.Injection))
	}
	diff(t, "windows", []string{
		"#0 warmup -1", "#1 before -1", "#2 during 0", "#3 during 1", "#4 during 1", "#5 after 1", "#6 after 1", "#7 during 2",
		"#8 during 2",
	}, got)
}

func TestGroups(t *testing.T) {
	s := tell(another, another, acked("0-9"), ackedBy(1, "0-4"), ackedBy(2, "0-1"), received("0-4 6-9"), receivedIn(1, "0-4"), receivedIn(2, "0-1"))
	s.run.Publishers[1].Group = "others"
	a := s.judge(t)
	diff(t, "groups", []check.GroupCounts{
		{Publishers: "pubs", Counts: check.Counts{Attempted: 12, Acknowledged: 12}},
		{Publishers: "pubs", Subscribers: "subs", Counts: check.Counts{Expected: 12, Delivered: 11, Lost: 1, LostSilent: 1, LostMiddle: 1}},
		{Publishers: "others", Counts: check.Counts{Attempted: 5, Acknowledged: 5}},
		{Publishers: "others", Subscribers: "subs", Counts: check.Counts{Expected: 5, Delivered: 5}},
	}, a.Groups)
}

func TestLatencies(t *testing.T) {
	one := func(values ...int64) map[history.Metric]*hdr.Histogram {
		h := hdr.New(1000, int64(time.Hour), 3)
		for _, v := range values {
			_ = h.RecordValue(v)
		}
		return map[history.Metric]*hdr.Histogram{history.EndToEnd: h}
	}
	s := tell(acked("0-9"), received("0-9"))
	s.run.Latencies = map[history.Window]map[history.Metric]*hdr.Histogram{
		history.WarmUp: one(9e9), history.Before: one(1e6, 2e6), history.After: one(3e6),
	}
	a := s.judge(t)
	for window, want := range map[string]int64{"warmup": 1, "before": 2, "after": 1, check.All: 3} {
		if got := a.Latencies[window][history.EndToEnd].TotalCount(); got != want {
			t.Errorf("%s: %d samples, want %d", window, got, want)
		}
	}
	if got := s.run.Latencies[history.Before][history.EndToEnd].TotalCount(); got != 2 {
		t.Errorf("judging changed the record: %d samples before faults, want 2", got)
	}
	s.run.Latencies[history.During] = map[history.Metric]*hdr.Histogram{history.EndToEnd: hdr.New(1000, int64(24*time.Hour), 3)}
	_ = s.run.Latencies[history.During][history.EndToEnd].RecordValue(int64(20 * time.Hour))
	if _, err := check.Judge(s.run, nil); err == nil {
		t.Error("values out of range were dropped without an error")
	}
}

// crowd is a run of 5,000 publishers and 50 subscribers that all got everything, but for what change does.
func crowd(messages uint32, change func(p *history.Publisher, f *history.Flow)) *history.Run {
	const publishers, subscribers = 5000, 50
	s := tell()
	s.run.Publishers, s.run.Subscribers, s.run.Flows, s.run.Events = nil, nil, nil, nil
	for n := range publishers {
		s.run.Publishers = append(s.run.Publishers, history.Publisher{
			Client: fmt.Sprint("p", n), Group: "pubs", QoS: 1, Original: n, Next: messages, Due: uint64(messages), Acknowledged: history.Range(0, messages),
		})
		s.up(time.Second, pub(n), 0, false)
	}
	for n := range subscribers {
		s.run.Subscribers = append(s.run.Subscribers, history.Subscriber{Client: fmt.Sprint("s", n), Group: "subs", QoS: 1, Account: n})
		s.up(time.Second, sub(n), 0, false)
		for p := range publishers {
			f := history.Flow{Account: n, Publisher: p, Delivered: history.Range(0, messages)}
			if change != nil {
				change(&s.run.Publishers[p], &f)
			}
			s.run.Flows = append(s.run.Flows, f)
		}
	}
	return s.run
}

func BenchmarkJudgeQuarterMillionFlows(b *testing.B) {
	for name, change := range map[string]func(p *history.Publisher, f *history.Flow){
		"clean": nil,
		"with gaps everywhere": func(p *history.Publisher, f *history.Flow) {
			f.Delivered = history.Range(0, 40)
			f.Delivered.AddRange(60, 100)
			p.Unsent = history.Range(40, 60)
			p.Acknowledged = f.Delivered.Clone()
		},
	} {
		b.Run(name, func(b *testing.B) {
			run := crowd(100, change)
			b.ReportAllocs()
			for b.Loop() {
				a, err := check.Judge(run, nil)
				if err != nil || a.Verdict != check.Pass {
					b.Fatalf("%v, error %v", a, err)
				}
			}
		})
	}
}
