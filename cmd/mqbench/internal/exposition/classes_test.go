package exposition

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

// TestNames holds the names, units and texts against the conventions of Prometheus.
func TestNames(t *testing.T) {
	r, err := history.NewRecorder(history.Options{
		Lanes: 1, Meta: history.Meta{Brokers: []string{"b1"}, Origins: []history.Origin{{}}},
		Publishers: []history.PublisherInfo{{Client: "p"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{0}})
	r.Publisher(0).Steps(r.Now(), r.Now()+4, 0, history.Steps{Dial: 1, TLS: 1, Upgrade: 1})
	r.Tick(r.Now(), history.Sample{})
	c := newCollector()
	c.show(r)
	problems, err := testutil.CollectAndLint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	want := len(families()) + len(c.latencies.descriptions)
	if got := testutil.CollectAndCount(c); got < want {
		t.Errorf("%d metrics of %d families", got, want)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestClasses: a class counts what is up to its bound, but for samples that the record cannot tell from the bound, and
// the sum is right to a thousandth.
func TestClasses(t *testing.T) {
	g := newGeometry(bounds())
	rapid.Check(t, func(t *rapid.T) {
		exact := rapid.SampledFrom(bounds())
		any := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(math.Pow(10, rapid.Float64Range(3, 12.5).Draw(t, "log")))
		})
		samples := rapid.SliceOf(rapid.OneOf(exact, any)).Draw(t, "samples")
		h, sum := history.NewHistogram(), 0.0
		for _, s := range samples {
			if err := h.RecordValue(int64(s)); err != nil {
				t.Fatal(err)
			}
			sum += s.Seconds()
		}
		c := g.classesOf(h)
		if c.count != uint64(len(samples)) {
			t.Errorf("%d of %d samples", c.count, len(samples))
		}
		if math.Abs(c.sum-sum) > sum/1000+float64(len(samples))*512e-9 {
			t.Errorf("sum %v, want %v", c.sum, sum)
		}
		upTo := func(bound float64) (n uint64) {
			for _, s := range samples {
				if s.Seconds() <= bound {
					n++
				}
			}
			return n
		}
		for _, b := range g.bounds {
			atLeast, atMost := upTo(b), upTo(b*1.001+512e-9)
			if got := c.upTo[b]; got < atLeast || got > atMost {
				t.Errorf("%d samples up to %v s, want %d to %d", got, b, atLeast, atMost)
			}
		}
	})
}

// TestClassesAddUp: windows that are shown as one have the samples of all of them.
func TestClassesAddUp(t *testing.T) {
	g := newGeometry(bounds())
	one, other, both := history.NewHistogram(), history.NewHistogram(), history.NewHistogram()
	for n := range 100 {
		v := int64(time.Millisecond) * int64(1+n*n)
		part := one
		if n%3 == 0 {
			part = other
		}
		for _, h := range []*hdr.Histogram{part, both} {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	sum, want := g.classesOf(one), g.classesOf(both)
	sum.add(g.classesOf(other))
	if sum.count != want.count || math.Abs(sum.sum-want.sum) > 1e-6 || !maps.Equal(sum.upTo, want.upTo) {
		t.Errorf("classes %+v, want %+v", sum, want)
	}
}

// TestLaterScrapes: whoever asks again gets what has come since.
func TestLaterScrapes(t *testing.T) {
	r, err := history.NewRecorder(history.Options{Lanes: 1, Publishers: []history.PublisherInfo{{Client: "p"}}})
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector()
	c.show(r)
	for n := range uint64(3) {
		r.Publisher(0).Steps(r.Now(), r.Now()+4, 0, history.Steps{Dial: 1, TLS: 1, Upgrade: 1})
		r.Tick(r.Now(), history.Sample{})
		testutil.CollectAndCount(c)
		for _, m := range history.StepMetrics() {
			got := uint64(0)
			for _, w := range history.WindowNames() {
				got += c.latencies.known[place{m, w}].count
			}
			if got != n+1 {
				t.Errorf("%d samples of %s, want %d", got, m, n+1)
			}
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestBounds: they cover what a run can see, in steps of which none is much wider than the others.
func TestBounds(t *testing.T) {
	all := bounds()
	if all[0] != 100*time.Microsecond || all[len(all)-1] != 100*time.Second || !slices.IsSorted(all) {
		t.Errorf("bounds %v", all)
	}
	for i, b := range all[1:] {
		if step := float64(b) / float64(all[i]); step < 1.3 || step > 1.7 {
			t.Errorf("%v is %.2f times %v", b, step, all[i])
		}
	}
}
