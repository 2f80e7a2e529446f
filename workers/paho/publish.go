package paho

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// A message is an own message on its way.
type message struct {
	publish paho.Publish
	token   uint64
	serial  uint64 // the order of sending
	// at is the reading of the clock before its packet was handed to the connection.
	at time.Duration
	// stored: the library has it in its session state. taken: the handler was told that the connection has it. stale: it
	// was reserved on an earlier connection, so that the handler counts it as taken.
	stored, taken, stale bool
	// written ends the library's wait for the acknowledgement.
	written context.CancelFunc
}

// An outbox is the own messages of a session without an outcome: those that the library has not got yet, in order, and
// those that it has in its session state.
type outbox struct {
	queue  []*message
	flight map[uint16]*message
	// sending is the message that is being handed over: the first of the queue, until it is stored or taken.
	sending *message
	// unsettled counts messages of QoS 1 and 2.
	unsettled int
	serial    uint64
	// busy: a goroutine hands over messages; drained is closed when it is done; nil: it is.
	busy    bool
	drained chan struct{}
}

func newOutbox() outbox { return outbox{flight: make(map[uint16]*message)} }

// Room is how many messages may be reserved now: as many as are still allowed to be under way, by the client's and the
// server's bound, and the same bound for what waits to be handed over.
func (s *Session) Room() int {
	if !s.up || s.parting || s.link.broken != nil {
		return 0
	}
	return max(0, min(s.o.InFlight-len(s.outbox.queue), s.limits.window-s.outbox.unsettled))
}

// Reserve puts a message behind those that wait, and returns the place of its payload. It returns nil, and has done
// nothing, where there is no room or the server does not take such a message.
func (s *Session) Reserve(topic string, qos byte, retain bool, size int, token uint64) (payload []byte) {
	if s.Room() == 0 || topic == "" || len(topic) > maximumString || qos > s.limits.maximumQoS ||
		retain && !s.limits.retain || packetSize(topic, qos, size) > s.limits.maximumPacket {
		return nil
	}
	b := &s.outbox
	b.serial++
	b.queue = append(b.queue, &message{
		publish: paho.Publish{Topic: topic, QoS: qos, Retain: retain, Payload: make([]byte, size)},
		token:   token, serial: b.serial,
	})
	if qos > 0 {
		b.unsettled++
	}
	return b.queue[len(b.queue)-1].publish.Payload
}

// packetSize is the length of a PUBLISH without properties.
func packetSize(topic string, qos byte, size int) int {
	n := 2 + len(topic) + 1 + size
	if qos > 0 {
		n += 2
	}
	for length := n; ; length >>= 7 {
		n++
		if length < 1<<7 {
			return n + 1
		}
	}
}

// Flush has what was reserved handed to the library, in a goroutine that ends when nothing is left: Flushed and EndBatch
// tell.
func (s *Session) Flush() {
	b := &s.outbox
	if !s.up || b.busy || len(b.queue) == 0 {
		return
	}
	b.busy, b.drained = true, make(chan struct{})
	s.senders.Go(s.send)
}

// send hands messages to the library, one after another: what keeps them in order.
func (s *Session) send() {
	s.Lock()
	defer s.Unlock()
	b := &s.outbox
	for s.up && len(b.queue) > 0 {
		at, err := s.handOver(b.queue[0])
		if err != nil {
			s.stuck(err)
			break
		}
		if len(b.queue) == 0 {
			s.h.Flushed(at)
			s.h.EndBatch(at)
		}
	}
	b.busy = false
	close(b.drained)
	b.drained = nil
}

// stuck ends a connection that still stands although a message could not be handed over: it must not stay as if nothing
// had happened. One that is broken is read to its end, and ends then.
func (s *Session) stuck(err error) {
	if s.link.broken != nil {
		return
	}
	if s.up && s.link.cause == nil {
		s.link.cause = fmt.Errorf("publish: %w", err)
	}
	_ = s.link.Close() // It may be closed already.
}

// handOver has the library publish a message, and returns when the connection has taken it, or has ended: then a message
// that the library has stored was on its way, unless the connection was broken before. The lock is
// held, but not meanwhile. The library's own answer is of no interest once the message is stored or taken: it waits for
// an acknowledgement, and the session state sees that.
func (s *Session) handOver(m *message) (at time.Duration, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.outbox.sending, m.written = m, cancel
	manager := s.manager
	s.Unlock()
	_, err = manager.Publish(ctx, &m.publish)
	s.Lock()
	s.outbox.sending = nil
	if m.taken || m.stored && ctx.Err() != nil && s.link.broken == nil {
		return m.at, nil
	}
	if err == nil {
		err = errEnded
	}
	return 0, err
}

// writing notes the time before the packet of the message that is being handed over goes to the connection.
func (s *Session) writing() {
	s.Lock()
	defer s.Unlock()
	if m := s.outbox.sending; m != nil {
		m.at = s.o.Now()
	}
}

// wrote says that the connection has taken it.
func (s *Session) wrote() {
	s.Lock()
	defer s.Unlock()
	if m := s.outbox.sending; m != nil {
		s.took(m)
		m.written()
	}
}

// took tells the handler that the connection has a message, before anything else is told of it.
func (s *Session) took(m *message) {
	if m.taken {
		return
	}
	m.taken = true
	s.outbox.unqueue(m)
	if !m.stale {
		s.h.Taken(1, m.at)
	}
}

// unqueue takes a message that the library has from the queue, of which it is the first if it is there.
func (b *outbox) unqueue(m *message) {
	if len(b.queue) > 0 && b.queue[0] == m {
		b.queue[0] = nil
		b.queue = b.queue[1:]
	}
}

// store notes that the library has the message that is being handed over in its session state.
func (b *outbox) store(id uint16) {
	if m := b.sending; m != nil {
		m.stored = true
		b.flight[id] = m
		b.unqueue(m)
	}
}

// settle ends a message of QoS 1 or 2. An acknowledgement of another QoS ends it for the library; what it means nobody
// can tell.
func (s *Session) settle(id uint16, qos, reason byte, at time.Duration) {
	s.Lock()
	defer s.Unlock()
	m := s.outbox.flight[id]
	if m == nil {
		return
	}
	delete(s.outbox.flight, id)
	s.outbox.unsettled--
	s.took(m)
	if m.publish.QoS == qos {
		s.h.Acknowledged(m.token, reason, at)
	} else {
		s.h.Orphaned(m.token, at)
	}
	s.h.EndBatch(at)
}

// orphan ends what the library has in its session state, in the order of sending, and with all what it has not got yet,
// too: without an outcome.
func (s *Session) orphan(all bool) {
	b := &s.outbox
	if b.unsettled == 0 {
		return
	}
	lost := make([]*message, 0, b.unsettled)
	for _, m := range b.flight {
		lost = append(lost, m)
	}
	slices.SortFunc(lost, func(x, y *message) int { return int(int64(x.serial) - int64(y.serial)) })
	if all {
		lost, b.queue = append(lost, b.queue...), nil
	}
	clear(b.flight)
	b.unsettled -= len(lost)
	at := s.o.Now()
	for _, m := range lost {
		s.h.Orphaned(m.token, at)
	}
}

// dropUnkept ends what was reserved for a connection that is over: at QoS 0 it is lost, as nothing keeps it; the rest
// waits for the next connection.
func (b *outbox) dropUnkept() {
	b.queue = slices.DeleteFunc(b.queue, func(m *message) bool { return m.publish.QoS == 0 })
	for _, m := range b.queue {
		m.stale = true
	}
	for _, m := range b.flight {
		m.stale = true
	}
}
