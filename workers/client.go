package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/pace"
)

// A role is what publishers and subscribers do differently about their connections.
type role interface {
	// connected is called with the session's lock held, after the connection was recorded.
	connected(sessionPresent bool, at time.Duration)
	// attend is called without the lock in a goroutine beside the one that serves the connection, if attends says so;
	// an error ends the connection.
	attends() bool
	attend(ctx context.Context) error
	// disconnected is called with the session's lock held, before the end of the connection is recorded.
	disconnected(at time.Duration)
}

// The kinds of clients, as they enter the seeds of their random numbers.
const (
	publisherKind uint64 = iota + 1
	subscriberKind
)

// A client is one simulated device: a session, and a goroutine that keeps it connected until the fleet closes.
type client struct {
	fleet   *Fleet
	session *mqtt.Session
	events  *history.ClientLog
	role    role
	name    string
	// index is the position among the clients of the fleet.
	index int
	// route and backoff belong to the client's goroutine.
	route   route
	backoff backoff

	// The rest is guarded by the session's lock. up is true from the recorded start of a connection to its recorded
	// end, broker is the one that it is to.
	up     bool
	broker int
	// departed, where somebody waits for it, is closed when the connection has ended.
	departed chan struct{}
	// ready is true once the client has been connected and subscribed; cause says what kept it from that, last.
	ready bool
	cause error
}

// prepare fills in what all clients have.
func (c *client) prepare(f *Fleet, kind uint64, number, home int, brokers []int) {
	c.fleet = f
	settings := f.assignment.Client.Reconnect
	if brokers == nil {
		brokers = f.turns[home]
	}
	c.route = newRoute(settings.Brokers, brokers)
	c.backoff = newBackoff(settings.Backoff, pace.Source(pace.Seed(f.assignment.Seed^kind, number)))
}

// live connects the client again and again until the fleet closes. attempted is called once, after the first attempt.
func (c *client) live(attempted func()) {
	ctx := c.fleet.alive
	err := c.attempt(ctx, c.route.next())
	attempted()
	for {
		if err == nil {
			began := c.fleet.now()
			c.serve(ctx)
			c.backoff.lasted(c.fleet.now() - began)
		}
		if !sleep(ctx, c.backoff.next()) {
			return
		}
		err = c.attempt(ctx, c.route.next())
	}
}

// longestAttempt bounds an attempt to connect where the scenario does not.
const longestAttempt = 30 * time.Second

// attempt dials a broker and opens the session over the connection; both together are bounded by the connect timeout.
func (c *client) attempt(ctx context.Context, broker int) error {
	timeout := c.fleet.assignment.Client.ConnectTimeout
	if timeout <= 0 {
		timeout = longestAttempt
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := c.fleet.now()
	c.session.Lock()
	c.events.Connecting(began, broker)
	c.session.Unlock()
	connack, err := c.connect(ctx, broker)
	at := c.fleet.now()
	c.session.Lock()
	defer c.session.Unlock()
	if err != nil {
		c.cause = fmt.Errorf("connect to broker %q: %w", c.fleet.assignment.Brokers[broker], err)
		c.events.ConnectFailed(at, broker, err.Error())
		return c.cause
	}
	c.route.reached()
	c.broker = broker
	c.events.Connected(at, broker, connack.SessionPresent, at-began)
	c.up = true
	c.role.connected(connack.SessionPresent, at)
	c.fleet.keeper.watch(c.index, at)
	return nil
}

// connect dials and opens the session.
func (c *client) connect(ctx context.Context, broker int) (mqtt.Connack, error) {
	conn, err := c.fleet.dialer.Dial(ctx, broker)
	if err != nil {
		return mqtt.Connack{}, err
	}
	connack, err := c.session.Connect(ctx, conn)
	if err != nil {
		return mqtt.Connack{}, errors.Join(err, ignoreClosed(conn.Close()))
	}
	return connack, nil
}

// serve reads the connection until it is dead and records its end.
func (c *client) serve(ctx context.Context) {
	if ctx.Err() != nil {
		// The fleet began to close while the connection was being made, and may have missed it.
		c.leaveAlone()
	}
	ctx, cancel := context.WithCancel(ctx)
	attended := make(chan struct{})
	if c.role.attends() {
		go func() {
			defer close(attended)
			if err := c.role.attend(ctx); err != nil {
				c.session.Close(err)
			}
		}()
	} else {
		close(attended)
	}
	cause := c.session.Serve()
	at := c.fleet.now()
	cancel()
	<-attended
	c.fleet.keeper.forget(c.index)
	c.session.Lock()
	defer c.session.Unlock()
	c.role.disconnected(at)
	c.up = false
	if c.departed != nil {
		defer close(c.departed)
		c.departed = nil
	}
	if c.fleet.alive.Err() != nil {
		c.events.Closed(at, c.broker)
		return
	}
	if cause == nil {
		cause = errors.New("connection ended")
	}
	c.cause = cause
	c.events.Disconnected(at, c.broker, cause.Error())
}

// becameReady notes, with the lock held, that the client is connected and, as a subscriber, subscribed.
func (c *client) becameReady() {
	if !c.ready {
		c.ready = true
		c.fleet.becameReady()
	}
}

// leave ends the client's connection on its own wish. Without a connection it does nothing.
func (c *client) leave(ctx context.Context) error {
	c.session.Lock()
	up := c.up
	c.session.Unlock()
	if !up {
		return nil
	}
	err := c.session.Disconnect(ctx)
	// What Disconnect could not end, because the socket is blocked, must not keep the client's goroutine waiting.
	c.session.Close(mqtt.ErrClosed)
	if err == nil || errors.Is(err, mqtt.ErrNotConnected) || errors.Is(err, mqtt.ErrClosed) {
		return nil
	}
	return fmt.Errorf("disconnect client %q: %w", c.name, err)
}

// goodbye bounds the DISCONNECT of a client that leaves on its own.
const goodbye = time.Second

// leaveAlone ends a connection that came up while the fleet was closing. What goes wrong ends it as well.
func (c *client) leaveAlone() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := c.leave(ctx); err != nil {
		c.session.Close(err)
	}
}

// applyProtocol translates the kind of session [MQTT 5.0 §3.1.2.4, §3.1.2.11.2; MQTT 3.1.1 §3.1.2.4]. A persistent
// session never asks for a clean start, not even at first: some brokers do not keep a session that began with one, and
// the client identifier is new in every run anyway.
func applyProtocol(o *mqtt.Options, c scenarios.Client) {
	persistent := c.Session == scenarios.SessionPersistent
	o.CleanStart = !persistent
	if c.Protocol == scenarios.Protocol5 {
		o.Protocol = mqtt.V5
		if persistent {
			o.Expiry = c.Expiry
		}
	}
}
