package coordinator

import (
	"strconv"

	"github.com/prometheus/procfs"
)

// describeMachine adds the processor and the memory; what the system does not tell is left out.
func describeMachine(facts map[string]string) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return
	}
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		facts["cpu_model"] = cpus[0].ModelName
	}
	if memory, err := fs.Meminfo(); err == nil && memory.MemTotalBytes != nil {
		facts["memory_bytes"] = strconv.FormatUint(*memory.MemTotalBytes, 10)
	}
}
