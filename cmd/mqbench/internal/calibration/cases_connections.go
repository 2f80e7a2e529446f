package calibration

import (
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/stamp"
)

// foreign makes of a payload the same message of another run, as a broker would deliver it that kept it from there.
func foreign(payload []byte) []byte {
	s, err := stamp.Read(payload)
	if err != nil {
		return faulty.Corrupt(payload)
	}
	s.Run++
	other := make([]byte, len(payload))
	s.Put(other)
	return other
}

// wait is the time between a message and the end of a connection: that the message was sent before it is then beyond
// doubt.
const wait = 15 * time.Millisecond

// closed is the message behind which connections end.
const closed = 8

// away is how long a client whose connection was ended is refused.
const away = 130 * time.Millisecond

// shutting is a rule that closes connections behind one message.
func shutting(who faulty.Kind, fate faulty.Fate) faulty.Rule {
	r := at(who, closed)
	r.Action.Session, r.Action.Delay, r.Action.Wait = fate, away, wait
	return r
}

// connections are the cases in which connections and sessions come to harm. That no fault was injected makes each
// outage one that nothing explains, and the run fails for it.
func connections() []experiment {
	stalled := at(faulty.Stall, middle)
	stalled.Action.Delay = 250 * time.Millisecond
	refusing := small("CONNECT refused at first", 1)
	refusing.plan = func(int) faulty.Plan { return faulty.Plan{Refusals: []faulty.Refusal{{Times: 2}}} }
	list := []experiment{
		small("stall", 1, stalled),
		refusing,
		flapping(small("subscription flaps", 1)),
		// The first one comes in an absence of the subscription, the others in the middle of a presence each.
		failing(flapping(on311(small("subscription flaps, messages dropped", 1, at(faulty.Drop, 5, 43, 93, 118))))),
		churning(small("clients come and go, sessions kept", 1)),
		churning(on311(small("clients come and go, sessions kept, QoS 2", 2))),
	}
	for _, e := range []experiment{
		small("subscriber closed, session kept", 1, shutting(faulty.CloseSubscriber, faulty.Keep)),
		on311(small("subscriber closed, session kept, QoS 2", 2, shutting(faulty.CloseSubscriber, faulty.Keep))),
		small("subscriber closed, QoS 0", 0, shutting(faulty.CloseSubscriber, faulty.Keep)),
		small("subscriber closed, session forgotten", 1,
			at(faulty.Drop, closed-1, closed), shutting(faulty.CloseSubscriber, faulty.Forget)),
		small("subscriber closed, messages gone, SessionPresent=1", 1,
			shutting(faulty.CloseSubscriber, faulty.Pretend)),
		clean(small("subscriber closed, clean session, comes late", 1,
			at(faulty.Drop, closed-1, closed), shutting(faulty.CloseSubscriber, faulty.Keep))),
		small("publisher closed, session kept", 1,
			at(faulty.Silence, closed-2, closed), shutting(faulty.ClosePublisher, faulty.Keep)),
		on311(small("publisher closed, session kept, QoS 2", 2,
			at(faulty.Silence, closed-2, closed), shutting(faulty.ClosePublisher, faulty.Keep))),
		small("publisher closed, session forgotten", 1,
			at(faulty.Silence, closed-2, closed), shutting(faulty.ClosePublisher, faulty.Forget)),
		clean(small("publisher closed, clean session", 2,
			at(faulty.Silence, closed-2, closed), shutting(faulty.ClosePublisher, faulty.Keep))),
	} {
		list = append(list, failing(slowly(e)))
	}
	return list
}

// flapping has the subscriber unsubscribe and subscribe again and again.
func flapping(e experiment) experiment {
	e.subscribers[0].Flap = &scenarios.Flap{Every: 500 * time.Millisecond, For: 200 * time.Millisecond}
	e.measure = 3 * time.Second
	return e
}

// churning has publishers and the subscriber come and go; one more subscriber comes late.
func churning(e experiment) experiment {
	churn := &scenarios.Churn{
		Stay: scenarios.Span{Min: 300 * time.Millisecond, Max: 600 * time.Millisecond},
		Away: scenarios.Span{Min: 100 * time.Millisecond, Max: 300 * time.Millisecond}, Leave: scenarios.LeaveDisconnect,
	}
	e.publishers[0].Churn, e.publishers[0].Count, e.subscribers[0].Churn = churn, 3, churn
	late := subscribers("late", 1, e.subscribers[0].QoS)
	late.Join = &scenarios.Join{At: 700 * time.Millisecond}
	e.subscribers = append(e.subscribers, late)
	e.measure = 3 * time.Second
	return e
}

// slowly leaves a tenth of a second between messages, because what is compared is on which side of the end of a
// connection, and of the client's return, each was sent: both lie in the middle between two messages.
func slowly(e experiment) experiment {
	e.publishers[0].Rate = 10
	e.measure = 1500 * time.Millisecond
	return e
}

// together is everything at once, under load: publishers at three levels, and four subscribers that get
// all of it. What concerns the beginning and the end of sessions has a publisher and a subscriber of its own: when
// messages come all the time no clock can tell which were sent just before an end and which just behind it.
func together(count int) experiment {
	e := small("all together, under load", 1)
	e.alone = true
	slow := publishers("slow", 1, 1, 5)
	slow.Topic = "sessions/{n}"
	e.publishers = []scenarios.PublisherGroup{
		publishers("p", count/2, 1, 20), publishers("q", count*3/10, 0, 20), publishers("r", count/5, 2, 20), slow,
	}
	sessions := subscribers("sessions", 1, 1)
	sessions.Filter = "sessions/#"
	e.subscribers = []scenarios.SubscriberGroup{subscribers("s", 3, 2), shared(2), sessions}
	e.plan = func(int) faulty.Plan { return faulty.Plan{Rules: rulesTogether()} }
	e.measure, e.drain, e.verdict = 4*time.Second, 2500*time.Millisecond, check.Fail
	return e
}

// rulesTogether has periods without common factors, so that the anomalies meet in ever new combinations.
func rulesTogether() []faulty.Rule {
	loaded := func(period int, a faulty.Action) faulty.Rule {
		return faulty.Rule{Match: faulty.Match{Topic: "calibrate/#", Every: period}, Action: a}
	}
	once := func(topic string, number int, a faulty.Action) faulty.Rule {
		return faulty.Rule{Match: faulty.Match{Topic: topic, Numbers: []int{number}}, Action: a}
	}
	rules := []faulty.Rule{
		loaded(23, faulty.Action{Kind: faulty.Drop}),
		loaded(29, faulty.Action{Kind: faulty.Duplicate}),
		loaded(31, faulty.Action{Kind: faulty.Duplicate, Dup: true, Copies: 2}),
		loaded(37, faulty.Action{Kind: faulty.Swap}),
		loaded(41, faulty.Action{Kind: faulty.Redeliver, Copies: 3}),
		loaded(43, faulty.Action{Kind: faulty.SwapAcross}),
		loaded(47, faulty.Action{Kind: faulty.Delay, Delay: 80 * time.Millisecond}),
		loaded(53, faulty.Action{Kind: faulty.Forge, Mangle: foreign}),
		loaded(59, faulty.Action{Kind: faulty.Forge, Mangle: faulty.Corrupt}),
		loaded(17, faulty.Action{Kind: faulty.Answer, Reason: 0x97}),
		loaded(19, faulty.Action{Kind: faulty.Answer, Reason: 0x10}),
		loaded(61, faulty.Action{Kind: faulty.Silence}),
		loaded(67, faulty.Action{Kind: faulty.AnswerLate, Delay: 60 * time.Millisecond}),
		once("calibrate/p/7", 30, faulty.Action{Kind: faulty.Stall, Delay: 200 * time.Millisecond}),
		once("calibrate/p/3", 40, faulty.Action{Kind: faulty.ClosePublisher, Session: faulty.Keep}),
		once("calibrate/r/5", 44, faulty.Action{Kind: faulty.ClosePublisher, Session: faulty.Keep}),
		once("calibrate/q/5", 50, faulty.Action{Kind: faulty.ClosePublisher, Session: faulty.Keep}),
		once("calibrate/p/9", 50, faulty.Action{Kind: faulty.ClosePublisher, Session: faulty.Forget}),
		once("sessions/1", 5, faulty.Action{Kind: faulty.Drop}),
		once("sessions/1", 5, faulty.Action{
			Kind: faulty.CloseSubscriber, Session: faulty.Forget, Wait: wait, Delay: 270 * time.Millisecond}),
		once("sessions/1", 15, faulty.Action{
			Kind: faulty.CloseSubscriber, Session: faulty.Pretend, Wait: wait, Delay: 270 * time.Millisecond}),
	}
	closing := once("calibrate/p/11", 55, faulty.Action{
		Kind: faulty.CloseSubscriber, Session: faulty.Keep, Delay: 100 * time.Millisecond})
	closing.Match.Subscriber = "-s-2"
	return append(rules, closing)
}

// volume is a long clean run at QoS 0 and 1, in which nothing may be reported that was not done.
func volume(messages int) experiment {
	const count, rate = 50, 600
	e := small("clean run, nothing wrong", 1)
	e.alone = true
	e.publishers = []scenarios.PublisherGroup{publishers("p", count/2, 0, rate), publishers("q", count/2, 1, rate)}
	e.measure = time.Duration(float64(messages) / (count * rate) * float64(time.Second))
	e.drain = time.Minute
	return e
}
