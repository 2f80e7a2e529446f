package reports

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// golden compares a text with a file below testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

// A story is a run with its analysis and scenario, from which tests tell their variants.
type story struct {
	run      *history.Run
	analysis *check.Analysis
	scenario *scenarios.Scenario
}

func (s story) result() *Result { return NewResult(s.run, s.analysis, s.scenario) }

const sec = time.Second

// spread is a histogram of n values that grow evenly from least to most, with two digits: enough to read, and quick.
func spread(n int, least, most time.Duration) *hdr.Histogram {
	h := hdr.New(1, int64(time.Hour), 2)
	for i := range n {
		v := least + time.Duration(int64(most-least)*int64(i)/int64(max(n-1, 1)))
		if err := h.RecordValue(int64(v)); err != nil {
			panic(err)
		}
	}
	return h
}

func latenciesWithin(n int, scale time.Duration) map[history.Metric]*hdr.Histogram {
	return map[history.Metric]*hdr.Histogram{
		history.PublishDelay:   spread(n, scale/100, scale/2),
		history.PublishLatency: spread(n, scale/10, scale),
		history.EndToEnd:       spread(4*n, scale/5, 2*scale),
		history.Service:        spread(4*n, scale/6, 2*scale),
	}
}

// failover is a run of three nodes of which one is killed for ten seconds: all is well.
func failover() story {
	run := &history.Run{
		Meta: history.Meta{
			RunID: 0xfeed, Seed: 7, Scenario: "failover", Started: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			Mqbench: "v0.1.0", Environment: map[string]string{"os": "linux", "arch": "amd64", "cpus": "2"},
			Broker: "nats", Version: "2.15.2", Runtime: "process", Shape: "cluster", Profile: "tuned", Protocol: "3.1.1",
			PersistentSessions: true, Keepalive: 5 * sec, Brokers: []string{"b1", "b2", "b3"},
		},
		Phases: []history.Phase{
			{Name: "provision", Began: 0, Ended: 2100 * time.Millisecond},
			{Name: "connect", Began: 2100 * time.Millisecond, Ended: 3 * sec},
			{Name: "warmup", Began: 3 * sec, Ended: 8 * sec},
			{Name: "measure", Began: 8 * sec, Ended: 48 * sec},
			{Name: "drain", Began: 48 * sec, Ended: 49200 * time.Millisecond},
		},
		Injections: []history.Injection{{
			Fault: "kill", Planned: 18 * sec, Targets: []int{1}, Began: 18 * sec, Applied: 18*sec + 300*time.Microsecond,
			Healing: 28 * sec, Healed: 28400 * time.Millisecond,
		}},
		Brokers: []history.Broker{
			{Name: "b1", CPU: 21400 * time.Millisecond, PeakRSSBytes: 84 << 20},
			{Name: "b2", CPU: 15100 * time.Millisecond, PeakRSSBytes: 71 << 20,
				Exits: []history.Exit{{At: 18 * sec, Expected: true, Detail: "signal: killed"}}},
			{Name: "b3", CPU: 22700 * time.Millisecond, PeakRSSBytes: 88 << 20},
		},
		Generator: history.Generator{
			CPU: 9300 * time.Millisecond, PeakRSSBytes: 63 << 20, LateBound: 10 * time.Millisecond, Written: 40000,
		},
		Complete: true,
	}
	for i := range 500 {
		run.Publishers = append(run.Publishers, history.Publisher{Group: "sensors", Rate: 2, Home: i % 3, Original: i})
	}
	for i := range 4 {
		run.Subscribers = append(run.Subscribers, history.Subscriber{Account: i})
	}
	run.Timeline = timeline()
	return story{run: run, analysis: analysis(), scenario: &scenarios.Scenario{
		Name:        "failover",
		Description: "Killing one node of a three-node cluster loses no acknowledged message, and clients are back within 5 s.",
	}}
}

// timeline is four seconds around the fault.
func timeline() []history.Second {
	second := func(at time.Duration, delivered uint64, connected int, up bool) history.Second {
		return history.Second{
			At: at, Width: sec, Due: 1000, Written: 990, Acknowledged: 985, Delivered: delivered, Duplicated: 1,
			Connected: connected, EndToEndP50: 2 * time.Millisecond, EndToEndP99: 9 * time.Millisecond,
			EndToEndMax: 12 * time.Millisecond, PublishP50: time.Millisecond, PublishP99: 4 * time.Millisecond,
			DelayP99: 300 * time.Microsecond, DelayMax: 800 * time.Microsecond, GeneratorCPU: 180 * time.Millisecond,
			Effort: history.Effort{
				Processors: 1.5, RSSBytes: 63 << 20, HeapBytes: 21 << 20, GCCPU: 4 * time.Millisecond, GCs: 2, Throttled: -1,
				ShardLagP99: 120 * time.Microsecond, ShardLagMax: 900 * time.Microsecond, SchedulerP99: 40 * time.Microsecond,
				SchedulerMax: time.Millisecond, GCPauseMax: 70 * time.Microsecond, Blocked: 1,
			},
			Machine: &history.Machine{
				Cores: 2, Busy: 1400 * time.Millisecond, IOWait: 10 * time.Millisecond, Steal: 20 * time.Millisecond,
				Idle: 570 * time.Millisecond, BusiestCore: 0.8125, Pressure: 300 * time.Millisecond,
				Network: &history.Network{QueueDrops: 1, BacklogDrops: 2, Pruned: 3, ZeroWindows: 4, ListenDrops: 5},
			},
			Brokers: []history.BrokerSample{
				{Up: true, CPU: 400 * time.Millisecond, RSSBytes: 80 << 20, Acknowledged: 330, Delivered: delivered / 2, Connected: connected / 3, Blocked: 1},
				{Up: up, CPU: 300 * time.Millisecond, RSSBytes: 70 << 20},
				{Up: true, CPU: 410 * time.Millisecond, RSSBytes: 81 << 20, Acknowledged: 655, Delivered: delivered / 2, Connected: connected / 3},
			},
		}
	}
	unknown := second(18*sec, 3900, 504, true) // as in an old record
	unknown.Effort, unknown.Machine = history.Effort{}, nil
	silent := second(19*sec, 1200, 340, false) // as on another system
	silent.Machine.Pressure, silent.Machine.Network = -1, nil
	return []history.Second{second(17*sec, 4000, 504, true), unknown, silent, second(29*sec, 4100, 504, true)}
}

// clients are the ways back of n affected clients, every fortieth a subscriber.
func clients(n int) []check.ClientFailover {
	var all []check.ClientFailover
	for i := range n {
		step := time.Duration(i+1) * 10 * time.Millisecond
		c := check.ClientFailover{
			Client: history.ClientRef{Number: i}, Name: "sensors-" + string(rune('a'+i%26)), Group: "sensors",
			From: "b2", To: []string{"b3", "b1"}[i%2], SessionPresent: true,
			Detect: 400 * time.Microsecond, Reconnect: 60*time.Millisecond + step, Resubscribe: -1, Resume: 65*time.Millisecond + 2*step,
		}
		if i%40 == 0 {
			c.Client.Subscriber, c.Name, c.Group = true, "dashboards-1", "dashboards"
			c.Resubscribe = c.Reconnect + time.Millisecond
		}
		all = append(all, c)
	}
	return all
}

func analysis() *check.Analysis {
	return &check.Analysis{
		Verdict: check.Pass,
		Counts: check.Counts{
			Attempted: 40112, Acknowledged: 40108, InDoubt: 4, Expected: 160436, Delivered: 160436, Recovered: 3, Duplicated: 118,
		},
		Groups: []check.GroupCounts{
			{Publishers: "sensors", Counts: check.Counts{Attempted: 40112}},
			{Publishers: "sensors", Subscribers: "dashboards", Counts: check.Counts{Expected: 160436, Delivered: 160436}},
		},
		Latencies: map[string]map[history.Metric]*hdr.Histogram{
			"all":    latenciesWithin(1000, 40*time.Millisecond),
			"before": latenciesWithin(250, 5*time.Millisecond),
			"during": latenciesWithin(260, 3*sec),
			"after":  latenciesWithin(490, 6*time.Millisecond),
			"warmup": latenciesWithin(100, 8*time.Millisecond),
		},
		Injections: []check.Injection{{
			Number: 0, Fault: "kill", Targets: []string{"b2"}, Began: 18 * sec, Applied: 18*sec + 300*time.Microsecond,
			Healing: 28 * sec, Healed: 28400 * time.Millisecond,
			Affected: 168, Resumed: 168, Clients: clients(168), Bystanders: 336,
			BystanderResume: spread(336, time.Millisecond, 900*time.Millisecond),
			T50:             1700 * time.Millisecond, T90: 3100 * time.Millisecond, T99: 3380 * time.Millisecond,
			T100: 3425 * time.Millisecond, RateBack: 4 * sec, LatencyBack: 6 * sec, Backlog: 600 * time.Millisecond,
			Duplicated: 118, Brokers: views(),
		}},
		Outages: []check.Outage{
			{Began: 18 * sec, Ended: 21 * sec, Injections: []int{0}},
			{Began: 18 * sec, Ended: 21500 * time.Millisecond, Injections: []int{0}},
		},
		UnavailabilityGap: sec,
		Generator: check.Generator{
			Span: 40 * sec, Processors: 1.5, CPU: 7200 * time.Millisecond, Share: 0.12, Saturated: sec, Throttled: 80 * time.Millisecond,
			GCs: 80, GCCPU: 160 * time.Millisecond, GCShare: 0.02, RSSBegan: 61 << 20, RSSEnded: 63 << 20, HeapMost: 30 << 20,
			BlockedMost: 3,
			Machine: &check.Machine{
				Cores: 2, Busy: 0.71, Generator: 0.09, Brokers: 0.55, Others: 0.07, IOWait: 0.01, Steal: 0.02, Pressure: 0.3,
				Saturated: 2 * sec, Network: &history.Network{ZeroWindows: 4},
			},
			Waits: map[history.Metric]*hdr.Histogram{
				history.ShardLag: spread(1000, time.Microsecond, 4*time.Millisecond), history.GCPause: spread(80, 20*time.Microsecond, 90*time.Microsecond),
				history.SchedulerLatency: spread(5000, time.Microsecond, 2*time.Millisecond),
			},
		},
		Anomalies: []check.Anomaly{{
			Kind: check.AnomalyDuplicated, Class: "dup=1", Publisher: "sensors-3", Subscriber: "dashboards-1", Topic: "plant/sensors/3",
			Sequence: 20, QoS: 1, Intended: 18100 * time.Millisecond, Written: 18100 * time.Millisecond,
			Acknowledged: 18200 * time.Millisecond, Received: 22 * sec, Window: history.During, Injection: 0,
		}},
		Findings: []check.Finding{
			{Name: "delivery", Verdict: check.Pass, Detail: "every acknowledged message was delivered (160,436 deliveries)"},
			{Name: "duplicates", Verdict: check.Pass, Detail: "118 messages came twice, which QoS 1 allows; all with DUP=1"},
			{Name: "faults", Verdict: check.Pass, Detail: "1 of 1 planned faults was injected and healed"},
			{Name: "load", Verdict: check.Pass, Detail: "100 % of the offered load was written; 0 messages late"},
		},
	}
}

// views are what clients had of three brokers of which the second was away.
func views() []check.BrokerView {
	view := func(name string, before, during int, acked, meanwhile uint64) check.BrokerView {
		return check.BrokerView{
			Broker: name, ConnectedBefore: before, ConnectedDuring: during,
			Before: check.Service{Span: 10 * sec, Acknowledged: acked, Delivered: 4 * acked},
			During: check.Service{Span: 9 * sec, Acknowledged: meanwhile, Delivered: 4 * meanwhile},
			After:  check.Service{Span: 19 * sec, Acknowledged: 2 * acked, Delivered: 8 * acked},
		}
	}
	return []check.BrokerView{
		view("b1", 168, 252, 3330, 4500), view("b2", 168, 0, 3330, 0), view("b3", 168, 252, 3330, 4490),
	}
}

// partitioned is a bridged run in containers, with copies, a proxy and a balancer, of which one side is cut off.
func partitioned() story {
	s := failover()
	m := &s.run.Meta
	m.Broker, m.Version, m.Runtime, m.Shape = "mosquitto", "2.0.22", "container", "star"
	m.Brokers, m.Balanced = []string{"b1", "b2", "b3", "balancer"}, true
	m.BridgeDirection, m.BridgeQoS, m.Proxied = "both", 1, []string{"clients-b1", "b2-b1", "b3-b1"}
	m.Origins = nil
	for n := range m.Brokers {
		o := history.Origin{
			Version: "2.0.22", Image: "mqbench/mosquitto:2.0", Digest: "sha256:0123456789abcdef0123456789abcdef",
			Address: fmt.Sprintf("198.18.0.%d:1883", n+2), ConnackProperties: map[string]string{"receive_maximum": "20"},
		}
		if n == 2 {
			o.Version = "2.0.21"
		}
		if n == 3 {
			o = history.Origin{Version: "3.0.11", Image: "mqbench/haproxy:3.0", Digest: "sha256:fedc", Address: "198.18.0.5:1883"}
		}
		m.Origins = append(m.Origins, o)
	}
	s.run.Brokers = append(s.run.Brokers, history.Broker{Name: "balancer", CPU: 3 * sec, PeakRSSBytes: 20 << 20})
	for n := 1; n < len(s.run.Publishers); n += 2 {
		s.run.Publishers[n].Original = n - 1
	}
	s.run.Subscribers[1].Account = 0
	s.scenario.Topology.Balancer = scenarios.BalancerHAProxy
	s.analysis.Counts.Copies = 160_000
	i := &s.analysis.Injections[0]
	i.Fault, i.Targets, i.Detail, i.Backlog = "partition", []string{"b1"}, "b1 | b2, b3", 3200*time.Millisecond
	return s
}

// broken is the same run in which a broker forgot what it had acknowledged, and some clients never came back.
func broken() story {
	s := failover()
	a := s.analysis
	a.Verdict = check.Fail
	a.Counts.Delivered, a.Counts.Lost, a.Counts.LostSilent, a.Counts.LostDeclared = 160390, 46, 34, 12
	a.Counts.LostPrefix, a.Counts.LostMiddle, a.Counts.LostSuffix = 2, 40, 4
	a.Counts.Missed, a.Counts.Unsent, a.Counts.RefusedDelivered, a.Counts.Unmatched = 77, 5, 1, 12
	i := &a.Injections[0]
	i.Resumed, i.NeverResumed, i.Lost = 160, 8, 46
	for n := range 8 {
		c := &i.Clients[160+n]
		c.Resume, c.To = -1, ""
		if n%2 == 0 {
			c.Reconnect = -1
		}
	}
	i.T99, i.T100, i.RateBack = -1, -1, -1
	a.Anomalies = append(a.Anomalies, check.Anomaly{
		Kind: check.AnomalyLost, Class: "silent, middle", Publisher: "sensors-9", Subscriber: "dashboards-2", Topic: "plant/sensors/9",
		Sequence: 41, QoS: 1, Intended: 18050 * time.Millisecond, Written: 18051 * time.Millisecond,
		Acknowledged: 18053 * time.Millisecond, Received: -1, Window: history.During, Injection: 0, Detail: "acknowledged by b2",
	})
	a.Findings = append([]check.Finding{{Name: "silent loss", Verdict: check.Fail, Detail: "34 acknowledged messages were lost " +
		"without notice (SessionPresent=1); first: sensors-9 #41 intended at 18.05s, during kill of b2"}}, a.Findings...)
	s.run.Brokers[2].Exits = []history.Exit{{At: 40 * sec, Detail: "exit status 2"}}
	return s
}
