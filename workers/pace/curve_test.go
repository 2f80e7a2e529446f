package pace_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/workers/pace"
)

// due counts the messages of a pacer before a time.
func due(p pace.Pacer, end time.Duration) int {
	n := 0
	for p.Next() < end {
		n++
	}
	return n
}

// A constant schedule has as many messages up to any time as the integral of its rate says, give or take one.
func TestCountIsTheIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		curve := curves().Draw(t, "curve")
		among := rapid.IntRange(1, 50).Draw(t, "among")
		p := pace.New(&pace.Schedule{Curve: curve.Curve, Among: among}, pace.Own{Phase: rapid.Float64Range(0, 1).Draw(t, "phase")})
		for n := range 3000 {
			at := p.Next()
			if at == pace.Never {
				break
			}
			if off := curve.Count(at)/float64(among) - float64(n); off < -1e-3 || off > 1+1e-3 {
				t.Fatalf("message %d is due at %v, where the integral is %v", n, at, curve.Count(at)/float64(among))
			}
		}
	})
}

// The integral grows by the rate: over every small step by what the rate comes to there. All curves that are drawn jump
// and bend only between steps, but for the pieces of a sine, and the two points of Gauss and Legendre lie within a step:
// what they say is off by nothing where the rate is straight, by 1e-8 of the highest rate for the fastest sine, and by 5e-6
// of half its range for its pieces (see [TestSineIsASine]).
func TestCountGrowsByTheRate(t *testing.T) {
	const step = time.Millisecond
	const aside = 288_675 * time.Nanosecond // step/(2√3)
	rapid.Check(t, func(t *rapid.T) {
		curve := curves().Draw(t, "curve")
		end := time.Duration(rapid.IntRange(1, 5000).Draw(t, "steps")) * step
		low, high := curve.Range(end)
		_, highest := curve.Range(pace.Never)
		for at := time.Duration(0); at < end; at += step {
			first, second := curve.Rate(at+step/2-aside), curve.Rate(at+step/2+aside)
			grown, want := curve.Count(at+step)-curve.Count(at), (first+second)/2*step.Seconds()
			if math.Abs(grown-want) > 1e-5*highest*step.Seconds()+1e-9 {
				t.Fatalf("%v messages from %v to %v, where the rate comes to %v", grown, at, at+step, want)
			}
			if slack := 1e-9 * highest; min(first, second) < low-slack || max(first, second) > high+slack {
				t.Fatalf("rates %v and %v from %v to %v, outside the range %v to %v", first, second, at, at+step, low, high)
			}
		}
	})
}

// The members of a group that shares a rate send together what one publisher of that rate sends.
func TestTheGroupSendsTheRateOfTheGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		curve := curves().Draw(t, "curve")
		among := rapid.IntRange(1, 20).Draw(t, "among")
		schedule := pace.Schedule{Curve: curve.Curve, Among: among}
		end := time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "end"))
		total := 0
		for n := range among {
			total += due(pace.New(&schedule, pace.Own{Phase: float64(n) / float64(among)}), end)
		}
		if want := curve.Count(end); math.Abs(float64(total)-want) > 1.01 {
			t.Fatalf("%d messages of %d publishers up to %v, want %v", total, among, end, want)
		}
	})
}

func TestStages(t *testing.T) {
	curve := pace.Stages([]pace.Stage{
		{For: 10 * time.Second, From: 0, To: 50}, {For: 20 * time.Second, From: 50, To: 50},
		{For: 5 * time.Second}, {For: 5 * time.Second, From: 50, To: 0},
	})
	for _, c := range []struct {
		at          time.Duration
		rate, count float64
	}{
		{0, 0, 0},
		{5 * time.Second, 25, 62.5},
		{10 * time.Second, 50, 250},
		{30 * time.Second, 0, 1250},
		{35 * time.Second, 50, 1250},
		{40 * time.Second, 0, 1375},
		{time.Hour, 0, 1375},
	} {
		if rate, count := curve.Rate(c.at), curve.Count(c.at); math.Abs(rate-c.rate) > 1e-9 || math.Abs(count-c.count) > 1e-9 {
			t.Errorf("at %v: rate %v and %v messages, want %v and %v", c.at, rate, count, c.rate, c.count)
		}
	}
	p := pace.New(&pace.Schedule{Curve: curve}, pace.Own{})
	var times []time.Duration
	for at := p.Next(); at != pace.Never; at = p.Next() {
		times = append(times, at)
	}
	if len(times) != 1375 || p.Next() != pace.Never {
		t.Fatalf("%d messages, want 1375 and no more", len(times))
	}
	for n, want := range map[int]time.Duration{0: 0, 1: 632455532, 4: 1264911064, 250: 10 * time.Second, 251: 10020 * time.Millisecond, 1250: 35 * time.Second} {
		if off := times[n] - want; off < -1 || off > 1 {
			t.Errorf("message %d is due at %v, want %v", n, times[n], want)
		}
	}
}

func TestSteps(t *testing.T) {
	curve := pace.Steps([]pace.Step{{2 * time.Second, 5}, {4 * time.Second, 0}, {5 * time.Second, 100}})
	for _, c := range []struct {
		at          time.Duration
		rate, count float64
	}{
		{0, 0, 0}, {2 * time.Second, 5, 0}, {3 * time.Second, 5, 5}, {4 * time.Second, 0, 10}, {5 * time.Second, 100, 10},
		{65 * time.Second, 100, 6010},
	} {
		if rate, count := curve.Rate(c.at), curve.Count(c.at); rate != c.rate || count != c.count {
			t.Errorf("at %v: rate %v and %v messages, want %v and %v", c.at, rate, count, c.rate, c.count)
		}
	}
	if n := due(pace.New(&pace.Schedule{Curve: curve}, pace.Own{Phase: 0.5}), 6*time.Second); n != 110 {
		t.Errorf("%d messages in 6s, want 110", n)
	}
	if at := due(pace.New(&pace.Schedule{Curve: pace.Steps(nil)}, pace.Own{}), time.Hour); at != 0 {
		t.Errorf("%d messages of no steps", at)
	}
}

// A pause at the beginning is a pause: not even the first message comes before its end.
func TestNothingIsDueInAPause(t *testing.T) {
	curve := pace.Stages([]pace.Stage{{For: 10 * time.Second}, {For: time.Second, From: 3, To: 3}})
	p := pace.New(&pace.Schedule{Curve: curve}, pace.Own{})
	if at := p.Next(); at != 10*time.Second {
		t.Errorf("the first message is due at %v, want 10s", at)
	}
	// What the last stage ends with holds from then on.
	if n := due(p, 20*time.Second); n != 29 {
		t.Errorf("%d more messages up to 20s, want 29", n)
	}
}

func TestBursts(t *testing.T) {
	curve := pace.Burst(2, 100, 10*time.Second, time.Second)
	for second, want := range map[int]int{0: 100, 1: 2, 9: 2, 10: 100, 11: 2, 3600: 100, 3605: 2} {
		p := pace.New(&pace.Schedule{Curve: curve}, pace.Own{Phase: 0.5})
		from := time.Duration(second) * time.Second
		if got := due(p, from+time.Second) - due(p, from); got != want {
			t.Errorf("%d messages in second %d, want %d", got, second, want)
		}
	}
}

// The straight pieces stay as close to the sine as the constant that says how many there are claims.
func TestSineIsASine(t *testing.T) {
	const low, high, period = 10.0, 110.0, 60.0
	const mid, half = (low + high) / 2, (high - low) / 2
	curve := pace.Sine(low, high, 60*time.Second)
	for ms := range 200_000 {
		at := time.Duration(ms) * time.Millisecond
		turn := 2 * math.Pi * at.Seconds() / period
		rate, count := mid-half*math.Cos(turn), mid*at.Seconds()-half*period/(2*math.Pi)*math.Sin(turn)
		if off := math.Abs(curve.Rate(at) - rate); off > 5e-6*half {
			t.Fatalf("rate %v at %v, want %v", curve.Rate(at), at, rate)
		}
		if off := math.Abs(curve.Count(at) - count); off > 2e-6*half*period {
			t.Fatalf("%v messages up to %v, want %v", curve.Count(at), at, count)
		}
	}
	if got := curve.Count(600 * time.Second); math.Abs(got-600*mid) > 1e-6 {
		t.Errorf("%v messages in ten periods, want %v", got, 600*mid)
	}
	if l, h := curve.Range(time.Hour); math.Abs(l-low) > 1e-9 || math.Abs(h-high) > 1e-9 {
		t.Errorf("rates from %v to %v, want %v to %v", l, h, low, high)
	}
}

// The number of messages of a Poisson process with a varying rate has the integral as its mean and as its variance.
func TestPoissonFollowsTheCurve(t *testing.T) {
	schedule := pace.Schedule{
		Arrival: pace.Poisson, Among: 4,
		Curve: pace.Stages([]pace.Stage{{For: 5 * time.Second, From: 0, To: 80}, {For: 5 * time.Second}, {For: 5 * time.Second, From: 40, To: 40}}),
	}
	const publishers = 2000
	for _, span := range []pace.Span{{0, 2 * time.Second}, {2 * time.Second, 5 * time.Second}, {5 * time.Second, 10 * time.Second}, {10 * time.Second, 20 * time.Second}} {
		var sum, squares float64
		for n := range publishers {
			p := pace.New(&schedule, pace.Own{Seed: pace.Seed(3, n)})
			count := float64(due(p, span.Until) - due(p, span.From))
			sum += count
			squares += count * count
		}
		mean := sum / publishers
		variance := squares/publishers - mean*mean
		want := (schedule.Curve.Count(span.Until) - schedule.Curve.Count(span.From)) / 4
		if off := math.Abs(mean - want); off > 5*math.Sqrt(want/publishers) {
			t.Errorf("%v: mean %.2f messages, want %.2f", span, mean, want)
		}
		if off := math.Abs(variance - want); off > 5*math.Sqrt((2*want*want+want)/publishers) {
			t.Errorf("%v: variance %.1f, want %.1f", span, variance, want)
		}
	}
}

// Absences take messages out of a constant schedule and move none of the others.
func TestAbsencesTakeMessagesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule := pace.Schedule{Curve: curves().Draw(t, "curve").Curve, Among: rapid.IntRange(1, 20).Draw(t, "among")}
		own := pace.Own{Phase: rapid.Float64Range(0, 1).Draw(t, "phase")}
		there := pace.New(&schedule, own)
		own.Away = absences().Draw(t, "away")
		away := pace.New(&schedule, own)
		for range 2000 {
			want := there.Next()
			if within(own.Away, want) {
				continue
			}
			if got := away.Next(); got != want {
				t.Fatalf("due at %v, want %v", got, want)
			}
		}
	})
}

// Whatever the schedule, nothing is due in an absence, and a rate that is immense costs no more than another.
func TestNothingIsDueInAnAbsence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := schedules().Draw(t, "schedule")
		p := d.pacer()
		for range 500 {
			if at := p.Next(); within(d.own.Away, at) {
				t.Fatalf("due at %v, within %v", at, d.own.Away)
			}
		}
	})
	for _, arrival := range []pace.Arrival{pace.Constant, pace.Poisson} {
		p := pace.New(&pace.Schedule{Curve: pace.Flat(1e9), Arrival: arrival}, pace.Own{Away: []pace.Span{{0, 1000 * time.Hour}}})
		if at := p.Next(); at < 1000*time.Hour || at > 1000*time.Hour+time.Microsecond {
			t.Errorf("arrival %d: the first message is due at %v, want 1000h", arrival, at)
		}
	}
}

// A Poisson process with absences has the rate that it had outside them.
func TestPoissonWithAbsences(t *testing.T) {
	schedule := pace.Schedule{Arrival: pace.Poisson, Curve: pace.Sine(5, 25, 7*time.Second)}
	away := []pace.Span{{time.Second, 3 * time.Second}, {3 * time.Second, 4 * time.Second}, {6 * time.Second, 9 * time.Second}}
	const publishers = 2000
	total := 0
	for n := range publishers {
		total += due(pace.New(&schedule, pace.Own{Seed: pace.Seed(5, n), Away: away}), 10*time.Second)
	}
	want := schedule.Curve.Count(10 * time.Second)
	for _, s := range away {
		want -= schedule.Curve.Count(s.Until) - schedule.Curve.Count(s.From)
	}
	want *= publishers
	if off := math.Abs(float64(total) - want); off > 5*math.Sqrt(want) {
		t.Errorf("%d messages, want %.0f", total, want)
	}
}

func within(spans []pace.Span, at time.Duration) bool {
	for _, s := range spans {
		if at >= s.From && at < s.Until {
			return true
		}
	}
	return false
}

func TestTheZeroPacerHasNoMessage(t *testing.T) {
	var p pace.Pacer
	if at := p.Next(); at != pace.Never {
		t.Errorf("due at %v, want never", at)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	for _, arrival := range []pace.Arrival{pace.Constant, pace.Poisson} {
		p := pace.New(&pace.Schedule{Curve: pace.Sine(0, 1000, time.Second), Arrival: arrival}, pace.Own{Away: []pace.Span{{0, time.Second}}})
		if n := testing.AllocsPerRun(1000, func() { p.Next() }); n != 0 {
			t.Errorf("arrival %d: %v allocations", arrival, n)
		}
	}
}

// The number of messages before a time is what stepping to it comes to.
func TestBeforeCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := schedules().Draw(t, "schedule").pacer()
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			p.Next()
		}
		end := time.Duration(rapid.Int64Range(-1, int64(2*time.Second)).Draw(t, "end"))
		if got, want := p.Before(end), due(p, end); got != uint64(want) {
			t.Fatalf("%d messages before %v, want %d", got, end, want)
		}
	})
}
