package pace

import (
	"math"
	"time"
)

// sinePieces is the number of straight pieces by which a period of a sine is drawn. Their ends lie on the sine. Between
// them the rate is off by at most 5e-6 of half its range, and the number of messages never by more than 2e-6 of half the
// range × the period; over whole periods it is exact.
const sinePieces = 1024

// Sine goes from the low rate up to the high one and back in each period, in messages per second, and begins with the
// low one.
func Sine(low, high float64, period time.Duration) *Curve {
	if period <= 0 {
		return Flat(low)
	}
	low, high = positive(low), positive(high)
	at := func(i int) float64 { return float64(period) * float64(i) / sinePieces }
	rate := func(i int) float64 {
		return low + (high-low)*(1-math.Cos(2*math.Pi*float64(i)/sinePieces))/2
	}
	c := &Curve{pieces: make([]piece, 0, sinePieces)}
	for i := range sinePieces {
		c.ramp(at(i), at(i+1), rate(i), rate(i+1))
	}
	c.repeat(float64(period))
	return c
}
