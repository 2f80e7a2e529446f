package charts_test

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/charts"
)

// page is a document with every kind of chart, of a run of so many seconds in which a broker was killed.
func page(t testing.TB, seconds int) []byte {
	t.Helper()
	var set charts.Set
	var body []template.HTML
	body = append(body, timelines(&set, seconds)...)
	body = append(body, set.Percentiles(percentiles()), set.Recovery(recovery(900)), set.Distribution(distribution(900)),
		set.Distribution(distribution(12)), set.Intervals(intervals()))
	return document(t, &set, body)
}

func document(t testing.TB, set *charts.Set, body []template.HTML) []byte {
	t.Helper()
	data, err := set.Data()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>"+
		"<meta name=color-scheme content='light dark'><link rel=icon href='data:,'><title>charts</title><style>%s\n"+
		"body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:1rem auto;padding:0 1rem;background:var(--chart-ground);color:var(--chart-ink)}</style>\n",
		charts.CSS())
	for _, c := range body {
		fmt.Fprintf(&b, "%s\n", c)
	}
	fmt.Fprintf(&b, "%s<script>%s</script></html>\n", data, charts.Script())
	return b.Bytes()
}

const second = time.Second

func span(seconds int) charts.Span {
	end := time.Duration(seconds) * second
	return charts.Span{
		Name: "run", Ended: end,
		Faults: []charts.Fault{
			{Number: 1, Name: "kill b2", Began: end / 3, Ended: end/3 + end/12},
			{Number: 2, Name: "latency b1 (100ms ± 20ms)", Began: end * 2 / 3, Ended: -1},
		},
		Phases: []charts.Phase{
			{Name: "warmup", Ended: end / 12}, {Name: "measure", Began: end / 12, Ended: end * 11 / 12}, {Name: "drain", Began: end * 11 / 12, Ended: end},
		},
	}
}

func timelines(set *charts.Set, seconds int) []template.HTML {
	r := rand.New(rand.NewPCG(1, 2))
	s := span(seconds)
	n := seconds
	xs := make([]time.Duration, n)
	offered, acknowledged, delivered := make([]float64, n), make([]float64, n), make([]float64, n)
	p50, p99 := make([]float64, n), make([]float64, n)
	connected := make([]float64, n)
	for i := range xs {
		xs[i] = time.Duration(i+1) * second
		down := xs[i] > s.Faults[0].Began && xs[i] <= s.Faults[0].Ended
		offered[i], acknowledged[i], delivered[i], connected[i] = 1000, float64(980+r.IntN(20)), float64(3900+r.IntN(100)), 500
		p50[i], p99[i] = float64(2_000_000+r.IntN(500_000)), float64(9_000_000+r.IntN(5_000_000))
		if down {
			acknowledged[i], delivered[i], connected[i] = float64(600+r.IntN(60)), float64(2500+r.IntN(200)), 333
			p50[i], p99[i] = math.NaN(), math.NaN()
		} else if xs[i] > s.Faults[0].Ended && xs[i] <= s.Faults[0].Ended+3*second {
			p99[i] = 4_000_000_000 / float64(1+i%5)
		}
	}
	rows := make([]charts.HeatRow, 12)
	for i := range rows {
		rows[i] = charts.HeatRow{Name: fmt.Sprintf("sensors-%d → dashboards", i+1), Counts: make([]uint64, 120)}
		for c := 40; c < 50; c++ {
			if i%3 != 1 && r.IntN(3) > 0 {
				rows[i].Counts[c] = uint64(math.Pow(10, r.Float64()*4.5))
			}
		}
	}
	return []template.HTML{
		set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: "Load", Description: "Rates of messages over the time of the run."},
			Span:    s, Axis: charts.Axis{Title: "messages per second"}, X: xs,
			Series: []charts.Series{{Name: "offered", Note: "mean 1,000", Y: offered, Style: 7}, {Name: "acknowledged", Note: "mean 960", Y: acknowledged, Style: 1}, {Name: "delivered", Note: "mean 3,800", Y: delivered, Style: 3}},
		}),
		set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: "End-to-end latency", Description: "p50 and p99 by second."},
			Span:    s, Axis: charts.Axis{Unit: charts.Nanoseconds, Log: true}, X: xs,
			Series: []charts.Series{{Name: "p50", Y: p50, Style: 1}, {Name: "p99", Y: p99, Style: 2}},
		}),
		set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: "Clients connected", Description: "Clients with a connection."},
			Span:    s, Axis: charts.Axis{}, X: xs, Height: 80,
			Series: []charts.Series{{Name: "connected", Y: connected, Step: true}},
		}),
		set.Heat(charts.Heat{
			Caption: charts.Caption{Title: "Lost messages by flow", Description: "Counts of lost messages by flow and time."},
			Span:    s, What: "lost messages", Column: s.Ended / 120, Rows: rows,
		}),
		charts.FaultList(s),
	}
}

func percentiles() charts.Percentiles {
	curve := func(base float64, n int64) []charts.Quantile {
		var points []charts.Quantile
		for _, q := range []float64{0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1} {
			if q < 1-1/float64(n) || q == 1 {
				points = append(points, charts.Quantile{Q: q, Value: math.Round(base * math.Pow(1/(1-min(q, 1-1/float64(n))), 0.5))})
			}
		}
		return points
	}
	return charts.Percentiles{
		Caption: charts.Caption{Title: "End-to-end latency by percentile", Description: "Before, during and after faults."},
		Axis:    charts.Axis{Unit: charts.Nanoseconds, Log: true},
		Series: []charts.Quantiles{
			{Name: "before", Count: 30_000, Points: curve(1.5e6, 30_000), Style: 1},
			{Name: "during", Count: 4_000, Points: curve(2e7, 4_000), Style: 2},
			{Name: "after", Count: 20_000, Points: curve(1.7e6, 20_000), Style: 3},
		},
	}
}

func spread(n int, from time.Duration, seed uint64) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 7))
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = from + time.Duration(r.ExpFloat64()*float64(from)/3)
	}
	return times
}

func recovery(n int) charts.Recovery {
	resumed := spread(n-n/30, 800*time.Millisecond, 4)
	slices.Sort(resumed)
	at := func(q float64) time.Duration {
		i := int(math.Ceil(q*float64(n))) - 1
		if i >= len(resumed) {
			return -1
		}
		return resumed[i]
	}
	return charts.Recovery{
		Caption: charts.Caption{Title: "Recovery of the fleet", Description: "How many of the affected clients are back."},
		Series: []charts.Recovered{
			{Name: "detect", Affected: n, Times: spread(n, 40*time.Millisecond, 1)},
			{Name: "reconnect", Affected: n, Times: spread(n, 500*time.Millisecond, 2)},
			{Name: "resubscribe", Affected: n, Times: spread(n, 600*time.Millisecond, 3)},
			{Name: "resume", Affected: n, Times: resumed, Marks: []charts.Mark{{Name: "t50", At: at(.5)}, {Name: "t90", At: at(.9)}, {Name: "t99", At: at(.99)}, {Name: "t100", At: at(1)}}},
		},
	}
}

func distribution(n int) charts.Distribution {
	floats := func(ds []time.Duration) []float64 {
		fs := make([]float64, len(ds))
		for i, d := range ds {
			fs[i] = float64(d)
		}
		return fs
	}
	return charts.Distribution{
		Caption: charts.Caption{Title: "Failover time of clients", Description: "Distribution by fault."},
		Axis:    charts.Axis{Unit: charts.Nanoseconds},
		Samples: []charts.Sample{
			{Name: "1 kill b2", Values: floats(spread(n, 800*time.Millisecond, 8)), Never: 3},
			{Name: "2 pause b1", Values: floats(spread(n, 500*time.Millisecond, 9))},
		},
	}
}

func intervals() charts.Intervals {
	three := func(unit float64) []charts.Interval {
		return []charts.Interval{
			{Median: 9 * unit, Low: 8.5 * unit, High: 9.7 * unit, Runs: []float64{8.5 * unit, 8.9 * unit, 9 * unit, 9.2 * unit, 9.7 * unit}},
			{Median: 11 * unit, Low: math.Inf(-1), High: math.Inf(1), Runs: []float64{10.6 * unit, 11 * unit, 11.1 * unit}},
			{Median: 7.234 * unit, Low: 7.1 * unit, High: 7.6 * unit, Runs: []float64{7.1 * unit, 7.2 * unit, 7.3 * unit}},
		}
	}
	return charts.Intervals{
		Caption: charts.Caption{Title: "Medians and their confidence intervals", Description: "Three brokers compared."},
		Series:  []string{"nats", "mosquitto", "mochi"},
		Rows: []charts.IntervalRow{
			{Title: "end_to_end.p99 before faults", Note: "mosquitto +22 % (p=0.008)", Axis: charts.Axis{Unit: charts.Nanoseconds}, Of: three(1e6)},
			{Title: "failover.p99", Note: "no difference", Axis: charts.Axis{Unit: charts.Nanoseconds}, Of: three(1e8)},
			{Title: "peak memory per connection", Axis: charts.Axis{Unit: charts.Bytes}, Of: three(4096)},
		},
	}
}
