package workers

import (
	"context"
	"sync/atomic"
	"time"
)

// keeperPeriod is how often keepalives are looked at: the most by which a ping or the detection of a dead broker is
// late.
const keeperPeriod = 25 * time.Millisecond

// keeperRest is the time to the next look at a session that names none.
const keeperRest = time.Second

// A keeper checks the keepalives of all connections, so that no client needs a timer. It goes through a dense list of
// times, which costs microseconds for ten thousand clients, and only wakes the session whose time has come.
type keeper struct {
	// due holds, per client, when its session wants to be looked at next; 0 while it has no connection.
	due []atomic.Int64
}

// newKeeper returns a keeper of that many clients.
func newKeeper(clients int) keeper { return keeper{due: make([]atomic.Int64, clients)} }

// watch has a client looked at as soon as possible, and then whenever its session asks for it.
func (k *keeper) watch(client int, at time.Duration) { k.due[client].Store(max(1, int64(at))) }

// forget ends that.
func (k *keeper) forget(client int) { k.due[client].Store(0) }

// run checks keepalives until the context ends.
func (k *keeper) run(ctx context.Context, f *Fleet) {
	ticker := time.NewTicker(keeperPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			k.check(f)
		}
	}
}

// check looks at every session whose time has come.
func (k *keeper) check(f *Fleet) {
	now := f.now()
	for i := range k.due {
		due := k.due[i].Load()
		if due == 0 || due > int64(now) {
			continue
		}
		next := f.clients[i].session.CheckKeepalive(now)
		if next <= now {
			next = now + keeperRest
		}
		// The connection may have ended meanwhile, and another may have begun: then theirs is the word that counts.
		k.due[i].CompareAndSwap(due, int64(next))
	}
}
