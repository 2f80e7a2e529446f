package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/compare"
	"github.com/mqbench/mqbench/reports/history"
)

// mostOverlaid is how many variants a chart lays over one another: more nobody tells apart.
const mostOverlaid = 8

// mostCompared bounds the points of all courses of a comparison together, and so the size of its page.
const mostCompared = 18_000

// courseCharts is how many courses there are.
const courseCharts = 5

// A Typical is what the page of a comparison shows of one run of a variant: little enough to keep that of all variants
// while only one record is in memory.
type Typical struct {
	// Run is its number in the comparison, from 0.
	Run int
	// seconds holds the whole seconds since the load began.
	seconds              []second
	faults               []charts.Fault
	endToEnd, publishing charts.Quantiles
	affected             int
	resumes              []time.Duration
}

// second is what is shown of one.
type second struct{ delivered, p99, connected, cpu, memory float64 }

// TypicalOf takes from a run what the page of a comparison shows of it. The latencies are those before faults where there
// was one.
func TypicalOf(number int, r *reports.Result, run *history.Run, a *check.Analysis) *Typical {
	t := &Typical{Run: number}
	began := time.Duration(0)
	for _, name := range []string{"measure", "warmup"} {
		if p, ok := r.Phase(name); ok {
			began = p.Began
		}
	}
	for _, s := range run.Timeline {
		n := int((s.At - began + time.Second/2) / time.Second)
		if n < 1 || s.At <= began || n > 24*3600 {
			continue
		}
		for len(t.seconds) <= n {
			nan := math.NaN()
			t.seconds = append(t.seconds, second{nan, nan, nan, nan, nan})
		}
		t.seconds[n] = shownOf(s)
	}
	for _, f := range faultsOf(r) {
		f.Began -= began
		if f.Ended >= 0 {
			f.Ended -= began
		}
		t.faults = append(t.faults, f)
	}
	window := check.All
	if len(r.Injections) > 0 {
		window = string(history.Before)
	}
	t.endToEnd = quantilesOf(a.Latencies[window][history.EndToEnd])
	t.publishing = quantilesOf(a.Latencies[window][history.PublishLatency])
	for _, i := range a.Injections {
		for _, c := range i.Clients {
			t.affected++
			t.resumes = append(t.resumes, c.Resume)
		}
	}
	t.resumes = thinned(t.resumes)
	return t
}

// mostResumes is how many clients a recovery curve has: more make the page large, and the curve no finer than its line.
const mostResumes = 1000

// thinned are as many times as a curve has room for, evenly chosen by rank; those that never came, which are negative, are
// the last.
func thinned(times []time.Duration) []time.Duration {
	if len(times) <= mostResumes {
		return times
	}
	slices.SortFunc(times, func(a, b time.Duration) int { return cmp.Compare(uint64(a), uint64(b)) })
	chosen := make([]time.Duration, mostResumes)
	for i := range chosen {
		chosen[i] = times[(2*i+1)*len(times)/(2*mostResumes)]
	}
	return chosen
}

func shownOf(s history.Second) second {
	v := second{
		delivered: rate(s.Delivered, s.Width), p99: sampled(s.EndToEndP99), connected: float64(s.Connected), cpu: math.NaN(), memory: math.NaN(),
	}
	if len(s.Brokers) == 0 || s.Width <= 0 {
		return v
	}
	v.cpu = 0
	for _, b := range s.Brokers {
		v.cpu += math.Round(1000*float64(b.CPU)/float64(s.Width)) / 1000
		switch { // one that is down has none
		case !b.Up && b.RSSBytes == 0:
		case math.IsNaN(v.memory):
			v.memory = float64(b.RSSBytes)
		default:
			v.memory += float64(b.RSSBytes)
		}
	}
	return v
}

func quantilesOf(h *hdr.Histogram) charts.Quantiles {
	if h == nil || h.TotalCount() == 0 {
		return charts.Quantiles{}
	}
	q := charts.Quantiles{Count: h.TotalCount(), Note: reports.Count(uint64(h.TotalCount())) + " samples"}
	for _, b := range h.CumulativeDistributionWithTicks(curveTicks) {
		q.Points = append(q.Points, charts.Quantile{Q: b.Quantile / 100, Value: float64(b.ValueAt)})
	}
	return q
}

// An overlay draws the typical runs over one another.
type overlay struct {
	set     *charts.Set
	of      *compare.Comparison
	typical []*Typical
}

// each hands on the typical runs that are drawn, with the name and the style of their variants.
func (d overlay) each(draw func(name string, style int, t *Typical)) {
	for n, t := range d.typical {
		if t != nil && n < mostOverlaid && n < len(d.of.Variants) {
			draw(d.of.Variants[n].Name, styleOf(n), t)
		}
	}
}

// chosen says which runs are drawn.
func (d overlay) chosen() []string {
	var said []string
	d.each(func(name string, _ int, t *Typical) {
		if t.Run < len(d.of.Runs) {
			said = append(said, fmt.Sprintf("%s: run %d", name, t.Run+1))
		}
	})
	if len(said) == 0 {
		return []string{"No record of a run is there to be drawn."}
	}
	notes := []string{
		"The charts show one run of each variant, that with the middle value of its first figure of time: " + strings.Join(said, ", ") + ".",
	}
	if len(d.of.Variants) > mostOverlaid {
		notes = append(notes, fmt.Sprintf("Only the first %d variants are drawn.", mostOverlaid))
	}
	return notes
}

func (d overlay) percentiles() []template.HTML {
	draw := func(title string, of func(*Typical) charts.Quantiles) template.HTML {
		var curves []charts.Quantiles
		d.each(func(name string, style int, t *Typical) {
			q := of(t)
			if q.Count > 0 {
				q.Name, q.Style = name, style
				curves = append(curves, q)
			}
		})
		if len(curves) == 0 {
			return ""
		}
		return d.set.Percentiles(charts.Percentiles{
			Caption: charts.Caption{Title: title, Description: title + " of one run of each variant; the scale widens towards 100 %."},
			Axis:    charts.Axis{Title: "latency", Unit: charts.Nanoseconds, Log: true}, Series: curves,
		})
	}
	when := ""
	d.each(func(_ string, _ int, t *Typical) {
		if len(t.faults) > 0 {
			when = ", before faults"
		}
	})
	return []template.HTML{
		draw("End-to-end latency by percentile"+when, func(t *Typical) charts.Quantiles { return t.endToEnd }),
		draw("Publish latency by percentile"+when, func(t *Typical) charts.Quantiles { return t.publishing }),
	}
}

func (d overlay) recovery() template.HTML {
	var curves []charts.Recovered
	d.each(func(name string, style int, t *Typical) {
		if t.affected > 0 {
			curves = append(curves, charts.Recovered{
				Name: name, Style: style, Affected: len(t.resumes), Times: t.resumes, Note: reports.Plural(t.affected, "client"),
			})
		}
	})
	if len(curves) == 0 {
		return ""
	}
	return d.set.Recovery(charts.Recovery{
		Caption: charts.Caption{
			Title:       "How the fleets came back",
			Description: "Part of the affected clients of all faults of one run that were served again, since each fault began.",
		},
		Series: curves,
	})
}

// span is the time of the courses, from the beginning of the load; its faults are those of the first run
// that is drawn, where they are few enough to be shaded.
func (d overlay) span() (span charts.Span, seconds int) {
	span.Name = "comparison"
	d.each(func(_ string, _ int, t *Typical) {
		seconds = max(seconds, len(t.seconds))
		if span.Faults == nil {
			span.Faults = t.faults
		}
	})
	if len(span.Faults) > mostShaded {
		span.Faults = nil
	}
	span.Ended = time.Duration(max(seconds-1, 0)) * time.Second
	return span, seconds
}

func (d overlay) faultList() template.HTML {
	span, seconds := d.span()
	if len(span.Faults) == 0 || seconds < 2 {
		return ""
	}
	return charts.FaultList(span)
}

// courses draws the runs over time, since the beginning of the load.
func (d overlay) courses() []template.HTML {
	span, seconds := d.span()
	if seconds < 2 {
		return nil
	}
	xs := make([]time.Duration, 0, seconds-1)
	for n := 1; n < seconds; n++ {
		xs = append(xs, time.Duration(n)*time.Second)
	}
	draw := func(title, description string, axis charts.Axis, of func(second) float64) template.HTML {
		t := charts.Timeline{
			Caption: charts.Caption{Title: title, Description: description + " One run of each variant, since the beginning of its load."},
			Span:    span, Axis: axis, X: xs, MaxPoints: mostCompared / courseCharts / max(1, min(len(d.of.Variants), mostOverlaid)),
		}
		d.each(func(name string, style int, run *Typical) {
			s := charts.Series{Name: name, Style: style, Y: make([]float64, len(xs))}
			for n := range xs {
				s.Y[n] = math.NaN()
				if n+1 < len(run.seconds) {
					s.Y[n] = of(run.seconds[n+1])
				}
			}
			t.Series = append(t.Series, s)
		})
		return d.set.Timeline(t)
	}
	return []template.HTML{
		draw("Delivered", "Messages delivered per second.", charts.Axis{Title: "messages per second"},
			func(s second) float64 { return s.delivered }),
		draw("End-to-end p99 of each second", "End-to-end p99, second by second; gaps have no samples.",
			charts.Axis{Title: "latency", Unit: charts.Nanoseconds, Log: true}, func(s second) float64 { return s.p99 }),
		draw("Clients connected", "Clients with a CONNACK at the end of each second.", charts.Axis{Title: "clients"},
			func(s second) float64 { return s.connected }),
		draw("CPU of all brokers", "CPU time of all brokers per second; 100 % is one processor.",
			charts.Axis{Title: "of one processor", Unit: charts.Share}, func(s second) float64 { return s.cpu }),
		draw("Memory of all brokers", "Resident memory of all brokers at the end of each second.",
			charts.Axis{Title: "resident memory", Unit: charts.Bytes}, func(s second) float64 { return s.memory }),
	}
}
