package mqtt

import "encoding/binary"

// Properties of 5.0 (section 2.2.2.2).
const (
	propertyPayloadFormat     byte = 1
	propertyMessageExpiry     byte = 2
	propertyContentType       byte = 3
	propertyResponseTopic     byte = 8
	propertyCorrelation       byte = 9
	propertySubscriptionID    byte = 11
	propertySessionExpiry     byte = 17
	propertyAssignedClientID  byte = 18
	propertyServerKeepalive   byte = 19
	propertyAuthMethod        byte = 21
	propertyAuthData          byte = 22
	propertyWillDelay         byte = 24
	propertyResponseInfo      byte = 26
	propertyServerReference   byte = 28
	propertyReasonString      byte = 31
	propertyReceiveMaximum    byte = 33
	propertyTopicAliasMaximum byte = 34
	propertyTopicAlias        byte = 35
	propertyMaximumQoS        byte = 36
	propertyRetainAvailable   byte = 37
	propertyUser              byte = 38
	propertyMaximumPacketSize byte = 39
	propertyWildcard          byte = 40
	propertySubscriptionIDs   byte = 41
	propertyShared            byte = 42
)

// Which properties a server may put into which packet, a bit for each.
const (
	inAcknowledgement uint64 = 1<<propertyReasonString | 1<<propertyUser
	inDisconnect             = inAcknowledgement | 1<<propertyServerReference | 1<<propertySessionExpiry
	inPublish         uint64 = 1<<propertyPayloadFormat | 1<<propertyMessageExpiry | 1<<propertyContentType |
		1<<propertyResponseTopic | 1<<propertyCorrelation | 1<<propertySubscriptionID | 1<<propertyTopicAlias |
		1<<propertyUser
	inConnack = inDisconnect | 1<<propertyAssignedClientID | 1<<propertyServerKeepalive |
		1<<propertyAuthMethod | 1<<propertyAuthData | 1<<propertyResponseInfo | 1<<propertyReceiveMaximum |
		1<<propertyTopicAliasMaximum | 1<<propertyMaximumQoS | 1<<propertyRetainAvailable |
		1<<propertyMaximumPacketSize | 1<<propertyWildcard | 1<<propertySubscriptionIDs | 1<<propertyShared
	// repeatable properties may stand more than once in a packet.
	repeatable uint64 = 1<<propertyUser | 1<<propertySubscriptionID
)

// properties walks over the properties of a packet, which is where it finds what is wrong with them.
type properties struct {
	packet  string // for errors
	rest    []byte
	allowed uint64
	seen    uint64
}

// cutProperties takes a packet's properties from the front of b.
func cutProperties(packet string, b []byte, allowed uint64) (p properties, rest []byte, err error) {
	n, size := length(b)
	if size <= 0 || len(b)-size < n {
		return properties{}, nil, malformed("%s: the properties end early", packet)
	}
	return properties{packet: packet, rest: b[size : size+n], allowed: allowed}, b[size+n:], nil
}

// next is the next property: the content of a string or of binary data, the bytes of a number, or both strings of a
// user property with their lengths. It returns 0 at the end.
func (p *properties) next() (id byte, value []byte, err error) {
	if len(p.rest) == 0 {
		return 0, nil, nil
	}
	id = p.rest[0]
	if id >= 64 || p.allowed&(1<<id) == 0 {
		return 0, nil, malformed("%s: property %d does not belong here", p.packet, id)
	}
	if p.seen&^repeatable&(1<<id) != 0 {
		return 0, nil, violation("%s: property %d stands twice", p.packet, id)
	}
	p.seen |= 1 << id
	value, rest, ok := cutValue(id, p.rest[1:])
	if !ok {
		return 0, nil, malformed("%s: property %d is cut off or ill-formed", p.packet, id)
	}
	p.rest = rest
	return id, value, nil
}

// check walks to the end for the sake of the mistakes alone.
func (p *properties) check() error {
	for len(p.rest) > 0 {
		if _, _, err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// checkPublish is check for the properties of a PUBLISH, some of which have values that must not be.
func (p *properties) checkPublish() error {
	for len(p.rest) > 0 {
		id, value, err := p.next()
		switch {
		case err != nil:
			return err
		case id == propertyTopicAlias:
			return &ProtocolError{reasonTopicAlias, "PUBLISH with a topic alias, and this client allows none"}
		case id == propertySubscriptionID && value[0] == 0:
			return violation("PUBLISH with subscription identifier 0")
		case id == propertyPayloadFormat && value[0] > 1:
			return violation("PUBLISH with payload format %d, want 0 or 1", value[0])
		case id == propertyResponseTopic && (len(value) == 0 || !validTopic(value)):
			return violation("PUBLISH with response topic %.100q [MQTT-3.3.2-14]", value)
		}
	}
	return nil
}

// cutValue takes the value of property id from the front of b, by the property's type.
func cutValue(id byte, b []byte) (value, rest []byte, ok bool) {
	size := 0
	switch id {
	case propertyPayloadFormat, propertyMaximumQoS, propertyRetainAvailable, propertyWildcard, propertySubscriptionIDs,
		propertyShared:
		size = 1
	case propertyServerKeepalive, propertyReceiveMaximum, propertyTopicAliasMaximum, propertyTopicAlias:
		size = 2
	case propertyMessageExpiry, propertySessionExpiry, propertyMaximumPacketSize, propertyWillDelay:
		size = 4
	case propertySubscriptionID:
		if _, size = length(b); size <= 0 {
			return nil, nil, false
		}
	case propertyCorrelation, propertyAuthData:
		return cut(b)
	case propertyUser:
		return cutPair(b)
	default:
		value, rest, ok = cut(b)
		return value, rest, ok && wellFormed(value)
	}
	if len(b) < size {
		return nil, nil, false
	}
	return b[:size], b[size:], true
}

// cutPair takes two strings; value is both with their lengths.
func cutPair(b []byte) (value, rest []byte, ok bool) {
	key, rest, ok := cut(b)
	if !ok || !wellFormed(key) {
		return nil, nil, false
	}
	text, rest, ok := cut(rest)
	if !ok || !wellFormed(text) {
		return nil, nil, false
	}
	return b[:len(b)-len(rest)], rest, true
}

// number is the value of a numeric property of one, two or four bytes.
func number(value []byte) uint32 {
	switch len(value) {
	case 1:
		return uint32(value[0])
	case 2:
		return uint32(binary.BigEndian.Uint16(value))
	default:
		return binary.BigEndian.Uint32(value)
	}
}
