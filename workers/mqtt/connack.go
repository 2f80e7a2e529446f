package mqtt

import (
	"fmt"
	"strconv"
	"time"
)

// smallestPacket is the size of the largest packet that the session cannot do without: an acknowledgement with a
// reason. A server that takes none of that size cannot be talked to [MQTT-3.2.2-15].
const smallestPacket = 5

// A Connack is what the server says to CONNECT, with the protocol's defaults where it says nothing; 3.1.1 has
// nothing but the first two.
type Connack struct {
	SessionPresent bool
	Reason         byte
	// ReceiveMaximum bounds the client's messages of QoS 1 and 2 in flight.
	ReceiveMaximum uint16
	MaximumQoS     byte
	// MaximumPacketSize is the largest packet that the server takes, in bytes.
	MaximumPacketSize uint32
	// ServerKeepalive is the keepalive in force: the server's where it has one, else the client's. 0: off.
	ServerKeepalive time.Duration
	// AssignedClientID is the identifier that the server gave to a client without one.
	AssignedClientID string
	// SessionExpiry is how long the server keeps the session (5.0): its own word, else what the client asked for.
	SessionExpiry                                       time.Duration
	RetainAvailable, SharedAvailable, WildcardAvailable bool

	properties []byte // of 5.0, checked
}

// defaults are what CONNACK means where it says nothing.
func (s *Session) defaults() Connack {
	s.Lock()
	defer s.Unlock()
	return Connack{
		ReceiveMaximum:    identifiers,
		MaximumQoS:        2,
		MaximumPacketSize: maximumPacket,
		ServerKeepalive:   time.Duration(seconds(s.o.Keepalive, 1<<16-1)) * time.Second,
		SessionExpiry:     time.Duration(seconds(s.o.Expiry, 1<<32-1)) * time.Second,
		RetainAvailable:   true,
		SharedAvailable:   true,
		WildcardAvailable: true,
	}
}

// decode reads the packet into c; a refusal is a *ConnackError.
func (c *Connack) decode(body []byte, protocol byte) error {
	if len(body) < 2 || protocol != V5 && len(body) > 2 {
		return malformed("CONNACK of %d bytes", len(body))
	}
	if body[0] > 1 {
		return malformed("CONNACK with flags 0x%02x [MQTT-3.2.2-1]", body[0])
	}
	c.SessionPresent, c.Reason = body[0] == 1, body[1]
	refusal := &ConnackError{Protocol: protocol, Reason: c.Reason}
	// A server that does not know 5.0 refuses in the form of 3.1.1, without properties.
	if protocol == V5 && len(body) > 2 {
		text, err := c.decodeProperties(body[2:])
		if err != nil {
			return err
		}
		refusal.Text = text
	} else if protocol == V5 && c.Reason == reasonSuccess {
		return malformed("CONNACK without properties")
	}
	if c.Reason == reasonSuccess {
		return nil
	}
	if c.SessionPresent {
		return violation("CONNACK with session present and reason 0x%02x [MQTT-3.2.2-6]", c.Reason)
	}
	return refusal
}

// decodeProperties reads the properties, which end the packet, and returns the Reason String.
func (c *Connack) decodeProperties(b []byte) (text string, err error) {
	p, rest, err := cutProperties("CONNACK", b, inConnack)
	if err != nil {
		return "", err
	}
	if len(rest) > 0 {
		return "", malformed("CONNACK: bytes after the properties")
	}
	c.properties = p.rest
	for {
		id, value, err := p.next()
		if err != nil || id == 0 {
			return text, err
		}
		if id == propertyReasonString {
			text = string(value)
		}
		if err := c.set(id, value); err != nil {
			return "", err
		}
	}
}

// set notes one property (section 3.2.2.3).
func (c *Connack) set(id byte, value []byte) error {
	switch id {
	case propertyReceiveMaximum:
		c.ReceiveMaximum = uint16(number(value))
		if c.ReceiveMaximum == 0 {
			return violation("CONNACK with receive maximum 0")
		}
	case propertyMaximumPacketSize:
		c.MaximumPacketSize = min(number(value), maximumPacket)
		if c.MaximumPacketSize == 0 {
			return violation("CONNACK with maximum packet size 0")
		}
		if c.MaximumPacketSize < smallestPacket {
			return fmt.Errorf("the server takes packets of %d bytes, and an acknowledgement can need %d",
				c.MaximumPacketSize, smallestPacket)
		}
	case propertyServerKeepalive:
		c.ServerKeepalive = time.Duration(number(value)) * time.Second
	case propertySessionExpiry:
		c.SessionExpiry = time.Duration(number(value)) * time.Second
	case propertyAssignedClientID:
		c.AssignedClientID = string(value)
	case propertyMaximumQoS, propertyRetainAvailable, propertyWildcard, propertyShared, propertySubscriptionIDs:
		return c.setByte(id, value[0])
	}
	return nil
}

// setByte notes a property that is 0 or 1.
func (c *Connack) setByte(id, value byte) error {
	if value > 1 {
		return violation("CONNACK with property %d of value %d, want 0 or 1", id, value)
	}
	switch id {
	case propertyMaximumQoS:
		c.MaximumQoS = value
	case propertyRetainAvailable:
		c.RetainAvailable = value == 1
	case propertyWildcard:
		c.WildcardAvailable = value == 1
	case propertyShared:
		c.SharedAvailable = value == 1
	}
	return nil
}

// Properties are the properties that the server sent (5.0) by their names in words; user properties have "user "
// before theirs.
func (c Connack) Properties() map[string]string {
	named := make(map[string]string)
	p := properties{packet: "CONNACK", rest: c.properties, allowed: inConnack}
	for {
		id, value, err := p.next()
		if err != nil || id == 0 {
			return named
		}
		switch id {
		case propertyUser:
			key, rest, _ := cut(value)
			text, _, _ := cut(rest)
			named["user "+string(key)] = string(text)
		case propertyAssignedClientID, propertyReasonString, propertyResponseInfo, propertyServerReference,
			propertyAuthMethod:
			named[propertyName(id)] = string(value)
		case propertyAuthData:
			named[propertyName(id)] = fmt.Sprintf("%x", value)
		default:
			named[propertyName(id)] = strconv.FormatUint(uint64(number(value)), 10)
		}
	}
}

// propertyName names the properties of CONNACK.
func propertyName(id byte) string {
	switch id {
	case propertySessionExpiry:
		return "session expiry interval"
	case propertyAssignedClientID:
		return "assigned client identifier"
	case propertyServerKeepalive:
		return "server keep alive"
	case propertyAuthMethod:
		return "authentication method"
	case propertyAuthData:
		return "authentication data"
	case propertyResponseInfo:
		return "response information"
	case propertyServerReference:
		return "server reference"
	case propertyReasonString:
		return "reason string"
	case propertyReceiveMaximum:
		return "receive maximum"
	case propertyTopicAliasMaximum:
		return "topic alias maximum"
	case propertyMaximumQoS:
		return "maximum QoS"
	case propertyRetainAvailable:
		return "retain available"
	case propertyMaximumPacketSize:
		return "maximum packet size"
	case propertyWildcard:
		return "wildcard subscription available"
	case propertySubscriptionIDs:
		return "subscription identifiers available"
	case propertyShared:
		return "shared subscription available"
	}
	return "property " + strconv.Itoa(int(id))
}
