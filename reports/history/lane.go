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
	events      []Event
	resumptions []Resumption
	oddities    []Oddity
	journal     *journal
}

// brokerCounts are what the clients had of one broker so far: acknowledgements, first receipts by their path,
// connections that are there, those that take no more now, and the times in which any did not.
type brokerCounts struct {
	acknowledged, delivered uint64
	connected, blocked      int
	stalls                  Blocked
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
	due, written, acknowledged, inDoubt, refused, unsent uint64
	delivered, duplicated, reordered, phantom            uint64
	late                                                 uint64
}

func (c *counts) add(o counts) {
	c.due += o.due
	c.written += o.written
	c.acknowledged += o.acknowledged
	c.inDoubt += o.inDoubt
	c.refused += o.refused
	c.unsent += o.unsent
	c.delivered += o.delivered
	c.duplicated += o.duplicated
	c.reordered += o.reordered
	c.phantom += o.phantom
	c.late += o.late
}

// since is what was counted beyond an earlier total.
func (c counts) since(o counts) counts {
	return counts{
		due: c.due - o.due, written: c.written - o.written, acknowledged: c.acknowledged - o.acknowledged,
		inDoubt: c.inDoubt - o.inDoubt, refused: c.refused - o.refused, unsent: c.unsent - o.unsent,
		delivered: c.delivered - o.delivered, duplicated: c.duplicated - o.duplicated, reordered: c.reordered - o.reordered,
		phantom: c.phantom - o.phantom, late: c.late - o.late,
	}
}
