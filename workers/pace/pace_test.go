package pace_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/workers/pace"
)

// shortestSpan is the shortest stage, burst and period of the curves that are drawn.
const shortestSpan = 100 * time.Millisecond

// A curve is one that was drawn. It shows what it was made of instead of its pieces.
type curve struct {
	*pace.Curve
	made string
}

func (c curve) GoString() string { return c.made }

// curves draws rates of every kind, those with pauses and ends among them.
func curves() *rapid.Generator[curve] {
	rate := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1e4), rapid.Map(rapid.IntRange(0, 50), func(n int) float64 { return float64(n) }))
	span := rapid.Map(rapid.IntRange(int(shortestSpan/time.Millisecond), 20_000), func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond })
	return rapid.Custom(func(t *rapid.T) curve {
		a, b, x, y := rate.Draw(t, "a"), rate.Draw(t, "b"), span.Draw(t, "x"), span.Draw(t, "y")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return curve{pace.Flat(a), fmt.Sprintf("Flat(%v)", a)}
		case 1:
			return curve{pace.Burst(a, b, x, y), fmt.Sprintf("Burst(%v, %v, %v, %v)", a, b, x, y)}
		case 2:
			return curve{pace.Sine(a, b, x), fmt.Sprintf("Sine(%v, %v, %v)", a, b, x)}
		default:
			stages := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pace.Stage {
				return pace.Stage{For: span.Draw(t, "for"), From: rate.Draw(t, "from"), To: rate.Draw(t, "to")}
			}), 0, 6).Draw(t, "stages")
			return curve{pace.Stages(stages), fmt.Sprintf("Stages(%v)", stages)}
		}
	})
}

// A drawn is a schedule, what is a publisher's own, and its pacer.
type drawn struct {
	schedule *pace.Schedule
	own      pace.Own
}

func (d drawn) pacer() pace.Pacer { return pace.New(d.schedule, d.own) }

// schedules draws schedules of both kinds, along every kind of curve, with and without absences.
func schedules() *rapid.Generator[drawn] {
	return rapid.Custom(func(t *rapid.T) drawn {
		return drawn{
			&pace.Schedule{
				Curve:   curves().Draw(t, "curve").Curve,
				Arrival: rapid.SampledFrom([]pace.Arrival{pace.Constant, pace.Poisson}).Draw(t, "arrival"),
				Among:   rapid.IntRange(0, 100).Draw(t, "among"),
			},
			pace.Own{
				Seed: rapid.Uint64().Draw(t, "seed"), Phase: rapid.Float64Range(-10, 10).Draw(t, "phase"), Away: absences().Draw(t, "away"),
			},
		}
	})
}

// absences draws spans in order, some of which touch.
func absences() *rapid.Generator[[]pace.Span] {
	return rapid.Custom(func(t *rapid.T) []pace.Span {
		var spans []pace.Span
		at := time.Duration(0)
		for range rapid.IntRange(0, 4).Draw(t, "spans") {
			from := at + time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(t, "stay"))
			at = from + time.Duration(rapid.Int64Range(1, int64(5*time.Second)).Draw(t, "away"))
			spans = append(spans, pace.Span{From: from, Until: at})
		}
		return spans
	})
}

// flat is a pacer at one rate.
func flat(rate, phase float64) pace.Pacer {
	return pace.New(&pace.Schedule{Curve: pace.Flat(rate)}, pace.Own{Phase: phase})
}

func TestTimesNeverDecrease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := schedules().Draw(t, "schedule").pacer()
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
		d := schedules().Draw(t, "schedule")
		p, again := d.pacer(), d.pacer()
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
		p := flat(float64(perSecond), rapid.Float64Range(0, 1).Draw(t, "phase"))
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
	p := flat(rate, 0)
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
	p := flat(4, 0.5)
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
	schedule := pace.Schedule{Arrival: pace.Poisson, Curve: pace.Flat(rate)}
	for n := range publishers {
		p := pace.New(&schedule, pace.Own{Seed: pace.Seed(7, n)})
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
		p := flat(rate, 0)
		if got := p.Next(); got != pace.Never {
			t.Errorf("rate %v: due at %v, want never", rate, got)
		}
	}
}

func TestFarFutureIsNever(t *testing.T) {
	for _, arrival := range []pace.Arrival{pace.Constant, pace.Poisson} {
		p := pace.New(&pace.Schedule{Arrival: arrival, Curve: pace.Flat(1e-12)}, pace.Own{Phase: 0.5, Seed: 1})
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
	p := flat(1000, 0)
	b.ReportAllocs()
	for b.Loop() {
		p.Next()
	}
}

func BenchmarkPoisson(b *testing.B) {
	p := pace.New(&pace.Schedule{Arrival: pace.Poisson, Curve: pace.Flat(1000)}, pace.Own{Seed: 1})
	b.ReportAllocs()
	for b.Loop() {
		p.Next()
	}
}
