package check

import "github.com/mqbench/mqbench/reports/history"

// judgePhantom files a message that nobody of this run sent to this subscriber: its checksum is wrong, it belongs to
// another run, or to a topic that was not asked for.
func (r *record) judgePhantom(d *delivery, x Anomaly, o history.Oddity) {
	publisher := -1
	if x.Publisher != "" {
		publisher = o.Publisher
	}
	d.count(r, publisher, r.run.Subscribers[o.Subscriber].Account, Counts{Phantom: 1})
	d.anomalies.add(x)
	d.evidence.phantom.add(x)
}

// addPhantomFlow files a delivery with a readable stamp of this run whose message was never attempted.
func (r *record) addPhantomFlow(d *delivery, f *history.Flow, sequence uint32) {
	x := r.anomaly(AnomalyPhantom, f.Publisher, sequence, history.Detail{}, false)
	x.Class, x.Subscriber = "never attempted", r.accounts[f.Account].name
	d.anomalies.add(x)
	d.evidence.phantom.add(x)
}

// countUnlisted adds the phantoms that the record counted but did not list. Other receipts that are not listed are
// counted in their flows.
func (r *record) countUnlisted(d *delivery) {
	listed := uint64(0)
	for _, o := range r.run.Oddities {
		if o.Kind == history.Phantom {
			listed++
		}
	}
	d.total.Phantom += r.run.Phantoms - min(r.run.Phantoms, listed)
	d.anomalies.dropped += r.run.OdditiesDropped
}
