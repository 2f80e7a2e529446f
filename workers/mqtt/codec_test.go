package mqtt

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	pahopackets "github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"
	mochipackets "github.com/mochi-mqtt/server/v2/packets"
	"pgregory.net/rapid"
)

func TestLength(t *testing.T) {
	for n, want := range map[int][]byte{
		0: {0}, 127: {127}, 128: {0x80, 1}, 16_383: {0xff, 0x7f}, 16_384: {0x80, 0x80, 1}, 2_097_151: {0xff, 0xff, 0x7f},
		2_097_152: {0x80, 0x80, 0x80, 1}, maximumRemaining: {0xff, 0xff, 0xff, 0x7f},
	} {
		b := appendLength(nil, n)
		if !bytes.Equal(b, want) || lengthSize(n) != len(want) {
			t.Errorf("%d is % x in %d bytes, want % x", n, b, lengthSize(n), want)
		}
		if got, size := length(append(b, 9)); got != n || size != len(want) {
			t.Errorf("% x is %d in %d bytes, want %d", want, got, size, n)
		}
		for cut := range want {
			if _, size := length(want[:cut]); size != 0 {
				t.Errorf("% x: size %d, want 0", want[:cut], size)
			}
		}
	}
	for _, b := range [][]byte{{0x80, 0}, {0xff, 0x80, 0}, {0x80, 0x80, 0x80, 0x80}, {0xff, 0xff, 0xff, 0xff, 1}} {
		if _, size := length(b); size >= 0 {
			t.Errorf("% x: size %d, want malformed", b, size)
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		d     time.Duration
		limit uint32
		want  uint32
	}{
		{-time.Second, 9, 0}, {0, 9, 0}, {1, 9, 1}, {time.Second, 9, 1}, {time.Second + 1, 9, 2}, {time.Hour, 9, 9},
		{math.MaxInt64, math.MaxUint32, math.MaxUint32},
	} {
		if got := seconds(c.d, c.limit); got != c.want {
			t.Errorf("seconds(%d, %d) = %d, want %d", c.d, c.limit, got, c.want)
		}
	}
}

// Every code that section 2.4 lists has its name, and the others say that they have none.
func TestReasonNames(t *testing.T) {
	named := 0
	for reason := range 256 {
		name := ReasonName(byte(reason))
		if name == "" {
			t.Errorf("0x%02x has an empty name", reason)
		}
		if !strings.HasPrefix(name, "unknown reason") {
			named++
		}
	}
	if named != 43 {
		t.Errorf("%d names, want 43", named)
	}
	for reason, want := range map[byte]string{
		0x10: "no matching subscribers", 0x8e: "session taken over", 0xa2: "wildcard subscriptions not supported",
	} {
		if got := ReasonName(reason); got != want {
			t.Errorf("0x%02x is %q, want %q", reason, got, want)
		}
	}
}

// A topic, a payload and the flags of a message for both sides.
type message struct {
	Topic, Payload string
	QoS            byte
	Dup, Retain    bool
	ID             uint16
}

func drawMessage(t *rapid.T) message {
	topic := strings.Map(func(r rune) rune {
		if r == 0 || r == '#' || r == '+' {
			return '-'
		}
		return r
	}, rapid.StringN(1, 300, 2000).Draw(t, "topic"))
	m := message{
		Topic: topic, Payload: string(rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "payload")),
		QoS: rapid.ByteRange(0, 2).Draw(t, "qos"), Retain: rapid.Bool().Draw(t, "retain"),
	}
	if m.QoS > 0 {
		m.Dup, m.ID = rapid.Bool().Draw(t, "dup"), rapid.Uint16Min(1).Draw(t, "id")
	}
	return m
}

// mochiRead decodes the first packet's header with mochi's codec and returns the body.
func mochiRead(t *rapid.T, protocol byte, b []byte) (*mochipackets.Packet, []byte) {
	p := &mochipackets.Packet{ProtocolVersion: protocol}
	if err := p.FixedHeader.Decode(b[0]); err != nil {
		t.Fatal(err)
	}
	n, size := length(b[1:])
	if size <= 0 || len(b) != 1+size+n {
		t.Fatalf("%d bytes, and the length says %d", len(b), 1+size+n)
	}
	p.FixedHeader.Remaining = n
	return p, b[1+size:]
}

// What we publish is what the codecs of a broker and of another client read.
func TestPublishAsOthersRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		for _, protocol := range []byte{V311, V5} {
			s, l := offline(Options{Protocol: protocol}, Deaf{})
			if m.QoS > 0 {
				s.flight.first = m.ID
			}
			copy(s.Reserve(m.Topic, m.QoS, m.Retain, len(m.Payload), 0), m.Payload)
			sent := l.pending()
			if m.Dup {
				s.flight.expire()
				l.resend()
				sent = l.pending()
			}
			p, body := mochiRead(t, protocol, sent)
			if err := p.PublishDecode(body); err != nil {
				t.Fatal(err)
			}
			if code := p.PublishValidate(0); code != mochipackets.CodeSuccess {
				t.Fatal(code)
			}
			h := p.FixedHeader
			if diff := cmp.Diff(m, message{p.TopicName, string(p.Payload), h.Qos, h.Dup, h.Retain, p.PacketID}); diff != "" {
				t.Errorf("mochi reads another message (-ours +theirs):\n%s", diff)
			}
			if protocol != V5 {
				continue
			}
			c, err := pahopackets.ReadPacket(bytes.NewReader(sent))
			if err != nil {
				t.Fatal(err)
			}
			o := c.Content.(*pahopackets.Publish)
			theirs := message{o.Topic, string(o.Payload), o.QoS, o.Duplicate, o.Retain, o.PacketID}
			if diff := cmp.Diff(m, theirs); diff != "" {
				t.Errorf("paho reads another message (-ours +theirs):\n%s", diff)
			}
		}
	})
}

// collector keeps what was received.
type collector struct {
	Deaf
	messages []message
	acks     []byte
}

func (c *collector) Received(p *Publish, _ time.Duration) {
	c.messages = append(c.messages, message{string(p.Topic), string(p.Payload), p.QoS, p.Dup, p.Retain, p.PacketID})
}

func (c *collector) Acknowledged(_ uint64, reason byte, _ time.Duration) {
	c.acks = append(c.acks, reason)
}

// What the codecs of others publish, with properties, is what we read.
func TestPublishOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		for protocol, encode := range map[byte][]func(*rapid.T, message) []byte{
			V311: {func(t *rapid.T, m message) []byte { return mochiPublish(t, V311, m) }},
			V5:   {func(t *rapid.T, m message) []byte { return mochiPublish(t, V5, m) }, pahoPublish},
		} {
			for _, encode := range encode {
				c := &collector{}
				_, l := offline(Options{Protocol: protocol}, c)
				packet := encode(t, m)
				used, err := l.handle(packet, 0)
				if err != nil || used != len(packet) {
					t.Fatalf("protocol %d: used %d of %d: %v", protocol, used, len(packet), err)
				}
				if diff := cmp.Diff([]message{m}, c.messages); diff != "" {
					t.Errorf("protocol %d: we read another message (-theirs +ours):\n%s", protocol, diff)
				}
			}
		}
	})
}

func mochiPublish(t *rapid.T, protocol byte, m message) []byte {
	p := mochipackets.Packet{
		ProtocolVersion: protocol, TopicName: m.Topic, Payload: []byte(m.Payload), PacketID: m.ID,
		FixedHeader: mochipackets.FixedHeader{Type: mochipackets.Publish, Qos: m.QoS, Dup: m.Dup, Retain: m.Retain},
		Properties: mochipackets.Properties{
			ContentType: "text", ResponseTopic: "answer", CorrelationData: []byte{0, 1}, MessageExpiryInterval: 5,
			SubscriptionIdentifier: []int{1, 70_000}, PayloadFormatFlag: true,
			User: []mochipackets.UserProperty{{Key: "k", Val: "v"}, {Key: "k", Val: "v"}},
		},
	}
	var b bytes.Buffer
	if err := p.PublishEncode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pahoPublish(t *rapid.T, m message) []byte {
	expiry, format, subscription := uint32(5), byte(1), 70_000
	var b bytes.Buffer
	p := pahopackets.NewControlPacket(pahopackets.PUBLISH)
	p.Content = &pahopackets.Publish{
		Topic: m.Topic, Payload: []byte(m.Payload), PacketID: m.ID, QoS: m.QoS, Duplicate: m.Dup, Retain: m.Retain,
		Properties: &pahopackets.Properties{
			ContentType: "text", ResponseTopic: "answer", CorrelationData: []byte{0, 1}, MessageExpiry: &expiry,
			PayloadFormat: &format, SubscriptionIdentifier: &subscription, User: []pahopackets.User{{Key: "k", Value: "v"}},
		},
	}
	// The flags are those of the packet's header, which ToControlPacket fills in.
	if _, err := p.Content.(*pahopackets.Publish).ToControlPacket().WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Acknowledgements of a broker's codec, with and without a reason and properties, are what we read; ours are what
// it reads.
func TestAcknowledgements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reason := rapid.SampledFrom([]byte{0, 0x10, 0x80, 0x87, 0x97}).Draw(t, "reason")
		protocol := rapid.SampledFrom([]byte{V311, V5}).Draw(t, "protocol")
		id := rapid.Uint16Min(1).Draw(t, "id")
		if protocol == V311 {
			reason = 0
		}
		c := &collector{}
		s, l := offline(Options{Protocol: protocol}, c)
		s.flight.first = id
		copy(s.Reserve("t", 1, false, 1, 0), "x")
		p := mochipackets.Packet{
			ProtocolVersion: protocol, PacketID: id, ReasonCode: reason,
			FixedHeader: mochipackets.FixedHeader{Type: mochipackets.Puback},
		}
		// This codec leaves out a reason that is no failure where there are no properties.
		if reason == 0x10 || rapid.Bool().Draw(t, "properties") {
			p.Properties.ReasonString = "why"
			p.Properties.User = []mochipackets.UserProperty{{Key: "k", Val: "v"}}
		}
		var b bytes.Buffer
		if err := p.PubackEncode(&b); err != nil {
			t.Fatal(err)
		}
		if used, err := l.handle(b.Bytes(), 0); err != nil || used != b.Len() || !bytes.Equal(c.acks, []byte{reason}) {
			t.Fatalf("% x: acknowledged % x, used %d, %v; want 0x%02x", b.Bytes(), c.acks, used, err, reason)
		}
		l.pending()
		l.answer(typePubrec, id)
		theirs, body := mochiRead(t, protocol, l.pending())
		if err := theirs.PubrecDecode(body); err != nil || theirs.PacketID != id || theirs.ReasonCode != 0 {
			t.Errorf("mochi reads PUBREC %d 0x%02x, %v; want %d", theirs.PacketID, theirs.ReasonCode, err, id)
		}
		l.answerUnknown(typePubrel, id)
		theirs, body = mochiRead(t, protocol, l.pending())
		if err := theirs.PubrelDecode(body); err != nil || theirs.PacketID != id {
			t.Errorf("mochi reads PUBREL %d, %v; want %d", theirs.PacketID, err, id)
		}
	})
}

// CONNECT and SUBSCRIBE are what a broker's codec reads.
func TestRequestsAsOthersRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching("[a-zäß/]{1,20}")
		o := Options{
			Protocol: rapid.SampledFrom([]byte{V311, V5}).Draw(t, "protocol"), ClientID: word.Draw(t, "client"),
			Username: word.Draw(t, "user"), Password: word.Draw(t, "password"), CleanStart: rapid.Bool().Draw(t, "clean"),
			Expiry:         time.Duration(rapid.IntRange(0, 1e6).Draw(t, "expiry")) * time.Second,
			Keepalive:      time.Duration(rapid.IntRange(0, 65_535).Draw(t, "keepalive")) * time.Second,
			ReceiveMaximum: rapid.Uint16Min(1).Draw(t, "receive maximum"),
		}
		if rapid.Bool().Draw(t, "will") {
			o.Will = &Will{Topic: word.Draw(t, "topic"), Payload: []byte(word.Draw(t, "payload"))}
			o.Will.QoS = rapid.ByteRange(0, 2).Draw(t, "qos")
		}
		s, l := offline(o, Deaf{})
		b, err := encodeConnect(&s.o)
		if err != nil {
			t.Fatal(err)
		}
		p, body := mochiRead(t, o.Protocol, b)
		if err := p.ConnectDecode(body); err != nil {
			t.Fatal(err)
		}
		if code := p.ConnectValidate(); code != mochipackets.CodeSuccess {
			t.Fatal(code)
		}
		c := p.Connect
		theirs := Options{
			Protocol: p.ProtocolVersion, ClientID: c.ClientIdentifier, CleanStart: c.Clean,
			Username: string(c.Username), Password: string(c.Password),
			Expiry: o.Expiry, Keepalive: time.Duration(c.Keepalive) * time.Second, ReceiveMaximum: o.ReceiveMaximum,
		}
		if o.Protocol == V5 {
			theirs.Expiry = time.Duration(p.Properties.SessionExpiryInterval) * time.Second
			if o.ReceiveMaximum < identifiers {
				theirs.ReceiveMaximum = p.Properties.ReceiveMaximum
			}
		}
		if c.WillFlag {
			theirs.Will = &Will{Topic: c.WillTopic, Payload: c.WillPayload, QoS: c.WillQos, Retain: c.WillRetain}
		}
		clockless := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Now" }, cmp.Ignore())
		if diff := cmp.Diff(o, theirs, clockless); diff != "" {
			t.Errorf("mochi reads another CONNECT (-ours +theirs):\n%s", diff)
		}
		l.blocked = true
		subscription := Subscription{Filter: word.Draw(t, "filter"), QoS: rapid.ByteRange(0, 2).Draw(t, "wanted")}
		if o.Protocol == V5 {
			subscription.RetainHandling = rapid.ByteRange(0, 2).Draw(t, "handling")
			subscription.NoLocal = rapid.Bool().Draw(t, "no local")
			subscription.RetainAsPublished = rapid.Bool().Draw(t, "as published")
		}
		r, err := s.request([]Subscription{subscription})
		if err != nil {
			t.Fatal(err)
		}
		p, body = mochiRead(t, o.Protocol, l.pending())
		if err := p.SubscribeDecode(body); err != nil {
			t.Fatal(err)
		}
		f := p.Filters[0]
		read := Subscription{f.Filter, f.Qos, f.NoLocal, f.RetainAsPublished, f.RetainHandling}
		if diff := cmp.Diff(subscription, read); diff != "" || p.PacketID != r.id {
			t.Errorf("mochi reads another SUBSCRIBE %d, want %d (-ours +theirs):\n%s", p.PacketID, r.id, diff)
		}
	})
}
