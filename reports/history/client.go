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
	// called is when the plan last had the client come: what waited for that counts from then on.
	called time.Duration
	// half is the receiving half of a device, whose connections are recorded here; nil: there is none.
	half *SubscriberLog
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
	l.connect(at, broker, sessionPresent, latency)
	if l.half != nil {
		l.half.connected(at, broker, sessionPresent)
	}
}

func (l *ClientLog) connect(at time.Duration, broker int, sessionPresent bool, latency time.Duration) {
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

// connected tells the receiving half of a device of the connection. What happens to a device is told to its halves one
// after the other, because their lanes must not be locked at the same time in this order.
func (l *SubscriberLog) connected(at time.Duration, broker int, sessionPresent bool) {
	l.lock()
	defer l.unlock()
	l.broker, l.since = int32(broker), at
	l.member.connected(sessionPresent)
}

// Steps are the parts of an attempt to connect: until TCP stood, the handshakes of TLS and WebSocket (0: there was
// none), and whether TLS resumed an earlier session.
type Steps struct {
	Dial, TLS, Upgrade time.Duration
	Resumed            bool
}

// Steps records the parts of an attempt that lasted from began until its CONNACK came at, and that Connected is about to
// record as a success.
func (l *ClientLog) Steps(began, at time.Duration, broker int, s Steps) {
	window := l.recorder.windows.Load().at(began)
	detail := ""
	if s.Resumed {
		detail = ResumedSession
	}
	l.lock()
	defer l.unlock()
	l.event(Event{At: began + s.Dial, Kind: Dialed, Broker: broker})
	l.event(Event{At: began + s.Dial + s.TLS + s.Upgrade, Kind: Handshaken, Broker: broker, Detail: detail})
	l.lane.record(dialTime, window, s.Dial)
	if s.TLS > 0 {
		l.lane.record(tlsHandshake, window, s.TLS)
	}
	if s.Upgrade > 0 {
		l.lane.record(upgradeTime, window, s.Upgrade)
	}
	l.lane.record(connackTime, window, at-began-s.Dial-s.TLS-s.Upgrade)
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

// Called records that the client's plan has it come, or come back.
func (l *ClientLog) Called(at time.Duration) {
	l.call(at)
	if l.half != nil {
		l.half.lock()
		l.half.called = at
		l.half.unlock()
	}
}

func (l *ClientLog) call(at time.Duration) {
	l.lock()
	defer l.unlock()
	l.called = at
	l.event(Event{At: at, Kind: Called, Broker: int(l.broker)})
}

// Left records that the client's plan has it go, just before it says so to its broker, or that its time has not come
// yet. It ends the connection, if there is one, and what the client had to resume from: nobody waits for it any more.
func (l *ClientLog) Left(at time.Duration) {
	l.end(Event{At: at, Kind: Left, Broker: int(l.broker)})
}

func (l *ClientLog) end(e Event) {
	l.lock()
	l.event(e)
	l.setUp(false)
	l.over(e)
	l.unlock()
	if l.half != nil {
		l.half.lock()
		l.half.over(e)
		l.half.unlock()
	}
}

// over notes what the end of a connection means for what the client is owed and has to resume from. The lane is locked.
func (l *ClientLog) over(e Event) {
	switch e.Kind {
	case Disconnected:
		l.armAgain(e.At)
	case Left:
		l.arm(l.recorder.marks.Load())
		l.pending = nil
	default:
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
