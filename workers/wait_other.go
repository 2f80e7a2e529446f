//go:build !linux

package workers

import "time"

// sleepShortly sleeps for a few milliseconds at most.
func sleepShortly(d time.Duration) { time.Sleep(d) }
