package comparison_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/scenarios"
)

func TestParseDimension(t *testing.T) {
	for text, want := range map[string][]string{
		"broker=a,b":                  {"a", "b"},
		"broker = a , ./dir,2/x.yaml": {"a", "./dir", "2/x.yaml"},
		`workload.publishers[0]={name: a, count: 1},{name: "b,c", count: 2}`: {"{name: a, count: 1}", `{name: "b,c", count: 2}`},
		"chaos=[],[{at: 1s, fault: kill}]":                                   {"[]", "[{at: 1s, fault: kill}]"},
		"qos=0,1,2":                                                          {"0", "1", "2"},
	} {
		d, err := comparison.ParseDimension(text)
		if text == "chaos=[],[{at: 1s, fault: kill}]" {
			if err == nil {
				t.Errorf("%q: a key without a dot that is no short name was taken", text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(want, d.Values); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"broker": "want key=value,value", "=a": "want key=value,value", "broker=a,,b": "empty", "broker=": "empty",
		"broker=a,a": "twice", "brokr=a,b": `unknown key "brokr"`,
		"workload.client.password=a,b": "cannot be varied",
	} {
		if _, err := comparison.ParseDimension(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// scenario has what qos has to find: two groups, one of them devices.
func scenario(t testing.TB) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(`name: test
topology: {broker: mochi}
workload:
  publishers:
    - {name: a, count: 1, topic: "a/{n}", qos: 1, rate: 1/s, subscribe: {filter: "down/{n}", qos: 1}}
    - {name: b, count: 1, topic: "down/{n}", qos: 1, rate: 1/s}
  subscribers: [{name: s, count: 1, filter: "a/#", qos: 1}]
phases: {measure: 1s}
`), scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func variants(t testing.TB, texts ...string) ([]comparison.Variant, error) {
	t.Helper()
	var list []comparison.Dimension
	for _, text := range texts {
		d, err := comparison.ParseDimension(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return comparison.Variants(list, scenario(t))
}

// TestVariants: the product of all values in order, with names that people understand and folders that every file system
// takes.
func TestVariants(t *testing.T) {
	list, err := variants(t, "broker=nats,./a/mine.yaml,../b/mine.yaml", "qos=0,1")
	if err != nil {
		t.Fatal(err)
	}
	var names, folders []string
	for _, v := range list {
		names, folders = append(names, v.Name), append(folders, v.Folder)
	}
	if diff := cmp.Diff([]string{"nats QoS 0", "nats QoS 1", "mine QoS 0", "mine QoS 1", "mine 2 QoS 0", "mine 2 QoS 1"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nats-QoS-0", "nats-QoS-1", "mine-QoS-0", "mine-QoS-1", "mine-2-QoS-0", "mine-2-QoS-1"}, folders); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	want := []string{
		"topology.broker=nats", "workload.publishers[0].qos=0", "workload.publishers[0].subscribe.qos=0", "workload.publishers[1].qos=0",
		"workload.subscribers[0].qos=0",
	}
	if diff := cmp.Diff(want, list[0].Overrides); diff != "" {
		t.Errorf("overrides (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"broker": "../b/mine.yaml", "qos": "1"}, list[5].Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for name, texts := range map[string][]string{
		"there is only one variant": {"broker=nats"}, "twice": {"broker=a,b", "topology.broker=c,d"}, "nothing to compare": nil,
		"more than 200": {"workload.client.in_flight=" + numbers(15), "topology.nodes=" + numbers(15)},
	} {
		if _, err := variants(t, texts...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: error %v, want one with %q", texts, err, name)
		}
	}
}

func numbers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i+1))
	}
	return strings.Join(list, ",")
}

// TestHostileFolders: whatever is compared, its folder stays below that of the comparison, and is its alone even where
// case does not count.
// TestCase: names that differ in nothing but case are folders of their own where the file system does not tell it.
func TestCase(t *testing.T) {
	list, err := variants(t, "image=Broker,broker,BROKER")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, v := range list {
		folders = append(folders, v.Folder)
	}
	if diff := cmp.Diff([]string{"Broker", "broker-2", "BROKER-3"}, folders); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
}

func TestHostileFolders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.StringMatching(`[^,"'\[\]{}() ]{1,80}`), 2, 6, rapid.ID[string]).Draw(t, "values")
		list, err := comparison.Variants([]comparison.Dimension{{Key: "broker", Values: values}}, &scenarios.Scenario{})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, v := range list {
			if v.Folder == "" || len(v.Folder) > 70 || strings.ContainsAny(v.Folder, "/\\:*?\"<>|\x00 \n") || strings.HasPrefix(v.Folder, ".") {
				t.Errorf("value %q has folder %q", v.Values["broker"], v.Folder)
			}
			if key := strings.ToLower(v.Folder); seen[key] {
				t.Errorf("folder %q is there twice", v.Folder)
			} else {
				seen[key] = true
			}
		}
	})
}

// TestOrder: each round has each variant once, two rounds together put each at the same mean place, and nobody stays
// first.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		variants, rounds := rapid.IntRange(2, 9).Draw(t, "variants"), rapid.IntRange(1, 12).Draw(t, "rounds")
		slots := comparison.Order(variants, rounds)
		if len(slots) != variants*rounds {
			t.Fatalf("%d slots, want %d", len(slots), variants*rounds)
		}
		place := make([]float64, variants)
		for i, s := range slots {
			if s.Round != i/variants+1 {
				t.Fatalf("slot %d is of round %d", i, s.Round)
			}
			place[s.Variant] += float64(i)
		}
		for round := range rounds {
			var there []int
			for _, s := range slots[round*variants : (round+1)*variants] {
				there = append(there, s.Variant)
			}
			slices.Sort(there)
			if len(slices.Compact(there)) != variants {
				t.Fatalf("round %d has %v", round+1, there)
			}
		}
		// A drift of one a slot moves the mean of a variant by its mean place: not at all over pairs of rounds, and by less
		// than a round over all.
		apart := (slices.Max(place) - slices.Min(place)) / float64(rounds)
		if rounds%2 == 0 && apart != 0 || apart > float64(variants-1)/float64(rounds)+1e-9 {
			t.Errorf("%d variants, %d rounds: mean places lie %g apart", variants, rounds, apart)
		}
	})
}

// TestDriftCancels: with a measurement that only gets slower, equal variants stay equal, and in blocks they would not.
func TestDriftCancels(t *testing.T) {
	means := func(slots []comparison.Slot) (spread float64) {
		sum, n := make([]float64, 3), make([]float64, 3)
		for i, s := range slots {
			sum[s.Variant] += 100 + float64(i)
			n[s.Variant]++
		}
		least, most := math.Inf(1), 0.0
		for v := range sum {
			least, most = min(least, sum[v]/n[v]), max(most, sum[v]/n[v])
		}
		return most - least
	}
	blocks := comparison.Order(3, 6)
	slices.SortStableFunc(blocks, func(a, b comparison.Slot) int { return a.Variant - b.Variant })
	if got := means(comparison.Order(3, 6)); got != 0 {
		t.Errorf("a drift moves the variants apart by %g", got)
	}
	if got := means(blocks); got < 10 {
		t.Errorf("in blocks it moves them apart by %g only: the test tests nothing", got)
	}
}

func TestSeeds(t *testing.T) {
	if a, b := comparison.SeedOf(7, 1), comparison.SeedOf(7, 5); a != 7 || b != 11 {
		t.Errorf("seeds %d and %d, want 7 and 11", a, b)
	}
}
