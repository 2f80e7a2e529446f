package mqtt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// maximumConnack bounds the CONNACK packet.
const maximumConnack = 64 << 10

// Connect sends CONNECT on conn, waits for CONNACK until ctx ends, and makes conn the session's connection, which
// Start has served. Only the session may use conn from then on: plain TCP with a Poller is not used through conn any
// more. Where the server still has the session, what is unsettled is sent again before anything new;
// where it has not, the handler is told of the orphans before Connect returns. The lock is not held. On an error
// conn is closed, and what is in flight stays as it is.
//
// Errors: *ConnackError where the server refuses, *ProtocolError where it breaks the protocol, the cause of a Close
// meanwhile, the error of ctx, or that of reading or writing. Session Present in answer to a clean start breaks the
// protocol [MQTT-3.2.2-2], and in 5.0 also in answer to the session's very first CONNECT: the server then has a
// session that this client knows nothing of and must not go on with [MQTT-3.2.2-4]. 3.1.1 leaves that to the
// client: the session goes on with nothing in flight, and Connack tells.
func (s *Session) Connect(ctx context.Context, conn net.Conn) (Connack, error) {
	l := newLink(s, conn)
	packet, first, err := s.begin(l)
	if err != nil {
		shut(conn)
		return Connack{}, fmt.Errorf("connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo()) })
	ack, err := l.greet(packet, s.defaults())
	if !stop() {
		err = fmt.Errorf("no CONNACK: %w", context.Cause(ctx))
	}
	s.Lock()
	if err == nil {
		err = s.contradiction(&ack, first)
	}
	if l.cause != nil {
		err = l.cause
	}
	if err == nil {
		err = s.o.Poller.adopt(l)
	}
	if err != nil {
		l.cause = err
		s.end(l)
		s.Unlock()
		shut(conn)
		return ack, fmt.Errorf("connect: %w", err)
	}
	defer s.Unlock()
	l.establish(&ack)
	return ack, nil
}

// begin makes l the session's link and encodes CONNECT. first: it is the first CONNECT of all.
func (s *Session) begin(l *link) (packet []byte, first bool, err error) {
	s.Lock()
	defer s.Unlock()
	if old := s.link; old != nil {
		if old.cause == nil || old.blocked || old.started {
			return nil, false, errors.New("there is a connection already")
		}
		// It was closed before anyone served it.
		s.end(old)
	}
	if packet, err = encodeConnect(&s.o); err != nil {
		return nil, false, err
	}
	first, s.known = !s.known, true
	s.link = l
	return packet, first, nil
}

// greet sends CONNECT and reads CONNACK, exactly, so that what follows is left for Serve.
func (l *link) greet(packet []byte, ack Connack) (Connack, error) {
	if _, err := l.conn.Write(packet); err != nil {
		return ack, fmt.Errorf("write: %w", err)
	}
	var header [maximumHeader]byte
	have, remaining, size := 2, 0, 0
	if _, err := io.ReadFull(l.conn, header[:have]); err != nil {
		return ack, fmt.Errorf("read: %w", err)
	}
	for {
		if remaining, size = length(header[1:have]); size != 0 {
			break
		}
		if _, err := io.ReadFull(l.conn, header[have:have+1]); err != nil {
			return ack, fmt.Errorf("read: %w", err)
		}
		have++
	}
	if header[0] != typeConnack<<4 {
		return ack, violation("first byte 0x%02x, want CONNACK [MQTT-3.2.0-1]", header[0])
	}
	if size > 0 && 1+size+remaining > int(l.s.o.MaximumPacketSize) {
		return ack, &ProtocolError{reasonPacketTooLarge, "CONNACK larger than this client allows [MQTT-3.1.2-24]"}
	}
	if size < 0 || remaining > maximumConnack {
		return ack, malformed("CONNACK with remaining length % x", header[1:have])
	}
	body := make([]byte, remaining)
	if _, err := io.ReadFull(l.conn, body); err != nil {
		return ack, fmt.Errorf("read: %w", err)
	}
	err := ack.decode(body, l.s.o.Protocol)
	return ack, err
}

// contradiction checks Session Present against what was asked for and is known.
func (s *Session) contradiction(ack *Connack, first bool) error {
	switch {
	case !ack.SessionPresent:
		return nil
	case s.o.CleanStart:
		return violation("CONNACK with session present after a clean start [MQTT-3.2.2-2]")
	case first && s.o.Protocol == V5:
		return violation("CONNACK with session present, and this client has none [MQTT-3.2.2-4]")
	}
	return nil
}

// establish puts the link to use by what CONNACK says, settles or resends what is in flight, and flushes.
func (l *link) establish(ack *Connack) {
	s := l.s
	l.window = min(s.o.InFlight, int(ack.ReceiveMaximum))
	l.maximumPacket = int(ack.MaximumPacketSize)
	l.maximumQoS, l.retain = ack.MaximumQoS, ack.RetainAvailable
	l.keepalive, l.expiry = ack.ServerKeepalive, ack.SessionExpiry
	l.up = true
	if ack.AssignedClientID != "" {
		s.o.ClientID = ack.AssignedClientID
	}
	l.sent = s.o.Now()
	l.heard = l.sent
	if !ack.SessionPresent {
		s.orphan()
		return
	}
	for id := range s.inbound {
		s.inbound[id] = false
	}
	s.flight.expire()
	l.resend()
	l.flush(0)
}

// encodeConnect encodes CONNECT (section 3.1).
func encodeConnect(o *Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	body := append(appendString(nil, "MQTT"), o.Protocol, o.connectFlags())
	body = binary.BigEndian.AppendUint16(body, uint16(seconds(o.Keepalive, 1<<16-1)))
	if o.Protocol == V5 {
		body = appendBlock(body, o.connectProperties())
	}
	body = appendString(body, o.ClientID)
	if w := o.Will; w != nil {
		if o.Protocol == V5 {
			body = appendBlock(body, appendUint32(nil, propertyWillDelay, seconds(w.Delay, 1<<32-1)))
		}
		body = appendString(appendString(body, w.Topic), w.Payload)
	}
	if o.Username != "" {
		body = appendString(body, o.Username)
	}
	if o.Password != "" {
		body = appendString(body, o.Password)
	}
	return append(appendLength([]byte{typeConnect << 4}, len(body)), body...), nil
}

// check finds what cannot be said in CONNECT.
func (o *Options) check() error {
	if o.Protocol != V311 && o.Protocol != V5 {
		return fmt.Errorf("protocol level %d, want %d or %d", o.Protocol, V311, V5)
	}
	if o.Protocol == V311 && o.Password != "" && o.Username == "" {
		return errors.New("password without user name, which 3.1.1 does not allow")
	}
	if o.Protocol == V311 && o.ClientID == "" && !o.CleanStart {
		return errors.New("no client identifier for a session that is kept [MQTT-3.1.3-7]")
	}
	if !wellFormed([]byte(o.ClientID)) || !wellFormed([]byte(o.Username)) {
		return errors.New("client identifier or user name is not UTF-8 without U+0000 [MQTT-3.1.3-4]")
	}
	if len(o.ClientID) > maximumString || len(o.Username) > maximumString || len(o.Password) > maximumString {
		return fmt.Errorf("client identifier, user name or password longer than %d bytes", maximumString)
	}
	return o.Will.check()
}

// check finds what cannot be said in CONNECT; nil is a client without a will.
func (w *Will) check() error {
	if w == nil {
		return nil
	}
	if !validName(w.Topic) {
		return fmt.Errorf("will: topic %.100q: want UTF-8 without wildcards and U+0000 [MQTT-3.1.3-11]", w.Topic)
	}
	if w.Topic == "" || len(w.Topic) > maximumString || len(w.Payload) > maximumString || w.QoS > 2 {
		return fmt.Errorf("will: want a topic, QoS up to 2, and topic and payload of at most %d bytes", maximumString)
	}
	return nil
}

// connectFlags are the Connect Flags (section 3.1.2.3).
func (o *Options) connectFlags() (flags byte) {
	if o.CleanStart {
		flags |= 1 << 1
	}
	if w := o.Will; w != nil {
		flags |= 1<<2 | w.QoS<<3
		if w.Retain {
			flags |= 1 << 5
		}
	}
	if o.Password != "" {
		flags |= 1 << 6
	}
	if o.Username != "" {
		flags |= 1 << 7
	}
	return flags
}

// connectProperties are those that differ from their defaults (section 3.1.2.11).
func (o *Options) connectProperties() (b []byte) {
	b = appendUint32(b, propertySessionExpiry, seconds(o.Expiry, 1<<32-1))
	if o.ReceiveMaximum < identifiers {
		b = binary.BigEndian.AppendUint16(append(b, propertyReceiveMaximum), o.ReceiveMaximum)
	}
	if o.MaximumPacketSize < maximumPacket {
		b = appendUint32(b, propertyMaximumPacketSize, o.MaximumPacketSize)
	}
	return b
}

// appendUint32 appends a property unless it is 0, the default of those used here.
func appendUint32(b []byte, property byte, value uint32) []byte {
	if value == 0 {
		return b
	}
	return binary.BigEndian.AppendUint32(append(b, property), value)
}

// appendBlock appends properties with their length before them.
func appendBlock(b, properties []byte) []byte {
	return append(appendLength(b, len(properties)), properties...)
}
