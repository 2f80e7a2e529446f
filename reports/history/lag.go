package history

import "time"

// A LagLog records how far a part of the generator is behind, be it a shard or the pulse: it looks once in each
// millisecond, so that the percentiles are parts of time and one long delay weighs as much as it lasted. It belongs to
// the goroutine of that part.
type LagLog struct {
	recorder *Recorder
	lane     *lane
	metric   int
	looked   time.Duration
}

// lagGrid is the time between two looks.
const lagGrid = time.Millisecond

// lagLooks bounds the looks that are recorded one by one after a long delay. Beyond it, each of as many stands for
// several.
const lagLooks = 1000

// Shard returns a log for shard n, which begins its work at the time at; see [ShardLag].
func (r *Recorder) Shard(n int, at time.Duration) *LagLog {
	return &LagLog{recorder: r, lane: r.publisherLanes[n%len(r.publisherLanes)], metric: shardLag, looked: at}
}

// Pulse returns a log for the one goroutine that asks to be woken and does nothing else; see [WakeLag].
func (r *Recorder) Pulse(at time.Duration) *LagLog {
	return &LagLog{recorder: r, lane: r.publisherLanes[0], metric: wakeLag, looked: at}
}

// Looked records the lag since the last call. earliest is since when the part had something to do that it begins with
// only now, or has only now done; later than now where there was nothing to do.
func (l *LagLog) Looked(now, earliest time.Duration) {
	looks := int64(now/lagGrid - l.looked/lagGrid)
	if looks <= 0 {
		return
	}
	behind := min(max(int64(now/lagGrid-max(earliest, l.looked)/lagGrid), 0), looks)
	l.looked = now
	window := l.recorder.windows.Load().at(now)
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	l.lane.recordMany(l.metric, window, 0, looks-behind)
	last := now.Truncate(lagGrid) // the latest look
	for k := range min(behind, lagLooks) {
		first := k * behind / min(behind, lagLooks)
		next := (k + 1) * behind / min(behind, lagLooks)
		l.lane.recordMany(l.metric, window, last-time.Duration(first)*lagGrid-earliest, next-first)
	}
}
