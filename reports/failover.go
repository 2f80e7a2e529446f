package reports

import (
	"io"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports/check"
)

// WriteFailoverCSV writes failover.csv: one row per injection, counted from 1, and affected client. began_ns is since
// the start of the run, the steps are since the injection began; an empty step did not happen. A subscriber may resume
// shortly before it has resubscribed: a broker may send messages ahead of the SUBACK [MQTT 5.0 §3.8.4]. The columns of
// the storm are [check.Storm], of all affected clients together, and so the same in every row of an injection.
func WriteFailoverCSV(w io.Writer, a *check.Analysis) error {
	header := []string{
		"injection", "fault", "target", "began_ns", "client", "group", "role", "from", "to", "session_present",
		"detect_ns", "dialed_ns", "handshaken_ns", "tls_resumed", "reconnect_ns", "resubscribe_ns", "resume_ns",
		"publish_resume_ns", "receive_resume_ns", "fault_detail",
		"storm_attempts", "storm_attempts_failed", "storm_peak_attempts_per_second", "storm_most_attempts_of_a_client",
	}
	return writeCSV(w, "failover.csv", header, func(yield func([]string) bool) {
		for _, i := range a.Injections {
			for _, c := range i.Clients {
				if !yield(failoverRow(i, c)) {
					return
				}
			}
		}
	})
}

func failoverRow(i check.Injection, c check.ClientFailover) []string {
	role := "publisher"
	if c.Client.Subscriber {
		role = "subscriber"
	}
	published, received := "", ""
	if c.Device {
		role, published, received = "device", nanos(c.Published), nanos(c.Received)
	}
	present := ""
	if c.Reconnect >= 0 {
		present = strconv.FormatBool(c.SessionPresent)
	}
	dialed, handshaken, resumed := "", "", ""
	if s := c.Steps; s != nil {
		dialed, handshaken, resumed = nanos(s.Dialed), nanos(s.Handshaken), strconv.FormatBool(s.Resumed)
	}
	return []string{
		ordinal(i.Number), cell(i.Fault), cell(strings.Join(i.Targets, "+")), nanos(i.Began),
		cell(c.Name), cell(c.Group), role, cell(c.From), cell(c.To), present,
		nanos(c.Detect), dialed, handshaken, resumed, nanos(c.Reconnect), nanos(c.Resubscribe), nanos(c.Resume),
		published, received, cell(i.Detail),
		strconv.Itoa(i.Storm.Attempts), strconv.Itoa(i.Storm.Failed), strconv.Itoa(i.Storm.Peak), strconv.Itoa(i.Storm.Most),
	}
}
