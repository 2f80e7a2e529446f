package history_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

func TestBehind(t *testing.T) {
	type story struct {
		options history.Options
		tell    func(r *history.Recorder)
		want    int
	}
	clean := func(o history.Options) history.Options {
		o.Meta.PersistentSessions = false
		return o
	}
	apart := func(o history.Options) history.Options {
		o.Meta.SharedSessions = false
		return o
	}
	// Broker 0 is a hub; what a publisher takes elsewhere than at its home stays there.
	bridged := func(o history.Options, qos byte) history.Options {
		o.Meta.SharedSessions, o.Meta.BridgeQoS = false, qos
		o.Reaches = func(home, at, to int) bool { return at == to || at == home }
		return o
	}
	copied := func(o history.Options) history.Options {
		o.Publishers[1].Copy = true
		return o
	}
	move := func(r *history.Recorder, seq uint32, broker int) {
		r.Publisher(0).Written(seq, ms(30), ms(30), broker, false)
		r.Publisher(0).Acknowledged(seq, ms(30), ms(30), ms(31), broker, 0)
	}
	subscribe := func(r *history.Recorder, n, broker int, at int) {
		r.Subscriber(n).Connected(ms(at), broker, false, ms(1))
		r.Subscriber(n).Subscribed(ms(at), broker, "")
	}
	publish := func(r *history.Recorder, n int, from, to uint32) {
		for seq := from; seq < to; seq++ {
			sends(r.Publisher(n), seq, ms(2+int(seq)))
			acks(r.Publisher(n), seq, ms(2+int(seq)))
		}
	}
	receive := func(r *history.Recorder, n int, publisher uint32, seqs ...uint32) {
		for _, seq := range seqs {
			receives(r.Subscriber(n), publisher, seq, ms(int(seq)))
		}
	}
	stories := map[string]story{
		"nothing was published": {fleet(2, 2, 1), func(r *history.Recorder) { subscribe(r, 0, 0, 1) }, 0},
		"all of it is missing": {fleet(2, 2, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			subscribe(r, 1, 0, 1)
			publish(r, 0, 0, 3)
			publish(r, 1, 0, 3)
		}, 4},
		"one flow has everything": {fleet(2, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			publish(r, 1, 0, 3)
			receive(r, 0, 0, 0, 1, 2)
			receive(r, 0, 1, 0, 1)
		}, 1},
		"a gap may still be filled": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 2)
		}, 1},
		"at QoS 0 a gap stays": {fleet(1, 1, 0), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 2)
		}, 0},
		"at QoS 0 the last one may come": {fleet(1, 1, 0), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 1)
		}, 1},
		"at QoS 0 what was unsent is not waited for": {fleet(1, 1, 0), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Publisher(0).Unsent(3)
			receive(r, 0, 0, 0, 1, 2)
		}, 0},
		"in doubt is not waited for": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			sends(r.Publisher(0), 3, ms(3))
			r.Publisher(0).InDoubt(3, ms(3), ms(3), ms(9), 0)
			receive(r, 0, 0, 0, 1, 2)
		}, 0},
		"a late acknowledgement is waited for": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 1, 2)
			r.Behind()
			publish(r, 0, 3, 4)
		}, 1},
		"no session, no messages": {fleet(1, 1, 1), func(r *history.Recorder) { publish(r, 0, 0, 3) }, 0},
		"what was published before the subscription is not waited for": {fleet(1, 1, 1), func(r *history.Recorder) {
			publish(r, 0, 0, 3)
			subscribe(r, 0, 0, 5)
		}, 0},
		"but what came after it is": {fleet(1, 1, 1), func(r *history.Recorder) {
			publish(r, 0, 0, 3)
			subscribe(r, 0, 0, 5)
			publish(r, 0, 3, 4)
		}, 1},
		"what was written before it and is recorded after it is not waited for": {fleet(1, 1, 1), func(r *history.Recorder) {
			publish(r, 0, 0, 3)
			subscribe(r, 0, 0, 9)
			publish(r, 0, 3, 5)
		}, 0},
		"but what was written after that is": {fleet(1, 1, 1), func(r *history.Recorder) {
			publish(r, 0, 0, 3)
			subscribe(r, 0, 0, 6)
			publish(r, 0, 3, 5)
		}, 1},
		"a persistent session is waited for while it is away": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
		}, 1},
		"and when it is back": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
			r.Subscriber(0).Connected(ms(20), 1, true, ms(1))
			r.Subscriber(0).Subscribed(ms(20), 1, "")
		}, 1},
		"a lost session is not waited for": {fleet(1, 1, 1), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
			subscribe(r, 0, 1, 20)
		}, 0},
		"a clean session that is away is not waited for": {clean(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
		}, 0},
		"a shared subscription lives while a member does": {shared(clean(fleet(1, 2, 1))), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			subscribe(r, 1, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
			receive(r, 1, 0, 0, 1)
		}, 1},
		"brokers that share nothing: here": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
		}, 1},
		"brokers that share nothing: elsewhere": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
		}, 0},
		"brokers that share nothing: both moved": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			r.Subscriber(0).Disconnected(ms(9), 0, "reset")
			subscribe(r, 0, 1, 20)
			move(r, 3, 1)
		}, 1},
		"brokers that share nothing: the publisher came": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
			move(r, 3, 1)
			receive(r, 0, 0, 3)
		}, 0},
		"brokers that share nothing: the subscriber came back": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
			r.Behind()
			r.Subscriber(0).Disconnected(ms(9), 1, "reset")
			r.Subscriber(0).Connected(ms(20), 0, true, ms(1))
			r.Subscriber(0).Subscribed(ms(20), 0, "")
		}, 1},
		"brokers that share nothing: what was left behind is waited for where it was": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 1)
			move(r, 3, 1)
		}, 1},
		"brokers that share nothing: and nowhere else": {apart(fleet(1, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 1, 2)
			move(r, 3, 1)
		}, 0},
		"bridges: it has to come": {bridged(fleet(1, 1, 1), 1), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 2)
		}, 1},
		"bridges: away from home it stays where it is": {bridged(fleet(1, 1, 1), 1), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 1, 2)
			move(r, 3, 2)
			publish(r, 0, 4, 5)
			receive(r, 0, 0, 4)
		}, 0},
		"bridges: at QoS 0 a gap stays": {bridged(fleet(1, 1, 1), 0), func(r *history.Recorder) {
			subscribe(r, 0, 1, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 2)
		}, 0},
		"bridges: but not where the message does not cross one": {bridged(fleet(1, 1, 1), 0), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			receive(r, 0, 0, 0, 2)
		}, 1},
		"what came by the copy is there": {copied(fleet(2, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			publish(r, 1, 0, 2)
			receive(r, 0, 0, 0, 2)
			receive(r, 0, 1, 1)
		}, 0},
		"what came by neither is not": {copied(fleet(2, 1, 1)), func(r *history.Recorder) {
			subscribe(r, 0, 0, 1)
			publish(r, 0, 0, 3)
			publish(r, 1, 0, 2)
			receive(r, 0, 0, 0)
			receive(r, 0, 1, 1)
		}, 1},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			r := record(t, story.options)
			story.tell(r)
			for range 2 {
				if got := r.Behind(); got != story.want {
					t.Fatalf("%d flows are behind, want %d", got, story.want)
				}
			}
		})
	}
}

// Where sessions last, Behind is what the sets say: an acknowledged message that a subscriber lacks keeps its flow
// behind.
func TestBehindAgreesWithTheRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := record(t, fleet(3, 2, 1))
		for n := range 2 {
			r.Subscriber(n).Connected(ms(1), 0, false, ms(1))
			r.Subscriber(n).Subscribed(ms(1), 0, "")
		}
		next := [3]uint32{}
		for range rapid.IntRange(0, 80).Draw(rt, "steps") {
			publisher := rapid.Uint32Range(0, 2).Draw(rt, "publisher")
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				sends(r.Publisher(int(publisher)), next[publisher], ms(2))
				next[publisher]++
			case 1:
				if n := next[publisher]; n > 0 {
					acks(r.Publisher(int(publisher)), rapid.Uint32Range(0, n-1).Draw(rt, "acknowledged"), ms(2))
				}
			case 2, 3:
				if n := next[publisher]; n > 0 {
					seq := rapid.Uint32Range(0, n-1).Draw(rt, "received")
					receives(r.Subscriber(rapid.IntRange(0, 1).Draw(rt, "subscriber")), publisher, seq, ms(2))
				}
			case 4:
				r.Behind()
			}
		}
		got, want := r.Behind(), 0
		run := finish(t, r)
		for _, f := range run.Flows {
			if !run.Publishers[f.Publisher].Acknowledged.Minus(f.Delivered).IsEmpty() {
				want++
			}
		}
		if got != want {
			rt.Fatalf("%d flows are behind, want %d", got, want)
		}
	})
}
