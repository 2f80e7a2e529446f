package workers

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// Publish offers the load: for each publisher the messages with intended times in [start, until), each at its time,
// whatever happens to connections. Times are since the epoch of the run; start may lie a little ahead. It returns at
// until, or early with the context's error when that ends, and may be called once.
func (f *Fleet) Publish(ctx context.Context, start, until time.Duration) error {
	if f.published.Swap(true) {
		return errors.New("publish: the load of a fleet can be offered only once")
	}
	f.start = start
	shards := make([]*shard, min(max(1, runtime.GOMAXPROCS(0)), max(1, len(f.publishers))))
	for i := range shards {
		shards[i] = &shard{fleet: f, end: until - start}
	}
	for i, p := range f.publishers {
		s := shards[i%len(shards)]
		s.queue.push(turn{at: p.nextDue, publisher: p})
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range shards {
		group.Go(func() error { return s.run(ctx) })
	}
	return group.Wait()
}

// A shard offers the load of its publishers. It knows when messages are due and nothing else.
type shard struct {
	fleet *Fleet
	queue turns
	// end is the length of the load.
	end time.Duration
}

// run offers messages until the end of the load.
func (s *shard) run(ctx context.Context) error {
	for {
		elapsed := s.fleet.now() - s.fleet.start
		for len(s.queue) > 0 && s.queue[0].at <= elapsed && s.queue[0].at < s.end {
			s.queue.replace(s.queue[0].publisher.offer(elapsed, s.end))
		}
		if elapsed >= s.end {
			return ctx.Err()
		}
		next := s.end
		if len(s.queue) > 0 {
			next = min(next, s.queue[0].at)
		}
		if err := s.fleet.waitUntil(ctx, s.fleet.start+next); err != nil {
			return err
		}
	}
}

// A turn is the time at which a publisher has a message due next, since the start of the load.
type turn struct {
	at        time.Duration
	publisher *publisher
}

// turns is a heap of turns, the earliest first. Four children per node make it half as deep as a binary heap, and the
// children of a node lie in one cache line.
type turns []turn

// arity is the number of children of a node.
const arity = 4

// push adds a turn.
func (q *turns) push(t turn) {
	*q = append(*q, t)
	h := *q
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / arity
		if h[parent].at <= t.at {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = t
}

// replace gives the first turn's publisher its next time.
func (q turns) replace(at time.Duration) {
	t := turn{at: at, publisher: q[0].publisher}
	i := 0
	for {
		first := i*arity + 1
		if first >= len(q) {
			break
		}
		least := first
		for child := first + 1; child < min(first+arity, len(q)); child++ {
			if q[child].at < q[least].at {
				least = child
			}
		}
		if q[least].at >= t.at {
			break
		}
		q[i] = q[least]
		i = least
	}
	q[i] = t
}
