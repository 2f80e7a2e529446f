package pace

import "math"

// A Source is a small generator of pseudo-random numbers, splitmix64: eight bytes of state, so that every one of a
// hundred thousand clients can have its own. It is not for secrets.
type Source uint64

// gamma is the odd step of splitmix64: 2^64 divided by the golden ratio.
const gamma = 0x9e3779b97f4a7c15

// Uint64 returns the next number, uniform over 64 bits.
func (s *Source) Uint64() uint64 {
	*s += gamma
	return mix(uint64(*s))
}

// Float64 returns the next number, uniform in [0, 1).
func (s *Source) Float64() float64 {
	return float64(s.Uint64()>>11) / (1 << 53)
}

// exponential returns the next number of the exponential distribution of mean 1, by inverting it.
func (s *Source) exponential() float64 {
	// 1 - Float64 lies in (0, 1], so the logarithm is finite and the gap is never negative.
	return -math.Log(1 - s.Float64())
}

// Seed derives the seed of client n from the seed of the run. Streams of different clients are independent, also where
// n and the run's seed are small numbers.
func Seed(run uint64, n int) uint64 {
	return mix(mix(run+gamma) ^ mix(uint64(n)*gamma+1))
}

// mix scrambles 64 bits one to one.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
