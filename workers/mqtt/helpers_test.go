package mqtt

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of these tests, however busy the machine is; nothing is asserted about how long something
// took.
const patience = time.Minute

// A diary is a handler that writes down what it is told, in words.
type diary struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{}
	// onEndBatch, where set, is called with the session's lock held.
	onEndBatch func()
}

func newDiary() *diary { return &diary{changed: make(chan struct{})} }

func (d *diary) write(format string, arguments ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, arguments...))
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *diary) Acknowledged(token uint64, reason byte, _ time.Duration) {
	d.write("ack %d 0x%02x", token, reason)
}

func (d *diary) Orphaned(token uint64, _ time.Duration) { d.write("orphan %d", token) }

func (d *diary) Received(p *Publish, _ time.Duration) {
	flags := ""
	if p.Dup {
		flags += " dup"
	}
	if p.Retain {
		flags += " retain"
	}
	payload := string(p.Payload)
	if len(payload) > 40 {
		payload = fmt.Sprintf("%d bytes of %q", len(payload), payload[:1])
	}
	d.write("got %s %s q%d%s", p.Topic, payload, p.QoS, flags)
}

func (d *diary) Taken(n int, _ time.Duration) { d.write("taken %d", n) }

func (d *diary) Flushed(time.Duration) { d.write("flushed") }

func (d *diary) EndBatch(time.Duration) {
	if d.onEndBatch != nil {
		d.onEndBatch()
	}
}

// about are the lines that begin with one of the words.
func (d *diary) about(words ...string) (found []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, line := range d.lines {
		for _, word := range words {
			if strings.HasPrefix(line, word) {
				found = append(found, line)
			}
		}
	}
	return found
}

// await waits until there are n lines that begin with one of the words, and returns them.
func (d *diary) await(t *testing.T, n int, words ...string) []string {
	t.Helper()
	limit := time.After(patience)
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if found := d.about(words...); len(found) >= n {
			return found
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("waited for %d of %q, got %q of %q", n, words, d.about(words...), d.about(""))
		}
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	limit := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// deadline is a context for one wait.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// dial connects to a test server over TCP.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(deadline(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(conn) })
	return conn
}

// serve runs Serve and returns where its result will be.
func serve(s *Session) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	return ended
}

// result waits for the end of Serve.
func result(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatal("waited in vain for a result")
		return nil
	}
}

// publish reserves and flushes one message as soon as there is room.
func publish(t *testing.T, s *Session, topic string, qos byte, payload string, token uint64) {
	t.Helper()
	eventually(t, "room for "+payload, func() bool {
		s.Lock()
		defer s.Unlock()
		if s.Room() == 0 {
			return false
		}
		room := s.Reserve(topic, qos, false, len(payload), token)
		if room == nil {
			t.Errorf("reserve: %v", s.CanPublish(topic, qos, false, len(payload)))
			return true
		}
		copy(room, payload)
		s.Flush()
		return true
	})
}
