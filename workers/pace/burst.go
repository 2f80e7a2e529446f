package pace

import "time"

// Burst begins each period with one rate for some time and goes on with another, in messages per second: bursts begin
// at 0, every, 2 × every and so on. Without a period the second rate is all there is.
func Burst(base, burst float64, every, lasting time.Duration) *Curve {
	if every <= 0 || lasting <= 0 {
		return Flat(base)
	}
	c := new(Curve)
	c.hold(0, burst)
	if lasting < every {
		c.hold(float64(lasting), base)
	}
	c.repeat(float64(every))
	return c
}
