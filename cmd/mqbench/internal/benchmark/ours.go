package benchmark

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// burst is the span of intended times into which all messages of a benchmark are packed: far more than can be written,
// so that the engine runs at full speed until the backlog is gone.
const burst = 100 * time.Millisecond

// measureOurs measures the fleet as a run uses it: plan, sessions, stamps, record and journal.
func measureOurs(ctx context.Context, s Spec) (m Measurement, err error) {
	scenario := s.scenario()
	a, err := workers.Assign(scenario, RunID)
	if err != nil {
		return Measurement{}, err
	}
	publishers, subscribers := a.Infos()
	r, err := history.NewRecorder(history.Options{
		Dir: s.Dir, IntervalLog: filepath.Join(s.Dir, "latency.hlog"), Epoch: time.Now(), Publishers: publishers, Subscribers: subscribers,
		Meta: history.Meta{RunID: RunID, Brokers: a.Brokers, SharedSessions: true}, LateBound: workers.LateBound,
	})
	if err != nil {
		return Measurement{}, err
	}
	before := memory()
	fleet := workers.NewFleet(a, address(s.Address), r)
	usage := startUsage()
	m, err = s.drive(ctx, fleet, r, &usage)
	m.RSSBytes -= before
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if closeErr := fleet.Close(closing); err == nil && closeErr != nil && s.Case != Receive {
		err = closeErr
	}
	if _, finishErr := r.Finish(false); err == nil {
		err = finishErr
	}
	return m, err
}

// drive connects the fleet and lets it work; usage is restarted when the work begins.
func (s Spec) drive(ctx context.Context, fleet *workers.Fleet, r *history.Recorder, usage *usage) (Measurement, error) {
	connecting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if s.Case != Receive {
		if err := fleet.Connect(connecting); err != nil {
			return Measurement{}, err
		}
	}
	r.BeginPhase("measure")
	*usage = startUsage()
	switch s.Case {
	case Idle:
		return Measurement{RSSBytes: memory(), Clients: s.Clients}, nil
	case Receive:
		// The counterpart sends as soon as it is asked, so connecting is part of the measurement.
		if err := fleet.Connect(connecting); err != nil {
			return Measurement{}, err
		}
		if err := waitFor(ctx, func() bool { return r.Totals().Delivered >= uint64(s.Messages) }); err != nil {
			return Measurement{}, fmt.Errorf("%d of %d messages received: %w", r.Totals().Delivered, s.Messages, err)
		}
	default:
		start := r.Now() + 10*time.Millisecond
		if err := fleet.Publish(ctx, start, start+burst); err != nil {
			return Measurement{}, err
		}
		draining, cancel := context.WithTimeout(ctx, roundTimeout)
		defer cancel()
		if behind := fleet.Drain(draining); behind > 0 {
			return Measurement{}, fmt.Errorf("%d flows were still behind", behind)
		}
	}
	totals := r.Totals()
	m := usage.stop()
	m.Clients, m.Messages = s.Clients, int(max(totals.Written, totals.Delivered))
	if totals.Unsent > 0 {
		return m, fmt.Errorf("%d messages were not sent", totals.Unsent)
	}
	return m, nil
}

// scenario is the benchmark in the words of the language.
func (s Spec) scenario() *scenarios.Scenario {
	qos := map[Case]scenarios.QoS{PublishQoS1: 1, PublishQoS2: 2}[s.Case]
	group := scenarios.PublisherGroup{
		Name: "p", Count: s.Clients, Brokers: scenarios.PlacementSpread, Topic: "bench/{n}", QoS: qos,
		Arrival: scenarios.ArrivalConstant, Payload: scenarios.Size(s.Payload),
		Rate: scenarios.Rate(float64(s.Messages) / float64(s.Clients) / burst.Seconds()),
	}
	sc := &scenarios.Scenario{
		Name: "bench", Seed: 1, Topology: scenarios.Topology{Nodes: 1}, Phases: scenarios.Phases{Measure: burst},
		Workload: scenarios.Workload{
			Client: scenarios.Client{
				Protocol: scenarios.Protocol5, Session: scenarios.SessionClean, Keepalive: time.Minute, ConnectRate: 5000,
				ConnectTimeout: 10 * time.Second, InFlight: inFlight, Backlog: s.Messages,
				Reconnect: scenarios.Reconnect{
					Backoff: scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}, Brokers: scenarios.StrategyRotate,
				},
			},
			Publishers: []scenarios.PublisherGroup{group},
		},
	}
	if s.Case == Receive {
		sc.Workload.Subscribers = []scenarios.SubscriberGroup{{
			Name: "s", Count: s.Clients, Brokers: scenarios.PlacementSpread, Filter: receiveTopic,
		}}
		sc.Workload.Publishers[0].Count = 1
	}
	return sc
}

// address dials one broker.
type address string

// Dial opens a connection to the counterpart, whatever the number.
func (a address) Dial(ctx context.Context, _ int) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", string(a))
}

// waitFor polls a condition until it holds or ctx ends.
func waitFor(ctx context.Context, condition func() bool) error {
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
	}
	return nil
}
