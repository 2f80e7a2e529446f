package workers

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// A route is the order in which a client tries brokers. Its list begins with its home and goes round.
type route struct {
	strategy      scenarios.Strategy
	home, brokers int
	// step is how far behind home the next attempt goes.
	step int
}

// newRoute returns a route that starts at home.
func newRoute(strategy scenarios.Strategy, home, brokers int) route {
	return route{strategy: strategy, home: home, brokers: brokers}
}

// next returns the broker of the next attempt.
func (r *route) next() int {
	broker := (r.home + r.step) % r.brokers
	if r.strategy != scenarios.StrategySticky {
		r.step = (r.step + 1) % r.brokers
	}
	return broker
}

// reached tells the route that the attempt has succeeded: an ordered one starts from its first broker when it is asked
// again, a rotating one goes on behind the broker that will then be lost.
func (r *route) reached() {
	if r.strategy == scenarios.StrategyOrdered {
		r.step = 0
	}
}

// shortestBackoff keeps a client whose scenario allows no wait from connecting in a busy loop.
const shortestBackoff = time.Millisecond

// A backoff is the wait before an attempt to connect: uniform between the least wait and a bound that doubles with
// every attempt up to the largest. Jitter over the whole range keeps thousands of clients that lost the same broker
// apart.
type backoff struct {
	least, most, bound time.Duration
	source             pace.Source
}

// newBackoff returns the backoff of one client.
func newBackoff(b scenarios.Backoff, source pace.Source) backoff {
	least := max(b.Min, shortestBackoff)
	return backoff{least: least, most: max(b.Max, least), bound: least, source: source}
}

// next returns the next wait.
func (b *backoff) next() time.Duration {
	if b.bound > b.most/2 {
		b.bound = b.most
	} else {
		b.bound *= 2
	}
	return b.least + time.Duration(b.source.Float64()*float64(b.bound-b.least))
}

// lasted tells the backoff how long a connection was up. One that lasted the largest wait ends the doubling; a broker
// that takes connections and drops them at once does not.
func (b *backoff) lasted(d time.Duration) {
	if d >= b.most {
		b.bound = b.least
	}
}

// sleep waits and reports whether the time has passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		// Both may have happened by the time this goroutine runs, and then chance decides which is seen.
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// ignoreClosed drops the error of closing a connection that was closed already.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
