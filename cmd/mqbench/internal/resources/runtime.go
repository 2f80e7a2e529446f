package resources

import (
	"math"
	"runtime/metrics"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
)

// The figures of Go's runtime that are read, by place.
const (
	heapBytes = iota
	collections
	collectorCPU
	schedulerLatencies
	collectorPauses
	runtimeFigureCount
)

// runtimeFigures reads the figures of Go's runtime.
type runtimeFigures struct {
	samples []metrics.Sample
	// The totals of the reading before.
	gcs               uint64
	gcCPU             float64
	latencies, pauses []uint64
}

func newRuntimeFigures() *runtimeFigures {
	f := &runtimeFigures{samples: make([]metrics.Sample, runtimeFigureCount)}
	for place, name := range map[int]string{
		heapBytes:          "/memory/classes/heap/objects:bytes",
		collections:        "/gc/cycles/total:gc-cycles",
		collectorCPU:       "/cpu/classes/gc/total:cpu-seconds",
		schedulerLatencies: "/sched/latencies:seconds",
		collectorPauses:    "/sched/pauses/total/gc:seconds",
	} {
		f.samples[place].Name = name
	}
	f.sample(&history.GeneratorSample{})
	return f
}

// sample fills in the runtime's part. A figure that this version of Go does not know stays empty.
func (f *runtimeFigures) sample(into *history.GeneratorSample) {
	metrics.Read(f.samples)
	if v := f.samples[heapBytes].Value; v.Kind() == metrics.KindUint64 {
		into.Effort.HeapBytes = int64(v.Uint64())
	}
	if v := f.samples[collections].Value; v.Kind() == metrics.KindUint64 {
		into.Effort.GCs, f.gcs = v.Uint64()-f.gcs, v.Uint64()
	}
	if v := f.samples[collectorCPU].Value; v.Kind() == metrics.KindFloat64 {
		into.Effort.GCCPU = time.Duration(max(v.Float64()-f.gcCPU, 0) * float64(time.Second))
		f.gcCPU = v.Float64()
	}
	if v := f.samples[schedulerLatencies].Value; v.Kind() == metrics.KindFloat64Histogram {
		into.SchedulerLatency, f.latencies = since(v.Float64Histogram(), f.latencies)
	}
	if v := f.samples[collectorPauses].Value; v.Kind() == metrics.KindFloat64Histogram {
		into.GCPauses, f.pauses = since(v.Float64Histogram(), f.pauses)
	}
}

// since turns what a histogram of seconds has more than it had into one of the record's, each sample at the upper end of
// its bucket, and returns what it has now. Only samples beyond an hour lose their value.
func since(h *metrics.Float64Histogram, before []uint64) (*hdr.Histogram, []uint64) {
	fresh := history.NewHistogram()
	for i, n := range h.Counts {
		if i < len(before) {
			n -= before[i]
		}
		if n == 0 {
			continue
		}
		end := h.Buckets[i+1]
		if math.IsInf(end, 1) {
			end = h.Buckets[i]
		}
		value := min(max(end*float64(time.Second), 0), float64(time.Hour))
		_ = fresh.RecordValues(int64(value), int64(n)) // it is within the range
	}
	return fresh, append(before[:0], h.Counts...)
}
