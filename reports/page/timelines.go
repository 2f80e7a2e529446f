package page

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/history"
)

// The bounds of what timelines take in a page. Every second is a point of each line of the whole system up to an hour of
// a few brokers, and of each broker as long as all of these are no more than brokerPoints. Beyond, a point stands for
// several seconds and takes three times the room, for the lowest and the highest of them as well.
const (
	systemPoints, systemReduced = 3_600, 800
	brokerPoints, brokerReduced = 22_000, 5_000
	fewBrokers                  = 8
	// fewestPoints is how many each line has all the same.
	fewestPoints = 80
	// mostShaded is how many faults are shaded one by one.
	mostShaded = 100
)

// A course is the run over time, as charts show it.
type course struct {
	set  *charts.Set
	run  *history.Run
	r    *reports.Result
	span charts.Span
	xs   []time.Duration
}

// newCourse lays out the time of a run: from its first second on record to its last.
func newCourse(set *charts.Set, r *reports.Result, run *history.Run) *course {
	c := &course{set: set, run: run, r: r, span: charts.Span{Name: "run"}}
	if run == nil || len(run.Timeline) == 0 {
		return c
	}
	for _, s := range run.Timeline {
		c.xs = append(c.xs, s.At)
	}
	first := run.Timeline[0]
	// The first interval has the whole time until the brokers were ready, of which there is nothing to see.
	c.span.Began, c.span.Ended = max(first.At-min(first.Width, time.Second), 0), c.xs[len(c.xs)-1]
	for _, p := range r.Phases {
		began, ended := max(p.Began, c.span.Began), min(p.Ended, c.span.Ended)
		if ended > began {
			c.span.Phases = append(c.span.Phases, charts.Phase{Name: p.Name, Began: began, Ended: ended})
		}
	}
	c.span.Faults = bundled(faultsOf(r))
	return c
}

// bundled puts neighbouring faults together where there are more than a chart can tell apart.
func bundled(faults []charts.Fault) []charts.Fault {
	if len(faults) <= mostShaded {
		return faults
	}
	size := (len(faults) + mostShaded - 1) / mostShaded
	var list []charts.Fault
	for bundle := range slices.Chunk(faults, size) {
		f := bundle[0]
		for _, x := range bundle[1:] {
			if x.Ended < 0 || f.Ended < 0 {
				f.Ended = -1
			} else {
				f.Ended = max(f.Ended, x.Ended)
			}
		}
		if len(bundle) > 1 {
			f.Name = fmt.Sprintf("%s and %d more", f.Name, len(bundle)-1)
		}
		list = append(list, f)
	}
	return list
}

// pointsOfSystem is how many points each line of the whole system has, pointsOfBrokers how many each of two for every
// broker.
func (c *course) pointsOfSystem() int {
	if len(c.xs) <= systemPoints && (len(c.run.Meta.Brokers) <= fewBrokers || len(c.xs) <= systemReduced) {
		return systemPoints
	}
	return systemReduced
}

func (c *course) pointsOfBrokers() int {
	lines := max(2*len(c.run.Meta.Brokers), 1)
	if lines*len(c.xs) <= brokerPoints {
		return len(c.xs)
	}
	return max(brokerReduced/lines, fewestPoints)
}

// faultsOf are the injections that were carried out; one that was not healed lasts to the end.
func faultsOf(r *reports.Result) []charts.Fault {
	var list []charts.Fault
	for n, i := range r.Injections {
		if i.Error != "" && i.Healing == 0 {
			continue
		}
		ended := i.Healed
		if ended == 0 {
			ended = -1
		}
		list = append(list, charts.Fault{
			Number: n + 1, Name: reports.FaultName(i.Fault, i.Target, i.Detail), Began: i.Began, Ended: ended,
		})
	}
	return list
}

// series is a line over the seconds of the run; what at gives as NaN is a gap.
func (c *course) series(name string, at func(history.Second) float64) charts.Series {
	s := charts.Series{Name: name, Y: make([]float64, len(c.run.Timeline))}
	for n, second := range c.run.Timeline {
		s.Y[n] = at(second)
	}
	return s
}

// rate is a count of an interval per second, to a tenth.
func rate(count uint64, width time.Duration) float64 {
	if width <= 0 {
		return math.NaN()
	}
	return math.Round(10*float64(count)/width.Seconds()) / 10
}

// sampled is a latency of an interval, in which 0 says that there was no sample.
func sampled(d time.Duration) float64 {
	if d <= 0 {
		return math.NaN()
	}
	return float64(d)
}

func (c *course) draw(t charts.Timeline) template.HTML {
	if len(c.xs) == 0 {
		return ""
	}
	t.Span, t.X = c.span, c.xs
	if t.MaxPoints == 0 {
		t.MaxPoints = c.pointsOfSystem()
	}
	return c.set.Timeline(t)
}

// rates are the offered, acknowledged and delivered messages.
func (c *course) rates(height int) template.HTML {
	if len(c.xs) == 0 {
		return ""
	}
	offered := "offered"
	if c.r.Workload.ClosedLoops > 0 {
		offered = "offered (closed loops: sent)"
	}
	return c.draw(charts.Timeline{
		Caption: charts.Caption{
			Title:       "Offered, acknowledged and delivered",
			Description: "Messages per second that were due, acknowledged and delivered. " + c.shaded(),
		},
		Axis: charts.Axis{Title: "messages per second"}, Height: height,
		Series: []charts.Series{
			c.series(offered, func(s history.Second) float64 { return rate(s.Due, s.Width) }),
			c.series("acknowledged", func(s history.Second) float64 { return rate(s.Acknowledged, s.Width) }),
			c.series("delivered", func(s history.Second) float64 { return rate(s.Delivered, s.Width) }),
		},
	})
}

// shaded says what the shading of a timeline means.
func (c *course) shaded() string {
	if len(c.span.Faults) == 0 {
		return "There was no fault."
	}
	var names []string
	for _, f := range c.span.Faults[:min(len(c.span.Faults), 5)] {
		names = append(names, fmt.Sprintf("%d %s at %s", f.Number, f.Name, reports.Moment(f.Began)))
	}
	if more := len(c.span.Faults) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return "Shaded: faults, " + strings.Join(names, ", ") + "."
}

// latencies are the percentiles of each second.
func (c *course) latencies() template.HTML {
	if len(c.xs) == 0 {
		return ""
	}
	return c.draw(charts.Timeline{
		Caption: charts.Caption{
			Title:       "Latency of each second",
			Description: "p50 and p99 of end-to-end and publish latency, second by second. Gaps have no samples. " + c.shaded(),
		},
		Axis: charts.Axis{Title: "latency", Unit: charts.Nanoseconds, Log: true},
		Series: []charts.Series{
			c.series("end-to-end p50", func(s history.Second) float64 { return sampled(s.EndToEndP50) }),
			c.series("end-to-end p99", func(s history.Second) float64 { return sampled(s.EndToEndP99) }),
			c.series("publish p50", func(s history.Second) float64 { return sampled(s.PublishP50) }),
			c.series("publish p99", func(s history.Second) float64 { return sampled(s.PublishP99) }),
		},
	})
}

// connected are the clients with a connection.
func (c *course) connected() template.HTML {
	if len(c.xs) == 0 {
		return ""
	}
	s := c.series("connected", func(s history.Second) float64 { return float64(s.Connected) })
	s.Step = true
	return c.draw(charts.Timeline{
		Caption: charts.Caption{
			Title:       "Clients connected",
			Description: "Clients with a CONNACK at the end of each second. " + c.shaded(),
		},
		Axis: charts.Axis{Title: "clients"}, Height: 110, Series: []charts.Series{s},
	})
}

// brokers draws a line for each broker.
func (c *course) brokers(title, description string, axis charts.Axis, at func(history.Second, history.BrokerSample) float64) template.HTML {
	if len(c.xs) == 0 || len(c.run.Meta.Brokers) == 0 {
		return ""
	}
	t := charts.Timeline{
		Caption: charts.Caption{Title: title, Description: description + " " + c.shaded()}, Axis: axis,
		MaxPoints: c.pointsOfBrokers(),
	}
	for n, name := range c.run.Meta.Brokers {
		s := c.series(reports.Printable(name), func(s history.Second) float64 {
			if n >= len(s.Brokers) {
				return math.NaN()
			}
			return at(s, s.Brokers[n])
		})
		s.Style = n + 1
		t.Series = append(t.Series, s)
	}
	return c.draw(t)
}

// cpu is the CPU time of each broker.
func (c *course) cpu() template.HTML {
	return c.brokers("CPU of each broker", "CPU time per second; 100 % is one processor. A broker that is down has none.",
		charts.Axis{Title: "of one processor", Unit: charts.Share}, func(s history.Second, b history.BrokerSample) float64 {
			if s.Width <= 0 || !b.Up && b.CPU == 0 && b.RSSBytes == 0 {
				return math.NaN()
			}
			return math.Round(1000*float64(b.CPU)/float64(s.Width)) / 1000
		})
}

// memory is the resident memory of each broker; one that has no process has none.
func (c *course) memory() template.HTML {
	return c.brokers("Memory of each broker", "Resident memory at the end of each second; a broker that is down has none.",
		charts.Axis{Title: "resident memory", Unit: charts.Bytes}, func(_ history.Second, b history.BrokerSample) float64 {
			if !b.Up && b.RSSBytes == 0 {
				return math.NaN()
			}
			return float64(b.RSSBytes)
		})
}
