// Package pace answers one question: when is the n-th message of a publisher due?
//
// It owns the arrival processes as pure functions of a [Spec] and n. It reads no clock, waits for nothing and knows no
// connection: what happens to a client cannot move its schedule. Any package may import it; it imports none of ours.
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

// A Spec describes the schedule of one publisher.
type Spec struct {
	Arrival Arrival
	// Rate is the number of messages per second; nothing is due at 0 or below.
	Rate float64
	// Seed selects the draw of a Poisson schedule; see [Seed].
	Seed uint64
	// Phase shifts a constant schedule by that part of a period; only its fraction counts. Poisson needs none.
	Phase float64
}

// A Pacer is a position in a schedule. It is a small value: a copy continues on its own and yields the same times.
type Pacer struct {
	// rate is in messages per second; 0 means that nothing is ever due.
	rate float64
	// offset is the phase of a constant schedule in periods, or the last intended time of a Poisson schedule in
	// nanoseconds.
	offset float64
	// state is the number of the next message of a constant schedule, or the generator of a Poisson schedule.
	state   uint64
	poisson bool
}

// New returns a pacer that stands before the first message of the schedule.
func New(s Spec) Pacer {
	p := Pacer{poisson: s.Arrival == Poisson}
	if s.Rate > 0 && !math.IsInf(s.Rate, 1) {
		p.rate = s.Rate
	}
	if p.poisson {
		p.state = s.Seed
		return p
	}
	phase := s.Phase - math.Floor(s.Phase)
	p.offset = math.Floor(phase*phaseSteps) / phaseSteps
	return p
}

// Next returns the intended time of the next message since the start of the load, and steps on. Times never decrease.
// After [Never] it keeps returning Never.
func (p *Pacer) Next() time.Duration {
	if p.rate == 0 {
		return Never
	}
	if p.poisson {
		return p.nextPoisson()
	}
	return p.nextConstant()
}

// clamp turns nanoseconds into a duration; what a duration cannot hold is Never.
func clamp(ns float64) time.Duration {
	if ns >= float64(Never) {
		return Never
	}
	return time.Duration(ns)
}
