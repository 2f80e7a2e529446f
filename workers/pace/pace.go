// Package pace answers one question: when is the n-th message of a publisher due?
//
// It owns the courses that a rate can take and the arrival processes along them, as pure functions of a [Schedule], what
// is a publisher's [Own], and n. It reads no clock, waits for nothing and knows no connection: what happens to a client
// cannot move its schedule. Any package may import it; it imports none of ours.
//
// A varying rate is a [Curve]. Its integral tells how many messages there are up to a time, and a schedule is that
// function turned round: a constant arrival asks when the integral comes to 0, 1, 2 and so on, shifted by the
// publisher's phase; a Poisson arrival asks when it comes to the times of a Poisson process of rate 1, which makes the
// result one with the varying rate (Çinlar, Introduction to Stochastic Processes, §4.7).
package pace

import (
	"math"
	"time"
)

// Arrival is a process of intended send times.
type Arrival byte

// The arrival processes.
const (
	// Constant spaces intended times evenly, shifted by the phase.
	Constant Arrival = iota
	// Poisson draws exponential gaps from the seed.
	Poisson
)

// Never is the intended time of a message that is never due: a publisher without a rate, or a time beyond 292 years.
const Never time.Duration = math.MaxInt64

// phaseSteps is the resolution of the phase. A phase with that few bits keeps (n + phase) exact in a float64 for every
// n of 32 bits, so that a constant publisher sends exactly rate × time messages in a whole number of periods.
const phaseSteps = 1 << 20

// A Schedule is what the publishers of a group have in common. It is not changed once it is used.
type Schedule struct {
	Curve   *Curve
	Arrival Arrival
	// Among is the number of publishers whose rate the curve is together; 0 and 1: it is that of each.
	Among int
}

// among is by how much faster the curve is than one publisher.
func (s *Schedule) among() float64 {
	if s.Among <= 1 {
		return 1
	}
	return float64(s.Among)
}

// Own is what each publisher of a group has for itself.
type Own struct {
	// Seed selects the draw of a Poisson schedule; see [Seed].
	Seed uint64
	// Phase shifts a constant schedule by that part of the distance from a message to the next; only its fraction counts.
	// Poisson needs none.
	Phase float64
	// Away are spans in which nothing is due, in order and apart from one another. They take messages out of the schedule
	// and move none of the others.
	Away []Span
}

// A Pacer is a position in a schedule. It is a small value: a copy continues on its own and yields the same times. That
// of the zero value has no message.
type Pacer struct {
	schedule *Schedule
	// away is nil where there are no such spans.
	away *[]Span
	// offset is the phase of a constant schedule, or what a Poisson process of rate 1 has come to.
	offset float64
	// state is the number of the next message of a constant schedule, or the generator of a Poisson schedule.
	state uint64
	// last is the last intended time.
	last time.Duration
}

// New returns a pacer that stands before the first message of the schedule.
func New(s *Schedule, own Own) Pacer {
	p := Pacer{schedule: s}
	if len(own.Away) > 0 {
		away := own.Away
		p.away = &away
	}
	if s.Arrival == Poisson {
		p.state = own.Seed
		return p
	}
	phase := own.Phase - math.Floor(own.Phase)
	p.offset = math.Floor(phase*phaseSteps) / phaseSteps
	return p
}

// Next returns the intended time of the next message since the start of the load, and steps on. Times never decrease.
// After [Never] it keeps returning Never.
func (p *Pacer) Next() time.Duration {
	if p.schedule == nil || p.last == Never {
		return Never
	}
	at := p.step()
	if p.away != nil {
		at = p.skip(at)
	}
	// Rounding may turn round two messages of the same nanosecond.
	p.last = max(p.last, at)
	return p.last
}

// Before returns how many more messages are due before a time. It steps through a schedule that has no closed form.
func (p Pacer) Before(end time.Duration) (n uint64) {
	if p.schedule == nil || end <= 0 {
		return 0
	}
	if p.away == nil && p.schedule.Arrival == Constant {
		first := p.state
		p.jump(end)
		n = p.state - first
	}
	for p.Next() < end {
		n++
	}
	return n
}

// step returns the time of the next message of the schedule, whether the publisher is there or not, and steps on.
func (p *Pacer) step() time.Duration {
	var count float64
	if p.schedule.Arrival == Poisson {
		source := Source(p.state)
		p.offset += source.exponential()
		p.state = uint64(source)
		count = p.offset
	} else {
		// From n alone, so that rounding never adds up.
		count = float64(p.state) + p.offset
		p.state++
	}
	return clamp(p.schedule.Curve.due(count * p.schedule.among()))
}

// clamp turns nanoseconds into a duration; what a duration cannot hold is Never.
func clamp(ns float64) time.Duration {
	if ns >= float64(Never) {
		return Never
	}
	return time.Duration(ns)
}
