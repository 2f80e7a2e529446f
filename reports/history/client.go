package history

import "time"

// A ClientLog records the connections of one client. All its calls for one client come one at a time; clients run in
// parallel. Brokers are given by number.
type ClientLog struct {
	recorder *Recorder
	lane     *lane
	ref      ClientRef
	// member is nil for publishers.
	member *member
	// up, broker and since describe the connection that is there, or was last.
	up     bool
	broker int32
	since  time.Duration
	// held is true while a batch of receipts holds the lane.
	held bool
	// marks is the table of injections as last looked at, pending what this client has not resumed from.
	marks   *marks
	pending []int32
}

// lock locks the lane. A batch of receipts that is still open ends with it, as if EndBatch had been called.
func (l *ClientLog) lock() {
	if l.held {
		l.held = false
		return
	}
	l.lane.mu.Lock()
}

func (l *ClientLog) unlock() { l.lane.mu.Unlock() }

// Connecting records the start of an attempt.
func (l *ClientLog) Connecting(at time.Duration, broker int) {
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: Connecting, Broker: broker})
}

// Connected records a CONNACK with success. latency is the time since the start of the attempt, by which its sample is
// filed.
func (l *ClientLog) Connected(at time.Duration, broker int, sessionPresent bool, latency time.Duration) {
	window := l.recorder.windows.Load().at(at - latency)
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: Connected, Broker: broker, SessionPresent: sessionPresent})
	l.setUp(false)
	l.broker, l.since = int32(broker), at
	l.setUp(true)
	l.lane.record(connectLatency, window, latency)
	if l.member != nil {
		l.member.connected(sessionPresent)
	}
}

// ConnectFailed records the end of an attempt without success.
func (l *ClientLog) ConnectFailed(at time.Duration, broker int, cause string) {
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: ConnectFailed, Broker: broker, Detail: cause})
}

// Subscribed records the SUBACK that granted every filter, or the CONNACK of a session that was still there. detail
// says what was granted lower than asked.
func (l *ClientLog) Subscribed(at time.Duration, broker int, detail string) {
	var floor []uint32
	if l.member != nil && !l.member.session {
		l.recorder.subscribing(at)
		floor = l.recorder.next(l.member.account)
	}
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: Subscribed, Broker: broker, Detail: detail})
	if l.member != nil {
		l.member.gainSession(floor, at)
	}
}

// SubscribeFailed records a SUBACK that refused a filter.
func (l *ClientLog) SubscribeFailed(at time.Duration, broker int, detail string) {
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: SubscribeFailed, Broker: broker, Detail: detail})
}

// Disconnected records the time at which the client knew its connection to be dead.
func (l *ClientLog) Disconnected(at time.Duration, broker int, cause string) {
	l.end(Event{At: at, Kind: Disconnected, Broker: broker, Detail: cause})
}

// Closed records the end of a connection that the client wanted.
func (l *ClientLog) Closed(at time.Duration, broker int) {
	l.end(Event{At: at, Kind: Closed, Broker: broker})
}

func (l *ClientLog) end(e Event) {
	l.lock()
	defer l.unlock()
	l.event(e)
	l.setUp(false)
	if e.Kind == Disconnected {
		l.armAgain(e.At)
	}
	if l.member != nil && !l.recorder.persistent {
		l.member.loseSession()
	}
}

func (l *ClientLog) setUp(up bool) {
	if l.up == up {
		return
	}
	l.up = up
	step := 1
	if !up {
		step = -1
	}
	l.recorder.connected.Add(int64(step))
	l.lane.broker(l.broker).connected += step
}

// The number of events that are kept. Attempts are bounded more tightly than what comes of them, because a fleet that
// hammers a dead broker makes millions of them and no judgement needs them all.
const (
	attemptBound = 500_000
	eventBound   = 4_000_000
)

// event keeps e, or counts it as dropped when there are too many.
func (l *ClientLog) event(e Event) {
	e.Client = l.ref
	kept, bound := &l.recorder.eventsKept, int64(eventBound)
	if e.Kind == Connecting || e.Kind == ConnectFailed {
		kept, bound = &l.recorder.attemptsKept, attemptBound
	}
	if kept.Add(1) > bound {
		l.recorder.eventsDropped.Add(1)
		return
	}
	l.lane.events = append(l.lane.events, e)
}
