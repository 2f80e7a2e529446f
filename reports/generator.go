package reports

import (
	"strconv"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// generatorOf puts mqbench's own figures into the form of the result.
func generatorOf(run *history.Run, g *check.Generator) Generator {
	r := Generator{
		CPUSeconds: run.Generator.CPU.Seconds(), PeakRSSBytes: run.Generator.PeakRSSBytes,
		Late: run.Generator.Late, LateBound: run.Generator.LateBound,
		MeasuredSeconds: g.Span.Seconds(), Processors: g.Processors, CPUShare: g.Share,
		SaturatedSeconds: g.Saturated.Seconds(), ThrottledSeconds: -1,
		GCs: g.GCs, GCCPUSeconds: g.GCCPU.Seconds(), GCCPUShare: g.GCShare,
		RSSBeganBytes: g.RSSBegan, RSSEndedBytes: g.RSSEnded, HeapPeakBytes: g.HeapMost,
		HeapBeganBytes: g.HeapBegan, HeapEndedBytes: g.HeapEnded, BlockedMost: g.BlockedMost,
		Waits: Latencies{}, Beyond: g.Beyond,
	}
	if g.Span > 0 && g.Throttled >= 0 {
		r.ThrottledSeconds = g.Throttled.Seconds()
	}
	for _, m := range history.OwnMetrics() {
		r.Waits[string(m)] = resolvedAll(ofHistogram(g.Waits[m], 0))
	}
	return r
}

// resolvedAll is resolved for a distribution.
func resolvedAll(d Distribution) Distribution {
	for _, v := range []*time.Duration{&d.Min, &d.P50, &d.P90, &d.P99, &d.P999, &d.Max} {
		*v = resolved(*v)
	}
	return d
}

func machineOf(m *check.Machine) *Machine {
	if m == nil {
		return nil
	}
	r := &Machine{
		Cores: m.Cores, Busy: m.Busy, Generator: m.Generator, Brokers: m.Brokers, Others: m.Others, IOWait: m.IOWait,
		Steal: m.Steal, SaturatedSeconds: m.Saturated.Seconds(), Pressure: m.Pressure,
	}
	if n := m.Network; n != nil {
		network := Network(*n)
		r.Network = &network
	}
	return r
}

// effortColumns are the columns of timeline.csv for mqbench itself.
func effortColumns() []string {
	return []string{
		"generator_processors", "generator_rss_bytes", "generator_heap_bytes", "generator_gcs", "generator_gc_cpu_ns",
		"generator_gc_pause_max_ns", "generator_throttled_ns", "shard_lag_p99_ns", "shard_lag_max_ns", "read_lag_p99_ns",
		"read_lag_max_ns", "wake_lag_p99_ns", "wake_lag_max_ns", "scheduler_latency_p99_ns", "scheduler_latency_max_ns", "blocked_connections",
	}
}

// effortCells are empty for a record that is older than the figures.
func effortCells(e history.Effort) []string {
	if e.Processors == 0 {
		return make([]string, len(effortColumns()))
	}
	return []string{
		fraction(e.Processors), signed(e.RSSBytes), signed(e.HeapBytes), unsigned(e.GCs), nanos(e.GCCPU),
		sampled(e.GCPauseMax), nanos(e.Throttled), sampled(e.ShardLagP99), sampled(e.ShardLagMax), sampled(e.ReadLagP99),
		sampled(e.ReadLagMax), sampled(e.WakeLagP99), sampled(e.WakeLagMax), sampled(e.SchedulerP99), sampled(e.SchedulerMax),
		strconv.Itoa(e.Blocked),
	}
}

// machineColumns are the columns of timeline.csv for the machine.
func machineColumns() []string {
	return []string{
		"machine_cores", "machine_busy_ns", "machine_iowait_ns", "machine_steal_ns", "machine_idle_ns", "machine_busiest_core",
		"machine_pressure_ns", "tcp_queue_drops", "tcp_backlog_drops", "tcp_pruned", "tcp_zero_windows", "tcp_listen_drops",
	}
}

func machineCells(m *history.Machine) []string {
	if m == nil {
		return make([]string, len(machineColumns()))
	}
	cells := []string{
		strconv.Itoa(m.Cores), nanos(m.Busy), nanos(m.IOWait), nanos(m.Steal), nanos(m.Idle), fraction(m.BusiestCore),
		nanos(m.Pressure),
	}
	if n := m.Network; n != nil {
		return append(cells, unsigned(n.QueueDrops), unsigned(n.BacklogDrops), unsigned(n.Pruned), unsigned(n.ZeroWindows),
			unsigned(n.ListenDrops))
	}
	return append(cells, "", "", "", "", "")
}

func signed(n int64) string { return strconv.FormatInt(n, 10) }

func fraction(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }
