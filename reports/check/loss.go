package check

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
)

// followers yields each missing message with the next one that was received; the message itself where there is none.
func followers(missing, got *roaring.Bitmap) func(yield func(m, next uint32) bool) {
	return func(yield func(m, next uint32) bool) {
		behind := got.Iterator()
		for it := missing.Iterator(); it.HasNext(); {
			m := it.Next()
			if !yield(m, follower(behind, m)) {
				return
			}
		}
	}
}

// follower is the first message behind m that the iterator has; m where there is none. It must not be asked backwards.
func follower(got roaring.IntPeekable, m uint32) uint32 {
	got.AdvanceIfNeeded(m)
	if !got.HasNext() {
		return m
	}
	return got.PeekNext()
}

// judgeMissing decides what became of each undelivered message of a stream.
func (r *record) judgeMissing(d *delivery, s *stream, l *ledger, got *roaring.Bitmap, found map[int]map[uint32]history.Detail) {
	var c Counts
	behind := make([]roaring.IntPeekable, len(l.sources))
	for n, x := range l.sources {
		behind[n] = s.from(x).Iterator()
	}
	for m, next := range followers(roaring.AndNot(l.owing, got), got) {
		place := &c.LostMiddle
		if next == m {
			place = &c.LostSuffix
		} else if m < got.Minimum() {
			place = &c.LostPrefix
		}
		u, v := r.sentence(s, l, m, behind, found)
		r.fileMissing(d, s, &c, u, v, place)
	}
	if c.LostUnknown > 0 {
		d.evidence.openFlows++
	}
	d.count(r, s.publisher, s.account, c)
	d.strip.tally(r, s.publisher, s.account, c)
}

// sentence decides what became of one undelivered message. Of several copies each has a fate, and the message has that
// of the one from which the most was to be expected: what may still come with one copy is not lost, and a silent loss
// of one copy is not excused by what was declared of the other.
func (r *record) sentence(
	s *stream, l *ledger, m uint32, behind []roaring.IntPeekable, found map[int]map[uint32]history.Detail,
) (undelivered, sentence) {
	var u undelivered
	var v sentence
	first := true
	for n, x := range l.sources {
		if !x.owing.Contains(m) {
			continue
		}
		next := follower(behind[n], m)
		details := found[x.publisher]
		this := undelivered{
			publisher: x.publisher, sequence: m, followed: next != m, next: -1,
			effective: min(r.run.Publishers[x.publisher].QoS, r.accounts[s.account].qos),
		}
		this.detail, this.known = details[m]
		if later, ok := details[next]; ok && this.followed && later.Broker == this.detail.Broker {
			this.next = max(later.Written, later.Settled)
		}
		if fate := r.fateOf(this, &r.accounts[s.account]); first || fate.fate > v.fate {
			u, v, first = this, fate, false
		}
	}
	return u, v
}

// fileMissing counts and names an undelivered message; place is the counter of its place in the stream.
func (r *record) fileMissing(d *delivery, s *stream, c *Counts, u undelivered, v sentence, place *uint64) {
	switch v.fate {
	case fateMissed:
		c.Missed++
		if v.parted {
			d.evidence.parted++
		}
		if v.blind {
			d.evidence.blind.add(r.loss(s, u, "missed"))
		}
		return
	case fateOpen:
		c.LostUnknown++
		d.evidence.open.add(r.loss(s, u, "open"))
		if !u.known {
			d.evidence.undated++
		}
		return
	case fateDeclared:
		c.LostDeclared++
	case fateSilent:
		c.LostSilent++
	}
	c.Lost++
	c.Expected++
	*place++
	x := r.loss(s, u, v.fate.String()+" "+position(place, c))
	d.anomalies.add(x)
	d.strip.add(r, s.publisher, s.account, x)
	d.evidence.addLoss(r, x, v)
}

// position names the counter of a loss's place in its flow.
func position(place *uint64, c *Counts) string {
	switch place {
	case &c.LostPrefix:
		return "prefix"
	case &c.LostMiddle:
		return "middle"
	default:
		return "suffix"
	}
}

// loss names an undelivered message.
func (r *record) loss(s *stream, u undelivered, class string) Anomaly {
	x := r.anomaly(AnomalyLost, u.publisher, u.sequence, u.detail, u.known)
	x.Subscriber, x.Class = r.accounts[s.account].name, class
	if u.known && u.detail.Outcome == history.OutcomeAcknowledged && u.detail.Reason != 0 {
		x.Detail = fmt.Sprintf("acknowledged with reason 0x%02x", u.detail.Reason)
	}
	r.place(&x)
	return x
}

// addRefusedYetDelivered names a message that was refused to its publisher and delivered all the same.
func (r *record) addRefusedYetDelivered(
	d *delivery, s *stream, l *ledger, sequence uint32, found map[int]map[uint32]history.Detail,
) {
	publisher := l.publishers[0]
	for _, x := range l.sources {
		if x.all.Contains(sequence) {
			publisher = x.publisher
			break
		}
	}
	detail, known := found[publisher][sequence]
	x := r.anomaly(AnomalyRefused, publisher, sequence, detail, known)
	x.Subscriber = r.accounts[s.account].name
	if known {
		x.Detail = fmt.Sprintf("refused with reason 0x%02x", detail.Reason)
	}
	r.place(&x)
	d.anomalies.add(x)
	d.evidence.refused.add(x)
}
