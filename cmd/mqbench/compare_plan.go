package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/fixtures/container"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/scenarios"
)

// A matrix is what a comparison will run: checked, and nothing started or written for it.
type matrix struct {
	variants []comparison.Variant
	// runs has the first run of each variant.
	runs []*prepared
	keys []string
	// images is what the container engine has of each variant's product; "" for other runtimes.
	images []string
	rounds int
	seed   uint64
}

// plan makes the matrix of a scenario and checks all of it: every mistake of every variant is reported at once.
func (f *compareFlags) plan(c *cobra.Command, name string) (*matrix, error) {
	dimensions, err := f.dimensions()
	if err != nil {
		return nil, err
	}
	base, err := scenarios.Load(name, scenarios.LoadOptions{Overrides: f.overrides(c)})
	if err != nil {
		return nil, err
	}
	m := &matrix{rounds: f.repeat, seed: base.Seed}
	if m.variants, err = comparison.Variants(dimensions, base); err != nil {
		return nil, err
	}
	for _, d := range dimensions {
		m.keys = append(m.keys, d.Key)
	}
	overrides := f.overrides(c)
	err = m.prepare(func(v comparison.Variant) (*prepared, error) {
		return f.prepareVariant(c.Context(), name, slices.Concat(overrides, v.Overrides, seeded(m.seed)))
	})
	if err == nil {
		err = f.unusedImages(m)
	}
	return m, err
}

// seeded is the override of a seed; 0 leaves the draw to the plan.
func seeded(seed uint64) []string {
	if seed == 0 {
		return nil
	}
	return []string{fmt.Sprintf("seed=%d", seed)}
}

// prepare makes the first run of each variant and looks for what it needs.
func (m *matrix) prepare(one func(comparison.Variant) (*prepared, error)) error {
	var errs []error
	usage := false
	for _, v := range m.variants {
		p, err := one(v)
		if err != nil {
			exit, known := errors.AsType[exitError](err)
			usage = usage || !known || exit.code != exitEnvironment
			errs = append(errs, fmt.Errorf("variant %s: %w", v.Name, err))
			continue
		}
		if m.seed == 0 {
			m.seed = p.plan.Seed // all of a round have the same
		}
		m.runs = append(m.runs, p)
	}
	switch {
	case usage:
		return exitError{exitUsage, errors.Join(errs...)}
	case len(errs) > 0:
		return exitError{exitEnvironment, errors.Join(errs...)}
	}
	return nil
}

// prepareVariant prepares a run of a variant with those images of --image that are for it.
func (f *compareFlags) prepareVariant(ctx context.Context, name string, overrides []string) (*prepared, error) {
	p, err := prepareRun(ctx, name, overrides, nil)
	if err != nil || len(f.images) == 0 || p.scenario.Topology.Runtime != scenarios.RuntimeContainer {
		return p, err
	}
	own := map[string]string{}
	for _, user := range []string{p.recipe.Name, string(p.scenario.Topology.Balancer)} {
		if image, ok := f.images[user]; ok {
			own[user] = image
		}
	}
	if len(own) == 0 {
		return p, nil
	}
	return prepareRun(ctx, name, overrides, own)
}

// unusedImages finds images that no variant has a use for.
func (f *compareFlags) unusedImages(m *matrix) error {
	for _, name := range slices.Sorted(maps.Keys(f.images)) {
		if !slices.ContainsFunc(m.runs, func(p *prepared) bool { return p.images[name] != "" }) {
			return exitError{exitUsage, fmt.Errorf("--image %s=%s: no variant runs it in a container", name, f.images[name])}
		}
	}
	return nil
}

// dimensions are what is varied, the brokers first.
func (f *compareFlags) dimensions() ([]comparison.Dimension, error) {
	over := f.over
	if len(f.brokers) > 0 {
		over = append([]string{"broker=" + strings.Join(f.brokers, ",")}, over...)
	}
	var list []comparison.Dimension
	var errs []error
	for _, text := range over {
		d, err := comparison.ParseDimension(text)
		list, errs = append(list, d), append(errs, err)
	}
	return list, errors.Join(errs...)
}

// look asks the container engine, once, for the images of all variants that need it.
func (m *matrix) look(ctx context.Context) (err error) {
	m.images = make([]string, len(m.runs))
	needed := slices.ContainsFunc(m.runs, func(p *prepared) bool { return p.scenario.Topology.Runtime == scenarios.RuntimeContainer })
	if !needed {
		return nil
	}
	engine, err := container.Connect(ctx)
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	var errs []error
	for i, p := range m.runs {
		if p.scenario.Topology.Runtime != scenarios.RuntimeContainer {
			continue
		}
		if m.images[i] = p.scenario.Topology.Image; m.images[i] != "" {
			continue // chosen by name: the run says when it cannot be had
		}
		m.images[i] = engine.Availability(ctx, p.recipe)
		if why, none := strings.CutPrefix(m.images[i], "none: "); none {
			errs = append(errs, fmt.Errorf("variant %s: there is no image of %s: %s", m.variants[i].Name, p.recipe.Name, why))
		}
	}
	if len(errs) > 0 {
		return exitError{exitEnvironment, errors.Join(errs...)}
	}
	return nil
}

// lengths are the time that all runs take at least, with connecting and load, and what draining may add at most.
func (m *matrix) lengths() (load, drain time.Duration) {
	for _, p := range m.runs {
		connecting := time.Duration(float64(p.plan.Clients()) / float64(p.scenario.Workload.Client.ConnectRate) * float64(time.Second))
		load += connecting + p.plan.Budget.Length
		drain += p.scenario.Phases.Drain
	}
	return load * time.Duration(m.rounds), drain * time.Duration(m.rounds)
}

// print says what will be run.
func (m *matrix) print(w io.Writer) error {
	load, drain := m.lengths()
	seeds := fmt.Sprintf("seeds %d to %d, one a round", m.seed, comparison.SeedOf(m.seed, m.rounds))
	if m.rounds == 1 {
		seeds = fmt.Sprintf("seed %d", m.seed)
	}
	say := func(format string, args ...any) {
		fmt.Fprintln(w, reports.Wrapped(fmt.Sprintf(format, args...), width(w)))
	}
	say("%s: %s, %s, %s in all; %s", m.runs[0].scenario.Name, reports.Plural(len(m.variants), "variant"),
		reports.Plural(m.rounds, "round"), reports.Plural(len(m.variants)*m.rounds, "run"), seeds)
	say("time: %s of load, and for each run what bringing brokers up and draining takes (at most %s of draining)",
		load.Round(time.Second), drain.Round(time.Second))
	if need := compare.Need(compare.DefaultAlpha / 2); m.rounds < need {
		say("note: with %s no difference can be shown to be real; that takes %d at least", reports.Plural(m.rounds, "round"), need)
	}
	t := reports.Table{
		Header: []string{"", "variant", "broker", "profile", "shape", "runtime", "clients", "rate", "image"}, Text: []int{0, 1, 2, 3, 4, 5, 8},
	}
	for i, p := range m.runs {
		top := p.scenario.Topology
		t.Row(letter(i), m.variants[i].Name, p.recipe.Name, string(top.Profile), fmt.Sprintf("%s, %d", top.Shape, top.Nodes),
			string(top.Runtime), reports.Count(uint64(p.plan.Clients())), reports.PerSecond(p.plan.Budget.Offered.Mean), m.images[i])
	}
	if err := show(w, &t); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "order: %s\n", m.order())
	return err
}

// order shows the first rounds.
func (m *matrix) order() string {
	const shown = 3
	var text strings.Builder
	slots := comparison.Order(len(m.variants), min(m.rounds, shown))
	for i, slot := range slots {
		switch {
		case i == 0:
		case slot.Round != slots[i-1].Round:
			text.WriteString(", ")
		default:
			text.WriteString(" ")
		}
		text.WriteString(letter(slot.Variant))
	}
	if m.rounds > shown {
		text.WriteString(", …")
	}
	return text.String()
}

// letter stands for a variant in the order: A, B, …, Z, A2, B2, ….
func letter(n int) string {
	const letters = 26
	if n < letters {
		return string(rune('A' + n))
	}
	return fmt.Sprintf("%c%d", 'A'+n%letters, n/letters+1)
}
