package check

import (
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
)

// A ledger is the messages of one publisher and its copies as sets: each message once, whoever of them published it.
type ledger struct {
	// publishers are the publisher and its copies.
	publishers []int
	attempted  uint64
	// plain is true where every message up to Next was attempted and, at QoS 1 and 2, acknowledged: then a flow that
	// received all of them needs no closer look.
	plain bool
	// The sets are made when a stream needs them. owing are the messages that are owed when they were published in a
	// session: acknowledged ones, at QoS 0 attempted ones.
	all, owing, inDoubt, refused *roaring.Bitmap
	sources                      []source
}

// A source is the part of one publisher in a ledger.
type source struct {
	publisher  int
	all, owing *roaring.Bitmap
}

// newLedger counts what became of the messages of a publisher and its copies at the publishers.
func (r *record) newLedger(publisher int, c *Counts) ledger {
	p := &r.run.Publishers[publisher]
	l := ledger{publishers: append([]int{publisher}, r.copies[publisher]...)}
	if len(l.publishers) > 1 {
		l.fill(r)
		r.countUnion(&l, c)
		return l
	}
	l.attempted = uint64(p.Next) - min(p.Unsent.Len(), uint64(p.Next))
	c.Attempted, c.Unsent = l.attempted, p.Unsent.Len()
	l.plain = c.Unsent == 0
	if p.QoS == 0 {
		return l
	}
	c.Acknowledged, c.Refused, c.Unmatched = p.Acknowledged.Len(), p.Refused.Len(), p.Unmatched
	// What a crash left unsettled is in doubt too: its acknowledgement never came.
	c.InDoubt = l.attempted - min(c.Acknowledged+c.Refused, l.attempted)
	l.plain = l.plain && c.Acknowledged == l.attempted
	return l
}

// countUnion counts messages of which there are copies.
func (r *record) countUnion(l *ledger, c *Counts) {
	l.attempted = l.all.GetCardinality()
	c.Attempted, c.InDoubt, c.Refused = l.attempted, l.inDoubt.GetCardinality(), l.refused.GetCardinality()
	given := roaring.New()
	for n, publisher := range l.publishers {
		p := &r.run.Publishers[publisher]
		given.Or(p.Unsent.Bitmap())
		if n == 0 || p.Unmatched < c.Unmatched {
			c.Unmatched = p.Unmatched
		}
	}
	c.Unsent = roaring.AndNot(given, l.all).GetCardinality()
	if r.run.Publishers[l.publishers[0]].QoS > 0 {
		c.Acknowledged = l.owing.GetCardinality()
	}
}

// fill makes the sets. A message is acknowledged where one copy was, and refused where every copy that was attempted
// was.
func (l *ledger) fill(r *record) {
	if l.all != nil {
		return
	}
	l.all, l.owing, l.inDoubt, l.refused = roaring.New(), roaring.New(), roaring.New(), roaring.New()
	for _, n := range l.publishers {
		s, inDoubt, refused := sourceOf(n, &r.run.Publishers[n])
		l.sources = append(l.sources, s)
		l.all.Or(s.all)
		l.owing.Or(s.owing)
		l.inDoubt.Or(inDoubt)
		l.refused.Or(refused)
	}
	if len(l.sources) > 1 {
		l.inDoubt.AndNot(l.owing)
		l.refused.AndNot(l.owing)
		l.refused.AndNot(l.inDoubt)
	}
}

// sourceOf makes the sets of one publisher.
func sourceOf(n int, p *history.Publisher) (s source, inDoubt, refused *roaring.Bitmap) {
	s = source{publisher: n, all: roaring.New()}
	s.all.AddRange(0, uint64(p.Next))
	s.all.AndNot(p.Unsent.Bitmap())
	if p.QoS == 0 {
		s.owing = s.all
		return s, roaring.New(), roaring.New()
	}
	s.owing, refused = p.Acknowledged.Bitmap(), p.Refused.Bitmap()
	inDoubt = roaring.AndNot(s.all, s.owing)
	inDoubt.AndNot(refused)
	return s, inDoubt, refused
}

// source is the part of one of the publishers.
func (l *ledger) source(publisher int) *source {
	for n := range l.sources {
		if l.sources[n].publisher == publisher {
			return &l.sources[n]
		}
	}
	return &source{publisher: publisher, all: roaring.New(), owing: roaring.New()}
}
