package check

import (
	"github.com/mqbench/mqbench/reports/history"
)

// judgeOddity files a receipt that was not a plain first delivery. Counts of duplicates and reorderings come from the
// flows, which know all of them; here they are told apart and named.
func (r *record) judgeOddity(d *delivery, o history.Oddity, detail history.Detail, known bool) {
	switch o.Kind {
	case history.Duplicate:
		x := r.received(AnomalyDuplicated, o, detail, known)
		x.Class = "dup=0"
		if o.Dup {
			x.Class = "dup=1"
		}
		r.judgeDuplicate(d, o, x, detail, known)
		d.anomalies.add(x)
		d.strip.oddity(r, o, x)
	case history.Reordered:
		if r.accounts[r.run.Subscribers[o.Subscriber].Account].shared {
			return
		}
		x := r.received(AnomalyReordered, o, detail, known)
		_, bridged := r.effectiveOf(o, x.QoS, detail, known)
		x.Class = r.disorder(o, x, bridged)
		d.evidence.addReordered(x)
		d.anomalies.add(x)
		d.strip.oddity(r, o, x)
	case history.Unasked:
		r.judgeUnasked(d, o, r.received(AnomalyUnasked, o, detail, known))
	case history.Phantom:
		r.judgePhantom(d, r.received(AnomalyPhantom, o, detail, known), o)
	}
}

// received names the message of an odd receipt. Where the journals do not know it, its stamp says when it was intended
// and sent.
func (r *record) received(kind AnomalyKind, o history.Oddity, detail history.Detail, known bool) Anomaly {
	x := r.anomaly(kind, o.Publisher, o.Sequence, detail, known)
	if !known && x.Publisher != "" {
		x.Intended, x.Written = o.Intended, o.Sent
	}
	x.Received, x.Subscriber, x.Detail = o.At, r.subscribers[o.Subscriber].name, o.Detail
	if o.Topic != "" {
		x.Topic = o.Topic
	}
	r.place(&x)
	return x
}
