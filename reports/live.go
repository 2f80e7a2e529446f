package reports

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// LiveMode is how the progress of a run is shown.
type LiveMode int

// The modes.
const (
	// LiveQuiet shows nothing.
	LiveQuiet LiveMode = iota
	// LiveLines writes one plain line a second, and one for every fault.
	LiveLines
	// LiveView keeps one updating view at the bottom of a terminal. It needs a terminal to read from as well, and
	// mqbench in its foreground; without them it falls back to LiveLines.
	LiveView
)

// LiveOptions say how a live view looks.
type LiveOptions struct {
	Mode LiveMode
	// Title is the name of the scenario.
	Title string
	// Color allows ANSI colours in LiveView.
	Color bool
	// Interrupt is called when Ctrl-C is pressed in LiveView, where the terminal sends no signal by itself. It must not
	// block. Nil sends SIGINT to the process group, as the terminal would have done.
	Interrupt func()
}

// A LiveState is the run at one moment.
type LiveState struct {
	// Phase is the name of the current phase; Elapsed is the time since it began, Length its planned length, 0 when
	// nobody knows.
	Phase           string
	Elapsed, Length time.Duration
	// Doing is what the phase is at: "pulling emqx/emqx:5.8.6". It may be empty.
	Doing string
	// Rates are messages per second.
	Due, Written, Acknowledged, Delivered float64
	// P99 is the end-to-end latency of the last second; 0 means that nothing was delivered in it.
	P99 time.Duration
	// Connected of Clients have a connection.
	Connected, Clients int
	// Generator is how mqbench itself fares; nil: not known.
	Generator *LiveGenerator
	// Faults are those that were injected so far, in the order of time.
	Faults []LiveFault
}

// A LiveFault is an injected fault; times are since the start of the measurement.
type LiveFault struct {
	// Name is the fault and its target, as [FaultName] has it.
	Name  string
	Began time.Duration
	// Healed is 0 while the fault lasts.
	Healed time.Duration
}

// Live shows a run while it lasts. Update and Log may be called from any goroutine and never wait for the terminal: a
// state that was not drawn before the next one came is forgotten, and so are lines beyond a bound.
type Live struct {
	w io.Writer
	o LiveOptions
	// wake holds a token when there is something new to draw.
	wake chan struct{}

	mu      sync.Mutex
	state   LiveState
	at      time.Time // when state was handed over; zero when there is none yet
	lines   []string
	dropped int
}

// waiting is the number of log lines that wait for the terminal at most.
const waiting = 64

// patience is how long the end of a run waits for a terminal that takes no output.
const patience = 2 * time.Second

// NewLive makes a live view on w. It shows nothing before [Live.Run].
func NewLive(w io.Writer, o LiveOptions) *Live {
	return &Live{w: w, o: o, wake: make(chan struct{}, 1)}
}

// Update hands over the newest state. It never blocks.
func (l *Live) Update(s LiveState) {
	s.Faults = slices.Clone(s.Faults)
	l.mu.Lock()
	l.state, l.at = s, time.Now()
	l.mu.Unlock()
	l.notify()
}

// Log hands over a line of what happened. It never blocks; lines that the terminal has no time for are counted and
// dropped.
func (l *Live) Log(line string) {
	l.mu.Lock()
	if len(l.lines) < waiting {
		l.lines = append(l.lines, line)
	} else {
		l.dropped++
	}
	l.mu.Unlock()
	l.notify()
}

func (l *Live) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// news is what is to be drawn.
type news struct {
	state   LiveState
	at      time.Time
	lines   []string
	dropped int
}

// take hands over what is new and forgets the lines.
func (l *Live) take() news {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := news{state: l.state, at: l.at, lines: l.lines, dropped: l.dropped}
	l.lines, l.dropped = nil, 0
	return n
}

// Run draws until ctx ends and leaves a clean terminal. It returns early when the writer fails. The error never says
// anything about the run itself. A terminal that takes no output holds it up for two seconds at most; the goroutine
// that writes to it is then left behind.
func (l *Live) Run(ctx context.Context) error {
	draw := l.drawLines
	restore := func() {}
	if l.o.Mode == LiveQuiet {
		<-ctx.Done()
		return nil
	}
	if l.o.Mode == LiveView {
		if t, ok := terminalOf(l.w); ok {
			draw, restore = func(ctx context.Context) error { return l.drawView(ctx, t.out, tea.WithInput(t.in)) }, t.restore
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- draw(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case err := <-ended:
		return err
	case <-timeout.C:
		restore()
		return errors.New("show progress: the terminal takes no output")
	}
}
