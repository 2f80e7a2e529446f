package history

// next returns, by flow of the account, the sequence number that its publisher will use next; nil when all are 0.
func (r *Recorder) next(a *account) []uint32 {
	floor := make([]uint32, len(a.publishers))
	any := false
	for i, n := range a.publishers {
		l := &r.publishers[n]
		l.lane.mu.Lock()
		floor[i] = l.next
		l.lane.mu.Unlock()
		any = any || floor[i] > 0
	}
	if !any {
		return nil
	}
	return floor
}

type behindState struct{}

// Behind is being written.
func (r *Recorder) Behind() int { return 0 }
