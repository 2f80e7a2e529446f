package coordinator

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// Only what readers did since counts, each at the middle of its class.
func TestReadLag(t *testing.T) {
	var then, now mqtt.PollerStats
	then.Delays[3], now.Delays[3] = 10, 12 // 4 to 8 µs
	now.Delays[15] = 1                     // 16.4 to 32.8 ms
	now.Delays[len(now.Delays)-1] = 1
	h := readLag(now, then)
	if n := h.TotalCount(); n != 4 {
		t.Errorf("%d samples, want 4", n)
	}
	for percent, want := range map[float64]time.Duration{50: 6 * time.Microsecond, 75: 24576 * time.Microsecond} {
		if got := time.Duration(h.ValueAtPercentile(percent)); got < want || got > want+want/500+time.Microsecond {
			t.Errorf("p%g = %v, want %v", percent, got, want)
		}
	}
	if largest := time.Duration(h.Max()); largest < 16*time.Second || largest > time.Hour {
		t.Errorf("the longest class stands at %v", largest)
	}
}
