package page

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A size is how much there is of everything in a made-up run.
type size struct {
	seconds, publishers, subscribers, brokers, faults int
	shape                                             string
	lost                                              bool
}

// made makes up the record and the analysis of a run.
func made(s size) Run {
	load := time.Duration(s.seconds) * time.Second
	record := &history.Run{
		Meta: history.Meta{
			RunID: 1, Seed: 7, Scenario: "made-up", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Mqbench: "v1", Broker: "nats",
			Runtime: "process", Shape: s.shape, Protocol: "5.0", PersistentSessions: true, Environment: map[string]string{"cpus": "8", "os": "linux"},
		},
		Phases: []history.Phase{
			{Name: "connect", Ended: 2 * time.Second}, {Name: "measure", Began: 2 * time.Second, Ended: load}, {Name: "drain", Began: load, Ended: load + time.Second},
		},
		Complete: true,
	}
	for n := range s.brokers {
		name := fmt.Sprint("b", n+1)
		record.Meta.Brokers = append(record.Meta.Brokers, name)
		record.Brokers = append(record.Brokers, history.Broker{Name: name, CPU: time.Duration(n+1) * time.Minute, PeakRSSBytes: int64(n+1) << 24})
	}
	for n := range s.publishers {
		record.Publishers = append(record.Publishers, history.Publisher{
			Client: fmt.Sprint("mqb-1-p-", n), Group: "sensors", Rate: 1, Home: n % max(s.brokers, 1), Original: n})
	}
	for n := range s.subscribers {
		record.Subscribers = append(record.Subscribers, history.Subscriber{Client: fmt.Sprint("mqb-1-s-", n), Group: "boards", Home: n % max(s.brokers, 1), Account: n})
	}
	for n := range s.seconds {
		record.Timeline = append(record.Timeline, secondOf(n, s))
	}
	a := analysisOf(s, load)
	for n, i := range a.Injections {
		record.Injections = append(record.Injections, history.Injection{Fault: i.Fault, Targets: []int{n % max(s.brokers, 1)}, Began: i.Began, Applied: i.Applied, Healing: i.Healing, Healed: i.Healed})
	}
	r := reports.NewResult(record, a, &scenarios.Scenario{Description: "A run that never was."})
	return Run{Result: r, Record: record, Analysis: a, Scenario: "name: made-up\nworkload:\n  client:\n    username: u\n    password: hunter2\n", Plan: `{"seed":7,"password":"hunter2"}`}
}

// secondOf is a second in which every value is another one, so that nothing compresses by luck.
func secondOf(n int, s size) history.Second {
	wave := func(k int) uint64 { return uint64(1e6 * (1.5 + math.Sin(float64(n*k)*1.7))) }
	x := history.Second{
		At: time.Duration(n+1)*time.Second + time.Duration(wave(3)), Width: time.Second, Due: 10_000, Written: wave(1) / 200, Acknowledged: wave(1) / 200,
		Delivered: wave(2) / 100, Connected: s.publishers - n%7, EndToEndP50: time.Duration(wave(5)), EndToEndP99: time.Duration(wave(7) * 9),
		PublishP50: time.Duration(wave(11)), PublishP99: time.Duration(wave(13) * 7), GeneratorCPU: 80 * time.Millisecond,
	}
	for b := range s.brokers {
		x.Brokers = append(x.Brokers, history.BrokerSample{Up: true, CPU: time.Duration(wave(17+b) * 300), RSSBytes: int64(wave(19+b) * 4096)})
	}
	return x
}

func analysisOf(s size, load time.Duration) *check.Analysis {
	a := &check.Analysis{
		Verdict: check.Pass, Counts: check.Counts{Attempted: 1000, Acknowledged: 1000, Expected: 4000, Delivered: 4000},
		Latencies: check.Latencies{}, ByWindow: map[history.Window]check.Mishaps{},
		Findings: []check.Finding{{Name: "no silent loss", Verdict: check.Pass, Detail: "all 4,000 came"}},
	}
	for _, w := range []string{check.All, "before", "during", "after"} {
		a.Latencies[w] = map[history.Metric]*hdr.Histogram{}
		for _, m := range history.Metrics() {
			h := history.NewHistogram()
			for v := range 500 {
				_ = h.RecordValue(int64(v*v*v+1) * 97)
			}
			a.Latencies[w][m] = h
		}
	}
	for n := range s.faults {
		a.Injections = append(a.Injections, injectionOf(n, s, load))
	}
	if s.publishers == 0 {
		return a
	}
	strip := &check.Strip{Began: 2 * time.Second, Width: max((load-2*time.Second)/120, time.Second).Round(time.Second), Columns: 120}
	for n := range 48 {
		row := check.StripRow{
			From: check.Bundle{Group: "sensors", Broker: "b1", First: fmt.Sprint("mqb-1-p-", n*10), Last: fmt.Sprint("mqb-1-p-", n*10+9), Count: 10},
			To:   check.Bundle{Group: "boards", First: "mqb-1-s-0", Last: "mqb-1-s-9", Count: 10}, Flows: 100,
			Lost: make([]uint64, 120), Duplicated: make([]uint64, 120), Reordered: make([]uint64, 120),
		}
		for c := range 120 {
			if s.lost {
				row.Lost[c], row.Duplicated[c], row.Reordered[c] = uint64((n*c)%977), uint64((n+c)*131%99_999), uint64((n*7+c*3)%9)
				a.Counts.Lost += row.Lost[c]
				a.Counts.Duplicated += row.Duplicated[c]
				a.Counts.Reordered += row.Reordered[c]
			}
		}
		strip.Rows = append(strip.Rows, row)
	}
	a.Strip = strip
	return a
}

// injectionOf is a fault that a third of the clients felt.
func injectionOf(n int, s size, load time.Duration) check.Injection {
	began := 3*time.Second + time.Duration(n)*(load-4*time.Second)/time.Duration(s.faults)
	i := check.Injection{
		Number: n, Fault: []string{"kill", "pause"}[n%2], Targets: []string{fmt.Sprint("b", n%max(s.brokers, 1)+1)}, Began: began, Applied: began + 1,
		Healing: began + time.Second, Healed: began + 2*time.Second, Affected: s.publishers / 3, Bystanders: 5,
		T50: time.Second, T90: 2 * time.Second, T99: 3 * time.Second, T100: 4 * time.Second, RateBack: 5 * time.Second, Backlog: time.Second,
		Lost: uint64(n), Duplicated: uint64(2 * n),
	}
	for b := range s.brokers {
		i.Brokers = append(i.Brokers, check.BrokerView{Broker: fmt.Sprint("b", b+1), ConnectedBefore: 10, Before: check.Service{Span: time.Second, Acknowledged: 10}})
	}
	if s.faults > 50 && n >= detailedFaults {
		i.Resumed = i.Affected // rows of clients would take the memory of the test
		return i
	}
	for c := range i.Affected {
		at := time.Duration(c*c%9973)*time.Millisecond/3 + time.Duration(c)
		i.Clients = append(i.Clients, check.ClientFailover{Detect: at / 4, Reconnect: at / 2, Resubscribe: -1, Resume: at})
		i.Resumed++
	}
	return i
}

func written(t *testing.T, run Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
