package benchmark

import (
	"fmt"
	"time"
)

// A Library is who does it.
type Library string

// The libraries.
const (
	Ours Library = "mqbench"
	Paho Library = "paho.golang"
)

// A Task is what a client process does.
type Task string

// The tasks. Publish includes stamp, schedule and record of each message, and for QoS 1 and 2 the whole round trip;
// Receive includes the flow account and the histograms. Idle connects, Connect connects and subscribes. Write and Read
// are plain system calls, one per message, on the same kind of sockets with the same bytes. Record fills a record
// without any network.
const (
	Publish Task = "publish"
	Receive Task = "receive"
	Idle    Task = "idle"
	Connect Task = "connect"
	Write   Task = "write"
	Read    Task = "read"
	Record  Task = "record"
)

// A group is what the cases of a table have in common.
type group int

const (
	// fullSpeed: few clients with more to send than can be written. fixedRate: many clients at a rate that keeps the
	// machine at about half of its capacity or below, where little can be batched. halfLoad: many publishers at the rate
	// that needs half of the machine. atRest: everything that is not counted by messages.
	fullSpeed group = iota
	fixedRate
	halfLoad
	atRest
)

// title is the heading of a group's table.
func (g group) title(o Options) string {
	switch g {
	case fullSpeed:
		return fmt.Sprintf("At full speed, %d clients, %d bytes: CPU time per message", o.Clients, o.Payload)
	case fixedRate:
		return fmt.Sprintf("At %d messages/s, %d clients, %d bytes: CPU time per message", o.Rate, o.Many, o.Payload)
	case halfLoad:
		return fmt.Sprintf("At half of the machine's capacity, %d publishers: intended to written", o.Many)
	default:
		return fmt.Sprintf("%d clients, and the record in memory", o.Many)
	}
}

// A Case is one thing that is measured. Its measurements may have several figures.
type Case struct {
	// Name selects it, such as "full-speed/publish-qos0".
	Name    string
	group   group
	task    Task
	qos     byte
	gaps    bool // of Record: some messages never come
	figures []figure
}

// A figure is one number of a measurement.
type figure struct {
	name, unit string
	of         func(Measurement) float64
	goal       Goal
	// given: it says under what condition the others were measured, and is no better or worse.
	given bool
}

// A Goal is what a figure has to keep: at most Bound, or at least Bound. Times and Of make the bound: so many times the
// sum of the medians of other cases in the same run. Without Bound there is no goal.
type Goal struct {
	Bound   float64  `json:"bound,omitempty"`
	AtLeast bool     `json:"at_least,omitempty"`
	Times   float64  `json:"times,omitempty"`
	Of      []string `json:"of,omitempty"`
}

// The cases of plain system calls, which goals refer to.
const (
	plainWrite = "fixed-rate/plain-write"
	plainRead  = "fixed-rate/plain-read"
)

// Cases lists the cases in the order in which they are measured and shown.
func Cases() []Case {
	return []Case{
		perMessage("full-speed/publish-qos0", fullSpeed, Publish, 0, "publish qos 0", Goal{Bound: 1}),
		perMessage("full-speed/publish-qos1", fullSpeed, Publish, 1, "round trip qos 1", Goal{Bound: 3}),
		perMessage("full-speed/publish-qos2", fullSpeed, Publish, 2, "round trip qos 2", Goal{Bound: 5}),
		perMessage("full-speed/receive-qos0", fullSpeed, Receive, 0, "receive qos 0", Goal{Bound: 0.3}),

		perMessage(plainWrite, fixedRate, Write, 0, "plain write", Goal{}),
		perMessage(plainRead, fixedRate, Read, 0, "plain read", Goal{}),
		// Twice the system calls that the packets of a message need at the least: PUBLISH is a write, its answer a read.
		perMessage("fixed-rate/publish-qos0", fixedRate, Publish, 0, "publish qos 0", twice(plainWrite)),
		perMessage("fixed-rate/publish-qos1", fixedRate, Publish, 1, "round trip qos 1", twice(plainWrite, plainRead)),
		perMessage("fixed-rate/publish-qos2", fixedRate, Publish, 2, "round trip qos 2",
			twice(plainWrite, plainRead, plainWrite, plainRead)),
		perMessage("fixed-rate/receive-qos0", fixedRate, Receive, 0, "receive qos 0", twice(plainRead)),

		{Name: "half-load/publish-delay", group: halfLoad, task: Publish, figures: []figure{
			{name: "publish delay p50", unit: "µs", of: func(m Measurement) float64 { return micros(m.Delay.P50) }},
			{name: "publish delay p99", unit: "µs", of: func(m Measurement) float64 { return micros(m.Delay.P99) }},
			{
				name: "publish delay p99.9", unit: "µs", of: func(m Measurement) float64 { return micros(m.Delay.P999) },
				goal: Goal{Bound: 1000},
			},
			{name: "at this rate", unit: "/s", of: func(m Measurement) float64 { return m.Rate }, given: true},
		}},

		{Name: "idle-client", group: atRest, task: Idle, figures: []figure{{
			name: "idle client, memory", unit: "KiB", goal: Goal{Bound: 4},
			of: func(m Measurement) float64 { return float64(m.RSSBytes) / float64(max(m.Clients, 1)) / 1024 },
		}}},
		{Name: "connect", group: atRest, task: Connect, figures: []figure{
			{
				name: "connect, subscribe", unit: "/s", goal: Goal{Bound: 15_000, AtLeast: true},
				of: func(m Measurement) float64 { return float64(m.Clients) / max(m.Elapsed, 1).Seconds() },
			},
			{
				name: "the same, CPU time", unit: "µs",
				of: func(m Measurement) float64 { return micros(m.CPU) / float64(max(m.Clients, 1)) },
			},
		}},
		{Name: "record/steady", group: atRest, task: Record, figures: []figure{recordFigure("record, per msg+flow")}},
		{Name: "record/gaps", group: atRest, task: Record, gaps: true, figures: []figure{recordFigure("record with gaps")}},
	}
}

func recordFigure(name string) figure {
	return figure{name: name, unit: "B", of: func(m Measurement) float64 { return m.RecordBytes }, goal: Goal{Bound: 1}}
}

// perMessage is a case whose figure is CPU time per message.
func perMessage(name string, g group, t Task, qos byte, shown string, goal Goal) Case {
	cost := func(m Measurement) float64 { return micros(m.CPU) / float64(max(m.Messages, 1)) }
	return Case{Name: name, group: g, task: t, qos: qos, figures: []figure{{name: shown, unit: "µs", of: cost, goal: goal}}}
}

func twice(of ...string) Goal { return Goal{Times: 2, Of: of} }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func names(cases []Case) (all []string) {
	for _, c := range cases {
		all = append(all, c.Name)
	}
	return all
}

// messages says whether our process handles messages of the network in this case.
func (c Case) messages() bool { return c.task != Idle && c.task != Connect && c.task != Record }

// libraries lists who can do it.
func (c Case) libraries() []Library {
	switch c.task {
	case Write, Read, Record:
		return []Library{Ours}
	default:
		return []Library{Ours, Paho}
	}
}

const (
	// burst is the span of intended times into which all messages at full speed are packed: far more than can be
	// written, so that the engine runs at full speed until the backlog is gone.
	burst = 100 * time.Millisecond
	// steady is the span of a round at a fixed rate; the first warmShare of its messages is not measured.
	steady    = 3 * time.Second
	warmShare = 0.2
)

// fullRound is how many messages a round at full speed has with paho.golang: about a second of CPU time. Ours has five
// times as many.
func fullRound(t Task, qos byte) int {
	if t == Receive {
		return 300_000
	}
	return [...]int{200_000, 40_000, 20_000}[qos]
}

// spec is one measurement of a case.
func (o Options) spec(c Case, l Library) Spec {
	s := Spec{Task: c.task, QoS: c.qos, Library: l, Clients: o.Many, Payload: o.Payload, Gaps: c.gaps}
	switch c.group {
	case fullSpeed:
		s.Clients, s.Span = o.Clients, burst
		s.Messages = int(o.Share * float64(fullRound(c.task, c.qos)))
		if l == Ours {
			s.Messages *= 5
		}
	case fixedRate, halfLoad:
		s.Span, s.Warm = time.Duration(o.Share*float64(steady)), warmShare
		s.Messages = int(float64(o.Rate) * s.Span.Seconds())
	case atRest:
		s.Messages = int(o.Share * recordMessages)
	}
	if c.messages() {
		// Every client has as many, and one at least.
		s.Messages = max(1, s.Messages/s.Clients) * s.Clients
	}
	return s
}
