package check

import (
	"fmt"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// forever is the end of what lasts beyond the record.
const forever = time.Duration(1<<63 - 1)

// A record is a run with what all judgements need to know of it: the clients' connections, the accounts, and the
// landmarks in time.
type record struct {
	run                     *history.Run
	publishers, subscribers []client
	accounts                []account
	reach
	// copies holds, for each publisher that has some, the numbers of its copies.
	copies map[int][]int
	// devices is the number of clients that publish and subscribe.
	devices int
	// loaded is false where the run was over before any load was offered: then nobody had to be connected.
	loaded bool
	// Load was offered in [loadBegan, loadEnded), and measured from measureBegan. From closing on, clients leave
	// because the run is over. Receipts were waited for until drained. end is the last time that the record knows.
	loadBegan, measureBegan, loadEnded, drained, closing, end time.Duration
	// grace is how long a client may take to notice that its peer is dead: it sends a PINGREQ after one keepalive
	// without traffic and gives up one keepalive later, give or take its timers.
	grace time.Duration
	// patience is how old a message has to be before its absence after a fault is final.
	patience time.Duration
	// longestWay is how long the slowest message took, underWayFor how long one may have been on its way.
	longestWay, underWayFor time.Duration
	windows                 history.Windows
	// closed is the number of publishers that send whenever their window has room.
	closed int
	// spells holds, per injection, the time in which it was in force.
	spells []spell
}

// An account is one receiver: a subscriber, one with its copy, or all members of a shared subscription.
type account struct {
	members []int
	shared  bool
	group   string
	name    string
	// qos is the lowest level that a member asked for or was granted.
	qos byte
	// sessions are those of all members.
	sessions []session
}

// A spell is the time in which an injection was in force: [began, ended]. What was never begun has none.
type spell struct {
	began, ended time.Duration
	none         bool
}

// holds says whether t lies within the spell, or up to later after it.
func (s spell) holds(t, later time.Duration) bool {
	if s.none || t < s.began {
		return false
	}
	return s.ended == forever || t <= s.ended+later
}

// overlaps says whether the spell, prolonged by later, has a time in common with [began, ended].
func (s spell) overlaps(began, ended, later time.Duration) bool {
	if s.none || ended < s.began {
		return false
	}
	return s.ended == forever || began <= s.ended+later
}

// spellOf is the time in which an injection was in force. One that failed before anything was done has nothing to heal.
// One whose heal failed never ends, because its broker did not come back.
func spellOf(i history.Injection) spell {
	if !fired(i) && i.Healing == 0 {
		return spell{none: true}
	}
	if i.Healed == 0 || i.HealError != "" {
		return spell{began: i.Began, ended: forever}
	}
	return spell{began: i.Began, ended: i.Healed}
}

// fired says whether an injection did to all its targets what it should.
func fired(i history.Injection) bool { return i.Error == "" && i.Applied > 0 }

func newRecord(run *history.Run) (*record, error) {
	if err := validate(run); err != nil {
		return nil, err
	}
	r := &record{
		run: run, reach: reachOf(run), copies: copiesOf(run), grace: 2*run.Meta.Keepalive + detectionSlack,
		patience: patienceFor(run.Meta.Redelivery), windows: run.Windows(),
	}
	for _, p := range run.Publishers {
		if p.Window > 0 {
			r.closed++
		}
	}
	r.setLandmarks()
	r.setUnderWay()
	for _, i := range run.Injections {
		r.spells = append(r.spells, spellOf(i))
	}
	r.setClients()
	for n := range r.publishers {
		r.setBlame(&r.publishers[n])
	}
	for n := range r.subscribers {
		r.setBlame(&r.subscribers[n])
	}
	r.setAccounts()
	return r, nil
}

// setLandmarks finds the times by which the run is divided. A record without a phase, as a crash may leave it, is taken
// as being in that phase until its end.
func (r *record) setLandmarks() {
	for _, e := range r.run.Events {
		r.end = max(r.end, e.At)
	}
	for _, s := range r.run.Timeline {
		r.end = max(r.end, s.At)
	}
	for _, i := range r.run.Injections {
		r.end = max(r.end, i.Began, i.Applied, i.Healing, i.Healed)
	}
	phases := make(map[string]history.Phase)
	for _, p := range r.run.Phases {
		phases[p.Name] = p
		r.end = max(r.end, p.Began, p.Ended)
	}
	measure, measured := phases["measure"]
	warmup, warmed := phases["warmup"]
	r.loaded = measured || warmed
	r.loadEnded, r.closing = r.end, r.end+1
	if measured {
		r.loadBegan, r.measureBegan = measure.Began, measure.Began
		if measure.Ended > 0 {
			r.loadEnded = measure.Ended
		}
	}
	if warmed {
		r.loadBegan = warmup.Began
		if !measured {
			r.measureBegan = max(warmup.Ended, warmup.Began)
		}
	}
	if p, ok := phases["close"]; ok {
		r.closing = p.Began
	}
	r.drained = min(r.end, r.closing)
	if p, ok := phases["drain"]; ok && p.Ended > 0 {
		r.drained = p.Ended
	}
}

// setAccounts gathers the members of each account and the level at which it is served.
func (r *record) setAccounts() {
	for n, s := range r.run.Subscribers {
		for len(r.accounts) <= s.Account {
			r.accounts = append(r.accounts, account{})
		}
		a := &r.accounts[s.Account]
		if len(a.members) == 0 {
			a.group, a.name, a.qos = s.Group, s.Client, s.QoS
		}
		a.members = append(a.members, n)
		a.shared = a.shared || s.Shared
		a.qos = min(a.qos, s.QoS, r.subscribers[n].granted)
		switch {
		case a.shared && len(a.members) > 1:
			a.name = fmt.Sprintf("%s (shared by %d)", a.group, len(a.members))
		case len(a.members) == 2:
			a.name += " or its copy"
		}
	}
	for n := range r.accounts {
		r.accounts[n].sessions = r.sessionsOf(n)
	}
}

// effective is the level at which a flow is served end to end [MQTT 5.0 §3.8.4, §4.3], as long as no bridge is on the
// way: see [reach.across].
func (r *record) effective(f *history.Flow) byte {
	return min(r.run.Publishers[f.Publisher].QoS, r.accounts[f.Account].qos)
}

func (r *record) broker(n int) string {
	if n < 0 || n >= len(r.run.Meta.Brokers) {
		return fmt.Sprintf("broker %d", n)
	}
	return r.run.Meta.Brokers[n]
}
