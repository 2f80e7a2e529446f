package mqtt

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
)

// Receipt at QoS 2: a message is delivered once until its PUBREL [MQTT-4.3.3-10], also over a reconnection, and a
// new one with the same identifier afterwards [MQTT-4.3.3-12].
func TestReceiveQoS2(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		v.send(publication(protocol, 4, 9, "t", "a"))
		v.want(ack(typePubrec, 9, 0))
		v.send(publication(protocol, 4|dup, 9, "t", "a"))
		v.want(ack(typePubrec, 9, 0))
		closeAll(t, v.conn)
		result(t, ended)
		v = greeted(t, s, link, connack(protocol, true, 0))
		ended = serve(s)
		v.send(publication(protocol, 4|dup, 9, "t", "a"))
		v.want(ack(typePubrec, 9, 0))
		v.send(ack(typePubrel, 9, 0))
		v.want(ack(typePubcomp, 9, 0))
		unknown := byte(0)
		if protocol == V5 {
			unknown = reasonUnknownPacketID
		}
		v.send(ack(typePubrel, 9, 0))
		v.want(ack(typePubcomp, 9, unknown))
		v.send(publication(protocol, 4, 9, "t", "b"))
		v.want(ack(typePubrec, 9, 0))
		if got, want := d.about("got"), []string{"got t a q2", "got t b q2"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		stop(t, s, ended)
	})
}

// The server may not have more in flight than the client's Receive Maximum; DISCONNECT 0x93 answers that
// [MQTT-3.3.4-9].
func TestReceiveMaximum(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		d := newDiary()
		o := persistent(V5)
		o.ReceiveMaximum = 3
		s := New(o, d)
		v := greeted(t, s, link, connack(V5, false, 0))
		ended := serve(s)
		for range 4 { // QoS 1 is acknowledged at once, so that it never adds up
			v.send(publication(V5, 2, 1, "t", "a"), publication(V5, 2, 2, "t", "a"), publication(V5, 2, 3, "t", "a"))
			for id := range uint16(3) {
				v.want(ack(typePuback, id+1, 0))
			}
		}
		for id := range uint16(3) {
			v.send(publication(V5, 4, 11+id, "t", "b"))
			v.want(ack(typePubrec, 11+id, 0))
		}
		v.send(publication(V5, 4|dup, 12, "t", "b")) // a repetition is not one more
		v.want(ack(typePubrec, 12, 0))
		v.send(publication(V5, 2, 4, "t", "one too many"))
		v.want([]byte{typeDisconnect << 4, 1, reasonReceiveMaximum})
		v.wantEnd()
		var wrong *ProtocolError
		if err := result(t, ended); !errors.As(err, &wrong) || wrong.Reason != reasonReceiveMaximum {
			t.Errorf("got %v, want reason 0x93", err)
		}
		if got := len(d.about("got t b")); got != 3 {
			t.Errorf("%d deliveries of QoS 2, want 3", got)
		}
	})
}

// After a reconnection the server may use its whole quota again while PUBRELs of before are under way (section 4.9).
func TestReceiveMaximumStartsAnew(t *testing.T) {
	d := newDiary()
	o := persistent(V5)
	o.ReceiveMaximum = 2
	s := New(o, d)
	link := func() (net.Conn, *server) { return tcpPair(t) }
	v := greeted(t, s, link, connack(V5, false, 0))
	ended := serve(s)
	v.send(publication(V5, 4, 1, "t", "a"), publication(V5, 4, 2, "t", "b"))
	v.want(ack(typePubrec, 1, 0))
	v.want(ack(typePubrec, 2, 0))
	closeAll(t, v.conn)
	result(t, ended)
	v = greeted(t, s, link, connack(V5, true, 0))
	ended = serve(s)
	v.send(ack(typePubrel, 1, 0), ack(typePubrel, 2, 0), publication(V5, 4, 3, "t", "c"), publication(V5, 4, 4, "t", "d"))
	for _, want := range [][]byte{
		ack(typePubcomp, 1, 0), ack(typePubcomp, 2, 0), ack(typePubrec, 3, 0), ack(typePubrec, 4, 0),
	} {
		v.want(want)
	}
	v.send(publication(V5, 4, 5, "t", "one too many"))
	v.want([]byte{typeDisconnect << 4, 1, reasonReceiveMaximum})
	result(t, ended)
}

// All answers to one read leave in one write, together with what the handler publishes at the end of it.
func TestOneWritePerRead(t *testing.T) {
	d := newDiary()
	s := New(persistent(V311), d)
	link := func() (net.Conn, *server) { return pipePair(t) }
	v := greeted(t, s, link, connack(V311, false, 0))
	d.onEndBatch = func() {
		if s.InFlight() == 0 {
			copy(s.Reserve("o", 1, false, 1, 1), "z")
			s.Flush()
		}
	}
	ended := serve(s)
	v.send(publication(V311, 2, 5, "t", "a"), publication(V311, 0, 0, "t", "b"), publication(V311, 4, 6, "t", "c"))
	b := make([]byte, 100)
	n, err := v.conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Join([][]byte{ack(typePuback, 5, 0), ack(typePubrec, 6, 0), publication(V311, 2, 1, "o", "z")}, nil)
	if !bytes.Equal(b[:n], want) {
		t.Errorf("the first write is % x, want % x", b[:n], want)
	}
	stop(t, s, ended)
}

// The beginning of a packet is kept, without a borrowed buffer, until the rest of it comes.
func TestPacketInTwoReads(t *testing.T) {
	d := newDiary()
	s := New(persistent(V311), d)
	v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V311, false, 0))
	ended := serve(s)
	whole := publication(V311, 2, 1, "t", "halves")
	batches := make(chan struct{}, 1)
	s.Lock()
	d.onEndBatch = func() {
		select {
		case batches <- struct{}{}:
		default:
		}
	}
	s.Unlock()
	for cut := 1; cut < len(whole); cut++ {
		v.send(whole[:cut])
		<-batches // the beginning is read
		v.send(whole[cut:])
		v.want(ack(typePuback, 1, 0))
		<-batches
	}
	if got := len(d.about("got t halves q1")); got != len(whole)-1 {
		t.Errorf("%d messages, want %d", got, len(whole)-1)
	}
	stop(t, s, ended)
}

// However the bytes arrive, the packets are the same.
func TestOneByteAtATime(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		conn, v := link()
		connected := make(chan error, 1)
		go func() {
			_, err := s.Connect(deadline(t), conn)
			connected <- err
		}()
		v.packet()
		for _, b := range connack(protocol, false, 0) {
			v.send([]byte{b})
		}
		if err := result(t, connected); err != nil {
			t.Fatal(err)
		}
		ended := serve(s)
		long := strings.Repeat("l", 300)
		for _, b := range bytes.Join([][]byte{
			publication(protocol, 2, 1, "t/1", "a"), wrap(typePingresp << 4), publication(protocol, 1, 0, "t/2", long),
		}, nil) {
			v.send([]byte{b})
		}
		want := []string{"got t/1 a q1", `got t/2 300 bytes of "l" q0 retain`}
		if got := d.await(t, 2, "got"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		v.want(ack(typePuback, 1, 0))
		stop(t, s, ended)
	})
}

// Packets larger than every buffer go both ways.
func TestLargePackets(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		d := newDiary()
		s := New(persistent(protocol), d)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		large := strings.Repeat("x", 3<<20)
		publish(t, s, "t", 1, large, 1)
		v.want(publication(protocol, 2, 1, "t", large))
		v.send(ack(typePuback, 1, 0), publication(protocol, 0, 0, "t", large), publication(protocol, 0, 0, "t", "after"))
		want := []string{fmt.Sprintf(`got t %d bytes of "x" q0`, len(large)), "got t after q0"}
		if got := d.await(t, 2, "got"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		stop(t, s, ended)
	})
}

// The word of a header costs no memory, and a packet above the client's limit ends the connection with 0x95
// (section 3.1.2.11.4).
func TestGiantLength(t *testing.T) {
	giant := []byte{typePublish << 4, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't'}
	s := New(Options{Protocol: V5}, newDiary())
	l := &link{s: s, up: true}
	in := intake{buf: make([]byte, 64)}
	if err := l.absorb(&in, copy(in.buf, giant)); err != nil || len(in.buf) != 64 || in.have != len(giant) {
		t.Errorf("%v, a buffer of %d with %d, want 64 with %d", err, len(in.buf), in.have, len(giant))
	}
	s = New(Options{Protocol: V5, MaximumPacketSize: 1000}, newDiary())
	v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V5, false, 0))
	ended := serve(s)
	v.send(publication(V5, 0, 0, "t", strings.Repeat("x", 1000-6)))
	v.send(giant)
	v.want([]byte{typeDisconnect << 4, 1, reasonPacketTooLarge})
	var wrong *ProtocolError
	if err := result(t, ended); !errors.As(err, &wrong) || wrong.Reason != reasonPacketTooLarge {
		t.Errorf("got %v, want reason 0x95", err)
	}
}

// What a server must not send ends the connection with an error that says what it was; 5.0 says so to the server
// [MQTT-4.13.1-1].
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol byte // 0: both
		packet   []byte
		reason   byte
		want     string
	}{
		{"QoS 3", 0, publication(0, 6, 1, "t", ""), 0x81, "QoS 3"},
		{"identifier 0", 0, publication(0, 2, 0, "t", ""), 0x82, "identifier 0"},
		{"wildcard", 0, publication(0, 0, 0, "t/#", ""), 0x81, "topic name"},
		{"zero in topic", 0, publication(0, 0, 0, "t\x00", ""), 0x81, "topic name"},
		{"ill-formed topic", 0, publication(0, 0, 0, "t\xff", ""), 0x81, "topic name"},
		{"topic cut off", 0, []byte{0x30, 3, 0, 9, 't'}, 0x81, "topic name"},
		{"identifier cut off", 0, []byte{0x32, 4, 0, 1, 't', 1}, 0x81, "identifier"},
		{"length of five bytes", 0, []byte{0x30, 0x80, 0x80, 0x80, 0x80, 1}, 0x81, "remaining length"},
		{"length longer than needed", 0, []byte{0x30, 0x80, 0}, 0x81, "remaining length"},
		{"second CONNACK", 0, []byte{0x20, 2, 0, 0}, 0x82, "type 2"},
		{"CONNECT", 0, []byte{0x10, 0}, 0x82, "type 1"},
		{"SUBSCRIBE", 0, []byte{0x82, 0}, 0x82, "type 8"},
		{"PINGREQ", 0, []byte{0xc0, 0}, 0x82, "type 12"},
		{"reserved type", 0, []byte{0x00, 0}, 0x82, "type 0"},
		{"flags", 0, []byte{0x41, 2, 0, 1}, 0x81, "flags"},
		{"PUBREL without its flag", 0, []byte{0x60, 2, 0, 1}, 0x81, "flags"},
		{"PUBACK cut off", 0, []byte{0x40, 1, 0}, 0x81, "PUBACK"},
		{"PUBACK of 0", 0, ack(typePuback, 0, 0), 0x82, "identifier 0"},
		{"PUBREC for QoS 1", 0, ack(typePubrec, 1, 0), 0x82, "waits for another"},
		{"PUBCOMP for QoS 1", 0, ack(typePubcomp, 1, 0), 0x82, "waits for another"},
		{"SUBACK for nothing", 0, []byte{0x90, 4, 0, 9, 0, 0}, 0x82, "no SUBSCRIBE"},
		{"SUBACK cut off", 0, []byte{0x90, 1, 0}, 0x81, "SUBACK"},
		{"PINGRESP with content", 0, []byte{0xd0, 1, 0}, 0x81, "PINGRESP"},
		{"empty topic", 0, publication(V311, 0, 0, "", "\x00"), 0x82, "empty topic"},
		{"DISCONNECT in 3.1.1", V311, []byte{0xe0, 0}, 0, "DISCONNECT from"},
		{"reason in 3.1.1", V311, ack(typePuback, 1, 1), 0, "PUBACK of 3"},
		{"topic alias", V5, []byte{0x30, 7, 0, 1, 't', 3, propertyTopicAlias, 0, 1}, 0x94, "topic alias"},
		{"properties cut off", V5, []byte{0x30, 4, 0, 1, 't', 9}, 0x81, "end early"},
		{"property cut off", V5, []byte{0x30, 6, 0, 1, 't', 2, propertyMessageExpiry, 0}, 0x81, "cut off"},
		{"property of another packet", V5, []byte{0x30, 6, 0, 1, 't', 2, propertyMaximumQoS, 1}, 0x81, "does not belong"},
		{"unknown property", V5, []byte{0x30, 6, 0, 1, 't', 2, 99, 1}, 0x81, "does not belong"},
		{"property twice", V5, []byte{0x30, 8, 0, 1, 't', 4, 1, 1, 1, 1}, 0x82, "twice"},
		{"bytes after properties", V5, []byte{0x40, 5, 0, 1, 0, 0, 7}, 0x81, "after the properties"},
		{"AUTH", V5, []byte{0xf0, 0}, 0x82, "type 15"},
	} {
		for _, protocol := range []byte{V311, V5} {
			if c.protocol != 0 && c.protocol != protocol {
				continue
			}
			t.Run(fmt.Sprint(c.name, " ", protocol), func(t *testing.T) {
				s := New(persistent(protocol), newDiary())
				v := greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(protocol, false, 0))
				ended := serve(s)
				publish(t, s, "own", 1, "x", 1)
				v.packet()
				v.send(c.packet)
				if protocol == V5 {
					v.want([]byte{typeDisconnect << 4, 1, c.reason})
				}
				v.wantEnd()
				var wrong *ProtocolError
				if err := result(t, ended); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			})
		}
	}
}

// A server's DISCONNECT is the cause of the end, by its reason's name.
func TestServerDisconnects(t *testing.T) {
	reasonString := append([]byte{propertyReasonString}, appendString(nil, "bye")...)
	for _, c := range []struct {
		packet []byte
		want   string
	}{
		{[]byte{0xe0, 1, 0x8e}, "disconnected by the server: session taken over (0x8e)"},
		{[]byte{0xe0, 0}, "disconnected by the server: normal disconnection (0x00)"},
		{wrap(0xe0, appendBlock([]byte{0x8b}, reasonString)...), `server shutting down (0x8b): "bye"`},
		{[]byte{0xe0, 2, 0x8b, 9}, "server broke the protocol: malformed packet: DISCONNECT: the properties end early"},
	} {
		transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
			s := New(persistent(V5), newDiary())
			v := greeted(t, s, link, connack(V5, false, 0))
			ended := serve(s)
			v.send(c.packet)
			if c.packet[1] == 2 {
				v.packet()
			}
			v.wantEnd()
			if err := result(t, ended); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
