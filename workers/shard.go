package workers

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/pace"
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
		shards[i] = &shard{fleet: f, end: until - start, log: f.recorder.Shard(i, start)}
	}
	for i, p := range f.publishers {
		s := shards[i%len(shards)]
		if p.window > 0 {
			s.loops = append(s.loops, p)
			continue
		}
		s.queue.push(turn{at: p.nextDue, publisher: p})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return f.attendance(ctx, until-start) })
	for _, s := range shards {
		group.Go(func() error { return s.run(ctx) })
	}
	return group.Wait()
}

// A shard offers the load of its publishers. It knows when messages are due and nothing else.
type shard struct {
	fleet *Fleet
	queue turns
	// loops are the closed loops, and begun says that they go on.
	loops []*publisher
	begun bool
	log   *history.LagLog
	// end is the length of the load.
	end time.Duration
}

// run offers messages until the end of the load.
func (s *shard) run(ctx context.Context) (err error) {
	defer s.cease()
	alarm, err := newAlarm()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, alarm.close()) }()
	for {
		elapsed := s.offer()
		if elapsed >= s.end {
			return ctx.Err()
		}
		next := min(s.end, s.loop(elapsed))
		if len(s.queue) > 0 {
			next = min(next, s.queue[0].at)
		}
		if err := s.fleet.waitUntil(ctx, alarm, s.fleet.start+next); err != nil {
			return err
		}
	}
}

// offer offers all messages that are due now, and returns the time since the start of the load.
func (s *shard) offer() (elapsed time.Duration) {
	elapsed = s.fleet.now() - s.fleet.start
	s.look(elapsed)
	for len(s.queue) > 0 && s.queue[0].at <= elapsed && s.queue[0].at < s.end {
		s.queue.replace(s.queue[0].publisher.offer(elapsed, s.end))
	}
	return elapsed
}

// loop gives each closed loop its turn and returns when they want the next one. Those with acknowledgements go on by
// themselves once they have begun. What is due meanwhile does not wait for more than one of them.
func (s *shard) loop(elapsed time.Duration) (next time.Duration) {
	switch {
	case len(s.loops) == 0:
		return pace.Never
	case elapsed < 0:
		return 0
	case !s.begun:
		for _, p := range s.loops {
			p.begin(s.fleet.start + s.end)
			s.offer()
		}
		s.begun = true
	}
	next = pace.Never
	for _, p := range s.loops {
		switch {
		case p.qos > 0:
			continue
		case p.takeTurn():
			next = elapsed
		default:
			next = min(next, elapsed+loopPause)
		}
		s.offer()
	}
	return next
}

// cease ends the closed loops, also where the load ends early.
func (s *shard) cease() {
	for _, p := range s.loops {
		p.begin(0)
	}
}

// look records how far the shard is behind its schedule.
func (s *shard) look(elapsed time.Duration) {
	earliest := elapsed + 1 // nothing was due
	if len(s.queue) > 0 && s.queue[0].at < s.end {
		earliest = s.queue[0].at
	}
	s.log.Looked(s.fleet.start+elapsed, s.fleet.start+earliest)
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
