package check

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// TestHeapOfThirds: what counts is the least of a third, as right after a collection, and only where it can be told.
func TestHeapOfThirds(t *testing.T) {
	// saw rises by 10 with each second and falls back to the base every five of them.
	saw := func(n int, base func(second int) int64) (all []history.Second) {
		for k := range n {
			s := history.Second{At: time.Duration(k+1) * time.Second, Width: time.Second}
			s.Effort.HeapBytes = base(k) + int64(k%5)*10
			all = append(all, s)
		}
		return all
	}
	flat := func(int) int64 { return 100 }
	tests := []struct {
		name        string
		seconds     []history.Second
		first, last int64
	}{
		{"flat", saw(60, flat), 100, 100},
		{"grows by one a second", saw(60, func(n int) int64 { return 100 + int64(n) }), 100, 140},
		{"shrinks", saw(60, func(n int) int64 { return 100 - int64(n) }), 100 - 15, 100 - 55},
		{"only the middle is high", saw(60, func(n int) int64 { return 100 + 1000*int64(n/20%2) }), 100, 100},
		{"too short", saw(29, flat), 0, 0},
		{"not known", saw(60, func(int) int64 { return -1 << 40 }), 0, 0},
		{"nothing", nil, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if first, last := heapOfThirds(test.seconds); first != test.first || last != test.last {
				t.Errorf("the thirds have %d and %d at the least, want %d and %d", first, last, test.first, test.last)
			}
		})
	}
}
