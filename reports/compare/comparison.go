package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Schema is the version of [Comparison]. It changes when the meaning of a field does.
const Schema = 1

// FileName is the file of a comparison's folder that holds it.
const FileName = "comparison.json"

// A Comparison is several variants with their runs, and what can be said about them: what comparison.json holds. It is
// written before the first run and after each one, so that one that was broken off can be resumed.
type Comparison struct {
	// Comparison is its schema.
	Comparison int    `json:"comparison"`
	Mqbench    string `json:"mqbench"`
	Scenario   string `json:"scenario"`
	// Description is the scenario's own.
	Description string `json:"description,omitempty"`
	// Command is the command line that began it.
	Command []string  `json:"command,omitempty"`
	Began   time.Time `json:"began"`
	// Ended is when the last run ended; zero before.
	Ended time.Time `json:"ended,omitzero"`
	// Interrupted says that it was ended early: runs that are pending were not made.
	Interrupted bool `json:"interrupted,omitempty"`
	// Keys are what the variants differ in, as far as that was asked for: short names or paths of a scenario.
	Keys []string `json:"keys"`
	// Rounds is how often each variant was to run; 0: the runs were there already. Seed is that of the first round.
	Rounds int    `json:"rounds,omitempty"`
	Seed   uint64 `json:"seed,omitempty"`
	// Images are container images that were used instead of those of recipes.
	Images   map[string]string `json:"images,omitempty"`
	Variants []Variant         `json:"variants"`
	// Runs are in the order in which they are made.
	Runs []Run `json:"runs"`
	// Outcome is what came of it; nil: nothing yet.
	Outcome *Outcome `json:"outcome,omitempty"`
}

// A Variant is one of the things that are compared.
type Variant struct {
	Name string `json:"name"`
	// Folder has its runs, below that of the comparison; "" where they were there already.
	Folder string `json:"folder,omitempty"`
	// Values are those of the keys.
	Values map[string]string `json:"values"`
}

// State says what became of a run.
type State string

// The states. A failed run could not be measured, for the reason given; an interrupted one was ended early, and is
// recorded but not compared.
const (
	Pending     State = "pending"
	Done        State = "done"
	Failed      State = "failed"
	Interrupted State = "interrupted"
)

// A Run is one run of a comparison.
type Run struct {
	// Variant is the number of its variant.
	Variant int    `json:"variant"`
	Round   int    `json:"round,omitempty"`
	Seed    uint64 `json:"seed"`
	// Dir is its folder, relative to that of the comparison where it is below it.
	Dir   string `json:"dir"`
	State State  `json:"state"`
	// Reason says why a run failed.
	Reason  string    `json:"reason,omitempty"`
	Verdict string    `json:"verdict,omitempty"`
	Began   time.Time `json:"began,omitzero"`
	// Took is the time from the start of the run to the end of its last phase, in nanoseconds.
	Took time.Duration `json:"took,omitempty"`
}

// Count says how many runs of a variant are in a state.
func (c *Comparison) Count(variant int, s State) (n int) {
	for _, r := range c.Runs {
		if r.Variant == variant && r.State == s {
			n++
		}
	}
	return n
}

// All says how many runs a variant has, whatever their state.
func (c *Comparison) All(variant int) (n int) {
	for _, r := range c.Runs {
		if r.Variant == variant {
			n++
		}
	}
	return n
}

// WriteJSON writes the comparison as comparison.json has it.
func (c *Comparison) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(c)
}

// maxFile bounds what is read: a comparison of hundreds of runs has far less.
const maxFile = 64 << 20

// Load reads the comparison in a folder. It is [os.ErrNotExist] where there is none; what is there and is none, or is cut
// off, or was written by a newer mqbench, is an error that says so.
func Load(folder string) (*Comparison, error) {
	name := filepath.Join(folder, FileName)
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil {
		var c *Comparison
		if c, err = decode(text); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("read comparison %s: %w", name, err)
}

func decode(text []byte) (*Comparison, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("it has more than %d MiB, which no comparison has", maxFile>>20)
	}
	var head struct {
		Comparison int `json:"comparison"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("not a comparison of mqbench, or cut off: %w", err)
	}
	switch {
	case head.Comparison < 1:
		return nil, errors.New(`not a comparison of mqbench: want "comparison" with the number of its schema`)
	case head.Comparison > Schema:
		return nil, fmt.Errorf("written by a newer mqbench: it has schema %d, this one reads up to %d", head.Comparison, Schema)
	}
	c := new(Comparison)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("not a comparison of mqbench: %w", err)
	}
	for i, r := range c.Runs {
		if r.Variant < 0 || r.Variant >= len(c.Variants) {
			return nil, fmt.Errorf("run %d is of variant %d, and there are %d", i, r.Variant, len(c.Variants))
		}
		if r.Dir == "" || filepath.IsLocal(r.Dir) || filepath.IsAbs(r.Dir) {
			continue
		}
		return nil, fmt.Errorf("run %d lies in %q, outside of the comparison", i, r.Dir)
	}
	return c, nil
}

// An Outcome is what the runs of a comparison come to.
type Outcome struct {
	// Compared has the figures of the variants, in their order, and how they differ.
	Compared Statistics `json:"compared"`
	// Traits are what the variants differ in beside what was asked for, or could.
	Traits []Trait `json:"traits"`
	// Bars say why the variants are in no order; none: they are, or RankAnyway had them put in one.
	Bars       []string `json:"bars,omitempty"`
	RankAnyway bool     `json:"rank_anyway,omitempty"`
	// Conclusions are sentences.
	Conclusions []string `json:"conclusions"`
}

// Ranked tells that the variants are put in an order.
func (o *Outcome) Ranked() bool { return len(o.Bars) == 0 || o.RankAnyway }
