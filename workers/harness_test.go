package workers

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// patience bounds every wait for what has to happen, however busy the machine is; nothing is asserted about how long it
// took.
const patience = time.Minute

// startMochi starts a broker in this process and returns its address.
func startMochi(t testing.TB) string {
	t.Helper()
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	if err := server.AddListener(listener); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close broker: %v", err)
		}
	})
	return listener.Address()
}

// startBroker starts a broker that does nothing wrong and keeps sessions over connections, and returns its address.
func startBroker(t testing.TB) string {
	t.Helper()
	broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("close broker: %v", err)
		}
	})
	return broker.Addr()
}

// errDown is what a dial to a broker that is away ends with.
var errDown = errors.New("broker is away")

// A network dials brokers by address and can take any of them away: their connections break and dials fail. It carries
// the bytes itself, since a connection belongs to the session that it was dialed for.
type network struct {
	addresses []string

	mu    sync.Mutex
	down  []bool
	links []map[*cable]bool
	// dialed lists the brokers of all attempts, in order.
	dialed []int
}

// A cable is a connection that the network carries: its end at the client's side, and at the broker's.
type cable struct{ near, far net.Conn }

// cut breaks the cable; its ends may be closed already.
func (c *cable) cut() {
	_ = c.near.Close()
	_ = c.far.Close()
}

// newNetwork connects to those addresses.
func newNetwork(addresses ...string) *network {
	n := &network{addresses: addresses, down: make([]bool, len(addresses))}
	for range addresses {
		n.links = append(n.links, make(map[*cable]bool))
	}
	return n
}

// Dial implements Dialer.
func (n *network) Dial(ctx context.Context, broker int) (net.Conn, error) {
	n.mu.Lock()
	down := n.down[broker]
	n.dialed = append(n.dialed, broker)
	n.mu.Unlock()
	if down {
		return nil, errDown
	}
	far, err := new(net.Dialer).DialContext(ctx, "tcp", n.addresses[broker])
	if err != nil {
		return nil, err
	}
	conn, near, err := pair(ctx)
	if err != nil {
		return nil, errors.Join(err, far.Close())
	}
	c := &cable{near, far}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down[broker] {
		c.cut()
		return nil, errors.Join(errDown, conn.Close())
	}
	n.links[broker][c] = true
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(way[1], way[0])
			c.cut()
			n.mu.Lock()
			defer n.mu.Unlock()
			delete(n.links[broker], c)
		}()
	}
	return conn, nil
}

// pair returns both ends of a TCP connection.
func pair(ctx context.Context) (conn, near net.Conn, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = listener.Close() }()
	if conn, err = new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String()); err != nil {
		return nil, nil, err
	}
	if near, err = listener.Accept(); err != nil { // the kernel has connected already
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, near, nil
}

// cut takes a broker away; it keeps its memory.
func (n *network) cut(broker int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down[broker] = true
	for c := range n.links[broker] {
		c.cut()
	}
}

// restore brings it back.
func (n *network) restore(broker int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down[broker] = false
}

// attempts returns the brokers that were dialed so far.
func (n *network) attempts() []int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]int(nil), n.dialed...)
}

// A direct dialer connects to one broker, whatever the number, and to it itself.
type direct string

// Dial implements Dialer.
func (d direct) Dial(ctx context.Context, _ int) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", string(d))
}

// A trial is a fleet with its record.
type trial struct {
	assignment *Assignment
	recorder   *history.Recorder
	fleet      *Fleet
	dir        string
	closed     bool
}

// load is a scenario with settings that suit tests: one broker, and clients that come back fast.
func load(publishers scenarios.PublisherGroup, subscribers ...scenarios.SubscriberGroup) *scenarios.Scenario {
	publishers.Brokers = "spread"
	if publishers.Payload == 0 {
		publishers.Payload = 64
	}
	for i := range subscribers {
		subscribers[i].Brokers = "spread"
	}
	return &scenarios.Scenario{
		Name: "test", Seed: 11,
		Topology: scenarios.Topology{Shape: scenarios.ShapeCluster, Nodes: 1},
		Workload: scenarios.Workload{
			Client: scenarios.Client{
				Protocol: scenarios.Protocol311, Session: scenarios.SessionClean, Keepalive: time.Minute,
				ConnectTimeout: patience, InFlight: 100, Backlog: 1000,
				Reconnect: scenarios.Reconnect{
					Backoff: scenarios.Backoff{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond},
					Brokers: scenarios.StrategyRotate,
				},
			},
			Publishers: []scenarios.PublisherGroup{publishers}, Subscribers: subscribers,
		},
		Phases: scenarios.Phases{Measure: time.Second},
	}
}

// begin makes a fleet and its record.
func begin(t testing.TB, s *scenarios.Scenario, d Dialer) *trial {
	t.Helper()
	// A run has a number of its own, so that no session of another test is waiting at a shared broker.
	number := fnv.New64a()
	number.Write([]byte(t.Name()))
	a, err := Assign(s, number.Sum64())
	if err != nil {
		t.Fatal(err)
	}
	publishers, subscribers := a.Infos()
	dir := t.TempDir()
	recorder, err := history.NewRecorder(history.Options{
		Dir: dir, Epoch: time.Now(), Publishers: publishers, Subscribers: subscribers, LateBound: LateBound,
		Meta: history.Meta{
			RunID: a.RunID, Seed: a.Seed, Brokers: a.Brokers, Started: time.Now(), SharedSessions: !a.Apart,
			PersistentSessions: a.Client.Session == scenarios.SessionPersistent,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{assignment: a, recorder: recorder, fleet: NewFleet(a, d, recorder), dir: dir}
	t.Cleanup(func() { tr.close(t) })
	return tr
}

// connect connects all clients.
func (tr *trial) connect(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := tr.fleet.Connect(ctx); err != nil {
		t.Fatal(err)
	}
}

// publish offers the whole load from now on.
func (tr *trial) publish(t testing.TB) {
	t.Helper()
	tr.recorder.BeginPhase("measure")
	start := tr.recorder.Now()
	if err := tr.fleet.Publish(t.Context(), start, start+tr.assignment.Warmup+tr.assignment.Measure); err != nil {
		t.Fatal(err)
	}
}

// publishing offers the load until it is stopped.
func (tr *trial) publishing(t testing.TB) (stop func()) {
	t.Helper()
	tr.recorder.BeginPhase("measure")
	start := tr.recorder.Now()
	ctx, cancel := context.WithCancel(t.Context())
	published := make(chan error, 1)
	go func() { published <- tr.fleet.Publish(ctx, start, start+tr.assignment.Warmup+tr.assignment.Measure) }()
	return func() {
		cancel()
		if err := <-published; !errors.Is(err, context.Canceled) {
			t.Errorf("the load ended with %v", err)
		}
	}
}

// drain waits until everything has arrived, or for so long.
func (tr *trial) drain(t testing.TB, bound time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	return tr.fleet.Drain(ctx)
}

// close ends the fleet.
func (tr *trial) close(t testing.TB) {
	t.Helper()
	if err := tr.end(); err != nil {
		t.Errorf("close fleet: %v", err)
	}
}

// abandon ends a fleet whose connections may break at that very moment, so that some cannot say DISCONNECT.
func (tr *trial) abandon() { _ = tr.end() }

// end ends the fleet, once.
func (tr *trial) end() error {
	if tr.closed {
		return nil
	}
	tr.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return tr.fleet.Close(ctx)
}

// finish ends the fleet and returns the record, in which every message that was due must have its outcome.
func (tr *trial) finish(t testing.TB) *history.Run {
	t.Helper()
	tr.close(t)
	run, err := tr.recorder.Finish(false)
	if err != nil {
		t.Fatal(err)
	}
	for n := range run.Publishers {
		tr.checkOutcomes(t, n, &run.Publishers[n])
	}
	return run
}

// checkOutcomes checks that the fates of a publisher's messages add up: none is forgotten, and none has two.
func (tr *trial) checkOutcomes(t testing.TB, n int, p *history.Publisher) {
	t.Helper()
	if uint64(p.Next) != p.Due {
		t.Errorf("publisher %d: %d messages due, %d attempted or given up", n, p.Due, p.Next)
	}
	if p.QoS == 0 {
		return
	}
	outcomes := p.Acknowledged.Len() + p.Refused.Len() + p.InDoubt.Len() + p.Unsent.Len()
	if outcomes != p.Due {
		t.Errorf("publisher %d: %d messages due, %d outcomes", n, p.Due, outcomes)
	}
	for seq := range p.Next {
		known := 0
		for _, set := range []*history.Sequences{&p.Acknowledged, &p.Refused, &p.InDoubt, &p.Unsent} {
			if set.Contains(seq) {
				known++
			}
		}
		if known != 1 {
			t.Errorf("publisher %d: message %d has %d outcomes", n, seq, known)
		}
	}
}

// due is the number of messages that were offered so far.
func (tr *trial) due() (due uint64) {
	for _, p := range tr.fleet.publishers {
		p.session.Lock()
		due += uint64(p.due)
		p.session.Unlock()
	}
	return due
}

// dueOf is the number of messages that publisher n has had to offer so far.
func (tr *trial) dueOf(n int) uint64 {
	p := tr.fleet.publishers[n]
	p.session.Lock()
	defer p.session.Unlock()
	return uint64(p.due)
}

// dueByPlan is the number of messages that publisher n has to offer.
func (tr *trial) dueByPlan(n int) uint64 {
	return tr.assignment.Schedules().Pacer(n).Before(tr.assignment.Warmup + tr.assignment.Measure)
}

// lives returns what the journals say of publisher n's messages. The run has to be finished.
func (tr *trial) lives(t testing.TB, n int) map[uint32]history.Detail {
	t.Helper()
	all := roaring.New()
	all.AddRange(0, tr.dueByPlan(n))
	lives, err := history.Details(tr.dir, map[int]*roaring.Bitmap{n: all})
	if err != nil {
		t.Fatal(err)
	}
	return lives[n]
}

// down waits until every client knows that it has no connection.
func (tr *trial) down(t testing.TB) {
	t.Helper()
	tr.all(t, "the connections are known to be dead", func(c *client) bool { return !c.up })
}

// back waits until every client has as many connections behind it, the present one included.
func (tr *trial) back(t testing.TB, links int) {
	t.Helper()
	tr.all(t, "the clients are back", func(c *client) bool { return c.up && c.links >= links })
}

// all waits until a condition that needs the session's lock has held for each client, one after the other.
func (tr *trial) all(t testing.TB, what string, condition func(c *client) bool) {
	t.Helper()
	for _, c := range tr.fleet.clients {
		eventually(t, what, func() bool {
			c.session.Lock()
			defer c.session.Unlock()
			return condition(c)
		})
	}
}

// events counts the events of a kind.
func events(run *history.Run, kind history.EventKind) int {
	n := 0
	for _, e := range run.Events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain until %s", what)
		case <-ticker.C:
		}
	}
}
