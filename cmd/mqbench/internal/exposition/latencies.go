package exposition

import (
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mqbench/mqbench/reports/history"
)

// bounds are the upper bounds of the classes, from 100 µs to 100 s: six in each power of ten, so that a quantile that is
// interpolated is off by two thirds in the worst case. A bound is as exact as the record is: to a thousandth.
func bounds() []time.Duration {
	var all []time.Duration
	for decade := 100 * time.Microsecond; decade < 100*time.Second; decade *= 10 {
		for _, tenths := range []int64{10, 15, 20, 30, 50, 70} {
			all = append(all, time.Duration(int64(decade)/10*tenths))
		}
	}
	return append(all, 100*time.Second)
}

// A place names a histogram of the record.
type place struct {
	metric history.Metric
	window history.Window
}

// classes are a histogram of the record in the classes of Prometheus.
type classes struct {
	count uint64
	sum   float64 // in seconds
	// upTo holds, by bound, the samples up to it.
	upTo map[float64]uint64
}

// latencies turns the histograms of the record into those of Prometheus. What has not changed since the last scrape is
// not looked at again.
type latencies struct {
	geometry     geometry
	descriptions map[history.Metric]*prometheus.Desc
	known        map[place]classes
}

func newLatencies() *latencies {
	l := &latencies{
		geometry: newGeometry(bounds()), descriptions: map[history.Metric]*prometheus.Desc{}, known: map[place]classes{},
	}
	for _, m := range history.Metrics() {
		l.descriptions[m] = describe(string(m)+"_seconds",
			definition(string(m))+" By the window of the intended time, or of the begin of the attempt.", "window")
	}
	for m, help := range ownWaits() {
		l.descriptions[m] = describe("generator_"+string(m)+"_seconds", help)
	}
	return l
}

// ownWaits says what mqbench's own waits are.
func ownWaits() map[history.Metric]string {
	return map[history.Metric]string{
		history.ShardLag: "How far the load is behind its schedule, looked at once a millisecond: a quantile is a part of time.",
		history.ReadLag:  "How long a connection with something to read may have waited for mqbench, known to a factor of two.",
		history.WakeLag: "How late a goroutine is woken that only asks to be woken, looked at once a millisecond: " +
			"a quantile is a part of time.",
		history.SchedulerLatency: "How long goroutines that could run waited for a processor.",
		history.GCPause:          "How long all goroutines stood still for one step of a garbage collection.",
		history.WriteBlocked:     "How long one connection of a publisher took no more: the broker or the network did not keep up.",
	}
}

func (l *latencies) describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range l.descriptions {
		descriptions <- d
	}
}

// forget forgets the run.
func (l *latencies) forget() {
	clear(l.known)
	none := l.geometry.classesOf(nil)
	for _, m := range history.Metrics() {
		if slices.Contains(history.StepMetrics(), m) {
			continue // few transports have them
		}
		for _, w := range history.WindowNames() {
			l.known[place{m, w}] = none // so that the first samples are an increase
		}
	}
}

// collect hands over what the record has collected. Own waits are not told apart by window.
func (l *latencies) collect(r *history.Recorder, run string, metrics chan<- prometheus.Metric) {
	r.EachLatency(func(m history.Metric, w history.Window, h *hdr.Histogram) {
		if at := (place{m, w}); l.known[at].count != uint64(h.TotalCount()) {
			l.known[at] = l.geometry.classesOf(h)
		}
	})
	hand := func(m history.Metric, c classes, labels ...string) {
		metrics <- prometheus.MustNewConstHistogram(l.descriptions[m], c.count, c.sum, c.upTo, valid(run, labels)...)
	}
	for _, m := range history.Metrics() {
		for _, w := range history.WindowNames() {
			if c, known := l.known[place{m, w}]; known {
				hand(m, c, string(w))
			}
		}
	}
	for _, m := range history.OwnMetrics() {
		sum := l.geometry.classesOf(nil)
		for _, w := range history.WindowNames() {
			sum.add(l.known[place{m, w}])
		}
		hand(m, sum)
	}
}

func (c *classes) add(o classes) {
	c.count += o.count
	c.sum += o.sum
	for bound, n := range o.upTo {
		c.upTo[bound] += n
	}
}

// A geometry says where the counts of the record's histograms, which all have the same, belong.
type geometry struct {
	// middles are, by count, the middles of the values that it stands for, in nanoseconds.
	middles []float64
	bounds  []float64 // in seconds
	// last is, by bound, the last count whose values are up to it.
	last []int
}

func newGeometry(bounds []time.Duration) geometry {
	var g geometry
	full := history.NewHistogram()
	_ = full.RecordValue(full.HighestTrackableValue()) // every bar up to it is listed
	bars := full.Distribution()
	for _, b := range bars {
		g.middles = append(g.middles, float64(b.From)+float64(b.To-b.From+1)/2)
	}
	for _, bound := range bounds {
		g.bounds = append(g.bounds, bound.Seconds())
		g.last = append(g.last, slices.IndexFunc(bars, func(b hdr.Bar) bool { return b.To >= int64(bound) }))
	}
	return g
}

// classesOf counts a histogram anew; nil is an empty one.
func (g geometry) classesOf(h *hdr.Histogram) classes {
	c := classes{upTo: make(map[float64]uint64, len(g.bounds))}
	for _, bound := range g.bounds {
		c.upTo[bound] = 0
	}
	if h == nil {
		return c
	}
	next, sum := 0, 0.0
	for i, n := range h.Export().Counts {
		if n > 0 {
			c.count += uint64(n)
			sum += float64(n) * g.middles[i]
		}
		for ; next < len(g.last) && g.last[next] == i; next++ {
			c.upTo[g.bounds[next]] = c.count
		}
	}
	c.sum = sum / float64(time.Second)
	return c
}
