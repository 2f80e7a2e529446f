//go:build !linux

package coordinator

// describeMachine adds nothing: only Linux is asked for its processor and memory.
func describeMachine(map[string]string) {}
