package reports

import (
	"math"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// single takes a metric that is one figure and no count.
func single(name string, r *Result) Figure {
	switch name {
	case scenarios.MemoryGrowth:
		return memoryGrowth(r.Generator)
	case scenarios.UnavailabilityGap:
		if r.Counts.Expected == 0 {
			return nothing("no delivery was owed")
		}
		return exactly(float64(r.UnavailabilityGap), humane(r.UnavailabilityGap))
	}
	m := r.Measured
	if m == nil || m.Seconds <= 0 {
		return nothing("no whole second of measurement")
	}
	switch name {
	case scenarios.AcknowledgedRate:
		return rate(m.Acknowledged, r.Counts.Attempted, m.Seconds, "nothing was published")
	case scenarios.DeliveredRate:
		return rate(m.Delivered, r.Counts.Expected, m.Seconds, "no delivery was owed")
	case scenarios.BrokerCPUPerMessage:
		return perMessage(m.BrokerCPUSeconds, m.Delivered)
	case scenarios.GeneratorCPUPerMessage:
		return perMessage(m.GeneratorCPUSeconds, m.Written+m.Delivered)
	case scenarios.BrokerMemory:
		return memory(m, 1)
	case scenarios.BrokerMemoryPerConnection:
		return memory(m, m.Connected)
	default:
		return nothing("unknown metric " + name)
	}
}

// memoryGrowth is known where the measurement lasted long enough to have thirds.
func memoryGrowth(g Generator) Figure {
	if g.HeapBeganBytes == 0 || g.HeapEndedBytes == 0 {
		return nothing("the measurement was too short to tell")
	}
	grown := g.HeapEndedBytes - g.HeapBeganBytes
	return exactly(float64(grown), Bytes(grown))
}

// rate is a number per second, where there was anything that could have had one.
func rate(n, base uint64, seconds float64, nobody string) Figure {
	if base == 0 {
		return nothing(nobody)
	}
	v := float64(n) / seconds
	return exactly(v, perSecond(v))
}

// perMessage is a CPU time in nanoseconds for each of n messages.
func perMessage(cpuSeconds float64, n uint64) Figure {
	switch {
	case cpuSeconds < 0:
		return nothing("the CPU time is not known")
	case n == 0:
		return nothing("no message in the measurement")
	}
	v := cpuSeconds * float64(time.Second) / float64(n)
	return exactly(v, humane(time.Duration(math.Round(v))))
}

// memory is that of the brokers, shared out.
func memory(m *Measured, among int) Figure {
	switch {
	case m.BrokerRSSBytes < 0:
		return nothing("the memory is not known")
	case among <= 0:
		return nothing("no client was connected")
	}
	v := float64(m.BrokerRSSBytes) / float64(among)
	return exactly(v, bytesOf(int64(math.Round(v))))
}
