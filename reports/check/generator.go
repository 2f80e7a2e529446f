package check

import (
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
)

const (
	// BusyGenerator is the part of the processors that mqbench may use from which on it is saturated for a second.
	BusyGenerator = 0.9
	// IdleMachine is the part of its processors that a machine has to have idle to be no bottleneck in a second.
	IdleMachine = 0.05
	// throttledGenerator is the part of a second for which mqbench's control group may hold it up before it counts as
	// saturated.
	throttledGenerator = 0.1
	// saturatedAllowed is the part of the measured time that may be saturated, and saturatedAtLeast how long it may be in
	// any case: everything that runs beside something else is held up now and then.
	saturatedAllowed = 0.1
	saturatedAtLeast = 2 * time.Second
)

// A Generator is how mqbench itself, and the machine that it ran on, fared in the measurement: in the whole seconds of
// it, whose sum is Span. A Span of 0 means that nothing is known, as in records older than these figures.
type Generator struct {
	Span time.Duration
	// Processors is how many mqbench may use, the least of all seconds; see history.Effort.
	Processors float64
	// CPU is its CPU time, and Share that as a part of what it might have had. Saturated is the sum of the seconds in which
	// it used 90 % of its processors, or was throttled for a tenth of the second.
	CPU       time.Duration
	Share     float64
	Saturated time.Duration
	// Throttled is how long its control group held it up; -1: not known.
	Throttled time.Duration
	// GCs counts the garbage collections that ended, GCCPU their CPU time, GCShare that as a part of CPU.
	GCs     uint64
	GCCPU   time.Duration
	GCShare float64
	// RSSBegan and RSSEnded are its resident memory at the end of the first and the last second, HeapMost the most that
	// the objects on the heap took.
	RSSBegan, RSSEnded, HeapMost int64
	// HeapBegan and HeapEnded are the least that the objects on the heap took at the end of a second, in the first and in
	// the last third of the measurement: what lives, as right after a collection. 0: it was too short for that to be told.
	HeapBegan, HeapEnded int64
	// BlockedMost is the largest number of connections that took no more at the end of a second.
	BlockedMost int
	// Machine is nil where the system does not tell.
	Machine *Machine
	// Waits are its own waits, by metric.
	Waits map[history.Metric]*hdr.Histogram
	// Beyond names the figures that were beyond their bounds, so that the run cannot be judged on times.
	Beyond []string
}

// A Machine is what all processes of the machine did in the measurement. Shares are of the time of all its processors.
type Machine struct {
	Cores int
	// Busy is the share in any process, the kernel or an interrupt; of it, Generator and Brokers are mqbench's and the
	// brokers', and Others what remains. Brokers on other machines have no share.
	Busy, Generator, Brokers, Others float64
	// IOWait is idle with a disk under way, Steal taken by other virtual machines.
	IOWait, Steal float64
	// Pressure is the part of the time in which a thread waited for a processor; -1: not known.
	Pressure float64
	// Saturated is the sum of the seconds in which less than 5 % of its processors was idle.
	Saturated time.Duration
	// Network is nil where the system does not tell.
	Network *history.Network
}

// generator sums up the seconds of the measurement.
func (r *record) generator(windows Latencies) Generator {
	g := Generator{Waits: map[history.Metric]*hdr.Histogram{}}
	for _, m := range history.OwnMetrics() {
		if h := windows[All][m]; h != nil {
			g.Waits[m] = h
		}
	}
	possible := 0.0
	for _, s := range r.measured() {
		if s.Effort.Processors > 0 {
			possible += s.Effort.Processors * s.Width.Seconds()
			g.add(s)
		}
	}
	g.HeapBegan, g.HeapEnded = heapOfThirds(r.measured())
	if possible > 0 {
		g.Share = g.CPU.Seconds() / possible
	}
	if g.CPU > 0 {
		g.GCShare = g.GCCPU.Seconds() / g.CPU.Seconds()
	}
	g.Machine = r.machine()
	return g
}

// leastOfThird is how many seconds a third needs for its least heap to be one after a collection.
const leastOfThird = 10

// heapOfThirds is the least heap of the first and of the last third of the seconds in which it is known.
func heapOfThirds(seconds []history.Second) (first, last int64) {
	var heaps []int64
	for _, s := range seconds {
		if s.Effort.HeapBytes > 0 {
			heaps = append(heaps, s.Effort.HeapBytes)
		}
	}
	third := len(heaps) / 3
	if third < leastOfThird {
		return 0, 0
	}
	return slices.Min(heaps[:third]), slices.Min(heaps[len(heaps)-third:])
}

// add adds a second.
func (g *Generator) add(s history.Second) {
	e := s.Effort
	if g.Span == 0 {
		g.Processors, g.RSSBegan = e.Processors, e.RSSBytes
	}
	g.Span += s.Width
	g.Processors = min(g.Processors, e.Processors)
	g.CPU += s.GeneratorCPU
	if s.GeneratorCPU.Seconds() >= BusyGenerator*e.Processors*s.Width.Seconds() ||
		e.Throttled.Seconds() >= throttledGenerator*s.Width.Seconds() {
		g.Saturated += s.Width
	}
	if e.Throttled < 0 || g.Throttled < 0 {
		g.Throttled = -1
	} else {
		g.Throttled += e.Throttled
	}
	g.GCs, g.GCCPU = g.GCs+e.GCs, g.GCCPU+e.GCCPU
	g.RSSEnded, g.HeapMost = e.RSSBytes, max(g.HeapMost, e.HeapBytes)
	g.BlockedMost = max(g.BlockedMost, e.Blocked)
}

// machine sums up what the system told of the measurement; nil: nothing.
func (r *record) machine() *Machine {
	var m *Machine
	var all, busy, generator, brokers, wait, steal, pressure, span time.Duration
	for _, s := range r.measured() {
		x := s.Machine
		if x == nil {
			continue
		}
		if m == nil {
			m = &Machine{}
		}
		total := x.Busy + x.IOWait + x.Steal + x.Idle
		all, span = all+total, span+s.Width
		busy, wait, steal = busy+x.Busy, wait+x.IOWait, steal+x.Steal
		generator += s.GeneratorCPU
		for _, b := range s.Brokers {
			brokers += b.CPU
		}
		if float64(x.Idle+x.IOWait) < IdleMachine*float64(total) {
			m.Saturated += s.Width
		}
		if pressure += x.Pressure; x.Pressure < 0 {
			pressure = -forever / 2
		}
		m.Cores = max(m.Cores, x.Cores)
		if x.Network != nil {
			if m.Network == nil {
				m.Network = &history.Network{}
			}
			m.Network.Add(*x.Network)
		}
	}
	if all == 0 {
		return nil
	}
	share := func(d time.Duration) float64 { return d.Seconds() / all.Seconds() }
	m.Busy, m.IOWait, m.Steal = share(busy), share(wait), share(steal)
	m.Generator, m.Brokers = share(generator), share(brokers)
	m.Others = max(0, m.Busy-m.Generator-m.Brokers)
	if m.Pressure = pressure.Seconds() / span.Seconds(); pressure < 0 {
		m.Pressure = -1
	}
	return m
}

// tooLong says whether a sum of saturated seconds is more than what is allowed of the measured time.
func tooLong(saturated, span time.Duration) bool {
	return saturated >= saturatedAtLeast && float64(saturated) > saturatedAllowed*float64(span)
}

// wait is a percentile of one of the generator's own waits; 0 where there is no sample.
func (g *Generator) wait(m history.Metric, percent float64) time.Duration {
	h := g.Waits[m]
	if h == nil || h.TotalCount() == 0 {
		return 0
	}
	return time.Duration(h.ValueAtPercentile(percent))
}

// heldUp is the longest that mqbench kept anything waiting.
func (g *Generator) heldUp() (longest time.Duration) {
	for _, m := range []history.Metric{history.ShardLag, history.ReadLag, history.WakeLag, history.SchedulerLatency, history.GCPause} {
		longest = max(longest, g.wait(m, 100))
	}
	return longest
}

// tooOften says whether the 99th percentile of a wait is beyond a bound, and not just because there were so few.
func (g *Generator) tooOften(m history.Metric, bound time.Duration) bool {
	if g.wait(m, 99) <= bound {
		return false
	}
	beyond := int64(0)
	for _, b := range g.Waits[m].Distribution() {
		if time.Duration(b.From) > bound {
			beyond += b.Count
		}
	}
	return beyond >= fewest
}
