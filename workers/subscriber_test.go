package workers

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/stamp"
)

// What is not a message of this run, as its publisher sent it, is a phantom, and the record says why.
func TestPhantoms(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 2, Topic: "t/{n}", QoS: 1, Rate: 1,
		Will: &scenarios.Will{Topic: "t/gone", Payload: "bye"}},
		scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t/#", QoS: 1})
	tr := begin(t, s, newNetwork("127.0.0.1:1"))
	message := func(mark stamp.Stamp) []byte {
		payload := make([]byte, 64)
		mark.Put(payload)
		return payload
	}
	run := tr.assignment.RunID
	sound := message(stamp.Stamp{Run: run, Publisher: 1})
	tests := []struct {
		topic   string
		payload []byte
		want    string // "" is no phantom
	}{
		{"t/2", sound, ""},
		{"t/gone", []byte("bye"), ""},              // a will carries no stamp
		{"t/probe", []byte(mqtt.ProbePayload), ""}, // a bridge was tried
		{"t/2", []byte("bye"), "payload without a stamp"},
		{"t/2", nil, "payload without a stamp"},
		{"t/gone", faulty.Corrupt(sound), "payload with a wrong checksum"}, // but this is none
		{"t/2", faulty.Corrupt(sound), "payload with a wrong checksum"},
		{"t/2", sound[:50], "payload of a wrong length: 50 bytes, sent with 64"},
		{"t/1", sound, `message that publisher 1 published to topic "t/2"`},
		{"t/2", message(stamp.Stamp{Run: run + 1, Publisher: 1}), "message of another run"},
		{"t/2", message(stamp.Stamp{Run: run, Publisher: 2}), "message of publisher 2, which does not exist"},
		{"t/2", message(stamp.Stamp{Run: run, Publisher: 1<<32 - 1}), "message of publisher 4294967295, which does not exist"},
	}
	subscriber := tr.fleet.subscribers[0]
	subscriber.session.Lock()
	for _, test := range tests {
		at := tr.recorder.Now()
		subscriber.Received(&mqtt.Publish{Topic: []byte(test.topic), Payload: test.payload, QoS: 1}, at)
		subscriber.EndBatch(at)
	}
	subscriber.session.Unlock()
	got := tr.finish(t)
	var details []string
	for _, o := range got.Oddities {
		if o.Kind != history.Phantom {
			t.Errorf("unexpected oddity %+v", o)
		}
		details = append(details, o.Detail)
	}
	var next int
	for _, test := range tests {
		if test.want == "" {
			continue
		}
		if next >= len(details) || !strings.Contains(details[next], test.want) {
			t.Fatalf("phantoms %q, want %q at %d", details, test.want, next)
		}
		next++
	}
	if next != len(details) {
		t.Errorf("%d phantoms, want %d: %q", len(details), next, details)
	}
	for _, f := range got.Flows {
		if want := uint64(f.Publisher); f.Delivered.Len() != want {
			t.Errorf("publisher %d: %d delivered, want %d", f.Publisher, f.Delivered.Len(), want)
		}
	}
}

// A lowered grant is a subscription all the same; the record says so.
func TestLoweredGrantIsRecorded(t *testing.T) {
	broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{Grants: []faulty.Grant{{Subscriber: "-s-1", QoS: 0}}})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 1},
		scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t", QoS: 1}), newNetwork(broker.Addr()))
	tr.connect(t)
	run := tr.finish(t)
	if n := events(run, history.Subscribed); n != 1 {
		t.Errorf("%d subscriptions recorded, want 1", n)
	}
	for _, e := range run.Events {
		if e.Kind == history.Subscribed && e.Detail != `filter "t" granted QoS 0 of 1` {
			t.Errorf("detail %q", e.Detail)
		}
	}
}

// The codes of a SUBACK, and what they mean to the subscriber.
func TestGranted(t *testing.T) {
	s := &subscriber{subscriptions: []mqtt.Subscription{{Filter: "a", QoS: 2}, {Filter: "b", QoS: 1}}}
	tests := []struct {
		codes        []byte
		lowered, err string
	}{
		{[]byte{2, 1}, "", ""},
		{[]byte{1, 1}, `filter "a" granted QoS 1 of 2`, ""},
		{[]byte{0, 0}, `filter "a" granted QoS 0 of 2, filter "b" granted QoS 0 of 1`, ""},
		{[]byte{2, 0x80}, "", `filter "b" refused with 0x80`},
		{[]byte{0x87, 0x8f}, "", `filter "a" refused with 0x87, filter "b" refused with 0x8f`},
		{[]byte{2}, "", "2 filters were answered by 1 codes"},
		{nil, "", "2 filters were answered by 0 codes"},
	}
	for _, test := range tests {
		lowered, err := s.grants(test.codes)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if lowered != test.lowered || text != test.err {
			t.Errorf("codes % x: %q, %q; want %q, %q", test.codes, lowered, text, test.lowered, test.err)
		}
	}
}

// A subscriber whose connection is refused at first is not ready before it is subscribed, and Connect waits for it.
func TestConnectWaitsForSubscriptions(t *testing.T) {
	broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{Refusals: []faulty.Refusal{{Client: "-s-1", Times: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 1},
		scenarios.SubscriberGroup{Name: "s", Count: 1, Filter: "t", QoS: 1}), newNetwork(broker.Addr()))
	tr.connect(t)
	run := tr.finish(t)
	if failed, subscribed := events(run, history.ConnectFailed), events(run, history.Subscribed); failed != 3 || subscribed != 1 {
		t.Errorf("%d attempts failed and %d subscriptions, want 3 and 1", failed, subscribed)
	}
}

// A broker that is there and says nothing any more is found dead by its keepalive, and the client goes on to the next.
func TestKeepaliveFindsAFrozenBroker(t *testing.T) {
	frozen := startLazyBroker(t)
	defer close(frozen.awake)
	s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 100})
	s.Topology.Nodes = 2
	s.Workload.Client.Keepalive = time.Second
	net := newNetwork(frozen.listener.Addr().String(), startBroker(t))
	tr := begin(t, s, net)
	tr.connect(t)
	eventually(t, "the client is at the second broker", func() bool {
		p := tr.fleet.publishers[0]
		p.session.Lock()
		defer p.session.Unlock()
		return p.up && p.broker == 1
	})
	run := tr.finish(t)
	for _, e := range run.Events {
		if e.Kind == history.Disconnected && e.Broker == 0 && !strings.Contains(e.Detail, "keepalive") {
			t.Errorf("disconnected because of %q", e.Detail)
		}
	}
	if lost := events(run, history.Disconnected); lost == 0 {
		t.Error("no connection lost")
	}
}

// Closing a fleet in the middle of everything ends all its goroutines and leaves no message without a fate.
func TestCloseInTheMiddle(t *testing.T) {
	tr := begin(t, load(scenarios.PublisherGroup{Name: "p", Count: 20, Topic: "t/{n}", QoS: 2, Rate: 200},
		scenarios.SubscriberGroup{Name: "s", Count: 2, Filter: "t/#", QoS: 2}), newNetwork(startBroker(t)))
	tr.connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	published := make(chan error, 1)
	go func() {
		start := tr.recorder.Now()
		published <- tr.fleet.Publish(ctx, start, start+time.Hour)
	}()
	eventually(t, "some messages are under way", func() bool { return tr.due() > 500 })
	cancel()
	if err := <-published; err == nil {
		t.Error("publish ended without an error long before its time")
	}
	tr.finish(t)
}
