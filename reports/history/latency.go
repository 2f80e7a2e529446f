package history

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Histograms of the record cover 1 µs to 1 h at three significant digits; their values are nanoseconds. All have this
// one geometry, so that they merge without loss.
const (
	lowestLatency  = time.Microsecond
	highestLatency = time.Hour
	latencyDigits  = 3
)

// NewHistogram returns an empty histogram of the record's geometry, in nanoseconds.
func NewHistogram() *hdr.Histogram {
	return hdr.New(int64(lowestLatency), int64(highestLatency), latencyDigits)
}

// latencyCount is the number of the latencies of messages and connections, metricCount that of all metrics, and
// windowCount that of the windows.
const (
	latencyCount = 9
	metricCount  = 15
	windowCount  = 4
)

// The places of the metrics in tables.
const (
	publishDelay = iota
	publishLatency
	endToEnd
	service
	connectLatency
	dialTime
	tlsHandshake
	upgradeTime
	connackTime
	shardLag
	readLag
	wakeLag
	schedulerLatency
	gcPause
	writeBlocked
)

// The places of the windows in tables.
const (
	warmUp = iota
	before
	during
	after
)

// Metrics lists the latencies in the order of reports.
func Metrics() [latencyCount]Metric {
	return [...]Metric{PublishDelay, PublishLatency, EndToEnd, Service, ConnectLatency, DialTime, TLSHandshake, UpgradeTime, ConnackTime}
}

// StepMetrics lists those that only connections over a transport with handshakes have.
func StepMetrics() []Metric { return []Metric{DialTime, TLSHandshake, UpgradeTime, ConnackTime} }

// OwnMetrics lists the generator's own waits in the order of reports.
func OwnMetrics() [metricCount - latencyCount]Metric {
	return [...]Metric{ShardLag, ReadLag, WakeLag, SchedulerLatency, GCPause, WriteBlocked}
}

// metricName is the metric at a place in tables.
func metricName(place int) Metric {
	if place < latencyCount {
		return Metrics()[place]
	}
	return OwnMetrics()[place-latencyCount]
}

// WindowNames lists the windows in the order of time.
func WindowNames() [windowCount]Window {
	return [...]Window{WarmUp, Before, During, After}
}

// latencies holds a histogram per metric and window, allocated when its first sample comes.
type latencies [metricCount][windowCount]*hdr.Histogram

// record files a sample. What lies outside of the histograms' range is filed at its end and counted in clamped: nothing
// is dropped. Below zero it cannot be on one clock; zero is a value like any other.
func (l *lane) record(metric, window int, sample time.Duration) {
	l.recordMany(metric, window, sample, 1)
}

// recordMany is record for n equal samples.
func (l *lane) recordMany(metric, window int, sample time.Duration, n int64) {
	if n == 0 {
		return
	}
	if sample < 0 {
		sample = 0
		l.clamped += uint64(n)
	} else if sample > highestLatency {
		sample = highestLatency
		l.clamped += uint64(n)
	}
	h := l.latencies[metric][window]
	if h == nil {
		h = l.histogram()
		l.latencies[metric][window] = h
	}
	// The sample is within the range, and a total beyond the range of int64 cannot come about.
	_ = h.RecordValues(int64(sample), n)
}

// histogram returns an empty histogram: one that [Recorder.collect] gave back, or a new one.
func (l *lane) histogram() *hdr.Histogram {
	if last := len(l.spare) - 1; last >= 0 {
		h := l.spare[last]
		l.spare = l.spare[:last]
		return h
	}
	return NewHistogram()
}

// collect takes what the lanes have recorded since the last call and adds it to the totals by window and to the open
// interval. The lanes are locked only for the exchange of pointers. The caller holds r.latencyMu.
func (r *Recorder) collect() {
	var fresh latencies
	for _, l := range r.lanes {
		l.mu.Lock()
		taken := l.latencies
		l.latencies = latencies{}
		l.mu.Unlock()

		var emptied []*hdr.Histogram
		for metric := range taken {
			for window, h := range taken[metric] {
				if h == nil {
					continue
				}
				mergeInto(&fresh[metric][window], h)
				h.Reset()
				emptied = append(emptied, h)
			}
		}
		if len(emptied) > 0 {
			l.mu.Lock()
			l.spare = append(l.spare, emptied...)
			l.mu.Unlock()
		}
	}
	for metric := range fresh {
		for window, h := range fresh[metric] {
			if h == nil {
				continue
			}
			mergeInto(&r.total[metric][window], h)
			if r.interval[metric] == nil {
				r.interval[metric] = h
			} else {
				mergeInto(&r.interval[metric], h)
			}
		}
	}
}

// mergeInto adds from to *to, which is allocated where it is missing. They have one geometry, so nothing is dropped.
func mergeInto(to **hdr.Histogram, from *hdr.Histogram) {
	if *to == nil {
		*to = NewHistogram()
	}
	(*to).Merge(from)
}
