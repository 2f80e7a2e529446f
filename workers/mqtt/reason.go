package mqtt

import "fmt"

// Reason codes that the session itself sends or decides by (5.0, section 2.4).
const (
	reasonSuccess byte = 0x00
	// reasonNoSubscription is the answer to an UNSUBSCRIBE without a subscription (section 3.11.3).
	reasonNoSubscription  byte = 0x11
	reasonNoSubscribers   byte = 0x10
	reasonFailure         byte = 0x80 // from here on a packet was refused
	reasonMalformed       byte = 0x81
	reasonProtocolError   byte = 0x82
	reasonUnknownPacketID byte = 0x92
	reasonReceiveMaximum  byte = 0x93
	reasonTopicAlias      byte = 0x94
	reasonPacketTooLarge  byte = 0x95
)

// ReasonName is the name that version 5.0 gives to a reason code (section 2.4), in lower case. Code 0 has three
// names, by packet; this is the one of CONNACK and the acknowledgements.
func ReasonName(reason byte) string {
	switch reason {
	case 0x00:
		return "success"
	case 0x01:
		return "granted QoS 1"
	case 0x02:
		return "granted QoS 2"
	case 0x04:
		return "disconnect with will message"
	case 0x10:
		return "no matching subscribers"
	case 0x11:
		return "no subscription existed"
	case 0x18:
		return "continue authentication"
	case 0x19:
		return "re-authenticate"
	}
	if name := failureName(reason); name != "" {
		return name
	}
	return fmt.Sprintf("unknown reason 0x%02x", reason)
}

// failureName names the codes from 0x80 on; empty where there is none.
func failureName(reason byte) string {
	names := [...]string{
		0x00: "unspecified error",
		0x01: "malformed packet",
		0x02: "protocol error",
		0x03: "implementation specific error",
		0x04: "unsupported protocol version",
		0x05: "client identifier not valid",
		0x06: "bad user name or password",
		0x07: "not authorized",
		0x08: "server unavailable",
		0x09: "server busy",
		0x0a: "banned",
		0x0b: "server shutting down",
		0x0c: "bad authentication method",
		0x0d: "keep alive timeout",
		0x0e: "session taken over",
		0x0f: "topic filter invalid",
		0x10: "topic name invalid",
		0x11: "packet identifier in use",
		0x12: "packet identifier not found",
		0x13: "receive maximum exceeded",
		0x14: "topic alias invalid",
		0x15: "packet too large",
		0x16: "message rate too high",
		0x17: "quota exceeded",
		0x18: "administrative action",
		0x19: "payload format invalid",
		0x1a: "retain not supported",
		0x1b: "QoS not supported",
		0x1c: "use another server",
		0x1d: "server moved",
		0x1e: "shared subscriptions not supported",
		0x1f: "connection rate exceeded",
		0x20: "maximum connect time",
		0x21: "subscription identifiers not supported",
		0x22: "wildcard subscriptions not supported",
	}
	if reason < reasonFailure || int(reason-reasonFailure) >= len(names) {
		return ""
	}
	return names[reason-reasonFailure]
}

// disconnectName is ReasonName with the name that code 0 has in DISCONNECT.
func disconnectName(reason byte) string {
	if reason == reasonSuccess {
		return "normal disconnection"
	}
	return ReasonName(reason)
}

// returnCodeName names the return codes of a 3.1.1 CONNACK (section 3.2.2.3).
func returnCodeName(code byte) string {
	switch code {
	case 1:
		return "unacceptable protocol version"
	case 2:
		return "identifier rejected"
	case 3:
		return "server unavailable"
	case 4:
		return "bad user name or password"
	case 5:
		return "not authorized"
	}
	return fmt.Sprintf("unknown return code 0x%02x", code)
}
