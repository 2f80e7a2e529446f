package history_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

// What two processes tell of the same second joins in any order: their own efforts add up, waits stand at the worst, and
// what they tell of the machine, which may be the same one, is not counted twice. What only one knows is known.
func TestMergeEfforts(t *testing.T) {
	second := func(e history.Effort, m *history.Machine, blocked int) *history.Run {
		return &history.Run{
			Meta:    history.Meta{RunID: 7, Brokers: []string{"b1"}},
			Brokers: []history.Broker{{Name: "b1", Blocked: history.Blocked{Spells: 1, Time: ms(100 * blocked), Longest: ms(100 * blocked)}}},
			Timeline: []history.Second{{
				At: time.Second, Width: time.Second, Effort: e, Machine: m, Brokers: []history.BrokerSample{{Up: true, Blocked: blocked}},
			}},
		}
	}
	first := second(
		history.Effort{
			Processors: 1.5, RSSBytes: 10, HeapBytes: 5, GCs: 1, GCCPU: ms(3), Throttled: -1, ShardLagP99: ms(1), ShardLagMax: ms(9), Blocked: 1,
		},
		&history.Machine{Cores: 2, Busy: ms(900), Idle: ms(1100), BusiestCore: 0.5, Pressure: -1}, 1)
	other := second(
		history.Effort{
			Processors: 2, RSSBytes: 20, HeapBytes: 6, GCs: 2, GCCPU: ms(4), Throttled: ms(5), ShardLagP99: ms(2), WakeLagMax: ms(3),
			SchedulerMax: ms(4), GCPauseMax: ms(1), ReadLagMax: ms(8), Blocked: 2,
		},
		&history.Machine{
			Cores: 4, Busy: ms(800), Steal: ms(10), Idle: ms(1000), BusiestCore: 0.7, Pressure: ms(20), Network: &history.Network{Pruned: 2},
		}, 2)
	want := history.Second{
		At: time.Second, Width: time.Second,
		Effort: history.Effort{
			Processors: 3.5, RSSBytes: 30, HeapBytes: 11, GCs: 3, GCCPU: ms(7), Throttled: ms(5), ShardLagP99: ms(2), ShardLagMax: ms(9),
			WakeLagMax: ms(3), SchedulerMax: ms(4), GCPauseMax: ms(1), ReadLagMax: ms(8), Blocked: 3,
		},
		Machine: &history.Machine{
			Cores: 4, Busy: ms(900), Steal: ms(10), Idle: ms(1000), BusiestCore: 0.7, Pressure: ms(20), Network: &history.Network{Pruned: 2},
		},
		Brokers: []history.BrokerSample{{Up: true, Blocked: 3}},
	}
	blind := second(history.Effort{}, nil, 0)
	blind.Timeline[0].Brokers, blind.Brokers[0].Blocked = nil, history.Blocked{}
	for _, order := range [][]*history.Run{{first, other, blind}, {blind, other, first}, {other, blind, first}} {
		merged, err := history.Merge(order...)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]history.Second{want}, merged.Timeline); d != "" {
			t.Errorf("timeline (-want +got):\n%s", d)
		}
		if got, want := merged.Brokers[0].Blocked, (history.Blocked{Spells: 2, Time: ms(300), Longest: ms(200)}); got != want {
			t.Errorf("blocked %+v, want %+v", got, want)
		}
	}
	if m := first.Timeline[0].Machine; m.Network != nil || m.Cores != 2 {
		t.Errorf("merging changed what it merged: %+v", m)
	}
}
