package history_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

// fault applies a fault at a time to brokers and returns its number.
func fault(r *history.Recorder, at time.Duration, targets ...int) int {
	n := r.BeginInjection(history.Injection{Fault: "kill", Targets: targets, Began: at - ms(1)})
	r.Applied(n, at, nil)
	return n
}

// resumed lists, by injection, when client 0 of the kind was served again.
func resumed(run *history.Run, subscriber bool) map[int]time.Duration {
	at := map[int]time.Duration{}
	for _, m := range run.Resumptions {
		if m.Client == (history.ClientRef{Subscriber: subscriber}) {
			at[m.Injection] = m.At
		}
	}
	return at
}

func TestPublisherResumesWithAMessageFromAfterTheFault(t *testing.T) {
	r := record(t, fleet(1, 0, 1))
	p := r.Publisher(0)
	sends(p, 0, ms(90))
	fault(r, ms(100), 0)
	// First sent before the fault: its acknowledgement proves nothing, however late it comes.
	p.Acknowledged(0, ms(90), ms(90), ms(150), 0, 0)
	p.Written(1, ms(120), ms(200), 1, false)
	p.Refused(1, ms(120), ms(200), ms(210), 1, 0x97)
	p.Written(2, ms(130), ms(220), 1, false)
	fault(r, ms(230), 1)
	p.Acknowledged(2, ms(130), ms(220), ms(240), 1, 0)
	p.Written(3, ms(250), ms(250), 1, false)
	p.Acknowledged(3, ms(250), ms(250), ms(260), 1, 0)
	p.Written(4, ms(270), ms(270), 1, false)
	p.Acknowledged(4, ms(270), ms(270), ms(280), 1, 0)
	if diff := cmp.Diff(map[int]time.Duration{0: ms(240), 1: ms(260)}, resumed(finish(t, r), false)); diff != "" {
		t.Errorf("resumptions (-want +got):\n%s", diff)
	}
}

func TestOneMessageEndsOverlappingFaults(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	fault(r, ms(100), 0)
	fault(r, ms(120), 1)
	// A call may come back out of order.
	fault(r, ms(110), 2)
	receives(r.Subscriber(0), 0, 0, ms(105))
	receives(r.Subscriber(0), 0, 1, ms(115))
	receives(r.Subscriber(0), 0, 2, ms(200))
	want := map[int]time.Duration{0: ms(107), 2: ms(117), 1: ms(202)}
	if diff := cmp.Diff(want, resumed(finish(t, r), true)); diff != "" {
		t.Errorf("resumptions (-want +got):\n%s", diff)
	}
}

func TestWhoIsNeverServedNeverResumes(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	fault(r, ms(100), 0)
	receives(r.Subscriber(0), 0, 0, ms(50))
	r.Subscriber(0).Received(history.Receipt{Sequence: 9, Intended: ms(200), Sent: ms(200), Retain: true}, nil, ms(300))
	r.Subscriber(0).EndBatch()
	if got := finish(t, r).Resumptions; len(got) != 0 {
		t.Errorf("resumptions %v", got)
	}
}

func TestQoS0PublisherResumes(t *testing.T) {
	// Each story begins with the publisher connected to broker 0 since 10 ms and a fault that is applied at 100 ms.
	stories := map[string]struct {
		targets []int
		tell    func(r *history.Recorder, p *history.PublisherLog)
		want    []time.Duration
	}{
		"on a new connection": {[]int{0}, func(_ *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(101))
			p.Disconnected(ms(102), 0, "reset")
			p.Connected(ms(150), 1, true, ms(1))
			sends(p, 1, ms(160))
			sends(p, 2, ms(170))
		}, []time.Duration{ms(160)}},
		"to a broker that was not hit": {[]int{1}, func(_ *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
		}, []time.Duration{ms(110)}},
		"and again when that connection goes down too": {[]int{1}, func(_ *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
			p.Disconnected(ms(120), 0, "no quorum")
			p.Connected(ms(300), 0, true, ms(1))
			sends(p, 1, ms(310))
			sends(p, 2, ms(320))
		}, []time.Duration{ms(110), ms(310)}},
		"once when the connection ends after the heal": {[]int{1}, func(r *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
			r.Healed(0, ms(200), nil)
			p.Disconnected(ms(300), 0, "something else")
			p.Connected(ms(400), 0, true, ms(1))
			sends(p, 1, ms(410))
		}, []time.Duration{ms(110)}},
		"a paused broker that takes bytes serves nobody": {[]int{0}, func(r *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
			r.Healed(0, ms(200), nil)
			sends(p, 1, ms(190))
			sends(p, 2, ms(210))
		}, []time.Duration{ms(210)}},
		"never": {[]int{0}, func(_ *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
		}, nil},
		"a slow link carries messages all the same": {[]int{0}, func(r *history.Recorder, p *history.PublisherLog) {
			n := r.BeginInjection(history.Injection{Fault: "latency", Targets: []int{0}, Began: ms(119)})
			r.Applied(n, ms(120), nil)
			sends(p, 0, ms(130))
		}, []time.Duration{ms(130)}},
		"a cut link does not": {[]int{1}, func(r *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
			n := r.BeginInjection(history.Injection{Fault: "partition", Targets: []int{0}, Began: ms(119)})
			r.Applied(n, ms(120), nil)
			sends(p, 1, ms(130))
			r.Healed(n, ms(140), nil)
			sends(p, 2, ms(150))
		}, []time.Duration{ms(110), ms(150)}},
		"a disconnect is over at once": {[]int{1}, func(r *history.Recorder, p *history.PublisherLog) {
			sends(p, 0, ms(110))
			n := r.BeginInjection(history.Injection{Fault: "disconnect", Targets: []int{0}, Began: ms(119)})
			p.Disconnected(ms(119), 0, "dropped")
			p.Connected(ms(121), 0, true, ms(1))
			r.Applied(n, ms(125), nil)
			r.Healed(n, ms(125), nil)
			sends(p, 1, ms(130))
		}, []time.Duration{ms(110), ms(130), ms(130)}},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			r := record(t, fleet(1, 0, 0))
			p := r.Publisher(0)
			p.Connected(ms(10), 0, false, ms(1))
			fault(r, ms(100), story.targets...)
			story.tell(r, p)
			var got []time.Duration
			for _, m := range finish(t, r).Resumptions {
				got = append(got, m.At)
			}
			if !slices.Equal(got, story.want) {
				t.Errorf("resumed at %v, want %v", got, story.want)
			}
		})
	}
}

func TestClientResumesAgainWhenItsConnectionEndsLater(t *testing.T) {
	o := fleet(1, 1, 1)
	o.Meta.Keepalive = ms(50)
	r := record(t, o)
	p, s := r.Publisher(0), r.Subscriber(0)
	stopped := fault(r, ms(100), 0)
	// The broker was told to stop and serves on for a moment.
	acks(p, 0, ms(101))
	receives(s, 0, 0, ms(101))
	p.Disconnected(ms(110), 0, "EOF")
	s.Disconnected(ms(110), 0, "EOF")
	acks(p, 1, ms(150))
	receives(s, 0, 1, ms(150))
	r.Healed(stopped, ms(200), nil)
	// Within twice the keepalive this may still be the injection's doing; later it is something else.
	p.Disconnected(ms(299), 0, "no answer")
	s.Disconnected(ms(301), 0, "reset")
	acks(p, 2, ms(350))
	receives(s, 0, 2, ms(350))
	got := finish(t, r).Resumptions
	pub, sub := history.ClientRef{}, history.ClientRef{Subscriber: true}
	want := []history.Resumption{
		{Client: pub, At: ms(102)}, {Client: sub, At: ms(103)}, {Client: pub, At: ms(151)}, {Client: sub, At: ms(152)},
		{Client: pub, At: ms(351)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resumptions (-want +got):\n%s", diff)
	}
}

func TestEventsAreInOrder(t *testing.T) {
	o := fleet(1, 1, 1)
	r := record(t, o)
	p, s := r.Publisher(0), r.Subscriber(0)
	p.Connecting(ms(20), 1)
	p.ConnectFailed(ms(30), 1, "refused")
	p.Connecting(ms(40), 2)
	p.Connected(ms(50), 2, false, ms(10))
	s.Connecting(ms(1), 0)
	s.Connected(ms(5), 0, true, ms(4))
	s.Subscribed(ms(5), 0, "granted 0 of 1")
	s.Disconnected(ms(45), 0, "reset")
	s.Closed(ms(60), 0)
	pub, sub := history.ClientRef{}, history.ClientRef{Subscriber: true}
	want := []history.Event{
		{At: ms(1), Client: sub, Kind: history.Connecting},
		{At: ms(5), Client: sub, Kind: history.Connected, SessionPresent: true},
		{At: ms(5), Client: sub, Kind: history.Subscribed, Detail: "granted 0 of 1"},
		{At: ms(20), Client: pub, Kind: history.Connecting, Broker: 1},
		{At: ms(30), Client: pub, Kind: history.ConnectFailed, Broker: 1, Detail: "refused"},
		{At: ms(40), Client: pub, Kind: history.Connecting, Broker: 2},
		{At: ms(45), Client: sub, Kind: history.Disconnected, Detail: "reset"},
		{At: ms(50), Client: pub, Kind: history.Connected, Broker: 2},
		{At: ms(60), Client: sub, Kind: history.Closed},
	}
	if got := r.Totals(); got.Connected != 1 || got.Clients != 2 {
		t.Errorf("%d of %d are connected, want 1 of 2", got.Connected, got.Clients)
	}
	if diff := cmp.Diff(want, finish(t, r).Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestHammeringAttemptsLeaveRoomForWhatMatters(t *testing.T) {
	r := record(t, fleet(1, 0, 1))
	p := r.Publisher(0)
	for range history.AttemptBound + 3 {
		p.Connecting(ms(1), 0)
	}
	p.Connected(ms(2), 0, false, ms(1))
	run := finish(t, r)
	last := run.Events[len(run.Events)-1]
	if run.EventsDropped != 3 || last.Kind != history.Connected {
		t.Errorf("%d events dropped, the last is %+v", run.EventsDropped, last)
	}
}
