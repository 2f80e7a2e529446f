package workers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// openings bounds how many clients make their first attempt to connect at a time, so that a broker that is slow to
// answer is not asked by thousands at once. Reconnecting has no such bound: there the storm is what a run wants to see.
const openings = 256

// namedClients is how many clients the error of Connect names.
const namedClients = 5

// Connect starts the clients at the connect rate, subscribers first, and returns when each of them has its CONNACK and
// its SUBACKs. Clients that fail try again by their strategy. When the context ends first, the error says who is
// missing and why.
func (f *Fleet) Connect(ctx context.Context) error {
	if err := f.poller.Open(); err != nil {
		return fmt.Errorf("connect clients: %w", err)
	}
	f.living.Go(func() { f.keeper.run(f.alive, f) })
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(f.hope, func() { cancel(context.Cause(f.hope)) })()
	slots := make(chan struct{}, openings)
	began := f.now()
	for i, c := range f.beginning() {
		if !sleep(ctx, f.opening(i)-(f.now()-began)) {
			return f.missingClients(ctx)
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return f.missingClients(ctx)
		}
		f.living.Add(1)
		go c.live(func() { <-slots })
	}
	select {
	case <-f.ready:
		return nil
	case <-ctx.Done():
		return f.missingClients(ctx)
	}
}

// beginning lists the clients that are there at the start of the load. The others are not waited for.
func (f *Fleet) beginning() []*client {
	list := make([]*client, 0, len(f.clients))
	for _, c := range f.clients {
		if c.begins() {
			list = append(list, c)
			continue
		}
		c.session.Lock()
		c.becameReady()
		c.session.Unlock()
	}
	return list
}

// opening is when client i of those that are there at the start may start, since the first one.
func (f *Fleet) opening(i int) time.Duration {
	rate := float64(f.assignment.Client.ConnectRate)
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(i) / rate * float64(time.Second))
}

// missingClients describes the clients that are not ready, or returns nil if the last one just became so.
func (f *Fleet) missingClients(ctx context.Context) error {
	var missing int
	var named []string
	for _, c := range f.clients {
		c.session.Lock()
		ready, cause := c.ready, c.cause
		c.session.Unlock()
		if ready {
			continue
		}
		missing++
		if len(named) < namedClients {
			if cause == nil {
				cause = errors.New("no answer yet")
			}
			named = append(named, fmt.Sprintf("%s: %v", c.name, cause))
		}
	}
	if missing == 0 {
		return nil
	}
	if missing > len(named) {
		named = append(named, fmt.Sprintf("and %d more", missing-len(named)))
	}
	return fmt.Errorf("connect clients: %d of %d are not ready (%s): %w",
		missing, len(f.clients), strings.Join(named, "; "), context.Cause(ctx))
}
