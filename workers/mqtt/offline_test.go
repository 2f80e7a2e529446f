package mqtt

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// nowhere is a connection of which nothing is wanted.
type nowhere struct{ net.Conn }

// offline is a session that is connected to nowhere: what it sends stays pending.
func offline(o Options, h Handler) (*Session, *link) {
	s := New(o, h)
	l := newLink(s, nowhere{})
	ack := s.defaults()
	s.link = l
	l.establish(&ack)
	return s, l
}

// pending takes the pending bytes.
func (l *link) pending() []byte {
	l.seal()
	if l.out == nil {
		return nil
	}
	b := bytes.Clone(l.out.bytes[l.start:l.end])
	l.clear()
	l.reserved = 0
	return b
}

// settleAny is a session with a message in every stage and a SUBSCRIBE, for packets that refer to one.
func settleAny(protocol byte, h Handler) *link {
	s, l := offline(Options{Protocol: protocol, ReceiveMaximum: 5, MaximumPacketSize: 1 << 16}, h)
	for id := range uint16(3) {
		copy(s.Reserve("own", min(2, byte(id+1)), false, 1, uint64(id+1)), "x")
	}
	s.requests = []*request{{id: s.flight.pin(l.window), filters: 1, done: make(chan struct{})}}
	if _, err := l.handle(ack(typePubrec, 3, 0), 0); err != nil {
		panic(err)
	}
	l.pending()
	// From here on nothing is written.
	l.blocked, l.drained = true, make(chan struct{})
	return l
}

// FuzzInbound feeds whatever to the parser, whole and in pieces: it neither panics nor reads beyond a packet, and
// the pieces make no difference.
func FuzzInbound(f *testing.F) {
	for _, protocol := range []byte{V311, V5} {
		for _, packet := range [][]byte{
			publication(protocol, 0, 0, "t/1", "payload"), publication(protocol, 2, 7, "t", ""),
			publication(protocol, 4, 8, "t", "x"), ack(typePuback, 1, 0), ack(typePubrec, 2, 0),
			ack(typePubrec, 2, 0x87), ack(typePubcomp, 3, 0), ack(typePubrel, 9, 0),
			suback(protocol, 4, 1), {0xd0, 0}, {0xe0, 2, 0x8e, 0}, {0xe0, 0}, {0x30, 0xff, 0xff, 0xff, 0x7f},
			{0x30, 10, 0, 1, 't', 6, propertySubscriptionID, 0x80, 1, propertyUser, 0, 0, 0, 0},
			bytes.Repeat(publication(protocol, 2, 7, "t", ""), 6), bytes.Repeat(publication(protocol, 0, 0, "t", "x"), 9),
			append(publication(protocol, 4, 8, "t", "x"), ack(typePubrel, 8, 0)...),
		} {
			f.Add(protocol == V5, uint8(3), packet)
		}
	}
	f.Fuzz(func(t *testing.T, five bool, piece uint8, data []byte) {
		if len(data) > 16<<10 {
			return // the answers must not reach the bound of pending bytes, where reading waits
		}
		protocol := V311
		if five {
			protocol = V5
		}
		whole, pieces := newDiary(), newDiary()
		one, many := settleAny(protocol, whole), settleAny(protocol, pieces)
		used, err := one.handle(bytes.Clone(data), 0)
		if used > len(data) {
			t.Fatalf("used %d of %d bytes", used, len(data))
		}
		var errMany error
		in := intake{buf: make([]byte, 8)}
		for rest := data; len(rest) > 0 && errMany == nil; {
			n := copy(in.buf[in.have:], rest[:min(len(rest), max(1, int(piece)))])
			rest = rest[n:]
			errMany = many.absorb(&in, n)
		}
		if err == nil && len(data)-used != in.have {
			t.Errorf("%d bytes are left of the whole, %d of the pieces", len(data)-used, in.have)
		}
		if !sameError(err, errMany) {
			t.Errorf("whole: %v; pieces: %v", err, errMany)
		}
		if a, b := whole.about(""), pieces.about(""); !equalLines(a, b) {
			t.Errorf("whole: %q; pieces: %q", a, b)
		}
		if a, b := one.pending(), many.pending(); !bytes.Equal(a, b) {
			t.Errorf("answers to the whole: % x; to the pieces: % x", a, b)
		}
	})
}

func sameError(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
}

func equalLines(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// FuzzConnack feeds whatever to the parser of CONNACK.
func FuzzConnack(f *testing.F) {
	f.Add(true, connack(V5, true, 0, propertyReceiveMaximum, 0, 20, propertyUser, 0, 1, 'k', 0, 0))
	f.Add(true, connack(V5, false, 0x87))
	f.Add(false, connack(V311, true, 0))
	f.Add(false, connack(V311, false, 5))
	f.Fuzz(func(t *testing.T, five bool, data []byte) {
		protocol := V311
		if five {
			protocol = V5
		}
		s := New(Options{Protocol: protocol}, Deaf{})
		client, far := net.Pipe()
		l := newLink(s, client)
		go func() {
			_, _ = io.CopyN(io.Discard, far, 1)
			_, _ = far.Write(data)
			shut(far)
		}()
		c, err := l.greet([]byte{0}, s.defaults())
		var wrong *ProtocolError
		var refused *ConnackError
		if err == nil && (c.ReceiveMaximum == 0 || c.MaximumPacketSize == 0 || c.MaximumQoS > 2 || c.Reason != 0) {
			t.Errorf("accepted %+v", c)
		}
		if err != nil && !errors.As(err, &wrong) && !errors.As(err, &refused) && !errors.Is(err, io.EOF) &&
			!errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("unexpected kind of error: %v", err)
		}
		c.Properties()
		shut(client)
	})
}
