package reports

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// way is a client's way back in milliseconds: detect, reconnect, resubscribe, resume; -1 did not happen.
func way(subscriber bool, detect, reconnect, resubscribe, resume int) check.ClientFailover {
	span := func(ms int) time.Duration {
		if ms < 0 {
			return -1
		}
		return time.Duration(ms) * time.Millisecond
	}
	return check.ClientFailover{
		Client: history.ClientRef{Subscriber: subscriber}, Detect: span(detect), Reconnect: span(reconnect),
		Resubscribe: span(resubscribe), Resume: span(resume),
	}
}

func TestFailoverOf(t *testing.T) {
	type steps struct{ detect, reconnect, resubscribe, resume [2]int64 } // with a value, never
	stories := []struct {
		name    string
		clients []check.ClientFailover
		want    steps
	}{
		{"nobody", nil, steps{}},
		{"a publisher that came back", []check.ClientFailover{way(false, 1, 2, -1, 3)},
			steps{detect: [2]int64{1, 0}, reconnect: [2]int64{1, 0}, resume: [2]int64{1, 0}}},
		{"a subscriber that came back", []check.ClientFailover{way(true, 1, 2, 3, 4)},
			steps{detect: [2]int64{1, 0}, reconnect: [2]int64{1, 0}, resubscribe: [2]int64{1, 0}, resume: [2]int64{1, 0}}},
		{"a connection that survived a pause", []check.ClientFailover{way(true, -1, -1, -1, 4)},
			steps{resume: [2]int64{1, 0}}},
		{"one that noticed nothing and was never served", []check.ClientFailover{way(true, -1, -1, -1, -1)},
			steps{detect: [2]int64{0, 1}, reconnect: [2]int64{0, 1}, resubscribe: [2]int64{0, 1}, resume: [2]int64{0, 1}}},
		{"one that reconnected and was never served", []check.ClientFailover{way(false, 1, 2, -1, -1)},
			steps{detect: [2]int64{1, 0}, reconnect: [2]int64{1, 0}, resume: [2]int64{0, 1}}},
		{"one that never reconnected", []check.ClientFailover{way(true, 1, -1, -1, -1)},
			steps{detect: [2]int64{1, 0}, reconnect: [2]int64{0, 1}, resubscribe: [2]int64{0, 1}, resume: [2]int64{0, 1}}},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			f := failoverOf(1, 2, 3, s.clients)
			got := steps{
				detect: [2]int64{f.Detect.Count, f.Detect.Never}, reconnect: [2]int64{f.Reconnect.Count, f.Reconnect.Never},
				resubscribe: [2]int64{f.Resubscribe.Count, f.Resubscribe.Never}, resume: [2]int64{f.Resume.Count, f.Resume.Never},
			}
			if got != s.want {
				t.Errorf("got %v, want %v", got, s.want)
			}
			if want := (InjectedClients{Affected: 1, Resumed: 2, NeverResumed: 3}); f.Clients != want {
				t.Errorf("got %v, want %v", f.Clients, want)
			}
		})
	}
}

// The clients of all injections are one population: a client that was hit twice is in it twice.
func TestPooled(t *testing.T) {
	one := check.Injection{Affected: 2, Resumed: 1, NeverResumed: 1, Clients: []check.ClientFailover{way(false, 1, 2, -1, 3), way(false, 1, -1, -1, -1)}}
	two := check.Injection{Affected: 1, Resumed: 1, Clients: []check.ClientFailover{way(false, 1, 2, -1, 9)}}
	got := pooled([]check.Injection{one, two})
	ms := time.Millisecond
	want := Distribution{Count: 2, Never: 1, Min: 3 * ms, Mean: 6 * ms, P50: 9 * ms, P90: -1, P99: -1, P999: -1, Max: 9 * ms}
	if d := cmp.Diff(want, got.Resume); d != "" {
		t.Errorf("resume (-want +got):\n%s", d)
	}
	if want := (InjectedClients{Affected: 3, Resumed: 2, NeverResumed: 1}); got.Clients != want {
		t.Errorf("got %v, want %v", got.Clients, want)
	}
}

// Bystanders that had no success any more are never, not forgotten.
func TestBystanders(t *testing.T) {
	i := check.Injection{Bystanders: 10, BystanderResume: spread(7, time.Millisecond, 2*time.Millisecond)}
	if d := injectionOf(i).Bystanders.Resume; d.Count != 7 || d.Never != 3 || d.P90 != -1 {
		t.Errorf("%d with, %d without, p90 %v; want 7, 3, -1", d.Count, d.Never, d.P90)
	}
	i.BystanderResume = nil
	if d := injectionOf(i).Bystanders.Resume; d.Count != 0 || d.Never != 10 || d.P50 != -1 {
		t.Errorf("%d with, %d without, p50 %v; want 0, 10, -1", d.Count, d.Never, d.P50)
	}
}

func TestOutagesOf(t *testing.T) {
	got := outagesOf([]check.Outage{
		{Began: 10 * sec, Ended: 12 * sec, Injections: []int{0}},
		{Began: 20 * sec, Ended: 21 * sec},
		{Began: 30 * sec, Ended: -1, Injections: []int{0, 1}},
	}, 50*sec)
	if want := (Outages{Count: 3, Unexplained: 1, Longest: 20 * sec}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What a crash left behind has phases without an end: the record ends with its last second.
func TestEndOfUnfinishedRecord(t *testing.T) {
	run := &history.Run{
		Phases:   []history.Phase{{Name: "warmup", Began: sec, Ended: 3 * sec}, {Name: "measure", Began: 3 * sec}},
		Timeline: []history.Second{{At: 8 * sec}, {At: 9 * sec}},
	}
	if got := end(run); got != 9*sec {
		t.Errorf("got %v, want 9 s", got)
	}
	phases := NewResult(run, &check.Analysis{Verdict: check.Inconclusive}, nil).Phases
	if want := []Phase{{"warmup", sec, 3 * sec}, {"measure", 3 * sec, 9 * sec}}; !slices.Equal(phases, want) {
		t.Errorf("phases %v, want %v", phases, want)
	}
}

// The record is what was run; the scenario only adds its description and its question, and may be missing.
func TestNewResultWithoutScenario(t *testing.T) {
	s := failover()
	with := s.result()
	s.scenario = nil
	without := s.result()
	with.Description, with.Question = "", ""
	if d := cmp.Diff(with, without); d != "" {
		t.Errorf("(-with +without):\n%s", d)
	}
	w := without.Workload
	if w.Session != string(scenarios.SessionPersistent) || w.Publishers != 500 || w.Subscribers != 4 || w.Rate != 1000 {
		t.Errorf("workload %+v", w)
	}
}

// The result is a copy: what is done to it later does not change the record.
func TestNewResultIsACopy(t *testing.T) {
	s := failover()
	r := s.result()
	r.Environment["os"] = "plan9"
	r.Phases[0].Name = "changed"
	if s.run.Meta.Environment["os"] != "linux" || s.run.Phases[0].Name != "provision" {
		t.Error("changing the result changed the record")
	}
}
