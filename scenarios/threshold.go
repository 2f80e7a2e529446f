package scenarios

// A Threshold is a condition on a figure of the run, written "METRIC[.STATISTIC] OP VALUE [WINDOW]", such as
// "end_to_end.p99 < 500ms before faults", "lost == 0" or "failover.p99 < 5s".
type Threshold struct {
	// Expression is the threshold as written, with single spaces.
	Expression string
	// Metric is the name of one of [Metrics].
	Metric string
	// Statistic is one of those that the metric has, see [Statistics]; empty where it is one figure.
	Statistic string
	Operator  Operator
	// Value is in the unit of the figure, see [FigureName.Unit].
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
