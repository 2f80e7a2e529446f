package pace

import (
	"math"
	"time"
)

// nextPoisson draws the next gap of a Poisson process by inverting the exponential distribution.
func (p *Pacer) nextPoisson() time.Duration {
	source := Source(p.state)
	// 1 - Float64 lies in (0, 1], so the logarithm is finite and the gap is never negative.
	p.offset -= math.Log(1-source.Float64()) * float64(time.Second) / p.rate
	p.state = uint64(source)
	return clamp(p.offset)
}
