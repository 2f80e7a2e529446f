package check

import (
	"fmt"
	"slices"

	"github.com/mqbench/mqbench/reports/history"
)

// assurances state, for each hard judgement that found nothing, what it looked at: a run passes because of what was
// seen in it, and a judgement that had nothing to look at assures of nothing. found are the findings of all judgements.
func (r *record) assurances(found []Finding, a *Analysis, d *delivery) []Finding {
	var list []Finding
	assure := func(name string, looked bool, hard []string, format string, args ...any) {
		if looked && !slices.ContainsFunc(found, func(f Finding) bool { return slices.Contains(hard, f.Name) }) {
			list = append(list, Finding{Name: name, Verdict: Pass, Detail: fmt.Sprintf(format, args...)})
		}
	}
	c := &d.total
	assure("no silent loss", c.Acknowledged > 0 && c.Expected > 0 && c.LostUnknown == 0, []string{"silent loss"},
		"of %s, %s; none was lost without notice", count(c.Expected, "delivery that was owed", "deliveries that were owed"),
		count(c.Delivered, "was made", "were made"))
	assure("no phantom messages", c.Delivered > 0, []string{"phantom messages"},
		"each of %s was one that a publisher of this run sent there",
		count(c.Delivered+c.Duplicated+c.Copies, "received message", "received messages"))
	assure("no broken exactly once", r.exactlyOnce(), []string{"duplicates at QoS 2"},
		"no message at QoS 2 was received twice in continuous sessions")
	assure("no unexplained outages", c.Attempted > 0 && r.run.EventsDropped == 0, []string{"unexplained outages"},
		"%s, and none without a fault in force", count(uint64(len(a.Outages)), "outage of a client", "outages of clients"))
	assure("no fault missed", len(r.run.Injections) > 0 && !slices.ContainsFunc(r.run.Injections, unfinished), nil,
		"%s carried out and healed", count(uint64(len(r.run.Injections)), "fault was", "faults were"))
	return list
}

// unfinished says whether an injection was not carried out and healed.
func unfinished(i history.Injection) bool { return !fired(i) || i.HealError != "" || i.Healed == 0 }

// exactlyOnce says whether any message was delivered at QoS 2 from end to end, between the homes of its clients, and
// every repetition of one is listed.
func (r *record) exactlyOnce() bool {
	_, unlisted := r.unlistedDuplicates()
	return unlisted == 0 && slices.ContainsFunc(r.run.Flows, func(f history.Flow) bool {
		from := r.run.Publishers[f.Publisher].Home
		to := r.run.Subscribers[r.accounts[f.Account].members[0]].Home
		return r.across(r.effective(&f), from, r.domain(to)) == 2 && f.Delivered.Len() > 0
	})
}
