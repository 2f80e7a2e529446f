package resources

import (
	"os"
	"runtime"
	"testing"
)

// What is used is seen: work costs CPU time, and memory that is touched is resident.
func TestUse(t *testing.T) {
	before, sum := CPU(), 0
	for n := 0; CPU() == before && n < 1<<30; n++ {
		sum += n
	}
	if CPU() <= before {
		t.Errorf("CPU time stayed at %s (sum %d)", before, sum)
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Logf("this system does not show the memory of processes: %v", err)
		return
	}
	const size = 64 << 20
	rss := RSS()
	block := make([]byte, size)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	if grown := RSS() - rss; grown < size/2 {
		t.Errorf("memory grew by %d bytes when %d were touched", grown, len(block))
	}
	runtime.KeepAlive(block)
}
