package reports

import (
	"context"
	"io"
	"time"
)

// LiveMode is how the progress of a run is shown.
type LiveMode int

// The modes.
const (
	// LiveQuiet shows nothing.
	LiveQuiet LiveMode = iota
	// LiveLines writes one plain line a second.
	LiveLines
	// LiveView keeps one updating view at the bottom of a terminal.
	LiveView
)

// LiveOptions say how a live view looks.
type LiveOptions struct {
	Mode LiveMode
	// Title is the name of the scenario.
	Title string
	// Color allows ANSI colours in LiveView.
	Color bool
}

// A LiveState is the run at one moment.
type LiveState struct {
	// Phase is the name of the current phase; Elapsed is the time since it began, Length its planned length, 0 when
	// nobody knows.
	Phase           string
	Elapsed, Length time.Duration
	// Rates are messages per second.
	Due, Written, Acknowledged, Delivered float64
	// P99 is the end-to-end latency of the last second; 0 means that nothing was delivered in it.
	P99 time.Duration
	// Connected of Clients have a connection.
	Connected, Clients int
	// Faults are those that were injected so far.
	Faults []LiveFault
}

// A LiveFault is an injected fault; times are since the start of the measurement.
type LiveFault struct {
	// Name is the fault and its target: "kill b2".
	Name  string
	Began time.Duration
	// Healed is 0 while the fault lasts.
	Healed time.Duration
}

// Live shows a run while it lasts.
type Live struct{}

// NewLive makes a live view on w, which is a terminal in LiveView.
func NewLive(w io.Writer, o LiveOptions) *Live { return &Live{} }

// Update hands over the newest state. It never blocks.
func (l *Live) Update(s LiveState) {}

// Log hands over a line of what happened. It never blocks.
func (l *Live) Log(line string) {}

// Run draws until ctx ends.
func (l *Live) Run(ctx context.Context) error { <-ctx.Done(); return nil }
