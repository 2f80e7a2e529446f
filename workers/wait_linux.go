package workers

import (
	"time"

	"golang.org/x/sys/unix"
)

// sleepShortly sleeps for a few milliseconds at most by the system's high-resolution clock. It may return early when a
// signal arrives; the caller looks at the clock anyway.
func sleepShortly(d time.Duration) {
	spec := unix.NsecToTimespec(int64(d))
	if err := unix.Nanosleep(&spec, nil); err != nil && err != unix.EINTR {
		time.Sleep(d)
	}
}
