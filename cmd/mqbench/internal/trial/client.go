package trial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
)

// Bounds on what a client waits for.
const (
	// connectWithin bounds one attempt to connect.
	connectWithin = 10 * time.Second
	// tryAgain is the time between two attempts.
	tryAgain = 100 * time.Millisecond
	// keepalive is longer than any check: clients that are there for seconds need not ping.
	keepalive = 10 * time.Minute
	// window is how many messages a client has in flight, in both directions.
	window = 100
)

// A dialer opens connections to brokers by number; [fixtures.Cluster] is one.
type dialer interface {
	Dial(ctx context.Context, broker int) (net.Conn, error)
}

// A client is an MQTT client that keeps count of what it receives. Its session outlives its connections.
type client struct {
	id      string
	cluster dialer
	session *mqtt.Session
	inbox   *inbox
	// served is closed when the present connection has ended; nil before the first.
	served chan struct{}
}

// newClient makes a client without a connection. A client that does not keep its session has a new one each time.
func (s *stage) newClient(name string, protocol scenarios.Protocol, keep bool) *client {
	id := "trial-" + s.token + "-" + name
	box := &inbox{got: make(map[string]int), changed: make(chan struct{})}
	o := mqtt.Options{
		Protocol: mqtt.V311, ClientID: id, CleanStart: !keep, Keepalive: keepalive, InFlight: window, ReceiveMaximum: window,
	}
	if protocol == scenarios.Protocol5 {
		o.Protocol = mqtt.V5
	}
	if keep {
		o.Expiry = time.Hour
	}
	return &client{id: id, cluster: s.dialer, session: mqtt.New(o, box), inbox: box}
}

// connect connects to a broker and tries until it lets the client in or ctx ends.
func (c *client) connect(ctx context.Context, broker int) (mqtt.Connack, error) {
	return c.connectAny(ctx, []int{broker})
}

// connectAny connects to the first of some brokers that lets the client in.
func (c *client) connectAny(ctx context.Context, candidates []int) (mqtt.Connack, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for i := 0; ; i++ {
		connack, err := c.attempt(ctx, candidates[i%len(candidates)])
		if err == nil {
			served := make(chan struct{})
			c.served = served
			c.inbox.change(func() { c.inbox.lost = nil })
			go func() {
				defer close(served)
				c.inbox.ended(c.session.Serve())
			}()
			return connack, nil
		}
		timer.Reset(tryAgain)
		select {
		case <-ctx.Done():
			return connack, fmt.Errorf("connect %s: %w", c.id, errors.Join(context.Cause(ctx), err))
		case <-timer.C:
		}
	}
}

// attempt is one attempt to connect.
func (c *client) attempt(ctx context.Context, broker int) (mqtt.Connack, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := c.cluster.Dial(ctx, broker)
	if err != nil {
		return mqtt.Connack{}, err
	}
	return c.session.Connect(ctx, conn)
}

// leave ends the connection as a client should, and waits for its end.
func (c *client) leave(ctx context.Context) error {
	if c.served == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectWithin)
	defer cancel()
	err := c.session.Disconnect(ctx)
	c.session.Close(nil)
	<-c.served
	c.served = nil
	return err
}

// subscribe subscribes, and wants the QoS that it asks for.
func (c *client) subscribe(ctx context.Context, filter string, qos scenarios.QoS) error {
	suback, err := c.session.Subscribe(ctx, []mqtt.Subscription{{Filter: filter, QoS: byte(qos)}})
	if err != nil {
		return fmt.Errorf("%s subscribes to %s: %w", c.id, filter, err)
	}
	if code := suback.Codes[0]; code != byte(qos) {
		return fmt.Errorf("%s subscribes to %s with QoS %d: the broker answers %#02x", c.id, filter, qos, code)
	}
	return nil
}

// publish sends messages to one topic and waits until they are acknowledged, or at QoS 0 written.
func (c *client) publish(ctx context.Context, topic string, qos scenarios.QoS, payloads []string) error {
	before := c.inbox.settled()
	for sent := 0; sent < len(payloads); {
		turns := c.inbox.turned()
		n, err := c.send(topic, qos, payloads[sent:])
		if err != nil {
			return fmt.Errorf("%s publishes to %s: %w", c.id, topic, err)
		}
		sent += n
		// At QoS 0 there is room again after a write; else acknowledgements make it.
		roomy := func() bool { return c.inbox.acks-before == sent }
		if qos == 0 {
			roomy = func() bool { return n > 0 || c.inbox.turns != turns }
		}
		if err := c.inbox.until(ctx, roomy); err != nil {
			return fmt.Errorf("%s publishes to %s: %d of %d acknowledged: %w", c.id, topic, c.inbox.settled()-before, len(payloads), err)
		}
	}
	return nil
}

// send writes as many messages as there is room for, and returns how many these were; none while what was written before
// is still on its way out.
func (c *client) send(topic string, qos scenarios.QoS, payloads []string) (int, error) {
	c.session.Lock()
	defer c.session.Unlock()
	sent := 0
	for ; sent < len(payloads) && c.session.Room() > 0; sent++ {
		place := c.session.Reserve(topic, byte(qos), false, len(payloads[sent]), 0)
		if place == nil {
			return sent, c.session.CanPublish(topic, byte(qos), false, len(payloads[sent]))
		}
		copy(place, payloads[sent])
	}
	c.session.Flush()
	return sent, nil
}

// An inbox is what a client has received. It satisfies [mqtt.Handler].
type inbox struct {
	mqtt.Deaf
	mu sync.Mutex
	// got counts how often each payload came.
	got map[string]int
	// acks is how many of the client's own messages were settled, and refused why one was not taken.
	acks int
	// turns counts the times at which there may have come to be room for more.
	turns   int
	refused error
	// lost is why the present connection has ended.
	lost error
	// changed is closed when anything has changed.
	changed chan struct{}
}

// change changes the inbox, and wakes up who waits for that.
func (b *inbox) change(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
	close(b.changed)
	b.changed = make(chan struct{})
}

// until waits until something holds, which is asked with the lock held. It ends early when a message is refused or the
// connection is lost.
func (b *inbox) until(ctx context.Context, holds func() bool) error {
	for {
		b.mu.Lock()
		done, err, changed := holds(), errors.Join(b.refused, b.lost), b.changed
		b.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// times is how often a payload came.
func (b *inbox) times(payload string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[payload]
}

// settled is how many own messages were settled.
func (b *inbox) settled() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acks
}

// turned is how often there may have come to be room.
func (b *inbox) turned() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turns
}

// EndBatch notes that there may be room for more.
func (b *inbox) EndBatch(time.Duration) { b.change(func() { b.turns++ }) }

// ended notes the end of a connection: one that the client itself closed is no loss.
func (b *inbox) ended(cause error) {
	if !errors.Is(cause, mqtt.ErrClosed) {
		b.change(func() { b.lost = fmt.Errorf("the connection is lost: %w", cause) })
	}
}

// Acknowledged counts a message that the broker has taken.
func (b *inbox) Acknowledged(_ uint64, reason byte, _ time.Duration) {
	b.change(func() {
		b.acks++
		if reason >= 0x80 {
			b.refused = fmt.Errorf("the broker refuses a message: %s", mqtt.ReasonName(reason))
		}
	})
}

// Orphaned notes a message whose fate nobody will tell.
func (b *inbox) Orphaned(uint64, time.Duration) {
	b.change(func() { b.refused = errors.New("the broker has lost the publisher's session") })
}

// Received counts a message.
func (b *inbox) Received(p *mqtt.Publish, _ time.Duration) {
	b.change(func() { b.got[string(p.Payload)]++ })
}
