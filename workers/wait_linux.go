package workers

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An alarm is a timer of the kernel that wakes a goroutine with the system's high resolution. The goroutine waits in Go's
// poller as one that waits for a socket does: a thread that slept in the kernel would keep its processor from all other
// goroutines, for a shard that sleeps and sends by turns never lets go of it.
type alarm struct {
	file *os.File
	raw  syscall.RawConn
	// wait is what raw calls, made once; in is how long to wait, armed says that the timer runs, err is why it does not.
	wait  func(fd uintptr) bool
	in    time.Duration
	armed bool
	err   error
}

// newAlarm returns an alarm, which has to be closed.
func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create a timer: %w", err)
	}
	a := &alarm{file: os.NewFile(uintptr(fd), "timer")}
	a.wait = a.arm
	if a.raw, err = a.file.SyscallConn(); err != nil {
		return nil, fmt.Errorf("create a timer: %w", err)
	}
	return a, nil
}

// sleep waits for a time above 0.
func (a *alarm) sleep(d time.Duration) error {
	a.in, a.armed, a.err = d, false, nil
	if err := a.raw.Read(a.wait); err != nil {
		return fmt.Errorf("wait for a timer: %w", err)
	}
	return a.err
}

// arm is called twice: to begin with, and when the timer has fired. Setting it anew forgets that it ever has, so that
// nothing has to be read from it.
func (a *alarm) arm(fd uintptr) (done bool) {
	if a.armed {
		return true
	}
	a.armed = true
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(a.in))}
	if err := unix.TimerfdSettime(int(fd), 0, &spec, nil); err != nil {
		a.err = fmt.Errorf("set a timer: %w", err)
		return true
	}
	return false
}

func (a *alarm) close() error { return a.file.Close() }
