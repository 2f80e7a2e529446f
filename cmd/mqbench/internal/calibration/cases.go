package calibration

import (
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// middle is a message in the middle of a small case.
const middle = 20

// small makes a small experiment: one publisher, fifty messages, one subscriber, persistent sessions, MQTT 5.0. The
// messages are 20 ms apart, so that what a rule does at one of them is over before the next.
func small(name string, qos scenarios.QoS, rules ...faulty.Rule) experiment {
	return experiment{
		name: name, protocol: scenarios.Protocol5, session: scenarios.SessionPersistent,
		keepalive: longKeepalive, window: 200,
		publishers:  []scenarios.PublisherGroup{publishers("p", 1, qos, 50)},
		subscribers: []scenarios.SubscriberGroup{subscribers("s", 1, qos)},
		plan:        func(int) faulty.Plan { return faulty.Plan{Rules: rules} },
		measure:     time.Second, drain: 700 * time.Millisecond,
	}
}

func publishers(name string, count int, qos scenarios.QoS, rate scenarios.Rate) scenarios.PublisherGroup {
	return scenarios.PublisherGroup{
		Name: name, Count: count, Brokers: scenarios.PlacementSpread, Topic: "calibrate/{name}/{n}", QoS: qos, Rate: rate,
		Arrival: scenarios.ArrivalConstant, Payload: 64,
	}
}

func subscribers(name string, count int, qos scenarios.QoS) scenarios.SubscriberGroup {
	return scenarios.SubscriberGroup{
		Name: name, Count: count, Brokers: scenarios.PlacementSpread, Filter: "calibrate/#", QoS: qos,
	}
}

// at is a rule for single messages, counted from 1.
func at(kind faulty.Kind, numbers ...int) faulty.Rule {
	return faulty.Rule{Match: faulty.Match{Numbers: numbers}, Action: faulty.Action{Kind: kind}}
}

// every is a rule for all messages.
func every(kind faulty.Kind) faulty.Rule { return faulty.Rule{Action: faulty.Action{Kind: kind}} }

// failing marks an experiment as one that has to fail by itself.
func failing(e experiment) experiment {
	e.verdict = check.Fail
	return e
}

// on311 makes an experiment speak MQTT 3.1.1.
func on311(e experiment) experiment {
	e.name += ", MQTT 3.1.1"
	e.protocol = scenarios.Protocol311
	return e
}

// clean is an experiment without persistent sessions.
func clean(e experiment) experiment {
	e.session = scenarios.SessionClean
	return e
}

// to gives an experiment other subscribers.
func to(e experiment, groups ...scenarios.SubscriberGroup) experiment {
	e.subscribers = groups
	return e
}

// losses are the cases in which messages do not arrive.
func losses() []experiment {
	nothing := small("nothing acknowledged, nothing delivered", 1, every(faulty.Silence), every(faulty.Drop))
	nothing.verdict = check.Inconclusive
	last := small("drop acknowledged, last three", 1)
	last.plan = func(n int) faulty.Plan { return faulty.Plan{Rules: []faulty.Rule{at(faulty.Drop, n-2, n-1, n)}} }
	one := at(faulty.Drop, middle)
	one.Match.Subscriber = "-s-2"
	lowered := small("granted QoS lower than asked for, one dropped", 1, at(faulty.Drop, middle))
	lowered.plan = func(int) faulty.Plan {
		return faulty.Plan{
			Rules:  []faulty.Rule{at(faulty.Drop, middle)},
			Grants: []faulty.Grant{{QoS: 0}},
		}
	}
	return []experiment{
		small("nothing wrong, QoS 0", 0),
		small("nothing wrong, QoS 1", 1),
		small("nothing wrong, QoS 2", 2),
		on311(small("nothing wrong, QoS 2", 2)),
		failing(small("drop acknowledged, first two", 1, at(faulty.Drop, 1, 2))),
		failing(small("drop acknowledged, middle", 1, at(faulty.Drop, middle))),
		failing(on311(small("drop acknowledged, middle, QoS 2", 2, at(faulty.Drop, middle)))),
		last,
		failing(to(small("drop for one of two subscribers", 1, one), subscribers("s", 2, 1))),
		small("drop before acknowledging", 1, at(faulty.Drop, middle, middle+1), at(faulty.Silence, middle, middle+1)),
		small("drop QoS 0", 0, at(faulty.Drop, 1, middle, middle+5)),
		lowered,
		nothing,
		failing(to(small("shared subscription, one dropped", 1, at(faulty.Drop, middle)), shared(3))),
	}
}

// shared is a shared subscription.
func shared(members int) scenarios.SubscriberGroup {
	g := subscribers("s", members, 1)
	g.Share = "group"
	return g
}

// duplicates are the cases in which messages arrive again, or were never sent.
func duplicates() []experiment {
	again := func(dup bool, numbers ...int) faulty.Rule {
		return faulty.Rule{
			Match: faulty.Match{Numbers: numbers}, Action: faulty.Action{Kind: faulty.Duplicate, Dup: dup, Copies: 2},
		}
	}
	forged := func(mangle func([]byte) []byte) faulty.Rule {
		r := at(faulty.Forge, middle, middle+3)
		r.Action.Mangle = mangle
		return r
	}
	redelivered := at(faulty.Redeliver, middle)
	redelivered.Action.Copies = 2
	return []experiment{
		small("duplicate QoS 0", 0, again(false, middle)),
		small("duplicate QoS 1, DUP 0", 1, again(false, 1, middle)),
		on311(small("duplicate QoS 1, DUP 1", 1, again(true, 1, middle))),
		failing(small("duplicate QoS 2, DUP 0", 2, again(false, middle))),
		failing(small("duplicate QoS 2, DUP 1", 2, again(true, middle))),
		small("1, 2, 3, 2, 3, 4", 1, redelivered),
		to(small("duplicate on a shared subscription", 1, again(false, middle)), shared(3)),
		failing(small("message of another run", 1, forged(foreign))),
		failing(small("corrupted payload", 1, forged(faulty.Corrupt))),
		failing(on311(small("truncated payload", 0, forged(faulty.Truncate)))),
	}
}

// orders are the cases in which messages change places or are late.
func orders() []experiment {
	late := at(faulty.Delay, middle, 45)
	late.Action.Delay = 300 * time.Millisecond
	across := every(faulty.SwapAcross)
	across.Match = faulty.Match{Every: 3}
	two := small("change places across topics", 1, across)
	two.publishers = []scenarios.PublisherGroup{publishers("p", 2, 1, 50)}
	return []experiment{
		small("swap neighbours, QoS 0", 0, at(faulty.Swap, 1, middle)),
		small("swap neighbours, QoS 1", 1, at(faulty.Swap, 1, middle)),
		on311(small("swap neighbours, QoS 2", 2, at(faulty.Swap, 1, middle))),
		to(small("swap on a shared subscription", 1, at(faulty.Swap, 1, middle)), shared(2)),
		two,
		small("late, but before the end of the drain", 1, late),
	}
}

// answers are the cases in which publishers get another answer than they should.
func answers() []experiment {
	reason := func(code byte) faulty.Rule {
		r := at(faulty.Answer, 1, middle)
		r.Action.Reason = code
		return r
	}
	slow := at(faulty.AnswerLate, middle, middle+1)
	slow.Action.Delay = 200 * time.Millisecond
	drop := at(faulty.Drop, 1, middle)
	return []experiment{
		small("acknowledged late", 1, slow),
		small("acknowledged late, QoS 2", 2, slow),
		small("never acknowledged, delivered", 1, at(faulty.Silence, 1, middle)),
		on311(small("never acknowledged, delivered, QoS 2", 2, at(faulty.Silence, 1, middle))),
		small("0x10, delivered", 1, reason(0x10)),
		failing(small("0x10, not delivered", 1, reason(0x10), drop)),
		small("refused with 0x80, not delivered", 1, reason(0x80), drop),
		small("refused with 0x97, delivered", 1, reason(0x97)),
		small("refused with 0x97, not delivered, QoS 2", 2, reason(0x97), drop),
	}
}
