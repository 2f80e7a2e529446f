package workers

import (
	"math"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// Schedules are the schedules of all publishers of an assignment. Those of a group share its curve.
type Schedules struct {
	assignment *Assignment
	// groups holds the schedules by group; first is the number of a group's first publisher, copies counted once.
	groups []pace.Schedule
	first  []int
}

// Schedules makes the schedules of the assignment.
func (a *Assignment) Schedules() *Schedules {
	s := &Schedules{assignment: a}
	clients := 0
	for i := range a.PublisherGroups {
		group := &a.PublisherGroups[i]
		s.groups = append(s.groups, scheduleOf(group))
		s.first = append(s.first, clients)
		clients += group.Count
		if group.Duplicate {
			clients += group.Count
		}
	}
	return s
}

// scheduleOf translates what a group says about its rate.
func scheduleOf(g *scenarios.PublisherGroup) pace.Schedule {
	s := pace.Schedule{Curve: curveOf(g)}
	if g.Per == scenarios.PerGroup {
		s.Among = g.Count
	}
	if g.Arrival == scenarios.ArrivalPoisson {
		s.Arrival = pace.Poisson
	}
	return s
}

// curveOf is the rate of a group over the time of the load. A closed loop has no schedule, and so no rate.
func curveOf(g *scenarios.PublisherGroup) *pace.Curve {
	switch {
	case len(g.Stages) > 0:
		stages := make([]pace.Stage, len(g.Stages))
		for i, s := range g.Stages {
			stages[i] = pace.Stage{For: s.For, From: float64(s.Rate.From), To: float64(s.Rate.To)}
		}
		return pace.Stages(stages)
	case g.Burst != nil:
		return pace.Burst(float64(g.Rate), float64(g.Burst.Rate), g.Burst.Every, g.Burst.For)
	case g.Sine != nil:
		return pace.Sine(float64(g.Sine.Low), float64(g.Sine.High), g.Sine.Period)
	case len(g.Replay.Rows) > 0:
		steps := make([]pace.Step, len(g.Replay.Rows))
		for i, r := range g.Replay.Rows {
			steps[i] = pace.Step{At: r.At, Rate: float64(r.Rate)}
		}
		return pace.Steps(steps)
	default:
		return pace.Flat(float64(g.Rate))
	}
}

// Pacer returns the schedule of publisher n from its first message; a copy has that of its original.
func (s *Schedules) Pacer(n int) pace.Pacer {
	publisher := s.assignment.Publishers[n]
	if publisher.Copy {
		n--
	}
	group := publisher.Group
	member := n - s.first[group]
	if s.assignment.PublisherGroups[group].Duplicate {
		member /= 2
	}
	return pace.New(&s.groups[group], pace.Own{
		Seed: pace.Seed(s.assignment.Seed, n), Phase: s.phase(group, member), Away: s.assignment.absences(n),
	})
}

// Mean is the mean rate of publisher n over so much of the load, in messages per second, as long as it is there.
func (s *Schedules) Mean(n int, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	group := &s.groups[s.assignment.Publishers[n].Group]
	return group.Curve.Count(length) / length.Seconds() / float64(max(group.Among, 1))
}

// A Course is the offered load of some publishers over time, in messages per second. Closed loops offer what they can,
// which is not known before the run: they are not in it.
type Course struct {
	// Low and Peak bound the rate, Mean is that over the whole load.
	Low  float64 `json:"low"`
	Mean float64 `json:"mean"`
	Peak float64 `json:"peak"`
	// Parts are the mean rates of equal parts of the load, one after the other.
	Parts []float64 `json:"parts"`
	// Closed is the number of closed loops beside it.
	Closed int `json:"closed_loops,omitempty"`
}

// Steady reports whether the rate never changes.
func (c Course) Steady() bool { return c.Low == c.Peak }

// Group returns the course of a group, copies included, over a load of that length in so many parts. Absences, which
// thin it, are not in it.
func (s *Schedules) Group(group int, length time.Duration, parts int) Course {
	g, schedule := &s.assignment.PublisherGroups[group], &s.groups[group]
	clients := float64(g.Count)
	if g.Duplicate {
		clients *= 2
	}
	c := Course{Parts: make([]float64, parts)}
	if g.Closed() {
		c.Closed = g.Count
		return c
	}
	if length <= 0 {
		return c
	}
	clients /= float64(max(schedule.Among, 1))
	c.Low, c.Peak = schedule.Curve.Range(length)
	c.Low, c.Peak, c.Mean = c.Low*clients, c.Peak*clients, schedule.Curve.Count(length)/length.Seconds()*clients
	last := 0.0
	for i := range c.Parts {
		reached := schedule.Curve.Count(time.Duration(float64(length) * float64(i+1) / float64(parts)))
		c.Parts[i] = (reached - last) * clients / (length.Seconds() / float64(parts))
		last = reached
	}
	return c
}

// Course returns that of all groups together. Low and Peak are what they are at if all groups have theirs at the same
// time.
func (s *Schedules) Course(length time.Duration, parts int) Course {
	all := Course{Parts: make([]float64, parts)}
	for g := range s.groups {
		c := s.Group(g, length, parts)
		all.Low, all.Mean, all.Peak, all.Closed = all.Low+c.Low, all.Mean+c.Mean, all.Peak+c.Peak, all.Closed+c.Closed
		for i, rate := range c.Parts {
			all.Parts[i] += rate
		}
	}
	return all
}

// golden is the golden ratio less one. Its multiples spread any number of points evenly over a circle.
const golden = 0.6180339887498949

// phase gives each publisher of a group its own shift, so that a group offers a steady load and not a volley per period.
// The phases of a group of N are the multiples of 1/N, each once, so that together they send exactly what one publisher
// of N times the rate does, to the message. They are dealt out by steps of about the golden ratio, so that any part of
// the group, such as the clients of one broker, is spread as well. Groups are shifted against one another.
func (s *Schedules) phase(group, member int) float64 {
	count := s.assignment.PublisherGroups[group].Count
	shift := float64(s.assignment.Seed%1024)/1024 + float64(group)*golden
	place := uint64(member) * uint64(stride(count)) % uint64(max(count, 1))
	return (float64(place) + shift - math.Floor(shift)) / float64(max(count, 1))
}

// stride is the number next to count × golden ratio that has no divisor in common with count, so that its multiples
// come by every number below count.
func stride(count int) int {
	nearest := int(math.Round(float64(count) * golden))
	for off := 0; off < count; off++ {
		for _, s := range [2]int{nearest - off, nearest + off} {
			if s > 0 && divisor(s, count) == 1 {
				return s
			}
		}
	}
	return 1
}

// divisor is the greatest common divisor.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
