package scenarios

import "slices"

// A Metric is a figure of a run that thresholds, comparisons and baselines can name. [Metrics] is the one list of them.
type Metric struct {
	Name string
	// Title is the metric in a few words, for tables and charts.
	Title string
	Kind  MetricKind
	Unit  Unit
	// Better is the direction in which the figure gets better.
	Better Preference
	// Exact metrics count what went wrong: they are exact in every run, and more of them is worse, however few.
	Exact bool
	// Windows says that the metric is also told apart by window.
	Windows bool
	// Statistics are those that it has; none: it is one figure.
	Statistics []string
	// Key are the statistics that gates and comparisons look at unless they are told otherwise; of a metric that is one
	// figure it has one element, "".
	Key []string
	// Definition says what is measured, from when to when and over what.
	Definition string
}

// MetricKind says what a metric is made of.
type MetricKind string

// The kinds. Counts are of messages, latencies distributions over messages or connections, failovers distributions over
// affected clients or injections; rates, times and sizes are single figures.
const (
	KindCount    MetricKind = "count"
	KindLatency  MetricKind = "latency"
	KindFailover MetricKind = "failover"
	KindRate     MetricKind = "rate"
	KindTime     MetricKind = "time"
	KindSize     MetricKind = "size"
)

// singleKinds are those of metrics that are one figure.
func singleKinds() []MetricKind { return []MetricKind{KindCount, KindRate, KindTime, KindSize} }

// Unit is what a figure is counted in.
type Unit string

// The units. A count or a "never" statistic of a time is a number.
const (
	UnitNumber      Unit = "1"
	UnitPerSecond   Unit = "1/s"
	UnitNanoseconds Unit = "ns"
	UnitBytes       Unit = "B"
)

// Preference is the way in which a figure gets better.
type Preference string

// The preferences. Neither: it depends on what was asked.
const (
	Neither Preference = ""
	Lower   Preference = "lower"
	Higher  Preference = "higher"
)

// The statistics of a distribution that are not times but numbers.
const (
	statisticCount = "count"
	statisticNever = "never"
)

func statistics() []string {
	return []string{statisticCount, "min", "mean", "p50", "p90", "p99", "p999", "max"}
}

func amount(name, title string, better Preference, definition string) Metric {
	m := single(name, title, KindCount, UnitNumber, better, definition)
	if better == Neither {
		m.Key = nil
	}
	return m
}

func single(name, title string, kind MetricKind, unit Unit, better Preference, definition string) Metric {
	return Metric{Name: name, Title: title, Kind: kind, Unit: unit, Better: better, Key: []string{""}, Definition: definition}
}

func wrong(name, title, definition string) Metric {
	m := amount(name, title, Lower, definition)
	m.Exact = true
	return m
}

func latency(name, title, definition string) Metric {
	return Metric{
		Name: name, Title: title, Kind: KindLatency, Unit: UnitNanoseconds, Better: Lower, Windows: true,
		Statistics: statistics(), Key: keyStatistics(), Definition: definition,
	}
}

// keyStatistics are the middle and the slow end of a distribution. The ends themselves are single samples.
func keyStatistics() []string { return []string{"p50", "p99"} }

func wayBack(name, title, definition string, more ...string) Metric {
	return Metric{
		Name: name, Title: title, Kind: KindFailover, Unit: UnitNanoseconds, Better: Lower,
		Statistics: append(statistics(), more...), Key: append(keyStatistics(), more...), Definition: definition,
	}
}

// Metrics are all metrics, in the order in which people read them. Their definitions say what the code measures, in words
// for people who read a report: counts are of the whole run, latencies of the measurement.
func Metrics() []Metric {
	return slices.Concat(published(), delivered(), latencies(), connecting(), waysBack(), service(), costs())
}

// published are the counts at publishers.
func published() []Metric {
	return []Metric{
		amount("attempted", "attempted", Neither, "Messages that were written to a connection at least once, to the last byte."),
		amount("acknowledged", "acknowledged", Neither,
			"Messages whose PUBACK (QoS 1) or PUBCOMP (QoS 2) came with a reason code below 0x80; at QoS 0 there are none."),
		amount("in_doubt", "in doubt", Lower,
			"Messages of QoS 1 or 2 that were attempted and neither acknowledged nor refused, because the session was lost or the "+
				"run ended: whether a broker has them is not known."),
		amount("refused", "refused", Lower, "Messages that a broker refused with a reason code of 0x80 or above (MQTT 5.0)."),
		amount("unsent", "unsent", Lower,
			"Messages that were due and never left whole: there was no connection or no room until the publisher's backlog was full, "+
				"it left by plan, or the load ended; or the broker forbids such messages."),
	}
}

// delivered are the counts of deliveries: one message counts once per subscriber or shared group.
func delivered() []Metric {
	return []Metric{
		amount("expected", "expected", Neither,
			"Deliveries that were owed: one per acknowledged message (at QoS 0: attempted) and subscriber or shared group that had a "+
				"session then to which the message could get, and every message that was delivered."),
		amount("delivered", "delivered", Higher, "First receipts. Delivered and lost together are expected."),
		wrong("lost", "lost",
			"Deliveries that were owed and never came, declared (the subscriber was told by SessionPresent=0 that its session was gone) "+
				"or silent. What may still have been under way when the drain ended is of unknown fate and not among them."),
		amount("recovered", "recovered", Neither, "Deliveries of messages that were in doubt."),
		wrong("duplicated", "duplicated", "Receipts of a message beyond the first, per subscriber or shared group."),
		wrong("reordered", "reordered",
			"First receipts that came behind a later message of the same publisher and topic. Shared subscriptions have no order "+
				"and count none."),
		wrong("phantom", "phantom",
			"Receipts that nobody sent there: never attempted, without a sound stamp, of another run, or of a topic that was not asked for."),
		amount("missed", "missed", Neither,
			"Deliveries that nobody owed: the message was published while the subscriber had no session, or where no bridge leads to it."),
		amount("copies", "copies", Neither,
			"Receipts of what the subscriber had, or got later, by another copy of the message or of itself that the scenario asked for "+
				"(duplicate). They are no duplicates."),
	}
}

// latencies are those of messages.
func latencies() []Metric {
	return []Metric{
		latency("publish_delay", "publish delay",
			"From the intended time of a message until its first write. Nothing moves an intended time, so that what waited for a "+
				"connection, a window or a full socket is late by all of that."),
		latency("publish", "publish",
			"From the first write of a message until its PUBACK (QoS 1) or PUBCOMP (QoS 2), through reconnections; there is none at QoS 0."),
		latency("end_to_end", "end-to-end",
			"From the intended time of a message until its first receipt: what was sent late counts as late. Time for which a subscriber "+
				"was away by plan does not count."),
		latency("service", "service",
			"From when a message was handed to its connection, which its stamp says, until its first receipt: the brokers' part of the "+
				"way. What is sent again keeps its stamp."),
	}
}

// connecting are the latencies of connections.
func connecting() []Metric {
	return []Metric{
		latency("connect", "connect",
			"From the start of a successful attempt until its CONNACK, of connections made in the measurement: those that a fault, a plan "+
				"or a broker asked for, and not the first ones."),
		latency("dial", "dial", "The part of connect until TCP stood. Only TLS and WebSocket have it."),
		latency("tls_handshake", "TLS handshake", "The part of connect from TCP until the TLS handshake was made."),
		latency("websocket_upgrade", "WebSocket upgrade", "The part of connect from TCP or TLS until the connection was a WebSocket."),
		latency("connack", "CONNACK",
			"The part of connect from the last handshake, when CONNECT is written, until the CONNACK. Only TLS and WebSocket have it."),
	}
}

// waysBack are the times after a fault.
func waysBack() []Metric {
	return []Metric{
		wayBack("detect", "detect",
			"From just before a fault until an affected client knew that its connection was dead. Clients that were served again on the "+
				"connection that they had are not in it; those that never knew and were never served again rank above every value."),
		wayBack("reconnect", "reconnect",
			"From just before a fault until an affected client had the CONNACK of its next connection; those that never had rank above "+
				"every value."),
		wayBack("resubscribe", "resubscribe",
			"From just before a fault until an affected subscriber had its SUBACK, or the CONNACK of a session that was still there; "+
				"those that never had rank above every value."),
		wayBack("failover", "failover",
			"From just before a fault until an affected client was served again: a publisher had the first acknowledgement of a message "+
				"first sent after the fault (at QoS 0: a write that can have been taken), a subscriber the first message published after "+
				"it, a device both. One sample per fault and client; clients that never were rank above every value.",
			statisticNever),
		wayBack(Backlog, "backlog",
			"From a heal until everything that was intended before it, and ever came, was delivered, to about a second; one sample per "+
				"fault that was carried out. What nothing held up took 0.",
			statisticNever),
	}
}

// Example is a threshold on the metric, with a value of its unit.
func (m Metric) Example() string {
	figure, operator, value := m.Name, LessOrEqual, "10"
	switch {
	case m.Exact:
		operator, value = Equal, "0"
	case m.Kind == KindFailover:
		operator, value = Less, "5s"
	case m.Unit == UnitNanoseconds:
		operator, value = Less, "250ms"
	case m.Unit == UnitBytes:
		operator, value = Less, "16MiB"
	case m.Unit == UnitPerSecond:
		operator, value = GreaterOrEqual, "1000/s"
	case m.Better != Lower:
		operator, value = GreaterOrEqual, "1000"
	}
	if slices.Contains(m.Statistics, "p99") {
		figure += ".p99"
	}
	text := figure + " " + string(operator) + " " + value
	if m.Windows {
		text += " " + string(WindowBefore)
	}
	return text
}

// FindMetric finds a metric by its name.
func FindMetric(name string) (Metric, bool) {
	all := Metrics()
	n := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name })
	if n < 0 {
		return Metric{}, false
	}
	return all[n], true
}

// metricsOf are the names of all metrics of these kinds.
func metricsOf(kinds ...MetricKind) []string {
	var names []string
	for _, m := range Metrics() {
		if slices.Contains(kinds, m.Kind) {
			names = append(names, m.Name)
		}
	}
	return names
}
