package resources

import (
	"runtime"

	"github.com/prometheus/procfs"

	"github.com/mqbench/mqbench/reports/history"
)

// A Sampler tells what happened since it was asked last. It is for one goroutine at a time.
type Sampler struct {
	runtime *runtimeFigures
	quota   *quota // nil: the system has no control groups
	machine *machine
}

// NewSampler begins the first interval.
func NewSampler() *Sampler {
	s := &Sampler{runtime: newRuntimeFigures()}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return s
	}
	s.machine = newMachine(fs, procfs.DefaultMountPoint)
	if self, err := procfs.Self(); err == nil {
		s.quota = findQuota(self, "/sys/fs/cgroup")
	}
	return s
}

// Sample ends an interval and begins the next one.
func (s *Sampler) Sample() history.GeneratorSample {
	sample := history.GeneratorSample{CPU: CPU(), RSSBytes: RSS()}
	s.runtime.sample(&sample)
	sample.Effort.Processors, sample.Effort.Throttled = float64(runtime.GOMAXPROCS(0)), -1
	if s.quota != nil {
		allowed, throttled := s.quota.sample()
		if allowed > 0 {
			sample.Effort.Processors = min(sample.Effort.Processors, allowed)
		}
		sample.Effort.Throttled = throttled
	}
	if s.machine != nil {
		sample.Machine = s.machine.sample()
	}
	return sample
}
