package calibration

import (
	"cmp"
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

const (
	// lead is the time between the last SUBACK and the first intended time.
	lead = 50 * time.Millisecond
	// patience bounds connecting and closing.
	patience = time.Minute
	// longKeepalive is longer than every stall, so that no client gives up a broker that only stalls.
	longKeepalive = 10 * time.Second
)

// An experiment is a small run: a workload, what the broker does, and for how long.
type experiment struct {
	name      string
	alone     bool
	protocol  scenarios.Protocol
	keepalive time.Duration
	// brokers is by how many names the one broker is known, as a cluster would be; 0 is one.
	brokers int
	// window is how many messages a publisher may have in flight.
	window      int
	session     scenarios.Session
	publishers  []scenarios.PublisherGroup
	subscribers []scenarios.SubscriberGroup
	// plan is made for the number of messages that will be published in all.
	plan func(messages int) faulty.Plan
	// measure is how long load is offered, drain how long the wait for the rest may be.
	measure, drain time.Duration
	// interval is the width of the timeline's intervals; 0 is a second.
	interval time.Duration
	// dir is the folder in which the record is kept; empty is nowhere.
	dir string
	// during acts on broker and record while load is offered; nil does nothing.
	during func(ctx context.Context, b *faulty.Broker, r *history.Recorder) error
	// verdict is what check has to come to; empty is anything but a failure, for a machine that is busy with something
	// else can make any run inconclusive.
	verdict check.Verdict
}

// An outcome is what an experiment has to compare.
type outcome struct {
	plan faulty.Plan
	// scheduled is how many messages had to become due.
	scheduled uint64
	truth     faulty.Truth
	record    *history.Run
	analysis  *check.Analysis
}

// run carries an experiment out. Nothing of it is left when it returns.
func (e experiment) run(ctx context.Context) (o outcome, err error) {
	assignment, err := workers.Assign(e.scenario(), uint64(time.Now().UnixNano()))
	if err != nil {
		return o, err
	}
	o.scheduled = assignment.Expected().Measure.Messages
	o.plan = e.plan(int(o.scheduled))
	broker, err := faulty.Listen("127.0.0.1:0", o.plan)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, broker.Close()) }()
	recorder, err := e.recorder(assignment)
	if err != nil {
		return o, err
	}
	if err := e.load(ctx, assignment, broker, recorder); err != nil {
		return o, errors.Join(err, recorder.Close())
	}
	o.truth = broker.Truth()
	if o.record, err = recorder.Finish(false); err != nil {
		return o, err
	}
	o.analysis, err = check.Judge(o.record, recorder.Details)
	return o, err
}

// recorder opens the record. It is kept in memory unless the experiment names a folder: a calibration that is killed
// leaves nothing behind.
func (e experiment) recorder(a *workers.Assignment) (*history.Recorder, error) {
	publishers, subscribers := a.Infos()
	now := time.Now()
	return history.NewRecorder(history.Options{
		Dir: e.dir, InMemory: e.dir == "", Epoch: now,
		Meta: history.Meta{
			RunID: a.RunID, Seed: a.Seed, Scenario: e.name, Started: now, Broker: "faulty",
			Runtime: string(scenarios.RuntimeProcess), Shape: string(e.topology().Shape),
			Protocol:           string(a.Client.Protocol),
			PersistentSessions: a.Client.Session == scenarios.SessionPersistent, Keepalive: a.Client.Keepalive,
			Brokers: a.Brokers, SharedSessions: !a.Apart,
		},
		Publishers: publishers, Subscribers: subscribers, LateBound: workers.LateBound,
	})
}

// load runs the fleet through its phases; when it returns every client has left and every message has its outcome.
func (e experiment) load(ctx context.Context, a *workers.Assignment, b *faulty.Broker, r *history.Recorder) (err error) {
	ticking, stop := context.WithCancel(ctx)
	var ticker errgroup.Group
	ticker.Go(func() error {
		tick(ticking, r, cmp.Or(e.interval, time.Second))
		return nil
	})
	defer func() {
		stop()
		err = errors.Join(err, ticker.Wait())
		r.EndPhase()
	}()
	fleet := workers.NewFleet(a, dialer(b.Addr()), r)
	defer func() {
		r.BeginPhase("close")
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		err = errors.Join(err, fleet.Close(closing))
	}()
	r.BeginPhase("connect")
	connecting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := fleet.Connect(connecting); err != nil {
		return err
	}
	r.BeginPhase("measure")
	start := r.Now() + lead
	g, loading := errgroup.WithContext(ctx)
	g.Go(func() error { return fleet.Publish(loading, start, start+e.measure) })
	if e.during != nil {
		g.Go(func() error { return e.during(loading, b, r) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	r.BeginPhase("drain")
	draining, cancel := context.WithTimeout(ctx, e.drain)
	defer cancel()
	fleet.Drain(draining)
	return ctx.Err()
}

// tick closes the intervals of the timeline.
func tick(ctx context.Context, r *history.Recorder, interval time.Duration) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			r.Tick(r.Now(), history.Sample{})
			return
		case <-ticks.C:
			r.Tick(r.Now(), history.Sample{})
		}
	}
}

// scenario puts the experiment into the language of scenarios.
func (e experiment) scenario() *scenarios.Scenario {
	return &scenarios.Scenario{
		Name: "calibrate", Seed: 1,
		Topology: e.topology(),
		Workload: scenarios.Workload{
			Client: scenarios.Client{
				Protocol: e.protocol, Session: e.session, Expiry: time.Hour, Keepalive: e.keepalive, ConnectRate: 2000,
				ConnectTimeout: patience, InFlight: e.window, Backlog: 1 << 20,
				Reconnect: scenarios.Reconnect{
					Backoff: scenarios.Backoff{Min: 5 * time.Millisecond, Max: 15 * time.Millisecond},
					Brokers: scenarios.StrategyRotate,
				},
			},
			Publishers: e.publishers, Subscribers: e.subscribers,
		},
		Phases: scenarios.Phases{Measure: e.measure, Drain: e.drain},
	}
}

// A dialer is the one address to which every broker number leads.
type dialer string

// Dial implements workers.Dialer.
func (d dialer) Dial(ctx context.Context, _ int) (net.Conn, error) {
	var n net.Dialer
	return n.DialContext(ctx, "tcp", string(d))
}
