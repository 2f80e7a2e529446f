package coordinator

import (
	"context"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/mqtt"
)

// beat is the time between two beats of the pulse.
const beat = 10 * time.Millisecond

// pulse asks to be woken again and again, and records how late that is: what keeps this process from running keeps it
// from reading, too.
func (r *run) pulse(ctx context.Context) {
	log := r.recorder.Pulse(r.recorder.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		asked := r.recorder.Now() + beat
		timer.Reset(beat)
		select {
		case <-timer.C:
			log.Looked(r.recorder.Now(), asked)
		case <-ctx.Done():
			return
		}
	}
}

// readLag turns what readers have done since then into samples of history.ReadLag; each stands at the middle of its
// class.
func readLag(now, then mqtt.PollerStats) *hdr.Histogram {
	h := history.NewHistogram()
	for class, n := range now.Delays {
		middle := time.Microsecond << class * 3 / 4
		_ = h.RecordValues(int64(middle), int64(n-then.Delays[class])) // the longest class is below a minute
	}
	return h
}
