package workers

import (
	"context"
	"errors"
	"time"
)

const (
	// timerSlack is how much too late Go's timers may fire: they wait in whole milliseconds where nothing else wakes
	// the process.
	timerSlack = 1500 * time.Microsecond
	// shortestWait lets several messages that are due close together share a turn, and keeps a shard from waking more
	// often than the messages of a small machine need.
	shortestWait = 100 * time.Microsecond
)

// waitUntil waits for a time that a timer of Go alone would miss by up to a millisecond: one for the most of it, then an
// alarm, which is off by some fifty microseconds. It never spins. The error is the context's, or the alarm's.
func (f *Fleet) waitUntil(ctx context.Context, a *alarm, at time.Duration) error {
	d := at - f.now()
	if d > 2*timerSlack {
		if !sleep(ctx, d-timerSlack) {
			return ctx.Err()
		}
		d = at - f.now()
	}
	return errors.Join(a.sleep(max(d, shortestWait)), ctx.Err())
}
