package scenarios

// A Threshold is a condition on a figure of the run, written "METRIC[.STATISTIC] OP VALUE [WINDOW]", such as
// "end_to_end.p99 < 500ms before faults", "lost == 0" or "failover.p99 < 5s".
type Threshold struct {
	// Expression is the threshold as written, with single spaces.
	Expression string
	// Metric is a count (attempted, acknowledged, in_doubt, refused, unsent, expected, delivered, lost, recovered,
	// duplicated, reordered, phantom, missed, copies), a latency (publish_delay, publish, end_to_end, service, connect) or
	// a part of the way back after a fault (detect, reconnect, resubscribe, failover, backlog).
	Metric string
	// Statistic is count, min, mean, p50, p90, p99, p999 or max for latencies and failover parts, "never" for failover
	// (clients that did not resume) and backlog (injections whose backlog did not drain), and empty for counts.
	Statistic string
	Operator  Operator
	// Value is a count, or nanoseconds where the figure is a time.
	Value float64
	// Window restricts a latency to a part of the measurement; empty is all of it.
	Window Window
}

// Operator compares a figure with a value.
type Operator string

// The operators.
const (
	Less           Operator = "<"
	LessOrEqual    Operator = "<="
	Greater        Operator = ">"
	GreaterOrEqual Operator = ">="
	Equal          Operator = "=="
	NotEqual       Operator = "!="
)

// Window is a part of the measurement relative to the faults.
type Window string

// The windows: before the first injection; while any injection is not healed; healed, after the first injection.
const (
	WindowAll    Window = ""
	WindowBefore Window = "before faults"
	WindowDuring Window = "during faults"
	WindowAfter  Window = "after faults"
)
