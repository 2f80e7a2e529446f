// Package resources tells what this process itself has used, and what the machine around it did meanwhile.
//
// It owns the reading of these figures; what they mean is said at history.GeneratorSample, history.Effort and
// history.Machine, whose form it gives them, and what follows from them is for others. The packages of the command may
// import it; of ours it imports the record.
package resources

import (
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// CPU is the CPU time, user and system, of this process so far; 0 where the system does not say.
func CPU() time.Duration {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// RSS is the resident memory of this process in bytes; 0 where the system does not say.
func RSS() int64 {
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	stat, err := self.Stat()
	if err != nil {
		return 0
	}
	return int64(stat.ResidentMemory())
}
