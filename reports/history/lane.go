package history

import (
	"sync"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A lane is the part of the recorder that some of the clients write; its lock guards everything in it and everything
// that belongs to its clients. Publishers and subscribers have lanes of their own: a subscriber holds its lane for a
// whole batch of receipts, and no publisher shall wait for that.
type lane struct {
	mu          sync.Mutex
	counts      counts
	brokers     []brokerCounts
	latencies   latencies
	spare       []*hdr.Histogram
	clamped     uint64
	late        uint64
	phantoms    uint64
	events      []Event
	resumptions []Resumption
	oddities    []Oddity
	journal     *journal
}

// brokerCounts are what the clients had of one broker so far: acknowledgements, first receipts by their path, and
// connections that are there.
type brokerCounts struct {
	acknowledged, delivered uint64
	connected               int
}

// broker returns the counts of a broker.
func (l *lane) broker(n int32) *brokerCounts {
	if int(n) < len(l.brokers) {
		return &l.brokers[n]
	}
	return l.anotherBroker(n)
}

// anotherBroker is broker for one that the lane has not met yet.
func (l *lane) anotherBroker(n int32) *brokerCounts {
	l.brokers = append(l.brokers, make([]brokerCounts, int(n)+1-len(l.brokers))...)
	return &l.brokers[n]
}

// counts are running totals.
type counts struct {
	due, written, acknowledged, unsent, delivered, duplicated uint64
}

func (c *counts) add(o counts) {
	c.due += o.due
	c.written += o.written
	c.acknowledged += o.acknowledged
	c.unsent += o.unsent
	c.delivered += o.delivered
	c.duplicated += o.duplicated
}

func (c *counts) subtract(o counts) {
	c.due -= o.due
	c.written -= o.written
	c.acknowledged -= o.acknowledged
	c.unsent -= o.unsent
	c.delivered -= o.delivered
	c.duplicated -= o.duplicated
}
