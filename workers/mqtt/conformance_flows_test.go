package mqtt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The stories of TestConformance about messages, subscriptions, the end of a connection and how they hang together.

func dupOnResend(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	for range 2 {
		p.lose()
		p.start(true)
		p.want(publication(p.protocol, 2|dup, 1, "t", "a"), publication(p.protocol, 4|dup, 2, "t", "b"))
	}
	p.finish()
}

func noDupAtFirst(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 2|dup, 9, "t", "x")) // what comes says nothing about what goes
	p.want(ack(typePuback, 9, 0))
	for qos := range byte(3) {
		p.publish("t", qos, "a")
		id := uint16(qos)
		p.want(publication(p.protocol, qos<<1, id, "t", "a"))
	}
	p.lose()
	p.start(true)
	p.want(publication(p.protocol, 2|dup, 1, "t", "a"), publication(p.protocol, 4|dup, 2, "t", "a"))
	for qos := range byte(3) {
		p.publish("t", qos, "a")
		p.want(publication(p.protocol, qos<<1, 2+uint16(qos), "t", "a"))
	}
	p.finish()
}

func qos3(p *drama) {
	p.start(false)
	p.wrong(reasonMalformed, publication(p.protocol, 6, 1, "t", ""))
	p.start(false)
	p.under(func() {
		if p.s.CanPublish("t", 3, false, 1) == nil || p.s.Reserve("t", 3, false, 1, 1) != nil {
			p.Error("QoS 3 is sent")
		}
	})
	p.finish()
}

func topicIsFirst(p *drama) {
	p.start(false)
	p.publish("ö/t", 1, "x")
	if packet := p.v.packet(); !bytes.HasPrefix(packet[2:], []byte{0, 4, 0xc3, 0xb6, '/', 't'}) {
		p.Errorf("PUBLISH % x, want the topic first", packet)
	}
	p.wrong(reasonMalformed, []byte{typePublish << 4, 3, 0, 9, 't'})
}

func noWildcardsInTopics(p *drama) {
	p.start(false)
	for _, topic := range []string{"#", "+", "a/#", "a/+/b", "a+", "#b"} {
		p.under(func() {
			if p.s.CanPublish(topic, 0, false, 0) == nil || p.s.Reserve(topic, 0, false, 0, 0) != nil {
				p.Errorf("PUBLISH to %q is sent", topic)
			}
		})
		p.wrong(reasonMalformed, publication(p.protocol, 0, 0, topic, ""))
		conn, v := p.link()
		o := persistent(p.protocol)
		o.Will = &Will{Topic: topic}
		if _, err := New(o, Deaf{}).Connect(deadline(p.T), conn); err == nil {
			p.Errorf("a will for %q is sent", topic)
		}
		v.wantEnd()
		p.start(false)
	}
	p.finish()
}

func responseTopic(p *drama) {
	for _, topic := range []string{"a/#", "+", ""} {
		p.start(false)
		property := appendString([]byte{propertyResponseTopic}, topic)
		p.wrong(reasonProtocolError, wrap(typePublish<<4, appendBlock([]byte{0, 1, 't'}, property)...))
	}
	p.start(false)
	property := appendString([]byte{propertyResponseTopic}, "a/b")
	p.v.send(wrap(typePublish<<4, append(appendBlock([]byte{0, 1, 't'}, property), 'x')...))
	p.told("got", "got t x q0")
	p.finish()
}

func answersByQoS(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 0, 0, "t", "a"), publication(p.protocol, 2, 1, "t", "b"), publication(p.protocol, 4, 2, "t", "c"))
	p.want(ack(typePuback, 1, 0), ack(typePubrec, 2, 0))
	p.told("got", "got t a q0", "got t b q1", "got t c q2")
	p.finish()
}

func noSubscriptionIdentifier(p *drama) {
	p.start(false, propertySubscriptionIDs, 1)
	p.subscribing(Subscription{Filter: "t"})
	p.want([]byte{0x82, 7, 0, 1, 0, 0, 1, 't', 0})
	p.v.send(suback(p.protocol, 1, 0))
	p.publish("t", 1, "x")
	p.want(publication(p.protocol, 2, 2, "t", "x"))
	p.finish()
}

func sendQuota(p *drama) {
	for _, c := range []struct{ own, servers, want int }{{10, 2, 2}, {2, 10, 2}, {1, 1, 1}} {
		p.o.InFlight = c.own
		p.start(false, propertyReceiveMaximum, 0, byte(c.servers))
		for i := range c.want {
			p.publish("t", 1+byte(i&1), "a")
			p.v.packet()
		}
		p.under(func() {
			if p.s.Room() != 0 || p.s.Reserve("t", 1, false, 1, 1) != nil || p.s.Reserve("t", 2, false, 1, 1) != nil {
				p.Errorf("a message more than %d is sent", c.want)
			}
		})
		p.v.send(ack(typePuback, 1, 0))
		p.told("ack", "ack 97 0x00")
		p.publish("t", 1, "b")
		p.want(publication(V5, 2, uint16(c.want)+1, "t", "b"))
		p.finish()
	}
	// PUBREC alone does not open it again; a PUBREC that refuses does, as PUBCOMP does.
	p.o.InFlight = 10
	p.start(false, propertyReceiveMaximum, 0, 1)
	p.publish("t", 2, "a")
	p.want(publication(V5, 4, 1, "t", "a"))
	p.v.send(ack(typePubrec, 1, 0))
	p.want(ack(typePubrel, 1, 0))
	if got := room(p.s); got != 0 {
		p.Errorf("room %d before PUBCOMP, want 0", got)
	}
	p.v.send(ack(typePubcomp, 1, 0))
	p.told("ack", "ack 97 0x00")
	p.publish("t", 2, "b")
	p.want(publication(V5, 4, 2, "t", "b"))
	p.v.send(ack(typePubrec, 2, 0x97))
	p.told("ack", "ack 97 0x00", "ack 98 0x97")
	p.publish("t", 1, "c")
	p.want(publication(V5, 2, 3, "t", "c"))
	p.finish()
}

func quotaOfResends(p *drama) {
	p.start(false)
	for i := range 4 {
		p.publish("t", 1, string(rune('a'+i)))
		p.v.packet()
	}
	p.lose()
	p.start(true, propertyReceiveMaximum, 0, 2)
	p.want(publication(V5, 2|dup, 1, "t", "a"), publication(V5, 2|dup, 2, "t", "b"))
	p.v.send(publication(V5, 2, 50, "t", "x"))
	p.want(ack(typePuback, 50, 0)) // and no third PUBLISH before it
	p.v.send(ack(typePuback, 1, 0))
	p.want(publication(V5, 2|dup, 3, "t", "c"))
	p.finish()
}

func noQuotaForTheRest(p *drama) {
	var c clock
	p.o.Now, p.o.Keepalive = c.read, time.Second
	p.start(false, propertyReceiveMaximum, 0, 1)
	p.publish("t", 2, "a")
	p.want(publication(V5, 4, 1, "t", "a"))
	p.v.send(publication(V5, 2, 1, "t", "x"), publication(V5, 4, 2, "t", "x"), ack(typePubrel, 2, 0), ack(typePubrec, 1, 0))
	p.want(ack(typePuback, 1, 0), ack(typePubrec, 2, 0), ack(typePubcomp, 2, 0), ack(typePubrel, 1, 0))
	p.subscribing(Subscription{Filter: "t"})
	p.want([]byte{0x82, 7, 0, 2, 0, 0, 1, 't', 0})
	p.written()
	c.set(time.Second)
	p.s.CheckKeepalive(c.read())
	p.want([]byte{0xc0, 0})
	p.finish()
}

func receiveQuota(p *drama) {
	p.o.ReceiveMaximum = 2
	packet := p.asked()
	if want := []byte{propertyReceiveMaximum, 0, 2}; !bytes.Contains(packet, want) {
		p.Errorf("CONNECT % x, want % x in it", packet, want)
	}
	for range 3 {
		p.v.send(publication(V5, 2, 1, "t", "a"), publication(V5, 4, 2, "t", "b"))
		p.want(ack(typePuback, 1, 0), ack(typePubrec, 2, 0))
		p.v.send(ack(typePubrel, 2, 0))
		p.want(ack(typePubcomp, 2, 0))
	}
	p.v.send(publication(V5, 4, 3, "t", "c"))
	p.want(ack(typePubrec, 3, 0))
	p.v.send(publication(V5, 4, 4, "t", "d"))
	p.want(ack(typePubrec, 4, 0))
	p.wrong(reasonReceiveMaximum, publication(V5, 4, 5, "t", "e"))
}

func ourReasons(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 2, 1, "t", ""), publication(p.protocol, 4, 2, "t", ""), ack(typePubrel, 2, 0))
	// Without a reason, properties or anything else: that is success, in the fewest bytes.
	p.want([]byte{0x40, 2, 0, 1}, []byte{0x50, 2, 0, 2}, []byte{0x70, 2, 0, 2})
	p.publish("t", 2, "x")
	p.want(publication(p.protocol, 4, 1, "t", "x"))
	p.v.send(ack(typePubrec, 1, 0))
	p.want([]byte{0x62, 2, 0, 1})
	// What is not in use is not found.
	p.v.send(ack(typePubrel, 77, 0), ack(typePubrec, 78, 0))
	if p.five() {
		p.want([]byte{0x70, 3, 0, 77, 0x92}, []byte{0x62, 3, 0, 78, 0x92})
	} else {
		p.want([]byte{0x70, 2, 0, 77}, []byte{0x62, 2, 0, 78})
	}
	p.finish()
}

func theirReasons(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(V5, 2, 1, "t", "a"))
	p.publish("t", 1, "b")
	p.want(publication(V5, 2, 2, "t", "b"))
	p.publish("t", 2, "c")
	p.want(publication(V5, 4, 3, "t", "c"))
	pair := appendString(appendString([]byte{propertyUser}, "k"), "v")
	why := append(appendString([]byte{propertyReasonString}, "why"), pair...)
	p.v.send(wrap(0x40, appendBlock([]byte{0, 1, 0x10}, why)...), wrap(0x40, appendBlock([]byte{0, 2, 0x87}, why)...),
		ack(typePubrec, 3, 0x80))
	p.told("ack", "ack 97 0x10", "ack 98 0x87", "ack 99 0x80")
	p.finish()
	for _, kind := range []byte{typePuback, typePubrec} {
		p.start(false)
		p.publish("t", kind-typePuback+1, "x")
		p.v.packet()
		p.wrong(reasonProtocolError, ack(kind, 1, 0x11)) // neither success nor failure
	}
	p.start(false)
	p.wrong(reasonMalformed, []byte{0x40, 5, 0, 1, 0, 0, 7}) // bytes behind the properties
}

func flagsOfPubrel(p *drama) {
	p.start(false)
	p.publish("t", 2, "x")
	p.want(publication(p.protocol, 4, 1, "t", "x"))
	p.v.send(ack(typePubrec, 1, 0))
	p.want([]byte{0x62, 2, 0, 1})
	p.v.send(publication(p.protocol, 4, 1, "t", "x"))
	p.want(ack(typePubrec, 1, 0))
	p.wrong(reasonMalformed, []byte{0x60, 2, 0, 1})
}

func subscribeFlags(p *drama) {
	p.start(false)
	p.subscribing(Subscription{Filter: "t"})
	if packet := p.v.packet(); packet[0] != 0x82 {
		p.Errorf("SUBSCRIBE begins with 0x%02x", packet[0])
	}
	p.finish()
}

// nonsense is a SUBSCRIBE that must not be sent.
func (p *drama) nonsense(subscriptions ...Subscription) {
	p.Helper()
	_, err := p.s.Subscribe(deadline(p.T), subscriptions)
	p.notSent(fmt.Sprintf("SUBSCRIBE of %+.200v", subscriptions), err)
}

// notSent wants a request to have been refused for what it is, and not for want of an answer.
func (p *drama) notSent(request string, err error) {
	p.Helper()
	if err == nil || errors.Is(err, ErrNotConnected) || errors.Is(err, context.DeadlineExceeded) {
		p.Errorf("%s: %v, want a refusal", request, err)
	}
}

func atLeastOneFilter(p *drama) {
	p.start(false)
	p.nonsense()
	p.finish()
}

func noLocalShared(p *drama) {
	p.start(false)
	p.nonsense(Subscription{Filter: "$share/g/t", NoLocal: true})
	p.nonsense(Subscription{Filter: "a"}, Subscription{Filter: "$share/g/t", NoLocal: true})
	p.finish()
}

func subscriptionOptions(p *drama) {
	p.start(false)
	p.nonsense(Subscription{Filter: "t", QoS: 3})
	p.nonsense(Subscription{Filter: "t", RetainHandling: 3})
	p.subscribing(Subscription{Filter: "t", QoS: 2, NoLocal: true, RetainAsPublished: true, RetainHandling: 2})
	packet := p.v.packet()
	want := byte(2)
	if p.five() {
		want = 0b00101110
	}
	if got := packet[len(packet)-1]; got != want {
		p.Errorf("options 0x%02x, want 0x%02x", got, want)
	}
	p.finish()
}

func oneCodePerFilter(p *drama) {
	p.start(false)
	done := p.subscribing(Subscription{Filter: "a", QoS: 2}, Subscription{Filter: "b", QoS: 1}, Subscription{Filter: "c"})
	p.v.packet()
	p.v.send(suback(p.protocol, 1, 1, 0x80, 0)) // in the order of the filters
	if got := <-done; got.err != nil || !bytes.Equal(got.codes, []byte{1, 0x80, 0}) {
		p.Errorf("got % x, %v, want 01 80 00", got.codes, got.err)
	}
	p.finish()
	for _, codes := range [][]byte{{}, {0}, {0, 0, 0}} {
		p.start(false)
		done := p.subscribing(Subscription{Filter: "a"}, Subscription{Filter: "b"})
		p.v.packet()
		p.wrong(reasonProtocolError, suback(p.protocol, 1, codes...))
		if got := <-done; got.err == nil {
			p.Errorf("%d codes for 2 filters are taken", len(codes))
		}
	}
}

func knownSubackCodes(p *drama) {
	for _, code := range []byte{3, 0x7f} {
		p.start(false)
		done := p.subscribing(Subscription{Filter: "a"})
		p.v.packet()
		p.wrong(reasonProtocolError, suback(p.protocol, 1, code))
		if got := <-done; got.err == nil {
			p.Errorf("code 0x%02x is taken", code)
		}
	}
}

func unsubscribeForm(p *drama) {
	p.start(false)
	for _, filters := range [][]string{nil, {}, {""}, {"a#"}, {"a\x00"}, {"a", "\xff"}} {
		_, err := p.s.Unsubscribe(deadline(p.T), filters)
		p.notSent(fmt.Sprintf("UNSUBSCRIBE from %q", filters), err)
	}
	done := unsubscribe(deadline(p.T), p.s, "a/#", "b")
	want := []byte{0xa2, 10, 0, 1, 0, 3, 'a', '/', '#', 0, 1, 'b'}
	if p.five() {
		want = []byte{0xa2, 11, 0, 1, 0, 0, 3, 'a', '/', '#', 0, 1, 'b'}
	}
	p.want(want)
	p.v.send(p.unsuback(1, 0, 0x11))
	if got := <-done; got.err != nil || p.five() && !bytes.Equal(got.codes, []byte{0, 0x11}) {
		p.Errorf("got % x, %v, want 00 11", got.codes, got.err)
	}
	p.finish()
}

// unsuback is the packet, which has no codes in 3.1.1.
func (p *drama) unsuback(id byte, codes ...byte) []byte {
	if !p.five() {
		codes = nil
	}
	return unsuback(p.protocol, id, codes...)
}

func identifierOfUnsuback(p *drama) {
	p.start(false)
	done := unsubscribe(deadline(p.T), p.s, "a")
	p.v.packet()
	p.wrong(reasonProtocolError, p.unsuback(2, 0))
	if got := <-done; got.err == nil {
		p.Error("an UNSUBACK for another identifier is taken")
	}
}

func unsubackCodes(p *drama) {
	for _, codes := range [][]byte{{}, {0}, {0, 0, 0}, {0, 1}, {0, 0x10}} {
		p.start(false)
		done := unsubscribe(deadline(p.T), p.s, "a", "b")
		p.v.packet()
		p.wrong(reasonProtocolError, p.unsuback(1, codes...))
		if got := <-done; got.err == nil {
			p.Errorf("codes % x for 2 filters are taken", codes)
		}
	}
}

func filters(p *drama) {
	p.start(false)
	bad := []string{"", "#/a", "a#", "a/#/b", "a+", "+a/b", "a/b+", "##", "a/++", strings.Repeat("t", 65_536)}
	good := []string{"#", "+", "a/#", "+/a", "a/+/b", "+/+/#", "/", "//", "$SYS/#", strings.Repeat("t", 65_535), " "}
	shared := []string{"$share/g/t/#", "$share/g/+", "$share/g//"}
	brokenShare := []string{"$share//t", "$share/g", "$share/g/", "$share/+/t", "$share/g#/t", "$share/g/a#", "$share/"}
	if p.five() {
		bad, good = append(bad, brokenShare...), append(good, shared...)
	}
	for _, filter := range bad {
		p.nonsense(Subscription{Filter: filter})
	}
	for i, filter := range good {
		p.subscribing(Subscription{Filter: filter})
		if packet := p.v.packet(); !bytes.Contains(packet, appendString(nil, filter)) {
			p.Errorf("got % .20x, want SUBSCRIBE to %.20q", packet, filter)
		}
		p.v.send(suback(p.protocol, byte(i+1), 0))
	}
	p.finish()
}

func topics(p *drama) {
	p.start(false)
	for topic, valid := range map[string]bool{
		"": false, " ": true, "/": true, "t": true, strings.Repeat("t", 65_535): true, strings.Repeat("t", 65_536): false,
	} {
		p.under(func() {
			if err := p.s.CanPublish(topic, 0, false, 0); err == nil != valid {
				p.Errorf("topic of %d bytes: %v", len(topic), err)
			}
		})
	}
	p.wrong(reasonProtocolError, publication(p.protocol, 0, 0, "", ""))
}

func noDisconnectFirst(p *drama) {
	p.refused([]byte{0xe0, 1, 0x8b}, "want CONNACK")
}

func disconnectFlags(p *drama) {
	p.start(false)
	p.wrong(reasonMalformed, []byte{0xe1, 0})
	p.start(false)
	if !p.five() {
		p.wrong(reasonProtocolError, []byte{0xe0, 0}) // there is none of the server's
		return
	}
	p.wrong(reasonMalformed, []byte{0xe0, 2, 0, 9}) // properties that end early
}

func ourDisconnect(p *drama) {
	p.start(false)
	done := make(chan error, 1)
	go func() { done <- p.s.Disconnect(deadline(p.T)) }()
	p.want([]byte{0xe0, 0})
	p.v.wantEnd() // nothing follows, and the connection is closed
	if err := result(p.T, done); err != nil {
		p.Error(err)
	}
	if err := result(p.T, p.ended); !errors.Is(err, ErrClosed) {
		p.Errorf("Serve: %v, want %v", err, ErrClosed)
	}
	p.under(func() {
		if p.s.Connected() || p.s.Reserve("t", 0, false, 1, 1) != nil {
			p.Error("messages are taken after DISCONNECT")
		}
	})
}

func expiryInDisconnect(p *drama) {
	p.start(false)
	p.wrong(reasonProtocolError, wrap(0xe0, appendBlock([]byte{0}, []byte{propertySessionExpiry, 0, 0, 0, 1})...))
}

func authIsRefused(p *drama) {
	p.start(false)
	p.wrong(reasonProtocolError, []byte{0xf0, 0})
	p.start(false)
	p.wrong(reasonProtocolError, wrap(0xf0, appendBlock([]byte{0x18}, appendString([]byte{propertyAuthMethod}, "m"))...))
	p.refused([]byte{0xf0, 2, 0x18, 0}, "want CONNACK")
}

func authFlags(p *drama) {
	p.start(false)
	p.wrong(reasonMalformed, []byte{0xf1, 0})
}

func stateWhileConnected(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.v.send(publication(p.protocol, 4, 7, "t", "x"))
	p.want(ack(typePubrec, 7, 0))
	for id := range uint16(100) { // much that has nothing to do with it
		p.v.send(publication(p.protocol, 2, 100+id, "u", "y"))
		p.want(ack(typePuback, 100+id, 0))
	}
	p.v.send(publication(p.protocol, 4|dup, 7, "t", "x"), ack(typePuback, 1, 0))
	p.want(ack(typePubrec, 7, 0))
	p.told("ack got orphan", append([]string{"got t x q2"}, append(repeated("got u y q1", 100), "ack 97 0x00")...)...)
	p.finish()
}

func repeated(line string, n int) (lines []string) {
	for range n {
		lines = append(lines, line)
	}
	return lines
}

func stateEndsWithExpiry(p *drama) {
	p.o.Expiry = 0
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.v.send(publication(p.protocol, 4, 7, "in", "a"))
	p.want(ack(typePubrec, 7, 0))
	p.lose()
	p.told("orphan", "orphan 97")
	p.start(false)
	p.v.send(publication(p.protocol, 4, 7, "in", "b"))
	p.want(ack(typePubrec, 7, 0))
	p.told("got", "got in a q2", "got in b q2")
	p.finish()
}

func sendQoS1(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 1, "b")
	p.want(publication(p.protocol, 2, 2, "t", "b"))
	p.under(func() {
		if got := p.s.InFlight(); got != 2 {
			p.Errorf("%d unacknowledged, want 2", got)
		}
	})
	p.v.send(ack(typePuback, 2, 0))
	p.told("ack", "ack 98 0x00")
	p.lose()
	p.start(true)
	p.want(publication(p.protocol, 2|dup, 1, "t", "a"))
	p.v.send(ack(typePuback, 1, 0))
	p.told("ack", "ack 98 0x00", "ack 97 0x00")
	p.lose()
	p.start(true)
	p.publish("t", 1, "c") // and nothing is sent again
	p.want(publication(p.protocol, 2, 3, "t", "c"))
	p.wrong(reasonProtocolError, ack(typePubrec, 3, 0))
}

func receiveQoS1(p *drama) {
	p.start(false)
	for range 2 { // after PUBACK the identifier means another message, whatever DUP says
		p.v.send(publication(p.protocol, 2, 5, "t", "a"))
		p.want(ack(typePuback, 5, 0))
		p.v.send(publication(p.protocol, 2|dup, 5, "t", "a"))
		p.want(ack(typePuback, 5, 0))
	}
	p.told("got", "got t a q1", "got t a q1 dup", "got t a q1", "got t a q1 dup")
	p.finish()
}

func sendQoS2(p *drama) {
	p.start(false)
	p.publish("t", 2, "a")
	p.want(publication(p.protocol, 4, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.v.send(ack(typePubrec, 2, 0))
	p.want(ack(typePubrel, 2, 0))
	p.told("ack")
	for range 2 { // PUBLISH until PUBREC, PUBREL until PUBCOMP, never PUBLISH after PUBREL
		p.lose()
		p.start(true)
		p.want(publication(p.protocol, 4|dup, 1, "t", "a"), ack(typePubrel, 2, 0))
	}
	p.v.send(ack(typePubcomp, 2, 0))
	p.told("ack", "ack 98 0x00")
	p.wrong(reasonProtocolError, ack(typePubcomp, 1, 0))
}

func receiveQoS2(p *drama) {
	p.start(false)
	p.v.send(publication(p.protocol, 4, 9, "t", "a"))
	p.want(ack(typePubrec, 9, 0))
	for range 2 {
		p.v.send(publication(p.protocol, 4|dup, 9, "t", "a"))
		p.want(ack(typePubrec, 9, 0))
		p.lose()
		p.start(true)
	}
	p.v.send(publication(p.protocol, 4, 9, "t", "a"), ack(typePubrel, 9, 0))
	p.want(ack(typePubrec, 9, 0), ack(typePubcomp, 9, 0))
	p.v.send(publication(p.protocol, 4, 9, "t", "b"))
	p.want(ack(typePubrec, 9, 0))
	p.told("got", "got t a q2", "got t b q2")
	p.finish()
}

func resendsOnReconnectOnly(p *drama) {
	var c clock
	p.o.Now, p.o.Keepalive = c.read, time.Minute
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(p.protocol, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(p.protocol, 4, 2, "t", "b"))
	p.v.send(ack(typePubrec, 2, 0))
	p.want(ack(typePubrel, 2, 0))
	p.written()
	c.set(59 * time.Second) // however long it takes
	p.s.CheckKeepalive(c.read())
	p.v.send(publication(p.protocol, 2, 7, "t", "x"))
	p.want(ack(typePuback, 7, 0))
	p.lose()
	p.start(true)
	p.want(publication(p.protocol, 2|dup, 1, "t", "a"), ack(typePubrel, 2, 0))
	p.v.send(publication(p.protocol, 2, 7, "t", "x"))
	p.want(ack(typePuback, 7, 0))
	p.finish()
}

func refusalsAreNotResent(p *drama) {
	p.start(false)
	p.publish("t", 1, "a")
	p.want(publication(V5, 2, 1, "t", "a"))
	p.publish("t", 2, "b")
	p.want(publication(V5, 4, 2, "t", "b"))
	p.v.send(ack(typePuback, 1, 0x87), ack(typePubrec, 2, 0x97))
	p.told("ack", "ack 97 0x87", "ack 98 0x97")
	p.lose()
	p.start(true)
	p.publish("t", 1, "c")
	p.want(publication(V5, 2, 3, "t", "c"))
	p.finish()
}

// resendOrder has acknowledgements out of order before the connection ends, and identifiers that wrap.
func resendOrder(p *drama) {
	p.o.InFlight = 20
	p.start(false)
	p.under(func() { p.s.flight.first = 65_530 })
	for i := range 12 {
		p.publish("t", 1+byte(i&1), string(rune('a'+i)))
		p.v.packet()
	}
	p.v.send(ack(typePuback, 1, 0), ack(typePuback, 65_532, 0))
	p.told("ack", "ack 103 0x00", "ack 99 0x00")
	p.lose()
	p.start(true)
	for i := range 12 {
		if id := identifier(65_530, i); id != 1 && id != 65_532 {
			qos := 1 + byte(i&1)
			p.want(publication(p.protocol, qos<<1|dup, id, "t", string(rune('a'+i))))
		}
	}
	p.finish()
}

func pubacksInOrder(p *drama) { answersInOrder(p, 2, typePuback) }

func pubrecsInOrder(p *drama) { answersInOrder(p, 4, typePubrec) }

func answersInOrder(p *drama, flags, kind byte) {
	p.start(false)
	var packets, want [][]byte
	for _, id := range []uint16{5, 3, 9, 1, 40_000, 2} {
		packets = append(packets, publication(p.protocol, flags, id, "t", "x"))
		want = append(want, ack(kind, id, 0))
	}
	p.v.send(packets...)
	p.want(want...)
	p.finish()
}

func pubrelsInOrder(p *drama) {
	p.start(false)
	for i := range 4 {
		p.publish("t", 2, string(rune('a'+i)))
		p.v.packet()
	}
	p.v.send(ack(typePubrec, 3, 0), ack(typePubrec, 1, 0), ack(typePubrec, 4, 0), ack(typePubrec, 2, 0))
	p.want(ack(typePubrel, 3, 0), ack(typePubrel, 1, 0), ack(typePubrel, 4, 0), ack(typePubrel, 2, 0))
	p.finish()
}

func malformedIsTheEnd(p *drama) {
	for _, c := range []struct {
		reason byte
		packet []byte
	}{
		{reasonMalformed, publication(p.protocol, 6, 1, "t", "")},
		{reasonMalformed, []byte{0x40, 1, 0}},
		{reasonMalformed, []byte{0xd0, 1, 0}},
		{reasonMalformed, []byte{0x90, 1, 0}},
		{reasonMalformed, []byte{0x32, 4, 0, 1, 't', 1}},
		{reasonProtocolError, []byte{0x10, 0}},
		{reasonProtocolError, []byte{0x82, 0}},
		{reasonProtocolError, []byte{0xc0, 0}},
		{reasonProtocolError, []byte{0x00, 0}},
	} {
		p.start(false)
		p.publish("t", 1, "a")
		p.v.packet()
		p.wrong(c.reason, c.packet)
	}
}

// transientErrors are failures of the connection below the protocol.
func transientErrors(p *drama) {
	p.start(false)
	p.v.send([]byte{typePublish << 4, 10, 0, 1}) // and never the rest
	p.lose()
	p.v.wantEnd()
}

// ordinaryConnection goes once around over an ordered, lossless stream.
func ordinaryConnection(p *drama) {
	p.start(false)
	body := strings.Repeat("x", 100_000)
	p.publish("t", 1, body)
	p.want(publication(p.protocol, 2, 1, "t", body))
	p.v.send(ack(typePuback, 1, 0), publication(p.protocol, 0, 0, "t", body))
	p.told("ack got", fmt.Sprintf("ack %d 0x00", 'x'), `got t 100000 bytes of "x" q0`)
	p.finish()
}

// closesOnRefusal is the other end of a connection for which the server has said why it ends.
func closesOnRefusal(p *drama) {
	for _, reason := range []byte{0x80, 0x8b, 0x8d, 0x97} {
		p.start(false)
		p.v.send([]byte{0xe0, 1, reason})
		if rest, err := io.ReadAll(p.v.in); len(rest) > 0 || err != nil && !errors.Is(err, io.ErrClosedPipe) {
			p.Errorf("the client says % x, %v; want the end", rest, err)
		}
		var said *DisconnectError
		if err := result(p.T, p.ended); !errors.As(err, &said) || said.Reason != reason {
			p.Errorf("Serve: %v, want 0x%02x", err, reason)
		}
	}
	p.refused(connack(V5, false, 0x97), "quota exceeded")
}
