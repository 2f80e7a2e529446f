package paho

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// patience bounds every wait of a test, however busy the machine is.
const patience = time.Minute

// A diary is a Keeper and a Handler that notes what it is told, in order.
type diary struct {
	dial func(ctx context.Context) (net.Conn, error)
	wait time.Duration

	mu      sync.Mutex
	lines   []string
	changed chan struct{}
	ended   error
	failed  error
	session *Session
	// onConnected is called in Connected.
	onConnected func()
}

func newDiary(dial func(ctx context.Context) (net.Conn, error)) *diary {
	return &diary{dial: dial, wait: time.Millisecond, changed: make(chan struct{}, 1)}
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// read returns what was noted so far.
func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

// until waits until the diary satisfies a condition, and returns it.
func (d *diary) until(t *testing.T, what string, condition func(lines []string) bool) []string {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if lines := d.read(); condition(lines) {
			return lines
		}
		select {
		case <-d.changed:
		case <-limit.C:
			t.Fatalf("waited in vain until %s: %q", what, d.read())
		}
	}
}

// has is the condition that a line was noted so often.
func has(line string, times int) func([]string) bool {
	return func(lines []string) bool {
		n := 0
		for _, l := range lines {
			if l == line {
				n++
			}
		}
		return n >= times
	}
}

func (d *diary) Wait() time.Duration {
	d.note("wait")
	return d.wait
}

func (d *diary) Dial(ctx context.Context) (net.Conn, error) {
	d.note("dial")
	return d.dial(ctx)
}

func (d *diary) Failed(err error) {
	d.mu.Lock()
	d.failed = err
	d.mu.Unlock()
	d.note("failed")
}

func (d *diary) Connected(sessionPresent bool) {
	line := "connected"
	if sessionPresent {
		line = "resumed"
	}
	d.note(line)
	if d.onConnected != nil {
		d.onConnected()
	}
}

func (d *diary) Ended(cause error) {
	d.mu.Lock()
	d.ended = cause
	d.mu.Unlock()
	d.note("ended")
}

func (d *diary) Acknowledged(token uint64, reason byte, _ time.Duration) {
	line := "acknowledged " + letter(token)
	if reason >= failure {
		line = "refused " + letter(token)
	}
	d.note(line)
}

func (d *diary) Orphaned(token uint64, _ time.Duration) { d.note("orphaned " + letter(token)) }

func (d *diary) Received(p *mqtt.Publish, _ time.Duration) { d.note("received " + string(p.Payload)) }

func (d *diary) Taken(n int, _ time.Duration) {
	for range n {
		d.note("taken")
	}
}

func (d *diary) Flushed(time.Duration) { d.note("flushed") }

func (d *diary) EndBatch(time.Duration) {}

// eventually waits for a condition of which the diary says nothing.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !condition(); <-time.After(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// letter names a token.
func letter(token uint64) string { return string(rune('a' + token)) }

// publish reserves a message for each token, all in one batch.
func (s *Session) publish(t *testing.T, qos byte, tokens ...uint64) {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	for _, token := range tokens {
		payload := s.Reserve("t", qos, false, 1, token)
		if payload == nil {
			t.Fatalf("no place for message %s", letter(token))
		}
		payload[0] = letter(token)[0]
	}
	s.Flush()
}

// keep keeps a session connected until the test ends.
func keep(t *testing.T, s *Session, d *diary) (stop func()) {
	t.Helper()
	d.session = s
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Keep(ctx, d) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("keep: %v", err)
			}
		case <-time.After(patience):
			t.Errorf("the session goes on after its context has ended")
		}
	})
	t.Cleanup(stop)
	return stop
}

// A server is the other end of connections, played by the test.
type server struct {
	t        *testing.T
	listener net.Listener
}

func listen(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return &server{t: t, listener: listener}
}

// dial connects to the server.
func (s *server) dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", s.listener.Addr().String())
}

// A peer is the server's side of one connection.
type peer struct {
	t *testing.T
	net.Conn
}

// accept takes the next connection.
func (s *server) accept() *peer {
	s.t.Helper()
	if err := s.listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	conn, err := s.listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return &peer{s.t, conn}
}

// welcome takes the next connection and accepts its CONNECT.
func (s *server) welcome(present bool, properties *packets.Properties) (*peer, *packets.Connect) {
	s.t.Helper()
	p := s.accept()
	connect, ok := p.next().Content.(*packets.Connect)
	if !ok {
		s.t.Fatal("the first packet is not CONNECT")
	}
	if properties == nil {
		properties = &packets.Properties{}
	}
	p.send(&packets.Connack{SessionPresent: present, Properties: properties})
	return p, connect
}

// connected welcomes whoever comes until the diary's session is connected: on a busy machine an attempt may take longer
// than it has, and the next one follows.
func (s *server) connected(d *diary) *peer {
	s.t.Helper()
	var last atomic.Pointer[peer]
	go func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.t.Cleanup(func() { conn.Close() })
			last.Store(&peer{s.t, conn})
			// What goes wrong here is the end of an attempt.
			_, _ = packets.ReadPacket(conn)
			_, _ = (&packets.Connack{Properties: &packets.Properties{}}).WriteTo(conn)
		}
	}()
	d.until(s.t, "connected", has("connected", 1))
	return last.Load()
}

// next reads a packet; PINGREQ is answered.
func (p *peer) next() *packets.ControlPacket {
	p.t.Helper()
	for {
		packet, err := packets.ReadPacket(p)
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		if packet.Type != packets.PINGREQ {
			return packet
		}
		p.send(packets.NewControlPacket(packets.PINGRESP).Content)
	}
}

// expect reads the PUBLISH of a message and returns its packet identifier.
func (p *peer) expect(token uint64, dup bool) uint16 {
	p.t.Helper()
	packet := p.next()
	publish, ok := packet.Content.(*packets.Publish)
	if !ok || string(publish.Payload) != letter(token) || publish.Duplicate != dup {
		p.t.Fatalf("got %v, want PUBLISH %s with DUP %v", packet, letter(token), dup)
	}
	return publish.PacketID
}

// send writes a packet.
func (p *peer) send(packet packets.Packet) {
	p.t.Helper()
	if _, err := packet.WriteTo(p); err != nil {
		p.t.Fatalf("write: %v", err)
	}
}

// errAway is what dialling a server that is away ends with.
var errAway = errors.New("server is away")
