package check

import "time"

// backlog is the time since an injection was healed until all that was ever delivered of what had been intended by then
// was delivered: the end of the last second in which a message came that was so late that it was intended before the
// heal. The timeline knows the largest latency of each second and not whose it was, so that the figure is right to
// about a second. It is 0 where nothing was behind, and -1 where the injection was not healed. What never came is not
// part of it, and what later faults held up is.
func (r *record) backlog(injection int) time.Duration {
	s := r.spells[injection]
	if s.none || s.ended == forever {
		return -1
	}
	caughtUp := s.ended
	for _, x := range r.run.Timeline {
		if x.Delivered > 0 && x.At-x.EndToEndMax < s.ended {
			caughtUp = max(caughtUp, x.At)
		}
	}
	return caughtUp - s.ended
}
