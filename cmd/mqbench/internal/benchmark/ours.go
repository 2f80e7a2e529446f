package benchmark

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

const (
	connectTime = time.Minute
	closeTime   = 10 * time.Second
	// lead is the time until the first message is due.
	lead = 50 * time.Millisecond
)

// measureOurs measures the fleet as a run uses it: plan, sessions, stamps, record and journal, and a tick every second.
func measureOurs(ctx context.Context, s Spec, meter *meter) (Measurement, error) {
	a, err := workers.Assign(s.scenario(), RunID)
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
	stopTicks := tick(r)
	m, err := s.drive(ctx, fleet, r, meter)
	stopTicks()
	m.RSSBytes -= before
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	closeErr := fleet.Close(closing)
	run, finishErr := r.Finish(false)
	if delays := run.Latencies[history.Before][history.PublishDelay]; delays != nil {
		at := func(percent float64) time.Duration { return time.Duration(delays.ValueAtPercentile(percent)) }
		m.Delay = Delay{P50: at(50), P99: at(99), P999: at(99.9)}
	}
	switch {
	case err != nil:
		return m, err // a fleet that was given up may have something to say at its end, which is not the reason
	case s.Task == Receive:
		return m, finishErr // the one publisher, whose messages the counterpart sends, has nobody to say goodbye to
	default:
		return m, errors.Join(closeErr, finishErr)
	}
}

// tick closes an interval of the record every second until stop, as the coordinator of a run does.
func tick(r *history.Recorder) (stop func()) {
	var ticking sync.WaitGroup
	over := make(chan struct{})
	ticking.Go(func() {
		seconds := time.NewTicker(time.Second)
		defer seconds.Stop()
		for {
			select {
			case <-seconds.C:
				r.Tick(r.Now(), history.Sample{})
			case <-over:
				return
			}
		}
	})
	return func() {
		close(over)
		ticking.Wait()
	}
}

// drive connects the fleet and lets it work.
func (s Spec) drive(ctx context.Context, fleet *workers.Fleet, r *history.Recorder, meter *meter) (Measurement, error) {
	connecting, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	switch s.Task {
	case Idle:
		if err := fleet.Connect(connecting); err != nil {
			return Measurement{}, err
		}
		return Measurement{RSSBytes: memory(), Clients: s.Clients}, nil
	case Connect:
		if err := meter.start(); err != nil {
			return Measurement{}, err
		}
		err := fleet.Connect(connecting)
		m := meter.stop()
		m.Clients = r.Totals().Connected
		return m, err
	case Receive:
		return s.receive(ctx, fleet, r, meter)
	default:
		if err := fleet.Connect(connecting); err != nil {
			return Measurement{}, err
		}
		return s.publish(ctx, fleet, r, meter)
	}
}

// receive takes what the counterpart sends as soon as it is asked: connecting is part of the measurement unless the
// first messages are left out.
func (s Spec) receive(ctx context.Context, fleet *workers.Fleet, r *history.Recorder, meter *meter) (Measurement, error) {
	r.BeginPhase("measure")
	return s.follow(ctx, meter, func() int { return int(r.Totals().Delivered) }, fleet.Connect)
}

// publish offers the load. A message counts when it is written, and at QoS 1 and 2 when it is acknowledged.
func (s Spec) publish(ctx context.Context, fleet *workers.Fleet, r *history.Recorder, meter *meter) (Measurement, error) {
	settled := func() int {
		totals := r.Totals()
		if s.QoS == 0 {
			return int(totals.Written + totals.Unsent)
		}
		return int(totals.Acknowledged + totals.Unsent)
	}
	r.BeginPhase("warmup")
	m, err := s.follow(ctx, meter, settled, func(ctx context.Context) error {
		start := r.Now() + lead
		measuring := time.AfterFunc(lead+time.Duration(s.Warm*float64(s.Span)), func() { r.BeginPhase("measure") })
		defer measuring.Stop()
		return fleet.Publish(ctx, start, start+s.Span)
	})
	if unsent := r.Totals().Unsent; err == nil && unsent > 0 {
		err = fmt.Errorf("%d messages were not sent", unsent)
	}
	return m, err
}

// subscribes says that the clients subscribe, and else that they publish.
func (s Spec) subscribes() bool { return s.Task == Receive || s.Task == Connect }

// scenario is the benchmark in the words of the language.
func (s Spec) scenario() *scenarios.Scenario {
	span := s.Span
	if span == 0 {
		span = burst // of clients that publish nothing
	}
	sc := &scenarios.Scenario{
		Name: "bench", Seed: 1, Topology: scenarios.Topology{Nodes: 1}, Phases: scenarios.Phases{Measure: span},
		Workload: scenarios.Workload{
			Client: scenarios.Client{
				Protocol: scenarios.Protocol5, Session: scenarios.SessionClean, Keepalive: time.Minute, ConnectRate: unbounded,
				ConnectTimeout: 10 * time.Second, InFlight: inFlight, Backlog: max(s.Messages, 1),
				Reconnect: scenarios.Reconnect{
					Backoff: scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}, Brokers: scenarios.StrategyRotate,
				},
			},
			Publishers: []scenarios.PublisherGroup{{
				Name: "p", Count: s.Clients, Brokers: scenarios.PlacementSpread, Topic: "bench/{n}", QoS: scenarios.QoS(s.QoS),
				Arrival: scenarios.ArrivalConstant, Payload: scenarios.Size(s.Payload),
				Rate: scenarios.Rate(float64(s.Messages) / float64(s.Clients) / span.Seconds()),
			}},
		},
	}
	if s.subscribes() {
		sc.Workload.Subscribers = []scenarios.SubscriberGroup{{
			Name: "s", Count: s.Clients, Brokers: scenarios.PlacementSpread, Filter: receiveTopic,
		}}
		sc.Workload.Publishers[0].Count = 1
	}
	return sc
}

// unbounded is a connect rate that bounds nothing.
const unbounded = 1e9

// address dials one broker.
type address string

// Dial opens a connection to the counterpart, whatever the number, as a run does: without TCP keepalive.
func (a address) Dial(ctx context.Context, _ int) (net.Conn, error) {
	return (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", string(a))
}
