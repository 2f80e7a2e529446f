package history

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The generator's own waits (nanoseconds), recorded beside the latencies of messages and filed by the time at which they
// were seen. They say how much of a latency is mqbench's own.
const (
	// ShardLag is how far a shard is behind the schedule, looked at once in each millisecond of the load: the age of the
	// earliest intended time that it had not got to, 0 where there was none. Its percentiles are parts of time: a p99 of
	// 30 ms says that shards were further behind than that for a hundredth of the time, however few turns that took.
	ShardLag Metric = "shard_lag"
	// ReadLag is how long a connection that had something to read may have waited for mqbench, one sample for each time
	// that one was served: for how long its reader had not been done with everything that was ready. It is known to a
	// factor of two, each at the middle of its class, and only where connections are polled: plain TCP on Linux. The
	// others wait as goroutines do, see SchedulerLatency.
	ReadLag Metric = "read_lag"
	// WakeLag is how long after the time that it asked for a goroutine was woken that asks every 10 ms and does nothing
	// else, looked at once in each millisecond: what keeps the whole process from running, be it Go's scheduler, the
	// system's, a control group or another virtual machine, also where no message is due. Parts of time, too.
	WakeLag Metric = "wake_lag"
	// SchedulerLatency is how long goroutines that could run waited for a processor, as Go's runtime counts it
	// (runtime/metrics, /sched/latencies:seconds), each at the upper end of its bucket.
	SchedulerLatency Metric = "scheduler_latency"
	// GCPause is how long all goroutines stood still for one step of a garbage collection (runtime/metrics,
	// /sched/pauses/total/gc:seconds), each at the upper end of its bucket.
	GCPause Metric = "gc_pause"
	// WriteBlocked is how long one connection of a publisher took no more of what was to be written, from the write that
	// did not take everything until all was taken: the broker or the network did not keep up, not mqbench.
	WriteBlocked Metric = "write_blocked"
)

// A GeneratorSample is what mqbench itself has used so far and how it fared since the sample before. It is the same on
// all systems, but for what only some of them tell.
type GeneratorSample struct {
	// CPU is the CPU time since the process began, RSSBytes the resident memory now, PeakRSSBytes the highest so far where
	// the system keeps count of it, which sees what rises and falls between two samples.
	CPU                    time.Duration
	RSSBytes, PeakRSSBytes int64
	// Effort is of the time since the sample before; what the recorder knows better by itself, it fills in.
	Effort Effort
	// ReadLag, SchedulerLatency and GCPauses hold the samples since the sample before, in the geometry of [NewHistogram].
	ReadLag, SchedulerLatency, GCPauses *hdr.Histogram
	// Machine is of the time since the sample before; nil: the system does not tell.
	Machine *Machine
}

// Effort is what mqbench itself used in an interval, and how it kept up. Waits are the worst, or the 99th percentile,
// of those that the interval saw.
type Effort struct {
	// Processors is how many processors mqbench may use: GOMAXPROCS, or the quota of its control groups where that is
	// less. 0: the record is older than these figures, and none of them is known.
	Processors float64
	// RSSBytes is the resident memory at the end of the interval, HeapBytes what the objects on the heap took then, the
	// dead ones that were not swept among them (runtime/metrics, /memory/classes/heap/objects:bytes).
	RSSBytes, HeapBytes int64
	// GCCPU is the CPU time of the garbage collector (runtime/metrics, /cpu/classes/gc/total:cpu-seconds), which is known
	// only as each of the GCs cycles ends.
	GCCPU time.Duration
	GCs   uint64
	// Throttled is how long the control group of the tightest quota had used it up and had to wait; -1: not known.
	Throttled time.Duration
	// See the metrics of these names.
	ShardLagP99, ShardLagMax time.Duration
	ReadLagP99, ReadLagMax   time.Duration
	WakeLagP99, WakeLagMax   time.Duration
	SchedulerP99             time.Duration
	SchedulerMax, GCPauseMax time.Duration
	// Blocked counts connections that took no more at the end of the interval; see [WriteBlocked].
	Blocked int
}

// Machine is what all processes of the machine did in an interval, mqbench and the brokers among them. On Linux it is
// from /proc/stat, /proc/pressure/cpu and /proc/net/netstat; in a container these may be those of the host.
type Machine struct {
	// Cores is the number of its processors. Busy, IOWait, Steal and Idle are CPU time over all of them: Busy in any
	// process, the kernel or an interrupt; IOWait idle with a disk under way; Steal taken by another virtual machine.
	Cores                     int
	Busy, IOWait, Steal, Idle time.Duration
	// BusiestCore is the part (0 to 1) of the interval in which the busiest of the processors was not idle.
	BusiestCore float64
	// Pressure is how long at least one thread waited for a processor (PSI, "some"); -1: the kernel does not tell.
	Pressure time.Duration
	// Network is nil where the system does not tell.
	Network *Network
}

// Network counts what the TCP of the whole network namespace dropped or refused in an interval, whosever the sockets:
// mqbench's, those of brokers beside it, or others.
type Network struct {
	// QueueDrops: segments dropped because a receive queue was full (TCPRcvQDrop); BacklogDrops: because the backlog of a
	// socket in use was (TCPBacklogDrop); Pruned: received data thrown away for want of memory (RcvPruned); ZeroWindows:
	// times that a receiver told its peer to stop because nobody read (TCPToZeroWindowAdv); ListenDrops: connections that
	// were not taken because the queue of the listener was full, or for want of memory (ListenDrops).
	QueueDrops, BacklogDrops, Pruned, ZeroWindows, ListenDrops uint64
}

// Add adds what another interval, or another machine, counted.
func (n *Network) Add(o Network) {
	n.QueueDrops += o.QueueDrops
	n.BacklogDrops += o.BacklogDrops
	n.Pruned += o.Pruned
	n.ZeroWindows += o.ZeroWindows
	n.ListenDrops += o.ListenDrops
}

// Blocked sums up the times in which connections of publishers to one broker took no more.
type Blocked struct {
	// Spells counts them, Time is their sum over all connections and Longest the longest.
	Spells        uint64
	Time, Longest time.Duration
}

// add joins what two records know of it.
func (b *Blocked) add(o Blocked) {
	b.Spells += o.Spells
	b.Time += o.Time
	b.Longest = max(b.Longest, o.Longest)
}

// fileGenerator files the samples that came with a tick, by the window of its time. The caller holds r.latencyMu.
func (r *Recorder) fileGenerator(at time.Duration, s GeneratorSample) {
	window := r.windows.Load().at(at)
	for metric, h := range map[int]*hdr.Histogram{readLag: s.ReadLag, schedulerLatency: s.SchedulerLatency, gcPause: s.GCPauses} {
		if h != nil && h.TotalCount() > 0 {
			mergeInto(&r.total[metric][window], h)
			mergeInto(&r.interval[metric], h)
		}
	}
}

// effort completes what the coordinator knows of an interval with what the recorder does.
func effort(s GeneratorSample, interval [metricCount]*hdr.Histogram) Effort {
	e := s.Effort
	e.RSSBytes = s.RSSBytes
	e.ShardLagP99, e.ShardLagMax = quantileOf(interval[shardLag], 99), quantileOf(interval[shardLag], 100)
	e.ReadLagP99, e.ReadLagMax = quantileOf(interval[readLag], 99), quantileOf(interval[readLag], 100)
	e.WakeLagP99, e.WakeLagMax = quantileOf(interval[wakeLag], 99), quantileOf(interval[wakeLag], 100)
	e.SchedulerP99, e.SchedulerMax = quantileOf(interval[schedulerLatency], 99), quantileOf(interval[schedulerLatency], 100)
	e.GCPauseMax = quantileOf(interval[gcPause], 100)
	return e
}

// quantileOf is a percentile of a histogram, 0 where there is none.
func quantileOf(h *hdr.Histogram, percent float64) time.Duration {
	if h == nil {
		return 0
	}
	return time.Duration(h.ValueAtPercentile(percent))
}

// add joins the efforts of two processes in the same second.
func (e *Effort) add(o Effort) {
	e.Processors += o.Processors
	e.RSSBytes, e.HeapBytes = e.RSSBytes+o.RSSBytes, e.HeapBytes+o.HeapBytes
	e.GCCPU, e.GCs = e.GCCPU+o.GCCPU, e.GCs+o.GCs
	e.Throttled = max(e.Throttled, o.Throttled)
	e.ShardLagP99, e.ShardLagMax = max(e.ShardLagP99, o.ShardLagP99), max(e.ShardLagMax, o.ShardLagMax)
	e.ReadLagP99, e.ReadLagMax = max(e.ReadLagP99, o.ReadLagP99), max(e.ReadLagMax, o.ReadLagMax)
	e.WakeLagP99, e.WakeLagMax = max(e.WakeLagP99, o.WakeLagP99), max(e.WakeLagMax, o.WakeLagMax)
	e.SchedulerP99, e.SchedulerMax = max(e.SchedulerP99, o.SchedulerP99), max(e.SchedulerMax, o.SchedulerMax)
	e.GCPauseMax = max(e.GCPauseMax, o.GCPauseMax)
	e.Blocked += o.Blocked
}

// joinMachines joins what two records tell of their machine in the same second. It may be the same one twice, so that
// nothing is added up: the worst of each figure stands.
func joinMachines(a, b *Machine) *Machine {
	if a == nil {
		a, b = b, nil
	}
	if a == nil {
		return nil
	}
	joined := *a
	if a.Network != nil {
		network := *a.Network
		joined.Network = &network
	}
	if b == nil {
		return &joined
	}
	joined.Cores, joined.Busy = max(a.Cores, b.Cores), max(a.Busy, b.Busy)
	joined.IOWait, joined.Steal = max(a.IOWait, b.IOWait), max(a.Steal, b.Steal)
	joined.Idle = min(a.Idle, b.Idle)
	joined.BusiestCore, joined.Pressure = max(a.BusiestCore, b.BusiestCore), max(a.Pressure, b.Pressure)
	if n := b.Network; n != nil {
		if joined.Network == nil {
			joined.Network = &Network{}
		}
		m := joined.Network
		*m = Network{
			QueueDrops: max(m.QueueDrops, n.QueueDrops), BacklogDrops: max(m.BacklogDrops, n.BacklogDrops),
			Pruned: max(m.Pruned, n.Pruned), ZeroWindows: max(m.ZeroWindows, n.ZeroWindows),
			ListenDrops: max(m.ListenDrops, n.ListenDrops),
		}
	}
	return &joined
}
