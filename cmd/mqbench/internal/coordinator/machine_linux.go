package coordinator

import (
	"github.com/prometheus/procfs"
)

// ThisMachine says what is to be had here and now.
func ThisMachine() Machine {
	m := Machine{FileLimit: FileLimit()}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return m
	}
	if bounds, err := fs.SysctlInts("net.ipv4.ip_local_port_range"); err == nil && len(bounds) == 2 {
		m.Ports = bounds[1] - bounds[0] + 1
	}
	if memory, err := fs.Meminfo(); err == nil && memory.MemAvailableBytes != nil {
		m.MemoryBytes = int64(*memory.MemAvailableBytes)
	}
	return m
}
