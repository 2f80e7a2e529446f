package calibration

import (
	"context"
	"errors"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

const (
	// outage is how long the broker is away in most cases of failover.
	outage = 300 * time.Millisecond
	// slack is what reconnecting may add: the longest backoff, and a busy machine.
	slack = 400 * time.Millisecond
	// faultAt is when it goes away, since the load began.
	faultAt = 400 * time.Millisecond
	// clients is how many there are: publishers and subscribers.
	clients = 13
)

// A failover is a case in which the fault is in the record as an injection: who was hit and who came back is exact,
// when they did is bounded by what the broker did.
type failover struct {
	name, kind string
	fault      func(*faulty.Broker)
	// length is how long the fault lasts, keepalive that of the clients.
	length, keepalive time.Duration
	// back is how many clients come back from it.
	back uint64
	// rows compare what is particular.
	rows func(*check.Injection) []row
}

// failovers lists the cases.
func failovers() []trial {
	list := []failover{
		{
			name: "stall, injected", kind: "pause", length: outage, keepalive: longKeepalive, back: clients,
			fault: func(b *faulty.Broker) { b.Stall(outage) },
			rows: func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", 0, uint64(x.Detect.TotalCount())),
					within("resume, median", outage, outage+slack, x.FailoverQuantile(0.5)),
					within("resume, last", outage, outage+slack, x.FailoverQuantile(1)),
				}
			},
		},
		{
			name: "close and refuse, injected", kind: "kill", length: outage, keepalive: longKeepalive,
			back:  clients,
			fault: func(b *faulty.Broker) { b.Disconnect(faulty.Keep, outage) },
			rows: func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", clients, uint64(x.Detect.TotalCount())),
					quantity("clients that reconnected", clients, uint64(x.Reconnect.TotalCount())),
					within("detect, last", 0, slack, time.Duration(x.Detect.Max())),
					within("reconnect, first", outage, outage+slack, time.Duration(x.Reconnect.Min())),
					within("resume, last", outage, outage+slack, x.FailoverQuantile(1)),
				}
			},
		},
		{
			name: "close for good, injected", kind: "kill", length: outage, keepalive: longKeepalive, back: 0,
			fault: func(b *faulty.Broker) { b.Disconnect(faulty.Keep, time.Hour) },
			rows: func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", clients, uint64(x.Detect.TotalCount())),
					quantity("clients that reconnected", 0, uint64(x.Reconnect.TotalCount())),
				}
			},
		},
		frozen(),
	}
	trials := make([]trial, len(list))
	for i, f := range list {
		trials[i] = f.trial()
	}
	return trials
}

// frozen is a stall that lasts until every client has found out by its keepalive that nobody answers, closed its
// connection and asked for another: what was in the sockets then is neither lost nor counted twice.
func frozen() failover {
	const keepalive, stall = time.Second, 2600 * time.Millisecond
	return failover{
		name: "stall beyond the keepalive, injected", kind: "pause", length: stall,
		keepalive: keepalive, back: clients,
		fault: func(b *faulty.Broker) { b.Stall(stall) },
		rows: func(x *check.Injection) []row {
			return []row{
				quantity("clients that lost their connection", clients, uint64(x.Detect.TotalCount())),
				within("detect, first", keepalive, stall, time.Duration(x.Detect.Min())),
				within("detect, last", keepalive, stall, time.Duration(x.Detect.Max())),
				within("reconnect, first", stall, stall+slack, time.Duration(x.Reconnect.Min())),
				within("resume, last", stall, stall+slack, x.FailoverQuantile(1)),
			}
		},
	}
}

// trial makes the case. The window is small, so that publishers fall silent when nobody answers: only who is silent has
// to ask whether the other side is alive.
func (f failover) trial() trial {
	e := small(f.name, 1)
	e.publishers = []scenarios.PublisherGroup{publishers("p", 10, 1, 50)}
	e.subscribers = []scenarios.SubscriberGroup{subscribers("s", 3, 1)}
	e.measure = faultAt + f.length + slack + 200*time.Millisecond
	e.keepalive, e.window = f.keepalive, 10
	e.during = f.inject
	return trial{name: f.name, alone: true, rows: func(ctx context.Context) ([]row, error) {
		o, err := e.run(ctx)
		if err != nil {
			return nil, err
		}
		if len(o.analysis.Injections) != 1 {
			return nil, errors.New("the injection is not in the analysis")
		}
		x := &o.analysis.Injections[0]
		return append(append(counts(o),
			quantity("clients affected", clients, uint64(x.Affected)),
			quantity("clients resumed", f.back, uint64(x.Resumed)),
			quantity("clients that never resumed", clients-f.back, uint64(x.NeverResumed)),
		), f.rows(x)...), nil
	}}
}

// inject carries the fault out and heals it, with both in the record.
func (f failover) inject(ctx context.Context, b *faulty.Broker, r *history.Recorder) error {
	if !sleep(ctx, lead+faultAt) {
		return ctx.Err()
	}
	began := r.Now()
	n := r.BeginInjection(history.Injection{Fault: f.kind, Planned: began, Targets: []int{0}, Began: began})
	f.fault(b)
	r.Applied(n, r.Now(), nil)
	if !sleep(ctx, f.length) {
		return ctx.Err()
	}
	r.BeginHeal(n, r.Now())
	r.Healed(n, r.Now(), nil)
	return nil
}

// sleep waits and says whether it did so to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
