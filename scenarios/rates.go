package scenarios

import (
	"fmt"
	"strings"
	"time"
)

// Per says what a rate is counted over.
type Per string

// What a rate is counted over.
const (
	// PerClient: each client of the group has the rate.
	PerClient Per = "client"
	// PerGroup: all clients of the group have it together. What duplicate repeats comes on top.
	PerGroup Per = "group"
)

// A Stage is a part of a load. The stages follow one another; the rate that the last one ends with holds afterwards.
type Stage struct {
	For time.Duration `yaml:"for"`
	// Rate is one rate for the whole stage, or goes evenly from one to another.
	Rate Ramp `yaml:"rate"`
}

// A Ramp is a rate that changes evenly, written "0/s..50/s", or one that does not, written "50/s".
type Ramp struct{ From, To Rate }

// A Burst is a rate for a part of each period: bursts begin at 0, Every, 2 × Every and so on.
type Burst struct {
	Every time.Duration `yaml:"every"`
	For   time.Duration `yaml:"for"`
	Rate  Rate          `yaml:"rate"`
}

// A Sine is a rate that goes from Low to High and back in each period. It begins with Low.
type Sine struct {
	Period time.Duration `yaml:"period"`
	Low    Rate          `yaml:"low"`
	High   Rate          `yaml:"high"`
}

// A Replay is a recorded rate: that of a row holds from its time up to that of the next, the last one for ever; before
// the first row nothing is offered.
type Replay struct {
	// File is the recording as the scenario names it: a CSV file with the columns seconds and rate (messages per second).
	File string `json:"file,omitempty"`
	// Rows is what it contains.
	Rows []ReplayRow `json:"rows,omitempty"`
}

// A ReplayRow is the rate from a time of the load on.
type ReplayRow struct {
	At   time.Duration `json:"at"`
	Rate Rate          `json:"rate"`
}

// Closed reports whether the group is a closed loop, which has no rate of its own.
func (g PublisherGroup) Closed() bool { return g.Rate.Max() }

// Peak is the highest rate of the group as it is written: per client or per group. Of a closed loop it is not known: 0.
func (g PublisherGroup) Peak() Rate {
	peak := g.Rate
	switch {
	case g.Closed():
		return 0
	case g.Burst != nil:
		peak = max(peak, g.Burst.Rate)
	case g.Sine != nil:
		peak = g.Sine.High
	}
	for _, s := range g.Stages {
		peak = max(peak, s.Rate.From, s.Rate.To)
	}
	for _, r := range g.Replay.Rows {
		peak = max(peak, r.Rate)
	}
	return peak
}

// ParseRamp reads a rate, or a range from one rate to another: "50/s" or "0/s..50/s".
func ParseRamp(text string) (Ramp, error) {
	first, last, ranged := strings.Cut(text, "..")
	from, err := ParseRate(strings.TrimSpace(first))
	to := from
	if err == nil && ranged {
		to, err = ParseRate(strings.TrimSpace(last))
	}
	if err != nil {
		return Ramp{}, fmt.Errorf("%w, or a range such as 0/s..50/s", err)
	}
	if from.Max() || to.Max() {
		return Ramp{}, fmt.Errorf("%q: a stage has no rate max: want a rate such as 500/s, or a range such as 0/s..50/s", shorten(text))
	}
	return Ramp{from, to}, nil
}

// String writes the ramp as it is read.
func (r Ramp) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + ".." + r.To.String()
}
