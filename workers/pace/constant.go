package pace

import "time"

// nextConstant computes the time of message n from n alone, so that rounding never adds up: one multiplication of exact
// factors is off by less than a nanosecond for runs of up to a hundred days.
func (p *Pacer) nextConstant() time.Duration {
	at := clamp((float64(p.state) + p.offset) * p.interval)
	p.state++
	return at
}
