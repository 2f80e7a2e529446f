package scenarios

// Rate is a number of events per second, written "500/s", "30/m" or "2/h".
type Rate float64

// Size is a number of bytes, written "128B", "4KiB", "1MiB", "1kB" or "1MB".
type Size int64
