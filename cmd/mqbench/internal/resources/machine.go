package resources

import (
	"time"

	"github.com/prometheus/procfs"

	"github.com/mqbench/mqbench/reports/history"
)

// machine reads what the kernel tells of all processes.
type machine struct {
	fs   procfs.FS
	root string // where fs is
	// The totals of the reading before; nil: there was none.
	cpus     map[int64]procfs.CPUStat
	pressure *uint64
	network  *history.Network
}

func newMachine(fs procfs.FS, root string) *machine {
	m := &machine{fs: fs, root: root}
	m.sample()
	return m
}

// sample is nil where the kernel does not tell, or did not before.
func (m *machine) sample() *history.Machine {
	s := history.Machine{Pressure: m.waited(), Network: m.dropped()}
	stat, err := m.fs.Stat()
	if err != nil || len(stat.CPU) == 0 {
		return nil
	}
	before := m.cpus
	m.cpus = stat.CPU
	if before == nil {
		return nil
	}
	for n, now := range stat.CPU {
		then, there := before[n]
		if !there {
			continue // a processor that was not there before
		}
		s.Cores++
		// Time as a guest is part of user and nice already.
		busy := spent(now.User+now.Nice+now.System+now.IRQ+now.SoftIRQ, then.User+then.Nice+then.System+then.IRQ+then.SoftIRQ)
		steal, wait, idle := spent(now.Steal, then.Steal), spent(now.Iowait, then.Iowait), spent(now.Idle, then.Idle)
		s.Busy, s.Steal, s.IOWait, s.Idle = s.Busy+busy, s.Steal+steal, s.IOWait+wait, s.Idle+idle
		if all := busy + steal + wait + idle; all > 0 {
			s.BusiestCore = max(s.BusiestCore, float64(busy+steal)/float64(all))
		}
	}
	if s.Cores == 0 {
		return nil
	}
	return &s
}

// spent is the difference of two counts of seconds. Counts of idle times may go back a little.
func spent(now, then float64) time.Duration {
	return max(0, time.Duration((now-then)*float64(time.Second)).Round(time.Millisecond))
}

// waited is how long a thread waited for a processor; -1: the kernel does not tell, or did not before.
func (m *machine) waited() time.Duration {
	pressure, err := m.fs.PSIStatsForResource("cpu")
	if err != nil || pressure.Some == nil {
		m.pressure = nil
		return -1
	}
	before := m.pressure
	m.pressure = &pressure.Some.Total
	if before == nil {
		return -1
	}
	return time.Duration(*m.pressure-*before) * time.Microsecond
}

// dropped is what TCP dropped; nil: the kernel does not tell, or did not before.
func (m *machine) dropped() *history.Network {
	before, now := m.network, readNetwork(m.root)
	if m.network = now; now == nil {
		return nil
	}
	if before == nil {
		return nil
	}
	return &history.Network{
		QueueDrops: now.QueueDrops - before.QueueDrops, BacklogDrops: now.BacklogDrops - before.BacklogDrops,
		Pruned: now.Pruned - before.Pruned, ZeroWindows: now.ZeroWindows - before.ZeroWindows,
		ListenDrops: now.ListenDrops - before.ListenDrops,
	}
}
