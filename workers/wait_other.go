//go:build !linux

package workers

import "time"

// An alarm wakes a goroutine as precisely as Go's timers do.
type alarm struct{}

func newAlarm() (*alarm, error) { return &alarm{}, nil }

// sleep waits for a time.
func (a *alarm) sleep(d time.Duration) error {
	time.Sleep(d)
	return nil
}

func (a *alarm) close() error { return nil }
