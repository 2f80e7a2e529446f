package history

import (
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A Sample is what mqbench and the brokers have used so far. CPU times of the brokers are totals since the start.
type Sample struct {
	Generator GeneratorSample
	Brokers   []BrokerSample
	// BrokerPeakRSS holds, by broker, the highest so far where the system keeps count of it. Without it the highest sample
	// stands.
	BrokerPeakRSS []int64
}

// Totals are running totals for the live view.
type Totals struct {
	Due, Written, Acknowledged, Unsent, Delivered, Duplicated uint64
	// Connected of Clients have a CONNACK.
	Connected, Clients int
	// EndToEndP99 is that of the last interval, 0 where nothing was delivered.
	EndToEndP99 time.Duration
}

// tickState is what the next tick is compared with.
type tickState struct {
	at     time.Duration
	counts counts
	cpu    time.Duration
	// brokers holds the CPU totals, served the counts.
	brokers []time.Duration
	served  []brokerCounts
	// gcs, gcCPU and throttled sum up the efforts; see [GeneratorProgress].
	gcs              uint64
	gcCPU, throttled time.Duration
}

// strive adds the effort of another interval.
func (t *tickState) strive(e Effort) {
	t.gcs += e.GCs
	t.gcCPU += e.GCCPU
	if e.Throttled < 0 || t.throttled < 0 {
		t.throttled = -1
		return
	}
	t.throttled += e.Throttled
}

// Tick closes an interval at the time at: it is appended to the timeline and to the interval log, and what the journals
// hold in memory is written. The samples of the brokers get what clients had of each. It is meant to be called once a
// second. Failures to write are reported by [Recorder.Checkpoint] and [Recorder.Finish].
func (r *Recorder) Tick(at time.Duration, s Sample) Second {
	for _, l := range r.publisherLanes {
		if l.journal != nil {
			l.flushJournal()
		}
	}
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	r.collect()
	r.mu.Lock()
	began := r.ticked.at
	r.mu.Unlock()
	r.fileGenerator(began, s.Generator)
	interval := r.interval
	r.interval = [metricCount]*hdr.Histogram{}

	totals, served := r.totalCounts(), r.servedBy(len(s.Brokers))
	r.mu.Lock()
	second := r.tick(at, s, totals, served)
	second.Effort = effort(s.Generator, interval)
	for _, b := range second.Brokers {
		second.Effort.Blocked += b.Blocked
	}
	setLatencies(&second, interval)
	r.ticked.strive(second.Effort)
	r.timeline = append(r.timeline, second)
	r.mu.Unlock()

	if r.log != nil {
		r.log.write(began, at, interval)
	}
	return second
}

// tick turns totals into what the interval had of them. The caller holds r.mu.
func (r *Recorder) tick(at time.Duration, s Sample, totals counts, served []brokerCounts) Second {
	last := &r.ticked
	interval := totals.since(last.counts)
	second := Second{
		At: at, Width: at - last.at, Connected: int(r.connected.Load()),
		Due: interval.due, Written: interval.written, Acknowledged: interval.acknowledged, Unsent: interval.unsent,
		Delivered: interval.delivered, Duplicated: interval.duplicated,
		GeneratorCPU: s.Generator.CPU - last.cpu, Machine: s.Generator.Machine, Brokers: slices.Clone(s.Brokers),
	}
	r.generator.CPU = s.Generator.CPU
	r.generator.PeakRSSBytes = max(r.generator.PeakRSSBytes, s.Generator.RSSBytes, s.Generator.PeakRSSBytes)
	for n, b := range s.Brokers {
		if n >= len(last.brokers) {
			last.brokers, last.served = append(last.brokers, 0), append(last.served, brokerCounts{})
		}
		second.Brokers[n].CPU = b.CPU - last.brokers[n]
		last.brokers[n] = b.CPU
		now := served[n]
		second.Brokers[n].Acknowledged = now.acknowledged - last.served[n].acknowledged
		second.Brokers[n].Delivered = now.delivered - last.served[n].delivered
		second.Brokers[n].Connected, second.Brokers[n].Blocked = now.connected, now.blocked
		last.served[n] = now
		r.broker(n).CPU, r.broker(n).Blocked = b.CPU, now.stalls
		r.broker(n).PeakRSSBytes = max(r.broker(n).PeakRSSBytes, b.RSSBytes)
	}
	for n, peak := range s.BrokerPeakRSS {
		r.broker(n).PeakRSSBytes = max(r.broker(n).PeakRSSBytes, peak)
	}
	last.at, last.counts, last.cpu = at, totals, s.Generator.CPU
	return second
}

func setLatencies(s *Second, interval [metricCount]*hdr.Histogram) {
	quantile := func(metric int, percent float64) time.Duration { return quantileOf(interval[metric], percent) }
	s.EndToEndP50, s.EndToEndP99 = quantile(endToEnd, 50), quantile(endToEnd, 99)
	s.EndToEndMax = quantile(endToEnd, 100)
	s.PublishP50, s.PublishP99 = quantile(publishLatency, 50), quantile(publishLatency, 99)
	s.DelayP99, s.DelayMax = quantile(publishDelay, 99), quantile(publishDelay, 100)
}

// totalCounts sums up the lanes, locking one after the other.
func (r *Recorder) totalCounts() counts {
	var sum counts
	for _, l := range r.lanes {
		l.mu.Lock()
		sum.add(l.counts)
		l.mu.Unlock()
	}
	return sum
}

// servedBy sums up the lanes by broker, for that many of them.
func (r *Recorder) servedBy(brokers int) []brokerCounts {
	sum := make([]brokerCounts, brokers)
	for _, l := range r.lanes {
		l.mu.Lock()
		for n, c := range l.brokers[:min(len(l.brokers), brokers)] {
			sum[n].acknowledged += c.acknowledged
			sum[n].delivered += c.delivered
			sum[n].connected += c.connected
			sum[n].blocked += c.blocked
			sum[n].stalls.add(c.stalls)
		}
		l.mu.Unlock()
	}
	return sum
}

// Totals says how far the run has come. It is cheap enough for every frame of a live view.
func (r *Recorder) Totals() Totals {
	sum := r.totalCounts()
	totals := Totals{
		Due: sum.due, Written: sum.written, Acknowledged: sum.acknowledged, Unsent: sum.unsent,
		Delivered: sum.delivered, Duplicated: sum.duplicated,
		Connected: int(r.connected.Load()), Clients: len(r.publishers) + len(r.subscribers),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.timeline); n > 0 {
		totals.EndToEndP99 = r.timeline[n-1].EndToEndP99
	}
	return totals
}
