package pace_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/workers/pace"
)

// specs draws schedules of both kinds.
func specs() *rapid.Generator[pace.Spec] {
	return rapid.Custom(func(t *rapid.T) pace.Spec {
		return pace.Spec{
			Arrival: rapid.SampledFrom([]pace.Arrival{pace.Constant, pace.Poisson}).Draw(t, "arrival"),
			Rate:    rapid.Float64Range(1e-3, 1e6).Draw(t, "rate"),
			Seed:    rapid.Uint64().Draw(t, "seed"),
			Phase:   rapid.Float64Range(-10, 10).Draw(t, "phase"),
		}
	})
}

func TestTimesNeverDecrease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pace.New(specs().Draw(t, "spec"))
		last := time.Duration(0)
		for n := range 500 {
			at := p.Next()
			if at < last {
				t.Fatalf("message %d is due at %v, before %v", n, at, last)
			}
			last = at
		}
	})
}

func TestCopyYieldsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := specs().Draw(t, "spec")
		p, again := pace.New(spec), pace.New(spec)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			p.Next()
			again.Next()
		}
		fork := p
		for n := range 200 {
			a, b, c := p.Next(), fork.Next(), again.Next()
			if a != b || a != c {
				t.Fatalf("message %d: %v, its copy %v, a new pacer %v", n, a, b, c)
			}
		}
	})
}

// In a whole number of periods a constant publisher sends exactly that many messages, whatever its phase.
func TestConstantCountIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.IntRange(1, 5000).Draw(t, "rate")
		seconds := rapid.IntRange(1, 20).Draw(t, "seconds")
		p := pace.New(pace.Spec{Rate: float64(perSecond), Phase: rapid.Float64Range(0, 1).Draw(t, "phase")})
		end := time.Duration(seconds) * time.Second
		got := 0
		for p.Next() < end {
			got++
		}
		if want := perSecond * seconds; got != want {
			t.Fatalf("%d messages, want %d", got, want)
		}
	})
}

// After three million messages at an awkward rate the time is still the one that n alone gives.
func TestConstantDoesNotDrift(t *testing.T) {
	const rate, messages = 7, 3_000_001
	p := pace.New(pace.Spec{Rate: rate})
	var at time.Duration
	for range messages {
		at = p.Next()
	}
	want := time.Duration((messages - 1) * int64(time.Second) / rate)
	if diff := at - want; diff < -1 || diff > 1 {
		t.Fatalf("message %d is due at %v, want %v", messages-1, at, want)
	}
}

func TestConstantSpacing(t *testing.T) {
	p := pace.New(pace.Spec{Rate: 4, Phase: 0.5})
	for n := range 8 {
		want := 125*time.Millisecond + time.Duration(n)*250*time.Millisecond
		if got := p.Next(); got != want {
			t.Errorf("message %d is due at %v, want %v", n, got, want)
		}
	}
}

// The number of messages of a Poisson process has mean and variance rate × time. Over many seeds both are met.
func TestPoissonHitsRateAndSpread(t *testing.T) {
	const rate, seconds, publishers = 20.0, 10, 2000
	var sum, squares float64
	for n := range publishers {
		p := pace.New(pace.Spec{Arrival: pace.Poisson, Rate: rate, Seed: pace.Seed(7, n)})
		count := 0.0
		for p.Next() < seconds*time.Second {
			count++
		}
		sum += count
		squares += count * count
	}
	mean := sum / publishers
	variance := squares/publishers - mean*mean
	const want = rate * seconds
	// Five standard errors of each, so that the test only fails for a reason.
	if off := math.Abs(mean - want); off > 5*math.Sqrt(want/publishers) {
		t.Errorf("mean %.2f messages, want %.0f", mean, want)
	}
	if off := math.Abs(variance - want); off > 5*want*math.Sqrt(2.0/publishers) {
		t.Errorf("variance %.1f, want %.0f", variance, want)
	}
}

func TestNothingIsDueWithoutRate(t *testing.T) {
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		p := pace.New(pace.Spec{Rate: rate})
		if got := p.Next(); got != pace.Never {
			t.Errorf("rate %v: due at %v, want never", rate, got)
		}
	}
}

func TestFarFutureIsNever(t *testing.T) {
	for _, arrival := range []pace.Arrival{pace.Constant, pace.Poisson} {
		p := pace.New(pace.Spec{Arrival: arrival, Rate: 1e-12, Phase: 0.5, Seed: 1})
		var got time.Duration
		for range 10 {
			got = p.Next()
		}
		if got != pace.Never {
			t.Errorf("arrival %d: due at %v, want never", arrival, got)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	seen := make(map[uint64]bool)
	for run := range uint64(30) {
		for n := range 1000 {
			seen[pace.Seed(run, n)] = true
		}
	}
	if len(seen) != 30_000 {
		t.Errorf("%d different seeds of 30,000 clients", len(seen))
	}
}

// Source is splitmix64: the first numbers from state 0 are known.
func TestSourceIsSplitmix64(t *testing.T) {
	s := pace.Source(0)
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got := s.Uint64(); got != want {
			t.Errorf("number %d is %#x, want %#x", i, got, want)
		}
	}
}

func BenchmarkConstant(b *testing.B) {
	p := pace.New(pace.Spec{Rate: 1000})
	b.ReportAllocs()
	for b.Loop() {
		p.Next()
	}
}

func BenchmarkPoisson(b *testing.B) {
	p := pace.New(pace.Spec{Arrival: pace.Poisson, Rate: 1000, Seed: 1})
	b.ReportAllocs()
	for b.Loop() {
		p.Next()
	}
}
