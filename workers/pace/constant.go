package pace

import "time"

// nextConstant computes the time of message n from n alone, so that rounding never adds up: it is off by less than a
// nanosecond for runs of up to a hundred days. Dividing last makes it exact where a message falls on a whole
// nanosecond, as the one at the end of the load does: a rounded period would let that one slip in.
func (p *Pacer) nextConstant() time.Duration {
	at := clamp((float64(p.state) + p.offset) * float64(time.Second) / p.rate)
	p.state++
	return at
}
