package history

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Progress is how far a run has come, for those who look on: totals since the start of the run, and how things were, at
// the last tick. None of the totals ever falls.
type Progress struct {
	// At is the time of the last tick; 0: there was none yet.
	At   time.Duration
	Meta Meta
	// Phase is the one that goes on now; "": none.
	Phase string
	// Due to Unsent are of publishers, as [Publisher] has them, Written without what was sent again; InDoubt are those
	// that are known to be in doubt by now.
	Due, Written, Acknowledged, InDoubt, Refused, Unsent uint64
	// Delivered to Phantom are of accounts, as [Flow] has them; Reordered is without shared subscriptions, and Phantom
	// without what only the check finds: a sequence number that was never attempted.
	Delivered, Duplicated, Reordered, Phantom uint64
	// Connected of Clients have a CONNACK; a device is one client.
	Connected, Clients int
	// Brokers are in the order of Meta.Brokers.
	Brokers []BrokerProgress
	// Injections are those so far, by number; they are as of now.
	Injections []Injection
	Generator  GeneratorProgress
}

// BrokerProgress is what one broker used and did so far.
type BrokerProgress struct {
	Name string
	Up   bool
	// CPU is of all its lives; RSSBytes is now.
	CPU      time.Duration
	RSSBytes int64
	// Acknowledged, Delivered, Connected and Stalled are as in [BrokerSample], where Stalled is Blocked.
	Acknowledged, Delivered uint64
	Connected, Stalled      int
	// Blocked sums up the times in which connections took no more and that are over.
	Blocked Blocked
	// Exits counts those that nobody asked for.
	Exits int
}

// GeneratorProgress is what mqbench itself used so far. See [Effort].
type GeneratorProgress struct {
	CPU                 time.Duration
	RSSBytes, HeapBytes int64
	Processors          float64
	GCs                 uint64
	GCCPU               time.Duration
	// Throttled is -1 where it is not known.
	Throttled time.Duration
	// Late is as in [Generator].
	Late uint64
}

// Progress says how far the run has come. It looks at nothing that clients write, so that it costs them nothing.
func (r *Recorder) Progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, c := &r.ticked, r.ticked.counts
	p := Progress{
		At: t.at, Meta: r.meta.clone(),
		Due: c.due, Written: c.written, Acknowledged: c.acknowledged, InDoubt: c.inDoubt, Refused: c.refused, Unsent: c.unsent,
		Delivered: c.delivered, Duplicated: c.duplicated, Reordered: c.reordered, Phantom: c.phantom,
		Clients: r.infos.clients(), Injections: r.copyInjections(),
		Generator: GeneratorProgress{CPU: t.cpu, GCs: t.gcs, GCCPU: t.gcCPU, Throttled: t.throttled, Late: c.late},
	}
	if last := len(r.phases) - 1; last >= 0 && r.phases[last].Ended == 0 {
		p.Phase = r.phases[last].Name
	}
	var now Second
	if last := len(r.timeline) - 1; last >= 0 {
		now = r.timeline[last]
	}
	p.Connected = now.Connected
	p.Generator.RSSBytes, p.Generator.HeapBytes = now.Effort.RSSBytes, now.Effort.HeapBytes
	p.Generator.Processors = now.Effort.Processors
	for n, b := range r.brokers {
		p.Brokers = append(p.Brokers, r.brokerProgress(n, b, now))
	}
	return p
}

// brokerProgress is that of broker n. The caller holds r.mu.
func (r *Recorder) brokerProgress(n int, b Broker, now Second) BrokerProgress {
	p := BrokerProgress{Name: b.Name, CPU: b.CPU, Blocked: b.Blocked}
	for _, e := range b.Exits {
		if !e.Expected {
			p.Exits++
		}
	}
	if n < len(r.ticked.served) {
		p.Acknowledged, p.Delivered = r.ticked.served[n].acknowledged, r.ticked.served[n].delivered
	}
	if n < len(now.Brokers) {
		s := now.Brokers[n]
		p.Up, p.RSSBytes, p.Connected, p.Stalled = s.Up, s.RSSBytes, s.Connected, s.Blocked
	}
	return p
}

// clients is their number: a device is one.
func (i infos) clients() int {
	n := len(i.publishers) + len(i.subscribers)
	for _, s := range i.subscribers {
		if s.Device > 0 {
			n--
		}
	}
	return n
}

// EachLatency shows the histograms of what was collected so far, by metric and window: those of [Metrics] and
// [OwnMetrics] that have a sample. What clients have recorded since the last tick is missing. A histogram must neither
// be changed nor be kept; ticks wait meanwhile.
func (r *Recorder) EachLatency(show func(Metric, Window, *hdr.Histogram)) {
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	names := WindowNames()
	for metric := range r.total {
		for window, h := range r.total[metric] {
			if h != nil {
				show(metricName(metric), names[window], h)
			}
		}
	}
}
