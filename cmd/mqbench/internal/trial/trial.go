// Package trial tries a recipe: it brings up every shape that the recipe claims and proves by clients of its own what
// it says of the product.
//
// It owns the checks and their verdicts. It does not choose where brokers run, for it is handed a driver, and it does
// not measure: a trial is passed or not. Only the command imports it; of ours it imports scenarios, fixtures,
// fixtures/brokers, fixtures/certificates, workers/mqtt and workers/transport.
package trial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/scenarios"
)

// Options say what is tried and where.
type Options struct {
	Recipe  brokers.Recipe
	Runtime scenarios.Runtime
	// Shapes and Profiles are those to try; none: all that the recipe has.
	Shapes   []scenarios.Shape
	Profiles []scenarios.Profile
	// Nodes is the number of brokers; 0 means as few as show what the shape is about.
	Nodes int
	// Driver makes a driver for one shape.
	Driver func() (fixtures.Driver, error)
	// Within bounds each check, apart from the restart of brokers in it; 0 means a minute.
	Within time.Duration
	// RunID marks what is started, and Dir is the folder of the brokers' logs, below one for each shape.
	RunID, Dir string
	// Done is told of every check that has ended, and Progress of what takes time; both may be nil.
	Done     func(Result)
	Progress func(text string)
	Log      *slog.Logger
}

// A Result is the outcome of one check.
type Result struct {
	Shape   scenarios.Shape
	Profile scenarios.Profile
	Check   string
	// Detail is what was seen.
	Detail string
	// Err is why the check failed; nil: it passed.
	Err  error
	Took time.Duration
}

// Run tries every shape with every profile, one after the other, and returns the result of every check. A shape that
// does not come up fails; an error means that there was nowhere to try it.
func Run(ctx context.Context, o Options) ([]Result, error) {
	if len(o.Shapes) == 0 {
		o.Shapes = o.Recipe.Shapes
	}
	if len(o.Profiles) == 0 {
		o.Profiles = slices.Sorted(maps.Keys(o.Recipe.Profiles))
	}
	if o.Within == 0 {
		o.Within = time.Minute
	}
	var results []Result
	for _, shape := range o.Shapes {
		for _, profile := range o.Profiles {
			report := func(r Result) {
				r.Shape, r.Profile = shape, profile
				results = append(results, r)
				if o.Done != nil {
					o.Done(r)
				}
			}
			err := tryShape(ctx, o, shape, profile, report)
			down := slices.ContainsFunc(results, func(r Result) bool { return r.Check == comeUp && r.Err != nil })
			if err == nil && !down && shape == scenarios.ShapeSingle && profile == o.Profiles[0] {
				err = tryTransports(ctx, o, profile, report) // neither shape nor profile make a difference
			}
			if err != nil {
				return results, fmt.Errorf("shape %s, profile %s: %w", shape, profile, err)
			}
		}
	}
	return results, nil
}

// comeUp is the check that a shape comes up.
const comeUp = "come up"

// tryShape brings one shape up, has every check of it done, and ends it.
func tryShape(
	ctx context.Context, o Options, shape scenarios.Shape, profile scenarios.Profile, report func(Result),
) error {
	began := time.Now()
	s, err := newStage(ctx, o, shape, profile, brokers.Access{})
	if errors.Is(err, errNowhere) || ctx.Err() != nil {
		return err
	}
	up := Result{Check: comeUp, Err: err, Took: time.Since(began)}
	if s == nil {
		report(up)
		return nil
	}
	up.Detail = s.describe()
	report(up)
	for _, c := range s.checks() {
		result := c.do(ctx)
		if ctx.Err() != nil {
			break // it says nothing about the recipe
		}
		report(result)
	}
	began = time.Now()
	if err := s.cluster.Close(ctx); err != nil {
		report(Result{Check: "end", Err: err, Took: time.Since(began)})
	}
	return context.Cause(ctx)
}

// errNowhere is wrapped by the errors of drivers that find no place for brokers.
var errNowhere = errors.New("no place for the brokers")

// placing is a driver that tells apart the failure to find a place from all that can go wrong afterwards.
type placing struct {
	fixtures.Driver
	failed bool
}

func (p *placing) Place(ctx context.Context, d fixtures.Deployment) ([]fixtures.Broker, error) {
	placed, err := p.Driver.Place(ctx, d)
	p.failed = err != nil
	return placed, err
}

// A stage is a shape that has come up.
type stage struct {
	recipe   brokers.Recipe
	profile  brokers.Profile
	topology scenarios.Topology
	cluster  *fixtures.Cluster
	// dialer is how clients reach the brokers.
	dialer dialer
	// token keeps the topics and clients of this trial apart from all others.
	token string
	// within bounds each check.
	within time.Duration
}

// newStage brings a shape up.
func newStage(
	ctx context.Context, o Options, shape scenarios.Shape, profile scenarios.Profile, access brokers.Access,
) (*stage, error) {
	via, err := carrierOf(access, true)
	if err != nil {
		return nil, err
	}
	driver, err := o.Driver()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNowhere, err)
	}
	place := &placing{Driver: driver}
	name := string(shape) + "-" + string(profile)
	if access.ClientPort() != brokers.MQTTPort {
		name += "-" + string(access.Transport)
	}
	dir := filepath.Join(o.Dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: %w", errNowhere, err)
	}
	topology := o.topology(shape, profile)
	cluster, err := fixtures.Provision(ctx, fixtures.Spec{
		Topology: topology, Recipe: o.Recipe, RunID: o.RunID + "-" + name, Dir: dir, Access: access,
		Protocol: o.Recipe.Newest(), Progress: o.Progress,
	}, place, o.Log)
	if err != nil && place.failed {
		return nil, fmt.Errorf("%w: %w", errNowhere, err)
	}
	if err != nil {
		return nil, err
	}
	return &stage{
		recipe: o.Recipe, profile: o.Recipe.Profiles[profile], topology: topology, cluster: cluster, dialer: carried{cluster, via},
		token: strings.ToLower(o.RunID), within: o.Within,
	}, nil
}

// topology is the smallest of a shape that shows what it is about. Bridges carry every QoS that the product knows.
func (o Options) topology(shape scenarios.Shape, profile scenarios.Profile) scenarios.Topology {
	nodes := o.Nodes
	switch {
	case shape == scenarios.ShapeSingle:
		nodes = 1
	case nodes > 0:
	case shape == scenarios.ShapeIndependent, shape == scenarios.ShapeStandby:
		nodes = 2
	default:
		nodes = max(3, o.Recipe.MinClusterNodes)
	}
	t := scenarios.Topology{
		Broker: o.Recipe.Name, Runtime: o.Runtime, Shape: shape, Nodes: nodes, Profile: profile, Balancer: scenarios.BalancerNone,
		Bridge: scenarios.Bridge{
			Direction: scenarios.DirectionBoth, QoS: o.Recipe.MaxQoS, Session: scenarios.SessionPersistent, Keepalive: 5 * time.Second,
		},
	}
	if t.Outward() {
		t.Bridge.Direction = scenarios.DirectionOut
	}
	return t
}
