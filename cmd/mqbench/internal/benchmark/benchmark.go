// Package benchmark states what the load engine itself costs, per message and per idle client, beside paho.golang doing
// the same in the same run.
//
// It owns the measurement: a counterpart that only acknowledges (or only sends) in a process of its own, each client
// library in a process of its own, rounds that alternate between the libraries, and medians of the rounds. Figures of
// different machines or runs are not comparable; the ratios of one run are. It does not own the engine that it
// measures, and judges nothing. Only the bench command imports it.
package benchmark

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/workers/stamp"
)

// A Case is what is measured.
type Case string

// The cases. PublishQoS0 to PublishQoS2 include stamp, schedule and record of each message, and for QoS 1 and 2 the
// whole round trip; Receive includes the flow account and the histograms; Idle is the resident memory of a connected
// client.
const (
	PublishQoS0 Case = "publish qos 0"
	PublishQoS1 Case = "publish qos 1, round trip"
	PublishQoS2 Case = "publish qos 2, round trip"
	Receive     Case = "receive qos 0"
	Idle        Case = "idle client"
)

// A Library is who does it.
type Library string

// The libraries.
const (
	Ours Library = "mqbench"
	Paho Library = "paho.golang"
)

// Cases lists the cases in the order in which they are shown.
func Cases() []Case { return []Case{PublishQoS0, PublishQoS1, PublishQoS2, Receive, Idle} }

// A Spec is one measurement.
type Spec struct {
	Case    Case
	Library Library
	Clients int
	// Messages is the number of messages over all clients; for Idle it is without meaning.
	Messages int
	// Payload is the length of a message in bytes.
	Payload int
	// Address is the counterpart's.
	Address string
	// Dir is an empty folder for the record of a measurement, which who made it removes, however the client ends.
	Dir string
}

// A Measurement is what one process used. CPU is user and system time of the messages alone, without starting and
// connecting.
type Measurement struct {
	Messages int
	CPU      time.Duration
	Elapsed  time.Duration
	// RSSBytes is the memory that came with the clients.
	RSSBytes int64
	Clients  int
}

// Options are the size of a benchmark.
type Options struct {
	// Self is the program that serves as counterpart (`bench-counterpart MODE`) and as client (`bench-client`).
	Self    string
	Rounds  int
	Clients int
	// IdleClients is the number of connections of the Idle case.
	IdleClients int
	Payload     int
	// Share is the part of a full round that is measured: 0 means all of it.
	Share float64
}

// The bounds of a benchmark. Every client at full speed has at least one message to send.
const (
	maxClients     = 10_000
	maxIdleClients = 50_000
	maxPayload     = 1 << 20
)

// check says what is wrong with the options.
func (o Options) check() error {
	for _, number := range []struct {
		name             string
		value, low, high int
	}{
		{"rounds", o.Rounds, 1, 1000},
		{"clients", o.Clients, 1, maxClients},
		{"idle clients", o.IdleClients, 1, maxIdleClients},
		{"payload", o.Payload, stamp.Size, maxPayload},
	} {
		if number.value < number.low || number.value > number.high {
			return fmt.Errorf("%w: %s: got %d, want %d to %d", ErrOptions, number.name, number.value, number.low, number.high)
		}
	}
	return nil
}

// ErrOptions says that what was asked for cannot be measured.
var ErrOptions = errors.New("options of the benchmark")

// messages is the size of a round: enough for about a second of CPU time of the slower library.
func messages(c Case, l Library) int {
	cost := map[Case]int{PublishQoS0: 200_000, PublishQoS1: 40_000, PublishQoS2: 20_000, Receive: 300_000, Idle: 0}[c]
	if l == Ours {
		cost *= 5
	}
	return cost
}

// A Row is the medians of a case: nanoseconds of CPU per message, or bytes per client for Idle.
type Row struct {
	Case Case
	Unit string
	// Figures hold all rounds, sorted.
	Figures map[Library][]float64
}

// Median is the middle one of the rounds.
func (r Row) Median(l Library) float64 {
	figures := r.Figures[l]
	if len(figures) == 0 {
		return 0
	}
	return figures[len(figures)/2]
}

// Ratio says how many times cheaper mqbench's engine is.
func (r Row) Ratio() float64 { return r.Median(Paho) / r.Median(Ours) }

// Run measures every case and hands each row to show as soon as it is done.
func Run(ctx context.Context, o Options, show func(Row) error) error {
	if err := o.check(); err != nil {
		return err
	}
	for _, c := range Cases() {
		row, err := measureCase(ctx, o, c)
		if err != nil {
			return fmt.Errorf("measure %q: %w", c, err)
		}
		if err := show(row); err != nil {
			return err
		}
	}
	return nil
}

// measureCase alternates the libraries so that a slow moment of the machine hits both.
func measureCase(ctx context.Context, o Options, c Case) (Row, error) {
	row := Row{Case: c, Unit: "µs", Figures: map[Library][]float64{}}
	if c == Idle {
		row.Unit = "KiB"
	}
	for range o.Rounds {
		for _, l := range []Library{Ours, Paho} {
			m, err := measureOnce(ctx, o, c, l)
			if err != nil {
				return row, fmt.Errorf("%s: %w", l, err)
			}
			figure := float64(m.CPU.Nanoseconds()) / float64(max(m.Messages, 1)) / 1e3
			if c == Idle {
				figure = float64(m.RSSBytes) / float64(max(m.Clients, 1)) / 1024
			}
			row.Figures[l] = append(row.Figures[l], figure)
		}
	}
	for _, figures := range row.Figures {
		slices.Sort(figures)
	}
	return row, nil
}

// roundTimeout bounds one measurement.
const roundTimeout = 2 * time.Minute

var errRound = fmt.Errorf("a round took longer than %s: want fewer clients, or a machine that is less busy", roundTimeout)

// errCounterpart is the cause when a counterpart ended while it was needed: without it the client would try to
// reconnect until the round is over.
var errCounterpart = errors.New("the counterpart has ended")

// spec is one measurement of a benchmark.
func (o Options) spec(c Case, l Library) Spec {
	s := Spec{Case: c, Library: l, Clients: o.Clients, Messages: messages(c, l), Payload: o.Payload}
	if o.Share > 0 {
		s.Messages = int(float64(s.Messages) * o.Share)
	}
	if c == Idle {
		s.Clients = o.IdleClients
	}
	return s
}

// measureOnce runs a counterpart and a client, each as a process of its own.
func measureOnce(ctx context.Context, o Options, c Case, l Library) (m Measurement, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, roundTimeout, errRound)
	defer cancel()
	spec := o.spec(c, l)
	if spec.Dir, err = os.MkdirTemp("", "mqbench-bench-"); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(spec.Dir)) }()
	other, err := startCounterpart(ctx, o.Self, spec)
	if err != nil {
		return m, err
	}
	defer func() {
		// A counterpart that had to be killed says nothing that the error before it has not said.
		if stopErr := other.stop(); err == nil {
			err = stopErr
		}
	}()
	spec.Address = other.address
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	go func() {
		<-other.ended // which comes at the latest when it is stopped
		lose(errors.Join(errCounterpart, other.err))
	}()

	input, err := json.Marshal(spec)
	if err != nil {
		return m, err
	}
	var stdout, stderr bytes.Buffer
	client := exec.CommandContext(ctx, o.Self, "bench-client")
	client.Stdin, client.Stdout, client.Stderr = bytes.NewReader(input), &stdout, &stderr
	if err := client.Run(); err != nil {
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
