package gate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/gate"
)

// A noise draws by how much a time of a run is longer than usual; place is where the run stands in time, from 0 to 1.
// What hangs together in a run is drawn from common, which is the same for all its times.
type noise func(random *rand.Rand, common, place float64, tail bool) float64

func noises() map[string]noise {
	return map[string]noise{
		"quiet": func(r *rand.Rand, _, _ float64, _ bool) float64 { return math.Exp(0.02 * r.NormFloat64()) },
		"hanging together": func(r *rand.Rand, common, _ float64, _ bool) float64 {
			return math.Exp(0.04*common + 0.01*r.NormFloat64())
		},
		"heavy tails": func(r *rand.Rand, _, _ float64, tail bool) float64 {
			if tail && r.IntN(4) == 0 {
				return 1 + 3*r.ExpFloat64()
			}
			return math.Exp(0.03 * r.NormFloat64())
		},
		"two modes": func(r *rand.Rand, common, _ float64, _ bool) float64 {
			mode := 1.0
			if common > 0 {
				mode = 1.3
			}
			return mode * math.Exp(0.02*r.NormFloat64())
		},
		"drift": func(r *rand.Rand, _, place float64, _ bool) float64 {
			return (1 + 0.15*place) * math.Exp(0.02*r.NormFloat64())
		},
		"coarse": func(r *rand.Rand, _, _ float64, _ bool) float64 {
			return math.Round(20*math.Exp(0.03*r.NormFloat64())) / 20
		},
	}
}

// simulated makes two sides that take turns, of so many runs each, of which the new one is slower.
func simulated(random *rand.Rand, draw noise, runs int, slower float64) (base, now []gate.Run) {
	for i := range 2 * runs {
		common, place := random.NormFloat64(), float64(i)/float64(2*runs-1)
		isNew := (i%4 == 1 || i%4 == 2) // A B B A
		by := 1.0
		if isNew {
			by = slower
		}
		times := func(usual time.Duration, by float64) reports.Distribution {
			middle := float64(usual) * draw(random, common, place, false) * by
			tail := 3 * middle * draw(random, common, place, true)
			return reports.Distribution{Count: 1000, P50: time.Duration(middle), P99: time.Duration(tail)}
		}
		r := &reports.Result{
			Verdict: "pass", RunID: fmt.Sprint("run", i), Started: time.Unix(int64(i), 0), Schema: reports.Schema,
			Counts:     reports.Counts{Attempted: 1000, Acknowledged: 1000, Expected: 1000, Delivered: 1000, Duplicated: uint64(random.IntN(200))},
			Windows:    map[string]reports.Latencies{},
			Injections: []reports.Injection{{Fault: "kill"}},
			Failover: reports.Failover{
				Detect: times(time.Second, 1), Reconnect: times(time.Second, 1), Resubscribe: times(time.Second, 1), Resume: times(2*time.Second, 1),
			},
			Backlog: times(time.Second, 1), UnavailabilityGap: time.Duration(1+random.IntN(4)) * time.Second,
		}
		if random.IntN(8) == 0 {
			r.Failover.Resume.P99, r.Failover.Resume.Never = -1, 1
		}
		latencies := func() reports.Latencies {
			return reports.Latencies{
				"publish": times(ms, 1), "publish_delay": times(ms/2, 1), "connect": times(3*ms, 1),
				"end_to_end": times(5*ms, by), "service": times(5*ms, by),
			}
		}
		r.Latency = latencies()
		for _, w := range []string{"before", "during", "after"} {
			r.Windows[w] = latencies()
		}
		if run := (gate.Run{Path: fmt.Sprint(i), Result: r}); isNew {
			now = append(now, run)
		} else {
			base = append(base, run)
		}
	}
	return base, now
}

// Whatever runs differ by among themselves, gates of one and the same thing hardly ever fail, with some sixty figures,
// and a fifth is found where it is larger than the noise.
func TestFalseAlarmsAndDetection(t *testing.T) {
	const runs, same, changed = 6, 20, 10
	alarms, gates := 0, 0
	for name, draw := range noises() {
		random := rand.New(rand.NewPCG(11, uint64(len(name))))
		fails := func(slower float64) bool {
			base, now := simulated(random, draw, runs, slower)
			d, err := gate.Regress(base, now, gate.Options{})
			if err != nil || d.Compared < 55 {
				t.Fatalf("%v, %d figures", err, d.Compared)
			}
			return d.Verdict == check.Fail
		}
		found := 0
		for range same {
			gates++
			if fails(1) {
				alarms++
			}
		}
		for range changed {
			if fails(1.2) {
				found++
			}
		}
		t.Logf("%s: %d of %d found", name, found, changed)
		if want := changed * 95 / 100; name != "two modes" && found < want {
			t.Errorf("%s: %d of %d found, want %d", name, found, changed, want)
		}
	}
	// At most one in 200 by construction: of 360 fewer than two, and hardly ever more than five.
	t.Logf("%d false alarms in %d gates", alarms, gates)
	if alarms > 5 {
		t.Errorf("%d false alarms in %d gates", alarms, gates)
	}
}
