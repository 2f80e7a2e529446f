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
	"github.com/mqbench/mqbench/workers/paho"
)

// A role is what publishers and subscribers do differently about their connections.
type role interface {
	// connected is called with the session's lock held, after the connection was recorded.
	connected(sessionPresent bool, at time.Duration)
	// attend is called without the lock while the connection is being served, if attends says so; an error ends the
	// connection. It returns soon after the connection has ended.
	attends() bool
	attend(ctx context.Context) error
	// disconnected is called with the session's lock held, before the end of the connection is recorded.
	disconnected(at time.Duration)
	// left is called with the session's lock held when the client's plan has it go.
	left()
}

// The kinds of clients, as they enter the seeds of their random numbers.
const (
	publisherKind uint64 = iota + 1
	subscriberKind
)

// A client is one simulated device: a session that is kept connected until the fleet closes. It has a goroutine only
// while there is something to wait for: an answer to dialling, CONNECT or SUBSCRIBE, or the time to try again.
type client struct {
	fleet   *Fleet
	session Session
	events  *history.ClientLog
	role    role
	name    string
	// index is the position among the clients of the fleet, number that among those of the assignment.
	index, number int
	// steps are those of the present attempt to connect; they belong to the client's goroutine.
	steps history.Steps
	// route, backoff, and when the present connection began to be served, belong to the client's goroutine.
	route   route
	backoff backoff
	began   time.Duration
	// attended is closed when the role is done with the present connection; nil where it has nothing to do.
	attended chan struct{}

	// visits is nil where the client is there all the time.
	visits *visits

	// The rest is guarded by the session's lock. up is true from the recorded start of a connection to its recorded
	// end, broker is the one that it is to.
	up     bool
	broker int
	// links counts its connections.
	links int
	// departed, where somebody waits for it, is closed when the connection has ended.
	departed chan struct{}
	// lost counts attempts in a row without hope, up to the first connection.
	lost int
	// ready is true once the client has been connected and subscribed; cause says what kept it from that, last.
	ready bool
	cause error
}

// prepare fills in what all clients have.
func (c *client) prepare(f *Fleet, kind uint64, number, home int, brokers []int) {
	c.fleet, c.number = f, number
	if kind == subscriberKind {
		c.number += len(f.assignment.Publishers)
	}
	settings := f.assignment.Client.Reconnect
	if brokers == nil {
		brokers = f.turns[home]
	}
	c.route = newRoute(settings.Brokers, brokers)
	c.backoff = newBackoff(settings.Backoff, pace.Source(pace.Seed(f.assignment.Seed^kind, number)))
	c.backoff.steady = settings.Jitter == scenarios.JitterNone
}

// live begins the client's life, which goes on after it has returned: attempts until a connection stands, the
// connection, attempts again, until the fleet closes; then it is no longer among the living. attempted is called once,
// after the first attempt.
func (c *client) live(attempted func()) {
	if library, ok := c.session.(*paho.Session); ok {
		c.liveBy(library, attempted)
		return
	}
	ctx, _, here := c.stays()
	if !here {
		attempted()
		c.fleet.living.Done()
		return
	}
	err := c.attempt(ctx, c.route.next())
	attempted()
	c.persist(err)
}

// persist goes on after an attempt or a connection that ended with err, if it did, until an attempt succeeds, and has
// that connection served. A client whose plan has it away is not among the living either, until it is called.
func (c *client) persist(err error) {
	for err != nil {
		ctx, fresh, here := c.stays()
		if !here {
			c.fleet.living.Done()
			return
		}
		if fresh || sleep(ctx, c.backoff.next()) {
			err = c.attempt(ctx, c.route.next())
		}
	}
	c.serve(c.fleet.alive)
}

// longestAttempt bounds an attempt to connect where the scenario does not.
const longestAttempt = 30 * time.Second

// attempt dials a broker and opens the session over the connection; both together are bounded by the connect timeout.
func (c *client) attempt(ctx context.Context, broker int) error {
	ctx, cancel := context.WithTimeout(ctx, c.fleet.connectTimeout())
	defer cancel()
	began := c.connecting(broker)
	connack, err := c.connect(ctx, broker)
	if err != nil {
		return c.failed(broker, err)
	}
	c.connected(broker, connack.SessionPresent, began)
	return nil
}

// connecting records the beginning of an attempt.
func (c *client) connecting(broker int) (began time.Duration) {
	began = c.fleet.now()
	c.session.Lock()
	defer c.session.Unlock()
	c.events.Connecting(began, broker)
	return began
}

// failed records that an attempt has failed, and returns what to say of it.
func (c *client) failed(broker int, err error) error {
	at := c.fleet.now()
	c.session.Lock()
	defer c.session.Unlock()
	c.cause = fmt.Errorf("connect to broker %q: %w", c.fleet.assignment.Brokers[broker], err)
	if !c.abandoned() { // else it gave the attempt up
		c.events.ConnectFailed(at, broker, err.Error())
		c.lose(err)
	}
	return c.cause
}

// connected records that an attempt, begun then, has succeeded, and lets the role begin.
func (c *client) connected(broker int, sessionPresent bool, began time.Duration) {
	at := c.fleet.now()
	c.session.Lock()
	defer c.session.Unlock()
	c.route.reached()
	if c.abandoned() {
		return // It was to go meanwhile, and ends this connection at once.
	}
	c.broker = broker
	if c.fleet.transport != nil {
		c.events.Steps(began, at, broker, c.steps)
	}
	c.events.Connected(at, broker, sessionPresent, at-began)
	c.up = true
	c.links++
	c.role.connected(sessionPresent, at)
	c.fleet.keeper.watch(c.index, at)
}

// connect dials and opens the session.
func (c *client) connect(ctx context.Context, broker int) (mqtt.Connack, error) {
	conn, err := c.dial(ctx, broker)
	if err != nil {
		return mqtt.Connack{}, err
	}
	connack, err := c.session.(connectable).Connect(ctx, conn)
	if err != nil {
		return mqtt.Connack{}, errors.Join(err, ignoreClosed(conn.Close()))
	}
	return connack, nil
}

// serve has the connection served, which needs no goroutine, and does what the role has to do meanwhile.
func (c *client) serve(ctx context.Context) {
	c.session.Lock()
	up := c.up
	c.session.Unlock()
	if ctx.Err() != nil || !up {
		// The fleet began to close while the connection was being made, and may have missed it, or the client was to go.
		c.leaveAlone()
	}
	c.began, c.attended = c.fleet.now(), nil
	if !c.role.attends() {
		c.session.(connectable).Start(c.ended)
		return
	}
	attended := make(chan struct{})
	defer close(attended)
	c.attended = attended
	c.session.(connectable).Start(c.ended)
	if err := c.role.attend(ctx); err != nil {
		c.session.Close(err)
	}
}

// ended goes on with the client's life when a connection is over.
func (c *client) ended(cause error) {
	c.backoff.lasted(c.over(cause) - c.began)
	c.persist(cause)
}

// over does with a connection what is left to do, and says since when it is over.
func (c *client) over(cause error) (at time.Duration) {
	at = c.fleet.now()
	if c.attended != nil {
		<-c.attended
	}
	c.fleet.keeper.forget(c.index)
	c.recordEnd(cause, at)
	return at
}

// recordEnd records the end of a connection.
func (c *client) recordEnd(cause error, at time.Duration) {
	c.session.Lock()
	defer c.session.Unlock()
	c.role.disconnected(at)
	up := c.up
	c.up = false
	if c.departed != nil {
		defer close(c.departed)
		c.departed = nil
	}
	if !up {
		return // The client had left by plan.
	}
	if c.fleet.alive.Err() != nil {
		c.events.Closed(at, c.broker)
		return
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
	return c.disconnect(ctx)
}

// disconnect ends the connection with DISCONNECT.
func (c *client) disconnect(ctx context.Context) error {
	err := c.session.Disconnect(ctx)
	if err == nil || errors.Is(err, mqtt.ErrNotConnected) || errors.Is(err, mqtt.ErrClosed) {
		return nil // The client may be back already, and what is closed now would be its next connection.
	}
	// What Disconnect could not end, because the socket is blocked, must not keep the client's goroutine waiting.
	c.session.Close(mqtt.ErrClosed)
	return fmt.Errorf("disconnect client %q: %w", c.name, err)
}

// goodbye bounds the DISCONNECT of a client that leaves on its own.
const goodbye = time.Second

// leaveAlone ends a connection on the client's own wish: it came up while the fleet was closing, or the plan has it go.
// What goes wrong ends it as well.
func (c *client) leaveAlone() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := c.disconnect(ctx); err != nil {
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
