package check

import (
	"fmt"
	"maps"
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
	strip     *strip
	evidence  evidence
}

// An inquiry is what has to be looked up in the journals for one publisher and its copies.
type inquiry struct {
	// want holds the messages by publisher.
	want map[int]*roaring.Bitmap
	// streams have undelivered or refused messages; oddities are receipts of these publishers' messages, as indices
	// into the run.
	streams  []stream
	oddities []int
}

func (q *inquiry) of(publisher int) *roaring.Bitmap {
	if q.want[publisher] == nil {
		q.want[publisher] = roaring.New()
	}
	return q.want[publisher]
}

// judgeDelivery counts what became of every message, stream by stream.
func (r *record) judgeDelivery(details Details) (*delivery, error) {
	d := &delivery{groups: newGroups(r), anomalies: newAnomalies(len(r.run.Injections), anomalyBound), strip: r.newStrip()}
	ledgers := make([]ledger, len(r.run.Publishers))
	for n, p := range r.run.Publishers {
		if p.Original != n {
			continue
		}
		c := Counts{}
		ledgers[n] = r.newLedger(n, &c)
		d.count(r, n, -1, c)
	}
	inquiries := make(map[int]*inquiry)
	inquire := func(publisher int) *inquiry {
		q := inquiries[publisher]
		if q == nil {
			q = &inquiry{want: make(map[int]*roaring.Bitmap)}
			inquiries[publisher] = q
		}
		return q
	}
	for s := range r.streams() {
		r.tally(d, s, &ledgers[s.publisher], inquire)
	}
	for n, o := range r.run.Oddities {
		if o.Publisher < 0 || o.Publisher >= len(r.run.Publishers) {
			r.judgeOddity(d, o, history.Detail{}, false)
			continue
		}
		q := inquire(r.run.Publishers[o.Publisher].Original)
		q.oddities = append(q.oddities, n)
		q.of(o.Publisher).Add(o.Sequence)
	}
	r.countUnlisted(d)
	return d, r.lookUp(d, ledgers, inquiries, details)
}

// tally counts a stream as far as that needs no look into the journals, and inquires where it needs one.
func (r *record) tally(d *delivery, s stream, l *ledger, inquire func(int) *inquiry) {
	p := &r.run.Publishers[s.publisher]
	c := s.counts()
	if r.accounts[s.account].shared {
		c.Reordered = 0
	}
	d.strip.tally(r, s.publisher, s.account, c)
	if f := &s.flows[0]; len(s.flows) == 1 && l.plain && f.Delivered.Len() == uint64(p.Next) && f.Delivered.Complete(p.Next) {
		c.Delivered, c.Expected = l.attempted, l.attempted
		d.count(r, s.publisher, s.account, c)
		return
	}
	l.fill(r)
	got := s.received(l)
	for n := range s.flows {
		strange := r.strangers(&s.flows[n], l)
		c.Phantom += strange.GetCardinality()
		for it := strange.Iterator(); it.HasNext(); {
			r.addPhantomFlow(d, &s.flows[n], it.Next())
		}
	}
	c.Delivered = got.GetCardinality()
	c.Expected = c.Delivered
	c.Recovered = l.inDoubt.AndCardinality(got)
	c.RefusedDelivered = l.refused.AndCardinality(got)
	d.count(r, s.publisher, s.account, c)
	missing := roaring.AndNot(l.owing, got)
	if missing.IsEmpty() && c.RefusedDelivered == 0 {
		return
	}
	q := inquire(s.publisher)
	q.streams = append(q.streams, s)
	lossy := slices.ContainsFunc(r.accounts[s.account].sessions, session.lost)
	for _, source := range l.sources {
		want := q.of(source.publisher)
		want.Or(roaring.And(missing, source.owing))
		want.Or(roaring.And(l.refused, got))
		if lossy {
			for m, next := range followers(roaring.And(missing, source.owing), s.from(source)) {
				if next != m {
					want.Add(next)
				}
			}
		}
	}
}

// strangers are the messages of a flow that its publisher never attempted.
func (r *record) strangers(f *history.Flow, l *ledger) *roaring.Bitmap {
	strange := roaring.AndNot(f.Delivered.Bitmap(), l.source(f.Publisher).all)
	if !r.run.Complete {
		// Publishers and subscribers were not saved at the same time: what was sent in between is known to one side
		// only.
		strange.RemoveRange(uint64(r.run.Publishers[f.Publisher].Next), 1<<32)
	}
	return strange
}

// lookUp fetches the details of what has to be known more closely, in scans of bounded size, and judges with them.
func (r *record) lookUp(d *delivery, ledgers []ledger, inquiries map[int]*inquiry, details Details) error {
	var batch []int
	size := uint64(0)
	judge := func() error {
		want := make(map[int]*roaring.Bitmap, len(batch))
		for _, p := range batch {
			maps.Copy(want, inquiries[p].want)
		}
		found, err := details(want)
		if err != nil {
			return fmt.Errorf("look up %d messages of %d publishers: %w", size, len(want), err)
		}
		for _, p := range batch {
			r.judgeInquiry(d, &ledgers[p], inquiries[p], found)
		}
		batch, size = batch[:0], 0
		return nil
	}
	for p := range r.run.Publishers {
		q := inquiries[p]
		if q == nil {
			continue
		}
		n := uint64(0)
		for _, want := range q.want {
			n += want.GetCardinality()
		}
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

// judgeInquiry judges the messages of one publisher and its copies with their details.
func (r *record) judgeInquiry(d *delivery, l *ledger, q *inquiry, found map[int]map[uint32]history.Detail) {
	for _, s := range q.streams {
		got := s.received(l)
		r.judgeMissing(d, &s, l, got, found)
		for it := roaring.And(l.refused, got).Iterator(); it.HasNext(); {
			r.addRefusedYetDelivered(d, &s, l, it.Next(), found)
		}
	}
	for _, n := range q.oddities {
		o := r.run.Oddities[n]
		detail, known := found[o.Publisher][o.Sequence]
		r.judgeOddity(d, o, detail, known)
	}
}
