package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// detectionSlack is added to the two keepalives that the detection of a dead peer may take, for timers and scheduling.
const detectionSlack = time.Second

// exitNoticed is how late the end of a broker's process may be noticed: an engine of containers tells of it in its
// time.
const exitNoticed = 3 * time.Second

// outages lists, in order of time, each span while load was offered or drained in which a client was not served: from
// the time it knew its connection to be dead, or from the start of the load where it had none, to its next CONNACK, for
// a subscriber its next SUBACK. The end of the run is no outage, and a run that was over before any load was offered
// has none: nobody had to be connected.
//
// A client that its plan has away is served as it wants to be: its absence ends an outage. Called back it has an outage
// from that call on if it does not come: if an attempt fails, or it is not served for longer than a client takes to
// notice that its peer is dead.
//
// An outage names the injections that it overlaps, with the time that detection may take, provided that one of them was
// in force when it began: one that began on its own and lasted into a fault is not explained by it.
func (r *record) outages() []Outage {
	var list []Outage
	if !r.loaded {
		return nil
	}
	for n := range r.publishers {
		if r.publishers[n].device == 0 { // else it is served when it has its subscription as well
			list = r.appendOutages(list, &r.publishers[n])
		}
	}
	for n := range r.subscribers {
		list = r.appendOutages(list, &r.subscribers[n])
	}
	slices.SortFunc(list, func(a, b Outage) int {
		return cmp.Or(cmp.Compare(a.Began, b.Began), compareRefs(a.Client, b.Client))
	})
	return list
}

// compareRefs puts publishers in front of subscribers.
func compareRefs(a, b history.ClientRef) int {
	return cmp.Or(compareBool(a.Subscriber, b.Subscriber), cmp.Compare(a.Number, b.Number))
}

func (r *record) appendOutages(list []Outage, c *client) []Outage {
	home := r.broker(r.home(c.ref))
	open := &Outage{Client: c.ref, Name: c.name, Broker: home, Began: r.loadBegan, Cause: "never connected"}
	called := false // the outage would have begun with a call
	closeAt := func(ended time.Duration) {
		if open == nil {
			return
		}
		open.Ended = ended
		until := ended
		if until < 0 {
			until = r.closing
		}
		came := called && !c.failed(open.Began, until) && (ended >= 0 || until-open.Began <= r.grace)
		if !came && open.Began < r.closing && (ended < 0 || ended > r.loadBegan) {
			open.Injections = r.explain(open.Began, ended)
			list = append(list, *open)
		}
		open, called = nil, false
	}
	absences := c.absences
	// away plays the absences up to t.
	away := func(t time.Duration) {
		for len(absences) > 0 && absences[0].left <= t {
			a := absences[0]
			absences = absences[1:]
			closeAt(a.left)
			if a.called == forever {
				continue
			}
			open = &Outage{Client: c.ref, Name: c.name, Broker: home, Began: a.called, Cause: "called back and did not come"}
			called = true
		}
	}
	for _, x := range c.connections {
		away(x.began)
		if served := x.served(c.ref.Subscriber); served >= 0 {
			closeAt(served)
		} else if open != nil && open.Cause == "never connected" {
			open.Cause = "never subscribed"
		}
		if open == nil && x.ended != forever && !x.left {
			open = &Outage{Client: c.ref, Name: c.name, Broker: r.broker(x.broker), Began: x.ended, Cause: x.cause}
		}
		if x.left {
			// What it missed from here on, it did not want.
			closeAt(x.ended)
		}
	}
	away(forever)
	closeAt(-1)
	return list
}

func (r *record) home(c history.ClientRef) int {
	if c.Subscriber {
		return r.run.Subscribers[c.Number].Home
	}
	return r.run.Publishers[c.Number].Home
}

// explain lists the injections that explain an outage; ended is -1 where it lasted until the end.
func (r *record) explain(began, ended time.Duration) []int {
	if ended < 0 {
		ended = forever
	}
	var list []int
	explained := false
	for i, s := range r.spells {
		if s.overlaps(began, ended, r.grace) {
			list = append(list, i)
			explained = explained || s.holds(began, r.grace)
		}
	}
	if !explained {
		return nil
	}
	return list
}

// outageFindings fails a run in which clients were cut off though no fault was in force. Where the broker's process had
// ended by itself, that is judged as such (see brokerFindings) and the outage is its consequence. A server gives a client
// up after one and a half keepalives [MQTT-3.1.2-22], so that a generator that was held up for half of one may have been
// the reason.
func (r *record) outageFindings(outages []Outage, g *Generator) []Finding {
	var unexplained []Outage
	for _, o := range outages {
		if len(o.Injections) == 0 && !r.brokerGone(o) {
			unexplained = append(unexplained, o)
		}
	}
	if len(unexplained) == 0 {
		return nil
	}
	first := unexplained[0]
	cause := strings.TrimSpace(first.Cause)
	if cause == "" {
		cause = "no cause given"
	}
	lasted := "never came back"
	if first.Ended >= 0 {
		lasted = fmt.Sprintf("back at %s", Moment(first.Ended))
	}
	verdict, own := Fail, ""
	if held := g.heldUp(); held > 0 && held >= r.run.Meta.Keepalive/2 && r.run.Meta.Keepalive > 0 {
		verdict = Inconclusive
		own = fmt.Sprintf("; mqbench itself was held up for up to %s, half a keepalive or more, so that the broker may have given up its clients",
			Span(held))
	}
	return []Finding{{
		Name: "unexplained outages", Verdict: verdict,
		Detail: fmt.Sprintf("%s while no fault was in force; first: %s lost %s at %s (%s), %s%s",
			count(uint64(len(unexplained)), "time a client was cut off", "times clients were cut off"),
			first.Name, first.Broker, Moment(first.Began), cause, lasted, own),
	}}
}

// brokerGone says whether an outage began when a broker's process had ended without our doing: its own broker's, or
// where the brokers act as one any, since the loss of one is felt at the others. The clients' sockets and the process
// are watched apart: either may be first to know, and a client that goes on to another broker may be back before.
func (r *record) brokerGone(o Outage) bool {
	for _, b := range r.run.Brokers {
		if b.Name != o.Broker && !r.together {
			continue
		}
		for _, e := range b.Exits {
			if !e.Expected && e.At <= o.Began+r.grace && (o.Ended < 0 || e.At <= o.Ended+exitNoticed) {
				return true
			}
		}
	}
	return false
}
