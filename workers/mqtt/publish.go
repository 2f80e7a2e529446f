package mqtt

import (
	"encoding/binary"
	"fmt"
)

// Room is how many messages may be reserved now. It is 0 without a connection, while the socket takes nothing,
// while messages of an earlier connection wait to be sent again, and when the window, the smaller of
// Options.InFlight and the server's Receive Maximum, is full; it counts up to the messages and bytes that one flush
// may carry, so a Flush can raise it. A publisher of QoS 0 alone always finds room after a Flush that did not
// block. The lock is held.
func (s *Session) Room() int {
	l := s.link
	if l == nil || !l.usable() || l.blocked || s.flight.stale > 0 || l.end-l.start >= pendingLimit {
		return 0
	}
	return max(0, min(batchLimit-l.reserved, l.window-s.flight.unsettled))
}

// Polled reports whether the connection is a plain socket that the session's loop polls: it writes without waiting, and
// what a flush leaves behind is what the socket did not take. Any other connection is written to by a goroutine, and
// a flush leaves everything behind. The lock is held.
func (s *Session) Polled() bool { return s.link != nil && s.link.loop != nil }

// CanPublish says why Reserve would return nil: ErrNotConnected, ErrNoRoom, or what the server does not take (a
// packet of this size, this QoS, retained messages) or the protocol forbids; nil if it would not. The lock is held.
func (s *Session) CanPublish(topic string, qos byte, retain bool, size int) error {
	l := s.link
	if l == nil || !l.usable() {
		return ErrNotConnected
	}
	remaining := s.publishSize(topic, qos, size)
	switch {
	case topic == "" || len(topic) > maximumString:
		return fmt.Errorf("topic of %d bytes, want 1 to %d", len(topic), maximumString)
	case topic != s.topic && !validName(topic):
		return fmt.Errorf("topic %.100q: want UTF-8 without wildcards and U+0000 [MQTT-3.3.2-1] [MQTT-3.3.2-2]", topic)
	case qos > l.maximumQoS:
		return fmt.Errorf("QoS %d, and the server takes %d at most", qos, l.maximumQoS)
	case retain && !l.retain:
		return fmt.Errorf("retained message, and the server takes none")
	case remaining > maximumRemaining || 1+lengthSize(remaining)+remaining > l.maximumPacket:
		return fmt.Errorf("packet with a payload of %d, and the server takes packets of %d at most",
			size, l.maximumPacket)
	case s.Room() == 0:
		return ErrNoRoom
	}
	return nil
}

// publishSize is the Remaining Length of a PUBLISH.
func (s *Session) publishSize(topic string, qos byte, size int) int {
	n := 2 + len(topic) + size
	if qos > 0 {
		n += 2
	}
	if s.o.Protocol == V5 {
		n++ // no properties
	}
	return n
}

// Reserve encodes a PUBLISH behind the pending bytes and returns the place of its payload, size bytes, which the
// caller fills before it calls the session again or releases the lock. The handler gets token back with the outcome
// of QoS 1 and 2. It returns nil, and has done nothing, where CanPublish says why. Nothing is sent before Flush.
// The lock is held.
func (s *Session) Reserve(topic string, qos byte, retain bool, size int, token uint64) (payload []byte) {
	if s.CanPublish(topic, qos, retain, size) != nil {
		return nil
	}
	s.topic = topic
	l := s.link
	remaining := s.publishSize(topic, qos, size)
	total := 1 + lengthSize(remaining) + remaining
	packet := l.space(total)
	b := append(packet[:0], typePublish<<4|qos<<1)
	if retain {
		b[0] |= 1
	}
	b = appendString(appendLength(b, remaining), topic)
	if qos > 0 {
		e := entry{token: token, packet: borrow(total), size: int32(total), stage: awaitAck}
		if qos == 2 {
			e.stage = awaitRec
		}
		l.openID = s.flight.add(e, l.window)
		l.open = l.end - total
		b = binary.BigEndian.AppendUint16(b, l.openID)
	}
	if s.o.Protocol == V5 {
		b = append(b, 0)
	}
	l.reserved++
	return packet[len(b):]
}

// Flush writes what is pending, without ever waiting: once, and what the socket does not take leaves when it can; Room
// is 0 meanwhile, and Flushed and EndBatch tell when it is over. The lock is held.
func (s *Session) Flush() {
	if s.link != nil {
		s.link.flush(0)
	}
}
