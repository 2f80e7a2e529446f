package pace

import (
	"sort"
	"time"
)

// A Span is a time of the load, from its start up to, not including, its end, both since the start of the load.
type Span struct{ From, Until time.Duration }

// skip moves on to the first message that is not due while the publisher is away, and returns its time. Spans are
// skipped as a whole, whatever the rate.
func (p *Pacer) skip(at time.Duration) time.Duration {
	spans := *p.away
	i := sort.Search(len(spans), func(i int) bool { return spans[i].Until > at })
	for ; i < len(spans) && at >= spans[i].From; i++ {
		for at < spans[i].Until {
			p.jump(spans[i].Until)
			at = p.step()
		}
	}
	return at
}

// jump moves a schedule on to about a time: at most to the first message that is due then or later, and never back. A
// Poisson process has no memory, so that it may start anew; a constant schedule keeps its grid.
func (p *Pacer) jump(to time.Duration) {
	reached := p.schedule.Curve.Count(to) / p.schedule.among()
	if p.schedule.Arrival == Poisson {
		p.offset = max(p.offset, reached)
		return
	}
	// One less than the rounding of what is reached may be.
	if next := reached - p.offset - 1; next > float64(p.state) && next < 1<<63 {
		p.state = uint64(next)
	}
}
