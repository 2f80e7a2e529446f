package workers

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// shortestBackoff keeps a client whose scenario allows no wait from connecting in a busy loop.
const shortestBackoff = time.Millisecond

// A backoff is the wait before an attempt to connect: uniform between the least wait and a bound that doubles with
// every attempt up to the largest. Jitter over the whole range keeps thousands of clients that lost the same broker
// apart; without it the wait is the bound, the least wait at first, and they stay together.
type backoff struct {
	least, most, bound time.Duration
	source             pace.Source
	steady             bool // without jitter
}

// newBackoff returns the backoff of one client.
func newBackoff(b scenarios.Backoff, source pace.Source) backoff {
	least := max(b.Min, shortestBackoff)
	return backoff{least: least, most: max(b.Max, least), bound: least, source: source}
}

// next returns the next wait.
func (b *backoff) next() time.Duration {
	last := b.bound
	if b.bound > b.most/2 {
		b.bound = b.most
	} else {
		b.bound *= 2
	}
	if b.steady {
		return last
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
