package coordinator

import (
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Environment describes the machine: figures of different machines are not comparable.
func Environment() map[string]string {
	facts := map[string]string{
		"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": strconv.Itoa(runtime.NumCPU()),
		"gomaxprocs": strconv.Itoa(runtime.GOMAXPROCS(0)),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		facts["kernel"] = unix.ByteSliceToString(name.Release[:])
	}
	describeMachine(facts)
	return facts
}

// FileLimit is the number of files that this process may have open; 0 when the system does not say. The Go runtime has
// already raised the soft limit to the hard one.
func FileLimit() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30))
}
