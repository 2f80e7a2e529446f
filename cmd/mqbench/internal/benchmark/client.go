package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// RunID is the run's id in the stamps of a benchmark.
const RunID uint64 = 0x6d71_6265_6e63_6821

// inFlight is the window of unacknowledged messages of each client.
const inFlight = 100

// errAlone is the cause when the process that asked for a measurement is gone.
var errAlone = errors.New("nobody waits for this measurement any more")

// Client is the body of a client process: a Spec on its input, a Measurement on its output. It gives up when the input
// ends, and then removes its folder, as whoever made it is dead.
func Client(ctx context.Context, in io.Reader, out io.Writer) error {
	var s Spec
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&s); err != nil {
		return fmt.Errorf("read the specification: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		_, _ = io.Copy(io.Discard, in) // any end of the input means the same
		cancel(errAlone)
	}()
	m, err := s.measure(ctx)
	if errors.Is(context.Cause(ctx), errAlone) {
		return errors.Join(errAlone, os.RemoveAll(s.Dir))
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(m)
}

// measure does what the specification says.
func (s Spec) measure(ctx context.Context) (Measurement, error) {
	meter, err := newMeter(s)
	if err != nil {
		return Measurement{}, err
	}
	m, err := s.carryOut(ctx, meter)
	return m, errors.Join(err, meter.close())
}

func (s Spec) carryOut(ctx context.Context, meter *meter) (Measurement, error) {
	switch {
	case s.Task == Write:
		return measureWrites(ctx, s, meter)
	case s.Task == Read:
		return measureReads(ctx, s, meter)
	case s.Task == Record:
		return measureRecord(s)
	case s.Library == Paho:
		return measurePaho(ctx, s, meter)
	default:
		return measureOurs(ctx, s, meter)
	}
}

// follow has the work done and measures it: all of it, or what comes after the first messages where those shall not
// count. count says how many messages are done.
func (s Spec) follow(
	ctx context.Context, meter *meter, count func() int, work func(context.Context) error,
) (m Measurement, err error) {
	g, ctx := errgroup.WithContext(ctx)
	before, warm := 0, int(s.Warm*float64(s.Messages))
	if warm > 0 {
		g.Go(func() error { return work(ctx) })
		if err := waitFor(ctx, func() bool { return count() >= warm }); err != nil {
			return m, s.short(count(), g.Wait(), err)
		}
		before = count()
	}
	if err := meter.start(); err != nil {
		return m, err
	}
	if warm == 0 {
		g.Go(func() error { return work(ctx) })
	}
	err = waitFor(ctx, func() bool { return count() >= s.Messages })
	total := count()
	m = meter.stop()
	m.Messages, m.Total, m.Clients = total-before, total, s.Clients
	if warm > 0 {
		m.Rate = s.rate()
	}
	if workErr := g.Wait(); err != nil || workErr != nil {
		return m, s.short(total, workErr, err)
	}
	return m, nil
}

// short says why not all messages were done: what went wrong with the work, or else why nobody waited longer.
func (s Spec) short(done int, work, wait error) error {
	if work == nil {
		work = wait
	}
	return fmt.Errorf("%d of %d messages: %w", done, s.Messages, work)
}

// waitFor polls a condition until it holds or ctx ends.
func waitFor(ctx context.Context, condition func() bool) error {
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticks.C:
		}
	}
	return nil
}
