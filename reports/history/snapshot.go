package history

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Checkpoint saves the record as it is now, with Complete false. It may be called while the clients are at work: each
// lane is locked only while it is copied. Receipts are copied before what was published, so that a checkpoint may know
// a message whose receipt it does not know, and hardly the other way round.
func (r *Recorder) Checkpoint() error {
	r.saving.Lock()
	defer r.saving.Unlock()
	errs := []error{r.failures()}
	for _, l := range r.publisherLanes {
		if l.journal != nil {
			l.flushJournal()
		}
	}
	run := r.snapshot()
	if r.dir != "" {
		errs = append(errs, Save(r.dir, run))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Finish ends the record: it is saved with Complete true and returned. Clients must have ended. A message that was
// attempted at QoS 1 or 2 and has no outcome is in doubt. The run is returned also with an error, which says what could
// not be written.
func (r *Recorder) Finish(interrupted bool) (*Run, error) {
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	r.endPhase(r.Now())
	r.meta.Interrupted = r.meta.Interrupted || interrupted
	r.mu.Unlock()
	for _, l := range r.publisherLanes {
		if l.journal != nil {
			l.flushJournal()
		}
	}
	run := r.snapshot()
	run.Complete = true
	run.settle()
	errs := []error{r.Close()}
	if r.dir != "" {
		errs = append(errs, Save(r.dir, run))
	}
	if err := errors.Join(errs...); err != nil {
		return run, fmt.Errorf("finish record: %w", err)
	}
	return run, nil
}

// failures returns what went wrong in writing so far.
func (r *Recorder) failures() error {
	var errs []error
	for _, l := range r.publisherLanes {
		if l.journal != nil {
			errs = append(errs, l.journal.failure())
		}
	}
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	if r.log != nil && r.log.err != nil {
		errs = append(errs, fmt.Errorf("write interval log: %w", r.log.err))
	}
	return errors.Join(errs...)
}

// settle puts into doubt what was attempted at QoS 1 and 2 and has no outcome.
func (run *Run) settle() {
	for n := range run.Publishers {
		p := &run.Publishers[n]
		if p.QoS == 0 {
			continue
		}
		open := Range(0, p.Next).Bitmap()
		for _, settled := range []Sequences{p.Acknowledged, p.Refused, p.InDoubt, p.Unsent} {
			open.AndNot(settled.Bitmap())
		}
		for from, to := range open.Ranges() {
			p.InDoubt.AddRange(from, uint32(to))
		}
	}
}

// snapshot copies everything. The caller holds r.saving.
func (r *Recorder) snapshot() *Run {
	run := &Run{}
	r.copyLatencies(run)
	r.copyFlows(run)
	r.copyPublishers(run)
	for _, l := range r.lanes {
		l.mu.Lock()
		// What is in these lists never changes, so the copies can be made when the lane is free again.
		events, resumptions, oddities := l.events, l.resumptions, l.oddities
		run.Phantoms += l.counts.phantom
		run.Generator.Late += l.counts.late
		run.Generator.Clamped += l.clamped
		run.Generator.Written += l.counts.written
		l.mu.Unlock()
		run.Events = append(run.Events, events...)
		run.Resumptions = append(run.Resumptions, resumptions...)
		run.Oddities = append(run.Oddities, oddities...)
	}
	run.EventsDropped, run.OdditiesDropped = r.eventsDropped.Load(), r.odditiesDropped.Load()
	r.copyCoordinator(run)
	run.sort()
	overlaps(run.Flows, run.Publishers, func(f *Flow, both uint64) { f.Copies += both })
	return run
}

func (r *Recorder) copyLatencies(run *Run) {
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	r.collect()
	run.Latencies = make(map[Window]map[Metric]*hdr.Histogram)
	for metric := range metricCount {
		for window, in := range WindowNames() {
			h := r.total[metric][window]
			if h == nil {
				continue
			}
			if run.Latencies[in] == nil {
				run.Latencies[in] = make(map[Metric]*hdr.Histogram)
			}
			run.Latencies[in][metricName(metric)] = h.Clone()
		}
	}
}

func (r *Recorder) copyFlows(run *Run) {
	count := 0
	for _, a := range r.accounts {
		count += len(a.flows)
	}
	run.Flows = make([]Flow, 0, count)
	for _, a := range r.accounts {
		a.lane.mu.Lock()
		for i := range a.flows {
			f := Flow{Account: a.number, Publisher: a.publishers[i], Delivered: a.flows[i].delivered.Clone()}
			if extra := a.flows[i].extra; extra != nil {
				f.Duplicated, f.Reordered, f.Retained = extra.duplicated, extra.reordered, extra.retained
				f.Copies = extra.copies
			}
			run.Flows = append(run.Flows, f)
		}
		a.lane.mu.Unlock()
	}
	run.Subscribers = make([]Subscriber, len(r.infos.subscribers))
	for n, info := range r.infos.subscribers {
		run.Subscribers[n] = Subscriber{
			Client: info.Client, Group: info.Group, Filters: slices.Clone(info.Filters), QoS: info.QoS, Home: info.Home,
			Account: info.Account, Shared: info.Shared, Device: info.Device,
		}
	}
}

func (r *Recorder) copyPublishers(run *Run) {
	run.Publishers = make([]Publisher, len(r.publishers))
	for n, info := range r.infos.publishers {
		l := &r.publishers[n]
		l.lane.mu.Lock()
		run.Publishers[n] = Publisher{
			Client: info.Client, Group: info.Group, Topic: info.Topic, QoS: info.QoS, Rate: info.Rate,
			Planned: info.Planned, Window: info.Window, Home: info.Home,
			Original: r.infos.original(n), Due: l.due, Next: l.next, Acknowledged: l.acknowledged.Clone(), Refused: l.refused.Clone(),
			InDoubt: l.inDoubt.Clone(), Unsent: l.unsent.Clone(), Unmatched: l.unmatched,
		}
		l.lane.mu.Unlock()
	}
}

func (r *Recorder) copyCoordinator(run *Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	run.Meta = r.meta.clone()
	run.Phases = slices.Clone(r.phases)
	run.Injections = slices.Clone(r.injections)
	run.Timeline = slices.Clone(r.timeline)
	run.Brokers = slices.Clone(r.brokers)
	for n := range run.Brokers {
		run.Brokers[n].Exits = slices.Clone(run.Brokers[n].Exits)
	}
	run.Generator.CPU, run.Generator.PeakRSSBytes = r.generator.CPU, r.generator.PeakRSSBytes
	run.Generator.LateBound = r.lateBound
}

// clone copies everything.
func (m Meta) clone() Meta {
	m.Environment, m.ConnackProperties = maps.Clone(m.Environment), maps.Clone(m.ConnackProperties)
	m.Brokers, m.Proxied, m.Origins = slices.Clone(m.Brokers), slices.Clone(m.Proxied), slices.Clone(m.Origins)
	for n := range m.Origins {
		m.Origins[n].ConnackProperties = maps.Clone(m.Origins[n].ConnackProperties)
	}
	return m
}

// extend makes the record of a crash agree with itself: whatever was received had been attempted, even where the
// checkpoint knows the receipt and not yet the write.
func (run *Run) extend() {
	for _, f := range run.Flows {
		if largest, any := f.Delivered.Max(); any && largest < math.MaxUint32 {
			p := &run.Publishers[f.Publisher]
			p.Next = max(p.Next, largest+1)
		}
	}
}
