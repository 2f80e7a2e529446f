package paho

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// persistent are options of a session that the server keeps.
func persistent() Options {
	return Options{Options: mqtt.Options{ClientID: "c", Expiry: time.Hour, Keepalive: time.Minute, InFlight: 10, ReceiveMaximum: 10}}
}

// CONNECT says what the options say, at every connect.
func TestConnectSaysWhatWasAsked(t *testing.T) {
	s := listen(t)
	o := persistent()
	o.CleanStart, o.Expiry, o.Keepalive, o.Username, o.Password = true, 0, 1500*time.Millisecond, "u", "p"
	o.Will = &mqtt.Will{Topic: "w", Payload: []byte("gone"), QoS: 1, Retain: true, Delay: 3 * time.Second}
	d := newDiary(s.dial)
	keep(t, New(o, d), d)
	for range 2 {
		p, c := s.welcome(false, nil)
		if !c.CleanStart || c.KeepAlive != 2 || c.Username != "u" || string(c.Password) != "p" || c.ClientID != "c" ||
			*c.Properties.ReceiveMaximum != 10 || c.Properties.SessionExpiryInterval != nil {
			t.Errorf("CONNECT %v", c)
		}
		if !c.WillFlag || c.WillTopic != "w" || string(c.WillMessage) != "gone" || c.WillQOS != 1 || !c.WillRetain ||
			*c.WillProperties.WillDelayInterval != 3 {
			t.Errorf("will of CONNECT %v", c)
		}
		p.Close()
	}
}

// Messages leave in order, and each is told to be taken before its acknowledgement, however close that is.
func TestPublish(t *testing.T) {
	for qos := range byte(3) {
		t.Run(fmt.Sprint(qos), func(t *testing.T) {
			s := listen(t)
			d := newDiary(s.dial)
			session := New(persistent(), d)
			keep(t, session, d)
			p, _ := s.welcome(false, nil)
			d.until(t, "connected", has("connected", 1))
			session.publish(t, qos, 0, 1, 2)
			none := &packets.Properties{}
			var ids []uint16
			for token := range uint64(3) {
				ids = append(ids, p.expect(token, false))
			}
			want := []string{"connected", "dial", "flushed", "taken", "taken", "taken"}
			for _, id := range ids {
				switch qos {
				case 1:
					p.send(&packets.Puback{PacketID: id, Properties: none})
				case 2:
					p.send(&packets.Pubrec{PacketID: id, Properties: none})
					if rel, ok := p.next().Content.(*packets.Pubrel); !ok || rel.PacketID != id {
						t.Fatalf("got %v, want PUBREL %d", rel, id)
					}
					p.send(&packets.Pubcomp{PacketID: id, Properties: none})
				}
			}
			if qos > 0 {
				want = append([]string{"acknowledged a", "acknowledged b", "acknowledged c"}, want...)
			}
			lines := d.until(t, "all told", func(lines []string) bool { return len(lines) >= len(want) })
			checkOrder(t, lines)
			if diff := cmp.Diff(want, slices.Sorted(slices.Values(lines))); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// checkOrder checks that as many messages are taken as have an outcome, at any time, and that outcomes come in order.
func checkOrder(t *testing.T, lines []string) {
	t.Helper()
	taken, ended := 0, 0
	for _, line := range lines {
		switch line {
		case "taken":
			taken++
		case "acknowledged a", "acknowledged b", "acknowledged c":
			ended++
		}
		if ended > taken {
			t.Fatalf("%q: acknowledged before it was taken", lines)
		}
	}
}

// A PUBREC that refuses ends a message, a PUBCOMP acknowledges it whatever it says, and so does a PUBACK; an answer for
// another QoS leaves it in doubt.
func TestAnswers(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 2, 0, 1, 2)
	session.publish(t, 1, 3)
	var ids []uint16
	for token := range uint64(4) {
		ids = append(ids, p.expect(token, false))
	}
	none := &packets.Properties{}
	p.send(&packets.Pubrec{PacketID: ids[0], ReasonCode: 0x97, Properties: none})
	p.send(&packets.Pubrec{PacketID: ids[1], Properties: none})
	p.send(&packets.Pubcomp{PacketID: ids[1], ReasonCode: 0x92, Properties: none})
	p.send(&packets.Puback{PacketID: ids[2], Properties: none})
	p.send(&packets.Puback{PacketID: ids[3], ReasonCode: 0x87, Properties: none})
	p.send(&packets.Puback{PacketID: 999, Properties: none}) // nobody's
	d.until(t, "all have an outcome", has("refused d", 1))
	for _, line := range []string{"refused a", "acknowledged b", "orphaned c", "refused d"} {
		if !has(line, 1)(d.read()) {
			t.Errorf("%q without %q", d.read(), line)
		}
	}
	session.Lock()
	defer session.Unlock()
	if room := session.Room(); room != 10 {
		t.Errorf("room for %d, want 10", room)
	}
}

// A session that was kept goes on: what is in flight is sent again, in order, and ends with that connection.
func TestKeptSessionGoesOn(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 1, 0, 1)
	p.expect(0, false)
	p.expect(1, false)
	d.until(t, "flushed", has("flushed", 1))
	p.Close()
	p, c := s.welcome(true, nil)
	if c.CleanStart || *c.Properties.SessionExpiryInterval != 3600 {
		t.Errorf("CONNECT %v", c)
	}
	for token := range uint64(2) {
		p.send(&packets.Puback{PacketID: p.expect(token, true), Properties: &packets.Properties{}})
	}
	got := d.until(t, "acknowledged", has("acknowledged b", 1))
	want := []string{
		"dial", "connected", "taken", "taken", "flushed", "ended", "wait", "dial", "resumed", "acknowledged a", "acknowledged b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// A session that the server has lost ends what is in flight before the connection is told of, and not at a timeout; a
// clean one ends it with its connection.
func TestLostSessionEndsWhatIsInFlight(t *testing.T) {
	for _, clean := range []bool{false, true} {
		t.Run(fmt.Sprint("clean ", clean), func(t *testing.T) {
			s := listen(t)
			o := persistent()
			if clean {
				o.CleanStart, o.Expiry = true, 0
			}
			d := newDiary(s.dial)
			session := New(o, d)
			keep(t, session, d)
			p, _ := s.welcome(false, nil)
			d.until(t, "connected", has("connected", 1))
			session.publish(t, 2, 0)
			session.publish(t, 1, 1)
			p.expect(0, false)
			p.expect(1, false)
			d.until(t, "taken and flushed", func(lines []string) bool {
				return has("taken", 2)(lines) && lines[len(lines)-1] == "flushed"
			})
			p.Close()
			s.welcome(false, nil)
			got := d.until(t, "connected again", has("connected", 2))
			got = got[slices.Index(got, "ended")-2:]
			want := []string{"ended", "wait", "dial", "orphaned a", "orphaned b", "connected"}
			if clean {
				want = []string{"orphaned a", "orphaned b", "ended", "wait", "dial", "connected"}
			} else {
				got = got[2:]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			session.Lock()
			defer session.Unlock()
			if room := session.Room(); room != 10 {
				t.Errorf("room for %d, want 10", room)
			}
		})
	}
}

// The library goes through its list before it waits, and begins without a wait.
func TestRounds(t *testing.T) {
	o := persistent()
	o.Servers = 3
	d := newDiary(func(context.Context) (net.Conn, error) { return nil, errAway })
	keep(t, New(o, d), d)
	got := d.until(t, "two rounds", has("wait", 2))
	want := []string{
		"dial", "failed", "dial", "failed", "dial", "failed", "wait",
		"dial", "failed", "dial", "failed", "dial", "failed", "wait",
	}
	if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(d.failed, errAway) || d.failed.Error() != errAway.Error() {
		t.Errorf("failed with %v, want %v alone", d.failed, errAway)
	}
}

// Every way in which a connection ends or is refused says so in the words of workers/mqtt.
func TestCauses(t *testing.T) {
	dropped := errors.New("dropped")
	tests := []struct {
		name string
		end  func(s *Session, p *peer)
		want error
	}{
		{"closed", func(s *Session, _ *peer) { s.Close(nil) }, mqtt.ErrClosed},
		{"closed for a cause", func(s *Session, _ *peer) { s.Close(dropped) }, dropped},
		{"reset", func(s *Session, _ *peer) { s.Reset(dropped) }, dropped},
		{"told", func(_ *Session, p *peer) {
			p.send(&packets.Disconnect{ReasonCode: 0x8e, Properties: &packets.Properties{ReasonString: "another"}})
		}, &mqtt.DisconnectError{Reason: 0x8e, Text: "another"}},
		{"hung up", func(_ *Session, p *peer) {
			// The library's first PINGREQ is read, so that the end is no reset.
			if _, err := packets.ReadPacket(p); err != nil {
				p.t.Fatal(err)
			}
			p.Close()
		}, errors.New("EOF")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := listen(t)
			d := newDiary(s.dial)
			session := New(persistent(), d)
			keep(t, session, d)
			p, _ := s.welcome(false, nil)
			d.until(t, "connected", has("connected", 1))
			test.end(session, p)
			d.until(t, "ended", has("ended", 1))
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.ended == nil || d.ended.Error() != test.want.Error() {
				t.Errorf("ended by %v, want %v", d.ended, test.want)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	keep(t, New(persistent(), d), d)
	p := s.accept()
	p.next()
	p.send(&packets.Connack{ReasonCode: 0x87, Properties: &packets.Properties{ReasonString: "no"}})
	d.until(t, "failed", has("failed", 1))
	d.mu.Lock()
	defer d.mu.Unlock()
	want := &mqtt.ConnackError{Protocol: mqtt.V5, Reason: 0x87, Text: "no"}
	if got := new(mqtt.ConnackError); !errors.As(d.failed, &got) || *got != *want {
		t.Errorf("failed with %v, want %v", d.failed, want)
	}
}

// A server that takes the connection and says nothing costs the time of an attempt and no more.
func TestSilentServer(t *testing.T) {
	s := listen(t)
	o := persistent()
	o.ConnectTimeout = 50 * time.Millisecond
	d := newDiary(s.dial)
	keep(t, New(o, d), d)
	s.accept()
	d.until(t, "the next attempt", has("dial", 2))
	if !has("failed", 1)(d.read()) {
		t.Errorf("%q without a failed attempt", d.read())
	}
}

// What the server does not take is not offered to the library.
func TestLimits(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	session.Lock()
	if session.Room() != 0 || session.Reserve("t", 0, false, 1, 0) != nil {
		t.Error("room without a connection")
	}
	session.Unlock()
	keep(t, session, d)
	maximum, window, qos, retain := uint32(50), uint16(3), byte(1), byte(0)
	s.welcome(false, &packets.Properties{
		MaximumPacketSize: &maximum, ReceiveMaximum: &window, MaximumQOS: &qos, RetainAvailable: &retain,
	})
	d.until(t, "connected", has("connected", 1))
	session.Lock()
	defer session.Unlock()
	for _, test := range []struct {
		topic  string
		qos    byte
		retain bool
		size   int
		fits   bool
	}{
		{"t", 2, false, 1, false}, {"t", 0, true, 1, false}, {"", 0, false, 1, false},
		{"t", 1, false, 43, false}, {"t", 1, false, 42, true}, {"t", 0, false, 44, true}, {"t", 0, false, 45, false},
	} {
		if got := session.Reserve(test.topic, test.qos, test.retain, test.size, 0) != nil; got != test.fits {
			t.Errorf("%+v: %v", test, got)
		}
	}
	// One of QoS 1 is reserved of the server's three.
	if room := session.Room(); room != 2 {
		t.Errorf("room for %d, want 2", room)
	}
}

// The size of a packet is that of the library's encoding, around the steps of the Remaining Length.
func TestPacketSize(t *testing.T) {
	for _, size := range []int{0, 1, 100, 120, 121, 122, 123, 124, 127, 128, 16_370, 16_375, 16_376, 16_377, 16_378, 16_379, 16_384} {
		for qos := range byte(3) {
			publish := packets.Publish{Topic: "topic", QoS: qos, PacketID: 1, Payload: make([]byte, size), Properties: &packets.Properties{}}
			var written counter
			if _, err := publish.WriteTo(&written); err != nil {
				t.Fatal(err)
			}
			if got := packetSize("topic", qos, size); got != int(written) {
				t.Errorf("QoS %d, payload of %d: %d bytes, want %d", qos, size, got, written)
			}
		}
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// Messages that come right behind CONNACK are told after the connection.
func TestReceiptsFollowTheConnection(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	entered, held := make(chan struct{}), make(chan struct{})
	d.onConnected = func() {
		close(entered)
		<-held
		d.note("introduced")
	}
	keep(t, New(persistent(), d), d)
	p, _ := s.welcome(false, nil)
	none := &packets.Properties{}
	p.send(&packets.Publish{Topic: "t", Payload: []byte("x"), Properties: none})
	p.send(&packets.Publish{Topic: "t", QoS: 1, PacketID: 1, Payload: []byte("y"), Properties: none})
	<-entered
	linger(d, "received x")
	close(held)
	got := d.until(t, "both received", has("received y", 1))
	want := []string{"dial", "connected", "introduced", "received x", "received y"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if ack := p.next(); ack.Type != packets.PUBACK {
		t.Errorf("got %v, want PUBACK", ack)
	}
}

// linger waits a while for what must not happen.
func linger(d *diary, line string) {
	limit := time.After(30 * time.Millisecond)
	for !has(line, 1)(d.read()) {
		select {
		case <-limit:
			return
		case <-d.changed:
		}
	}
}

// The outcome of what was sent again is told after the connection.
func TestOutcomesFollowTheConnection(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 1, 0)
	p.expect(0, false)
	d.until(t, "flushed", has("flushed", 1))
	entered, held := make(chan struct{}), make(chan struct{})
	d.onConnected = func() {
		close(entered)
		<-held
		d.note("introduced")
	}
	p.Close()
	p, _ = s.welcome(true, nil)
	p.send(&packets.Puback{PacketID: p.expect(0, true), Properties: &packets.Properties{}})
	<-entered
	linger(d, "acknowledged a")
	close(held)
	got := d.until(t, "acknowledged", has("acknowledged a", 1))
	if want := []string{"resumed", "introduced", "acknowledged a"}; !slices.Equal(got[len(got)-3:], want) {
		t.Errorf("told %q, want %q at the end", got, want)
	}
}

// A conn does something else than write a PUBLISH.
type conn struct {
	net.Conn
	publish func(p []byte) (int, error)
	writes  atomic.Int64
}

// A slowConn is read no further than CONNACK until its owner bounds the reading or closes it.
type slowConn struct {
	conn
	welcome []byte // what was read
	judged  chan struct{}
	judge   func()
}

func (c *slowConn) Read(p []byte) (int, error) {
	if len(c.welcome) > 1 && len(c.welcome) >= 2+int(c.welcome[1]) {
		<-c.judged
	}
	n, err := c.conn.Read(p)
	c.welcome = append(c.welcome, p[:n]...)
	return n, err
}

func (c *slowConn) Close() error {
	defer c.judge()
	return c.conn.Close()
}

func (c *slowConn) SetReadDeadline(at time.Time) error {
	defer c.judge()
	return c.conn.SetReadDeadline(at)
}

// What the server sent before a write failed is read all the same.
func TestFailingWriteLeavesWhatIsThere(t *testing.T) {
	s := listen(t)
	d := newDiary(func(ctx context.Context) (net.Conn, error) {
		inner, err := s.dial(ctx)
		judged := make(chan struct{})
		c := &slowConn{judged: judged, judge: sync.OnceFunc(func() { close(judged) })}
		c.Conn = inner
		c.publish = func(p []byte) (int, error) {
			if p[len(p)-1] == letter(1)[0] {
				return 0, errAway
			}
			return inner.Write(p)
		}
		return c, err
	})
	o := persistent()
	o.Keepalive = 0 // Where a ping fails, the library closes.
	session := New(o, d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 1, 0)
	p.send(&packets.Puback{PacketID: p.expect(0, false), Properties: &packets.Properties{}})
	p.send(&packets.Publish{Topic: "t", Payload: []byte("x"), Properties: &packets.Properties{}})
	p.Close()
	session.publish(t, 1, 1)
	got := d.until(t, "ended", has("ended", 1))
	for _, line := range []string{"acknowledged a", "received x"} {
		if !has(line, 1)(got) {
			t.Errorf("told %q, not %q before the end", got, line)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(d.ended, errAway) {
		t.Errorf("ended by %v, want the error of writing", d.ended)
	}
}

func (c *conn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	if p[0]>>4 == packets.PUBLISH {
		return c.publish(p)
	}
	return c.Conn.Write(p)
}

// An acknowledgement that overtakes the word that its message was written comes after it all the same; and a packet
// leaves in one write.
func TestAcknowledgementOvertakes(t *testing.T) {
	s := listen(t)
	var d *diary
	var writes *atomic.Int64
	d = newDiary(func(ctx context.Context) (net.Conn, error) {
		inner, err := s.dial(ctx)
		c := &conn{Conn: inner}
		writes = &c.writes
		c.publish = func(p []byte) (int, error) {
			n, err := inner.Write(p)
			d.until(t, "acknowledged", has("acknowledged a", 1))
			return n, err
		}
		return c, err
	})
	o := persistent()
	o.Keepalive = 0
	session := New(o, d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 1, 0)
	p.send(&packets.Puback{PacketID: p.expect(0, false), Properties: &packets.Properties{}})
	got := d.until(t, "flushed", has("flushed", 1))
	want := []string{"dial", "connected", "taken", "acknowledged a", "flushed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if n := writes.Load(); n != 2 {
		t.Errorf("CONNECT and PUBLISH in %d writes, want 2", n)
	}
}

// What could not be written ends the connection. At QoS 0 it is lost; at QoS 1 the library sends again what it had, and
// what it had not follows, before anything new.
func TestFailingWrite(t *testing.T) {
	for qos := range byte(2) {
		t.Run(fmt.Sprint(qos), func(t *testing.T) {
			s := listen(t)
			failing := true
			d := newDiary(func(ctx context.Context) (net.Conn, error) {
				inner, err := s.dial(ctx)
				if !failing {
					return inner, err
				}
				failing = false
				return &conn{Conn: inner, publish: func([]byte) (int, error) { return 0, errAway }}, err
			})
			session := New(persistent(), d)
			keep(t, session, d)
			s.welcome(false, nil)
			d.until(t, "connected", has("connected", 1))
			session.publish(t, qos, 0, 1)
			p, _ := s.welcome(true, nil)
			d.until(t, "resumed", has("resumed", 1))
			session.publish(t, qos, 2)
			if qos > 0 {
				p.expect(0, true)
				p.expect(1, false)
			}
			p.expect(2, false)
			got := d.until(t, "the new one is taken", has("taken", 1))
			if n := len(slices.DeleteFunc(got, func(line string) bool { return line != "taken" })); n != 1 {
				t.Errorf("%d messages taken for the first time, want 1: the others were counted with the first connection", n)
			}
		})
	}
}

// What is handed over to a connection that is broken already was not taken, and is sent with the next one.
func TestHandedOverToABrokenConnection(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	o := persistent()
	o.Keepalive = 0 // Where a ping fails, the library closes.
	session := New(o, d)
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.Lock()
	l := session.link
	session.Unlock()
	l.Lock()
	session.Lock()
	session.Reserve("t", 2, false, 1, 0)[0] = letter(0)[0]
	l.broken = errAway // by a packet that is no message
	if session.Room() > 0 || session.Reserve("t", 0, false, 1, 1) != nil {
		t.Error("a broken connection takes messages")
	}
	session.Flush()
	session.Unlock()
	l.Unlock()
	eventually(t, "it is handed over", func() bool {
		session.Lock()
		defer session.Unlock()
		return session.outbox.sending != nil && session.outbox.sending.stored
	})
	p.Close()
	p, _ = s.welcome(true, nil)
	p.expect(0, true)
	got := d.until(t, "resumed", has("resumed", 1))
	if has("flushed", 1)(got) || has("taken", 1)(got) {
		t.Errorf("told %q: the broken connection took nothing", got)
	}
}

// The time for an attempt does not bound the connection.
func TestConnectionOutlivesTheAttempt(t *testing.T) {
	s := listen(t)
	o := persistent()
	o.ConnectTimeout = 200 * time.Millisecond
	d := newDiary(s.dial)
	keep(t, New(o, d), d)
	p := s.connected(d)
	<-time.After(2 * o.ConnectTimeout)
	p.send(&packets.Publish{Topic: "t", Payload: []byte("x"), Properties: &packets.Properties{}})
	if got := d.until(t, "received", has("received x", 1)); has("ended", 1)(got) {
		t.Errorf("told %q", got)
	}
}

// A SUBSCRIBE is answered by its codes, refused ones included; one without an answer ends with its connection.
func TestSubscribe(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := session.Subscribe(ctx, []mqtt.Subscription{{Filter: "f"}}); !errors.Is(err, mqtt.ErrNotConnected) {
		t.Errorf("without a connection: %v", err)
	}
	keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	type answer struct {
		suback mqtt.Suback
		err    error
	}
	answers := make(chan answer, 1)
	ask := func() {
		suback, err := session.Subscribe(ctx, []mqtt.Subscription{{Filter: "f", QoS: 1}, {Filter: "g", QoS: 2}})
		answers <- answer{suback, err}
	}
	go ask()
	subscribe := p.next().Content.(*packets.Subscribe)
	p.send(&packets.Suback{PacketID: subscribe.PacketID, Reasons: []byte{1, 0x87}, Properties: &packets.Properties{}})
	if a := <-answers; a.err != nil || !slices.Equal(a.suback.Codes, []byte{1, 0x87}) || a.suback.At == 0 {
		t.Errorf("answered %+v", a)
	}
	go ask()
	p.next()
	p.Close()
	if a := <-answers; !errors.Is(a.err, errEnded) {
		t.Errorf("answered %+v, want the end of the connection", a)
	}
}

// A server that reads nothing keeps neither Disconnect nor Close waiting.
func TestCloseWithABlockedSocket(t *testing.T) {
	s := listen(t)
	o := persistent()
	d := newDiary(s.dial)
	session := New(o, d)
	keep(t, session, d)
	s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.Lock()
	for token := range uint64(4) {
		session.Reserve("t", 0, false, 8<<20, token)
	}
	session.Flush()
	session.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := session.Disconnect(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("disconnect: %v", err)
	}
	session.Close(nil)
	got := d.until(t, "ended", has("ended", 1))
	if has("flushed", 1)(got) {
		t.Errorf("%q: the socket cannot have taken everything", got)
	}
}

// DISCONNECT is the last packet, behind everything that was reserved.
func TestDisconnectComesLast(t *testing.T) {
	s := listen(t)
	d := newDiary(s.dial)
	session := New(persistent(), d)
	stop := keep(t, session, d)
	p, _ := s.welcome(false, nil)
	d.until(t, "connected", has("connected", 1))
	session.publish(t, 0, 0, 1, 2)
	go stop()
	for token := range uint64(3) {
		p.expect(token, false)
	}
	if last := p.next(); last.Type != packets.DISCONNECT {
		t.Errorf("got %v, want DISCONNECT", last)
	}
	d.until(t, "ended", has("ended", 1))
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(d.ended, mqtt.ErrClosed) {
		t.Errorf("ended by %v", d.ended)
	}
}

// Nothing is left running.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		s := listen(t)
		d := newDiary(s.dial)
		session := New(persistent(), d)
		stop := keep(t, session, d)
		p, _ := s.welcome(false, nil)
		d.until(t, "connected", has("connected", 1))
		session.publish(t, 1, 0, 1)
		p.expect(0, false)
		p.Close()
		s.welcome(true, nil)
		d.until(t, "resumed", has("resumed", 1))
		stop()
	}
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 64<<10)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
}
