package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// countMetrics are the figures that are numbers of messages; they take no statistic.
func countMetrics() []string {
	return []string{
		"attempted", "acknowledged", "in_doubt", "refused", "unsent", "expected", "delivered", "lost", "recovered",
		"duplicated", "reordered", "phantom", "missed", "copies",
	}
}

// latencyMetrics are the figures that are distributions of times over messages, or over connections.
func latencyMetrics() []string {
	return []string{"publish_delay", "publish", "end_to_end", "service", "connect"}
}

// backlogMetric is the time from the heal of an injection until what had been held up was delivered.
const backlogMetric = "backlog"

// failoverMetrics are the parts of the way back after a fault: distributions of times over clients, or over injections.
func failoverMetrics() []string {
	return []string{"detect", "reconnect", "resubscribe", "failover", backlogMetric}
}

// The statistics that are not times but numbers.
const (
	statisticCount = "count"
	statisticNever = "never"
)

func statistics() []string {
	return []string{statisticCount, "min", "mean", "p50", "p90", "p99", "p999", "max"}
}

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
	if t.isCount() {
		if dotted {
			return fmt.Errorf("%s is a count and takes no statistic: want %q", metric, metric+" "+string(t.Operator)+" …")
		}
		return nil
	}
	known := statistics()
	switch {
	case slices.Contains(failoverMetrics(), metric):
		if metric == "failover" || metric == backlogMetric {
			known = append(known, statisticNever)
		}
	case slices.Contains(latencyMetrics(), metric):
	default:
		all := slices.Concat(countMetrics(), latencyMetrics(), failoverMetrics())
		return fmt.Errorf("unknown metric %q: %s", shorten(metric), suggestion(metric, all))
	}
	if !dotted {
		return fmt.Errorf("%s lacks a statistic: want %s.p99, for example", metric, metric)
	}
	if !slices.Contains(known, statistic) {
		hint := wordHint(statistic, known)
		if statistic == "p99.9" || statistic == "p99_9" {
			hint = "did you mean p999?"
		}
		return fmt.Errorf("unknown statistic %q of %s: %s", shorten(statistic), metric, hint)
	}
	return nil
}

// setValue reads the value as the metric wants it: a number or a time.
func (t *Threshold) setValue(text string) error {
	if t.isNumber() {
		if !isDigits(text) {
			return fmt.Errorf("%s is a number of %s: want a whole number, found %q", t.figure(), t.counted(), shorten(text))
		}
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || number > 1<<53 {
			return fmt.Errorf("%s is out of range", shorten(text))
		}
		t.Value = number
		return nil
	}
	d, err := parseDuration(text)
	if err != nil {
		return fmt.Errorf("%s is a time: %w", t.figure(), err)
	}
	t.Value = float64(d)
	return nil
}

// setWindow reads what stands behind the value.
func (t *Threshold) setWindow(text string) error {
	if text == "" {
		return nil
	}
	if !slices.Contains(windows(), Window(text)) {
		return fmt.Errorf("unknown window %q: %s", shorten(text), suggestion(text, words(windows()...)))
	}
	if !slices.Contains(latencyMetrics(), t.Metric) {
		return fmt.Errorf("%s is not told apart by window: leave out %q; the latencies %s have windows",
			t.figure(), text, oneOf(latencyMetrics()))
	}
	t.Window = Window(text)
	return nil
}

// isCount reports whether the metric is a count.
func (t Threshold) isCount() bool { return slices.Contains(countMetrics(), t.Metric) }

// isNumber reports whether the figure is a number and not a time.
func (t Threshold) isNumber() bool {
	return t.isCount() || t.Statistic == statisticCount || t.Statistic == statisticNever
}

// isFailover reports whether the figure exists only where a fault was injected.
func (t Threshold) isFailover() bool { return slices.Contains(failoverMetrics(), t.Metric) }

// counted says what a number counts.
func (t Threshold) counted() string {
	switch {
	case t.Metric == backlogMetric:
		return "injections"
	case t.isFailover():
		return "clients"
	case t.Metric == "connect":
		return "connections"
	default:
		return "messages"
	}
}

// figure is the metric with its statistic.
func (t Threshold) figure() string {
	if t.Statistic == "" {
		return t.Metric
	}
	return t.Metric + "." + t.Statistic
}

// String writes the threshold in its canonical form, which reads back as the same condition.
func (t Threshold) String() string {
	value := formatDuration(time.Duration(t.Value))
	if t.isNumber() {
		value = strconv.FormatFloat(t.Value, 'f', -1, 64)
	}
	text := t.figure() + " " + string(t.Operator) + " " + value
	if t.Window != WindowAll {
		text += " " + string(t.Window)
	}
	return text
}
