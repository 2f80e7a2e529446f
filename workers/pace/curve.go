package pace

import (
	"math"
	"sort"
	"time"
)

// A Curve is a rate over time, since the start of the load: straight pieces one behind the other. It is immutable and
// shared by all pacers of a group.
//
// What matters of it is the integral, the number of messages up to a time, because the n-th message is due where that
// number comes to n. For straight pieces both directions have a closed form, so nothing adds up over the length of a
// run.
type Curve struct {
	// pieces are in order, the first begins at 0. The last holds for ever, or up to the end of the period.
	pieces []piece
	// period is the time in nanoseconds after which the pieces begin again; 0: never. perPeriod is the number of messages
	// of a period.
	period, perPeriod float64
	// level is the rate of a curve that never changes, where it is not 0: most do not.
	level float64
}

// A piece is a part of a curve in which the rate changes evenly.
type piece struct {
	// at is when it begins, in nanoseconds; count is the number of messages before.
	at, count float64
	// rate is in messages per second where the piece begins; slope is its change per second.
	rate, slope float64
}

// second is a second in nanoseconds.
const second = float64(time.Second)

// Flat is a rate in messages per second that never changes. As in every curve, a rate that is not a number above 0 is 0.
func Flat(rate float64) *Curve {
	c := new(Curve)
	c.hold(0, rate)
	c.level = positive(rate)
	return c
}

// positive makes 0 of what is no rate.
func positive(rate float64) float64 {
	if rate > 0 && !math.IsInf(rate, 1) {
		return rate
	}
	return 0
}

// hold appends the rate from a time on, in nanoseconds.
func (c *Curve) hold(at, rate float64) { c.ramp(at, at, rate, rate) }

// ramp appends a piece from one time and rate to another.
func (c *Curve) ramp(at, until, from, to float64) {
	p := piece{at: at, count: c.reached(at), rate: positive(from)}
	if until > at {
		p.slope = (positive(to) - p.rate) * second / (until - at)
	}
	c.pieces = append(c.pieces, p)
}

// repeat lets the pieces begin again after that time, in nanoseconds.
func (c *Curve) repeat(period float64) {
	c.perPeriod = c.reached(period)
	c.period = period
}

// reached is the number of messages up to a time behind the beginning of the last piece.
func (c *Curve) reached(ns float64) float64 {
	if len(c.pieces) == 0 {
		return 0
	}
	return c.pieces[len(c.pieces)-1].upTo(ns)
}

// upTo is the number of messages up to a time in the piece.
func (p *piece) upTo(ns float64) float64 {
	x := max(ns-p.at, 0) / second
	return p.count + max(x*(p.rate+p.slope*x/2), 0)
}

// Count returns how many messages the curve comes to up to that time since the start of the load: the integral of the
// rate.
func (c *Curve) Count(at time.Duration) float64 {
	ns, before := c.within(float64(max(at, 0)))
	return before + c.pieces[c.pieceAt(ns)].upTo(ns)
}

// Rate returns the rate at that time, in messages per second; where it jumps, the one from there on.
func (c *Curve) Rate(at time.Duration) float64 {
	ns, _ := c.within(float64(max(at, 0)))
	p := c.pieces[c.pieceAt(ns)]
	return max(p.rate+p.slope*(ns-p.at)/second, 0)
}

// Range returns the lowest and the highest rate from the start of the load up to that time.
func (c *Curve) Range(until time.Duration) (low, high float64) {
	end := float64(until)
	if c.period > 0 {
		end = min(end, c.period)
	}
	low = math.Inf(1)
	for i, p := range c.pieces {
		if p.at >= end && i > 0 {
			break
		}
		last := p.rate + p.slope*(c.endOf(i, end)-p.at)/second
		low, high = min(low, p.rate, max(last, 0)), max(high, p.rate, last)
	}
	return low, high
}

// endOf is where piece i ends, or the time where that comes first.
func (c *Curve) endOf(i int, latest float64) float64 {
	if i+1 < len(c.pieces) {
		return min(c.pieces[i+1].at, latest)
	}
	return latest
}

// within takes whole periods off a time, and returns how many messages they had.
func (c *Curve) within(ns float64) (rest, before float64) {
	if c.period == 0 || ns < c.period {
		return ns, 0
	}
	periods := math.Floor(ns / c.period)
	return ns - periods*c.period, periods * c.perPeriod
}

// pieceAt finds the piece at a time of the first period.
func (c *Curve) pieceAt(ns float64) int {
	return max(sort.Search(len(c.pieces), func(i int) bool { return c.pieces[i].at > ns })-1, 0)
}

// due returns the time in nanoseconds up to which the curve has come to that number of messages and from which on it
// comes to more: where the rate is 0 meanwhile, that is the end of the pause. It is infinite where there never are more.
func (c *Curve) due(count float64) float64 {
	if c.level > 0 {
		return count * second / c.level
	}
	return c.search(count)
}

// search is due for curves of several pieces.
func (c *Curve) search(count float64) float64 {
	start := 0.0
	if c.period > 0 {
		if c.perPeriod <= 0 {
			return math.Inf(1)
		}
		periods := math.Floor(count / c.perPeriod)
		start, count = periods*c.period, max(count-periods*c.perPeriod, 0)
	}
	i := max(sort.Search(len(c.pieces), func(i int) bool { return c.pieces[i].count > count })-1, 0)
	end := math.Inf(1)
	if i+1 < len(c.pieces) {
		end = c.pieces[i+1].at
	} else if c.period > 0 {
		end = c.period
	}
	return start + min(c.pieces[i].due(count), end)
}

// due returns the time in nanoseconds at which the piece, if it were endless, comes to that number of messages. Dividing
// last makes it exact where a message falls on a whole nanosecond, as the one at the end of the load does.
func (p *piece) due(count float64) float64 {
	missing := count - p.count
	switch {
	case p.slope != 0:
		// The solution of rate × x + slope × x²/2 = missing that stays exact as the slope or the rate goes to 0.
		root := math.Sqrt(max(p.rate*p.rate+2*p.slope*missing, 0))
		if p.rate+root == 0 {
			return p.at
		}
		return p.at + 2*missing/(p.rate+root)*second
	case p.rate > 0:
		return p.at + missing*second/p.rate
	default:
		return math.Inf(1)
	}
}
