package history

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A Recorder keeps the record of a run while it lasts. The clients' logs may be used in parallel; so may everything
// else, but phases, injections and ticks are meant to come from one coordinator each.
//
// Locks are taken in this order: saving, latencyMu, mu, a subscriber lane, a publisher lane.
type Recorder struct {
	epoch      time.Time
	dir        string
	lateBound  time.Duration
	persistent bool
	// detection is how long a client may take to notice that its peer is dead: twice the keepalive.
	detection    time.Duration
	brokersApart bool
	// reaches and bridgeQoS say what can come from one broker to another, and how.
	reaches     func(home, at, to int) bool
	bridgeQoS   byte
	publishers  []PublisherLog
	subscribers []SubscriberLog
	accounts    []*account
	infos       infos
	// lanes are all lanes: those of the subscribers first.
	lanes, subscriberLanes, publisherLanes []*lane
	// memories are the journals that are kept in memory, by publisher lane.
	memories []*memory

	windows atomic.Pointer[Windows]
	marks   atomic.Pointer[marks]

	// subscribed is when a subscriber last got a session.
	subscribed                                  atomic.Int64
	connected                                   atomic.Int64
	attemptsKept, eventsKept                    atomic.Int64
	eventsDropped                               atomic.Uint64
	duplicatesKept, reorderedKept, phantomsKept atomic.Int64
	unaskedKept                                 atomic.Int64
	odditiesDropped                             atomic.Uint64

	// mu guards what the coordinator tells.
	mu         sync.Mutex
	meta       Meta
	phases     []Phase
	injections []Injection
	timeline   []Second
	brokers    []Broker
	generator  Generator
	ticked     tickState

	// latencyMu guards the merged histograms and the interval log.
	latencyMu sync.Mutex
	total     latencies
	interval  [metricCount]*hdr.Histogram
	log       *intervalLog

	// saving lets one save at a time.
	saving sync.Mutex
	behind behindState
}

// infos are the descriptions that the recorder was given.
type infos struct {
	publishers  []PublisherInfo
	subscribers []SubscriberInfo
}

// NewRecorder checks the options and opens the files. A folder that holds another record is refused.
func NewRecorder(o Options) (*Recorder, error) {
	accounts, err := newAccounts(o.Subscribers, o.Publishers)
	if err := errors.Join(err, checkCopies(o.Publishers)); err != nil {
		return nil, fmt.Errorf("new recorder: %w", err)
	}
	if o.Epoch.IsZero() {
		o.Epoch = time.Now()
	}
	if o.Meta.Started.IsZero() {
		o.Meta.Started = o.Epoch.Round(0)
	}
	r := &Recorder{
		epoch: o.Epoch, dir: o.Dir, lateBound: o.LateBound, persistent: o.Meta.PersistentSessions,
		detection:    2 * o.Meta.Keepalive,
		brokersApart: !o.Meta.SharedSessions, reaches: o.Reaches, bridgeQoS: o.Meta.BridgeQoS,
		accounts: accounts, infos: infos{o.Publishers, o.Subscribers}, meta: o.Meta,
	}
	if r.reaches == nil {
		r.reaches = func(_, at, to int) bool { return at == to }
	}
	for _, name := range o.Meta.Brokers {
		r.brokers = append(r.brokers, Broker{Name: name})
	}
	r.windows.Store(&Windows{})
	r.marks.Store(&marks{})
	r.addLanes(o.Lanes)
	r.addClients()
	if err := r.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("new recorder: %w", err), r.Close())
	}
	return r, nil
}

// addLanes makes n lanes for publishers and as many for subscribers.
func (r *Recorder) addLanes(n int) {
	if n <= 0 {
		n = min(4*runtime.GOMAXPROCS(0), 32)
	}
	for range 2 * n {
		r.lanes = append(r.lanes, &lane{})
	}
	r.subscriberLanes, r.publisherLanes = r.lanes[:n], r.lanes[n:]
}

func (r *Recorder) addClients() {
	none := r.marks.Load()
	r.publishers = make([]PublisherLog, len(r.infos.publishers))
	for n, info := range r.infos.publishers {
		r.publishers[n] = PublisherLog{
			ClientLog: ClientLog{
				recorder: r, lane: r.publisherLanes[n%len(r.publisherLanes)], ref: ClientRef{Number: n}, marks: none,
			},
			qos: info.QoS,
		}
	}
	for _, a := range r.accounts {
		a.lane = r.subscriberLanes[a.number%len(r.subscriberLanes)]
	}
	r.subscribers = make([]SubscriberLog, len(r.infos.subscribers))
	for n, info := range r.infos.subscribers {
		l, a := &r.subscribers[n], r.accounts[info.Account]
		l.self = member{account: a, log: l}
		l.ClientLog = ClientLog{
			recorder: r, lane: a.lane, ref: ClientRef{Subscriber: true, Number: n}, marks: none, member: &l.self,
		}
		a.members = append(a.members, &l.self)
		if info.Device > 0 {
			r.publishers[info.Device-1].half = l
		}
		if !a.shared && len(a.members) == 2 {
			for _, m := range a.members {
				m.received = make([]Sequences, len(a.flows))
			}
		}
	}
}

// open creates the journals and the interval log.
func (r *Recorder) open(o Options) error {
	if r.dir != "" {
		if err := refuseForeign(r.dir); err != nil {
			return err
		}
	}
	for i, l := range r.publisherLanes {
		var err error
		switch {
		case r.dir != "":
			l.journal, err = createJournal(r.dir, i, r.meta.RunID)
		case o.InMemory:
			text := &memory{}
			r.memories = append(r.memories, text)
			l.journal, err = newJournal(text, r.meta.RunID)
		}
		if err != nil {
			return err
		}
	}
	if o.IntervalLog != "" {
		log, err := createIntervalLog(o.IntervalLog, r.meta.Started)
		if err != nil {
			return err
		}
		r.log = log
	}
	return nil
}

// Now is the time since the run's epoch.
func (r *Recorder) Now() time.Duration { return time.Since(r.epoch) }

// Publisher returns the log of publisher n.
func (r *Recorder) Publisher(n int) *PublisherLog { return &r.publishers[n] }

// Subscriber returns the log of subscriber n.
func (r *Recorder) Subscriber(n int) *SubscriberLog { return &r.subscribers[n] }

// Close closes the files without saving anything. After [Recorder.Finish] it does nothing.
func (r *Recorder) Close() error {
	var errs []error
	for _, l := range r.publisherLanes {
		if l.journal != nil {
			errs = append(errs, l.journal.close())
		}
	}
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	if r.log != nil {
		errs = append(errs, r.log.close())
	}
	return errors.Join(errs...)
}
