package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A LiveGenerator is how mqbench itself fared in the last second.
type LiveGenerator struct {
	// CPU is the part of the processors that it may use, Collector the part of its CPU time that the garbage collector
	// took. Machine is the part of all processors that was not idle; -1: not known.
	CPU, Collector, Machine float64
	// Lag is the worst of the 99th percentiles of its own waits (history.ShardLag, ReadLag, WakeLag, SchedulerLatency), Bound what
	// it may be.
	Lag, Bound time.Duration
	// Blocked counts connections that take no more.
	Blocked int
}

// LiveGeneratorOf tells it of a second; nil: the second knows nothing of it. bound is the delay from which mqbench is
// late.
func LiveGeneratorOf(s history.Second, bound time.Duration) *LiveGenerator {
	e := s.Effort
	if e.Processors <= 0 || s.Width <= 0 {
		return nil
	}
	g := &LiveGenerator{
		CPU: s.GeneratorCPU.Seconds() / s.Width.Seconds() / e.Processors, Machine: -1,
		Lag: max(e.ShardLagP99, e.ReadLagP99, e.WakeLagP99, e.SchedulerP99), Bound: bound, Blocked: e.Blocked,
	}
	if s.GeneratorCPU > 0 {
		g.Collector = min(e.GCCPU.Seconds()/s.GeneratorCPU.Seconds(), 1)
	}
	if m := s.Machine; m != nil {
		if all := m.Busy + m.Steal + m.IOWait + m.Idle; all > 0 {
			g.Machine = float64(m.Busy+m.Steal) / float64(all)
		}
	}
	return g
}

// A livePart is one figure of the line; beyond tells that it is beyond its bound.
type livePart struct {
	text   string
	beyond bool
}

// parts are the figures of the line, in order.
func (g *LiveGenerator) parts() []livePart {
	parts := []livePart{
		{fmt.Sprintf("cpu %3.0f %%", 100*g.CPU), g.CPU >= check.BusyGenerator},
		{fmt.Sprintf("lag p99 %s", humane(resolved(g.Lag))), g.Lag > g.Bound},
		{fmt.Sprintf("gc %.0f %%", 100*g.Collector), false},
		{fmt.Sprintf("blocked %s", thousands(g.Blocked)), false},
	}
	if g.Machine >= 0 {
		parts = append(parts, livePart{fmt.Sprintf("machine %.0f %%", 100*g.Machine), g.Machine > 1-check.IdleMachine})
	}
	return parts
}

// liveGenerator is the line of mqbench itself. What is beyond its bound has an exclamation mark, and a colour where there
// are any.
func liveGenerator(p palette, g *LiveGenerator, width int) string {
	var b strings.Builder
	b.WriteString("  mqbench")
	used := columnsOf(b.String())
	for _, part := range g.parts() {
		text := "  " + part.text
		if part.beyond {
			text += "!"
		}
		if used += columnsOf(text); used > width {
			break
		}
		if part.beyond {
			text = p.yellow(text)
		}
		b.WriteString(text)
	}
	return b.String()
}

// resolved is a wait as finely as the record knows it: what is below a microsecond is as good as nothing.
func resolved(d time.Duration) time.Duration {
	if d < time.Microsecond {
		return 0
	}
	return d
}
