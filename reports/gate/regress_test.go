package gate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
	"github.com/mqbench/mqbench/scenarios"
)

// side makes n runs that pass, whose figures spread by 2 %, of a machine and a question.
func side(name string, n int, change func(i int, r *reports.Result)) []gate.Run {
	var runs []gate.Run
	for i := range n {
		spread := 1 + 0.02*math.Sin(float64(7*i)+float64(len(name)))
		d := func(v time.Duration) reports.Distribution {
			v = time.Duration(float64(v) * spread)
			return reports.Distribution{Count: 1000, Min: v / 2, Mean: v, P50: v, P90: 2 * v, P99: 3 * v, P999: 4 * v, Max: 5 * v}
		}
		l := func() reports.Latencies {
			return reports.Latencies{"end_to_end": d(5 * ms), "service": d(4 * ms), "publish": d(ms)}
		}
		r := &reports.Result{
			Schema: reports.Schema, RunID: fmt.Sprintf("%s-%d", name, i), Verdict: "pass", Question: "0123456789abcdef",
			Started: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC), Duration: 30 * time.Second, Mqbench: "v1",
			Environment: map[string]string{
				"cpu_model": "a processor", "cpus": "2", "kernel": "6.18.44", "memory_bytes": "8349011968", "go": "go1.26.2", "os": "linux", "arch": "amd64",
			},
			Topology: reports.Topology{Broker: "nats", Version: "2.15.2", Runtime: "process", Shape: "cluster", Nodes: 3, Profile: "tuned"},
			Workload: reports.Workload{Library: "mqbench", Protocol: "3.1.1", Session: "persistent", Publishers: 10, Subscribers: 2, Rate: 100},
			Phases:   []reports.Phase{{Name: "measure", Began: time.Second, Ended: 21 * time.Second}},
			Counts:   reports.Counts{Attempted: 2000, Acknowledged: 2000, Expected: 4000, Delivered: 4000},
			Latency:  l(), Windows: map[string]reports.Latencies{"before": l(), "during": l(), "after": l()},
			Injections: []reports.Injection{{Fault: "kill", Target: "b2", Began: 5 * time.Second}},
			Failover:   reports.Failover{Detect: d(time.Second), Reconnect: d(2 * time.Second), Resubscribe: d(3 * time.Second), Resume: d(4 * time.Second)},
			Backlog:    d(time.Second),
			Measured: &reports.Measured{
				Seconds: 20, Written: 2000, Acknowledged: 2000, Delivered: 4000, GeneratorCPUSeconds: 0.1, BrokerCPUSeconds: 0.4 * spread,
				BrokerRSSBytes: int64(60e6 * spread), Connected: 12,
			},
			Findings:   []reports.Finding{{Name: "delivery", Verdict: "pass"}},
			Thresholds: []reports.Threshold{},
		}
		if change != nil {
			change(i, r)
		}
		runs = append(runs, gate.Run{Path: filepath.Join(name, fmt.Sprint(i)), Result: r})
	}
	return runs
}

// slower makes every end-to-end latency longer.
func slower(by float64) func(int, *reports.Result) {
	return func(_ int, r *reports.Result) {
		for _, l := range []reports.Latencies{r.Latency, r.Windows["before"], r.Windows["during"], r.Windows["after"]} {
			d := l["end_to_end"]
			for _, v := range []*time.Duration{&d.Min, &d.Mean, &d.P50, &d.P90, &d.P99, &d.P999, &d.Max} {
				*v = time.Duration(float64(*v) * by)
			}
			l["end_to_end"] = d
		}
	}
}

func lost(n uint64, finding, verdict string) func(int, *reports.Result) {
	return func(i int, r *reports.Result) {
		if i != 2 {
			return
		}
		r.Counts.Lost, r.Counts.Delivered = n, r.Counts.Delivered-n
		r.Findings = append(r.Findings, reports.Finding{Name: finding, Verdict: verdict})
		r.Verdict = string(check.Worst(check.Verdict(r.Verdict), check.Verdict(verdict)))
	}
}

func of(i int, change func(r *reports.Result)) func(int, *reports.Result) {
	return func(n int, r *reports.Result) {
		if i == n || i < 0 {
			change(r)
		}
	}
}

func figures(changes []gate.Change) string {
	var names []string
	for _, c := range changes {
		names = append(names, c.Figure)
	}
	return strings.Join(names, ", ")
}

// Each rule of the gate with what has to come of it.
func TestRegress(t *testing.T) {
	const everywhere = "end_to_end.p50, end_to_end.p99, end_to_end.p50 before faults, end_to_end.p99 before faults, " +
		"end_to_end.p50 during faults, end_to_end.p99 during faults, end_to_end.p50 after faults, end_to_end.p99 after faults"
	dup := func(qos string, n uint64) func(int, *reports.Result) {
		return func(i int, r *reports.Result) {
			r.Counts.Duplicated = n + uint64(i)
			r.Findings = append(r.Findings, reports.Finding{Name: "duplicates" + qos, Verdict: "pass"})
		}
	}
	never := of(-1, func(r *reports.Result) { r.Failover.Resume.P99, r.Failover.Resume.Never = -1, 50 })
	heap := func(grown int64) func(int, *reports.Result) {
		return func(i int, r *reports.Result) {
			r.Generator.HeapBeganBytes, r.Generator.HeapEndedBytes = 1<<20, 1<<20+grown+int64(i)
		}
	}
	stories := map[string]struct {
		base, now     []gate.Run
		options       gate.Options
		exit          int
		worse, better string
		reason        string
	}{
		"nothing has changed": {side("base", 6, nil), side("now", 6, nil), gate.Options{}, 0, "", "", ""},
		"a fifth slower":      {side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{}, 1, everywhere, "", "end_to_end.p99 is worse: +19.9 %"},
		"a fifth faster":      {side("base", 6, nil), side("now", 6, slower(0.8)), gate.Options{}, 0, "", everywhere, ""},
		"too little to count": {side("base", 6, nil), side("now", 6, slower(1.07)), gate.Options{}, 0, "", "", ""},
		"less counts too": {
			side("base", 6, nil), side("now", 6, slower(1.07)), gate.Options{Effects: effects(t, "end_to_end=3%")}, 1, everywhere, "", "",
		},
		"more has to": {
			side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{Effects: effects(t, "end_to_end=30%")}, 0, "", "", "",
		},
		"but not here": {
			side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{Effects: effects(t, "end_to_end=30%", "end_to_end.p99 after faults=1%")},
			1, "end_to_end.p99 after faults", "", "",
		},
		"nor by so little time": {
			side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{Effects: effects(t, "end_to_end=10%,10ms")}, 0, "", "", "",
		},
		"ignored": {side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{Ignore: []string{"end_to_end"}}, 0, "", "", ""},
		"only this": {
			side("base", 6, nil), side("now", 6, slower(1.2)), gate.Options{Only: []string{"end_to_end.max"}}, 1, "end_to_end.max, end_to_end.max before faults, end_to_end.max during faults, end_to_end.max after faults", "", "",
		},
		"too few runs": {side("base", 4, nil), side("now", 4, slower(3)), gate.Options{}, 3, "", "", "want 5 of each"},
		"few and many": {side("base", 2, nil), side("now", 30, slower(3)), gate.Options{}, 1, everywhere, "", ""},
		"one run":      {side("base", 1, nil), side("now", 1, nil), gate.Options{}, 3, "", "", "too few"},
		"a new run failed": {
			side("base", 6, nil), side("now", 6, of(3, func(r *reports.Result) {
				r.Verdict, r.Thresholds = "fail", []reports.Threshold{{Expression: "failover.p99 < 1s", Observed: "12 s", Verdict: "fail"}}
			})), gate.Options{}, 1, "", "", "failover.p99 < 1s (observed 12 s)",
		},
		"which is no regression": {
			side("base", 6, nil), side("now", 6, of(3, func(r *reports.Result) { r.Verdict = "fail" })), gate.Options{RegressionsOnly: true}, 0, "", "", "",
		},
		"something was lost": {
			side("base", 6, nil), side("now", 6, lost(3, "silent loss", "fail")), gate.Options{}, 1, "lost", "", "lost: 3 in a run, where the baseline has none",
		},
		"even where it was declared, and few runs": {
			side("base", 2, nil), side("now", 3, lost(1, "declared loss", "pass")), gate.Options{}, 1, "lost", "", "lost: 1 in a run",
		},
		"even in a run that was inconclusive": {
			side("base", 6, nil), side("now", 6, func(i int, r *reports.Result) {
				lost(1, "silent loss", "fail")(i, r)
				if i == 2 {
					r.Verdict, r.Interrupted = "inconclusive", true
				}
			}), gate.Options{}, 1, "lost", "", "lost: 1 in a run",
		},
		"as before":   {side("base", 6, lost(2, "declared loss", "pass")), side("now", 6, lost(9, "declared loss", "pass")), gate.Options{}, 0, "", "", ""},
		"QoS 0 loses": {side("base", 6, nil), side("now", 6, lost(9, "loss at QoS 0", "pass")), gate.Options{}, 0, "", "", ""},
		"QoS 0 loses in every run": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) {
				r.Counts.Lost, r.Findings = 40, append(r.Findings, reports.Finding{Name: "loss at QoS 0", Verdict: "pass"})
			})), gate.Options{}, 1, "lost", "", "lost is worse",
		},
		"something was lost, and nobody says how": {
			side("base", 6, nil), side("now", 6, of(4, func(r *reports.Result) { r.Counts.Lost = 1 })), gate.Options{}, 1, "lost", "", "lost: 1 in a run",
		},
		"a phantom": {side("base", 6, nil), side("now", 6, of(0, func(r *reports.Result) { r.Counts.Phantom = 1 })), gate.Options{}, 1, "phantom", "", "phantom: 1 in a run"},
		"duplicates at QoS 1": {
			side("base", 6, dup("", 1000)), side("now", 6, dup("", 1001)), gate.Options{}, 0, "", "", "",
		},
		"twice the duplicates at QoS 1": {side("base", 6, dup("", 1000)), side("now", 6, dup("", 2000)), gate.Options{}, 1, "duplicated", "", "duplicated is worse: +99.8 %"},
		"a duplicate at QoS 2":          {side("base", 6, nil), side("now", 6, dup(" at QoS 2", 1)), gate.Options{}, 1, "duplicated", "", "duplicated: 6 in a run"},
		"some never came back":          {side("base", 6, nil), side("now", 6, never), gate.Options{}, 1, "failover.p99, failover.never", "", "failover.p99 is worse: never"},
		"as few as before":              {side("base", 6, never), side("now", 6, never), gate.Options{}, 0, "", "", ""},
		"they come back now, by whatever time": {
			side("base", 6, never), side("now", 6, nil), gate.Options{Effects: effects(t, "failover.p99=500ms")}, 0, "", "failover.p99, failover.never", "",
		},
		"dearer": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Measured.BrokerCPUSeconds *= 1.5; r.Measured.BrokerRSSBytes *= 2 })),
			gate.Options{}, 1, "broker_cpu_per_message, broker_memory, broker_memory_per_connection", "", "",
		},
		"fewer messages": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Measured.Delivered /= 2 })),
			gate.Options{Only: []string{"delivered_rate"}}, 1, "delivered_rate", "", "delivered_rate is worse: -50.0 %",
		},
		"mqbench was slower too": {
			side("base", 6, nil), side("now", 6, func(i int, r *reports.Result) {
				slower(1.2)(i, r)
				r.Generator.Waits = reports.Latencies{"shard_lag": {Count: 1000, P50: 2 * ms, P99: 9 * ms}}
			}), gate.Options{}, 3, "", "", "and so are mqbench's own waits",
		},
		"times of failed runs that are mqbench's": {
			side("base", 6, nil), side("now", 40, func(i int, r *reports.Result) {
				if i >= 6 {
					slower(9)(i, r)
					r.Verdict, r.Generator.Beyond = "fail", []string{"shard_lag"}
				}
			}), gate.Options{RegressionsOnly: true}, 0, "", "", "",
		},
		"mqbench was as slow before": {
			side("base", 6, of(-1, func(r *reports.Result) {
				r.Generator.Waits = reports.Latencies{"shard_lag": {Count: 1000, P50: 2 * ms, P99: 9 * ms}}
			})),
			side("now", 6, func(i int, r *reports.Result) {
				slower(1.2)(i, r)
				r.Generator.Waits = reports.Latencies{"shard_lag": {Count: 1000, P50: 2 * ms, P99: 9 * ms}}
			}), gate.Options{}, 1, everywhere, "", "",
		},
		"mqbench itself grew": {
			side("base", 6, heap(1<<20)), side("now", 6, heap(64<<20)), gate.Options{All: true}, 0, "", "", "",
		},
		"mqbench itself grew, which was asked for": {
			side("base", 6, heap(1<<20)), side("now", 6, heap(64<<20)), gate.Options{Only: []string{scenarios.MemoryGrowth}}, 1, scenarios.MemoryGrowth, "", "",
		},
		"a figure that is gone": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { delete(r.Latency, "publish") })), gate.Options{}, 3, "", "", "publish.p99 has no value in any new run",
		},
		"runs that were inconclusive do not count": {
			side("base", 6, nil), side("now", 6, func(i int, r *reports.Result) {
				slower(1.5)(i, r)
				r.Verdict = "inconclusive"
			}), gate.Options{}, 3, "", "", "6 runs of the baseline and 0 new ones",
		},
		"another machine": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Environment["cpu_model"] = "another" })), gate.Options{}, 5, "", "", "not made under the same conditions",
		},
		"which is allowed": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Environment["cpu_model"] = "another" })),
			gate.Options{Allow: []string{"env"}}, 0, "", "", "",
		},
		"another machine, and a failure": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Environment["cpus"], r.Verdict = "4", "fail" })), gate.Options{}, 1, "", "", "failed by itself",
		},
		"another size of memory": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Environment["memory_bytes"] = "16698023936" })), gate.Options{}, 5, "", "", "",
		},
		"a tenth less memory": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Environment["memory_bytes"] = "7514110771" })), gate.Options{}, 5, "", "", "",
		},
		"other faults of a monkey with another seed": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Injections[0].Fault, r.Seed = "pause", 9 })), gate.Options{}, 0, "", "", "",
		},
		"another question": {side("base", 6, nil), side("now", 6, of(1, func(r *reports.Result) { r.Question = "fedcba9876543210" })), gate.Options{}, 5, "", "", ""},
		"another product":  {side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) { r.Topology.Broker = "emqx" })), gate.Options{}, 5, "", "", ""},
		"another patch of the kernel, another version of the broker": {
			side("base", 6, nil), side("now", 6, of(-1, func(r *reports.Result) {
				r.Environment["kernel"], r.Topology.Version, r.Environment["memory_bytes"] = "6.18.99-x", "2.16.0", "8349000000"
			})), gate.Options{}, 0, "", "", "",
		},
		"a record of old does not say": {
			side("base", 6, of(-1, func(r *reports.Result) { r.Question, r.Environment = "", nil })), side("now", 6, nil), gate.Options{}, 0, "", "", "",
		},
	}
	for name, s := range stories {
		t.Run(name, func(t *testing.T) {
			d, err := gate.Regress(s.base, s.now, s.options)
			if err != nil {
				t.Fatal(err)
			}
			if d.Exit() != s.exit || figures(d.Worse) != s.worse || figures(d.Better) != s.better {
				t.Errorf("exit %d (%s), worse: %s, better: %s\nreasons: %s\nnotes: %s", d.Exit(), d.Word(), figures(d.Worse), figures(d.Better),
					strings.Join(d.Reasons, "\n\t"), strings.Join(d.Notes, "\n\t"))
			}
			if !strings.Contains(strings.Join(d.Reasons, "\n"), s.reason) {
				t.Errorf("reasons %q, want one with %q", d.Reasons, s.reason)
			}
			if (len(d.Reasons) > 0) != (s.exit != 0) {
				t.Errorf("exit %d for reasons %q", s.exit, d.Reasons)
			}
			if _, err := json.Marshal(d); err != nil {
				t.Errorf("no JSON: %v", err)
			}
		})
	}
}

// What is slower in most runs and not in all is told, and decides nothing.
func TestPerhapsWorse(t *testing.T) {
	now := side("now", 6, func(i int, r *reports.Result) {
		if i > 1 {
			slower(1.3)(i, r)
		}
	})
	d, err := gate.Regress(side("base", 6, nil), now, gate.Options{Only: []string{"end_to_end.p99"}})
	if err != nil || d.Exit() != gate.ExitPass || len(d.Perhaps) == 0 || len(d.Worse) > 0 {
		t.Fatalf("%v, %+v", err, d)
	}
	for _, c := range d.Perhaps {
		if c.P <= d.Alpha || c.P > 0.1 {
			t.Errorf("%s with p = %v, want more than %v and not much", c.Figure, c.P, d.Alpha)
		}
	}
}

// Each fact by itself keeps runs from being compared, and is allowed to differ by its key or its group.
// With five runs a side, sides that are exchanged count as much where something else got better: nobody can be sure then, and
// that is no pass. Six are enough.
func TestWorseBesideBetter(t *testing.T) {
	change := func(i int, r *reports.Result) {
		slower(3)(i, r)
		r.Measured.BrokerRSSBytes /= 3
	}
	for n, want := range map[int]check.Verdict{5: check.Inconclusive, 6: check.Fail} {
		d, err := gate.Regress(side("base", n, nil), side("new", n, change), gate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Verdict != want || n == 5 && !strings.Contains(strings.Join(d.Reasons, "\n"), "want 6 of each") {
			t.Errorf("%d runs of each side: %s (%q), want %s", n, d.Verdict, d.Reasons, want)
		}
	}
}

func TestEveryFactCounts(t *testing.T) {
	for name, change := range map[string]func(r *reports.Result){
		"cpu_model": func(r *reports.Result) { r.Environment["cpu_model"] = "x" }, "cpus": func(r *reports.Result) { r.Environment["cpus"] = "9" },
		"os": func(r *reports.Result) { r.Environment["os"] = "x" }, "arch": func(r *reports.Result) { r.Environment["arch"] = "x" },
		"kernel": func(r *reports.Result) { r.Environment["kernel"] = "7.1" }, "go": func(r *reports.Result) { r.Environment["go"] = "go1.99" },
		"memory": func(r *reports.Result) { r.Environment["memory_bytes"] = "1" }, "scenario": func(r *reports.Result) { r.Question = "x" },
		"broker": func(r *reports.Result) { r.Topology.Broker = "x" }, "runtime": func(r *reports.Result) { r.Topology.Runtime = "x" },
		"shape": func(r *reports.Result) { r.Topology.Shape = "x" }, "nodes": func(r *reports.Result) { r.Topology.Nodes = 9 },
		"profile": func(r *reports.Result) { r.Topology.Profile = "x" }, "library": func(r *reports.Result) { r.Workload.Library = "x" },
		"protocol": func(r *reports.Result) { r.Workload.Protocol = "x" }, "session": func(r *reports.Result) { r.Workload.Session = "x" },
		"clients": func(r *reports.Result) { r.Workload.Publishers = 99 }, "rate": func(r *reports.Result) { r.Workload.Rate = 999 },
		"schema": func(r *reports.Result) { r.Schema = 99 },
	} {
		now := side("now", 5, of(2, change))
		d, err := gate.Regress(side("base", 5, nil), now, gate.Options{})
		if err != nil || !d.NotComparable || len(d.Mismatches) != 1 || d.Mismatches[0].Key != name {
			t.Errorf("%s: %v, %+v", name, err, d)
			continue
		}
		for _, allow := range []string{name, d.Mismatches[0].Group, "all"} {
			if d, err = gate.Regress(side("base", 5, nil), now, gate.Options{Allow: []string{allow}}); err != nil || d.NotComparable {
				t.Errorf("%s, with %q allowed: %v, %+v", name, allow, err, d)
			}
		}
	}
}

func effects(t *testing.T, texts ...string) gate.Effects {
	t.Helper()
	e, err := gate.ParseEffects(texts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRegressErrors(t *testing.T) {
	runs := side("base", 2, nil)
	if _, err := gate.Regress(runs, runs[:1], gate.Options{}); err == nil || !strings.Contains(err.Error(), "is in the baseline and among the new ones") {
		t.Errorf("the same run on both sides: %v", err)
	}
	if _, err := gate.Regress(nil, runs, gate.Options{}); err == nil {
		t.Error("no baseline: no error")
	}
	for _, bad := range []string{"end_to_end.p99", "end_to_end.p99=", "lots=10%", "lost=10ms", "end_to_end=-1%", "end_to_end=x%", "end_to_end.p99 by night=1%"} {
		if _, err := gate.ParseEffects([]string{bad}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("effect %q: %v", bad, err)
		}
	}
	for _, o := range []gate.Options{{Allow: []string{"weather"}}, {Only: []string{"lots"}}, {Ignore: []string{"lost.p99"}}, {Alpha: 2}, {Alpha: 1e-5}, {Alpha: math.NaN()}} {
		if o.Check() == nil {
			t.Errorf("options %+v are in order", o)
		}
	}
}

// Runs are found wherever they are kept, each once, and a saved baseline decides as the runs do of which it was made.
func TestBaselineFiles(t *testing.T) {
	dir := t.TempDir()
	base, now := side("base", 5, nil), side("now", 5, slower(1.2))
	for _, run := range slices.Concat(base, now) {
		folder := filepath.Join(dir, run.Path)
		if err := os.MkdirAll(filepath.Join(folder, "history"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "result.json"), run.Result.WriteJSON)
	}
	if err := os.Symlink("4", filepath.Join(dir, "base", "latest")); err != nil {
		t.Fatal(err)
	}
	read := func(paths ...string) []gate.Run {
		t.Helper()
		for i := range paths {
			paths[i] = filepath.Join(dir, paths[i])
		}
		runs, err := gate.ReadRuns(paths)
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	if n := len(read("base")); n != 5 {
		t.Errorf("%d runs in the folder, want 5: a link is no run", n)
	}
	if n := len(read("base", "base/3", "base/latest", "base/2/result.json")); n != 5 {
		t.Errorf("%d runs, want 5: some were named twice", n)
	}
	file := filepath.Join(dir, "base.json")
	write(t, file, func(w io.Writer) error {
		return gate.SaveRuns(w, read("base"), time.Now(), "v1")
	})
	saved := read("base.json")
	if len(saved) != 5 {
		t.Fatalf("%d runs saved, want 5", len(saved))
	}
	cut := side("cut", 1, of(0, func(r *reports.Result) { // of a run that was cut short, figures rest on when it was hit
		r.Interrupted, r.Failover.Resume.P99, r.Failover.Resume.Never = true, -1, 50
		r.Injections[0].Clients = reports.InjectedClients{Affected: 50, NeverResumed: 50}
	}))
	write(t, filepath.Join(dir, "cut.json"), func(w io.Writer) error { return gate.SaveRuns(w, cut, time.Now(), "v1") })
	if diff := cmp.Diff(reports.Figures(cut[0].Result), reports.Figures(read("cut.json")[0].Result)); diff != "" {
		t.Errorf("figures of a saved run (-want +got):\n%s", diff)
	}
	var decisions [2]bytes.Buffer
	for i, b := range [][]gate.Run{read("base"), saved} {
		d, err := gate.Regress(b, read("now"), gate.Options{All: true})
		if err != nil || d.Exit() != gate.ExitFail {
			t.Fatalf("%v, %+v", err, d)
		}
		if err := json.NewEncoder(&decisions[i]).Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	if decisions[0].String() != decisions[1].String() {
		t.Errorf("of the runs:\n%s\nof the baseline:\n%s", &decisions[0], &decisions[1])
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"cut":      {string(text[:len(text)/2]), "cut off or damaged"},
		"future":   {`{"mqbench_baseline":2,"runs":[]}`, "written by a newer mqbench"},
		"past":     {`{"mqbench_baseline":0,"runs":[]}`, "never existed"},
		"no runs":  {`{"mqbench_baseline":1,"runs":[]}`, "has no runs"},
		"damaged":  {`{"mqbench_baseline":1,"runs":{}}`, "is damaged"},
		"bad run":  {`{"mqbench_baseline":1,"runs":[{"path":"x","result":{"schema":99}}]}`, "run 1"},
		"null run": {`{"mqbench_baseline":1,"runs":[{"path":"x"}]}`, "run 1"},
		"foreign":  {`{"hello":1}`, "not a result"},
		"empty":    {"", "empty"},
	} {
		bad := filepath.Join(dir, "bad.json")
		if err := os.WriteFile(bad, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := gate.ReadRuns([]string{bad}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bad.json") {
			t.Errorf("%s: %v, want it to say %q and where", name, err, c.want)
		}
	}
	for path, want := range map[string]string{"nowhere": "does not exist", ".": "", "base/1/history": "has no runs"} {
		_, err := gate.ReadRuns([]string{filepath.Join(dir, path)})
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want it to say %q", path, err, want)
		}
	}
}

func write(t *testing.T, path string, to func(w io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := to(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
