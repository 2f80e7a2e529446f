package workers

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// A lazyBroker answers CONNECT (3.1.1) and reads nothing more until it is woken; then it reads everything and
// acknowledges.
type lazyBroker struct {
	listener net.Listener
	awake    chan struct{}
	mute     bool // it acknowledges nothing
	served   sync.WaitGroup
	mu       sync.Mutex
	read     int
}

// startLazyBroker starts one for a single client.
func startLazyBroker(t *testing.T) *lazyBroker {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &lazyBroker{listener: listener, awake: make(chan struct{})}
	b.served.Go(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		b.serve(conn)
	})
	t.Cleanup(func() {
		listener.Close()
		b.served.Wait()
	})
	return b
}

// Dial implements Dialer with small socket buffers, so that they are soon full.
func (b *lazyBroker) Dial(ctx context.Context, _ int) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", b.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(64 << 10)
}

// serve answers the packets of one connection.
func (b *lazyBroker) serve(conn net.Conn) {
	if conn.(*net.TCPConn).SetReadBuffer(64<<10) != nil || b.packet(conn) != nil {
		return
	}
	if _, err := conn.Write([]byte{0x20, 2, 0, 0}); err != nil {
		return
	}
	<-b.awake
	for b.packet(conn) == nil {
		continue
	}
}

// packet reads one packet and acknowledges a PUBLISH of QoS 1.
func (b *lazyBroker) packet(conn net.Conn) error {
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return err
	}
	length, err := binary.ReadUvarint(oneByte{conn})
	if err != nil {
		return err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	if first[0]>>4 != 3 {
		return nil
	}
	b.mu.Lock()
	b.read++
	b.mu.Unlock()
	if first[0]&0x06 == 0 || b.mute {
		return nil
	}
	id := body[2+int(binary.BigEndian.Uint16(body)):]
	_, err = conn.Write([]byte{0x40, 2, id[0], id[1]})
	return err
}

// messages is the number of messages read.
func (b *lazyBroker) messages() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.read
}

// oneByte reads single bytes.
type oneByte struct{ io.Reader }

func (r oneByte) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(r, b[:])
	return b[0], err
}

// handed is how many messages were handed to the socket so far or given up, and how many of them it has not taken.
func (p *publisher) handed() (sent, waiting uint64) {
	p.session.Lock()
	defer p.session.Unlock()
	for slot := p.flights.waiting; slot != none; slot = p.flights.slots[slot].next {
		waiting++
	}
	return uint64(p.sent), waiting
}

// A broker that takes no data, or acknowledges nothing, delays messages; that must not be called the generator's
// lateness.
func TestASlowBrokerIsNotASlowGenerator(t *testing.T) {
	tests := []struct {
		name    string
		group   scenarios.PublisherGroup
		backlog int
	}{
		{"socket blocked, QoS 0", scenarios.PublisherGroup{QoS: 0, Payload: 64 << 10, Rate: 100}, 1000},
		{"socket blocked, QoS 1", scenarios.PublisherGroup{QoS: 1, Payload: 64 << 10, Rate: 100}, 1000},
		{"window full", scenarios.PublisherGroup{QoS: 1, Payload: 64, Rate: 300}, 1000},
		{"window full, hardly any backlog", scenarios.PublisherGroup{QoS: 1, Payload: 64, Rate: 300}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.group.Name, test.group.Count, test.group.Topic = "p", 1, "t"
			s := load(test.group)
			s.Workload.Client.Backlog, s.Workload.Client.InFlight = test.backlog, 20
			s.Phases.Measure = 400 * time.Millisecond
			broker := startLazyBroker(t)
			tr := begin(t, s, broker)
			tr.connect(t)
			tr.publish(t)
			p := tr.fleet.publishers[0]
			if !p.unsettled() {
				t.Error("nothing was held up")
			}
			handed, _ := p.handed()
			close(broker.awake)
			if behind := tr.drain(t, patience); behind != 0 {
				t.Errorf("%d behind after the drain", behind)
			}
			run := tr.finish(t)
			got := run.Publishers[0]
			written := got.Due - got.Unsent.Len()
			handed -= got.Unsent.Len() // All of them were given up while the load was offered.
			if got.Due != tr.dueByPlan(0) || run.Generator.Written != written {
				t.Errorf("%d due, %d unsent, %d written", got.Due, got.Unsent.Len(), run.Generator.Written)
			}
			if test.backlog == 1000 && got.Unsent.Len() != 0 {
				t.Errorf("%d unsent", got.Unsent.Len())
			}
			eventually(t, "the broker has read everything", func() bool { return uint64(broker.messages()) == written })
			// On a busy machine the generator may really have been late with what it handed over before the broker held
			// it up.
			if late := run.Generator.Late; late > handed {
				t.Errorf("%d of %d messages are late by the generator's fault, and only %d were not held up", late, written, handed)
			}
		})
	}
}

// At the end of a run in which the broker never answered, what was written is in doubt, in order, and the rest is
// unsent.
func TestWhatABrokerNeverAnsweredIsInDoubt(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 200})
	s.Workload.Client.InFlight = 7
	s.Phases.Measure = 200 * time.Millisecond
	broker := startLazyBroker(t)
	tr := begin(t, s, broker)
	tr.connect(t)
	tr.publish(t)
	if behind := tr.drain(t, 20*time.Millisecond); behind == 0 {
		t.Error("nothing is behind although nothing was acknowledged")
	}
	got := tr.finish(t).Publishers[0]
	if got.InDoubt.Len() != 7 || got.Unsent.Len() != got.Due-7 || got.Due != 40 {
		t.Errorf("%d due, %d in doubt, %d unsent; want 40, 7, 33", got.Due, got.InDoubt.Len(), got.Unsent.Len())
	}
	close(broker.awake)
}

// When a connection ends while its socket is blocked, exactly what the socket has taken to the last byte is written or
// in doubt, none of it later than the connection's end; the rest has never left, and is unsent.
func TestWhatNeverLeftIsUnsent(t *testing.T) {
	tests := []struct {
		name    string
		qos     scenarios.QoS
		session scenarios.Session
		leave   bool // the fleet closes; else the connection breaks
	}{
		{"QoS 0", 0, scenarios.SessionClean, false},
		{"QoS 0, persistent", 0, scenarios.SessionPersistent, false},
		{"QoS 1, clean", 1, scenarios.SessionClean, false},
		{"QoS 1, persistent, at the end", 1, scenarios.SessionPersistent, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: test.qos, Rate: 4000, Payload: 3011})
			s.Workload.Client.Session, s.Workload.Client.InFlight = test.session, 1000
			s.Workload.Client.Reconnect.Backoff = scenarios.Backoff{Min: time.Hour, Max: time.Hour}
			s.Phases.Measure = 250 * time.Millisecond
			broker := startLazyBroker(t)
			broker.mute = true
			tr := begin(t, s, broker)
			tr.connect(t)
			start := tr.recorder.Now()
			// Everything is due at once, so that whole batches are handed to the socket.
			eventually(t, "the load lies in the past", func() bool { return tr.recorder.Now() > start+s.Phases.Measure })
			if err := tr.fleet.Publish(t.Context(), start, start+s.Phases.Measure); err != nil {
				t.Fatal(err)
			}
			p := tr.fleet.publishers[0]
			// What is on its way goes on until the buffers of the system are full.
			sent, waiting := p.handed()
			before := tr.recorder.Now()
			if !test.leave {
				p.session.Close(errors.New("cable pulled"))
				eventually(t, "the end is recorded", func() bool {
					p.session.Lock()
					defer p.session.Unlock()
					return !p.up
				})
			} else {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := tr.fleet.Close(ctx); err == nil {
					t.Error("a blocked socket took DISCONNECT")
				}
				tr.closed = true
			}
			run := tr.finish(t)
			close(broker.awake)
			broker.served.Wait()
			got, read := run.Publishers[0], uint64(broker.messages())
			if read == 0 || read == got.Due || got.Unsent.Len() != got.Due-read {
				t.Errorf("%d due, %d read by the broker, %d unsent", got.Due, read, got.Unsent.Len())
			}
			if test.qos > 0 && got.InDoubt.Len() != read || run.Generator.Written != read {
				t.Errorf("%d in doubt, %d written, want %d", got.InDoubt.Len(), run.Generator.Written, read)
			}
			lives := tr.lives(t, 0)
			for seq, m := range lives {
				if uint64(seq) < sent-waiting && m.Written > before {
					t.Errorf("message %d was written at %v, and before %v it was on its way", seq, m.Written, before)
				}
			}
			if uint64(len(lives)) != read {
				t.Errorf("the journal tells of %d messages, want %d", len(lives), read)
			}
		})
	}
}

// A hindrance excuses what it held up, and not what became due after it: the generator that sends that too late is
// late, also where the backlog holds nothing.
func TestAHindranceExcusesOnlyWhatItHeldUp(t *testing.T) {
	s := load(scenarios.PublisherGroup{Name: "p", Count: 1, Topic: "t", QoS: 1, Rate: 10})
	s.Workload.Client.InFlight, s.Workload.Client.Backlog = 1, 0
	broker := startLazyBroker(t)
	tr := begin(t, s, broker)
	tr.connect(t)
	p := tr.fleet.publishers[0]
	tr.fleet.start = tr.recorder.Now() + time.Hour // so that they are not late
	// The first message fills the window, the second one finds it full and is given up.
	due := p.offer(p.offer(p.nextDue, time.Hour), time.Hour)
	close(broker.awake)
	eventually(t, "the first message is acknowledged", func() bool { return !p.unsettled() })
	intended := tr.recorder.Now()
	tr.fleet.start = intended - due
	eventually(t, "the third message is late", func() bool { return tr.recorder.Now() > intended+2*LateBound })
	p.offer(due, time.Hour)
	eventually(t, "the third message is acknowledged", func() bool { return !p.unsettled() })
	run := tr.finish(t)
	if got := run.Publishers[0]; got.Due != 3 || got.Unsent.Len() != 1 || run.Generator.Late != 1 {
		t.Errorf("%d due, %d unsent, %d late, want 3, 1 and 1", got.Due, got.Unsent.Len(), run.Generator.Late)
	}
}
