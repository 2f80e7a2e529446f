package check

import (
	"cmp"
	"fmt"
	"slices"
)

// findings gathers what all judgements found: the worst first, and otherwise the order of the judgements.
func (r *record) findings(a *Analysis, d *delivery) []Finding {
	lists := [][]Finding{
		r.recordFindings(),
		r.faultFindings(),
		r.brokerFindings(),
		r.loadFindings(d.total),
		r.overload(&a.Generator),
		r.drainFindings(d),
		r.phantomFindings(d),
		r.lossFindings(d),
		r.duplicateFindings(d),
		r.orderFindings(d),
		r.outageFindings(a.Outages, &a.Generator),
		r.breachFindings(),
		r.subscriptionFindings(),
		r.unaskedFindings(d),
		r.failoverFindings(a.Injections),
		r.sessionFindings(),
	}
	list := slices.Concat(lists...)
	list = append(list, r.assurances(list, a, d)...)
	slices.SortStableFunc(list, func(x, y Finding) int { return cmp.Compare(y.Verdict.badness(), x.Verdict.badness()) })
	return list
}

// lossFindings fail a run in which acknowledged messages vanished and nobody was told. Other losses are reported.
func (r *record) lossFindings(d *delivery) []Finding {
	var list []Finding
	e, c := &d.evidence, &d.total
	if e.silent.count > 0 {
		how := "without notice (SessionPresent=1, or never disconnected)"
		if !r.run.Meta.PersistentSessions {
			how = "without notice, in clean sessions that were still alive"
		}
		unmatched := ""
		if e.unmatched > 0 {
			unmatched = fmt.Sprintf("; of these %s been acknowledged with a reason other than success",
				count(e.unmatched, "had", "had"))
		}
		list = append(list, Finding{
			Name: "silent loss", Verdict: Fail,
			Detail: fmt.Sprintf("%s lost %s%s; first: %s",
				owed(e.silent.count), how, unmatched,
				r.point(e.silent.first)),
		})
	}
	if e.declared.count > 0 {
		how := "because their subscribers' sessions were gone when they came back (SessionPresent=0)"
		if !r.run.Meta.PersistentSessions {
			how = "with the clean sessions of their subscribers, which end with their connections"
		}
		list = append(list, Finding{
			Name: "declared loss", Verdict: Pass,
			Detail: fmt.Sprintf("%s lost %s: %s; first: %s",
				owed(e.declared.count), how, r.byInjection(e.declaredBy),
				r.point(e.declared.first)),
		})
	}
	if e.unassured.count > 0 {
		list = append(list, Finding{
			Name: "loss at QoS 0", Verdict: Pass,
			Detail: fmt.Sprintf("%s lost, which QoS 0 allows; first: %s",
				count(e.unassured.count, "delivery was", "deliveries were"), r.point(e.unassured.first)),
		})
	}
	if c.Missed > 0 {
		list = append(list, Finding{Name: "missed", Verdict: Pass, Detail: r.missed(c.Missed, e.parted)})
	}
	if e.blind.count > 0 {
		list = append(list, Finding{
			Name: "stays too short", Verdict: Inconclusive,
			Detail: fmt.Sprintf("%s missed in stays of %s or less, the time that messages of this run may have been under way: "+
				"lost ones could not be told apart there (longer stays between churn or flaps can be judged); first: %s",
				count(e.blind.count, "delivery was", "deliveries were"), Span(r.underWayFor), r.point(e.blind.first)),
		})
	}
	if e.refused.count > 0 {
		list = append(list, Finding{
			Name: "refused yet delivered", Verdict: Pass,
			Detail: fmt.Sprintf("%s, which had been refused to the publisher; first: %s",
				count(e.refused.count, "delivery was of a message", "deliveries were of messages"), r.point(e.refused.first)),
		})
	}
	return list
}

// owed counts deliveries and not messages: a message that several accounts wait for can be lost several times.
func owed(n uint64) string {
	return count(n, "delivery of an acknowledged message was", "deliveries of acknowledged messages were")
}

// phantomFindings fail a run in which messages arrived that nobody sent.
func (r *record) phantomFindings(d *delivery) []Finding {
	if d.total.Phantom == 0 {
		return nil
	}
	first := "none of them is listed in the record"
	if d.evidence.phantom.count > 0 {
		first = "first: " + r.point(d.evidence.phantom.first)
	}
	return []Finding{{
		Name: "phantom messages", Verdict: Fail,
		Detail: fmt.Sprintf("%s received that no publisher of this run sent there; %s",
			count(d.total.Phantom, "message was", "messages were"), first),
	}}
}

// duplicateFindings fail a run in which exactly once was broken. Other duplicates are reported.
func (r *record) duplicateFindings(d *delivery) []Finding {
	var list []Finding
	e := &d.evidence
	unlisted, unlistedExactlyOnce := r.unlistedDuplicates()
	add := func(x exhibit, name string, v Verdict, what string) {
		if x.count > 0 {
			list = append(list, Finding{Name: name, Verdict: v, Detail: fmt.Sprintf("%s %s; first: %s",
				count(x.count, "receipt was a repetition", "receipts were repetitions"), what, r.point(x.first))})
		}
	}
	add(e.exactlyOnce, "duplicates at QoS 2", Fail, "at QoS 2 although both sessions were continuous")
	add(e.unexplained, "duplicates at QoS 0", Pass, "at QoS 0, which nothing repeats: a loop, overlapping filters or two sessions")
	add(e.excused, "duplicates after session loss", Pass,
		"at QoS 2 after a session on the way was lost or left, and with it what exactly once rests on")
	add(e.bridgedShares, "duplicates across bridges", Pass,
		"at a shared subscription with members at several brokers, each of which shares out for itself")
	add(e.allowed, "duplicates", Pass, "at QoS 1, which allows it")
	if unlisted > 0 {
		v := Pass
		if unlistedExactlyOnce > 0 {
			v = Inconclusive
		}
		list = append(list, Finding{
			Name: "duplicates beyond the record", Verdict: v,
			Detail: fmt.Sprintf("%s counted but did not fit the record, %s of them at QoS 2",
				count(unlisted, "further duplicate was", "further duplicates were"), number(unlistedExactlyOnce)),
		})
	}
	return list
}

// orderFindings report reorderings by their class.
func (r *record) orderFindings(d *delivery) []Finding {
	var list []Finding
	for _, class := range disorders() {
		x := d.evidence.reordered[class]
		if x == nil {
			continue
		}
		list = append(list, Finding{
			Name: "reordered", Verdict: Pass,
			Detail: fmt.Sprintf("%s behind a later message of the same topic (%s); first: %s",
				count(x.count, "delivery came", "deliveries came"), class, r.point(x.first)),
		})
	}
	return list
}

// subscriptionFindings report subscriptions that brokers refused: what their subscribers then did not get was not owed
// to them. A subscriber that never had a subscription leaves the question of its messages unanswered.
func (r *record) subscriptionFindings() []Finding {
	refused, unserved := uint64(0), uint64(0)
	first, who := forever, ""
	for n := range r.subscribers {
		c := &r.subscribers[n]
		for _, e := range c.refused {
			refused++
			if e.At < first {
				first, who = e.At, fmt.Sprintf("%s by %s at %s (%s)", c.name, r.broker(e.Broker), Moment(e.At), e.Detail)
			}
		}
		if len(r.accounts[r.run.Subscribers[n].Account].sessions) == 0 && c.wanted() {
			unserved++
		}
	}
	var list []Finding
	if refused > 0 {
		list = append(list, Finding{
			Name: "subscriptions refused", Verdict: Pass,
			Detail: fmt.Sprintf("%s refused, and what was published then was not owed to the subscriber; first: %s",
				count(refused, "subscription was", "subscriptions were"), who),
		})
	}
	if unserved > 0 {
		list = append(list, Finding{
			Name: "never subscribed", Verdict: Inconclusive,
			Detail: fmt.Sprintf("%s never had a subscription, and nothing was owed to them",
				count(unserved, "subscriber", "subscribers")),
		})
	}
	return list
}

// failoverFindings report clients that were hit by a fault and not served again until the end of the run.
func (r *record) failoverFindings(injections []Injection) []Finding {
	var list []Finding
	for _, i := range injections {
		if i.NeverResumed == 0 {
			continue
		}
		list = append(list, Finding{
			Name: "never resumed", Verdict: Pass,
			Detail: fmt.Sprintf("%s of %s hit by the %s not served again until the end of the run",
				number(uint64(i.NeverResumed)), count(uint64(i.Affected), "client", "clients"), r.describe(i.Number)),
		})
	}
	return list
}

// sessionFindings report persistent sessions that were gone when their clients came back: what a broker, or the one
// that took its place, kept of them.
func (r *record) sessionFindings() []Finding {
	if !r.run.Meta.PersistentSessions {
		return nil
	}
	returned, lost := uint64(0), uint64(0)
	by := make(map[int]uint64)
	for _, clients := range [][]client{r.publishers, r.subscribers} {
		for n := range clients {
			if clients[n].half {
				continue // It was counted as a publisher.
			}
			connections := clients[n].connections
			for k := 1; k < len(connections); k++ {
				returned++
				if !connections[k].present {
					lost++
					by[r.injectionAt(connections[k-1].ended)]++
				}
			}
		}
	}
	if lost == 0 {
		return nil
	}
	return []Finding{{
		Name: "sessions lost", Verdict: Pass,
		Detail: fmt.Sprintf("of %s, %s SessionPresent=0: %s",
			count(returned, "return of a client with a persistent session", "returns of clients with persistent sessions"),
			count(lost, "met", "met"), r.byInjection(by)),
	}}
}

// missed says why deliveries were missed. How many of them were owed, and taken to be under way when the subscriber
// left, is told apart: the longer messages of the run took, the more this may excuse.
func (r *record) missed(all, parted uint64) string {
	text := fmt.Sprintf("%s published while the subscriber had no session that could be reached",
		count(all, "delivery was missed: its message was", "deliveries were missed: their messages were"))
	if parted > 0 {
		text += fmt.Sprintf(", %s in the %s before it left or unsubscribed by plan, and so may have been under way",
			number(parted), Span(r.underWayFor))
	}
	return text
}
