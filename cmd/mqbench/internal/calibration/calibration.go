// Package calibration measures mqbench itself: it runs the real harness, that is fleet, recorder and check, against a
// broker that errs by plan and counts at its own sockets what it did, and compares every figure.
//
// It owns the catalogue of what a broker can do wrong and the comparison. It judges nothing itself. Only the
// calibrate command imports it.
package calibration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Options say how much is calibrated.
type Options struct {
	// Messages is the length of the clean run; 0 means a million.
	Messages int
	// Publishers is how many there are in the case under load, at least 50; 0 means 200. Each offers 20 messages a
	// second to five subscribers.
	Publishers int
	// Cases are the names of the cases to run; none means all.
	Cases []string
}

// What is calibrated where the options say nothing, and the fewest publishers that all rules of the case under load
// need.
const (
	defaultMessages   = 1_000_000
	defaultPublishers = 200
	fewestPublishers  = 50
)

// abreast is how many of the small cases run at a time: each leaves the machine idle for most of its time.
const abreast = 8

// A trial is one case: a name, and how its rows are found.
type trial struct {
	name string
	// alone: the case measures times, or needs the whole machine.
	alone bool
	rows  func(ctx context.Context) ([]row, error)
}

// Run runs the cases, prints the table to w and says whether every measured figure equals the true one. An error
// means that a case could not be carried out, or that w could not be written; then nothing was shown to be equal.
func Run(ctx context.Context, w io.Writer, o Options) (equal bool, err error) {
	trials, err := choose(catalogue(o), o.Cases)
	if err != nil {
		return false, err
	}
	results := make([][]row, len(trials))
	carry := func(ctx context.Context, i int) error {
		rows, err := trials[i].rows(ctx)
		if err != nil {
			return fmt.Errorf("case %q: %w", trials[i].name, err)
		}
		results[i] = rows
		return nil
	}
	small, ctxSmall := errgroup.WithContext(ctx)
	small.SetLimit(abreast)
	for i, t := range trials {
		if !t.alone {
			small.Go(func() error { return carry(ctxSmall, i) })
		}
	}
	if err := small.Wait(); err != nil {
		return false, err
	}
	for i, t := range trials {
		if !t.alone {
			continue
		}
		if err := carry(ctx, i); err != nil {
			return false, err
		}
	}
	return report(w, trials, results)
}

// catalogue lists all cases: the small ones first.
func catalogue(o Options) []trial {
	messages := o.Messages
	if messages <= 0 {
		messages = defaultMessages
	}
	load := o.Publishers
	if load <= 0 {
		load = defaultPublishers
	}
	return slices.Concat(
		counted(losses()), counted(duplicates()), copies(), counted(orders()), counted(answers()), counted(connections()),
		failovers(), latencies(), counted([]experiment{together(max(load, fewestPublishers)), volume(messages)}),
	)
}

// choose picks cases by name.
func choose(all []trial, names []string) ([]trial, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []trial
	for _, name := range names {
		i := slices.IndexFunc(all, func(t trial) bool { return t.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// errNothing says that a case compared nothing, which must not count as equal.
var errNothing = errors.New("no figure was compared")
