package mqtt

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A Poller serves the plain TCP connections of many sessions with one goroutine per core, so that a connection costs
// neither a goroutine nor a buffer. It is used through Options.Poller, opened before the first connection and closed
// after the last; the zero value is ready for Open. Where the system has no epoll, it serves nothing, and every
// connection has a goroutine of its own.
//
// Each connection belongs to one loop. A loop waits for readiness as Go waits for a socket, parked and without a thread,
// and then takes turns: it asks which connections are ready, and gives each a read of one buffer at most and a write of
// what is pending. It never waits for a connection, and none can have it for itself.
type Poller struct {
	loops   []*loop
	next    atomic.Uint32
	running sync.WaitGroup

	// reading guards what Stats needs: loops, and what they had done when they were closed.
	reading sync.Mutex
	final   PollerStats
}

// Open starts the loops.
func (p *Poller) Open() error {
	if len(p.loops) > 0 {
		return errors.New("open poller: it is open already")
	}
	p.reading.Lock()
	defer p.reading.Unlock()
	for range runtime.GOMAXPROCS(0) {
		l, err := newLoop()
		if errors.Is(err, errors.ErrUnsupported) {
			return nil
		}
		if err != nil {
			return errors.Join(fmt.Errorf("open poller: %w", err), p.close())
		}
		p.loops = append(p.loops, l)
		p.running.Go(l.run)
	}
	return nil
}

// Close ends the loops and waits for them; connections that are still up are not served any more.
func (p *Poller) Close() error {
	p.reading.Lock()
	defer p.reading.Unlock()
	return p.close()
}

func (p *Poller) close() error {
	for _, l := range p.loops {
		l.closing.Store(true)
		// An error would mean that nobody can wait on the file, and then there is no loop.
		_ = l.file.SetDeadline(longAgo())
	}
	p.running.Wait()
	p.final = p.stats()
	var failed []error
	for _, l := range p.loops {
		failed = append(failed, l.file.Close())
	}
	p.loops = nil
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("close poller: %w", err)
	}
	return nil
}

// PollerStats say what the loops of a poller have done since it was opened.
type PollerStats struct {
	Loops int
	// Turns is how often a loop looked which connections are ready and served them, Served how many it found ready,
	// counted anew in each turn.
	Turns, Served uint64
	// Busy is the time in turns, of all loops together.
	Busy time.Duration
	// Delays counts connections served by how long their loop had not been done with everything that was ready, which is
	// the most that one of them waited for the others, and for itself where it had more to read than one turn gives it:
	// Delays[i] those of at least 2^(i-1) and less than 2^i microseconds, the last one all longer.
	Delays [delayClasses]uint64
	// Longest is the longest turn.
	Longest time.Duration
}

// delayClasses reach to half a minute.
const delayClasses = 26

// Stats reads what the loops have done, at any time.
func (p *Poller) Stats() PollerStats {
	p.reading.Lock()
	defer p.reading.Unlock()
	return p.stats()
}

func (p *Poller) stats() PollerStats {
	if len(p.loops) == 0 {
		return p.final
	}
	stats := PollerStats{Loops: len(p.loops)}
	for _, l := range p.loops {
		stats.Turns += l.turns.Load()
		stats.Served += l.served.Load()
		stats.Busy += time.Duration(l.busy.Load())
		stats.Longest = max(stats.Longest, time.Duration(l.longest.Load()))
		for i := range l.delays {
			stats.Delays[i] += l.delays[i].Load()
		}
	}
	return stats
}

// turnReads is how many connections a loop serves in a turn, at most; after each turn whoever else wants the core has
// it.
const turnReads = 64

// A loop serves connections in a goroutine of its own.
type loop struct {
	file *os.File // the system's queue of readiness
	// closing ends the loop where it would not wait for readiness, and so not notice its file's deadline, as there is always
	// something to do.
	closing atomic.Bool
	// buf is what one connection after the other is read into.
	buf []byte
	// more holds connections that had more to read than their turn gave them: the system says so only once.
	// spare is the memory of the list before.
	more, spare []*link
	// behind is since when the loop has had something to do; zero: it has done everything.
	behind time.Time

	mu sync.Mutex
	// places holds the connections; readiness names them by place and generation, so that what the system has said of
	// one never reaches another that came into its place. free are the empty ones.
	places []place
	free   []uint32

	// What Stats reads; only the loop writes.
	turns, served atomic.Uint64
	busy, longest atomic.Int64
	delays        [delayClasses]atomic.Uint64
}

// A place is where a connection stands in its loop.
type place struct {
	l          *link
	generation uint32
}

// A readiness is what the system says of a connection.
type readiness struct {
	place, generation uint32
	in, out           bool
	// over: the server has closed its side, or the connection is dead.
	over bool
}

// enter finds a place for a connection.
func (o *loop) enter(l *link) (number, generation uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.free); n > 0 {
		number, o.free = o.free[n-1], o.free[:n-1]
	} else {
		number = uint32(len(o.places))
		o.places = append(o.places, place{})
	}
	p := &o.places[number]
	p.l = l
	return number, p.generation
}

// depart empties a place.
func (o *loop) depart(number uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := &o.places[number]
	p.l = nil
	p.generation++
	o.free = append(o.free, number)
}

// at is the connection that the system speaks of; nil: it is gone.
func (o *loop) at(number, generation uint32) *link {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := &o.places[number]; p.generation == generation {
		return p.l
	}
	return nil
}

// turn serves the connections that are ready, and those that were not done last time.
func (o *loop) turn(ready []readiness) {
	began := time.Now()
	if o.behind.IsZero() {
		o.behind = began
	}
	more := o.more
	o.more = o.spare[:0]
	for _, l := range more {
		l.again = false
		o.serve(l, readiness{})
	}
	for _, r := range ready {
		if l := o.at(r.place, r.generation); l != nil {
			o.serve(l, r)
		}
	}
	ended := time.Now()
	o.account(len(more)+len(ready), ended.Sub(began), ended.Sub(o.behind))
	clear(more)
	o.spare = more
}

func (o *loop) serve(l *link, r readiness) {
	if l.ready(r, o.buf) && !l.again {
		l.again = true
		o.more = append(o.more, l)
	}
}

// account notes a turn, and for how long the loop had not been done with everything at its end.
func (o *loop) account(served int, took, behind time.Duration) {
	o.turns.Store(o.turns.Load() + 1)
	o.served.Store(o.served.Load() + uint64(served))
	o.busy.Store(o.busy.Load() + int64(took))
	o.longest.Store(max(o.longest.Load(), int64(took)))
	delay := &o.delays[min(bits.Len64(uint64(behind/time.Microsecond)), delayClasses-1)]
	delay.Store(delay.Load() + uint64(served))
}

// adopt takes a TCP connection over from Go's own poller, which costs memory and a wake-up for each read; the
// descriptor is the link's from then on.
func (p *Poller) adopt(l *link) error {
	if p == nil || len(p.loops) == 0 {
		return nil
	}
	fd, err := takeDescriptor(l.conn)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take the descriptor: %w", err)
	}
	l.conn, l.fd = nil, fd
	l.loop = p.loops[int(p.next.Add(1))%len(p.loops)]
	return nil
}
