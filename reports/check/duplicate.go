package check

import "github.com/mqbench/mqbench/reports/history"

// judgeDuplicate decides whether a message might be received again, and files it. The DUP flag is only a class: it
// belongs to one hop and says nothing of the message [MQTT 5.0 §3.3.1.1].
func (r *record) judgeDuplicate(d *delivery, o history.Oddity, x Anomaly) {
	account := &r.accounts[r.run.Subscribers[o.Subscriber].Account]
	published := r.run.Publishers[o.Publisher].QoS
	effective := min(published, account.qos)
	promise := promiseOf(published, effective)
	switch {
	case promise.duplicates:
		d.evidence.allowed.add(x)
	case promise.duplicatesAfterLoss && !r.continuous(o.Publisher, account, x):
		d.evidence.excused.add(x)
	case effective == 2:
		d.evidence.exactlyOnce.add(x)
	default:
		d.evidence.unexplained.add(x)
	}
}

// continuous says whether the publisher and all members of the account kept their sessions from the first write of a
// message to the receipt in question. Only then does exactly once hold: a lost session takes the packet identifiers
// with it that tell a repetition from a new message.
func (r *record) continuous(publisher int, a *account, x Anomaly) bool {
	if !r.publishers[publisher].continuous(x.Written, x.Received) {
		return false
	}
	for _, m := range a.members {
		if !r.subscribers[m].continuous(x.Written, x.Received) {
			return false
		}
	}
	return true
}

// unlistedDuplicates counts duplicates that the record counted but did not list, and of these the ones that could be
// violations at QoS 2.
func (r *record) unlistedDuplicates() (all, exactlyOnce uint64) {
	type flow struct{ publisher, account int }
	listed := make(map[flow]uint64)
	for _, o := range r.run.Oddities {
		if o.Kind == history.Duplicate {
			listed[flow{o.Publisher, r.run.Subscribers[o.Subscriber].Account}]++
		}
	}
	for n := range r.run.Flows {
		f := &r.run.Flows[n]
		unlisted := f.Duplicated - min(f.Duplicated, listed[flow{f.Publisher, f.Account}])
		all += unlisted
		if r.effective(f) == 2 {
			exactlyOnce += unlisted
		}
	}
	return all, exactlyOnce
}
