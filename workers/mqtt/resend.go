package mqtt

import "slices"

// dup is the flag of a PUBLISH that may have been sent before.
const dup byte = 1 << 3

// resend sends, in the original order, the messages that an earlier connection has left without an outcome
// [MQTT-4.4.0-1]: PUBREL where PUBREC has come, else PUBLISH with DUP, as far as the server's Receive Maximum and
// the bound of pending bytes allow; the rest follows as acknowledgements arrive. Messages of a size, a QoS or a kind
// that this server, unlike the earlier one, does not take are orphaned.
func (l *link) resend() {
	flight := &l.s.flight
	if flight.stale == 0 || !l.usable() || l.blocked {
		return
	}
	var refused []uint16
	full := false // the bound of pending bytes is reached
	for id, e := range flight.all {
		if full = l.end-l.start >= pendingLimit; full || flight.stale == 0 {
			break
		}
		if l.released && flight.unsettled-flight.stale >= l.window {
			break
		}
		switch {
		case !e.stale:
		case e.stage == awaitComp:
			flight.refresh(e)
			l.answer(typePubrel, id)
		case !l.takes(e):
			refused = append(refused, id)
		case flight.unsettled-flight.stale < l.window:
			flight.refresh(e)
			e.packet.bytes[0] |= dup
			copy(l.space(int(e.size)), e.packet.bytes[:e.size])
			l.reserved++
		}
	}
	l.released = l.released || !full
	for id := range slices.Values(refused) {
		l.s.h.Orphaned(flight.settle(id, flight.find(id)), l.s.o.Now())
	}
}

// takes reports whether the server allows the PUBLISH of an entry [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15].
func (l *link) takes(e *entry) bool {
	first := e.packet.bytes[0]
	return int(e.size) <= l.maximumPacket && first>>1&3 <= l.maximumQoS && (l.retain || first&1 == 0)
}
