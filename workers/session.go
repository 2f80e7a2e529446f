package workers

import (
	"context"
	"net"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/paho"
)

// A Session is what a client of the fleet does with its MQTT session and the connection that it has at the moment. The
// contract of each method is that of [mqtt.Session], which is a [connectable] one; a [paho.Session] keeps itself
// connected. Publishing must not allocate: Lock, Room, Reserve, Flush and Unlock are called for each message.
type Session interface {
	// Lock takes the lock that guards the session and all that its client keeps. Room, Reserve and Flush are called
	// with it, the other methods without.
	Lock()
	Unlock()
	Room() int
	Reserve(topic string, qos byte, retain bool, size int, token uint64) (payload []byte)
	Flush()

	Subscribe(ctx context.Context, subscriptions []mqtt.Subscription) (mqtt.Suback, error)
	Unsubscribe(ctx context.Context, filters []string) (mqtt.Suback, error)
	CheckKeepalive(now time.Duration) (next time.Duration)

	// Disconnect, Close and Reset end the connection: with DISCONNECT, without, and with a TCP reset.
	Disconnect(ctx context.Context) error
	Close(cause error)
	Reset(cause error)
}

// A connectable session is connected by the fleet, again and again.
type connectable interface {
	Session
	// Connect opens the session over conn, which is the session's from then on, and Start has it served: ended is called
	// once for each, when that connection is over, in a goroutine of its own.
	Connect(ctx context.Context, conn net.Conn) (mqtt.Connack, error)
	Start(ended func(cause error))
	// Polled reports whether a write that does not end at once says that the socket takes no more.
	Polled() bool
}

// open makes the client's session, on the library that the scenario names.
func (c *client) open(o mqtt.Options, h mqtt.Handler) {
	if c.fleet.assignment.Client.Library != scenarios.LibraryPaho {
		c.session = mqtt.New(o, h)
		return
	}
	c.session = paho.New(paho.Options{
		Options: o, ConnectTimeout: c.fleet.connectTimeout(), Servers: c.route.length(),
	}, h)
}
