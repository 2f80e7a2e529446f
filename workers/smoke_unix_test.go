//go:build unix

package workers

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mqbench/mqbench/scenarios"
)

// 5,000 publishers and 500 subscribers connect, and every message arrives once. Both ends of their connections are open
// in this process: where fewer files may be open, the fleet is smaller.
func TestFiveThousandPublishersAndFiveHundredSubscribers(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	clients := int(min(5500, (limit.Cur-200)/2))
	publishers, subscribers := clients*10/11, clients/11
	s := load(scenarios.PublisherGroup{Name: "p", Count: publishers, Topic: "t/{n}", QoS: 1, Rate: 0.5},
		scenarios.SubscriberGroup{Name: "s", Count: subscribers, Filter: "t/{n}", QoS: 1})
	s.Workload.Client.ConnectRate = 5000
	s.Phases.Measure = 2 * time.Second
	tr := begin(t, s, direct(startBroker(t)))
	tr.connect(t)
	tr.publish(t)
	if behind := tr.drain(t, patience); behind != 0 {
		t.Errorf("%d behind after the drain", behind)
	}
	run := tr.finish(t)
	checkClean(t, tr, run)
	if run.Generator.Written != uint64(publishers) {
		t.Errorf("%d messages written, want one of each of %d publishers", run.Generator.Written, publishers)
	}
}
