package history_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

// came is a receipt in a story.
type came struct {
	seq         uint32
	dup, retain bool
}

func TestReceiptsAreCountedByFlow(t *testing.T) {
	stories := map[string]struct {
		receipts                        []came
		delivered                       string
		duplicated, reordered, retained uint64
		oddities                        []history.OddityKind
	}{
		"in order": {
			receipts: []came{{seq: 0}, {seq: 1}, {seq: 2}}, delivered: "0-2",
		},
		"one lost": {
			receipts: []came{{seq: 0}, {seq: 2}}, delivered: "0 2",
		},
		"one twice": {
			receipts: []came{{seq: 0}, {seq: 1}, {seq: 1, dup: true}}, delivered: "0-1",
			duplicated: 1, oddities: []history.OddityKind{history.Duplicate},
		},
		"neighbours swapped": {
			receipts: []came{{seq: 0}, {seq: 2}, {seq: 1}, {seq: 3}}, delivered: "0-3",
			reordered: 1, oddities: []history.OddityKind{history.Reordered},
		},
		"1,2,3,2,3,4 has duplicates and is in order": {
			receipts:  []came{{seq: 1}, {seq: 2}, {seq: 3}, {seq: 2}, {seq: 3}, {seq: 4}},
			delivered: "1-4", duplicated: 2, oddities: []history.OddityKind{history.Duplicate, history.Duplicate},
		},
		"one lost and one twice do not cancel out": {
			receipts: []came{{seq: 0}, {seq: 0}, {seq: 2}}, delivered: "0 2",
			duplicated: 1, oddities: []history.OddityKind{history.Duplicate},
		},
		"a stored message is not a delivery": {
			receipts: []came{{seq: 7, retain: true}, {seq: 8}}, delivered: "8", retained: 1,
		},
		"late and then again": {
			receipts: []came{{seq: 1}, {seq: 0}, {seq: 0}}, delivered: "0-1", duplicated: 1, reordered: 1,
			oddities: []history.OddityKind{history.Reordered, history.Duplicate},
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			r := record(t, fleet(1, 1, 1))
			for i, m := range story.receipts {
				r.Subscriber(0).Received(history.Receipt{Sequence: m.seq, Dup: m.dup, Retain: m.retain, QoS: 1,
					Intended: ms(int(m.seq)), Sent: ms(int(m.seq))}, []byte("plant/p"), ms(100+i))
				r.Subscriber(0).EndBatch()
			}
			run := finish(t, r)
			want := history.Flow{Duplicated: story.duplicated, Reordered: story.reordered, Retained: story.retained}
			got := run.Flows[0]
			if delivered := got.Delivered.String(); delivered != story.delivered {
				t.Errorf("delivered %q, want %q", delivered, story.delivered)
			}
			got.Delivered = history.Sequences{}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("flow (-want +got):\n%s", diff)
			}
			var kinds []history.OddityKind
			for _, o := range run.Oddities {
				kinds = append(kinds, o.Kind)
			}
			if diff := cmp.Diff(story.oddities, kinds); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOddityNamesItsMessage(t *testing.T) {
	r := record(t, fleet(2, 1, 1))
	m := history.Receipt{Publisher: 1, Sequence: 4, Intended: ms(3), Sent: ms(5), QoS: 1}
	s := r.Subscriber(0)
	s.Received(m, []byte("plant/p"), ms(10))
	m.Dup = true
	s.Received(m, []byte("plant/p"), ms(20))
	s.EndBatch()
	want := []history.Oddity{{
		Kind: history.Duplicate, At: ms(20), Publisher: 1, Sequence: 4, Intended: ms(3), Sent: ms(5), Dup: true, QoS: 1,
		Topic: "plant/p",
	}}
	if diff := cmp.Diff(want, finish(t, r).Oddities); diff != "" {
		t.Errorf("oddities (-want +got):\n%s", diff)
	}
}

func TestAnEventEndsTheBatch(t *testing.T) {
	o := fleet(1, 2, 1)
	o.Lanes = 1
	r := record(t, o)
	r.Subscriber(0).Received(history.Receipt{}, nil, ms(1))
	r.Subscriber(0).Disconnected(ms(2), 0, "reset")
	// The lane that both share is free, and stays so.
	receives(r.Subscriber(1), 0, 0, ms(3))
	r.Subscriber(0).EndBatch()
	if got := r.Totals().Delivered; got != 2 {
		t.Errorf("%d deliveries, want 2", got)
	}
}

func TestPhantoms(t *testing.T) {
	o := fleet(6, 1, 1)
	o.Subscribers[0].Publishers = []int{1, 2, 4}
	r := record(t, o)
	s := r.Subscriber(0)
	for publisher := range uint32(7) {
		s.Received(history.Receipt{Publisher: publisher}, []byte("t"), ms(int(publisher)))
	}
	s.Phantom([]byte("will"), "too short for a stamp", ms(50))
	s.EndBatch()
	run := finish(t, r)
	want := []history.Oddity{
		{Kind: history.Phantom, At: 0, Publisher: 0, Topic: "t", Detail: "this subscription did not ask for the publisher's topic"},
		{Kind: history.Phantom, At: ms(3), Publisher: 3, Topic: "t", Detail: "this subscription did not ask for the publisher's topic"},
		{Kind: history.Phantom, At: ms(5), Publisher: 5, Topic: "t", Detail: "this subscription did not ask for the publisher's topic"},
		{Kind: history.Phantom, At: ms(6), Publisher: -1, Topic: "t", Detail: "publisher 6 does not exist"},
		{Kind: history.Phantom, At: ms(50), Publisher: -1, Topic: "will", Detail: "too short for a stamp"},
	}
	if diff := cmp.Diff(want, run.Oddities); diff != "" {
		t.Errorf("oddities (-want +got):\n%s", diff)
	}
	if run.Phantoms != 5 {
		t.Errorf("%d phantoms, want 5", run.Phantoms)
	}
	for _, f := range run.Flows {
		if f.Delivered.String() != "0" {
			t.Errorf("flow of publisher %d delivered %q", f.Publisher, f.Delivered)
		}
	}
}

// shared makes all subscribers members of one shared subscription.
func shared(o history.Options) history.Options {
	for n := range o.Subscribers {
		o.Subscribers[n].Account, o.Subscribers[n].Shared = 0, true
	}
	return o
}

func TestSharedSubscriptionCountsAsOne(t *testing.T) {
	r := record(t, shared(fleet(1, 2, 1)))
	receives(r.Subscriber(0), 0, 0, ms(0))
	receives(r.Subscriber(1), 0, 2, ms(2))
	receives(r.Subscriber(0), 0, 1, ms(1))
	receives(r.Subscriber(1), 0, 1, ms(1))
	run := finish(t, r)
	if len(run.Flows) != 1 {
		t.Fatalf("%d flows, want 1", len(run.Flows))
	}
	f := run.Flows[0]
	if f.Delivered.String() != "0-2" || f.Reordered != 1 || f.Duplicated != 1 {
		t.Errorf("flow %+v", f)
	}
	if len(run.Oddities) != 1 || run.Oddities[0].Kind != history.Duplicate || run.Oddities[0].Subscriber != 1 {
		t.Errorf("oddities %+v: want the duplicate alone, order is not promised here", run.Oddities)
	}
}

func TestOdditiesAreBoundedByKindAndCounted(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	s := r.Subscriber(0)
	s.Received(history.Receipt{}, nil, 0)
	for range history.OddityBound + 10 {
		s.Received(history.Receipt{}, nil, ms(1))
	}
	s.Phantom(nil, "bad checksum", ms(2))
	s.EndBatch()
	run := finish(t, r)
	if len(run.Oddities) != history.OddityBound+1 || run.OdditiesDropped != 10 {
		t.Errorf("%d oddities are kept and %d dropped", len(run.Oddities), run.OdditiesDropped)
	}
	if run.Flows[0].Duplicated != history.OddityBound+10 || run.Phantoms != 1 {
		t.Errorf("%d duplicates and %d phantoms are counted", run.Flows[0].Duplicated, run.Phantoms)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	mistakes := map[string]struct {
		change func(o *history.Options)
		want   string
	}{
		"unknown publisher":       {func(o *history.Options) { o.Subscribers[0].Publishers = []int{0, 2} }, "new recorder: subscriber 0: publisher 2 of 2"},
		"descending publishers":   {func(o *history.Options) { o.Subscribers[0].Publishers = []int{1, 0} }, "new recorder: subscriber 0: publisher 0 after 1: not ascending"},
		"negative account":        {func(o *history.Options) { o.Subscribers[0].Account = -1 }, "new recorder: subscriber 0: account -1"},
		"accounts with a gap":     {func(o *history.Options) { o.Subscribers[1].Account = 5 }, "new recorder: account 5 of 2 subscribers: numbers have gaps"},
		"an account taken twice":  {func(o *history.Options) { o.Subscribers[1].Account = 0 }, "new recorder: subscriber 1: account 0 belongs to another one and is not shared"},
		"an account nobody takes": {func(o *history.Options) { o.Subscribers[0].Account = 1 }, "new recorder: subscriber 1: account 1 belongs to another one and is not shared"},
		"no history folder":       {func(o *history.Options) { o.Dir = "/nowhere" }, "new recorder: create journal: open /nowhere/journal-00: no such file or directory"},
	}
	for name, mistake := range mistakes {
		t.Run(name, func(t *testing.T) {
			o := fleet(2, 2, 1)
			mistake.change(&o)
			_, err := history.NewRecorder(o)
			if err == nil || err.Error() != mistake.want {
				t.Errorf("error %v, want %q", err, mistake.want)
			}
		})
	}
}

func TestAMillionReceiptsAreCountedExactly(t *testing.T) {
	const publishers, each = 1000, 1000
	r := record(t, fleet(publishers, 1, 1))
	r.BeginPhase("measure")
	s := r.Subscriber(0)
	for seq := range uint32(each) {
		for publisher := range uint32(publishers) {
			s.Received(history.Receipt{Publisher: publisher, Sequence: seq, Intended: time.Hour, Sent: time.Hour}, nil, time.Hour+ms(3))
		}
		s.EndBatch()
	}
	run := finish(t, r)
	for _, f := range run.Flows {
		if f.Delivered.String() != "0-999" {
			t.Fatalf("flow of publisher %d delivered %q", f.Publisher, f.Delivered)
		}
	}
	h := run.Latencies[history.Before][history.EndToEnd]
	if h.TotalCount() != publishers*each || len(run.Oddities) != 0 || run.Phantoms != 0 {
		t.Errorf("%d latencies, %d oddities", h.TotalCount(), len(run.Oddities))
	}
	if got := time.Duration(h.ValueAtPercentile(50)); got < ms(3) || got > ms(3)+ms(3)/1000 {
		t.Errorf("a latency of 3 ms is recorded as %v", got)
	}
}
