package workers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/transport"
)

// LateBound is the delay from which a message that nothing but mqbench held up is recorded as late. The recorder's
// options have to name the same bound. It is well above what a scheduler that also runs the brokers holds a thread up
// for now and then, and small beside the seconds that a failover takes; publish delay shows what lies below it.
const LateBound = 25 * time.Millisecond

// A Dialer opens a connection to a broker by its number. The context bounds the attempt.
type Dialer interface {
	Dial(ctx context.Context, broker int) (net.Conn, error)
}

// A SourceDialer is a Dialer that can connect from an address of this machine. It is needed where the scenario names
// source addresses.
type SourceDialer interface {
	Dialer
	DialFrom(ctx context.Context, broker int, source netip.Addr) (net.Conn, error)
}

// A Fleet is the simulated clients of a run. Its methods are called one after another: Connect, Publish, Drain, Close;
// Close ends the fleet from wherever it is and has to be called in any case. Disconnect may be called meanwhile.
//
// A client has a goroutine only while it waits for something: to connect, to subscribe, or to try again.
// The load is offered by shards, one per core, which know intended times and nothing of connections. What belongs to a
// client is guarded by the lock of its session; clients share no lock.
type Fleet struct {
	assignment *Assignment
	dialer     Dialer
	// transport makes the handshakes on what dialer returns; nil: there are none.
	transport *transport.Transport
	recorder  *history.Recorder

	// clients are all clients in the order in which they connect: subscribers, then publishers.
	clients     []*client
	publishers  []*publisher
	subscribers []*subscriber
	// topics holds the topic of each publisher, wills the topics of messages that brokers send in a client's name.
	topics []string
	wills  map[string]struct{}
	// turns holds, by home, all brokers in turn.
	turns  [][]int
	keeper keeper
	// sources are the addresses from which clients connect, in turn by their number; none: the system chooses.
	sources []netip.Addr
	// poller serves the connections, from Connect to Close.
	poller mqtt.Poller

	// alive ends when the fleet closes; it bounds every attempt to connect.
	alive context.Context
	end   context.CancelFunc
	// hope ends, by despair, when a client cannot be connected whatever is tried.
	hope    context.Context
	despair context.CancelCauseFunc
	// living counts the clients that are kept connected, with a goroutine at the moment or without, and the keeper.
	living sync.WaitGroup
	// missing counts clients that were never ready; ready is closed when it comes to zero.
	missing atomic.Int64
	ready   chan struct{}
	// start is when the load starts: written before the first message is due, and read only where one is.
	start     time.Duration
	published atomic.Bool
}

// NewFleet makes the clients of an assignment. It connects nothing. The recorder must have been made with the infos of
// the assignment and with [LateBound].
func NewFleet(a *Assignment, d Dialer, r *history.Recorder) *Fleet {
	f := &Fleet{assignment: a, dialer: d, recorder: r, wills: make(map[string]struct{}), ready: make(chan struct{})}
	f.alive, f.end = context.WithCancel(context.Background())
	f.hope, f.despair = context.WithCancelCause(f.alive)
	f.keeper = newKeeper(a.Clients())
	f.sources, _ = a.Client.Sources() // The validation has refused what is no address.
	for home := range a.Brokers {
		f.turns = append(f.turns, a.inTurn(home))
	}
	schedules := a.Schedules()
	for n, p := range a.Publishers {
		f.topics = append(f.topics, p.Topic)
		if p.Will != nil {
			f.wills[p.Will.Topic] = struct{}{}
		}
		f.publishers = append(f.publishers, newPublisher(f, n, schedules))
	}
	for n := range a.Subscribers {
		f.subscribers = append(f.subscribers, newSubscriber(f, n))
	}
	for _, s := range f.subscribers {
		if s.role == s {
			f.clients = append(f.clients, s.client)
		} // else it is a device, and among the publishers
	}
	for _, p := range f.publishers {
		f.clients = append(f.clients, &p.client)
	}
	for i, c := range f.clients {
		c.index = i
	}
	f.missing.Store(int64(len(f.clients)))
	if len(f.clients) == 0 {
		close(f.ready)
	}
	return f
}

// now reads the clock of the run.
func (f *Fleet) now() time.Duration { return f.recorder.Now() }

// becameReady counts a client that has its CONNACK and, as a subscriber, its SUBACK for the first time.
func (f *Fleet) becameReady() {
	if f.missing.Add(-1) == 0 {
		close(f.ready)
	}
}

// Reads says what has been read so far and how long connections waited for it. It may be called at any time.
func (f *Fleet) Reads() mqtt.PollerStats { return f.poller.Stats() }

// farewells bounds how many clients disconnect at a time.
const farewells = 64

// Close disconnects every client, waits for all goroutines, and settles what is left: messages in flight are recorded
// as in doubt, messages that were due and never written as unsent. When the context ends, connections that are still up
// are dropped. The error names a client that could not send its DISCONNECT; the record is complete all the same.
func (f *Fleet) Close(ctx context.Context) error {
	f.end()
	err := f.leave(ctx)
	f.living.Wait()
	err = errors.Join(err, f.poller.Close())
	at := f.now()
	for _, p := range f.publishers {
		p.settle(at)
	}
	return err
}

// leave disconnects every client that is connected.
func (f *Fleet) leave(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(farewells)
	var failed atomic.Int64
	for _, c := range f.clients {
		group.Go(func() error {
			err := c.leave(ctx)
			if err != nil {
				failed.Add(1)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("close fleet: %d of %d clients could not disconnect, the first: %w", failed.Load(), len(f.clients), err)
	}
	return nil
}

// options are those of the session of a client.
func (f *Fleet) options(clientID string, number int) mqtt.Options {
	c := f.assignment.Client
	username, password := f.assignment.credentials(number)
	o := mqtt.Options{
		Protocol: mqtt.V311, ClientID: clientID, Username: username, Password: password, Keepalive: c.Keepalive,
		InFlight: c.InFlight, ReceiveMaximum: uint16(min(max(c.InFlight, 0), 65535)), Now: f.recorder.Now,
		Poller: &f.poller,
	}
	applyProtocol(&o, c)
	return o
}

// connectTimeout bounds an attempt to connect.
func (f *Fleet) connectTimeout() time.Duration {
	if timeout := f.assignment.Client.ConnectTimeout; timeout > 0 {
		return timeout
	}
	return longestAttempt
}
