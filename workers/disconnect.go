package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
)

const (
	// departures bounds how many clients are taken from their brokers at a time.
	departures = 64
	// departureTime bounds the wait for a connection to end that was dropped or taken over. A machine or a broker may be
	// busy; what has no effect at all is known by then all the same.
	departureTime = 10 * time.Second
)

// errDropped is the cause of a connection's end where it was dropped on purpose; one that another client took over is
// ended by the broker, whose word for it is the cause.
var errDropped = errors.New("dropped by the disconnect fault (TCP reset)")

// Disconnect takes a share, between 0 and 1, of the clients that are connected to the brokers from them, once: of the
// clients in their order every so many-th, and one at least. It returns when their connections have ended; they come
// back by their own strategy. See [scenarios.Departure] for the ways.
//
// It is an error when no client is connected to the brokers, or when some of the chosen ones kept their connections:
// the error counts them and names the first.
func (f *Fleet) Disconnect(ctx context.Context, brokers []int, share float64, how scenarios.Departure) error {
	take := f.drop
	switch how {
	case scenarios.DepartureDrop:
	case scenarios.DepartureTakeover:
		take = f.takeOver
	default:
		return fmt.Errorf("disconnect by %q: %w", how, errors.ErrUnsupported)
	}
	connected := f.connectedTo(brokers)
	if len(connected) == 0 {
		return fmt.Errorf("disconnect by %s: no client is connected to %s", how, f.brokerNames(brokers))
	}
	chosen := evenly(connected, share)
	var group errgroup.Group
	group.SetLimit(departures)
	var failed atomic.Int64
	for _, c := range chosen {
		group.Go(func() error {
			err := take(ctx, c)
			if err != nil {
				failed.Add(1)
				return fmt.Errorf("client %q: %w", c.name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("disconnect by %s: %d of %d clients could not be taken from %s, the first: %w",
			how, failed.Load(), len(chosen), f.brokerNames(brokers), err)
	}
	return nil
}

// connectedTo lists the clients that are connected to the brokers, in their order.
func (f *Fleet) connectedTo(brokers []int) []*client {
	var connected []*client
	for _, c := range f.clients {
		c.session.Lock()
		if c.up && slices.Contains(brokers, c.broker) {
			connected = append(connected, c)
		}
		c.session.Unlock()
	}
	return connected
}

// brokerNames lists the names of brokers.
func (f *Fleet) brokerNames(brokers []int) string {
	var names []string
	for _, n := range brokers {
		names = append(names, f.assignment.Brokers[n])
	}
	return strings.Join(names, ", ")
}

// evenly chooses a share of the clients, evenly spread; one at least of some.
func evenly(all []*client, share float64) []*client {
	n := len(all)
	count := min(max(int(share*float64(n)+0.5), 1), n)
	chosen := make([]*client, count)
	for i := range chosen {
		chosen[i] = all[(2*i+1)*n/(2*count)]
	}
	return chosen
}

// departure returns what is closed when the client's connection has ended, and its broker; nil without a connection.
func (c *client) departure() (ended <-chan struct{}, broker int) {
	c.session.Lock()
	defer c.session.Unlock()
	if !c.up {
		return nil, 0
	}
	if c.departed == nil {
		c.departed = make(chan struct{})
	}
	return c.departed, c.broker
}

// drop resets the client's connection.
func (f *Fleet) drop(ctx context.Context, c *client) error {
	ended, _ := c.departure()
	if ended == nil {
		return nil
	}
	c.session.Reset(errDropped)
	return departs(ctx, ended)
}

// takeOver has another client connect with the identifier and the settings of this one, until the broker has ended this
// one's connection. A persistent session goes on and loses nothing, for the intruder acknowledges nothing.
func (f *Fleet) takeOver(ctx context.Context, c *client) error {
	ended, broker := c.departure()
	if ended == nil {
		return nil
	}
	connecting, cancel := context.WithTimeout(ctx, f.connectTimeout())
	defer cancel()
	conn, _, err := f.reach(connecting, c.number, broker)
	if err != nil {
		return err
	}
	intrusion := mqtt.TakeOver(connecting, conn, f.options(c.name, c.number))
	// The client itself may be back so soon that the intruder never sees its CONNACK.
	err = departs(ctx, ended)
	if intrusion == nil {
		return errors.Join(err, ignoreClosed(conn.Close()))
	}
	if err != nil {
		return errors.Join(intrusion, err)
	}
	return nil
}

// departs waits for the end of a connection.
func departs(ctx context.Context, ended <-chan struct{}) error {
	limit := time.NewTimer(departureTime)
	defer limit.Stop()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-limit.C:
		return fmt.Errorf("its connection goes on after %v", departureTime)
	}
}
