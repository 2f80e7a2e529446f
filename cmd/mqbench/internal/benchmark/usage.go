package benchmark

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/resources"
)

// RunID is the run's id in the stamps of a benchmark.
const RunID uint64 = 0x6d71_6265_6e63_6821

// inFlight is the window of unacknowledged messages of each client.
const inFlight = 100

// Client is the body of a client process: a Spec on its standard input, a Measurement on its standard output.
func Client(ctx context.Context, in io.Reader, out io.Writer) error {
	var s Spec
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return fmt.Errorf("read the specification: %w", err)
	}
	measure := measureOurs
	if s.Library == Paho {
		measure = measurePaho
	}
	m, err := measure(ctx, s)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(m)
}

// usage is the CPU time and the clock at the start of a measurement.
type usage struct {
	cpu  time.Duration
	time time.Time
}

func startUsage() usage { return usage{cpu: resources.CPU(), time: time.Now()} }

func (u usage) stop() Measurement {
	return Measurement{CPU: resources.CPU() - u.cpu, Elapsed: time.Since(u.time)}
}

// memory is the resident memory of this process once garbage is gone and free pages are returned.
func memory() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	return resources.RSS()
}
