package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// efforts gives the run a timeline of n seconds of load on a machine of two processors, on which mqbench uses a quarter
// of one and the broker half of one, and lets change do what it likes to each.
func efforts(n int, change func(second int, s *history.Second)) step {
	return func(s *story) {
		timeline(strings.Repeat("9", n))(s)
		for i := range s.run.Timeline {
			second := &s.run.Timeline[i]
			second.GeneratorCPU = 250 * ms
			second.Effort = history.Effort{Processors: 2, RSSBytes: 1 << 20}
			second.Machine = &history.Machine{Cores: 2, Busy: 800 * ms, Idle: 1200 * ms, Network: &history.Network{}}
			second.Brokers = []history.BrokerSample{{Up: true, CPU: 500 * ms}}
			if change != nil {
				change(i, second)
			}
		}
	}
}

// busy makes the machine do nothing but work in so many of the first seconds; the rest of the parts is others'.
func busy(seconds int, generator, brokers time.Duration) func(int, *history.Second) {
	return func(n int, s *history.Second) {
		if n < seconds {
			s.GeneratorCPU, s.Brokers[0].CPU = generator, brokers
			s.Machine.Busy, s.Machine.Idle = 2*time.Second, 0
		}
	}
}

// waited records that of a thousand looks or waits in the measurement so many were that long, and the others nothing.
func waited(m history.Metric, long int, d time.Duration) step {
	return func(s *story) {
		h := history.NewHistogram()
		_ = h.RecordValues(int64(d), int64(long))
		_ = h.RecordValues(0, int64(1000-long))
		if s.run.Latencies == nil {
			s.run.Latencies = map[history.Window]map[history.Metric]*hdr.Histogram{}
		}
		if s.run.Latencies[history.Before] == nil {
			s.run.Latencies[history.Before] = map[history.Metric]*hdr.Histogram{}
		}
		s.run.Latencies[history.Before][m] = h
	}
}

func wrote(written, late uint64) step {
	return func(s *story) {
		g := &s.run.Generator
		g.Written, g.Late, g.LateBound = written, late, 25*ms
	}
}

// Each story is of a generator that was overloaded, or of one that others held up, or that had a bad moment. All
// messages arrive.
func TestOverload(t *testing.T) {
	prompt := wrote(1000, 0)
	for name, c := range map[string]struct {
		steps  []step
		want   []string
		beyond []string
		says   string
	}{
		"a quiet run":   {steps: []step{prompt, efforts(20, nil), waited(history.ShardLag, 1000, 100*time.Microsecond)}},
		"an old record": {steps: []step{prompt, timeline("99999999999999999999")}},
		"messages were late": {
			steps: []step{wrote(1000, 11), efforts(20, nil)}, want: []string{"inconclusive: generator late"},
			beyond: []string{"late messages"},
			says:   "11 of 1,000 messages were written more than 25.0 ms late although nothing held them up but mqbench itself; it used 12 % of its 2 processors; what helps: fewer clients",
		},
		"as many as are allowed": {steps: []step{wrote(1000, 10), efforts(20, nil)}},
		"shards were behind": {
			steps: []step{prompt, efforts(20, nil), waited(history.ShardLag, 11, 41*ms)}, want: []string{"inconclusive: generator late"},
			beyond: []string{"shard lag"},
			says:   "shards were 41.0 ms or more behind their schedule for a hundredth of the time (bound 25.0 ms, at most 41.0 ms)",
		},
		"one hiccup of shards":          {steps: []step{prompt, efforts(20, nil), waited(history.ShardLag, 10, 900*ms)}},
		"shards were always a bit late": {steps: []step{prompt, efforts(20, nil), waited(history.ShardLag, 1000, 24*ms)}},
		"a warm-up that was late": {steps: []step{prompt, efforts(20, nil), func(s *story) {
			waited(history.ShardLag, 900, time.Second)(s)
			s.run.Latencies = map[history.Window]map[history.Metric]*hdr.Histogram{history.WarmUp: s.run.Latencies[history.Before]}
		}}},
		"nine late reads, and no others": {
			steps: []step{prompt, efforts(20, nil), waited(history.ReadLag, 1, 0), func(s *story) {
				h := history.NewHistogram()
				_ = h.RecordValues(int64(60*ms), 9)
				s.run.Latencies[history.Before][history.ReadLag] = h
			}},
		},
		"ten late reads": {
			steps: []step{prompt, efforts(20, nil), waited(history.ReadLag, 1, 0), func(s *story) {
				h := history.NewHistogram()
				_ = h.RecordValues(int64(60*ms), 10)
				s.run.Latencies[history.Before][history.ReadLag] = h
			}},
			want: []string{"inconclusive: generator late to read"}, beyond: []string{"read lag"},
		},
		"readers were behind": {
			steps: []step{prompt, efforts(20, nil), waited(history.ReadLag, 20, 60*ms)}, want: []string{"inconclusive: generator late to read"},
			beyond: []string{"read lag"}, says: "its reader had been behind for 60.0 ms or longer",
		},
		"the process did not run": {
			steps: []step{prompt, efforts(20, nil), waited(history.WakeLag, 20, 60*ms)}, want: []string{"inconclusive: generator late to read"},
			beyond: []string{"wake lag"}, says: "the whole process did not run for 60.0 ms or longer when it should have",
		},
		"goroutines waited for a processor": {
			steps: []step{prompt, efforts(20, nil), waited(history.SchedulerLatency, 20, 60*ms)}, want: []string{"inconclusive: generator late to read"},
			beyond: []string{"scheduler latency"}, says: "one in a hundred goroutines waited 60.0 ms or longer for a processor (bound 25.0 ms)",
		},
		"pauses and blocked writes are no lateness by themselves": {
			steps: []step{prompt, efforts(20, nil), waited(history.GCPause, 500, 60*ms), waited(history.WriteBlocked, 1000, time.Minute)},
		},
		"all processors in use": {
			steps: []step{prompt, efforts(20, busy(3, 1900*ms, 50*ms))}, want: []string{"inconclusive: generator saturated", "pass: machine saturated"},
			beyond: []string{"cpu"}, says: "for 3.00 s of 20.0 s mqbench used 90 % of the 2 processors that it may use",
		},
		"all processors in use for a moment": {steps: []step{prompt, efforts(20, busy(2, 1900*ms, 50*ms))}},
		"a run of one busy second":           {steps: []step{prompt, efforts(1, busy(1, 1900*ms, 50*ms))}},
		"throttled by its control group": {
			steps: []step{prompt, efforts(20, func(n int, s *history.Second) {
				s.Effort.Processors = 0.5
				if n < 5 {
					s.Effort.Throttled = 100 * ms
				}
			})},
			want: []string{"inconclusive: generator saturated"}, beyond: []string{"cpu"},
			says: "its control group held it up for 500 ms",
		},
		"the brokers take the machine, and mqbench keeps up": {
			steps: []step{prompt, efforts(20, busy(20, 240*ms, 1700*ms)), waited(history.ShardLag, 500, 3*ms)},
			want:  []string{"pass: machine saturated"},
			says:  "for 20.0 s of 20.0 s less than 5 % of its 2 processors was idle (in all 100 % busy: mqbench 12 %, brokers 85 %, others 3 %)",
		},
		"the brokers take the machine, and mqbench is late": {
			steps: []step{prompt, efforts(20, busy(20, 240*ms, 1700*ms)), waited(history.ShardLag, 500, 30*ms)},
			want:  []string{"inconclusive: generator late", "pass: machine saturated"}, beyond: []string{"shard lag"},
			says: "the machine was 100 % busy: mqbench 12 %, brokers 85 %, others 3 %; what helps: the brokers on other machines",
		},
		"others take the machine, and mqbench is late": {
			steps: []step{prompt, efforts(20, busy(20, 100*ms, 100*ms)), waited(history.ShardLag, 500, 30*ms)},
			want:  []string{"inconclusive: generator late", "pass: machine saturated"}, beyond: []string{"shard lag"},
			says: "others 90 %; what helps: a machine that does nothing else",
		},
		"another virtual machine takes it": {
			steps: []step{prompt, efforts(20, func(_ int, s *history.Second) {
				s.Machine.Steal, s.Machine.Idle = 1100*ms, 100*ms
			}), waited(history.ShardLag, 500, 30*ms)},
			want: []string{"inconclusive: generator late"}, beyond: []string{"shard lag"},
			says: "55 % stolen by other virtual machines; what helps: a machine that does nothing else",
		},
		"a broker that blocks": {
			steps: []step{prompt, efforts(20, nil), func(s *story) {
				s.run.Brokers[1].Blocked = history.Blocked{Spells: 3, Time: 7 * time.Second, Longest: 4 * time.Second}
			}},
			want: []string{"pass: connections blocked"}, says: "3 times a connection took no more of what was to be published (b2 for 7.00 s in all, 4.00 s at most)",
		},
		"a broker that blocks for a moment": {steps: []step{prompt, efforts(20, nil), func(s *story) {
			s.run.Brokers[1].Blocked = history.Blocked{Spells: 900, Time: 7 * time.Second, Longest: 24 * ms}
		}}},
		"dropped packets": {
			steps: []step{prompt, efforts(20, func(n int, s *history.Second) { s.Machine.Network.QueueDrops = uint64(n) })},
			want:  []string{"pass: packets dropped in the machine"}, says: "its TCP dropped 190 for full receive queues",
		},
		"closed windows are not dropped packets": {
			steps: []step{prompt, efforts(20, func(_ int, s *history.Second) { s.Machine.Network.ZeroWindows = 9 })},
		},
		"a machine that does not tell": {
			steps: []step{prompt, efforts(20, func(_ int, s *history.Second) { s.Machine, s.Effort.Throttled = nil, -1 })},
		},
		"clients were cut off while mqbench could not even ping": {
			steps: []step{prompt, efforts(20, nil), waited(history.SchedulerLatency, 1, 500*ms), down(10*s, sub(0), 1), up(10*s+500*ms, sub(0), 1, true)},
			want:  []string{"inconclusive: unexplained outages"},
			says:  "mqbench itself was held up for up to 500 ms, half a keepalive or more, so that the broker may have given up its clients",
		},
		"clients were cut off while mqbench was a bit late": {
			steps: []step{prompt, efforts(20, nil), waited(history.ShardLag, 1, 490*ms), down(10*s, sub(0), 1), up(10*s+500*ms, sub(0), 1, true)},
			want:  []string{"fail: unexplained outages"},
		},
		"late, and a message was lost": {
			steps: []step{wrote(1000, 500), efforts(20, nil), acked("10"), received("11"), acked("11")},
			want:  []string{"fail: silent loss", "inconclusive: generator late"}, beyond: []string{"late messages"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append([]step{acked("0-9"), received("0-9")}, c.steps...)...).judge(t)
			diff(t, "findings", append([]string{}, c.want...), findings(a))
			diff(t, "beyond", c.beyond, a.Generator.Beyond)
			if text := details(a); !strings.Contains(text, c.says) {
				t.Errorf("findings do not say %q:\n%s", c.says, text)
			}
			inconclusive := slices.ContainsFunc(c.want, func(f string) bool { return strings.HasPrefix(f, "inconclusive: generator") })
			if inconclusive != (len(c.beyond) > 0) || inconclusive && a.Verdict == check.Pass {
				t.Errorf("verdict %s with %v beyond", a.Verdict, a.Generator.Beyond)
			}
		})
	}
}

// The sums are those of the seconds in the measurement, and what is not known is not 0.
func TestGeneratorSums(t *testing.T) {
	a := tell(acked("0-9"), received("0-9"), efforts(25, func(n int, s *history.Second) { // five of them in the drain
		s.GeneratorCPU = 500 * ms
		s.Effort = history.Effort{
			Processors: 2 - float64(n%2), RSSBytes: int64(100 + n), HeapBytes: int64(n), GCs: 2, GCCPU: 50 * ms, Throttled: 10 * ms, Blocked: n,
		}
		*s.Machine = history.Machine{
			Cores: 2, Busy: time.Second, IOWait: 100 * ms, Steal: 100 * ms, Idle: 800 * ms, Pressure: 250 * ms,
			Network: &history.Network{ZeroWindows: 1, Pruned: 2},
		}
	})).judge(t)
	a.Generator.Waits = nil
	diff(t, "generator", check.Generator{
		Span: 20 * time.Second, Processors: 1, CPU: 10 * time.Second, Share: 1. / 3, Throttled: 200 * ms,
		GCs: 40, GCCPU: time.Second, GCShare: 0.1, RSSBegan: 100, RSSEnded: 119, HeapMost: 19, BlockedMost: 19,
		Machine: &check.Machine{
			Cores: 2, Busy: 0.5, Generator: 0.25, Brokers: 0.25, IOWait: 0.05, Steal: 0.05, Pressure: 0.25,
			Network: &history.Network{ZeroWindows: 20, Pruned: 40},
		},
	}, a.Generator)

	unknown := tell(acked("0-9"), received("0-9"), efforts(20, func(n int, s *history.Second) {
		s.Effort.Throttled, s.Machine.Pressure, s.Machine.Network = -1, -1, nil
	})).judge(t).Generator
	if unknown.Throttled != -1 || unknown.Machine.Pressure != -1 || unknown.Machine.Network != nil {
		t.Errorf("throttled %v, pressure %v, network %v: want what stands for not known", unknown.Throttled, unknown.Machine.Pressure,
			unknown.Machine.Network)
	}
	old := tell(acked("0-9"), received("0-9"), timeline("9999")).judge(t).Generator
	if old.Span != 0 || old.Machine != nil || len(old.Waits) != 0 {
		t.Errorf("an old record knows %+v", old)
	}
}
