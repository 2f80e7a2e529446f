// Package coordinator takes one run from plan to verdict.
//
// It owns the phases and their deadlines, the run directory, and the order in which things are saved: the plan before
// anything is started, the history before anything is judged. It knows every actor and every reader, and nobody but the
// command knows it; the drivers that start brokers are handed to it.
package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/chaos"
	"github.com/mqbench/mqbench/cmd/mqbench/internal/resources"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
	"github.com/mqbench/mqbench/workers/transport"
)

// Deadlines of the parts of a run that no scenario states.
const (
	// connectGrace is added to the time that the connect rate needs.
	connectGrace = 60 * time.Second
	closeTimeout = 20 * time.Second
	// lead is the time between the last SUBACK and the first intended time.
	lead = 200 * time.Millisecond
)

// Options are what a run needs.
type Options struct {
	Plan     *Plan
	Scenario *scenarios.Scenario
	Recipe   brokers.Recipe
	Driver   fixtures.Driver
	// Dir is the run directory, made by [OpenDir].
	Dir *Dir
	// Version is the version of mqbench.
	Version string
	// View is told about the run once in a while; it must not block.
	View func(reports.LiveState)
	// Recording, if any, is handed the record before anything is started, for those who look on.
	Recording func(*history.Recorder)
	Log       *slog.Logger
}

// Run carries the plan out and returns what came of it. When ctx ends early the run is cut short, healed, saved and
// judged all the same, and the result says so. An error without a result means that there is nothing to judge; it wraps
// [fixtures.ErrEnvironment] when the machine or the brokers were the reason. An error beside a result says what could
// not be closed or cleared away afterwards, which takes nothing from what was measured.
func Run(ctx context.Context, o Options) (*reports.Result, error) {
	r := &run{Options: o}
	if err := r.open(); err != nil {
		return nil, err
	}
	runErr := r.live(ctx)
	if errors.Is(runErr, context.Canceled) && (ctx.Err() != nil || r.unsaved != nil) {
		o.Log.Warn("cut short", "error", runErr)
		runErr = nil // by the caller, or because the record could not be saved: an interrupted run, not a failed one
	}
	record, err := r.recorder.Finish(ctx.Err() != nil || r.unsaved != nil)
	switch {
	case runErr != nil:
		return nil, errors.Join(runErr, r.closing)
	case r.unsaved != nil && err != nil:
		return nil, r.unsaved // both have the same reason
	case err != nil:
		return nil, fmt.Errorf("save the history: %w", err)
	}
	judged, err := judge(record, o.Scenario, o.Dir)
	if err != nil {
		return nil, errors.Join(err, r.unsaved, r.closing)
	}
	return judged.Result, errors.Join(o.Dir.WriteFiles(judged, Rendered()), r.unsaved, r.closing)
}

// run is the state of one run.
type run struct {
	Options
	epoch    time.Time
	recorder *history.Recorder
	cluster  *fixtures.Cluster
	fleet    *workers.Fleet
	// transport is how the clients reach the brokers; nil: plain TCP.
	transport *transport.Transport
	exits     *exits
	ticker    *ticker
	phase     phase
	// measured is when the measurement began.
	measured time.Duration
	// unsaved says why the record could not be saved while the run lasted, closing what could not be closed after it.
	unsaved, closing error
}

// closed notes the error of closing something: the load is over by then, and what was recorded is judged all the same.
func (r *run) closed(err error) {
	if err != nil {
		r.Log.Error("close", "error", err)
		r.closing = errors.Join(r.closing, err)
	}
}

// open makes the recorder; from here on everything is recorded.
func (r *run) open() error {
	r.epoch = time.Now()
	publishers, subscribers := r.Plan.Assignment.Infos()
	recorder, err := history.NewRecorder(history.Options{
		Dir:         r.Dir.History(),
		IntervalLog: r.Dir.Path("latency.hlog"),
		Epoch:       r.epoch,
		Meta:        r.meta(),
		Publishers:  publishers, Subscribers: subscribers, LateBound: workers.LateBound,
		Reaches: r.Scenario.Topology.Reaches,
	})
	if err != nil {
		return fmt.Errorf("open the history: %w", err)
	}
	r.recorder = recorder
	if r.Recording != nil {
		r.Recording(recorder)
	}
	return nil
}

// live has brokers running from its first line to its last.
func (r *run) live(ctx context.Context) error {
	r.begin("provision", 0)
	r.exits = newExits(max(1, r.Scenario.Topology.Nodes))
	access, err := access(r.Scenario, r.Dir)
	if err != nil {
		return fmt.Errorf("prepare the brokers' access: %w", err)
	}
	if r.transport, err = clientTransport(r.Scenario, r.Plan.Assignment, access); err != nil {
		return fmt.Errorf("prepare the clients' transport: %w", err)
	}
	cluster, err := fixtures.Provision(ctx, fixtures.Spec{
		Access:   access,
		Topology: r.Scenario.Topology, Recipe: r.Recipe, RunID: r.Plan.ID(), Dir: r.Dir.Root,
		Protocol: r.Scenario.Workload.Client.Protocol, Proxied: r.Scenario.Proxied(), Shaped: shaped(r.Scenario),
		Progress: r.progress,
		OnExit: func(broker int, detail string) {
			r.Log.Warn("broker ended by itself", "broker", r.Plan.Brokers[broker], "status", detail)
			r.recorder.BrokerExit(broker, history.Exit{At: r.recorder.Now(), Detail: detail})
			r.exits.add(broker)
		},
	}, r.Driver, r.Log)
	if err != nil {
		return fmt.Errorf("provision %d × %s: %w", r.Scenario.Topology.Nodes, r.Recipe.Name, err)
	}
	r.cluster = cluster
	r.recorder.Amend(func(m *history.Meta) {
		m.Origins, m.Proxied = origins(cluster), cluster.Proxied()
	})
	defer func() {
		r.begin("close", 0)
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		r.closed(cluster.Close(closing))
		r.recorder.EndPhase()
	}()

	r.fleet = workers.NewFleet(r.Plan.Assignment, r.cluster, r.recorder)
	if r.transport != nil {
		r.fleet.Via(r.transport)
	}
	ticking, stop := context.WithCancel(context.WithoutCancel(ctx))
	ctx, abort := context.WithCancel(ctx)
	r.ticker = &ticker{run: r, sampler: resources.NewSampler()}
	var ticks sync.WaitGroup
	ticks.Go(func() {
		r.unsaved = r.ticker.loop(ticking)
		if r.unsaved != nil {
			abort() // a run whose record cannot be saved is not worth its time
		}
	})
	ticks.Go(func() { r.pulse(ticking) })
	defer func() {
		abort()
		stop()
		ticks.Wait()
	}()
	return r.load(ctx)
}

// load connects the clients, offers load while chaos runs, and drains.
func (r *run) load(ctx context.Context) error {
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		r.closed(r.fleet.Close(closing))
	}()
	if err := r.connect(ctx); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	r.begin("drain", r.Scenario.Phases.Drain)
	draining, cancel := context.WithTimeout(ctx, r.Scenario.Phases.Drain)
	defer cancel()
	if behind := r.fleet.Drain(draining); behind > 0 {
		r.Log.Warn("drain ended at its deadline", "flows behind", behind)
	}
	return ctx.Err()
}

// connect brings every client up.
func (r *run) connect(ctx context.Context) error {
	clients := r.Plan.Clients()
	needed := time.Duration(float64(clients) / float64(r.Scenario.Workload.Client.ConnectRate) * float64(time.Second))
	r.begin("connect", needed)
	limited, cancel := context.WithTimeoutCause(ctx, needed+connectGrace, errors.New("connecting took too long"))
	defer cancel()
	limited, giveUp := context.WithCancelCause(limited)
	defer giveUp(nil)
	go func() {
		select {
		case <-r.exits.none:
			giveUp(errNoBroker)
		case <-limited.Done():
		}
	}()
	if err := r.fleet.Connect(limited); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("connect %d clients: %w: %w", clients, fixtures.ErrEnvironment, err)
	}
	return nil
}

// measure offers the load and lets chaos loose on its schedule; it returns when the load has ended and every fault is
// healed.
func (r *run) measure(ctx context.Context) error {
	phases := r.Scenario.Phases
	start := r.recorder.Now() + lead
	measured := start + phases.Warmup
	until := measured + phases.Measure
	r.phase.Lock()
	r.measured = measured
	r.phase.Unlock()

	loading, endLoad := context.WithCancel(ctx)
	defer endLoad()
	g, loading := errgroup.WithContext(loading)
	g.Go(func() error { return r.fleet.Publish(loading, start, until) })
	if phases.Warmup > 0 {
		r.begin("warmup", phases.Warmup)
		if !sleep(loading, measured-r.recorder.Now()) {
			return errors.Join(g.Wait(), ctx.Err())
		}
	}
	r.begin("measure", phases.Measure)
	g.Go(func() error {
		// The faults end with the measurement, not with the load's goroutine: what is still held then is healed.
		measuring, cancel := context.WithTimeout(loading, until-r.recorder.Now())
		defer cancel()
		chaos.Carry(measuring, r.Plan.Chaos, target{r.cluster, r.fleet}, r.recorder, measured)
		return nil
	})
	return errors.Join(g.Wait(), ctx.Err())
}

// sleep waits for d and says whether it did so to the end.
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
