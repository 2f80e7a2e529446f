package workers

import (
	"context"
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

// waitUntil waits for a time that a timer alone would miss by up to a millisecond: a timer for the most of it, then a
// sleep of the operating system, which is off by some fifty microseconds. It never spins. The error is the context's.
func (f *Fleet) waitUntil(ctx context.Context, at time.Duration) error {
	d := at - f.now()
	if d > 2*timerSlack {
		if !sleep(ctx, d-timerSlack) {
			return ctx.Err()
		}
		d = at - f.now()
	}
	sleepShortly(max(d, shortestWait))
	return ctx.Err()
}
