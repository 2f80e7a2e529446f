package mqtt

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A reading is what a 5.0 packet of a server says, as far as this session looks at it.
type reading struct {
	ID, Reason     int
	Codes          []byte
	Topic, Payload string
	QoS            byte
	Dup, Retain    bool
	Text           string // the Reason String of CONNACK and DISCONNECT
	Answer         Connack
}

// ourReading decodes a packet with this package's codec, apart from what a session knows.
func ourReading(first byte, body []byte) (r reading, err error) {
	s, l := offline(Options{Protocol: V5}, Deaf{})
	if first>>4 == typeConnack {
		if first != typeConnack<<4 {
			return r, malformed("flags")
		}
		r.Answer = s.defaults()
		err = r.Answer.decode(body, V5)
		var refusal *ConnackError
		if errors.As(err, &refusal) {
			r.Text, err = refusal.Text, nil
		}
		r.Answer.properties = nil
		return r, err
	}
	if err := l.header(first, len(body)); err != nil {
		return r, err
	}
	switch kind := first >> 4; kind {
	case typePublish:
		err = l.decode(first&0x0f, body)
		p := l.received
		r.ID, r.Topic, r.Payload, r.QoS, r.Dup, r.Retain = int(p.PacketID), string(p.Topic), string(p.Payload), p.QoS, p.Dup, p.Retain
	case typeSuback:
		var id uint16
		id, r.Codes, err = decodeSuback(body, V5)
		r.ID = int(id)
	case typeUnsuback:
		var id uint16
		id, r.Codes, err = decodeUnsuback(body, V5)
		r.ID = int(id)
	case typeDisconnect:
		var said *DisconnectError
		if err = disconnected(body); errors.As(err, &said) {
			r.Reason, r.Text, err = int(said.Reason), said.Text, nil
		}
	case typePingresp:
	default:
		id, reason, wrong := l.acknowledgement(kind, body)
		r.ID, r.Reason, err = int(id), int(reason), wrong
	}
	return r, err
}

// pahosReading decodes a packet with paho's codec.
func pahosReading(first byte, body []byte) (r reading, err error) {
	packet, err := packets.ReadPacket(bytes.NewReader(wrap(first, body...)))
	if err != nil {
		return r, err
	}
	switch c := packet.Content.(type) {
	case *packets.Publish:
		r.ID, r.Topic, r.Payload, r.QoS, r.Dup, r.Retain = int(c.PacketID), c.Topic, string(c.Payload), c.QoS, c.Duplicate, c.Retain
	case *packets.Puback:
		r.ID, r.Reason = int(c.PacketID), int(c.ReasonCode)
	case *packets.Pubrec:
		r.ID, r.Reason = int(c.PacketID), int(c.ReasonCode)
	case *packets.Pubrel:
		r.ID, r.Reason = int(c.PacketID), int(c.ReasonCode)
	case *packets.Pubcomp:
		r.ID, r.Reason = int(c.PacketID), int(c.ReasonCode)
	case *packets.Suback:
		r.ID, r.Codes = int(c.PacketID), c.Reasons
	case *packets.Unsuback:
		r.ID, r.Codes = int(c.PacketID), c.Reasons
	case *packets.Disconnect:
		r.Reason, r.Text = int(c.ReasonCode), c.Properties.ReasonString
	case *packets.Connack:
		r.Answer = pahosAnswer(c)
		if c.ReasonCode != 0 {
			r.Text = c.Properties.ReasonString
		}
	}
	return r, nil
}

// pahosAnswer is paho's CONNACK with the protocol's defaults where the server said nothing.
func pahosAnswer(c *packets.Connack) Connack {
	s := New(Options{Protocol: V5}, Deaf{})
	a, p := s.defaults(), c.Properties
	a.SessionPresent, a.Reason, a.AssignedClientID = c.SessionPresent, c.ReasonCode, p.AssignedClientID
	a.ReceiveMaximum = given(p.ReceiveMaximum, a.ReceiveMaximum)
	a.MaximumQoS = given(p.MaximumQOS, a.MaximumQoS)
	a.MaximumPacketSize = min(given(p.MaximumPacketSize, a.MaximumPacketSize), maximumPacket)
	a.ServerKeepalive = time.Duration(given(p.ServerKeepAlive, uint16(0))) * time.Second
	a.SessionExpiry = time.Duration(given(p.SessionExpiryInterval, 0)) * time.Second
	a.RetainAvailable = given(p.RetainAvailable, 1) == 1
	a.SharedAvailable = given(p.SharedSubAvailable, 1) == 1
	a.WildcardAvailable = given(p.WildcardSubAvailable, 1) == 1
	return a
}

// given is what a pointer points to, or the default.
func given[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// A judge finds what is wrong with a packet of a 5.0 server, slowly and plainly, in the words of the specification.
// paho takes most of it for right; lenient has an example of each.
type judge struct {
	kind  byte
	rest  []byte
	wrong []string
}

func (j *judge) blame(wrong string, when bool) {
	if when {
		j.wrong = append(j.wrong, wrong)
	}
}

// take cuts n bytes off.
func (j *judge) take(n int) []byte {
	if n > len(j.rest) {
		j.blame("cut off", true)
		n = len(j.rest)
	}
	taken := j.rest[:n]
	j.rest = j.rest[n:]
	return taken
}

func (j *judge) number(size int) (n int) {
	for _, b := range j.take(size) {
		n = n<<8 | int(b)
	}
	return n
}

func (j *judge) data() []byte { return j.take(j.number(2)) }

func (j *judge) text() string {
	text := string(j.data())
	j.blame("ill-formed string", !utf8.ValidString(text) || strings.Contains(text, "\x00"))
	return text
}

func (j *judge) variable() (n int) {
	for size := range 4 {
		b := j.number(1)
		n |= b & 0x7f << (7 * size)
		if b < 0x80 {
			j.blame("length in too many bytes", size > 0 && b == 0)
			return n
		}
	}
	j.blame("length in too many bytes", true)
	return n
}

func (j *judge) topicName(topic string) { j.blame("wildcard", strings.ContainsAny(topic, "+#")) }

// properties judges a block of them, and returns whether there is a topic alias.
func (j *judge) properties() (alias bool) {
	block := judge{kind: j.kind, rest: j.take(j.variable())}
	seen := make(map[byte]bool)
	for len(block.rest) > 0 && len(block.wrong) == 0 {
		id := byte(block.number(1))
		block.blame("property elsewhere", !packets.ValidateID(j.kind, id))
		block.blame("property twice", seen[id] && id != propertyUser && id != propertySubscriptionID)
		block.blame("expiry in DISCONNECT", id == propertySessionExpiry && j.kind == typeDisconnect)
		seen[id] = true
		block.property(id)
	}
	j.wrong = append(j.wrong, block.wrong...)
	return seen[propertyTopicAlias]
}

func (j *judge) property(id byte) {
	switch id {
	case propertyPayloadFormat, propertyMaximumQoS, propertyRetainAvailable, propertyWildcard, propertySubscriptionIDs, propertyShared:
		j.blame("property's value", j.number(1) > 1)
	case propertyServerKeepalive, propertyTopicAliasMaximum, propertyTopicAlias:
		j.number(2)
	case propertyReceiveMaximum:
		j.blame("property's value", j.number(2) == 0)
	case propertyMessageExpiry, propertySessionExpiry:
		j.number(4)
	case propertyMaximumPacketSize:
		size := j.number(4)
		j.blame("property's value", size == 0)
		j.blame("too small to talk to", size < smallestPacket)
	case propertySubscriptionID:
		j.blame("property's value", j.variable() == 0)
	case propertyCorrelation, propertyAuthData:
		j.data()
	case propertyUser:
		j.text()
		j.text()
	case propertyResponseTopic:
		topic := j.text()
		j.topicName(topic)
		j.blame("empty topic", topic == "")
	default:
		j.text()
	}
}

// judgement is what is wrong with a packet; empty: nothing.
func judgement(first byte, body []byte) []string {
	j := &judge{kind: first >> 4, rest: body}
	j.blame("flags", j.kind != typePublish && first&0x0f != flagsOf(j.kind))
	switch j.kind {
	case typePublish:
		qos := first >> 1 & 3
		j.blame("QoS 3", qos == 3)
		topic := j.text()
		j.topicName(topic)
		j.blame("identifier 0", qos > 0 && j.number(2) == 0)
		alias := j.properties()
		j.blame("topic alias", alias)
		j.blame("empty topic", topic == "" && !alias)
	case typeConnack:
		flags, reason := j.number(1), j.number(1)
		j.blame("reserved flags", flags > 1)
		j.blame("refusal with a session", flags == 1 && reason != 0)
		if len(j.rest) > 0 || reason == 0 { // else the refusal of a server that knows no 5.0
			j.properties()
		}
		j.blame("bytes behind", len(j.rest) > 0)
	case typeSuback:
		j.number(2)
		j.properties()
		j.blame("reason", bytes.ContainsFunc(j.rest, func(r rune) bool { return r > 2 && r < 0x80 }))
	case typeUnsuback:
		j.number(2)
		j.properties()
		j.blame("reason", bytes.ContainsFunc(j.rest, func(r rune) bool { return r > 0 && r < 0x80 && r != 0x11 }))
	case typeDisconnect:
		if len(body) > 0 {
			j.number(1)
		}
		if len(body) > 1 {
			j.properties()
		}
		j.blame("bytes behind", len(j.rest) > 0)
	case typePingresp:
		j.blame("bytes behind", len(body) > 0)
	default:
		j.acknowledgement()
	}
	return j.wrong
}

func (j *judge) acknowledgement() {
	j.blame("identifier 0", j.number(2) == 0)
	if len(j.rest) > 0 {
		reason := j.number(1)
		j.blame("reason", reason < 0x80 && reason != 0 && reason != 0x10 && (j.kind == typePuback || j.kind == typePubrec))
		if len(j.rest) > 0 {
			j.properties()
		}
	}
	j.blame("bytes behind", len(j.rest) > 0)
}

// pahoRefuses are lawful packets that paho does not read: a DISCONNECT in its shortest form (section 3.14.2.1), and a
// refusal by a server that knows no 5.0.
func pahoRefuses(first byte, body []byte) bool {
	return first == typeDisconnect<<4 && len(body) == 0 || first == typeConnack<<4 && len(body) == 2 && body[1] != 0
}

// agree reads a packet both ways: this codec takes what the judge finds nothing wrong with and nothing else, paho
// takes that as well, and both read the same in it.
func agree(t *testing.T, first byte, body []byte) {
	t.Helper()
	ours, err := ourReading(first, bytes.Clone(body))
	wrong := judgement(first, body)
	if err == nil != (len(wrong) == 0) {
		t.Fatalf("0x%02x % x: we say %v, and what is wrong is %q", first, body, err, wrong)
	}
	if err != nil {
		return
	}
	theirs, err := pahosReading(first, body)
	if err != nil {
		if !pahoRefuses(first, body) {
			t.Fatalf("0x%02x % x: paho says %v", first, body, err)
		}
		return
	}
	if len(ours.Codes) == 0 && len(theirs.Codes) == 0 {
		ours.Codes, theirs.Codes = nil, nil
	}
	if diff := cmp.Diff(ours, theirs, cmp.AllowUnexported(Connack{})); diff != "" {
		t.Fatalf("0x%02x % x: paho reads something else (-ours +theirs):\n%s", first, body, diff)
	}
}

// likePaho fuzzes packets of the kinds.
func likePaho(f *testing.F, kinds ...byte) {
	for _, example := range append(lawful(), lenient()...) {
		if bytes.IndexByte(kinds, example.first>>4) >= 0 {
			f.Add(example.first, example.body)
		}
	}
	f.Fuzz(func(t *testing.T, first byte, body []byte) {
		first = kinds[int(first>>4)%len(kinds)]<<4 | first&0x0f
		agree(t, first, body)
	})
}

func FuzzPublishLikePaho(f *testing.F) { likePaho(f, typePublish) }

func FuzzConnackLikePaho(f *testing.F) { likePaho(f, typeConnack) }

func FuzzSubackLikePaho(f *testing.F) { likePaho(f, typeSuback) }

func FuzzUnsubackLikePaho(f *testing.F) { likePaho(f, typeUnsuback) }

func FuzzDisconnectLikePaho(f *testing.F) { likePaho(f, typeDisconnect) }

func FuzzAcknowledgementLikePaho(f *testing.F) {
	likePaho(f, typePuback, typePubrec, typePubrel, typePubcomp, typePingresp)
}

// An example is a packet, and what is wrong with it.
type example struct {
	wrong string
	first byte
	body  []byte
}

// in puts a block of properties behind something.
func in(before []byte, properties ...byte) []byte {
	return appendBlock(bytes.Clone(before), properties)
}

// lenient has something for everything that paho does not mind and this session does, by the section of the
// specification that forbids it.
func lenient() []example {
	topic, answer, id := []byte{0, 1, 't'}, []byte{0, 0}, []byte{0, 1}
	why := appendString([]byte{propertyReasonString}, "why")
	return []example{
		{"flags", 0x41, id}, // 2.1.3-1
		{"QoS 3", 0x36, in(append(bytes.Clone(topic), 0, 1))},                // 3.3.1-4
		{"ill-formed string", 0x30, in([]byte{0, 2, 't', 0xff})},             // 1.5.4-1
		{"ill-formed string", 0x30, in([]byte{0, 2, 't', 0})},                // 1.5.4-2
		{"wildcard", 0x30, in([]byte{0, 1, '#'})},                            // 3.3.2-2
		{"empty topic", 0x30, in([]byte{0, 0})},                              // 4.7.3-1
		{"identifier 0", 0x32, in([]byte{0, 1, 't', 0, 0})},                  // 2.2.1-4
		{"identifier 0", 0x40, []byte{0, 0}},                                 // 2.2.1-5
		{"topic alias", 0x30, in(topic, propertyTopicAlias, 0, 1)},           // 3.1.2-27
		{"length in too many bytes", 0x30, append(topic[:3:3], 0x80, 0)},     // 1.5.5-1
		{"cut off", 0x30, append(topic[:3:3], 9, propertyPayloadFormat, 1)},  // 2.2.2.1
		{"property twice", 0x30, in(topic, 1, 1, 1, 1)},                      // 2.2.2.2
		{"property's value", 0x30, in(topic, propertyPayloadFormat, 2)},      // 3.3.2.3.2
		{"property's value", 0x30, in(topic, propertySubscriptionID, 0)},     // 3.3.2.3.8
		{"property's value", 0x20, in(answer, propertyReceiveMaximum, 0, 0)}, // 3.2.2.3.3
		{"reserved flags", 0x20, in([]byte{2, 0})},                           // 3.2.2-1
		{"refusal with a session", 0x20, in([]byte{1, 0x87})},                // 3.2.2-6
		{"too small to talk to", 0x20, in(answer, propertyMaximumPacketSize, 0, 0, 0, 4)},
		{"bytes behind", 0x20, append(in(answer), 7)},          // 3.2.2
		{"bytes behind", 0x40, append(in([]byte{0, 1, 0}), 7)}, // 3.4.2
		{"bytes behind", 0xd0, []byte{7}},                      // 3.13
		{"bytes behind", 0xe0, append(in([]byte{0}, why...), 7)},
		{"expiry in DISCONNECT", 0xe0, in([]byte{0}, propertySessionExpiry, 0, 0, 0, 1)}, // 3.14.2-2
		{"reason", 0x40, []byte{0, 1, 0x11}},                                             // 3.4.2-1
		{"reason", 0xb0, append(in(id), 1)},                                              // 3.11.3-2
		{"reason", 0x90, append(in(id), 3)},                                              // 3.9.3-2
	}
}

// lawful are packets with nothing wrong in them.
func lawful() []example {
	pair := appendString(appendString([]byte{propertyUser}, "k"), "v")
	why := append(append(appendString([]byte{propertyReasonString}, "why"), pair...), pair...)
	all := bytes.Join([][]byte{
		{propertyPayloadFormat, 1, propertyMessageExpiry, 0, 0, 0, 9, propertySubscriptionID, 0xff, 0x7f, propertySubscriptionID, 1},
		appendString([]byte{propertyContentType}, "ä"), appendString([]byte{propertyResponseTopic}, "r/s"),
		appendString([]byte{propertyCorrelation}, "\xff\x00"), pair, pair,
	}, nil)
	granted := bytes.Join([][]byte{
		{propertyReceiveMaximum, 0, 20, propertyMaximumQoS, 1, propertyRetainAvailable, 0, propertyShared, 0, propertyWildcard, 0},
		{propertyMaximumPacketSize, 0, 0, 4, 0, propertyServerKeepalive, 0, 9, propertySessionExpiry, 0, 0, 0, 7},
		{propertySubscriptionIDs, 0, propertyTopicAliasMaximum, 0, 3}, appendString([]byte{propertyAssignedClientID}, "id"),
		appendString([]byte{propertyResponseInfo}, "i"), appendString([]byte{propertyServerReference}, "s"),
		appendString([]byte{propertyAuthMethod}, "m"), appendString([]byte{propertyAuthData}, "\xff"), why,
	}, nil)
	return []example{
		{"", 0x30, append(in([]byte{0, 1, 't'}, all...), "payload"...)},
		{"", 0x3d, append(in([]byte{0, 2, 0xc3, 0xa4, 1, 2}), 0)},
		{"", 0x20, in([]byte{1, 0}, granted...)},
		{"", 0x20, in([]byte{0, 0x87}, why...)},
		{"", 0x20, []byte{0, 0x84}},
		{"", 0x90, append(in([]byte{0, 1}, why...), 0, 1, 2, 0x80, 0x87)},
		{"", 0xb0, append(in([]byte{0, 1}, why...), 0, 0x11, 0x87)},
		{"", 0xe0, nil},
		{"", 0xe0, []byte{0x8e}},
		{"", 0xe0, in([]byte{0x9c}, append(appendString([]byte{propertyServerReference}, "s"), why...)...)},
		{"", 0x40, []byte{0, 1}},
		{"", 0x50, []byte{0, 1, 0x97}},
		{"", 0x62, in([]byte{1, 0, 0x92}, why...)},
		{"", 0x70, in([]byte{0, 1, 0})},
		{"", 0xd0, nil},
	}
}

// Of every difference between paho and this codec there is an example, and nothing else about the example is wrong.
func TestPahoIsLenient(t *testing.T) {
	for _, e := range lenient() {
		if wrong := judgement(e.first, e.body); len(wrong) != 1 || wrong[0] != e.wrong {
			t.Errorf("0x%02x % x: %q is wrong, want %q alone", e.first, e.body, wrong, e.wrong)
		}
		if _, err := ourReading(e.first, e.body); err == nil {
			t.Errorf("%s: 0x%02x % x is taken", e.wrong, e.first, e.body)
		}
		if _, err := pahosReading(e.first, e.body); err != nil {
			t.Errorf("%s: 0x%02x % x: paho says %v", e.wrong, e.first, e.body, err)
		}
	}
	for _, e := range lawful() {
		agree(t, e.first, e.body)
	}
}

// What this session encodes, paho decodes to the same.
func TestEncodedForPaho(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		read := func(b []byte) packets.Packet {
			in := bytes.NewReader(b)
			packet, err := packets.ReadPacket(in)
			if err != nil || in.Len() > 0 || packet.Type != packets.PUBLISH && packet.Flags != flagsOf(packet.Type) {
				t.Fatalf("% x: paho says %v, flags %d, and %d bytes are left", b, err, packet.Flags, in.Len())
			}
			return packet.Content
		}
		same := func(want, got any) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("paho reads something else (-ours +theirs):\n%s", diff)
			}
		}
		o := drawOptions(t)
		s, l := offline(o, Deaf{})
		b, err := encodeConnect(&s.o)
		if err != nil {
			t.Fatal(err)
		}
		same(connectForPaho(o), read(b))
		none, id := &packets.Properties{}, rapid.Uint16Min(1).Draw(t, "id")
		for kind, want := range map[byte]packets.Packet{
			typePuback: &packets.Puback{Properties: none, PacketID: id}, typePubrec: &packets.Pubrec{Properties: none, PacketID: id},
			typePubrel: &packets.Pubrel{Properties: none, PacketID: id}, typePubcomp: &packets.Pubcomp{Properties: none, PacketID: id},
		} {
			l.answer(kind, id)
			same(want, read(l.pending()))
		}
		l.answerUnknown(typePubrel, id)
		same(&packets.Pubrel{Properties: none, PacketID: id, ReasonCode: 0x92}, read(l.pending()))
		l.answerUnknown(typePubcomp, id)
		same(&packets.Pubcomp{Properties: none, PacketID: id, ReasonCode: 0x92}, read(l.pending()))
		l.blocked = true // there is no socket
		want := &packets.Subscribe{Properties: none}
		var subscriptions []Subscription
		for range rapid.IntRange(1, 5).Draw(t, "filters") {
			f := drawSubscription(t)
			subscriptions = append(subscriptions, f)
			want.Subscriptions = append(want.Subscriptions, packets.SubOptions{
				Topic: f.Filter, QoS: f.QoS, RetainHandling: f.RetainHandling, NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished,
			})
		}
		r, err := s.request(subscriptions)
		if err != nil {
			t.Fatal(err)
		}
		want.PacketID = r.id
		same(want, read(l.pending()))
		var filters []string
		for range rapid.IntRange(1, 5).Draw(t, "topics") {
			filters = append(filters, drawSubscription(t).Filter)
		}
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.Unsubscribe(gone, filters); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		same(&packets.Unsubscribe{Properties: none, PacketID: r.id + 1, Topics: filters}, read(l.pending()))
		l.ping(0)
		same(&packets.Pingreq{}, read(l.pending()))
		reason := rapid.ByteMin(0x80).Draw(t, "reason")
		l.part(reason)
		same(&packets.Disconnect{Properties: none, ReasonCode: reason}, read(l.pending()))
	})
}

// connectForPaho is the CONNECT of the options as paho has it.
func connectForPaho(o Options) *packets.Connect {
	c := &packets.Connect{
		ProtocolName: "MQTT", ProtocolVersion: 5, ClientID: o.ClientID, CleanStart: o.CleanStart,
		KeepAlive: uint16(o.Keepalive / time.Second), Properties: &packets.Properties{},
		UsernameFlag: o.Username != "", Username: o.Username, PasswordFlag: o.Password != "",
	}
	if c.PasswordFlag {
		c.Password = []byte(o.Password)
	}
	if expiry := uint32(o.Expiry / time.Second); expiry > 0 {
		c.Properties.SessionExpiryInterval = &expiry
	}
	if o.ReceiveMaximum > 0 && o.ReceiveMaximum < identifiers {
		c.Properties.ReceiveMaximum = &o.ReceiveMaximum
	}
	if o.MaximumPacketSize > 0 && o.MaximumPacketSize < maximumPacket {
		c.Properties.MaximumPacketSize = &o.MaximumPacketSize
	}
	if w := o.Will; w != nil {
		c.WillFlag, c.WillTopic, c.WillQOS, c.WillRetain = true, w.Topic, w.QoS, w.Retain
		c.WillMessage, c.WillProperties = w.Payload, &packets.Properties{}
		if delay := uint32(w.Delay / time.Second); delay > 0 {
			c.WillProperties.WillDelayInterval = &delay
		}
	}
	return c
}

func drawOptions(t *rapid.T) Options {
	name := rapid.StringMatching(`[a-zä€😀]{0,8}`)
	o := Options{
		Protocol: V5, ClientID: name.Draw(t, "client"), Username: name.Draw(t, "user"),
		Password:   string(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "password")),
		CleanStart: rapid.Bool().Draw(t, "clean"), Expiry: time.Duration(rapid.Uint32().Draw(t, "expiry")) * time.Second,
		Keepalive:         time.Duration(rapid.Uint16().Draw(t, "keepalive")) * time.Second,
		ReceiveMaximum:    rapid.Uint16().Draw(t, "receive maximum"),
		MaximumPacketSize: rapid.Uint32().Draw(t, "packet size"),
	}
	if rapid.Bool().Draw(t, "will") {
		o.Will = &Will{
			Topic: "w" + name.Draw(t, "topic"), Payload: rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "payload"),
			QoS: rapid.ByteRange(0, 2).Draw(t, "QoS"), Retain: rapid.Bool().Draw(t, "retain"),
			Delay: time.Duration(rapid.Uint32().Draw(t, "delay")) * time.Second,
		}
	}
	return o
}

func drawSubscription(t *rapid.T) Subscription {
	f := Subscription{
		Filter: rapid.StringMatching(`([a-zä]{0,5}|\+)(/([a-z]{0,3}|\+)){0,3}(/#)?`).Draw(t, "filter"),
		QoS:    rapid.ByteRange(0, 2).Draw(t, "QoS"), RetainHandling: rapid.ByteRange(0, 2).Draw(t, "handling"),
		NoLocal: rapid.Bool().Draw(t, "no local"), RetainAsPublished: rapid.Bool().Draw(t, "as published"),
	}
	if f.Filter == "" {
		f.Filter = "#"
	}
	return f
}
