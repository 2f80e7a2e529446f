package workers

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/transport"
)

// Via has the clients make the handshakes of a transport on what is dialed, each by its number: publishers as the
// assignment numbers them, then subscribers. It is called before Connect, if at all; without it connections stay as they
// are.
func (f *Fleet) Via(t *transport.Transport) { f.transport = t }

// reach dials a broker for a client and makes the handshakes.
func (f *Fleet) reach(ctx context.Context, client, broker int) (net.Conn, history.Steps, error) {
	began := f.now()
	conn, err := f.connectTo(ctx, client, broker)
	if err != nil || f.transport == nil {
		return conn, history.Steps{}, err
	}
	steps := history.Steps{Dial: f.now() - began}
	conn, phases, err := f.transport.Wrap(ctx, conn, client, f.assignment.Brokers[broker])
	steps.TLS, steps.Upgrade, steps.Resumed = phases.TLS, phases.Upgrade, phases.Resumed
	return conn, steps, err
}

// connectTo dials a broker for a client, from its source address if it has one.
func (f *Fleet) connectTo(ctx context.Context, client, broker int) (net.Conn, error) {
	if len(f.sources) == 0 {
		return f.dialer.Dial(ctx, broker)
	}
	dialer, can := f.dialer.(SourceDialer)
	if !can {
		return nil, fmt.Errorf("dial from %s: %w", f.sources[client%len(f.sources)], errors.ErrUnsupported)
	}
	return dialer.DialFrom(ctx, broker, f.sources[client%len(f.sources)])
}

// dial is reach for the client itself, which keeps how long it took until the outcome of the attempt is known.
func (c *client) dial(ctx context.Context, broker int) (conn net.Conn, err error) {
	conn, c.steps, err = c.fleet.reach(ctx, c.number, broker)
	return conn, err
}
