package pace

import "time"

// A Step is a rate in messages per second from a time on.
type Step struct {
	At   time.Duration
	Rate float64
}

// Steps is one rate after the other, each from its time up to that of the next, the last one for ever. The times
// ascend; before the first one nothing is due.
func Steps(steps []Step) *Curve {
	c := new(Curve)
	if len(steps) == 0 || steps[0].At > 0 {
		c.hold(0, 0)
	}
	for _, s := range steps {
		c.hold(float64(s.At), s.Rate)
	}
	return c
}
