package workers

import (
	"context"
	"time"
)

// drainPeriod is how often Drain looks whether everything has arrived.
const drainPeriod = 50 * time.Millisecond

// Drain waits, after the load, until every backlog is sent, every message has its outcome and every flow has caught up,
// or the context ends. It returns how many are still behind: publishers with messages in the backlog or in flight, and
// flows that have not received what was acknowledged. 0 means that nothing is left to wait for.
func (f *Fleet) Drain(ctx context.Context) (behind int) {
	f.recall()
	waiting := f.publishers
	for {
		// A publisher that has settled stays so, because nothing becomes due any more.
		for len(waiting) > 0 && !waiting[0].unsettled() {
			waiting = waiting[1:]
		}
		if len(waiting) == 0 && f.recorder.Behind() == 0 {
			return 0
		}
		if !sleep(ctx, drainPeriod) {
			break
		}
	}
	for _, p := range waiting {
		if p.unsettled() {
			behind++
		}
	}
	return behind + f.recorder.Behind()
}
