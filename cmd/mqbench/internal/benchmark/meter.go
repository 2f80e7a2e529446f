package benchmark

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/prometheus/procfs"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/resources"
)

// A meter reads what this process and its counterpart use between start and stop. Where profiles are asked for it
// writes them: NAME.cpu.pprof of that time, and NAME.allocs.pprof, whose base for `go tool pprof -diff_base` is
// NAME.allocs-before.pprof.
type meter struct {
	spec        Spec
	cpuProfile  *os.File
	time        time.Time
	cpu         time.Duration
	counterpart time.Duration
	mallocs     uint64
	// err is what went wrong in writing the profiles at the end.
	err error
}

// allocationRate is the mean number of bytes between two samples of the allocation profile.
const allocationRate = 512

// newMeter makes a meter; a process has one.
func newMeter(s Spec) (*meter, error) {
	m := &meter{spec: s}
	if s.Profile == "" {
		return m, nil
	}
	runtime.MemProfileRate = allocationRate
	var err error
	m.cpuProfile, err = os.Create(s.Profile + ".cpu.pprof")
	return m, err
}

// start begins the measurement.
func (m *meter) start() error {
	if m.cpuProfile != nil {
		err := errors.Join(m.writeAllocations(".allocs-before.pprof"), pprof.StartCPUProfile(m.cpuProfile))
		if err != nil {
			return err
		}
	}
	m.mallocs = mallocs()
	m.counterpart = cpuOf(m.spec.Counterpart)
	m.time, m.cpu = time.Now(), resources.CPU()
	return nil
}

// stop ends it.
func (m *meter) stop() Measurement {
	used := Measurement{
		CPU: resources.CPU() - m.cpu, Elapsed: time.Since(m.time),
		CounterpartCPU: cpuOf(m.spec.Counterpart) - m.counterpart, Mallocs: mallocs() - m.mallocs,
	}
	if m.cpuProfile != nil {
		pprof.StopCPUProfile()
		m.err = m.writeAllocations(".allocs.pprof")
	}
	return used
}

// close says what went wrong with the profiles. A case that is no matter of time has an allocation profile only.
func (m *meter) close() error {
	if m.cpuProfile == nil {
		return nil
	}
	err := errors.Join(m.err, m.cpuProfile.Close())
	if m.time.IsZero() {
		err = errors.Join(err, os.Remove(m.cpuProfile.Name()), m.writeAllocations(".allocs.pprof"))
	}
	return err
}

// writeAllocations writes all allocations of the process so far.
func (m *meter) writeAllocations(ending string) error {
	file, err := os.Create(m.spec.Profile + ending)
	if err != nil {
		return err
	}
	runtime.GC() // the profile is as of the last collection
	return errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
}

func mallocs() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}

// cpuOf is the CPU time, user and system, of another process so far; 0 where the system does not say.
func cpuOf(pid int) time.Duration {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return 0
	}
	stat, err := process.Stat()
	if err != nil {
		return 0
	}
	return time.Duration(stat.CPUTime() * float64(time.Second))
}

// memory is the resident memory of this process once garbage is gone and free pages are returned.
func memory() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	return resources.RSS()
}
