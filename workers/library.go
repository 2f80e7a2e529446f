package workers

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/mqbench/mqbench/workers/paho"
)

// liveBy is live for a session whose library keeps it connected: the client only decides and records. It returns when
// the fleet closes, or the client's plan has it away.
func (c *client) liveBy(library *paho.Session, attempted func()) {
	defer c.fleet.living.Done()
	k := &keptClient{client: c, attempted: sync.OnceFunc(attempted)}
	defer k.attempted()
	for {
		stay, _, here := c.stays()
		if !here {
			return
		}
		if err := k.keep(stay, library); err != nil {
			c.session.Lock()
			c.cause = err
			c.session.Unlock()
			return
		}
	}
}

// keep has the library keep the client connected for a stay. The library says DISCONNECT at the end, so that a client
// that vanishes has to have done so by then.
func (k *keptClient) keep(stay context.Context, library *paho.Session) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(stay))
	defer cancel()
	defer context.AfterFunc(stay, func() {
		if k.visits != nil && k.visits.drop && k.fleet.alive.Err() == nil {
			library.Reset(errLeft)
		}
		cancel()
	})()
	return library.Keep(ctx, k)
}

// A keptClient is what a library asks and tells the client whose session it keeps connected.
type keptClient struct {
	*client
	// trying is the broker of the present attempt, opened when it began.
	trying    int
	opened    time.Duration
	attempted func()
}

// Wait implements paho.Keeper by the client's backoff.
func (k *keptClient) Wait() time.Duration { return k.backoff.next() }

// Dial implements paho.Keeper: the next broker is the one of the client's route.
func (k *keptClient) Dial(ctx context.Context) (net.Conn, error) {
	k.trying = k.route.next()
	k.opened = k.connecting(k.trying)
	return k.dial(ctx, k.trying)
}

// Failed implements paho.Keeper.
func (k *keptClient) Failed(err error) {
	_ = k.failed(k.trying, err) // It is kept as the cause.
	k.attempted()
}

// Connected implements paho.Keeper.
func (k *keptClient) Connected(sessionPresent bool) {
	k.began = k.fleet.now()
	k.connected(k.trying, sessionPresent, k.opened)
	k.attempted()
	k.attended = nil
	k.session.Lock()
	up := k.up
	k.session.Unlock()
	if !up || !k.role.attends() {
		return // It was to go meanwhile, or has nothing to do.
	}
	attended := make(chan struct{})
	k.attended = attended
	go func() {
		defer close(attended)
		if err := k.role.attend(k.fleet.alive); err != nil {
			k.session.Close(err)
		}
	}()
}

// Ended implements paho.Keeper.
func (k *keptClient) Ended(cause error) {
	k.backoff.lasted(k.over(cause) - k.began)
}
