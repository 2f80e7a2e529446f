package workers

import (
	"context"
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/pace"
	"github.com/mqbench/mqbench/workers/stamp"
)

// refusedReason is the smallest reason code of an acknowledgement that refuses the message [MQTT 5.0 §2.4].
const refusedReason = 0x80

// A publisher is a client that offers messages by a schedule that nothing moves, or in a closed loop: see closedloop.go.
//
// Two cursors run along the schedule. The shard moves the first at each intended time, whatever the connection does:
// messages behind it are due. The second stands before the next message to send, or to give up: what lies between them
// is the backlog. The number of a message in the schedule is its sequence number.
//
//	0 ……… acknowledged, in flight, unsent ……… sent ……… backlog ……… due ……… the future
type publisher struct {
	client
	log   *history.PublisherLog
	topic string
	// number is the publisher's number, group what it has in common with others of its group.
	number uint32
	qos    byte
	retain bool
	size   int
	limit  uint32 // the largest backlog
	// device is nil where the client only publishes.
	device *device
	// window is how many messages a closed loop has under way; 0: there is a schedule.
	window int

	// nextDue and dueCursor belong to the shard.
	nextDue   time.Duration
	dueCursor pace.Pacer

	// The rest is guarded by the session's lock.
	due, sent uint32
	// until is when a closed loop ends, since the epoch of the run; 0: it has not begun. denied: the server forbids such
	// messages, so that there is no point in going on before another connection says otherwise.
	until      time.Duration
	denied     bool
	sendCursor pace.Pacer
	flights    flights
	// attempted is the reading of the clock before the last batch was encoded and handed to the socket; stamps carry it
	// as sent.
	attempted time.Duration
	// blocked is true while there is a backlog that the connection, the window or the socket does not let go; stalled
	// is true while the socket holds back what was reserved. free is when the last such hindrance ended.
	blocked, stalled bool
	free             time.Duration
	// held is since when the socket of the broker heldBy has held back what was reserved; 0: it does not.
	held   time.Duration
	heldBy int
	// early counts the messages that were known to be taken before the socket's word about them came.
	early int
}

// newPublisher makes publisher n of the fleet.
func newPublisher(f *Fleet, n int, schedules *Schedules) *publisher {
	plan, group := &f.assignment.Publishers[n], f.assignment.PublisherGroup(n)
	p := &publisher{
		log: f.recorder.Publisher(n), topic: plan.Topic, number: uint32(n), qos: byte(group.QoS), retain: group.Retain,
		size: max(int(group.Payload), stamp.Size), limit: uint32(max(f.assignment.Client.Backlog, 0)),
		window: group.Window, dueCursor: schedules.Pacer(n), flights: newFlights(),
	}
	p.sendCursor = p.dueCursor
	p.nextDue = p.dueCursor.Next()
	p.prepare(f, publisherKind, n, plan.Home, plan.Route)
	p.visit(f.assignment.publisherPresence(n), group.Churn, group.Join)
	p.name = plan.Client
	p.events = &p.log.ClientLog
	p.role = p
	var handler mqtt.Handler = p
	if group.Subscribe != nil {
		p.device = &device{publisher: p}
		p.role, handler = p.device, p.device
	}
	options := f.options(plan.Client, n)
	if p.window > 0 {
		options.InFlight = p.window
	}
	if plan.Will != nil {
		options.Will = &mqtt.Will{
			Topic: plan.Will.Topic, Payload: []byte(plan.Will.Payload), QoS: byte(plan.Will.QoS), Retain: plan.Will.Retain,
		}
	}
	p.open(options, handler)
	return p
}

// offer makes every message due whose intended time has passed, sends what can be sent, gives up what the backlog
// cannot hold, and returns the next intended time. Times are since the start of the load; nothing is due at end or
// later.
func (p *publisher) offer(elapsed, end time.Duration) time.Duration {
	var fresh uint32
	for p.nextDue <= elapsed && p.nextDue < end {
		fresh++
		p.nextDue = p.dueCursor.Next()
	}
	if fresh == 0 {
		return p.nextDue
	}
	p.session.Lock()
	defer p.session.Unlock()
	p.due += fresh
	p.log.Due(int(fresh))
	p.pump()
	if p.gone() {
		p.left() // The shard came late to what was due before the client went.
	}
	for p.due-p.sent > p.limit {
		p.giveUp()
	}
	return p.nextDue
}

// pump sends the backlog as far as the connection, the window and the socket allow. It is called with the session's
// lock held by whoever may have cause: the shard when a message is due, the session when there is room again, the
// client when it is connected again.
func (p *publisher) pump() {
	if p.window > 0 {
		// A session sends batches that may be shorter than the window. At QoS 0 only the shard comes again.
		for more := p.fill(); more > 0 && p.qos > 0; more = p.fill() {
			continue
		}
		return
	}
	if p.due == p.sent {
		p.unhindered()
		return
	}
	for p.up && !p.stalled && p.due != p.sent && p.session.Room() > 0 {
		now := p.fleet.now()
		if p.blocked {
			p.free = now // Until the backlog is gone, what leaves was held up by others.
		}
		p.attempted = now
		for p.due != p.sent && p.session.Room() > 0 {
			p.send(now)
		}
		p.flush(now)
	}
	p.blocked = p.due != p.sent
}

// flush hands what was sent to the socket.
func (p *publisher) flush(now time.Duration) {
	p.session.Flush()
	if p.stalled = p.flights.waiting != none; p.stalled {
		p.hold(now)
	}
}

// hold notes that the socket takes no more. A library takes what it is handed and writes it by itself, in a goroutine,
// and so does a session over TLS or WebSocket: that a message is not written yet says nothing of the socket then.
func (p *publisher) hold(at time.Duration) {
	if s, ours := p.session.(connectable); ours && s.Polled() && p.held == 0 {
		p.held, p.heldBy = at, p.broker
		p.log.Blocked(p.heldBy)
	}
}

// letGo notes that the socket has taken everything, or is gone.
func (p *publisher) letGo(at time.Duration) {
	if p.held != 0 {
		p.log.Unblocked(p.heldBy, p.held, at)
		p.held = 0
	}
}

// unhindered notes the end of a hindrance for which everything that was held up was given up, so that what comes due
// later is not excused by it.
func (p *publisher) unhindered() {
	if p.blocked && p.up && !p.stalled && p.session.Room() > 0 {
		p.blocked, p.free = false, p.fleet.now()
	}
}

// send encodes the next message of the backlog into the session's pending bytes.
func (p *publisher) send(now time.Duration) {
	token := p.flights.reserve()
	payload := p.session.Reserve(p.topic, p.qos, p.retain, p.size, token)
	if payload == nil {
		// There is room, so it is the server that forbids such a message: too large, or its QoS or retain flag
		// unsupported.
		p.denied = true
		p.giveUp()
		return
	}
	intended := now
	if p.window == 0 {
		intended = p.fleet.start + p.sendCursor.Next()
	}
	mark := stamp.Stamp{
		Run: p.fleet.assignment.RunID, Publisher: p.number, Sequence: p.sent, Intended: intended, Sent: now,
	}
	mark.Put(payload)
	p.flights.accept(p.sent, intended)
	p.sent++
}

// giveUp counts the oldest message of the backlog as unsent.
func (p *publisher) giveUp() {
	p.log.Unsent(p.sent)
	p.sendCursor.Next()
	p.sent++
}

// Taken implements mqtt.Handler: a socket that holds messages back has taken n more of them.
func (p *publisher) Taken(n int, at time.Duration) {
	known := min(n, p.early)
	p.early -= known
	for range n - known {
		if p.flights.waiting == none {
			return
		}
		p.taken(at)
	}
}

// Flushed implements mqtt.Handler: the socket has taken everything.
func (p *publisher) Flushed(at time.Duration) {
	for p.flights.waiting != none {
		p.taken(at)
	}
	p.early = 0
	if p.stalled {
		p.stalled, p.free = false, at
		p.letGo(at)
	}
}

// taken records the first write of the oldest message that waited for the socket. The time is a reading of the clock
// before the write that took its last byte: the server may have acted on the message before mqbench gets to read the
// clock again, and nothing may seem to have been published later than it was. A wait for the socket shows as publish
// delay all the same.
//
// The message is late if it could have gone long before: nothing but mqbench itself held it up since it was intended,
// or since the last hindrance ended, until it was handed over; what comes then is the socket's delay, if there is any.
func (p *publisher) taken(at time.Duration) (token uint64) {
	token, intended := p.flights.oldest()
	m := p.flights.take(at)
	prompt := at
	if p.stalled {
		prompt = min(at, p.attempted)
	}
	late := prompt-max(intended, p.free) > LateBound
	p.log.Written(m.sequence, m.intended, m.written, p.broker, late)
	if p.qos == 0 {
		p.flights.settle(token)
	}
	return token
}

// arrived returns a message of which the session speaks. The server may have one before the socket's word about it
// comes: then everything before it was taken too, when the last batch was handed over at the earliest.
func (p *publisher) arrived(token uint64) (flight, bool) {
	m, ok := p.flights.at(token)
	if !ok || m.written != unwritten {
		return m, ok
	}
	p.stalled = true // Whatever the delay, it is the socket's.
	for p.early++; p.taken(p.attempted) != token; p.early++ {
		continue
	}
	if p.stalled = p.flights.waiting != none; !p.stalled {
		p.letGo(p.fleet.now())
	}
	return p.flights.at(token)
}

// Acknowledged implements mqtt.Handler.
func (p *publisher) Acknowledged(token uint64, reason byte, at time.Duration) {
	m, ok := p.arrived(token)
	if !ok {
		return
	}
	p.flights.settle(token)
	if reason >= refusedReason {
		p.log.Refused(m.sequence, m.intended, m.written, at, p.broker, reason)
		return
	}
	p.log.Acknowledged(m.sequence, m.intended, m.written, at, p.broker, reason)
}

// Orphaned implements mqtt.Handler. What the socket had not taken to the last byte has never reached a server: it is
// unsent.
func (p *publisher) Orphaned(token uint64, at time.Duration) {
	m, ok := p.flights.at(token)
	switch {
	case !ok:
	case m.written == unwritten:
		for p.withdraw() != token {
			continue
		}
	default:
		p.flights.settle(token)
		p.log.InDoubt(m.sequence, m.intended, m.written, at, p.broker)
	}
}

// withdraw ends the oldest message that waits for the socket, as unsent.
func (p *publisher) withdraw() (token uint64) {
	token, _ = p.flights.oldest()
	m := p.flights.take(unwritten)
	p.log.Unsent(m.sequence)
	p.flights.settle(token)
	return token
}

// EndBatch implements mqtt.Handler: acknowledgements may have made room.
func (p *publisher) EndBatch(time.Duration) { p.pump() }

// Received implements mqtt.Handler; a publisher subscribes to nothing.
func (p *publisher) Received(*mqtt.Publish, time.Duration) {}

// connected implements role.
func (p *publisher) connected(_ bool, at time.Duration) {
	p.stalled, p.denied, p.free = false, false, at
	if p.device == nil {
		p.becameReady() // A device is when it has its subscription.
	}
	p.pump()
}

// attends implements role: nothing has to be done beside reading.
func (p *publisher) attends() bool { return false }

// attend implements role.
func (p *publisher) attend(context.Context) error { return nil }

// disconnected implements role. What the socket has not taken to the last byte has not left. At QoS 0, and when the
// fleet closes, that is its end. Otherwise the session sends it with the next connection, or orphans it: it counts as
// written from now on.
func (p *publisher) disconnected(at time.Duration) {
	final := p.qos == 0 || p.fleet.alive.Err() != nil
	for final && p.flights.waiting != none {
		p.withdraw()
	}
	p.stalled = true
	p.Flushed(at)
}

// left implements role: what the client has not sent when it goes is unsent.
func (p *publisher) left() {
	for p.due != p.sent {
		p.giveUp()
	}
}

// unsettled reports whether messages are in the backlog or under way.
func (p *publisher) unsettled() bool {
	p.session.Lock()
	defer p.session.Unlock()
	return p.due != p.sent || p.flights.count > 0
}

// settle ends every message that has no outcome yet, in order: the client's goroutine has ended.
func (p *publisher) settle(at time.Duration) {
	p.session.Lock()
	defer p.session.Unlock()
	p.disconnected(at)
	open := make([]uint64, 0, p.flights.count)
	for token := range p.flights.slots {
		if p.flights.slots[token].used {
			open = append(open, uint64(token))
		}
	}
	slices.SortFunc(open, func(a, b uint64) int {
		return int(int64(p.flights.slots[a].sequence) - int64(p.flights.slots[b].sequence))
	})
	for _, token := range open {
		p.Orphaned(token, at)
	}
	for p.due != p.sent {
		p.giveUp()
	}
}
