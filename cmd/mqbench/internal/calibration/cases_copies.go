package calibration

import (
	"context"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/scenarios"
)

// A copied case is one in which messages come by several paths: published twice, subscribed to twice, or both. The
// broker counts each path on its own; what the union of them has to be follows from what it was to do.
type copied struct {
	experiment
	// published and subscribed are how often: 1 or 2.
	published, subscribed uint64
	// lost is how many messages no path delivers.
	lost uint64
}

// The messages that are dropped on every path, and on one alone.
const (
	droppedOnAll = middle
	droppedOnOne = middle + 10
)

// copies lists the cases.
func copies() []trial {
	everywhere := at(faulty.Drop, droppedOnAll)
	once := at(faulty.Drop, droppedOnOne)
	once.Match.Times = 1
	member := at(faulty.Drop, droppedOnOne)
	member.Match.Subscriber = "-s-2"
	again := at(faulty.Duplicate, 1, middle+5)
	again.Action.Copies = 2
	cases := []copied{
		{experiment: small("published twice, one copy dropped", 1, once), published: 2, subscribed: 1},
		{
			experiment: failing(small("published twice, both copies dropped", 1, everywhere, once)),
			published:  2, subscribed: 1, lost: 1,
		},
		{
			experiment: failing(small("subscribed twice, dropped for one and for both", 1, everywhere, member)),
			published:  1, subscribed: 2, lost: 1,
		},
		{
			experiment: failing(small("published and subscribed twice, duplicates", 1, everywhere, member, again)),
			published:  2, subscribed: 2, lost: 1,
		},
		{experiment: small("published and subscribed twice, QoS 2", 2, member), published: 2, subscribed: 2},
	}
	trials := make([]trial, len(cases))
	for i, c := range cases {
		c.brokers = 2
		c.publishers[0].Duplicate, c.subscribers[0].Duplicate = c.published == 2, c.subscribed == 2
		trials[i] = trial{name: c.name, rows: func(ctx context.Context) ([]row, error) {
			o, err := c.run(ctx)
			if err != nil {
				return nil, err
			}
			return c.compare(o), nil
		}}
	}
	return trials
}

// compare compares the union with what the paths add up to.
func (c copied) compare(o outcome) []row {
	t, m := &o.truth, &o.analysis.Counts
	messages := o.scheduled / c.published
	delivered := messages - c.lost
	rows := []row{
		quantity("published, by all", o.scheduled, t.Published),
		quantity("attempted", messages, m.Attempted),
		quantity("acknowledged", t.Acknowledged/c.published, m.Acknowledged),
		quantity("expected", messages, m.Expected),
		quantity("delivered", delivered, m.Delivered),
		quantity("lost, silent", c.lost, m.LostSilent),
		quantity("lost", c.lost, m.Lost),
		quantity("copies", t.Delivered-delivered, m.Copies),
		quantity("duplicated", t.Duplicated, m.Duplicated),
		quantity("reordered", t.Reordered, m.Reordered),
		quantity("phantom", t.Phantom, m.Phantom),
		quantity("missed", 0, m.Missed),
		quantity("unknown", 0, m.LostUnknown),
	}
	return append(append(rows, done(o)...), c.judged(o.analysis))
}

// topology is that of the one broker, by as many names as the case wants.
func (e experiment) topology() scenarios.Topology {
	t := scenarios.Topology{
		Broker: "faulty", Runtime: scenarios.RuntimeProcess, Shape: scenarios.ShapeSingle, Nodes: 1,
		Profile: scenarios.ProfileStock,
	}
	if e.brokers > 1 {
		t.Shape, t.Nodes = scenarios.ShapeCluster, e.brokers
	}
	return t
}
