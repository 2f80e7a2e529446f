package history

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Merge joins the records that several processes made of parts of one run. All must have the same RunID, and clients,
// brokers and injections that go by the same number must be described alike; an entry without a client's name stands
// for one that is another record's business. Counts add up, sets are united, histograms merge, lists are joined in
// order. What both parts delivered of one flow, as members of a shared subscription can, counts as duplicated, and as
// copies where they are the two clients of a duplicate subscriber; latencies and timeline know such a message twice.
// The order of the arguments does not matter, and neither does merging in steps. The arguments are left as they are.
func Merge(runs ...*Run) (*Run, error) {
	if len(runs) == 0 {
		return nil, errors.New("merge records: there are none")
	}
	merged := &Run{Meta: runs[0].Meta, Complete: true, Latencies: make(map[Window]map[Metric]*hdr.Histogram)}
	merged.Meta.Environment, merged.Meta.ConnackProperties, merged.Meta.Origins = nil, nil, nil
	for n, run := range runs {
		if err := merged.add(run); err != nil {
			return nil, fmt.Errorf("merge record %d of %d: %w", n+1, len(runs), err)
		}
	}
	merged.sort()
	overlaps(merged.Flows, merged.Publishers, func(f *Flow, both uint64) { f.Copies += both })
	merged.boundOddities()
	return merged, nil
}

// add adds a part to what is merged so far.
func (run *Run) add(part *Run) error {
	if run.Meta.RunID != part.Meta.RunID {
		return fmt.Errorf("it is of run %016x, not %016x", part.Meta.RunID, run.Meta.RunID)
	}
	if err := run.addInjections(part.Injections); err != nil {
		return err
	}
	if err := run.addClients(part); err != nil {
		return err
	}
	if err := run.addBrokers(part.Brokers); err != nil {
		return err
	}
	run.addMeta(part.Meta)
	run.addPhases(part.Phases)
	run.addFlows(part)
	run.addTimeline(part.Timeline)
	run.Events = append(run.Events, part.Events...)
	run.Resumptions = append(run.Resumptions, part.Resumptions...)
	run.Oddities = append(run.Oddities, part.Oddities...)
	run.EventsDropped += part.EventsDropped
	run.OdditiesDropped += part.OdditiesDropped
	run.Phantoms += part.Phantoms
	run.Generator = Generator{
		CPU: run.Generator.CPU + part.Generator.CPU, PeakRSSBytes: run.Generator.PeakRSSBytes + part.Generator.PeakRSSBytes,
		Late: run.Generator.Late + part.Generator.Late, LateBound: max(run.Generator.LateBound, part.Generator.LateBound),
		Written: run.Generator.Written + part.Generator.Written, Clamped: run.Generator.Clamped + part.Generator.Clamped,
	}
	run.Complete = run.Complete && part.Complete
	for window, byMetric := range part.Latencies {
		if run.Latencies[window] == nil {
			run.Latencies[window] = make(map[Metric]*hdr.Histogram)
		}
		for metric, h := range byMetric {
			into := run.Latencies[window][metric]
			mergeInto(&into, h)
			run.Latencies[window][metric] = into
		}
	}
	return nil
}

// addMeta joins the descriptions. Where the parts differ, the value that sorts last stands, so that the order does not
// matter.
func (run *Run) addMeta(part Meta) {
	m := &run.Meta
	for _, field := range []struct {
		into *string
		from string
	}{
		{&m.Scenario, part.Scenario}, {&m.Mqbench, part.Mqbench}, {&m.Broker, part.Broker}, {&m.Version, part.Version},
		{&m.Runtime, part.Runtime}, {&m.Shape, part.Shape}, {&m.Profile, part.Profile}, {&m.Protocol, part.Protocol},
		{&m.Library, part.Library}, {&m.BridgeDirection, part.BridgeDirection},
	} {
		*field.into = max(*field.into, field.from)
	}
	m.Seed = max(m.Seed, part.Seed)
	if part.Started.Before(m.Started) {
		m.Started = part.Started
	}
	m.PersistentSessions = m.PersistentSessions || part.PersistentSessions
	m.SharedSessions = m.SharedSessions || part.SharedSessions
	m.Balanced = m.Balanced || part.Balanced
	m.Keepalive, m.Redelivery = max(m.Keepalive, part.Keepalive), max(m.Redelivery, part.Redelivery)
	m.BridgeQoS = max(m.BridgeQoS, part.BridgeQoS)
	m.Interrupted = m.Interrupted || part.Interrupted
	m.Environment = joinMaps(m.Environment, part.Environment)
	m.ConnackProperties = joinMaps(m.ConnackProperties, part.ConnackProperties)
	m.Settings.Durability = max(m.Settings.Durability, part.Settings.Durability)
	m.Settings.Limits = joinMaps(m.Settings.Limits, part.Settings.Limits)
	m.Settings.Options = joinMaps(m.Settings.Options, part.Settings.Options)
	if slices.Compare(part.Settings.Survives, m.Settings.Survives) > 0 {
		m.Settings.Survives = slices.Clone(part.Settings.Survives)
	}
	if slices.Compare(part.Brokers, m.Brokers) > 0 {
		m.Brokers = slices.Clone(part.Brokers)
	}
	if slices.Compare(part.Proxied, m.Proxied) > 0 {
		m.Proxied = slices.Clone(part.Proxied)
	}
	for n, o := range part.Origins {
		if n == len(m.Origins) {
			m.Origins = append(m.Origins, Origin{})
		}
		m.Origins[n].add(o)
	}
}

// add joins what two parts know of a broker's origin.
func (o *Origin) add(part Origin) {
	o.Version, o.Address = max(o.Version, part.Version), max(o.Address, part.Address)
	o.Image, o.Digest = max(o.Image, part.Image), max(o.Digest, part.Digest)
	o.Published = o.Published || part.Published
	o.ConnackProperties = joinMaps(o.ConnackProperties, part.ConnackProperties)
}

func joinMaps(a, b map[string]string) map[string]string {
	if b == nil {
		return a
	}
	joined := maps.Clone(b)
	for key, value := range a {
		joined[key] = max(joined[key], value)
	}
	return joined
}

// addPhases joins phases by name: from the earliest beginning to the latest end.
func (run *Run) addPhases(part []Phase) {
	for _, p := range part {
		i := slices.IndexFunc(run.Phases, func(q Phase) bool { return q.Name == p.Name })
		if i < 0 {
			run.Phases = append(run.Phases, p)
			continue
		}
		q := &run.Phases[i]
		q.Began, q.Ended = min(q.Began, p.Began), max(q.Ended, p.Ended)
	}
	slices.SortFunc(run.Phases, func(a, b Phase) int {
		return cmp.Or(cmp.Compare(a.Began, b.Began), cmp.Compare(a.Name, b.Name))
	})
}

// addInjections joins the lists: one is the start of the other, and the later news of an injection counts.
func (run *Run) addInjections(part []Injection) error {
	for n, i := range part {
		if n == len(run.Injections) {
			i.Targets = slices.Clone(i.Targets)
			run.Injections = append(run.Injections, i)
			continue
		}
		into := &run.Injections[n]
		same := into.Fault == i.Fault && into.Planned == i.Planned && into.Began == i.Began &&
			slices.Equal(into.Targets, i.Targets)
		if !same {
			return fmt.Errorf("injection %d: %s at %v and %s at %v", n, into.Fault, into.Began, i.Fault, i.Began)
		}
		into.Applied, into.Healing = max(into.Applied, i.Applied), max(into.Healing, i.Healing)
		into.Healed, into.Detail = max(into.Healed, i.Healed), max(into.Detail, i.Detail)
		into.Error, into.HealError = max(into.Error, i.Error), max(into.HealError, i.HealError)
	}
	return nil
}

func (run *Run) addBrokers(part []Broker) error {
	for n, b := range part {
		if n == len(run.Brokers) {
			run.Brokers = append(run.Brokers, Broker{Name: b.Name})
		}
		into := &run.Brokers[n]
		if into.Name != b.Name {
			return fmt.Errorf("broker %d is %q and %q", n, into.Name, b.Name)
		}
		into.CPU, into.PeakRSSBytes = max(into.CPU, b.CPU), max(into.PeakRSSBytes, b.PeakRSSBytes)
		into.Blocked.add(b.Blocked)
		into.Exits = append(into.Exits, b.Exits...)
		slices.SortFunc(into.Exits, func(a, b Exit) int {
			return cmp.Or(cmp.Compare(a.At, b.At), compareFlags(a.Expected, b.Expected), cmp.Compare(a.Detail, b.Detail))
		})
		into.Exits = slices.Compact(into.Exits)
	}
	return nil
}

// timelineGrid is the width by which seconds of different records are matched.
const timelineGrid = time.Second

// addTimeline adds up the seconds that end in the same second of the run. Percentiles of parts cannot be joined: the
// worst stands.
func (run *Run) addTimeline(part []Second) {
	type place struct{ second, nth int }
	places := func(all []Second) []place {
		var found []place
		for _, s := range all {
			p := place{second: int(s.At / timelineGrid)}
			if n := len(found); n > 0 && found[n-1].second == p.second {
				p.nth = found[n-1].nth + 1
			}
			found = append(found, p)
		}
		return found
	}
	into := make(map[place]int)
	for i, p := range places(run.Timeline) {
		into[p] = i
	}
	for i, p := range places(part) {
		if at, there := into[p]; there {
			run.Timeline[at].add(part[i])
		} else {
			s := part[i]
			s.Brokers = slices.Clone(s.Brokers)
			run.Timeline = append(run.Timeline, s)
		}
	}
	slices.SortStableFunc(run.Timeline, func(a, b Second) int { return cmp.Compare(a.At, b.At) })
}

func (s *Second) add(o Second) {
	// The earlier end keeps seconds that share a place in order.
	s.At, s.Width = min(s.At, o.At), max(s.Width, o.Width)
	s.Due, s.Written, s.Acknowledged = s.Due+o.Due, s.Written+o.Written, s.Acknowledged+o.Acknowledged
	s.Unsent, s.Delivered, s.Duplicated = s.Unsent+o.Unsent, s.Delivered+o.Delivered, s.Duplicated+o.Duplicated
	s.Connected += o.Connected
	s.EndToEndP50, s.EndToEndP99 = max(s.EndToEndP50, o.EndToEndP50), max(s.EndToEndP99, o.EndToEndP99)
	s.EndToEndMax = max(s.EndToEndMax, o.EndToEndMax)
	s.PublishP50, s.PublishP99 = max(s.PublishP50, o.PublishP50), max(s.PublishP99, o.PublishP99)
	s.DelayP99, s.DelayMax = max(s.DelayP99, o.DelayP99), max(s.DelayMax, o.DelayMax)
	s.GeneratorCPU += o.GeneratorCPU
	s.Effort.add(o.Effort)
	s.Machine = joinMachines(s.Machine, o.Machine)
	for n, b := range o.Brokers {
		if n == len(s.Brokers) {
			s.Brokers = append(s.Brokers, b)
			continue
		}
		at := &s.Brokers[n]
		at.Up = at.Up || b.Up
		at.CPU, at.RSSBytes = max(at.CPU, b.CPU), max(at.RSSBytes, b.RSSBytes)
		at.Acknowledged, at.Delivered = at.Acknowledged+b.Acknowledged, at.Delivered+b.Delivered
		at.Connected += b.Connected
		at.Blocked += b.Blocked
	}
}
