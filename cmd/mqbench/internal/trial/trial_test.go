//go:build linux

package trial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/embedded"
	"github.com/mqbench/mqbench/fixtures/process"
	"github.com/mqbench/mqbench/scenarios"
)

// TestMain lets the test binary be an embedded broker, as the recipes start it: {self} broker KIND --config FILE.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "broker" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := embedded.Run(ctx, os.Args[2], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// try tries a recipe with processes.
func try(t *testing.T, recipe brokers.Recipe, within time.Duration, shapes ...scenarios.Shape) []Result {
	t.Helper()
	return tryUntil(t, recipe, within, "", shapes...)
}

// tryUntil tries a recipe with processes until a check has been done; "": until all have.
func tryUntil(t *testing.T, recipe brokers.Recipe, within time.Duration, last string, shapes ...scenarios.Shape) []Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	enough := false
	results, err := Run(ctx, Options{
		Done: func(r Result) {
			if r.Check == last {
				enough = true
				cancel()
			}
		},
		Recipe: recipe, Runtime: scenarios.RuntimeProcess, Shapes: shapes,
		Profiles: []scenarios.Profile{scenarios.ProfileStock}, Within: within, RunID: "t" + strings.ToLower(recipe.Name), Dir: t.TempDir(),
		Driver: func() (fixtures.Driver, error) { return process.New(""), nil },
		Log:    slog.New(slog.DiscardHandler),
	})
	if err != nil && !enough {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Logf("%-10s %-24s %-6.1f %s %v", r.Shape, r.Check, r.Took.Seconds(), r.Detail, r.Err)
	}
	return results
}

// lookup is a shipped recipe.
func lookup(t *testing.T, name string) brokers.Recipe {
	t.Helper()
	recipe, err := brokers.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return recipe
}

// failures are the checks that failed, with why.
func failures(results []Result) map[string]error {
	failed := make(map[string]error)
	for _, r := range results {
		if r.Err != nil {
			failed[string(r.Shape)+" "+r.Check] = r.Err
		}
	}
	return failed
}

// TestHonestRecipes: what the recipes of the embedded brokers claim is true.
func TestHonestRecipes(t *testing.T) {
	for _, c := range []struct {
		broker string
		shapes []scenarios.Shape
		// checks are some that must be among those done.
		checks []string
	}{
		{"mochi", []scenarios.Shape{scenarios.ShapeIndependent}, []string{"deliver 5.0 QoS 2", "share a subscription", "kill: deliver again"}},
		{"nats", []scenarios.Shape{scenarios.ShapeSingle}, []string{"deliver 3.1.1 QoS 2", "keep a session", "kill: start again", "deliver over ws", "demand certificates over tls"}},
	} {
		t.Run(c.broker, func(t *testing.T) {
			t.Parallel()
			results := try(t, lookup(t, c.broker), time.Minute, c.shapes...)
			for check, err := range failures(results) {
				t.Errorf("%s: %v", check, err)
			}
			for _, want := range c.checks {
				found := false
				for _, r := range results {
					found = found || r.Check == want
				}
				if !found {
					t.Errorf("there was no check %q", want)
				}
			}
		})
	}
}

// TestLies: each claim that is not true fails the check that is about it, and no other.
func TestLies(t *testing.T) {
	for name, c := range map[string]struct {
		broker string
		shape  scenarios.Shape
		lie    func(r *brokers.Recipe)
		// within bounds each check: the ones that fail take all of it.
		within time.Duration
		// fails is the check that fails, and says what its error has in it. last is the last check that is looked at.
		fails, says, last string
	}{
		"sessions survive a kill": {
			broker: "mochi", shape: scenarios.ShapeSingle, within: time.Minute, fails: "single kill: start again", says: "Session Present is 0",
			lie: func(r *brokers.Recipe) {
				stock := r.Profiles[scenarios.ProfileStock]
				stock.Survives = []scenarios.FaultKind{scenarios.FaultKill}
				r.Profiles = map[scenarios.Profile]brokers.Profile{scenarios.ProfileStock: stock}
			},
		},
		"shared subscriptions": {
			broker: "nats", shape: scenarios.ShapeSingle, within: 20 * time.Second, fails: "single share a subscription", says: "gets anything",
			lie: func(r *brokers.Recipe) { r.SharedSubscriptions = true },
		},
		"independent brokers that are a cluster": {
			broker: "mochi", shape: scenarios.ShapeCluster, within: 20 * time.Second, fails: "cluster deliver 3.1.1 QoS 0", says: "nothing gets from b1 to",
			last: "deliver 3.1.1 QoS 0",
			lie:  func(r *brokers.Recipe) { r.MinClusterNodes = 2 },
		},
		"version": {
			broker: "mochi", shape: scenarios.ShapeSingle, within: time.Minute, fails: "single come up", says: "b1",
			lie: func(r *brokers.Recipe) {
				r.Process.Command = []string{"{self}", "broker", "nonesuch", "--config", "{config}"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recipe := lookup(t, c.broker)
			c.lie(&recipe)
			failed := failures(tryUntil(t, recipe, c.within, c.last, c.shape))
			if err := failed[c.fails]; err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want it to fail and say %q; failed: %v", c.fails, err, c.says, failed)
			}
			if c.shape == scenarios.ShapeSingle && len(failed) != 1 {
				t.Errorf("more has failed than is untrue: %v", failed)
			}
		})
	}
}

// TestNowhere: where the driver finds no place it is no fault of the recipe.
func TestNowhere(t *testing.T) {
	full := errors.New("full")
	results, err := Run(t.Context(), Options{
		Recipe: lookup(t, "mochi"), Runtime: scenarios.RuntimeProcess, RunID: "nowhere", Dir: t.TempDir(),
		Driver: func() (fixtures.Driver, error) { return homeless{full}, nil }, Log: slog.New(slog.DiscardHandler),
	})
	if !errors.Is(err, full) || len(results) != 0 {
		t.Errorf("%v, %v; want %v and no result", results, err, full)
	}
}

// homeless is a driver without any place.
type homeless struct{ why error }

func (h homeless) Place(context.Context, fixtures.Deployment) ([]fixtures.Broker, error) {
	return nil, h.why
}
func (h homeless) Close() error { return nil }
