package mqtt

import "time"

// Versions of the protocol, as Options.Protocol and as the protocol level in CONNECT.
const (
	V311 byte = 4
	V5   byte = 5
)

// Options describe a session. They do not change while it lives, except that a client identifier assigned by the
// server is kept for the next connection.
type Options struct {
	// Protocol is V311 or V5; 0 means V311.
	Protocol byte
	// ClientID may be empty where the server assigns one (5.0) or the session is clean (3.1.1).
	ClientID string
	// Username and Password are sent where they are not empty.
	Username, Password string
	// CleanStart asks for a new session at every connect (Clean Session in 3.1.1).
	CleanStart bool
	// Expiry is how long the server keeps the session after a connection has ended (5.0, whole seconds, rounded up);
	// 0: the session ends with its connection. Without CleanStart, version 3.1.1 keeps it for good.
	Expiry time.Duration
	// Keepalive is the longest time without sending, in whole seconds (rounded up); see [Session.CheckKeepalive].
	// 0: off.
	Keepalive time.Duration
	// InFlight is the largest number of own PUBLISH packets with QoS above 0 without an outcome; 0: 65,535.
	InFlight int
	// ReceiveMaximum limits the server likewise (5.0); 0: 65,535, which is the protocol's default.
	ReceiveMaximum uint16
	// MaximumPacketSize is the largest packet in bytes that is accepted from the server; 0: the largest there can
	// be. 5.0 tells the server.
	MaximumPacketSize uint32
	// Will is published by the server when the connection ends without DISCONNECT; nil: none.
	Will *Will
	// Poller serves the session's connections where they are plain TCP; nil: a goroutine reads each connection.
	Poller *Poller
	// Now reads the clock: time since the epoch of the run. nil: time since New.
	Now func() time.Duration
}

// A Will is the message that the server publishes for a client that is gone.
type Will struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	// Delay is how long the server waits before it publishes the will (5.0, whole seconds, rounded up).
	Delay time.Duration
}

// A Handler is told what happens to a session. All its methods are called with the session's lock held, one at a
// time, by whoever serves the connection (a loop of the [Poller], or a goroutine of the connection's own), within
// [Session.Connect], or, Taken and Flushed only, from within the owner's own [Session.Flush]. They must not block and must not
// call Lock. All times are Options.Now's.
type Handler interface {
	// Acknowledged ends a message of QoS 1 or 2: PUBACK, PUBCOMP or a PUBREC that refuses. A reason of 0x80 and above
	// is a refusal; 3.1.1 knows only 0. PUBCOMP is 0 always: the server took the message over with PUBREC. The call
	// may come before Flushed where the socket has taken only a part of what was pending.
	Acknowledged(token uint64, reason byte, at time.Duration)
	// Orphaned ends a message of QoS 1 or 2 whose fate nobody will tell, in the order of sending: the session was
	// lost (Session Present 0), or ended with its connection because it is clean.
	Orphaned(token uint64, at time.Duration)
	// Received is the first delivery of a message in this session; repeated deliveries of QoS 1 are passed on,
	// those of QoS 2 are not. p and its slices are valid during the call only.
	Received(p *Publish, at time.Duration)
	// Taken says that the socket, which does not take all at once, has taken n more of the messages reserved, in their
	// order, each to its last byte. Before that the server cannot have any of them. at was read from the clock before
	// the write. It must not call Reserve or Flush.
	Taken(n int, at time.Duration)
	// Flushed says that the socket has taken everything reserved so far, be it told by Taken already or not; where it
	// took all at once, at was read from the clock before the write. It must not call Reserve or Flush. What is
	// neither taken nor flushed when the connection is over has never reached the server: it is lost at QoS 0; at QoS 1 and 2 it
	// is orphaned, or resent by the next connection and flushed then.
	Flushed(at time.Duration)
	// EndBatch says that all packets of one read were handled, or that a blocked write is through: room may have
	// grown. The owner may Reserve and Flush here; what is reserved here leaves together with the batch's
	// acknowledgements.
	EndBatch(at time.Duration)
}

// A Publish is a received message.
type Publish struct {
	Topic, Payload []byte
	QoS            byte
	Dup, Retain    bool
	PacketID       uint16
}

// A Subscription is one topic filter of a SUBSCRIBE packet.
type Subscription struct {
	Filter string
	QoS    byte
	// The rest exists in 5.0 only (section 3.8.3.1). RetainHandling: 0 send retained messages, 1 only for a new
	// subscription, 2 never.
	NoLocal, RetainAsPublished bool
	RetainHandling             byte
}
