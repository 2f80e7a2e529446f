package reports

import (
	"io"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports/check"
)

// WriteAnomaliesCSV writes anomalies.csv: one row per message that was lost, duplicated, reordered, a phantom, or
// refused and yet delivered. Times are since the start of the run; an empty one did not happen or is not known. The
// injection, counted from 1, is the one during or after which the message was intended, fault says what that was. Of
// very many only the earliest are there: see [Anomalies].
func WriteAnomaliesCSV(w io.Writer, a *check.Analysis) error {
	header := []string{
		"kind", "class", "publisher", "sequence", "topic", "qos", "subscriber", "intended_ns", "written_ns", "acknowledged_ns",
		"received_ns", "window", "injection", "detail", "fault",
	}
	return writeCSV(w, "anomalies.csv", header, func(yield func([]string) bool) {
		for _, x := range a.Anomalies {
			row := []string{
				string(x.Kind), cell(x.Class), cell(x.Publisher), strconv.FormatUint(uint64(x.Sequence), 10), cell(x.Topic),
				strconv.Itoa(int(x.QoS)), cell(x.Subscriber), nanos(x.Intended), nanos(x.Written), nanos(x.Acknowledged),
				nanos(x.Received), string(x.Window), ordinal(x.Injection), cell(x.Detail), cell(faultOf(a, x)),
			}
			if !yield(row) {
				return
			}
		}
	})
}

func faultOf(a *check.Analysis, x check.Anomaly) string {
	if x.Injection < 0 || x.Injection >= len(a.Injections) {
		return ""
	}
	i := a.Injections[x.Injection]
	return FaultName(i.Fault, strings.Join(i.Targets, ", "), i.Detail)
}
