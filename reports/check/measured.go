package check

import (
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// Measured sums up the whole seconds of the measurement, so that what was done and what it cost are of the same time.
type Measured struct {
	// Span is the length of these seconds together; 0: there was none, and nothing else is known.
	Span time.Duration
	// Written, Acknowledged and Delivered count messages, the last one first receipts.
	Written, Acknowledged, Delivered uint64
	// GeneratorCPU is the CPU time of mqbench itself; -1: not known.
	GeneratorCPU time.Duration
	// BrokerCPU is the CPU time of all brokers without the balancer; -1: that of at least one is not known.
	BrokerCPU time.Duration
	// BrokerRSSBytes is the most resident memory that all brokers had together at the end of a second, and Connected the
	// number of clients that were connected then; -1: not known.
	BrokerRSSBytes int64
	Connected      int
}

// measurement sums up the seconds of the measurement.
func (r *record) measurement() Measured {
	m := Measured{GeneratorCPU: -1, BrokerCPU: -1, BrokerRSSBytes: -1, Connected: -1}
	seconds := r.measured()
	for _, s := range seconds {
		m.Span += s.Width
		m.Written, m.Acknowledged, m.Delivered = m.Written+s.Written, m.Acknowledged+s.Acknowledged, m.Delivered+s.Delivered
		if s.GeneratorCPU > 0 {
			m.GeneratorCPU = max(m.GeneratorCPU, 0) + s.GeneratorCPU
		}
	}
	brokers := len(r.run.Meta.Brokers)
	if r.run.Meta.Balanced {
		brokers--
	}
	m.BrokerCPU = brokerCPU(seconds, brokers)
	for _, s := range seconds {
		if rss := memoryOf(s, brokers); rss > m.BrokerRSSBytes {
			m.BrokerRSSBytes, m.Connected = rss, s.Connected
		}
	}
	return m
}

// brokerCPU is -1 unless each of the brokers is known to have used some.
func brokerCPU(seconds []history.Second, brokers int) (sum time.Duration) {
	for b := range brokers {
		var used time.Duration
		for _, s := range seconds {
			if b < len(s.Brokers) {
				used += s.Brokers[b].CPU
			}
		}
		if used <= 0 && wasUp(seconds, b) {
			return -1
		}
		sum += used
	}
	if sum == 0 {
		return -1
	}
	return sum
}

// wasUp says whether a broker ran at all; one that was down all the time has used nothing.
func wasUp(seconds []history.Second, broker int) bool {
	for _, s := range seconds {
		if broker >= len(s.Brokers) || s.Brokers[broker].Up {
			return true
		}
	}
	return false
}

// memoryOf is what the brokers that were up had together at the end of a second; -1 where that is not known of one.
func memoryOf(s history.Second, brokers int) (sum int64) {
	up := 0
	for b := range brokers {
		switch {
		case b >= len(s.Brokers):
			return -1
		case !s.Brokers[b].Up:
			continue
		case s.Brokers[b].RSSBytes <= 0:
			return -1
		}
		up++
		sum += s.Brokers[b].RSSBytes
	}
	if up == 0 {
		return -1
	}
	return sum
}
