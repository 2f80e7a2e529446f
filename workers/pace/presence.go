package pace

import (
	"math"
	"time"
)

// A Rhythm describes when something is there and when it is away, in turn: a client, or its subscription. The zero
// value is there all the time.
type Rhythm struct {
	// Join is when it comes first, since the start of the load; 0: it belongs to those that are there from the start.
	Join time.Duration
	// Each stay and each absence is drawn uniformly between its bounds. Without absences it stays for ever.
	StayMin, StayMax, AwayMin, AwayMax time.Duration
	// Whole says that it is there at the start, for a part of a stay. Otherwise, without Join, the start is a moment
	// like any other: the part stay / (stay + away) of many is there, and what goes on then has begun before.
	Whole bool
	Seed  uint64
}

// A Presence is a position in the times of a rhythm. It is a small value: a copy continues on its own and yields the
// same times. Its zero value is there for ever.
type Presence struct {
	rhythm Rhythm
	source Source
	// The span that the position is in ends at until, and it is there in it or not. drawn is false in the zero value.
	there, drawn bool
	until        time.Duration
}

// NewPresence returns the position at the start.
func NewPresence(r Rhythm) Presence {
	p := Presence{rhythm: r, source: Source(r.Seed), there: true, drawn: true, until: Never}
	switch {
	case r.Join > 0:
		p.there, p.until = false, r.Join
	case !p.turns():
	case r.Whole:
		p.until = part(p.source.Float64(), p.between(r.StayMin, r.StayMax))
	default:
		p.amid()
	}
	return p
}

// turns says whether it ever goes.
func (p *Presence) turns() bool { return p.rhythm.AwayMax > 0 }

// amid draws the span that is under way at the start. In one that is met at a moment chosen blindly, long spans are
// met more often than short ones: the length that is met has a density that grows with the length.
func (p *Presence) amid() {
	r := &p.rhythm
	stay, away := mean(r.StayMin, r.StayMax), mean(r.AwayMin, r.AwayMax)
	p.there = p.source.Float64()*(stay+away) < stay
	low, high := float64(r.AwayMin), float64(r.AwayMax)
	if p.there {
		low, high = float64(r.StayMin), float64(r.StayMax)
	}
	met := math.Sqrt(low*low + p.source.Float64()*(high*high-low*low))
	p.until = part(p.source.Float64(), time.Duration(met))
}

// At tells whether it is there at a time since the start of the load, and until when that is so; [Never] is for ever.
// Times must not decrease from one call to the next.
func (p *Presence) At(t time.Duration) (there bool, until time.Duration) {
	if !p.drawn {
		return true, Never
	}
	for t >= p.until {
		p.next()
	}
	return p.there, p.until
}

// next steps into the span that follows.
func (p *Presence) next() {
	r := &p.rhythm
	p.there = !p.there
	switch {
	case !p.there:
		p.until = later(p.until, p.between(r.AwayMin, r.AwayMax))
	case p.turns():
		p.until = later(p.until, p.between(r.StayMin, r.StayMax))
	default:
		p.until = Never
	}
}

// between draws a length.
func (p *Presence) between(low, high time.Duration) time.Duration {
	return low + time.Duration(p.source.Float64()*float64(high-low))
}

// later is a time after another; a span has some length at least, so that time goes on.
func later(t, d time.Duration) time.Duration {
	if t > Never-max(d, 1) {
		return Never
	}
	return t + max(d, 1)
}

// part is what is left of a span of which a part has passed; never nothing.
func part(share float64, d time.Duration) time.Duration {
	return max(time.Duration((1-share)*float64(d)), 1)
}

func mean(low, high time.Duration) float64 { return (float64(low) + float64(high)) / 2 }
