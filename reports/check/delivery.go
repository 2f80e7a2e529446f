package check

import (
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
)

// lookupBound is how many messages are looked up in one scan of the journals, so that a run in which millions went
// undelivered can be judged in bounded memory. A run with fewer is judged in one scan.
const lookupBound = 1 << 20

// A delivery is the outcome of judging what became of every message.
type delivery struct {
	total     Counts
	groups    *groups
	anomalies *anomalies
	evidence  evidence
}

// A ledger is one publisher's messages as sets.
type ledger struct {
	attempted uint64
	// plain is true where every message up to Next was attempted and, at QoS 1 and 2, acknowledged: then a flow that
	// received all of them needs no closer look.
	plain bool
	// The sets are made when a flow needs them. owing are the messages that are owed when they were published in a
	// session: acknowledged ones, at QoS 0 attempted ones.
	all, owing, inDoubt, refused *roaring.Bitmap
}

// An inquiry is what has to be looked up in the journals for one publisher.
type inquiry struct {
	want *roaring.Bitmap
	// flows have undelivered or refused messages; oddities are receipts of this publisher's messages. Both are indices
	// into the run.
	flows, oddities []int
}

// judgeDelivery counts what became of every message, flow by flow.
func (r *record) judgeDelivery(details Details) (*delivery, error) {
	d := &delivery{groups: newGroups(r), anomalies: newAnomalies(len(r.run.Injections), anomalyBound)}
	ledgers := make([]ledger, len(r.run.Publishers))
	for n := range r.run.Publishers {
		c := Counts{}
		ledgers[n] = newLedger(&r.run.Publishers[n], &c)
		d.count(r, n, -1, c)
	}
	inquiries := make(map[int]*inquiry)
	inquire := func(publisher int) *inquiry {
		q := inquiries[publisher]
		if q == nil {
			q = &inquiry{want: roaring.New()}
			inquiries[publisher] = q
		}
		return q
	}
	for n := range r.run.Flows {
		f := &r.run.Flows[n]
		if r.tally(d, f, &ledgers[f.Publisher], inquire) {
			q := inquire(f.Publisher)
			q.flows = append(q.flows, n)
		}
	}
	for n, o := range r.run.Oddities {
		if o.Publisher < 0 || o.Publisher >= len(r.run.Publishers) {
			r.judgeOddity(d, o, history.Detail{}, false)
			continue
		}
		q := inquire(o.Publisher)
		q.oddities = append(q.oddities, n)
		q.want.Add(o.Sequence)
	}
	r.countUnlisted(d)
	return d, r.lookUp(d, ledgers, inquiries, details)
}

// newLedger counts what became of a publisher's messages at the publisher.
func newLedger(p *history.Publisher, c *Counts) ledger {
	l := ledger{attempted: uint64(p.Next) - min(p.Unsent.Len(), uint64(p.Next))}
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

// fill makes the sets.
func (l *ledger) fill(p *history.Publisher) {
	if l.all != nil {
		return
	}
	l.all = roaring.New()
	l.all.AddRange(0, uint64(p.Next))
	l.all.AndNot(p.Unsent.Bitmap())
	l.owing, l.inDoubt, l.refused = l.all, roaring.New(), roaring.New()
	if p.QoS == 0 {
		return
	}
	l.owing, l.refused = p.Acknowledged.Bitmap(), p.Refused.Bitmap()
	l.inDoubt = roaring.AndNot(l.all, l.owing)
	l.inDoubt.AndNot(l.refused)
}

// tally counts a flow as far as that needs no look into the journals, and says whether it needs one.
func (r *record) tally(d *delivery, f *history.Flow, l *ledger, inquire func(int) *inquiry) bool {
	p := &r.run.Publishers[f.Publisher]
	c := Counts{Duplicated: f.Duplicated, Reordered: f.Reordered}
	if r.accounts[f.Account].shared {
		c.Reordered = 0
	}
	if l.plain && f.Delivered.Len() == uint64(p.Next) && f.Delivered.Complete(p.Next) {
		c.Delivered, c.Expected = l.attempted, l.attempted
		d.count(r, f.Publisher, f.Account, c)
		return false
	}
	l.fill(p)
	got := f.Delivered.Bitmap()
	strange := roaring.AndNot(got, l.all)
	if !r.run.Complete {
		// Publishers and subscribers were not saved at the same time: what was sent in between is known to one side
		// only.
		strange.RemoveRange(uint64(p.Next), 1<<32)
	}
	got.And(l.all)
	c.Phantom = strange.GetCardinality()
	c.Delivered = got.GetCardinality()
	c.Expected = c.Delivered
	c.Recovered = l.inDoubt.AndCardinality(got)
	c.RefusedDelivered = l.refused.AndCardinality(got)
	d.count(r, f.Publisher, f.Account, c)
	for it := strange.Iterator(); it.HasNext(); {
		r.addPhantomFlow(d, f, it.Next())
	}
	missing := roaring.AndNot(l.owing, got)
	if missing.IsEmpty() && c.RefusedDelivered == 0 {
		return false
	}
	q := inquire(f.Publisher)
	q.want.Or(missing)
	q.want.Or(roaring.And(l.refused, got))
	if slices.ContainsFunc(r.accounts[f.Account].sessions, session.lost) {
		for m, next := range followers(missing, got) {
			if next != m {
				q.want.Add(next)
			}
		}
	}
	return true
}

// followers yields each missing message with the next one that was received; the message itself where there is none.
func followers(missing, got *roaring.Bitmap) func(yield func(m, next uint32) bool) {
	return func(yield func(m, next uint32) bool) {
		behind := got.Iterator()
		for it := missing.Iterator(); it.HasNext(); {
			m := it.Next()
			next := m
			behind.AdvanceIfNeeded(m)
			if behind.HasNext() {
				next = behind.PeekNext()
			}
			if !yield(m, next) {
				return
			}
		}
	}
}

// lookUp fetches the details of what has to be known more closely, in scans of bounded size, and judges with them.
func (r *record) lookUp(d *delivery, ledgers []ledger, inquiries map[int]*inquiry, details Details) error {
	var batch []int
	size := uint64(0)
	judge := func() error {
		want := make(map[int]*roaring.Bitmap, len(batch))
		for _, p := range batch {
			want[p] = inquiries[p].want
		}
		found, err := details(want)
		if err != nil {
			return fmt.Errorf("look up %d messages of %d publishers: %w", size, len(batch), err)
		}
		for _, p := range batch {
			r.judgeInquiry(d, &ledgers[p], inquiries[p], found[p])
		}
		batch, size = batch[:0], 0
		return nil
	}
	for p := range r.run.Publishers {
		q := inquiries[p]
		if q == nil {
			continue
		}
		n := q.want.GetCardinality()
		if len(batch) > 0 && size+n > lookupBound {
			if err := judge(); err != nil {
				return err
			}
		}
		batch, size = append(batch, p), size+n
	}
	if len(batch) == 0 {
		return nil
	}
	return judge()
}

// judgeInquiry judges one publisher's messages with their details.
func (r *record) judgeInquiry(d *delivery, l *ledger, q *inquiry, found map[uint32]history.Detail) {
	for _, n := range q.flows {
		f := &r.run.Flows[n]
		got := f.Delivered.Bitmap()
		got.And(l.all)
		r.judgeMissing(d, f, roaring.AndNot(l.owing, got), got, found)
		for it := roaring.And(l.refused, got).Iterator(); it.HasNext(); {
			r.addRefusedYetDelivered(d, f, it.Next(), found)
		}
	}
	for _, n := range q.oddities {
		o := r.run.Oddities[n]
		detail, known := found[o.Sequence]
		r.judgeOddity(d, o, detail, known)
	}
}

// judgeMissing decides what became of each undelivered message of a flow.
func (r *record) judgeMissing(d *delivery, f *history.Flow, missing, got *roaring.Bitmap, found map[uint32]history.Detail) {
	var c Counts
	a := &r.accounts[f.Account]
	for m, next := range followers(missing, got) {
		u := undelivered{sequence: m, followed: next != m, effective: r.effective(f), next: -1}
		u.detail, u.known = found[m]
		if later, ok := found[next]; ok && u.followed {
			u.next = max(later.Written, later.Settled)
		}
		fate, lostAt := r.fateOf(u, a)
		place := &c.LostMiddle
		if !u.followed {
			place = &c.LostSuffix
		} else if m < got.Minimum() {
			place = &c.LostPrefix
		}
		switch fate {
		case fateMissed:
			c.Missed++
			continue
		case fateOpen:
			c.LostUnknown++
			d.evidence.open.add(r.loss(f, u, "open"))
			if !u.known {
				d.evidence.undated++
			}
			continue
		case fateDeclared:
			c.LostDeclared++
		case fateSilent:
			c.LostSilent++
		}
		c.Lost++
		c.Expected++
		*place++
		x := r.loss(f, u, fate.String()+" "+position(place, &c))
		d.anomalies.add(x)
		d.evidence.addLoss(r, x, fate, r.effective(f), lostAt)
	}
	if c.LostUnknown > 0 {
		d.evidence.openFlows++
	}
	d.count(r, f.Publisher, f.Account, c)
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
func (r *record) loss(f *history.Flow, u undelivered, class string) Anomaly {
	x := r.anomaly(AnomalyLost, f.Publisher, u.sequence, u.detail, u.known)
	x.Subscriber, x.Class = r.accounts[f.Account].name, class
	if u.known && u.detail.Outcome == history.OutcomeAcknowledged && u.detail.Reason != 0 {
		x.Detail = fmt.Sprintf("acknowledged with reason 0x%02x", u.detail.Reason)
	}
	r.place(&x)
	return x
}

// addRefusedYetDelivered names a message that was refused to its publisher and delivered all the same.
func (r *record) addRefusedYetDelivered(d *delivery, f *history.Flow, sequence uint32, found map[uint32]history.Detail) {
	detail, known := found[sequence]
	x := r.anomaly(AnomalyRefused, f.Publisher, sequence, detail, known)
	x.Subscriber = r.accounts[f.Account].name
	if known {
		x.Detail = fmt.Sprintf("refused with reason 0x%02x", detail.Reason)
	}
	r.place(&x)
	d.anomalies.add(x)
	d.evidence.refused.add(x)
}
