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
	// outage is how long the broker is away in a case of failover.
	outage = 300 * time.Millisecond
	// slack is what reconnecting may add: the longest backoff, and a busy machine.
	slack = 400 * time.Millisecond
	// faultAt is when it goes away, since the load began.
	faultAt = 400 * time.Millisecond
)

// failovers are the cases in which the fault is in the record as an injection: who was hit and who came back is
// exact, when they did is bounded by what the broker did.
func failovers() []trial {
	return []trial{
		failover("pause", "broker stalls, as an injection", clients,
			func(b *faulty.Broker) { b.Stall(outage) }, func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", 0, uint64(x.Detect.TotalCount())),
					within("resume, median", outage, outage+slack, x.FailoverQuantile(0.5)),
					within("resume, last", outage, outage+slack, x.FailoverQuantile(1)),
				}
			}),
		failover("kill", "broker closes and refuses, as an injection", clients,
			func(b *faulty.Broker) { b.Disconnect(faulty.Keep, outage) }, func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", clients, uint64(x.Detect.TotalCount())),
					quantity("clients that reconnected", clients, uint64(x.Reconnect.TotalCount())),
					within("detect, last", 0, slack, time.Duration(x.Detect.Max())),
					within("reconnect, first", outage, outage+slack, time.Duration(x.Reconnect.Min())),
					within("resume, last", outage, outage+slack, x.FailoverQuantile(1)),
				}
			}),
		failover("kill", "broker closes for good, as an injection", 0,
			func(b *faulty.Broker) { b.Disconnect(faulty.Keep, time.Hour) }, func(x *check.Injection) []row {
				return []row{
					quantity("clients that lost their connection", clients, uint64(x.Detect.TotalCount())),
					quantity("clients that reconnected", 0, uint64(x.Reconnect.TotalCount())),
				}
			}),
	}
}

// clients is how many there are in a case of failover: publishers and subscribers.
const clients = 13

// failover makes a case: what the fault is, how many clients come back from it, and what else has to hold.
func failover(
	kind, name string, back uint64, fault func(*faulty.Broker), rows func(*check.Injection) []row,
) trial {
	e := small(name, 1)
	e.publishers = []scenarios.PublisherGroup{publishers("p", 10, 1, 50)}
	e.subscribers = []scenarios.SubscriberGroup{subscribers("s", 3, 1)}
	e.measure = faultAt + outage + slack + 200*time.Millisecond
	e.during = func(ctx context.Context, b *faulty.Broker, r *history.Recorder) error {
		if !sleep(ctx, lead+faultAt) {
			return ctx.Err()
		}
		began := r.Now()
		n := r.BeginInjection(history.Injection{Fault: kind, Planned: began, Targets: []int{0}, Began: began})
		fault(b)
		r.Applied(n, r.Now(), nil)
		if !sleep(ctx, outage) {
			return ctx.Err()
		}
		r.BeginHeal(n, r.Now())
		r.Healed(n, r.Now(), nil)
		return nil
	}
	return trial{name: name, alone: true, rows: func(ctx context.Context) ([]row, error) {
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
			quantity("clients resumed", back, uint64(x.Resumed)),
			quantity("clients that never resumed", clients-back, uint64(x.NeverResumed)),
		), rows(x)...), nil
	}}
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
