package check_test

import (
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A run that is recorded, saved, loaded and judged again gives the identical analysis, as what happened deserves.
func TestJudgedAgain(t *testing.T) {
	dir := t.TempDir()
	r, err := history.NewRecorder(history.Options{
		Dir: dir, Epoch: time.Now(),
		Meta:        history.Meta{RunID: 7, Shape: "cluster", Brokers: []string{"b1", "b2"}, PersistentSessions: true, Keepalive: time.Second},
		Publishers:  []history.PublisherInfo{{Client: "p0", Group: "pubs", Topic: "t/0", QoS: 1, Rate: 1}},
		Subscribers: []history.SubscriberInfo{{Client: "s0", Group: "subs", Filters: []string{"t/#"}, QoS: 1, Home: 1, Publishers: []int{0}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.BeginPhase("measure")
	p, s := r.Publisher(0), r.Subscriber(0)
	p.Connecting(0, 0)
	p.Connected(0, 0, false, ms)
	s.Connecting(0, 1)
	s.Connected(0, 1, false, ms)
	s.Subscribed(0, 1, "")
	// The recorder's clock has hardly moved: all times lie in its future, which it does not mind.
	for n := range uint32(10) {
		at := time.Duration(n+1) * time.Second
		p.Due(1)
		p.Written(n, at, at+ms, 0, false)
		p.Acknowledged(n, at, at+ms, at+2*ms, 0, 0)
		if n != 3 && n != 8 {
			m := history.Receipt{Sequence: n, Intended: at, Sent: at + ms, QoS: 1}
			s.Received(m, []byte("t/0"), at+3*ms)
			if n == 5 {
				m.Dup = true
				s.Received(m, []byte("t/0"), at+4*ms)
			}
			s.EndBatch()
		}
		if n == 7 { // the session goes between 7 and 9
			i := r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{1}, Began: at + 100*ms})
			r.Applied(i, at+101*ms, nil)
			s.Disconnected(at+110*ms, 1, "EOF")
			r.BeginHeal(i, at+200*ms)
			r.Healed(i, at+300*ms, nil)
		}
		if n == 8 {
			s.Connecting(at+500*ms, 1)
			s.Connected(at+510*ms, 1, false, ms)
			s.Subscribed(at+520*ms, 1, "")
		}
	}
	p.Closed(11*time.Second, 0)
	s.Closed(11*time.Second, 1)
	r.EndPhase()
	run, err := r.Finish(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	loaded, err := history.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	details := func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
		return history.Details(dir, want)
	}
	first, err := check.Judge(run, details)
	if err != nil {
		t.Fatal(err)
	}
	again, err := check.Judge(loaded, details)
	if err != nil {
		t.Fatal(err)
	}
	if d := sameAnalysis(first, again); d != "" {
		t.Errorf("judged differently after saving (-first +again):\n%s", d)
	}
	diff(t, "counts", check.Counts{
		Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 8, Lost: 2, LostSilent: 1, LostDeclared: 1, LostMiddle: 2, Duplicated: 1,
	}, first.Counts)
	diff(t, "findings", []string{"fail: silent loss", "pass: declared loss", "pass: duplicates"}, findings(first))
	i := first.Injections[0]
	if len(i.Clients) != 1 || i.Clients[0].Detect != 10*ms || i.Clients[0].Resume != 1903*ms {
		t.Errorf("ways back %+v, want the subscriber's, detected after 10ms and resumed after 1.903s", i.Clients)
	}
	if a := first.Anomalies[0]; a.Acknowledged != 4*time.Second+2*ms || a.Intended != 4*time.Second || a.Window != history.Before {
		t.Errorf("first anomaly %+v, want #3 with its times", a)
	}
}
