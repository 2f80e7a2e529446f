//go:build !linux

package coordinator

// ThisMachine says what is to be had here and now, as far as the system tells.
func ThisMachine() Machine { return Machine{FileLimit: FileLimit()} }
