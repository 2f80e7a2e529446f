// Package benchmark states what the load engine itself costs: per message, per client and in memory, beside paho.golang
// and beside plain system calls doing the same in the same run.
//
// It owns the measurement: a counterpart that only acknowledges (or only sends) in a process of its own, each client
// library in a process of its own, rounds that alternate between the libraries, medians of the rounds, and the goals.
// Figures of different machines or runs are not comparable; the ratios of one run are. It does not own the engine that
// it measures. Only the bench command imports it.
package benchmark

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/mqbench/mqbench/workers/stamp"
)

// Options are the size of a benchmark.
type Options struct {
	// Self is the program that serves as counterpart (`bench-counterpart SPEC`) and as client (`bench-client`).
	Self string
	// Dir is a folder for the records of the measurements, which are removed one by one.
	Dir    string
	Rounds int
	// Clients is the number of clients at full speed, Many that of all other cases.
	Clients, Many int
	// Rate is the fixed rate, in messages per second over all clients.
	Rate    int
	Payload int
	// Only selects the cases by name; nil means all. Those whose figures a goal refers to are measured too.
	Only *regexp.Regexp
	// Profile is a folder for the profiles of our client process, of one more round of each case, which does not count;
	// empty: none.
	Profile string
	// Share is the part of a full round that is measured, above 0 up to 1.
	Share float64
}

// The bounds of a benchmark. Every client has at least one message to send.
const (
	maxClients = 10_000
	maxMany    = 18_000
	maxRate    = 1_000_000
	maxPayload = 1 << 20
)

// ErrOptions says that what was asked for cannot be measured.
var ErrOptions = errors.New("options of the benchmark")

// check says what is wrong with the options.
func (o Options) check() error {
	for _, number := range []struct {
		name             string
		value, low, high int
	}{
		{"rounds", o.Rounds, 1, 1000},
		{"clients", o.Clients, 1, maxClients},
		{"many clients", o.Many, 1, maxMany},
		{"rate", o.Rate, 1, maxRate},
		{"payload", o.Payload, stamp.Size, maxPayload},
	} {
		if number.value < number.low || number.value > number.high {
			return fmt.Errorf("%w: %s: got %d, want %d to %d", ErrOptions, number.name, number.value, number.low, number.high)
		}
	}
	if !(o.Share > 0 && o.Share <= 1) {
		return fmt.Errorf("%w: share: got %v, want more than 0 and 1 at most", ErrOptions, o.Share)
	}
	if len(o.selected()) == 0 {
		return fmt.Errorf("%w: no case matches %q: want one of %q", ErrOptions, o.Only, names(Cases()))
	}
	return nil
}

// selected lists the cases that are measured, in the order of [Cases].
func (o Options) selected() []Case {
	wanted := make(map[string]bool)
	for _, c := range Cases() {
		if o.Only != nil && !o.Only.MatchString(c.Name) {
			continue
		}
		wanted[c.Name] = true
		for _, f := range c.figures {
			for _, name := range f.goal.Of {
				wanted[name] = true
			}
		}
	}
	return slices.DeleteFunc(Cases(), func(c Case) bool { return !wanted[c.Name] })
}

// A Row is one figure of a case.
type Row struct {
	Case  string `json:"case"`
	Group string `json:"group"`
	// Name is what is shown; Unit the unit of all figures.
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Figures hold all rounds, sorted; a library that cannot do it has none. Plain system calls count as ours.
	Figures map[Library][]float64 `json:"figures"`
	// Allocations is the median of the heap objects that our client process made per message, -1 where no messages are.
	Allocations float64 `json:"allocations_per_message"`
	// Load is the median of the part of the machine's processors that our client and its counterpart used together, 0
	// to 1; 0 where it was not measured.
	Load float64 `json:"load"`
	Goal Goal    `json:"goal"`
	// Doubt: in half of our rounds or more the machine did not keep up with the rate, so that nothing can be said.
	Doubt bool `json:"in_doubt,omitempty"`
	// Given: the figure says under what condition others were measured, and is no better or worse.
	Given bool `json:"given,omitempty"`
}

// Median is the middle one of the rounds, 0 without any.
func (r Row) Median(l Library) float64 { return median(r.Figures[l]) }

// Ratio says how many times better ours is than paho.golang; 0 where one of them cannot do it, or none is better.
func (r Row) Ratio() float64 {
	ours, paho := r.Median(Ours), r.Median(Paho)
	if ours == 0 || paho == 0 || r.Given {
		return 0
	}
	if r.Goal.AtLeast {
		return ours / paho
	}
	return paho / ours
}

// Met says whether our median keeps the goal; what is in doubt does not.
func (r Row) Met() bool {
	if r.Doubt {
		return false
	}
	if r.Goal.AtLeast {
		return r.Median(Ours) >= r.Goal.Bound
	}
	return r.Median(Ours) <= r.Goal.Bound
}

// median is the middle of sorted figures.
func median(sorted []float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// Run measures the cases and hands each row to show as soon as it is done.
func Run(ctx context.Context, o Options, show func(Row) error) error {
	if err := o.check(); err != nil {
		return err
	}
	medians := make(map[string]float64)
	for _, c := range o.selected() {
		rounds, err := measureCase(ctx, o, c)
		if err != nil {
			return fmt.Errorf("measure %q: %w", c.Name, err)
		}
		for _, f := range c.figures {
			row := o.row(c, f, rounds, medians)
			medians[c.Name] = row.Median(Ours)
			if err := show(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// row makes a figure's row of what the rounds measured; medians are those of the cases before it.
func (o Options) row(c Case, f figure, rounds map[Library][]Measurement, medians map[string]float64) Row {
	row := Row{Case: c.Name, Group: c.group.title(o), Name: f.name, Unit: f.unit, Figures: map[Library][]float64{},
		Allocations: -1, Goal: f.goal, Given: f.given}
	for l, all := range rounds {
		for _, m := range all {
			row.Figures[l] = append(row.Figures[l], f.of(m))
		}
		slices.Sort(row.Figures[l])
	}
	var allocations, loads []float64
	off := 0
	for _, m := range rounds[Ours] {
		if !m.kept() {
			off++
		}
		loads = append(loads, m.load())
		if c.messages() && !f.given {
			allocations = append(allocations, float64(m.Mallocs)/float64(max(m.Messages, 1)))
		}
	}
	row.Doubt = 2*off >= max(1, len(rounds[Ours]))
	slices.Sort(loads)
	row.Load = median(loads)
	if len(allocations) > 0 {
		slices.Sort(allocations)
		row.Allocations = median(allocations)
	}
	for _, name := range f.goal.Of {
		row.Goal.Bound += row.Goal.Times * medians[name]
	}
	return row
}

// measureCase alternates the libraries so that a slow moment of the machine hits both.
func measureCase(ctx context.Context, o Options, c Case) (map[Library][]Measurement, error) {
	all := make(map[Library][]Measurement)
	for range o.Rounds {
		for _, l := range c.libraries() {
			m, err := measureRound(ctx, o, c, l)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l, err)
			}
			all[l] = append(all[l], m)
		}
	}
	if o.Profile != "" {
		o.Rounds = 0
		if _, err := measureRound(ctx, o, c, Ours); err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
	}
	return all, nil
}
