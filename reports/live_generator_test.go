package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// The line is of the second: parts of what there was, the worst of the lags, and nothing where nothing is known.
func TestLiveGeneratorOf(t *testing.T) {
	const ms = time.Millisecond
	if g := LiveGeneratorOf(history.Second{Width: sec, GeneratorCPU: sec}, 25*ms); g != nil {
		t.Errorf("a second that knows nothing tells %+v", g)
	}
	s := history.Second{
		Width: 2 * sec, GeneratorCPU: 600 * ms,
		Effort:  history.Effort{Processors: 1.5, GCCPU: 60 * ms, ShardLagP99: ms, ReadLagP99: 3 * ms, WakeLagP99: 4 * ms, SchedulerP99: 2 * ms, Blocked: 7},
		Machine: &history.Machine{Busy: 2 * sec, Steal: sec, IOWait: 500 * ms, Idle: 500 * ms},
	}
	want := LiveGenerator{CPU: 0.2, Collector: 0.1, Machine: 0.75, Lag: 4 * ms, Bound: 25 * ms, Blocked: 7}
	got := LiveGeneratorOf(s, 25*ms)
	if d := got.CPU - want.CPU; d > 1e-9 || d < -1e-9 {
		t.Errorf("CPU %g, want %g", got.CPU, want.CPU)
	}
	if got.CPU = want.CPU; *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	if text := liveGenerator(true, got, 79); strings.ContainsAny(text, "!\x1b") {
		t.Errorf("within its bounds, and yet marked: %q", text)
	}
	s.Machine, s.GeneratorCPU = nil, 0
	if g := LiveGeneratorOf(s, 25*ms); g.Machine != -1 || strings.Contains(liveGenerator(false, g, 79), "machine") {
		t.Errorf("a machine that does not tell: %+v", g)
	}
	for _, c := range []struct {
		g    LiveGenerator
		mark string
	}{
		{LiveGenerator{CPU: 0.9, Bound: ms, Machine: -1}, "cpu  90 %!"},
		{LiveGenerator{Lag: 2 * ms, Bound: ms, Machine: -1}, "lag p99 2.00 ms!"},
		{LiveGenerator{Machine: 0.96, Bound: ms}, "machine 96 %!"},
	} {
		text := liveGenerator(true, &c.g, 79)
		if strings.Count(text, "!") != 1 || !strings.Contains(text, c.mark) || strings.Count(text, "\x1b[1;33m") != 1 {
			t.Errorf("%+v: %q, want one mark, %q", c.g, text, c.mark)
		}
	}
}
