package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// fakeTarget writes down what is done to it, with the virtual time at which it was done.
type fakeTarget struct {
	mu      sync.Mutex
	epoch   time.Time
	names   []string
	log     []string
	startup time.Duration
	fail    map[string]error
	leader  int
}

func newTarget(nodes int) *fakeTarget {
	return &fakeTarget{epoch: time.Now(), names: scenarios.BrokerNames(nodes), fail: map[string]error{}}
}

func (f *fakeTarget) Brokers() []string { return f.names }

func (f *fakeTarget) did(what string, broker int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, fmt.Sprintf("%s %s %s", time.Since(f.epoch), what, f.names[broker]))
	return f.fail[what]
}

func (f *fakeTarget) Kill(_ context.Context, b int) error   { return f.did("kill", b) }
func (f *fakeTarget) Stop(_ context.Context, b int) error   { return f.did("stop", b) }
func (f *fakeTarget) Pause(_ context.Context, b int) error  { return f.did("pause", b) }
func (f *fakeTarget) Resume(_ context.Context, b int) error { return f.did("resume", b) }
func (f *fakeTarget) Start(ctx context.Context, b int) error {
	err := f.did("start", b)
	timer := time.NewTimer(f.startup)
	defer timer.Stop()
	select {
	case <-timer.C:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Impair writes down the impairment and its end.
func (f *fakeTarget) Impair(_ context.Context, i scenarios.Impairment) (func(context.Context) error, error) {
	what := fmt.Sprintf("%s %v%v", i.Fault.Kind, i.Brokers, i.Sides)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail["impair"]; err != nil {
		return nil, err
	}
	f.log = append(f.log, fmt.Sprintf("%s %s", time.Since(f.epoch), what))
	return func(context.Context) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.log = append(f.log, fmt.Sprintf("%s end of %s", time.Since(f.epoch), what))
		return f.fail["undo"]
	}, nil
}

func (f *fakeTarget) Disconnect(_ context.Context, brokers []int, share float64, how scenarios.Departure) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, fmt.Sprintf("%s %s %g of the clients of %v", time.Since(f.epoch), how, share, brokers))
	return f.fail["disconnect"]
}

func (f *fakeTarget) Leader(context.Context) (int, error) { return f.leader, f.fail["leader"] }

// carry runs a plan against the target in virtual time, for at most the given span, and returns the injections of the
// record.
func carry(t *testing.T, plan Plan, target *fakeTarget, span time.Duration) []history.Injection {
	t.Helper()
	r, err := history.NewRecorder(history.Options{Epoch: time.Now(), Meta: history.Meta{Brokers: target.names}})
	if err != nil {
		t.Fatal(err)
	}
	target.epoch = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	Carry(ctx, plan, target, r, 0)
	return r.Injections()
}

func TestCarry(t *testing.T) {
	const s = time.Second
	latency := scenarios.Impairment{
		Fault: scenarios.Fault{Kind: "latency", Links: "clients", Via: "proxy", Delay: 20 * time.Millisecond},
	}
	loss := scenarios.Impairment{Fault: scenarios.Fault{Kind: "loss", Links: "clients", Via: "packets", Loss: 0.1}}
	partition := scenarios.Impairment{
		Fault: scenarios.Fault{Kind: "partition", Direction: "both", Via: "packets"}, Sides: [][]int{{0}, {1, 2}},
	}
	tests := []struct {
		name    string
		plan    Plan
		target  func(*fakeTarget)
		span    time.Duration
		actions []string
		want    []history.Injection
	}{
		{
			name:   "a kill is healed after its time, and healed means that the broker serves",
			plan:   Plan{{At: 10 * s, Fault: scenarios.FaultKill, Targets: []int{1}, For: 5 * s, After: -1}},
			target: func(f *fakeTarget) { f.startup = 2 * s }, span: time.Minute,
			actions: []string{"10s kill b2", "15s start b2"},
			want: []history.Injection{
				{Fault: "kill", Planned: 10 * s, Targets: []int{1}, Began: 10 * s, Applied: 10 * s, Healing: 15 * s, Healed: 17 * s},
			},
		},
		{
			name: "a pause without an end is healed when the run ends",
			plan: Plan{{At: s, Fault: scenarios.FaultPause, Targets: []int{0}, After: -1}}, span: 20 * s,
			actions: []string{"1s pause b1", "20s resume b1"},
			want: []history.Injection{
				{Fault: "pause", Planned: s, Targets: []int{0}, Began: s, Applied: s, Healing: 20 * s, Healed: 20 * s},
			},
		},
		{
			name: "a restart is healed at once",
			plan: Plan{{At: s, Fault: scenarios.FaultRestart, Targets: []int{0}, After: -1}}, span: 20 * s,
			target:  func(f *fakeTarget) { f.startup = 3 * s },
			actions: []string{"1s stop b1", "1s start b1"},
			want: []history.Injection{
				{Fault: "restart", Planned: s, Targets: []int{0}, Began: s, Applied: s, Healing: s, Healed: 4 * s},
			},
		},
		{
			name: "rolling waits for the one before",
			plan: Plan{
				{At: s, Fault: scenarios.FaultRestart, Targets: []int{0}, After: -1},
				{At: 2 * s, Fault: scenarios.FaultRestart, Targets: []int{1}, After: 0},
			},
			target: func(f *fakeTarget) { f.startup = 5 * s }, span: time.Minute,
			actions: []string{"1s stop b1", "1s start b1", "6s stop b2", "6s start b2"},
			want: []history.Injection{
				{Fault: "restart", Planned: s, Targets: []int{0}, Began: s, Applied: s, Healing: s, Healed: 6 * s},
				{Fault: "restart", Planned: 2 * s, Targets: []int{1}, Began: 6 * s, Applied: 6 * s, Healing: 6 * s, Healed: 11 * s},
			},
		},
		{
			name: "a fault on a broker that is not yet back waits for it",
			plan: Plan{
				{At: s, Fault: scenarios.FaultKill, Targets: []int{0}, For: s, After: -1},
				{At: 3 * s, Fault: scenarios.FaultPause, Targets: []int{0}, For: s, After: -1},
			},
			target: func(f *fakeTarget) { f.startup = 8 * s }, span: time.Minute,
			actions: []string{"1s kill b1", "2s start b1", "10s pause b1", "11s resume b1"},
			want: []history.Injection{
				{Fault: "kill", Planned: s, Targets: []int{0}, Began: s, Applied: s, Healing: 2 * s, Healed: 10 * s},
				{Fault: "pause", Planned: 3 * s, Targets: []int{0}, Began: 10 * s, Applied: 10 * s, Healing: 11 * s, Healed: 11 * s},
			},
		},
		{
			name: "the leader is asked for when it is time",
			plan: Plan{{At: s, Fault: scenarios.FaultKill, Leader: true, For: s, After: -1}}, span: 20 * s,
			target:  func(f *fakeTarget) { f.leader = 2 },
			actions: []string{"1s kill b3", "2s start b3"},
			want: []history.Injection{
				{Fault: "kill", Planned: s, Targets: []int{2}, Began: s, Applied: s, Healing: 2 * s, Healed: 2 * s},
			},
		},
		{
			name: "a step that the run does not reach is on record",
			plan: Plan{{At: 30 * s, Fault: scenarios.FaultKill, Targets: []int{0}, For: s, After: -1}}, span: 20 * s,
			want: []history.Injection{{
				Fault: "kill", Planned: 30 * s, Targets: []int{0}, Began: 20 * s, Applied: 20 * s,
				Error: "not begun: the run ended before its time",
			}},
		},
		{
			name: "a fault that fails is on record and is healed all the same",
			plan: Plan{{At: s, Fault: scenarios.FaultKill, Targets: []int{0, 1}, For: s, After: -1}}, span: 20 * s,
			target:  func(f *fakeTarget) { f.fail["kill"] = errors.New("no such process") },
			actions: []string{"1s kill b1", "1s kill b2", "2s start b1", "2s start b2"},
			want: []history.Injection{{
				Fault: "kill", Planned: s, Targets: []int{0, 1}, Began: s, Applied: s, Healing: 2 * s, Healed: 2 * s,
				Error: "no such process",
			}},
		},
		{
			name: "a latency and a loss are in force at one broker at the same time",
			plan: Plan{
				{At: s, Fault: "latency", Targets: []int{0}, For: 5 * s, After: -1, Impairment: &latency},
				{At: 2 * s, Fault: "loss", Targets: []int{0, 1}, For: s, After: -1, Impairment: &loss},
			},
			span: 20 * s,
			actions: []string{
				"1s latency [0][]", "2s loss [0 1][]", "3s end of loss [0 1][]", "6s end of latency [0][]",
			},
			want: []history.Injection{
				{
					Fault: "latency", Detail: "20ms on links to clients via proxy", Planned: s, Targets: []int{0},
					Began: s, Applied: s, Healing: 6 * s, Healed: 6 * s,
				},
				{
					Fault: "loss", Detail: "10% on links to clients via packets", Planned: 2 * s, Targets: []int{0, 1},
					Began: 2 * s, Applied: 2 * s, Healing: 3 * s, Healed: 3 * s,
				},
			},
		},
		{
			name: "a kill waits until the broker's partition is over",
			plan: Plan{
				{At: s, Fault: "partition", Targets: []int{0}, For: 5 * s, After: -1, Impairment: &partition},
				{At: 2 * s, Fault: "kill", Targets: []int{2}, For: s, After: -1},
			},
			span:    20 * s,
			actions: []string{"1s partition [][[0] [1 2]]", "6s end of partition [][[0] [1 2]]", "6s kill b3", "7s start b3"},
			want: []history.Injection{
				{
					Fault: "partition", Detail: "b1 | b2, b3 via packets", Planned: s, Targets: []int{0},
					Began: s, Applied: s, Healing: 6 * s, Healed: 6 * s,
				},
				{Fault: "kill", Planned: 2 * s, Targets: []int{2}, Began: 6 * s, Applied: 6 * s, Healing: 7 * s, Healed: 7 * s},
			},
		},
		{
			name: "an impairment that cannot be had is on record, and there is nothing to heal",
			plan: Plan{{At: s, Fault: "loss", Targets: []int{0}, For: 5 * s, After: -1, Impairment: &loss}}, span: 20 * s,
			target: func(f *fakeTarget) { f.fail["impair"] = fmt.Errorf("loss: %w", errors.ErrUnsupported) },
			want: []history.Injection{{
				Fault: "loss", Detail: "10% on links to clients via packets", Planned: s, Targets: []int{0}, Began: s, Applied: s,
				Error: "not begun: loss: unsupported operation",
			}},
		},
		{
			name: "an impairment that cannot be taken away is on record",
			plan: Plan{{At: s, Fault: "loss", Targets: []int{0}, After: -1, Impairment: &loss}}, span: 20 * s,
			target:  func(f *fakeTarget) { f.fail["undo"] = errors.New("no such network") },
			actions: []string{"1s loss [0][]", "20s end of loss [0][]"},
			want: []history.Injection{{
				Fault: "loss", Detail: "10% on links to clients via packets", Planned: s, Targets: []int{0}, Began: s, Applied: s,
				Healing: 20 * s, HealError: "no such network",
			}},
		},
		{
			name: "the leader's links are changed, whoever leads when it is time",
			plan: Plan{{At: s, Fault: "latency", Leader: true, For: s, After: -1, Impairment: &latency}}, span: 20 * s,
			target:  func(f *fakeTarget) { f.leader = 2 },
			actions: []string{"1s latency [2][]", "2s end of latency [2][]"},
			want: []history.Injection{{
				Fault: "latency", Detail: "20ms on links to clients via proxy", Planned: s, Targets: []int{2},
				Began: s, Applied: s, Healing: 2 * s, Healed: 2 * s,
			}},
		},
		{
			name: "a disconnect is over at once",
			plan: Plan{{At: s, Fault: "disconnect", Targets: []int{0, 2}, After: -1, Share: 0.25, How: "takeover"}}, span: 20 * s,
			actions: []string{"1s takeover 0.25 of the clients of [0 2]"},
			want: []history.Injection{{
				Fault: "disconnect", Detail: "25% by takeover", Planned: s, Targets: []int{0, 2},
				Began: s, Applied: s, Healing: s, Healed: s,
			}},
		},
		{
			name: "no leader, no fault",
			plan: Plan{{At: s, Fault: scenarios.FaultKill, Leader: true, For: s, After: -1}}, span: 20 * s,
			target: func(f *fakeTarget) { f.fail["leader"] = errors.ErrUnsupported },
			want: []history.Injection{{
				Fault: "kill", Planned: s, Began: s, Applied: s, Error: "not begun: find the leader: unsupported operation",
			}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				target := newTarget(3)
				if test.target != nil {
					test.target(target)
				}
				got := carry(t, test.plan, target, test.span)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("injections (-want +got):\n%s", diff)
				}
				// What happens at the same time may happen in either order.
				slices.SortStableFunc(target.log, sameTimeByName)
				if diff := cmp.Diff(test.actions, target.log); diff != "" {
					t.Errorf("actions (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// sameTimeByName orders actions of one time and kind by the broker, and leaves the others as they are.
func sameTimeByName(a, b string) int {
	cut := func(s string) (string, string) { i := strings.LastIndexByte(s, ' '); return s[:i], s[i:] }
	whatA, brokerA := cut(a)
	whatB, brokerB := cut(b)
	if whatA != whatB {
		return 0
	}
	return strings.Compare(brokerA, brokerB)
}

// TestBrokerThatNeverComesBack: the heal is given up after its time, and the record says so.
func TestBrokerThatNeverComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := newTarget(1)
		target.startup = 10 * healTimeout
		plan := Plan{{At: time.Second, Fault: scenarios.FaultKill, Targets: []int{0}, For: time.Second, After: -1}}
		got := carry(t, plan, target, time.Minute)
		if len(got) != 1 || got[0].HealError == "" || got[0].Error != "" {
			t.Errorf("injections %+v: want one that could not be healed", got)
		}
	})
}

// TestMonkeyWaitsForSlowBrokers: however long brokers take to come back, no more than a minority is away at once.
func TestMonkeyWaitsForSlowBrokers(t *testing.T) {
	for _, nodes := range []int{1, 3, 5, 7} {
		t.Run(fmt.Sprintf("%d brokers", nodes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc := story(nodes, 1, scenarios.Fault{Kind: scenarios.FaultMonkey, Every: 2 * time.Second, For: 3 * time.Second})
				plan, err := NewPlan(sc)
				if err != nil {
					t.Fatal(err)
				}
				target := newTarget(nodes)
				target.startup = 7 * time.Second
				injections := carry(t, plan, target, sc.Phases.Measure)
				for _, at := range injections {
					away := 0
					for _, i := range injections {
						if i.Error == "" && i.Began <= at.Began && at.Began < i.Healed {
							away++
						}
					}
					if away > max(1, (nodes-1)/2) {
						t.Errorf("%d of %d brokers are away at %s", away, nodes, at.Began)
					}
				}
			})
		})
	}
}
