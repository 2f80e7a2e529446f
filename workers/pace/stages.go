package pace

import "time"

// A Stage is a part of a load: for that time the rate goes evenly From one To another, in messages per second.
type Stage struct {
	For      time.Duration
	From, To float64
}

// Stages is one stage behind the other. The rate that the last one ends with holds from then on.
func Stages(stages []Stage) *Curve {
	c := new(Curve)
	at, last := 0.0, 0.0
	for _, s := range stages {
		last = s.To
		if s.For <= 0 {
			continue
		}
		c.ramp(at, at+float64(s.For), s.From, s.To)
		at += float64(s.For)
	}
	c.hold(at, last)
	return c
}
