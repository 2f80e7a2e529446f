package mqtt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// The stories of TestConformance about the form of packets, CONNECT and CONNACK.

// strange are strings that contain the bytes, in every place that a client can put or find one.
func strange(p *drama, bad string) {
	for _, o := range []Options{
		{Protocol: p.protocol, CleanStart: true, ClientID: bad},
		{Protocol: p.protocol, CleanStart: true, Username: bad},
		{Protocol: p.protocol, CleanStart: true, Will: &Will{Topic: bad}},
	} {
		conn, v := p.link()
		if _, err := New(o, Deaf{}).Connect(deadline(p.T), conn); err == nil {
			p.Errorf("CONNECT with %q is sent", bad)
		}
		v.wantEnd()
	}
	p.start(false)
	p.under(func() {
		if p.s.CanPublish(bad, 0, false, 0) == nil || p.s.Reserve(bad, 0, false, 0, 0) != nil {
			p.Errorf("PUBLISH to %q is sent", bad)
		}
	})
	p.nonsense(Subscription{Filter: bad})
	p.wrong(reasonMalformed, publication(p.protocol, 0, 0, bad, ""))
	if !p.five() {
		return
	}
	for _, property := range [][]byte{
		appendString([]byte{propertyContentType}, bad), appendString([]byte{propertyResponseTopic}, bad),
		appendString(appendString([]byte{propertyUser}, bad), "v"), appendString(appendString([]byte{propertyUser}, "k"), bad),
	} {
		p.start(false)
		p.wrong(reasonMalformed, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'}, property)...))
	}
	for _, property := range []byte{propertyReasonString, propertyAssignedClientID, propertyServerReference, propertyResponseInfo} {
		p.refused(connack(V5, false, 0, appendString([]byte{property}, bad)...), "ill-formed")
	}
	reason := appendBlock([]byte{0, 1, 0}, appendString([]byte{propertyReasonString}, bad))
	p.start(false)
	p.wrong(reasonMalformed, wrap(typePuback<<4, reason...))
}

func illFormed(p *drama) {
	for _, bad := range []string{"\xff", "a\xed\xa0\x80", "\xc0\x80b"} { // no UTF-8, a surrogate, an overlong form
		strange(p, bad)
	}
}

func nullCharacter(p *drama) { strange(p, "a\x00b") }

func byteOrderMark(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 0, 0, "\ufefft", "x"))
	p.told("got", "got \ufefft x q0")
	p.publish("\ufefft", 0, "y")
	p.want(publication(p.protocol, 0, 0, "\ufefft", "y"))
	p.finish()
}

func shortestLengths(p *drama) {
	p.start(false)
	for _, size := range []int{0, 127, 128, 16_383, 16_384} {
		size = max(1, size-len(publication(p.protocol, 0, 0, "t", ""))+2)
		p.publish("t", 0, strings.Repeat("x", size))
		p.want(publication(p.protocol, 0, 0, "t", strings.Repeat("x", size))) // lengths by wrap are the shortest
	}
	p.wrong(reasonMalformed, []byte{typePingresp << 4, 0x80, 0})
	if p.five() {
		p.start(false)
		p.wrong(reasonMalformed, []byte{typePublish << 4, 5, 0, 1, 't', 0x80, 0})
	}
	p.start(false)
	p.wrong(reasonMalformed, []byte{typePublish << 4, 0x80, 0x80, 0x80, 0x80, 1})
}

func userProperties(p *drama) {
	p.start(false)
	pair := appendString(appendString([]byte{propertyUser}, "k"), "v")
	p.v.send(wrap(typePublish<<4, append(appendBlock([]byte{0, 1, 't'}, append(pair, pair...)), 'x')...))
	p.told("got", "got t x q0")
	p.wrong(reasonMalformed, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'}, pair[:len(pair)-3])...))
}

func flagsOfOurs(p *drama) {
	var c clock
	p.o.Keepalive, p.o.Now = time.Second, c.read
	if packet := p.asked(); packet[0] != 0x10 {
		p.Errorf("CONNECT begins with 0x%02x", packet[0])
	}
	p.subscribing(Subscription{Filter: "t"})
	if packet := p.v.packet(); packet[0] != 0x82 {
		p.Errorf("SUBSCRIBE begins with 0x%02x", packet[0])
	}
	p.v.send(suback(p.protocol, 1, 0))
	p.v.send(publication(p.protocol, 2, 1, "t", ""))
	p.want([]byte{0x40, 2, 0, 1})
	p.v.send(publication(p.protocol, 4, 2, "t", ""))
	p.want([]byte{0x50, 2, 0, 2})
	p.v.send(ack(typePubrel, 2, 0))
	p.want([]byte{0x70, 2, 0, 2})
	p.publish("t", 2, "x")
	p.want(publication(p.protocol, 4, 2, "t", "x"))
	p.v.send(ack(typePubrec, 2, 0))
	p.want([]byte{0x62, 2, 0, 2})
	p.written()
	c.set(time.Second)
	p.s.CheckKeepalive(c.read())
	p.want([]byte{0xc0, 0})
	done := make(chan error, 1)
	go func() { done <- p.s.Disconnect(deadline(p.T)) }()
	p.want([]byte{0xe0, 0})
	if err := result(p.T, done); err != nil {
		p.Error(err)
	}
}

func flagsOfTheServers(p *drama) {
	for _, packet := range [][]byte{
		{0x21, 2, 0, 0}, {0x41, 2, 0, 1}, {0x52, 2, 0, 1}, {0x60, 2, 0, 1}, {0x63, 2, 0, 1}, {0x78, 2, 0, 1},
		{0x91, 4, 0, 1, 0, 0}, {0xd1, 0}, {0xe2, 0}, {0x01, 0},
	} {
		p.start(false)
		p.wrong(reasonMalformed, packet)
	}
}

func noIdentifierAtQoS0(p *drama) {
	p.start(false)
	p.publish("t", 0, "x")
	want := []byte{0x30, 4, 0, 1, 't', 'x'}
	if p.five() {
		want = []byte{0x30, 5, 0, 1, 't', 0, 'x'}
	}
	p.want(want)
	p.finish()
}

func unusedIdentifiers(p *drama) {
	p.start(false)
	p.under(func() { p.s.flight.first = 65_534 })
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 65_534, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 65_535, "t", "b"))
	p.subscribing(Subscription{Filter: "t"})
	if packet := p.v.packet(); packet[0] != 0x82 || binary.BigEndian.Uint16(packet[2:]) != 1 {
		p.Errorf("got % x, want SUBSCRIBE with identifier 1 after 65535", packet)
	}
	p.publish("t", 1, "c")
	p.want(publication(p.protocol, 2, 2, "t", "c"))
	p.v.send(ack(typePuback, 2, 0))
	p.told("ack", "ack 99 0x00")
	// All the way round, those in use are passed over.
	used := map[uint16]bool{65_534: true, 65_535: true, 1: true}
	p.under(func() {
		for range 65_536 {
			id := p.s.flight.add(entry{stage: awaitAck}, 10)
			if id == 0 || used[id] {
				p.Errorf("identifier %d is 0 or in use", id)
				return
			}
			p.s.flight.settle(id, p.s.flight.find(id))
		}
	})
	p.finish()
}

func identifiersOfResends(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.publish("t", 2, "c")
	p.want(publication(p.protocol, 4, 3, "t", "c"))
	p.v.send(ack(typePubrec, 3, 0))
	p.want(ack(typePubrel, 3, 0))
	p.lose()
	p.start(true)
	p.want(publication(p.protocol, 2|dup, 1, "t", "a"), publication(p.protocol, 4|dup, 2, "t", "b"), ack(typePubrel, 3, 0))
	p.publish("t", 1, "d") // 1 to 3 are in use until PUBACK and PUBCOMP
	p.want(publication(p.protocol, 2, 4, "t", "d"))
	p.finish()
}

func identifier0(p *drama) {
	for _, flags := range []byte{2, 4} {
		p.start(false)
		p.wrong(reasonProtocolError, publication(p.protocol, flags, 0, "t", ""))
	}
	for _, kind := range []byte{typePuback, typePubrec, typePubrel, typePubcomp} {
		p.start(false)
		p.wrong(reasonProtocolError, ack(kind, 0, 0))
	}
}

func identifiersOfAnswers(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 2, 0x1234, "t", ""))
	p.want(ack(typePuback, 0x1234, 0))
	p.v.send(publication(p.protocol, 4, 0xfffe, "t", ""))
	p.want(ack(typePubrec, 0xfffe, 0))
	p.v.send(ack(typePubrel, 0xfffe, 0))
	p.want(ack(typePubcomp, 0xfffe, 0))
	p.publish("t", 2, "x")
	p.want(publication(p.protocol, 4, 1, "t", "x"))
	p.v.send(ack(typePubrec, 1, 0))
	p.want(ack(typePubrel, 1, 0))
	p.finish()
}

func identifierOfSuback(p *drama) {
	p.start(false)
	done := p.subscribing(Subscription{Filter: "t"})
	p.v.packet()
	p.wrong(reasonProtocolError, suback(p.protocol, 2, 0))
	if got := <-done; got.err == nil {
		p.Error("a SUBACK for another identifier is taken")
	}
}

func noPropertiesAreALength0(p *drama) {
	if packet := p.asked(); packet[12] != 5 { // Session Expiry Interval alone
		p.Errorf("CONNECT % x: properties of %d bytes, want 5", packet, packet[12])
	}
	p.finish()
	p.o.Expiry = 0
	if packet := p.asked(); packet[12] != 0 {
		p.Errorf("CONNECT % x: properties of %d bytes, want 0", packet, packet[12])
	}
	p.publish("t", 1, "x")
	p.want([]byte{0x32, 7, 0, 1, 't', 0, 1, 0, 'x'})
	p.subscribing(Subscription{Filter: "t"})
	p.want([]byte{0x82, 7, 0, 2, 0, 0, 1, 't', 0})
	p.finish()
}

func propertiesTwice(p *drama) {
	p.start(false)
	p.wrong(reasonProtocolError, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'},
		[]byte{propertyPayloadFormat, 1, propertyPayloadFormat, 1})...))
	p.refused(connack(V5, false, 0, propertyMaximumQoS, 1, propertyMaximumQoS, 1), "twice")
	p.start(false)
	two := []byte{propertySubscriptionID, 1, propertySubscriptionID, 2}
	p.v.send(wrap(typePublish<<4, append(appendBlock([]byte{0, 1, 't'}, two), 'x')...))
	p.told("got", "got t x q0")
	p.finish()
}

func propertiesElsewhere(p *drama) {
	for _, id := range []byte{0, 99, 255, propertyMaximumQoS, propertyWillDelay, propertyReasonString} {
		p.start(false)
		p.wrong(reasonMalformed, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'}, []byte{id, 0, 0, 0, 0})...))
	}
	p.refused(connack(V5, false, 0, propertyTopicAlias, 0, 1), "does not belong")
	for _, value := range [][]byte{{propertyPayloadFormat, 2}, {propertySubscriptionID, 0}} {
		p.start(false)
		p.wrong(reasonProtocolError, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'}, value)...))
	}
}

func connectIsFirst(p *drama) {
	var c clock
	p.o.Keepalive, p.o.Now = time.Second, c.read
	p.session()
	conn, v := p.link()
	done := make(chan error, 1)
	go func() {
		_, err := p.s.Connect(deadline(p.T), conn)
		done <- err
	}()
	if packet := v.packet(); packet[0] != typeConnect<<4 {
		p.Errorf("got % x, want CONNECT", packet)
	}
	// Before CONNACK, nothing else leaves.
	c.set(time.Hour)
	p.s.CheckKeepalive(c.read())
	p.under(func() {
		if p.s.Connected() || p.s.Room() > 0 || p.s.Reserve("t", 0, false, 1, 1) != nil {
			p.Error("messages are taken before CONNACK")
		}
		p.s.Flush()
	})
	if _, err := p.s.Subscribe(deadline(p.T), []Subscription{{Filter: "t"}}); !errors.Is(err, ErrNotConnected) {
		p.Errorf("SUBSCRIBE before CONNACK: %v", err)
	}
	v.send(connack(p.protocol, false, 0))
	if err := result(p.T, done); err != nil {
		p.Fatal(err)
	}
	p.v, p.ended = v, serve(p.s)
	p.publish("t", 0, "x")
	p.want(publication(p.protocol, 0, 0, "t", "x"))
	p.finish()
}

func oneConnect(p *drama) {
	p.start(false)
	conn, second := p.link()
	if _, err := p.s.Connect(deadline(p.T), conn); err == nil {
		p.Error("CONNECT twice")
	}
	second.wantEnd()
	p.publish("t", 0, "x")
	p.want(publication(p.protocol, 0, 0, "t", "x")) // and no CONNECT before it
	p.finish()
}

func connectHeader(p *drama) {
	for _, clean := range []bool{false, true} {
		p.o.CleanStart = clean
		p.o.Will, p.o.Username, p.o.Password = &Will{Topic: "w", QoS: 2, Retain: true}, "u", "p"
		packet := p.asked()
		if !bytes.HasPrefix(packet[2:], []byte{0, 4, 'M', 'Q', 'T', 'T', p.protocol}) || packet[9]&1 != 0 {
			p.Errorf("CONNECT % x: want MQTT, level %d and the reserved flag 0", packet, p.protocol)
		}
		if packet[9]>>1&1 == 1 != clean {
			p.Errorf("flags 0x%02x, want clean %v", packet[9], clean)
		}
		p.finish()
	}
}

func versionRefused(p *drama) {
	answer, text := connack(V311, false, 1), "unacceptable protocol version"
	if p.five() {
		answer, text = connack(V5, false, 0x84), "unsupported protocol version"
	}
	var refusal *ConnackError
	if err := p.refused(answer, text); !errors.As(err, &refusal) {
		p.Errorf("got %v, want a refusal", err)
	}
}

func cleanStartForgets(p *drama) {
	p.o.CleanStart = true
	p.start(false)
	p.v.send(publication(p.protocol, 4, 7, "in", "a"))
	p.want(ack(typePubrec, 7, 0))
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.lose()
	p.told("orphan", "orphan 97", "orphan 98")
	p.start(false)
	p.v.send(publication(p.protocol, 4, 7, "in", "b")) // nothing is resent before the answer, and 7 is new again
	p.want(ack(typePubrec, 7, 0))
	p.told("got", "got in a q2", "got in b q2")
	p.finish()
}

func sessionIsKept(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.v.send(publication(p.protocol, 4, 7, "in", "a"))
	p.want(ack(typePubrec, 7, 0))
	p.lose()
	p.under(func() {
		if got := p.s.InFlight(); got != 2 {
			p.Errorf("%d messages in flight after the connection's end, want 2", got)
		}
	})
	p.start(true)
	p.want(publication(p.protocol, 2|dup, 1, "t", "a"), publication(p.protocol, 4|dup, 2, "t", "b"))
	p.v.send(publication(p.protocol, 4|dup, 7, "in", "a"))
	p.want(ack(typePubrec, 7, 0))
	p.told("got", "got in a q2") // once
	p.told("orphan")
	p.finish()
}

func willFields(p *drama) {
	p.o.ClientID = "c"
	for _, c := range []struct {
		will  *Will
		flags byte
		tail  string
	}{
		{nil, 0, "\x00\x01c"},
		{&Will{Topic: "w", Payload: []byte("!")}, 1 << 2, "\x00\x01c\x00\x01w\x00\x01!"},
		{&Will{Topic: "w", QoS: 1, Retain: true}, 1<<2 | 1<<3 | 1<<5, "\x00\x01c\x00\x01w\x00\x00"},
		{&Will{Topic: "w", QoS: 2}, 1<<2 | 2<<3, "\x00\x01c\x00\x01w\x00\x00"},
	} {
		p.o.Will = c.will
		packet := p.asked()
		if p.five() && c.will != nil {
			c.tail = strings.Replace(c.tail, "c", "c\x00", 1) // Will Properties
		}
		if packet[9] != c.flags || !strings.HasSuffix(string(packet), c.tail) {
			p.Errorf("CONNECT % x, want flags 0x%02x and % x at the end", packet, c.flags, c.tail)
		}
		p.finish()
	}
}

func willQoS3(p *drama) {
	p.o.Will = &Will{Topic: "w", QoS: 3}
	conn, v := p.link()
	if _, err := p.session().Connect(deadline(p.T), conn); err == nil {
		p.Error("a will of QoS 3 is sent")
	}
	v.wantEnd()
}

func credentials(p *drama) {
	for _, c := range []struct {
		name, password string
		flags          byte
		tail           string
	}{
		{"", "", 0, "\x00\x01c"},
		{"u", "", 1 << 7, "\x00\x01c\x00\x01u"},
		{"u", "\xff\x00", 1<<7 | 1<<6, "\x00\x01c\x00\x01u\x00\x02\xff\x00"},
		{"", "p", 1 << 6, "\x00\x01c\x00\x01p"},
	} {
		if c.name == "" && c.password != "" && !p.five() {
			continue
		}
		p.o.Username, p.o.Password = c.name, c.password
		if packet := p.asked(); packet[9] != c.flags || !strings.HasSuffix(string(packet), c.tail) {
			p.Errorf("CONNECT % x, want flags 0x%02x and % x at the end", packet, c.flags, c.tail)
		}
		p.finish()
	}
}

func passwordNeedsName(p *drama) {
	p.o.Password = "p"
	conn, v := p.link()
	if _, err := p.session().Connect(deadline(p.T), conn); err == nil {
		p.Error("a password is sent without a name")
	}
	v.wantEnd()
}

func payloadOrder(p *drama) {
	p.o.ClientID, p.o.Username, p.o.Password = "id", "name", "word"
	p.o.Will = &Will{Topic: "topic", Payload: []byte("message")}
	packet := string(p.asked())
	at := 12 // behind the variable header
	for _, field := range []string{"id", "topic", "message", "name", "word"} {
		i := strings.Index(packet[at:], string(appendString(nil, field)))
		if i < 0 || field == "id" && !p.five() && i > 0 {
			p.Fatalf("CONNECT %q: no %q where it belongs", packet, field)
		}
		at += i + 2 + len(field)
	}
	if at != len(packet) {
		p.Errorf("CONNECT %q: %d bytes behind the password", packet, len(packet)-at)
	}
	p.finish()
}

func sameIdentifier(p *drama) {
	for range 2 {
		if packet := p.asked(); !bytes.HasSuffix(packet, []byte{0, 1, 'c'}) {
			p.Errorf("CONNECT % x, want identifier c", packet)
		}
		p.lose()
	}
}

func identifierIsThere(p *drama) {
	p.o.ClientID, p.o.CleanStart = "", true
	if packet := p.asked(); !bytes.HasSuffix(packet, []byte{0, 0}) {
		p.Errorf("CONNECT % x, want an empty identifier", packet)
	}
	p.finish()
}

func emptyIdentifierIsClean(p *drama) {
	p.o.ClientID = ""
	conn, v := p.link()
	if _, err := p.session().Connect(deadline(p.T), conn); err == nil {
		p.Error("a session without an identifier is to be kept")
	}
	v.wantEnd()
}

func assignedIdentifier(p *drama) {
	p.o.ClientID = ""
	p.start(false, propertyAssignedClientID, 0, 3, 'a', 'b', 'c')
	p.lose()
	if packet := p.asked(); !bytes.HasSuffix(packet, []byte{0, 3, 'a', 'b', 'c'}) {
		p.Errorf("CONNECT % x, want the assigned identifier", packet)
	}
	p.finish()
}

func pings(p *drama) {
	var c clock
	p.o.Keepalive, p.o.Now = 10*time.Second, c.read
	p.start(false)
	c.set(9 * time.Second)
	if next := p.s.CheckKeepalive(c.read()); next != 10*time.Second {
		p.Errorf("call again at %v, want 10s", next)
	}
	p.publish("t", 0, "x")
	p.want(publication(p.protocol, 0, 0, "t", "x"))
	p.told("flushed", "flushed")
	c.set(18 * time.Second) // sent at 9 s, heard at 0: that counts as well
	p.s.CheckKeepalive(c.read())
	p.want([]byte{0xc0, 0})
	p.finish()
	p.o.Keepalive = 0
	p.start(false)
	c.set(time.Hour)
	if next := p.s.CheckKeepalive(c.read()); next != never {
		p.Errorf("call again at %v with keepalive off, want never", next)
	}
	p.finish()
}

func pingsAreAnswered(p *drama) {
	var c clock
	p.o.Keepalive, p.o.Now = 10*time.Second, c.read
	p.start(false)
	for at := 10 * time.Second; at <= 30*time.Second; at += 10 * time.Second {
		c.set(at)
		p.s.CheckKeepalive(at)
		p.want([]byte{0xc0, 0})
		p.v.send([]byte{0xd0, 0})
		eventually(p.T, "PINGRESP is heard", func() (heard bool) {
			p.under(func() { heard = !p.s.link.silent })
			return heard
		})
		p.written()
	}
	c.set(40 * time.Second)
	p.s.CheckKeepalive(c.read())
	p.want([]byte{0xc0, 0})
	p.written()
	c.set(50 * time.Second)
	p.s.CheckKeepalive(c.read())
	p.v.wantEnd()
	if err := result(p.T, p.ended); !errors.Is(err, ErrKeepalive) {
		p.Errorf("Serve: %v, want %v", err, ErrKeepalive)
	}
}

func serversKeepalive(p *drama) {
	var c clock
	p.o.Keepalive, p.o.Now = 10*time.Second, c.read
	p.start(false, propertyServerKeepalive, 0, 3)
	c.set(3 * time.Second)
	p.s.CheckKeepalive(c.read())
	p.want([]byte{0xc0, 0})
	p.finish()
	c.set(0)
	p.start(false, propertyServerKeepalive, 0, 0)
	if next := p.s.CheckKeepalive(time.Hour); next != never {
		p.Errorf("call again at %v, want never", next)
	}
	p.finish()
}

func ourMaximumPacketSize(p *drama) {
	p.o.MaximumPacketSize = 100
	packet := p.asked()
	if want := []byte{propertyMaximumPacketSize, 0, 0, 0, 100}; !bytes.Contains(packet, want) {
		p.Errorf("CONNECT % x, want % x in it", packet, want)
	}
	p.v.send(publication(V5, 0, 0, "t", strings.Repeat("x", 94)))
	p.told("got", `got t 94 bytes of "x" q0`)
	p.wrong(reasonPacketTooLarge, publication(V5, 0, 0, "t", strings.Repeat("x", 95)))
	p.start(false)
	p.wrong(reasonPacketTooLarge, []byte{typePublish << 4, 0xff, 0xff, 0xff, 0x7f})
	long := appendString([]byte{propertyReasonString}, strings.Repeat("r", 100))
	p.refused(connack(V5, false, 0, long...), "CONNACK larger")
}

func noAliasesForTheServer(p *drama) {
	if packet := p.asked(); bytes.Contains(packet, []byte{propertyTopicAliasMaximum, 0}) {
		p.Errorf("CONNECT % x announces topic aliases", packet)
	}
	p.finish()
	for _, alias := range []byte{0, 1, 200} {
		for _, topic := range [][]byte{{0, 1, 't'}, {0, 0}} {
			p.start(false)
			property := []byte{propertyTopicAlias, 0, alias}
			p.wrong(reasonTopicAlias, wrap(typePublish<<4, appendBlock(topic, property)...))
		}
	}
}

func requestsNothing(p *drama) {
	packet := p.asked()
	properties := packet[13 : 13+packet[12]]
	if want := []byte{propertySessionExpiry, 0, 0, 0x0e, 0x10}; !bytes.Equal(properties, want) {
		p.Errorf("CONNECT with properties % x, want % x alone", properties, want)
	}
	p.finish()
	p.start(false, appendString([]byte{propertyResponseInfo}, "r")...)
	p.finish()
}

func takenOver(p *drama) {
	p.start(false)
	p.v.send([]byte{0xe0, 1, 0x8e})
	p.v.wantEnd()
	var said *DisconnectError
	if err := result(p.T, p.ended); !errors.As(err, &said) || said.Reason != 0x8e {
		p.Errorf("Serve: %v, want reason 0x8e", err)
	}
}

func connackIsFirst(p *drama) {
	for _, packet := range [][]byte{
		publication(p.protocol, 0, 0, "t", "x"), {0xd0, 0}, suback(p.protocol, 1, 0), ack(typePuback, 1, 0),
		{0xf0, 0}, {0xe0, 0}, {0x10, 0}, {0x00, 0}, {0x21, 2, 0, 0},
	} {
		p.refused(packet, "want CONNACK")
	}
	if got := len(p.d.about("got")); got > 0 {
		p.Errorf("%d messages before CONNACK", got)
	}
}

func secondConnack(p *drama) {
	p.start(false)
	p.wrong(reasonProtocolError, connack(p.protocol, false, 0))
}

func connackFlags(p *drama) {
	for bit := 1; bit < 8; bit++ {
		packet := connack(p.protocol, false, 0)
		packet[2] = 1 << bit
		p.refused(packet, "flags")
	}
}

func cleanButPresent(p *drama) {
	p.o.CleanStart = true
	p.refused(connack(p.protocol, true, 0), "session present after a clean start")
}

func presentButUnknown(p *drama) {
	p.refused(connack(V5, true, 0), "this client has none")
	// A session without expiry has ended with its connection.
	p.o.Expiry = 0
	p.start(false)
	p.lose()
	p.refused(connack(V5, true, 0), "this client has none")
}

func absentIsForgotten(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 4, 7, "in", "a"))
	p.want(ack(typePubrec, 7, 0))
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.publish("t", 2, "c")
	p.want(publication(p.protocol, 4, 3, "t", "c"))
	p.v.send(ack(typePubrec, 2, 0))
	p.want(ack(typePubrel, 2, 0))
	p.lose()
	p.start(false)
	p.told("orphan", "orphan 97", "orphan 98", "orphan 99")
	p.v.send(publication(p.protocol, 4, 7, "in", "b"))
	p.want(ack(typePubrec, 7, 0)) // and nothing was sent again before it
	p.told("got", "got in a q2", "got in b q2")
	p.finish()
}

func refusedButPresent(p *drama) {
	p.refused(connack(p.protocol, true, 5), "session present and reason")
}

func refusalIsTheEnd(p *drama) {
	for _, code := range []byte{1, 5, 0x80, 0x87, 0x9f} {
		answer := connack(p.protocol, false, code)
		var refusal *ConnackError
		if err := p.refused(answer, "refused"); !errors.As(err, &refusal) || refusal.Reason != code {
			p.Errorf("got %v, want code 0x%02x", err, code)
		}
	}
}

func maximumQoS(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(V5, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(V5, 4, 2, "t", "b"))
	p.publish("t", 2, "c")
	p.want(publication(V5, 4, 3, "t", "c"))
	p.v.send(ack(typePubrec, 3, 0))
	p.want(ack(typePubrel, 3, 0))
	p.lose()
	p.start(true, propertyMaximumQoS, 1) // a server that takes less than the one before
	p.want(publication(V5, 2|dup, 1, "t", "a"), ack(typePubrel, 3, 0))
	p.told("orphan", "orphan 98")
	p.under(func() {
		if p.s.CanPublish("t", 2, false, 1) == nil || p.s.Reserve("t", 2, false, 1, 1) != nil {
			p.Error("QoS 2 is sent to a server that takes 1")
		}
	})
	p.publish("t", 1, "d")
	p.want(publication(V5, 2, 4, "t", "d"))
	p.lose()
	p.start(true, propertyMaximumQoS, 0)
	p.want(ack(typePubrel, 3, 0))
	p.told("orphan", "orphan 98", "orphan 97", "orphan 100")
	p.finish()
	p.refused(connack(V5, false, 0, propertyMaximumQoS, 2), "want 0 or 1")
}

func retainAvailable(p *drama) {
	p.start(false)
	p.under(func() {
		copy(p.s.Reserve("t", 1, true, 1, 7), "a")
		copy(p.s.Reserve("t", 1, false, 1, 8), "b")
		p.s.Flush()
	})
	p.want(publication(V5, 2|1, 1, "t", "a"), publication(V5, 2, 2, "t", "b"))
	p.lose()
	p.start(true, propertyRetainAvailable, 0)
	p.want(publication(V5, 2|dup, 2, "t", "b"))
	p.told("orphan", "orphan 7")
	p.under(func() {
		if p.s.CanPublish("t", 1, true, 1) == nil || p.s.Reserve("t", 1, true, 1, 1) != nil {
			p.Error("a retained message is sent to a server that takes none")
		}
	})
	p.finish()
}

func serversMaximumPacketSize(p *drama) {
	p.start(false)
	p.publish("t", 1, "a"+strings.Repeat("x", 20))
	p.want(publication(V5, 2, 1, "t", "a"+strings.Repeat("x", 20)))
	p.publish("t", 1, "b")
	p.want(publication(V5, 2, 2, "t", "b"))
	p.lose()
	p.start(true, propertyMaximumPacketSize, 0, 0, 0, 12)
	p.want(publication(V5, 2|dup, 2, "t", "b"))
	p.told("orphan", "orphan 97")
	p.written()
	p.under(func() {
		for size, fits := range map[int]bool{4: true, 5: false, maximumPacket: false} {
			if err := p.s.CanPublish("t", 1, false, size); err == nil != fits {
				p.Errorf("payload of %d: %v", size, err)
			}
		}
	})
	p.nonsense(Subscription{Filter: "t/+/u"}) // 13 bytes
	p.finish()
	p.refused(connack(V5, false, 0, propertyMaximumPacketSize, 0, 0, 0, 4), "acknowledgement can need")
}

func zeroLimits(p *drama) {
	p.refused(connack(V5, false, 0, propertyReceiveMaximum, 0, 0), "receive maximum 0")
	p.refused(connack(V5, false, 0, propertyMaximumPacketSize, 0, 0, 0, 0), "packet size 0")
	for _, id := range []byte{propertyRetainAvailable, propertyWildcard, propertySubscriptionIDs, propertyShared} {
		p.refused(connack(V5, false, 0, id, 2), "want 0 or 1")
	}
}

func noAliasesFromUs(p *drama) {
	for _, properties := range [][]byte{nil, {propertyTopicAliasMaximum, 0, 10}} {
		p.start(false, properties...)
		for range 3 {
			p.publish("topic", 0, "x")
			p.want(publication(V5, 0, 0, "topic", "x"))
		}
		p.finish()
	}
}
