package pace_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/workers/pace"
)

func TestPresenceOfZeroIsForEver(t *testing.T) {
	for name, p := range map[string]pace.Presence{
		"zero": {}, "no rhythm": pace.NewPresence(pace.Rhythm{}),
		"stays without absence": pace.NewPresence(pace.Rhythm{StayMin: time.Second, StayMax: time.Second}),
	} {
		for _, at := range []time.Duration{0, time.Hour, 1000 * time.Hour} {
			if there, until := p.At(at); !there || until != pace.Never {
				t.Errorf("%s: at %v there %v until %v", name, at, there, until)
			}
		}
	}
}

func TestPresenceJoins(t *testing.T) {
	p := pace.NewPresence(pace.Rhythm{Join: 10 * time.Second})
	if there, until := p.At(10*time.Second - 1); there || until != 10*time.Second {
		t.Errorf("before: there %v until %v", there, until)
	}
	if there, until := p.At(10 * time.Second); !there || until != pace.Never {
		t.Errorf("after: there %v until %v", there, until)
	}
}

// rhythms draws any rhythm that goes and comes.
func rhythms(t *rapid.T) pace.Rhythm {
	length := func(name string) (low, high time.Duration) {
		low = time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Minute)).Draw(t, name))
		return low, low + time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, name+" more"))
	}
	r := pace.Rhythm{Seed: rapid.Uint64().Draw(t, "seed"), Whole: rapid.Bool().Draw(t, "whole")}
	r.StayMin, r.StayMax = length("stay")
	r.AwayMin, r.AwayMax = length("away")
	if rapid.Bool().Draw(t, "joins") {
		r.Join = time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "join"))
	}
	return r
}

// TestPresenceKeepsItsBounds: stays and absences take turns, each as long as it may be, and the first is a part of one.
func TestPresenceKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rhythms(t)
		p := pace.NewPresence(r)
		there, until := p.At(0)
		switch {
		case r.Join > 0 && (there || until != r.Join):
			t.Fatalf("joins at %v: there %v until %v", r.Join, there, until)
		case r.Join == 0 && r.Whole && (!there || until <= 0 || until > r.StayMax):
			t.Fatalf("whole: there %v until %v", there, until)
		case r.Join == 0 && there && (until <= 0 || until > r.StayMax),
			r.Join == 0 && !there && (until <= 0 || until > r.AwayMax):
			t.Fatalf("there %v until %v", there, until)
		}
		for range 20 {
			before, began := there, until
			there, until = p.At(began)
			length := until - began
			low, high := r.AwayMin, r.AwayMax
			if there {
				low, high = r.StayMin, r.StayMax
			}
			if there == before || length < low || length > high {
				t.Fatalf("after %v until %v: %v until %v, a length of %v", before, began, there, until, length)
			}
		}
	})
}

// TestPresenceCopies: a copy yields the same times, in whatever steps it is asked.
func TestPresenceCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pace.NewPresence(rhythms(t))
		leaps, at := p, time.Duration(0)
		for range 30 {
			at += time.Duration(rapid.Int64Range(0, int64(5*time.Minute)).Draw(t, "step"))
			var there bool
			var until time.Duration
			for walk := time.Duration(0); ; walk = until {
				if there, until = p.At(max(walk, at)); until > at {
					break
				}
			}
			if again, same := leaps.At(at); again != there || same != until {
				t.Fatalf("at %v: %v until %v, the copy %v until %v", at, there, until, again, same)
			}
		}
	})
}

// TestPresenceIsSteadyFromTheStart: of many clients the same part is there at any time, and they come at a constant
// rate.
func TestPresenceIsSteadyFromTheStart(t *testing.T) {
	const clients, seconds = 4000, 40
	var there, came [seconds]int
	for n := range clients {
		p := pace.NewPresence(pace.Rhythm{
			StayMin: 4 * time.Second, StayMax: 20 * time.Second, AwayMin: time.Second, AwayMax: 7 * time.Second,
			Seed: pace.Seed(7, n),
		})
		was := false
		for s := range seconds {
			is, _ := p.At(time.Duration(s) * time.Second)
			if is {
				there[s]++
			}
			if is && !was && s > 0 {
				came[s]++
			}
			was = is
		}
	}
	const part, mean = 12.0 / 16, clients / 16.0
	for s := range seconds {
		if got := float64(there[s]) / clients; math.Abs(got-part) > 5*math.Sqrt(part*(1-part)/clients) {
			t.Errorf("at %d s %.3f are there, want %.3f", s, got, part)
		}
		if got := float64(came[s]); s > 0 && math.Abs(got-mean) > 5*math.Sqrt(mean) {
			t.Errorf("in second %d %v came, want %v", s, got, mean)
		}
	}
}
