package mqtt

import (
	"encoding/binary"
	"time"
)

// answer appends a PUBACK, PUBREC, PUBREL or PUBCOMP with reason success, which is the same in both versions.
func (l *link) answer(kind byte, id uint16) {
	if l.parting {
		return
	}
	b := l.space(4)
	b[0], b[1] = kind<<4|flagsOf(kind), 2
	binary.BigEndian.PutUint16(b[2:], id)
}

// answerUnknown appends a PUBREL or PUBCOMP for a packet identifier that is not in use (reason 0x92 in 5.0).
func (l *link) answerUnknown(kind byte, id uint16) {
	if l.s.o.Protocol != V5 {
		l.answer(kind, id)
		return
	}
	if l.parting {
		return
	}
	b := l.space(5)
	b[0], b[1], b[4] = kind<<4|flagsOf(kind), 3, reasonUnknownPacketID
	binary.BigEndian.PutUint16(b[2:], id)
}

// acknowledgement reads a PUBACK, PUBREC, PUBREL or PUBCOMP of at least two bytes.
func (l *link) acknowledgement(kind byte, body []byte) (id uint16, reason byte, err error) {
	if id = binary.BigEndian.Uint16(body); id == 0 {
		return 0, 0, violation("%s with packet identifier 0", acknowledgementName(kind))
	}
	if len(body) > 2 {
		reason = body[2]
	}
	// What PUBACK and PUBREC say decides about a message, so a code that means neither success nor failure (section
	// 2.4) must not pass; the codes of PUBREL and PUBCOMP decide nothing.
	if reason < reasonFailure && reason != reasonSuccess && reason != reasonNoSubscribers &&
		(kind == typePuback || kind == typePubrec) {
		return 0, 0, violation("%s with reason 0x%02x [MQTT-3.4.2-1] [MQTT-3.5.2-1]", acknowledgementName(kind), reason)
	}
	if len(body) > 3 {
		properties, rest, err := cutProperties(acknowledgementName(kind), body[3:], inAcknowledgement)
		if err == nil {
			err = properties.check()
		}
		if err == nil && len(rest) > 0 {
			err = malformed("%s: bytes after the properties", properties.packet)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return id, reason, nil
}

func acknowledgementName(kind byte) string {
	switch kind {
	case typePuback:
		return "PUBACK"
	case typePubrec:
		return "PUBREC"
	case typePubrel:
		return "PUBREL"
	default:
		return "PUBCOMP"
	}
}

// settleOne takes one step in the life of a message. An acknowledgement of something that is settled already is
// ignored, apart from the answer that it needs: a server may repeat itself, and identifiers are given out in turn
// so that this does no harm.
func (l *link) settleOne(kind byte, id uint16, reason byte, at time.Duration) error {
	if kind == typePubrel {
		l.pubrel(id)
		return nil
	}
	flight := &l.s.flight
	e := flight.find(id)
	if e == nil {
		if kind == typePubrec {
			l.answerUnknown(typePubrel, id)
		}
		return nil
	}
	switch {
	case kind == typePuback && e.stage == awaitAck,
		kind == typePubrec && e.stage == awaitRec && reason >= reasonFailure:
		l.s.h.Acknowledged(flight.settle(id, e), reason, at)
	case kind == typePubcomp && e.stage == awaitComp:
		// The server owns the message since PUBREC. That it does not know the identifier any more (0x92) is no error
		// when PUBREL was sent again (section 3.7.2.1), and no refusal at any time.
		l.s.h.Acknowledged(flight.settle(id, e), reasonSuccess, at)
	case kind == typePubrec && e.stage == awaitRec:
		e.release()
		e.stage = awaitComp
		flight.refresh(e)
		l.answer(typePubrel, id)
	case kind == typePubrec && e.stage == awaitComp && reason < reasonFailure:
		flight.refresh(e)
		l.answer(typePubrel, id)
	case kind == typePubrec && e.stage == awaitComp:
		// The server has taken the message before and refuses to know it now.
		l.s.h.Acknowledged(flight.settle(id, e), reason, at)
	default:
		return violation("%s for packet identifier %d, which waits for another packet", acknowledgementName(kind), id)
	}
	return nil
}

// pubrel ends the receipt of a QoS 2 message: its identifier is free again [MQTT-4.3.3-11].
func (l *link) pubrel(id uint16) {
	here, known := l.s.inbound[id]
	if !known {
		l.answerUnknown(typePubcomp, id)
		return
	}
	delete(l.s.inbound, id)
	l.answer(typePubcomp, id)
	if here {
		l.holding--
		l.unsent++
	}
}
