package mqtt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// What CONNECT says, byte for byte (section 3.1).
func TestConnectPacket(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want []byte
	}{
		"3.1.1, least": {
			Options{Protocol: V311, CleanStart: true},
			[]byte{0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0},
		},
		"3.1.1, everything": {
			Options{
				Protocol: V311, ClientID: "c", Username: "u", Password: "p",
				Keepalive: 1500 * time.Millisecond, Expiry: time.Hour, ReceiveMaximum: 5,
				Will: &Will{Topic: "w", Payload: []byte("!"), QoS: 2, Retain: true, Delay: time.Second},
			},
			[]byte{
				0x10, 25, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xf4, 0, 2, 0, 1, 'c', 0, 1, 'w', 0, 1, '!', 0, 1, 'u', 0, 1, 'p',
			},
		},
		"5.0, least": {
			Options{Protocol: V5},
			[]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 0, 0, 0, 0, 0, 0},
		},
		"5.0, everything": {
			Options{
				Protocol: V5, ClientID: "c", Password: "p", Keepalive: 100 * time.Hour, Expiry: 1e9 * time.Second,
				ReceiveMaximum: 5, MaximumPacketSize: 256, CleanStart: true,
				Will: &Will{Topic: "w", Payload: []byte("!"), QoS: 1, Delay: 1},
			},
			[]byte{
				0x10, 42, 0, 4, 'M', 'Q', 'T', 'T', 5, 0x4e, 0xff, 0xff,
				13, 17, 0x3b, 0x9a, 0xca, 0, 33, 0, 5, 39, 0, 0, 1, 0,
				0, 1, 'c', 5, 24, 0, 0, 0, 1, 0, 1, 'w', 0, 1, '!', 0, 1, 'p',
			},
		},
	} {
		s := New(c.o, newDiary())
		if got, err := encodeConnect(&s.o); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: got % x, %v, want % x", name, got, err, c.want)
		}
	}
	for _, o := range []Options{
		{Protocol: 3},
		{Password: "p"},
		{ClientID: strings.Repeat("c", 65_536)},
		{Will: &Will{}},
		{Will: &Will{Topic: "t", QoS: 3}},
		{Will: &Will{Topic: "t", Payload: make([]byte, 65_536)}},
	} {
		s := New(o, newDiary())
		conn, _ := pipePair(t)
		if _, err := s.Connect(deadline(t), conn); err == nil {
			t.Errorf("%+.100v: no error", o)
		}
	}
}

func TestConnack(t *testing.T) {
	all := []byte{
		propertyReceiveMaximum, 0, 20, propertyMaximumQoS, 1, propertyRetainAvailable, 0,
		propertyMaximumPacketSize, 0, 0, 4, 0, propertyAssignedClientID, 0, 2, 'i', 'd',
		propertyServerKeepalive, 0, 9, propertySessionExpiry, 0, 0, 0, 7, propertyShared, 0,
		propertyWildcard, 0, propertySubscriptionIDs, 0, propertyTopicAliasMaximum, 0, 3, propertyReasonString, 0, 1, 'r',
		propertyUser, 0, 1, 'k', 0, 1, 'v', propertyResponseInfo, 0, 1, 'i', propertyServerReference, 0, 1, 's',
		propertyAuthMethod, 0, 1, 'a', propertyAuthData, 0, 1, 1,
	}
	s := New(Options{Protocol: V5, Keepalive: 30 * time.Second, Expiry: time.Hour}, newDiary())
	c := s.defaults()
	if err := c.decode(connack(V5, true, 0, all...)[2:], V5); err != nil {
		t.Fatal(err)
	}
	if !c.SessionPresent || c.ReceiveMaximum != 20 || c.MaximumQoS != 1 || c.RetainAvailable ||
		c.MaximumPacketSize != 1024 || c.AssignedClientID != "id" || c.ServerKeepalive != 9*time.Second ||
		c.SessionExpiry != 7*time.Second || c.SharedAvailable || c.WildcardAvailable {
		t.Errorf("got %+v", c)
	}
	p := c.Properties()
	if len(p) != 17 || p["user k"] != "v" || p["authentication data"] != "01" || p["receive maximum"] != "20" ||
		p["reason string"] != "r" || p["topic alias maximum"] != "3" {
		t.Errorf("got %d properties: %q", len(p), p)
	}
	c = s.defaults()
	if err := c.decode(connack(V5, false, 0)[2:], V5); err != nil {
		t.Fatal(err)
	}
	if c.ReceiveMaximum != 65_535 || c.MaximumQoS != 2 || !c.RetainAvailable || c.MaximumPacketSize != maximumPacket ||
		c.ServerKeepalive != 30*time.Second || c.SessionExpiry != time.Hour || !c.SharedAvailable ||
		len(c.Properties()) != 0 {
		t.Errorf("got %+v", c)
	}
}

// A refusal names its reason; what is no CONNACK, or contradicts what was asked for, breaks the protocol.
func TestConnectRefused(t *testing.T) {
	present := func(protocol byte) []byte { return connack(protocol, true, 0) }
	text := append([]byte{propertyReasonString}, appendString(nil, "go away")...)
	for name, c := range map[string]struct {
		o       Options
		connack []byte
		want    string
	}{
		"3.1.1 not authorized":    {Options{ClientID: "c"}, connack(V311, false, 5), "connection refused: not authorized (0x05)"},
		"3.1.1 unknown":           {Options{ClientID: "c"}, connack(V311, false, 9), "unknown return code 0x09"},
		"5.0 not authorized":      {Options{Protocol: V5}, connack(V5, false, 0x87, text...), `not authorized (0x87): "go away"`},
		"5.0 to a 3.1.1 server":   {Options{Protocol: V5}, []byte{0x20, 2, 0, 0x84}, "unsupported protocol version (0x84)"},
		"5.0 no properties":       {Options{Protocol: V5}, []byte{0x20, 2, 0, 0}, "CONNACK without properties"},
		"refused with a session":  {Options{ClientID: "c"}, connack(V311, true, 5), "[MQTT-3.2.2-6]"},
		"PUBLISH first":           {Options{ClientID: "c"}, publication(V311, 0, 0, "t", ""), "want CONNACK"},
		"too short":               {Options{ClientID: "c"}, []byte{0x20, 1, 0}, "CONNACK of 1 bytes"},
		"too long":                {Options{ClientID: "c"}, []byte{0x20, 3, 0, 0, 0}, "CONNACK of 3 bytes"},
		"flags":                   {Options{ClientID: "c"}, []byte{0x20, 2, 2, 0}, "flags 0x02"},
		"length":                  {Options{ClientID: "c"}, []byte{0x20, 0xff, 0xff, 0xff, 0xff}, "remaining length"},
		"huge":                    {Options{ClientID: "c"}, []byte{0x20, 0xff, 0xff, 0x7f}, "remaining length"},
		"receive maximum 0":       {Options{Protocol: V5}, connack(V5, false, 0, 33, 0, 0), "receive maximum 0"},
		"packet size 0":           {Options{Protocol: V5}, connack(V5, false, 0, 39, 0, 0, 0, 0), "packet size 0"},
		"QoS 2 as maximum":        {Options{Protocol: V5}, connack(V5, false, 0, 36, 2), "want 0 or 1"},
		"property cut off":        {Options{Protocol: V5}, connack(V5, false, 0, 33, 0), "cut off"},
		"clean, yet present":      {Options{CleanStart: true}, present(V311), "[MQTT-3.2.2-2]"},
		"5.0 clean, yet present":  {Options{Protocol: V5, CleanStart: true}, present(V5), "[MQTT-3.2.2-2]"},
		"5.0 present, never seen": {Options{Protocol: V5, Expiry: time.Hour}, present(V5), "[MQTT-3.2.2-4]"},
	} {
		t.Run(name, func(t *testing.T) {
			transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
				s := New(c.o, newDiary())
				v, err := tryConnect(t, s, link, c.connack)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				v.wantEnd()
				if err := s.Serve(); !errors.Is(err, ErrNotConnected) {
					t.Errorf("Serve: %v, want %v", err, ErrNotConnected)
				}
			})
		})
	}
}

// A session of which the client knows nothing is accepted in 3.1.1, and in both versions after an answer that never
// came.
func TestSessionPresentUnexpectedly(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		s := New(persistent(protocol), newDiary())
		if protocol == V5 {
			conn, v := link()
			done := make(chan error, 1)
			go func() {
				_, err := s.Connect(deadline(t), conn)
				done <- err
			}()
			v.packet()
			closeAll(t, v.conn)
			if err := result(t, done); !errors.Is(err, io.EOF) {
				t.Fatalf("got %v, want EOF", err)
			}
		}
		greeted(t, s, link, connack(protocol, true, 0))
	})
}

// An assigned client identifier is used from then on [MQTT-3.2.2-16].
func TestAssignedClientID(t *testing.T) {
	s := New(Options{Protocol: V5, Expiry: time.Hour}, newDiary())
	link := func() (net.Conn, *server) { return tcpPair(t) }
	v := greeted(t, s, link, connack(V5, false, 0, propertyAssignedClientID, 0, 3, 'a', 'b', 'c'))
	ended := serve(s)
	closeAll(t, v.conn)
	result(t, ended)
	conn, v := link()
	done := make(chan error, 1)
	go func() {
		_, err := s.Connect(deadline(t), conn)
		done <- err
	}()
	if p := v.packet(); !bytes.HasSuffix(p, []byte{0, 3, 'a', 'b', 'c'}) {
		t.Errorf("CONNECT is % x, want the assigned identifier at its end", p)
	}
	v.send(connack(V5, true, 0))
	if err := result(t, done); err != nil {
		t.Error(err)
	}
}

// A server that does not answer is waited for as long as the context allows, and Close ends it as well.
func TestConnectEnds(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		because := errors.New("because")
		for name, end := range map[string]func(s *Session, cancel context.CancelCauseFunc){
			"context": func(_ *Session, cancel context.CancelCauseFunc) { cancel(because) },
			"close":   func(s *Session, _ context.CancelCauseFunc) { s.Close(because) },
		} {
			s := New(Options{CleanStart: true}, newDiary())
			conn, v := link()
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := s.Connect(ctx, conn)
				done <- err
			}()
			v.packet()
			end(s, cancel)
			if err := result(t, done); !errors.Is(err, because) {
				t.Errorf("%s: got %v, want %v", name, err, because)
			}
			v.wantEnd()
			cancel(nil)
			greeted(t, s, link, connack(V311, false, 0))
		}
	})
}

// There is one connection at a time.
func TestConnectTwice(t *testing.T) {
	s := New(Options{CleanStart: true}, newDiary())
	link := func() (net.Conn, *server) { return tcpPair(t) }
	greeted(t, s, link, connack(V311, false, 0))
	conn, v := link()
	if _, err := s.Connect(deadline(t), conn); err == nil {
		t.Error("a second connection is accepted")
	}
	v.wantEnd()
	s.Close(nil)
	greeted(t, s, link, connack(V311, false, 0))
}

func TestDisconnect(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		s := New(persistent(protocol), newDiary())
		if err := s.Disconnect(deadline(t)); err != nil {
			t.Errorf("without a connection: %v", err)
		}
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		gone := make(chan error, 1)
		go func() { gone <- s.Disconnect(deadline(t)) }()
		v.want([]byte{0xe0, 0})
		v.wantEnd()
		if err := result(t, gone); err != nil {
			t.Error(err)
		}
		if err := result(t, ended); !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v, want %v", err, ErrClosed)
		}
	})
}

// Close drops the connection with the owner's cause and without DISCONNECT.
func TestClose(t *testing.T) {
	versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
		s := New(persistent(protocol), newDiary())
		s.Close(nil)
		v := greeted(t, s, link, connack(protocol, false, 0))
		ended := serve(s)
		because := errors.New("because")
		s.Close(because)
		s.Close(nil)
		v.wantEnd()
		if err := result(t, ended); !errors.Is(err, because) {
			t.Errorf("Serve: %v, want %v", err, because)
		}
	})
}

func TestProbe(t *testing.T) {
	_, address := startMochi(t)
	for _, protocol := range []byte{V311, V5} {
		o := Options{Protocol: protocol, ClientID: "probe", Will: &Will{Topic: "w"}, Expiry: time.Hour}
		ack, err := Probe(deadline(t), dial(t, address), o)
		if err != nil || ack.SessionPresent || protocol == V5 && ack.Properties()["receive maximum"] == "" {
			t.Errorf("protocol %d: %+v, %v", protocol, ack, err)
		}
	}
	conn, v := tcpPair(t)
	v.send(connack(V311, false, 3))
	var refused *ConnackError
	if _, err := Probe(deadline(t), conn, Options{}); !errors.As(err, &refused) || refused.Reason != 3 {
		t.Errorf("got %v, want return code 3", err)
	}
}
