package benchmark

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A Spec is one measurement.
type Spec struct {
	Task    Task
	QoS     byte
	Library Library
	Clients int
	// Messages is the number of messages over all clients, which become due within Span. The first part of them, Warm,
	// is not measured.
	Messages int
	Span     time.Duration
	Warm     float64
	// Payload is the length of a message in bytes.
	Payload int
	// Gaps: some of the messages of a record never come.
	Gaps bool
	// Address is the counterpart's, and Counterpart its process.
	Address     string
	Counterpart int
	// Dir is an empty folder for the record of a measurement.
	Dir string
	// Profile is the path of the profiles, without their endings; empty: none.
	Profile string
}

// A Measurement is what one process used while the messages went, without starting and connecting.
type Measurement struct {
	// Messages are those that were measured, Total all that were accounted for.
	Messages, Total int
	// CPU is user and system time, CounterpartCPU that of the process at the other end.
	CPU, CounterpartCPU time.Duration
	Elapsed             time.Duration
	// Mallocs counts the objects that were made on the heap.
	Mallocs uint64
	// RSSBytes is the memory that came with the clients.
	RSSBytes int64
	Clients  int
	// Rate is the load that was offered, in messages per second, where it was fixed; Delay the publish delay.
	Rate  float64
	Delay Delay
	// RecordBytes is the growth of a record on the heap, per message and flow.
	RecordBytes float64
}

// Delay is the time from intended to written, as percentiles.
type Delay struct{ P50, P99, P999 time.Duration }

// load is the part of the machine's processors that both ends used.
func (m Measurement) load() float64 {
	return float64(m.CPU+m.CounterpartCPU) / float64(max(m.Elapsed, 1)) / float64(runtime.NumCPU())
}

// offRate is by how much a measurement at a fixed rate may be shorter or longer than its messages are due.
const offRate = 0.2

// kept says that a measurement at a fixed rate was one: its messages took as long as they were due. On a machine that
// falls behind they pile up, and what is measured is how they are worked off.
func (m Measurement) kept() bool {
	if m.Rate == 0 {
		return true
	}
	due := float64(m.Messages) / m.Rate
	return math.Abs(m.Elapsed.Seconds()-due) <= offRate*due
}

// capacity is how many messages a second the machine can carry when each costs both ends what it did here.
func (m Measurement) capacity() float64 {
	each := (m.CPU + m.CounterpartCPU).Seconds() / float64(max(m.Messages, 1))
	return float64(runtime.NumCPU()) / max(each, 1e-9)
}

// measureRound measures a case once; with no rounds to count it writes profiles. At half load it finds out before how
// much that is.
func measureRound(ctx context.Context, o Options, c Case, l Library) (Measurement, error) {
	s := o.spec(c, l)
	if c.group == halfLoad {
		probe := o.spec(c, Ours)
		m, err := measureOnce(ctx, o, probe)
		if err != nil {
			return m, fmt.Errorf("find the capacity: %w", err)
		}
		s.Messages = max(1, int(m.capacity()/2*s.Span.Seconds())/s.Clients) * s.Clients
	}
	if o.Rounds == 0 {
		s.Profile = filepath.Join(o.Profile, strings.ReplaceAll(c.Name, "/", "-"))
	}
	return measureOnce(ctx, o, s)
}

// roundTimeout bounds one measurement.
const roundTimeout = 2 * time.Minute

var errRound = fmt.Errorf("a round took longer than %s: want fewer clients, or a machine that is less busy", roundTimeout)

// errCounterpart is the cause when a counterpart ended while it was needed: without it the client would try to
// reconnect until the round is over.
var errCounterpart = errors.New("the counterpart has ended")

// measureOnce runs a counterpart and a client, each as a process of its own.
func measureOnce(ctx context.Context, o Options, s Spec) (m Measurement, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, roundTimeout, errRound)
	defer cancel()
	if s.Dir, err = os.MkdirTemp(o.Dir, "round-"); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.Dir)) }()
	if s.Task == Record {
		return runClient(ctx, o.Self, s)
	}
	other, err := startCounterpart(ctx, o.Self, s)
	if err != nil {
		return m, err
	}
	defer func() {
		// A counterpart that had to be killed says nothing that the error before it has not said.
		if stopErr := other.stop(); err == nil {
			err = stopErr
		}
	}()
	s.Address, s.Counterpart = other.address, other.command.Process.Pid
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	go func() {
		<-other.ended // which comes at the latest when it is stopped
		lose(errors.Join(errCounterpart, other.err))
	}()
	return runClient(ctx, o.Self, s)
}

// runClient runs a client process. Its standard input stays open until it has ended: a client whose input ends knows
// that nobody waits for its measurement.
func runClient(ctx context.Context, self string, s Spec) (m Measurement, err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return m, err
	}
	var stdout, stderr bytes.Buffer
	client := exec.CommandContext(ctx, self, "bench-client")
	client.Stdout, client.Stderr = &stdout, &stderr
	stdin, err := client.StdinPipe()
	if err != nil {
		return m, err
	}
	if err := client.Start(); err != nil {
		return m, fmt.Errorf("start the client: %w", err)
	}
	_, writeErr := stdin.Write(text) // a client that ended says more about it
	if err := errors.Join(client.Wait(), writeErr); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return m, cause
		}
		return m, fmt.Errorf("client process: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	if err := json.Unmarshal(stdout.Bytes(), &m); err != nil {
		return m, fmt.Errorf("read the measurement: %w", err)
	}
	return m, nil
}

// counterpart is the process at the other end.
type counterpart struct {
	command *exec.Cmd
	stdin   io.Closer
	address string
	// ended is closed when the process has ended; err is how, then.
	ended chan struct{}
	err   error
}

// startCounterpart starts one that ends when its standard input is closed, also because this process died.
func startCounterpart(ctx context.Context, self string, s Spec) (*counterpart, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	c := &counterpart{command: exec.CommandContext(ctx, self, "bench-counterpart", string(text)), ended: make(chan struct{})}
	c.command.Stderr = os.Stderr
	stdin, err := c.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start the counterpart: %w", err)
	}
	_, addressErr := fmt.Fscanln(stdout, &c.address)
	go func() {
		c.err = c.command.Wait()
		close(c.ended)
	}()
	if addressErr != nil {
		return nil, errors.Join(fmt.Errorf("read the counterpart's address: %w", addressErr), c.stop())
	}
	return c, nil
}

// stop ends the process and returns how it ended.
func (c *counterpart) stop() error {
	_ = c.stdin.Close() // its end closes it as well
	<-c.ended
	if c.err != nil {
		return fmt.Errorf("end the counterpart: %w", c.err)
	}
	return nil
}
