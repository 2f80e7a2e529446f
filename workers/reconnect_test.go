package workers

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

func TestRouteStories(t *testing.T) {
	// In a story a digit is the broker of an attempt; "!" says that the attempt before it was reached and was lost
	// again.
	tests := []struct {
		strategy scenarios.Strategy
		brokers  []int
		reached  []bool
		want     []int
	}{
		{scenarios.StrategyRotate, []int{1, 2, 0}, []bool{true, false, false, true, true, false}, []int{1, 2, 0, 1, 2, 0}},
		{scenarios.StrategyOrdered, []int{1, 2, 0}, []bool{true, false, false, true, false, true}, []int{1, 1, 2, 0, 1, 2}},
		{scenarios.StrategyOrdered, []int{0, 1}, []bool{false, false, true, true}, []int{0, 1, 0, 0}},
		{scenarios.StrategySticky, []int{2, 0, 1}, []bool{true, false, true, false}, []int{2, 2, 2, 2}},
		{scenarios.StrategyRotate, []int{0}, []bool{true, false, true}, []int{0, 0, 0}},
		{scenarios.StrategyRotate, []int{2, 0}, []bool{true, true, false, false}, []int{2, 0, 2, 0}},
		{scenarios.StrategyOrdered, []int{2, 0}, []bool{false, true, true, false}, []int{2, 0, 2, 2}},
	}
	for _, test := range tests {
		r := newRoute(test.strategy, test.brokers)
		var got []int
		for _, reached := range test.reached {
			got = append(got, r.next())
			if reached {
				r.reached()
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s over %v, reached %v (-want +got):\n%s", test.strategy, test.brokers, test.reached, diff)
		}
	}
}

// Every wait lies between the least one and a bound that doubles up to the largest; a connection that lasted starts
// over.
func TestBackoffBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Second)).Draw(t, "least"))
		most := least + time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "more"))
		b := newBackoff(scenarios.Backoff{Min: least, Max: most}, pace.Source(rapid.Uint64().Draw(t, "seed")))
		bound := least
		for step := range 20 {
			if rapid.IntRange(0, 5).Draw(t, "lasted") == 0 {
				b.lasted(most)
				bound = least
			} else {
				b.lasted(most - 1)
			}
			bound = min(2*bound, most)
			if wait := b.next(); wait < least || wait > bound {
				t.Fatalf("wait %d is %v, want %v to %v", step, wait, least, bound)
			}
		}
	})
}

func TestBackoffJitters(t *testing.T) {
	different := make(map[time.Duration]bool)
	for n := range 100 {
		b := newBackoff(scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}, pace.Source(pace.Seed(1, n)))
		different[b.next()] = true
	}
	if len(different) < 99 {
		t.Errorf("100 clients wait %d different times", len(different))
	}
}

// Without any wait in the scenario a client must not connect in a busy loop.
func TestBackoffNeverSpins(t *testing.T) {
	b := newBackoff(scenarios.Backoff{}, 1)
	for range 5 {
		if wait := b.next(); wait < shortestBackoff {
			t.Errorf("wait of %v", wait)
		}
	}
	// A range written the wrong way round waits its lower bound.
	b = newBackoff(scenarios.Backoff{Min: time.Second, Max: time.Millisecond}, 1)
	if wait := b.next(); wait != time.Second {
		t.Errorf("wait of %v, want 1s", wait)
	}
}

// Whoever wakes up when both the time and the context are over has to stop.
func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20_000 {
		if sleep(ctx, time.Nanosecond) {
			t.Fatal("the sleeper did not see that its context is over")
		}
	}
}

// Without jitter the waits are those of everybody: the least, then twice as long each time up to the largest.
func TestBackoffWithoutJitter(t *testing.T) {
	b := newBackoff(scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}, 7)
	b.steady = true
	var got []time.Duration
	for range 7 {
		got = append(got, b.next()/time.Millisecond)
	}
	b.lasted(time.Second)
	got = append(got, b.next()/time.Millisecond)
	if diff := cmp.Diff([]time.Duration{50, 100, 200, 400, 800, 1000, 1000, 50}, got); diff != "" {
		t.Errorf("waits in milliseconds (-want +got):\n%s", diff)
	}
}
