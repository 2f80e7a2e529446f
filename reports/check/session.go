package check

import (
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// A session is the time in which a broker, or a group of brokers that share their sessions, owed a subscriber what was
// published: from the SUBACK until the subscriber was told that it is gone.
//
//	CONNACK SP=0 → SUBACK  |  SP=1  |   cut off   | CONNACK SP=0 → SUBACK
//	               [────────────────┼─────────────)                [──────
//	               from             known         until
//
// A subscriber that leaves with a clean session, or unsubscribes, because its plan says so ends it itself. A persistent
// session goes on while its client is away. If the client returns to find SessionPresent=0, the session
// was lost at some time since the disconnection; up to that answer the client could rely on it, so what was published
// until then is owed. A clean session ends with its connection [MQTT 5.0 §3.1.2.4, §3.1.2.11.2, §4.1].
//
// Where brokers do not share their sessions each keeps its own: a client that moves gets a new one and leaves the old
// one behind. If it comes back and finds that, it has gone on all the time; if it does not, it ended for the client
// with the answer of the broker to which it had moved.
type session struct {
	member int
	domain int
	from   time.Duration
	// until is forever where the session was never known to be lost, and known when its last connection ended.
	until, known time.Duration
	// tail is the time from which the session's last connection served it.
	tail time.Duration
	// parted is true where the subscriber ended it itself, by its plan: it left with a clean session, or unsubscribed.
	parted bool
}

func (s session) lost() bool { return s.until != forever }

func newSession(member, domain int, from time.Duration) session {
	return session{member: member, domain: domain, from: from, until: forever, known: forever, tail: from}
}

// part ends a session by the subscriber's own wish.
func (s *session) part(at time.Duration) { s.until, s.known, s.parted = at, at, true }

// sessions lists the sessions of one subscriber in order of their beginning.
func (r *record) sessions(member int) []session {
	var list []session
	open := make(map[int]int)           // by domain: the index in list
	told := make(map[int]time.Duration) // by domain: when the client, away from there, was first told SessionPresent=0
	for _, x := range r.subscribers[member].connections {
		d := r.domain(x.broker)
		if x.present {
			delete(told, d)
		} else {
			for away := range open {
				if _, already := told[away]; !already {
					told[away] = x.began
				}
			}
			if i, ok := open[d]; ok {
				list[i].until = told[d]
				delete(open, d)
			}
			delete(told, d)
		}
		if i, ok := open[d]; ok {
			list[i].tail, list[i].known = x.began, forever
		} else if x.subscribed >= 0 {
			open[d] = len(list)
			list = append(list, newSession(member, d, x.subscribed))
		}
		for _, p := range x.pauses {
			if i, ok := open[d]; ok {
				list[i].part(p.began)
				delete(open, d)
			}
			if p.ended != forever {
				open[d] = len(list)
				list = append(list, newSession(member, d, p.ended))
			}
		}
		i, ok := open[d]
		if !ok || x.ended == forever || x.left && !x.away {
			continue
		}
		list[i].known = x.ended
		if !r.run.Meta.PersistentSessions {
			list[i].until, list[i].parted = x.ended, x.away
			delete(open, d)
		}
	}
	for d, i := range open {
		if at, ok := told[d]; ok {
			list[i].until = at
		}
	}
	return list
}

// sessionsOf lists the sessions of all members of an account.
func (r *record) sessionsOf(account int) []session {
	var list []session
	for _, m := range r.accounts[account].members {
		list = append(list, r.sessions(m)...)
	}
	return list
}

// A fate is what became of a message that an account did not receive, the later in this list the more was to be
// expected of it.
type fate int

const (
	// fateMissed: nobody owed it, because the account had no session that it could reach when it was sent.
	fateMissed fate = iota
	// fateDeclared: it was owed, and the subscriber was told that the session that owed it was gone.
	fateDeclared
	// fateSilent: it was owed, and nobody said anything.
	fateSilent
	// fateOpen: it was owed and may still be under way, or the record does not say when it was written.
	fateOpen
)

// An undelivered message of a flow, with its surroundings.
type undelivered struct {
	publisher int
	sequence  uint32
	detail    history.Detail
	known     bool // the journals know the detail
	// followed is true where a later message of the flow was delivered, so that this one is not of the missing suffix.
	followed bool
	// effective is the level at which the flow is served where no bridge is on the way.
	effective byte
	// next is when the publisher was done with the next delivered message, so that it never sent it again; -1 where
	// there is none, where that is not known, or where another broker took that one, by another way.
	next time.Duration
}

// A sentence is the fate of a message, the level at which it was owed, and for a declared loss when the connection of
// the session ended.
type sentence struct {
	fate      fate
	effective byte
	lostAt    time.Duration
	// parted is true for a missed message that a session owed which its subscriber ended by plan a little later; blind
	// where that session was so short that all it owed may be taken to have been under way then.
	parted, blind bool
}

// fateOf decides what became of an undelivered message. Its time is that of the first write: a broker can have taken it
// from then on. It is owed by the sessions that lived then and that it could reach from the broker that took it.
//
// What is missing in a session that still lives may be under way when the drain ends at its deadline; see underWay.
//
// A session's loss explains what is missing at its end. It does not explain a message that was written during the
// session's last connection when a later one was delivered before that ended: that one had been passed over already,
// and nobody said so. Of messages that came over bridges nobody knows which was delivered before that: the later one
// may have come to the session that followed.
//
// Where several sessions owed it to the account, each on its own, the one decides from which the most was to be
// expected. Of a shared subscription any one member may have been chosen for it [MQTT 5.0 §4.8.2]: the loss of one
// session declares it.
func (r *record) fateOf(m undelivered, a *account) sentence {
	if !m.known {
		return r.fateWithoutTime(m, a)
	}
	v := sentence{fate: fateMissed}
	declared, parted := false, false
	for _, s := range a.sessions {
		if m.detail.Written < s.from || m.detail.Written >= r.servedUntil(s, a) || !r.reaches(m.publisher, m.detail.Broker, s.domain) {
			continue
		}
		effective := r.across(m.effective, m.detail.Broker, s.domain)
		fate := r.fateIn(s, m, effective, a)
		if fate == fateDeclared {
			declared = true
			v.lostAt = max(v.lostAt, s.known)
		}
		parted = parted || fate == fateMissed
		v.blind = v.blind || fate == fateMissed && s.until-s.from <= r.underWayFor
		v.fate, v.effective = max(v.fate, fate), max(v.effective, effective)
	}
	switch {
	case a.shared && v.fate == fateSilent && declared:
		v.fate = fateDeclared
	case a.shared && v.fate == fateSilent && parted:
		v.fate = fateMissed // It was under way to the member that left.
	}
	v.parted = parted && v.fate == fateMissed
	v.blind = v.blind && v.parted
	return v
}

// fateIn decides what became of a message that a session owed at a level.
func (r *record) fateIn(s session, m undelivered, effective byte, a *account) fate {
	passedOver := m.detail.Written >= s.tail && m.next >= 0 && m.next < s.known && !r.bridges(m.detail.Broker, s.domain)
	// What one member lacks another may have received: a member that is away may still hold it.
	away := (a.shared || len(a.members) > 1) && !r.subscribers[s.member].up()
	switch {
	case s.parted && a.shared && passedOver && s.until-m.detail.Written <= r.longestWay:
		return fateMissed // Another member may have had the later one.
	case s.parted && !passedOver:
		return r.fateAtParting(s, m, effective)
	case s.parted:
		return fateSilent
	case s.lost() && (a.shared || !passedOver):
		return fateDeclared
	case !s.lost() && (away || r.underWay(m, effective)):
		return fateOpen
	default:
		return fateSilent
	}
}

// fateAtParting decides what became of a message that was still missing when the subscriber left by plan, or
// unsubscribed. It may have been under way then, as long as messages of this run were: nobody lost that one, and it came
// too late. One that was older is lost, unless a fault has held it up.
func (r *record) fateAtParting(s session, m undelivered, effective byte) fate {
	switch {
	case s.until-m.detail.Written <= r.underWayFor:
		return fateMissed
	case effective > 0 && r.disturbed(m.detail.Written):
		return fateOpen
	default:
		return fateSilent
	}
}

// servedUntil is when a session ends for those that publish. A member of a shared subscription that leaves by plan may
// be chosen for messages until the server knows that it has gone, which takes as long as a message.
func (r *record) servedUntil(s session, a *account) time.Duration {
	if a.shared && s.parted {
		return s.until + r.longestWay
	}
	return s.until
}

// partingSlack is added to the longest way that a message was seen to take.
const partingSlack = time.Second

// setUnderWay finds out how long messages of the run may be under way: as long as the one that took longest.
func (r *record) setUnderWay() {
	for _, metrics := range r.run.Latencies {
		if h := metrics[history.EndToEnd]; h != nil && h.TotalCount() > 0 {
			r.longestWay = max(r.longestWay, time.Duration(h.Max()))
		}
	}
	r.underWayFor = r.longestWay + partingSlack
}

// settling is what choosing who sends again may take on top of the time after which it is done.
const settling = 10 * time.Second

// patienceFor is how old a message has to be before its absence after a fault is final: brokers that do not send again
// on reconnect, as the standard has it [MQTT 5.0 §4.4], but when a timer of theirs runs out, need the time of that, and
// some more.
func patienceFor(redelivery time.Duration) time.Duration { return redelivery + settling }

// underWay says whether a message that is missing in a living session may still be delivered. Behind the last delivery
// of its flow it may, because the drain ended while it was waited for. In front of it deliveries come in order [MQTT
// 5.0 §4.6], and a gap is final; but where a fault was in force since the message was written, brokers were seen to
// deliver what was in flight half a minute later, behind everything else, and calling that lost takes patience. QoS 0
// is never sent again.
func (r *record) underWay(m undelivered, effective byte) bool {
	if !m.followed {
		return true
	}
	return effective > 0 && r.disturbed(m.detail.Written) && r.drained-m.detail.Written < r.patience
}

// disturbed says whether a fault was in force at t or later.
func (r *record) disturbed(t time.Duration) bool {
	return slices.ContainsFunc(r.spells, func(s spell) bool { return !s.none && (s.ended == forever || s.ended+r.grace >= t) })
}

// fateWithoutTime decides where the journals do not know the message, as after a crash: for certain only where one
// session that every broker can reach lasted through the whole load and nothing disturbed it, or there was none at all.
func (r *record) fateWithoutTime(m undelivered, a *account) sentence {
	if len(a.sessions) == 0 {
		return sentence{fate: fateMissed}
	}
	only := a.sessions[0]
	certain := len(a.sessions) == 1 && r.always(m.publisher, only.domain)
	if certain && m.followed && !only.lost() && only.from <= r.loadBegan && !r.disturbed(0) {
		effective := m.effective
		for at := range r.topology.Nodes {
			effective = min(effective, r.across(m.effective, at, only.domain))
		}
		return sentence{fate: fateSilent, effective: effective}
	}
	return sentence{fate: fateOpen}
}
