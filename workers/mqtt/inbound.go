package mqtt

import (
	"encoding/binary"
	"time"
)

// handle handles every whole packet at the beginning of data and returns their size. The lock is held.
func (l *link) handle(data []byte, at time.Duration) (used int, err error) {
	for len(data)-used >= 2 {
		rest := data[used:]
		remaining, size := length(rest[1:])
		if size < 0 {
			return used, malformed("remaining length in more bytes than four, or than it needs [MQTT-1.5.5-1]")
		}
		if size == 0 {
			break
		}
		total := 1 + size + remaining
		if uint32(total) > l.s.o.MaximumPacketSize {
			return used, &ProtocolError{reasonPacketTooLarge, "packet larger than this client allows"}
		}
		if err := l.header(rest[0], remaining); err != nil {
			return used, err
		}
		if len(rest) < total {
			break
		}
		if err := l.packet(rest[0], rest[1+size:total:total], at); err != nil {
			return used, err
		}
		used += total
	}
	return used, nil
}

// header checks what the header alone tells, so that nothing is kept of a packet that will be refused in any case.
func (l *link) header(first byte, remaining int) error {
	kind, flags := first>>4, first&0x0f
	if kind == typePublish {
		if flags>>1&3 == 3 {
			return malformed("PUBLISH with QoS 3 [MQTT-3.3.1-4]")
		}
		return nil
	}
	if want := flagsOf(kind); flags != want {
		return malformed("packet type %d with flags %d, want %d [MQTT-2.1.3-1]", kind, flags, want)
	}
	five := l.s.o.Protocol == V5
	switch kind {
	case typePuback, typePubrec, typePubrel, typePubcomp:
		if remaining < 2 || !five && remaining > 2 {
			return malformed("%s of %d bytes", acknowledgementName(kind), remaining)
		}
	case typeSuback:
		if remaining < 2 {
			return malformed("SUBACK of %d bytes", remaining)
		}
	case typeUnsuback:
		if remaining < 2 || !five && remaining > 2 {
			return malformed("UNSUBACK of %d bytes", remaining)
		}
	case typePingresp:
		if remaining > 0 {
			return malformed("PINGRESP with %d bytes", remaining)
		}
	case typeDisconnect:
		if !five {
			return violation("DISCONNECT from a 3.1.1 server")
		}
	default:
		return violation("packet type %d is not for this client, or not now", kind)
	}
	return nil
}

// packet handles one packet: its first byte, which header has checked, and what follows its length.
func (l *link) packet(first byte, body []byte, at time.Duration) error {
	switch kind := first >> 4; kind {
	case typePublish:
		return l.publish(first&0x0f, body, at)
	case typePuback, typePubrec, typePubrel, typePubcomp:
		id, reason, err := l.acknowledgement(kind, body)
		if err != nil {
			return err
		}
		return l.settleOne(kind, id, reason, at)
	case typeSuback:
		return l.suback(body)
	case typeUnsuback:
		return l.unsuback(body)
	case typeDisconnect:
		return disconnected(body)
	default: // PINGRESP
		return nil
	}
}

// flagsOf are the fixed flags of a packet that is not PUBLISH (section 2.1.3).
func flagsOf(kind byte) byte {
	switch kind {
	case typePubrel, typeSubscribe, typeUnsubscribe:
		return 2
	default:
		return 0
	}
}

// publish handles a PUBLISH from the server. DUP on QoS 0, which [MQTT-3.3.1-2] forbids, is passed on nevertheless:
// a repetition is something to be counted and no reason to stop looking.
func (l *link) publish(flags byte, body []byte, at time.Duration) error {
	if err := l.decode(flags, body); err != nil {
		return err
	}
	p := &l.received
	switch p.QoS {
	case 0:
		l.s.h.Received(p, at)
	case 1:
		if err := l.admit(); err != nil {
			return err
		}
		id := p.PacketID
		l.s.h.Received(p, at)
		l.answer(typePuback, id)
		l.unsent++
	default:
		id := p.PacketID
		if _, again := l.s.inbound[id]; !again {
			if err := l.admit(); err != nil {
				return err
			}
			if l.s.inbound == nil {
				l.s.inbound = make(map[uint16]bool)
			}
			l.s.inbound[id] = true
			l.holding++
			l.s.h.Received(p, at)
		}
		l.answer(typePubrec, id)
	}
	return nil
}

// admit checks that the server keeps to our Receive Maximum [MQTT-3.3.4-9].
func (l *link) admit() error {
	if l.s.o.Protocol == V5 && l.holding+l.unsent >= int(l.s.o.ReceiveMaximum) {
		return &ProtocolError{reasonReceiveMaximum, "more PUBLISH packets in flight than this client allows"}
	}
	return nil
}

// decode reads a PUBLISH into l.received.
func (l *link) decode(flags byte, body []byte) error {
	p := &l.received
	*p = Publish{QoS: flags >> 1 & 3, Dup: flags&8 != 0, Retain: flags&1 != 0}
	topic, rest, ok := cut(body)
	if !ok || !validTopic(topic) {
		return malformed("PUBLISH without a valid topic name [MQTT-3.3.2-2]")
	}
	if p.QoS > 0 {
		if len(rest) < 2 {
			return malformed("PUBLISH without a packet identifier")
		}
		p.PacketID = binary.BigEndian.Uint16(rest)
		if rest = rest[2:]; p.PacketID == 0 {
			return violation("PUBLISH with packet identifier 0 [MQTT-2.2.1-4]")
		}
	}
	if l.s.o.Protocol == V5 {
		properties, after, err := cutProperties("PUBLISH", rest, inPublish)
		if err == nil {
			err = properties.checkPublish()
		}
		if err != nil {
			return err
		}
		rest = after
	}
	if len(topic) == 0 {
		return violation("PUBLISH with an empty topic name")
	}
	p.Topic, p.Payload = topic, rest
	return nil
}

// disconnected reads a server's DISCONNECT (section 3.14), which is an error in any case.
func disconnected(body []byte) error {
	e := &DisconnectError{}
	if len(body) == 0 {
		return e
	}
	e.Reason = body[0]
	if len(body) == 1 {
		return e
	}
	properties, rest, err := cutProperties("DISCONNECT", body[1:], inDisconnect)
	if err == nil && len(rest) > 0 {
		err = malformed("DISCONNECT: bytes after the properties")
	}
	for err == nil && len(properties.rest) > 0 {
		var id byte
		var value []byte
		switch id, value, err = properties.next(); id {
		case propertyReasonString:
			e.Text = string(value)
		case propertySessionExpiry:
			return violation("DISCONNECT with a session expiry interval [MQTT-3.14.2-2]")
		}
	}
	if err != nil {
		return err
	}
	return e
}
