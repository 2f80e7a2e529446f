package history_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// ms is a time in a story: n milliseconds after the epoch.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// fleet describes publishers at one QoS and subscribers that see all of them, each with an account of its own.
func fleet(publishers, subscribers int, qos byte) history.Options {
	o := history.Options{
		Lanes: 2,
		Meta: history.Meta{
			RunID: 7, Scenario: "story", Brokers: []string{"b1", "b2", "b3"}, PersistentSessions: true, SharedSessions: true,
		},
	}
	var all []int
	for n := range publishers {
		o.Publishers = append(o.Publishers, history.PublisherInfo{Client: "p", Group: "sensors", Topic: "plant/p", QoS: qos})
		all = append(all, n)
	}
	for n := range subscribers {
		o.Subscribers = append(o.Subscribers, history.SubscriberInfo{
			Client: "s", Group: "dashboards", Filters: []string{"plant/#"}, QoS: qos, Account: n, Publishers: all,
		})
	}
	return o
}

// record opens a recorder that is in its measurement.
func record(tb testing.TB, o history.Options) *history.Recorder {
	tb.Helper()
	r, err := history.NewRecorder(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

// finish ends the record.
func finish(tb testing.TB, r *history.Recorder) *history.Run {
	tb.Helper()
	run, err := r.Finish(false)
	if err != nil {
		tb.Fatal(err)
	}
	return run
}

// sends has a publisher write a message at the time at, to broker 0, in time.
func sends(l *history.PublisherLog, seq uint32, at time.Duration) {
	l.Due(1)
	l.Written(seq, at, at, 0, false)
}

// acks has it acknowledged a millisecond later.
func acks(l *history.PublisherLog, seq uint32, sent time.Duration) {
	l.Acknowledged(seq, sent, sent, sent+ms(1), 0, 0)
}

// receives has a subscriber receive a message two milliseconds after it was sent.
func receives(l *history.SubscriberLog, publisher, seq uint32, sent time.Duration) {
	l.Received(history.Receipt{Publisher: publisher, Sequence: seq, Intended: sent, Sent: sent, QoS: 1},
		[]byte("plant/p"), sent+ms(2))
	l.EndBatch()
}

func TestRecordOfAQuietRun(t *testing.T) {
	o := fleet(2, 2, 1)
	o.Dir = t.TempDir()
	r := record(t, o)
	for n := range uint32(2) {
		for seq := range uint32(10) {
			at := ms(int(seq))
			sends(r.Publisher(int(n)), seq, at)
			acks(r.Publisher(int(n)), seq, at)
			for s := range 2 {
				receives(r.Subscriber(s), n, seq, at)
			}
		}
	}
	run := finish(t, r)
	if !run.Complete || len(run.Oddities) != 0 || run.Phantoms != 0 || len(run.Flows) != 4 {
		t.Fatalf("a quiet run has oddities %v, %d flows, complete %v", run.Oddities, len(run.Flows), run.Complete)
	}
	for _, f := range run.Flows {
		if got := f.Delivered.String(); got != "0-9" || f.Duplicated+f.Reordered+f.Retained != 0 {
			t.Errorf("flow %d→%d delivered %q, %+v", f.Publisher, f.Account, got, f)
		}
	}
	for n, p := range run.Publishers {
		if p.Due != 10 || p.Next != 10 || p.Acknowledged.String() != "0-9" || p.InDoubt.Len() != 0 {
			t.Errorf("publisher %d: %+v", n, p)
		}
	}
}
