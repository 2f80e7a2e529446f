package workers

import (
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A message that is published at two brokers and asked for at two brokers survives the loss of one of them, and is
// counted once.
func TestDuplicatesOutliveABroker(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 10, Topic: "t/{n}", QoS: 2, Rate: 100, Duplicate: true},
		scenarios.SubscriberGroup{Name: "two", Count: 1, Filter: "t/#", QoS: 2, Duplicate: true},
		scenarios.SubscriberGroup{Name: "one", Count: 1, Filter: "t/#", QoS: 2})
	s.Topology.Nodes = 2
	s.Workload.Client.Session = scenarios.SessionPersistent
	// Two ways to one broker are a cluster of which any node can go.
	address := startBroker(t)
	net := newNetwork(address, address)
	tr := begin(t, s, net)
	tr.connect(t)
	var group sync.WaitGroup
	group.Go(func() {
		for tr.due() < tr.assignment.Expected().Measure.Messages/3 {
			if !sleep(t.Context(), time.Millisecond) {
				return
			}
		}
		net.cut(1)
	})
	tr.publish(t)
	group.Wait()
	// Two accounts get one of each two messages that are due.
	eventually(t, "all has come by the way that is left", func() bool { return tr.recorder.Totals().Delivered == tr.due() })
	net.restore(1)
	if behind := tr.drain(t, patience); behind != 0 {
		t.Errorf("%d behind after the drain", behind)
	}
	// The load is over when each account has everything, but its other client may still have the copies to come.
	eventually(t, "each of three clients has got all that was published", func() bool { return tr.receipts() == 3*tr.due() })
	run := tr.finish(t)
	if got, want := tr.recorder.Totals().Delivered, tr.due(); got != want {
		t.Errorf("%d deliveries, want %d", got, want)
	}
	for account := range 2 {
		checkUnion(t, run, account)
	}
	for n := range run.Publishers {
		if p := &run.Publishers[n]; p.Original != n-n%2 || p.Unsent.Len() > 0 || p.Acknowledged.Len() != p.Due {
			t.Errorf("publisher %d of original %d: %d of %d acknowledged", n, p.Original, p.Acknowledged.Len(), p.Due)
		}
	}
}

// receipts is how many messages clients have got so far, each counted once by each way on which it came.
func (tr *trial) receipts() (all uint64) {
	tr.recorder.Tick(tr.recorder.Now(), history.Sample{Brokers: make([]history.BrokerSample, len(tr.assignment.Brokers))})
	for _, b := range tr.recorder.Progress().Brokers {
		all += b.Delivered
	}
	return all
}

// checkUnion checks that an account has every message by at least one way, and that all receipts are accounted for.
func checkUnion(t *testing.T, run *history.Run, account int) {
	t.Helper()
	union := make(map[int]*roaring.Bitmap)
	var copies, byPath uint64
	for _, f := range run.Flows {
		if f.Account != account {
			continue
		}
		if f.Duplicated != 0 {
			t.Errorf("account %d, publisher %d: %d duplicates", account, f.Publisher, f.Duplicated)
		}
		original := run.Publishers[f.Publisher].Original
		if union[original] == nil {
			union[original] = roaring.New()
		}
		union[original].Or(f.Delivered.Bitmap())
		copies += f.Copies
		byPath += f.Delivered.Len()
	}
	var different uint64
	for original, got := range union {
		if want := run.Publishers[original].Due; got.GetCardinality() != want {
			t.Errorf("account %d, publisher %d: %d of %d messages", account, original, got.GetCardinality(), want)
		}
		different += got.GetCardinality()
	}
	clients := 0
	for _, s := range run.Subscribers {
		if s.Account == account {
			clients++
		}
	}
	// Both publishers' messages come to each client.
	if want := uint64(clients)*byPath - different; len(union) != 10 || copies != want {
		t.Errorf("account %d of %d clients: %d copies of the messages of %d publishers, want %d", account, clients, copies, len(union), want)
	}
}
