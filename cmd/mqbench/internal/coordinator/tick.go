package coordinator

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mqbench/mqbench/chaos"
	"github.com/mqbench/mqbench/cmd/mqbench/internal/resources"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers"
	"github.com/mqbench/mqbench/workers/mqtt"
)

const (
	// interval is the width of a line of the timeline.
	interval = time.Second
	// checkpointEvery is how often the record is saved while the run lasts; checkpointShare keeps a large record from
	// being saved all the time: a checkpoint waits for this many times the length of the one before it.
	checkpointEvery = 5 * time.Second
	checkpointShare = 20
	// checkpointTries is how often in a row, a second apart, the record may fail to be saved before the run is given up: a
	// full disk may be emptied.
	checkpointTries = 5
)

// phase is the part of the run that is going on, for the live view.
type phase struct {
	sync.Mutex
	name   string
	doing  string
	began  time.Duration
	length time.Duration
}

// begin starts a phase in the record and in the live view; length is how long it should last, or 0.
func (r *run) begin(name string, length time.Duration) {
	r.phase.Lock()
	r.phase.name, r.phase.doing, r.phase.began, r.phase.length = name, "", r.recorder.Now(), length
	r.phase.Unlock()
	r.recorder.BeginPhase(name)
	r.Log.Info("phase", "name", name)
	if r.cluster == nil {
		r.show(history.Second{})
	}
}

// progress shows in the live view what the phase is at.
func (r *run) progress(text string) {
	r.Log.Info("progress", "text", text)
	r.phase.Lock()
	r.phase.doing = text
	r.phase.Unlock()
	r.show(history.Second{})
}

// ticker closes an interval of the timeline every second and saves the record every few.
type ticker struct {
	run     *run
	sampler *resources.Sampler
	reads   mqtt.PollerStats
}

func (t *ticker) loop(ctx context.Context) error {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	nextCheckpoint, failed := checkpointEvery, 0
	for {
		select {
		case <-ctx.Done():
			t.tick()
			return nil
		case <-ticks.C:
			t.tick()
		}
		began := t.run.recorder.Now()
		if began < nextCheckpoint {
			continue
		}
		if err := t.run.recorder.Checkpoint(); err != nil {
			t.run.Log.Error("save the record while running", "error", err)
			if failed++; failed == checkpointTries {
				return fmt.Errorf("save the record while running: %w", err)
			}
			continue
		}
		failed = 0
		took := t.run.recorder.Now() - began
		nextCheckpoint = began + max(checkpointEvery, checkpointShare*took)
	}
}

// tick samples what mqbench and the brokers use, and closes the interval.
func (t *ticker) tick() {
	r := t.run
	sample := history.Sample{Generator: t.sampler.Sample()}
	reads := r.fleet.Reads()
	sample.Generator.ReadLag, t.reads = readLag(reads, t.reads), reads
	for _, u := range r.cluster.Usage() {
		sample.Brokers = append(sample.Brokers, history.BrokerSample{Up: u.Up, CPU: u.CPU, RSSBytes: u.RSSBytes})
		sample.BrokerPeakRSS = append(sample.BrokerPeakRSS, u.PeakRSSBytes)
	}
	r.show(r.recorder.Tick(r.recorder.Now(), sample))
}

// show tells the live view how things are.
func (r *run) show(s history.Second) {
	if r.View == nil {
		return
	}
	r.phase.Lock()
	state := reports.LiveState{Phase: r.phase.name, Doing: r.phase.doing, Elapsed: r.recorder.Now() - r.phase.began,
		Length: r.phase.length}
	measured := r.measured
	r.phase.Unlock()
	width := max(s.Width, time.Millisecond).Seconds()
	state.Due, state.Written = float64(s.Due)/width, float64(s.Written)/width
	state.Acknowledged, state.Delivered = float64(s.Acknowledged)/width, float64(s.Delivered)/width
	state.P99, state.Connected, state.Clients = s.EndToEndP99, s.Connected, r.Plan.Clients()
	state.Faults = r.faults(measured)
	state.Generator = reports.LiveGeneratorOf(s, workers.LateBound)
	r.View(state)
}

// faults lists the injections so far, in the order of their times.
func (r *run) faults(measured time.Duration) []reports.LiveFault {
	var faults []reports.LiveFault
	for _, i := range r.recorder.Injections() {
		if strings.HasPrefix(i.Error, chaos.NotBegun) {
			continue // it never was in force
		}
		var targets []string
		for _, t := range i.Targets {
			targets = append(targets, r.Plan.Brokers[t])
		}
		f := reports.LiveFault{
			Name:  reports.FaultName(i.Fault, strings.Join(targets, ", "), i.Detail),
			Began: i.Began - measured, Healed: max(0, i.Healed-measured),
		}
		if i.Error != "" {
			f.Name += " (" + i.Error + ")"
		}
		faults = append(faults, f)
	}
	return faults
}
