package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// operators are in the order in which they are tried: the longer ones first.
func operators() []Operator {
	return []Operator{LessOrEqual, GreaterOrEqual, Equal, NotEqual, Less, Greater}
}

func windows() []Window { return []Window{WindowBefore, WindowDuring, WindowAfter} }

// ParseThreshold reads a threshold, "METRIC[.STATISTIC] OP VALUE [WINDOW]".
func ParseThreshold(text string) (Threshold, error) {
	t := Threshold{Expression: strings.Join(strings.Fields(text), " ")}
	split := strings.IndexAny(text, "<>=!")
	if split < 0 {
		return Threshold{}, fmt.Errorf(`%q lacks an operator: want a threshold such as "lost == 0" or "failover.p99 < 5s"`,
			shorten(text))
	}
	rest := text[split:]
	for _, o := range operators() {
		if strings.HasPrefix(rest, string(o)) {
			t.Operator, rest = o, rest[len(o):]
			break
		}
	}
	if t.Operator == "" {
		return Threshold{}, fmt.Errorf("%q has no operator of the language: want %s",
			shorten(text), oneOf(words(operators()...)))
	}
	if err := t.setMetric(strings.TrimSpace(text[:split])); err != nil {
		return Threshold{}, err
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return Threshold{}, fmt.Errorf("%q lacks a value behind %s", shorten(text), t.Operator)
	}
	if err := t.setValue(fields[0]); err != nil {
		return Threshold{}, err
	}
	if err := t.setWindow(strings.Join(fields[1:], " ")); err != nil {
		return Threshold{}, err
	}
	return t, nil
}

// setMetric reads what stands in front of the operator.
func (t *Threshold) setMetric(text string) error {
	metric, statistic, dotted := strings.Cut(text, ".")
	t.Metric, t.Statistic = metric, statistic
	m, known := FindMetric(metric)
	if !known {
		var all []string
		for _, m := range Metrics() {
			all = append(all, m.Name)
		}
		return fmt.Errorf("unknown metric %q: %s", shorten(metric), suggestion(metric, all))
	}
	switch {
	case len(m.Statistics) == 0 && dotted:
		return fmt.Errorf("%s is one figure and takes no statistic: want %q", metric,
			strings.Join(strings.Fields(metric+" "+string(t.Operator)+" …"), " "))
	case len(m.Statistics) == 0:
		return nil
	case !dotted:
		return fmt.Errorf("%s lacks a statistic: want %s.p99, for example", metric, metric)
	case !slices.Contains(m.Statistics, statistic):
		hint := wordHint(statistic, m.Statistics)
		if statistic == "p99.9" || statistic == "p99_9" {
			hint = "did you mean p999?"
		}
		return fmt.Errorf("unknown statistic %q of %s: %s", shorten(statistic), metric, hint)
	}
	return nil
}

// setValue reads the value in the unit of the figure.
func (t *Threshold) setValue(text string) (err error) {
	switch t.FigureName().Unit() {
	case UnitNumber:
		t.Value, err = t.parseNumber(text)
	case UnitPerSecond:
		rate, problem := ParseRate(text)
		if problem == nil && rate.Max() {
			problem = fmt.Errorf("%q is no number: want a rate such as 500/s", shorten(text))
		}
		t.Value, err = float64(rate), wrapAs(t.figure()+" is a rate", problem)
	case UnitBytes:
		size, problem := ParseSize(text)
		t.Value, err = float64(size), wrapAs(t.figure()+" is a size", problem)
	default:
		d, problem := parseDuration(text)
		t.Value, err = float64(d), wrapAs(t.figure()+" is a time", problem)
	}
	return err
}

func wrapAs(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (t *Threshold) parseNumber(text string) (float64, error) {
	if !isDigits(text) {
		return 0, fmt.Errorf("%s is a number of %s: want a whole number, found %q", t.figure(), t.counted(), shorten(text))
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number > 1<<53 {
		return 0, fmt.Errorf("%s is out of range", shorten(text))
	}
	return number, nil
}

// setWindow reads what stands behind the value.
func (t *Threshold) setWindow(text string) error {
	if text == "" {
		return nil
	}
	if !slices.Contains(windows(), Window(text)) {
		return fmt.Errorf("unknown window %q: %s", shorten(text), suggestion(text, words(windows()...)))
	}
	if m, _ := FindMetric(t.Metric); !m.Windows {
		return fmt.Errorf("%s is not told apart by window: leave out %q; the latencies %s have windows",
			t.figure(), text, oneOf(metricsOf(KindLatency)))
	}
	t.Window = Window(text)
	return nil
}

// kind is that of the metric.
func (t Threshold) kind() MetricKind {
	m, _ := FindMetric(t.Metric)
	return m.Kind
}

// isFailover reports whether the figure exists only where a fault was injected.
func (t Threshold) isFailover() bool { return t.kind() == KindFailover }

// counted says what a number counts.
func (t Threshold) counted() string {
	switch {
	case t.Metric == Backlog:
		return "injections"
	case t.isFailover():
		return "clients"
	case t.Metric == "connect":
		return "connections"
	case t.Metric == UnexplainedOutages:
		return "outages"
	default:
		return "messages"
	}
}

// figure is the metric with its statistic.
func (t Threshold) figure() string {
	return FigureName{Metric: t.Metric, Statistic: t.Statistic}.String()
}

// FigureName is the figure that the threshold is on.
func (t Threshold) FigureName() FigureName {
	return FigureName{Metric: t.Metric, Statistic: t.Statistic, Window: t.Window}
}

// String writes the threshold in its canonical form, which reads back as the same condition.
func (t Threshold) String() string {
	value := formatDuration(time.Duration(t.Value))
	switch t.FigureName().Unit() {
	case UnitNumber:
		value = strconv.FormatFloat(t.Value, 'f', -1, 64)
	case UnitPerSecond:
		value = Rate(t.Value).String()
	case UnitBytes:
		value = Size(t.Value).String()
	case UnitNanoseconds:
	}
	text := t.figure() + " " + string(t.Operator) + " " + value
	if t.Window != WindowAll {
		text += " " + string(t.Window)
	}
	return text
}
