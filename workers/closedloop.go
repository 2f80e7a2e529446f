package workers

import (
	"math"
	"time"
)

// A closed loop has no schedule: a message is intended at the moment at which the window has room for it, and is handed
// to the socket at once. What it offers is what its broker takes, so that a broker that is slow or away is offered less
// or nothing, and its latencies say nothing about messages that would have come meanwhile (coordinated omission).
//
// At QoS 1 and 2 the window bounds the messages without an outcome, and acknowledgements keep the loop going. At QoS 0
// there are none: the window bounds what the socket has not taken yet, and the shard comes by in turns.

const (
	// loopTurn is how many messages of QoS 0 a publisher sends at most before others of its shard have their turn.
	loopTurn = 256
	// loopPause is how long a shard waits for those of which no socket takes anything.
	loopPause = time.Millisecond
	// loopLength is how many messages a closed loop sends at most: what the sequence numbers tell apart.
	loopLength = math.MaxUint32
)

// begin lets a closed loop go on until that time, since the epoch of the run; 0 ends it.
func (p *publisher) begin(until time.Duration) {
	p.session.Lock()
	defer p.session.Unlock()
	p.until = until
	p.pump()
}

// takeTurn gives a closed loop at QoS 0 its turn and reports whether it would take another at once.
func (p *publisher) takeTurn() (again bool) {
	p.session.Lock()
	defer p.session.Unlock()
	for sent := uint32(0); sent < loopTurn; {
		n := p.fill()
		if n == 0 {
			return false
		}
		sent += n
	}
	return true
}

// fill sends what the window has room for, once, and returns how many messages that was. The lock is held.
func (p *publisher) fill() (n uint32) {
	now := p.fleet.now()
	if !p.up || p.stalled || p.denied || now >= p.until {
		return 0
	}
	p.attempted = now
	for !p.denied && p.flights.count < p.window && p.due < loopLength && p.session.Room() > 0 {
		p.due++
		p.send(now)
		n++
	}
	if n > 0 {
		p.log.Due(int(n))
		p.flush(now)
	}
	return n
}
