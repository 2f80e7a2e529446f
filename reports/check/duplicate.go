package check

import "github.com/mqbench/mqbench/reports/history"

// judgeDuplicate decides whether a message might be received again, and files it. The DUP flag is only a class: it
// belongs to one hop and says nothing of the message [MQTT 5.0 §3.3.1.1].
func (r *record) judgeDuplicate(d *delivery, o history.Oddity, x Anomaly, detail history.Detail, known bool) {
	account := &r.accounts[r.run.Subscribers[o.Subscriber].Account]
	published := r.run.Publishers[o.Publisher].QoS
	effective, bridged := r.effectiveOf(o, min(published, account.qos), detail, known)
	promise := promiseOf(published, effective)
	switch {
	case account.shared && r.topology.Bridged() && !r.together:
		d.evidence.bridgedShares.add(x)
	case promise.duplicates:
		d.evidence.allowed.add(x)
	case promise.duplicatesAfterLoss && !r.unbroken(o.Publisher, account, x, bridged):
		d.evidence.excused.add(x)
	case effective == 2:
		d.evidence.exactlyOnce.add(x)
	default:
		d.evidence.unexplained.add(x)
	}
}

// effectiveOf is the level at which an odd receipt was served, and whether it came over a bridge, given the level of
// its flow. Where the journals do not know which broker took the message, in a bridged shape it counts as bridged.
func (r *record) effectiveOf(o history.Oddity, effective byte, detail history.Detail, known bool) (_ byte, bridged bool) {
	to, connected := r.subscribers[o.Subscriber].at(o.At)
	if r.together || !r.topology.Bridged() {
		return effective, false
	}
	if !known || !connected {
		return min(effective, r.bridgeQoS), true
	}
	return r.across(effective, detail.Broker, to.broker), r.bridges(detail.Broker, to.broker)
}

// unbroken says whether the publisher and all members of the account kept their sessions from the first write of a
// message to the receipt in question. Only then does exactly once hold: a lost session takes the packet identifiers
// with it that tell a repetition from a new message. The sessions of bridges are not recorded: they count as kept as
// long as there is no fault.
func (r *record) unbroken(publisher int, a *account, x Anomaly, bridged bool) bool {
	if bridged && r.disturbed(x.Written) || !r.continuous(&r.publishers[publisher], x.Written, x.Received) {
		return false
	}
	for _, m := range a.members {
		if !r.continuous(&r.subscribers[m], x.Written, x.Received) {
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
