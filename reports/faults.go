package reports

import (
	"io"
	"strconv"
	"time"
)

// WriteFaultsCSV writes faults.csv: one row per injection, counted from 1, with what became of the system, its clients
// and its messages. The times up to healed_ns are since the start of the run, those behind them since the injection
// began, but backlog_ns since it was healed. An empty time did not happen; a client that never came back is in
// never_resumed, and a t90_ns that is empty means that it never came to 90 %. Of rate_back_ns and latency_back_ns 0 means
// never off; the distributions of the ways back are in percentiles.csv.
func WriteFaultsCSV(w io.Writer, r *Result) error {
	header := []string{
		"injection", "fault", "target", "fault_detail", "error", "heal_error",
		"began_ns", "applied_ns", "healing_ns", "healed_ns",
		"affected", "resumed", "never_resumed", "withdrawn", "bystanders",
		"t50_ns", "t90_ns", "t99_ns", "t100_ns", "rate_back_ns", "latency_back_ns", "backlog_ns",
		"lost", "duplicated", "reordered",
		"storm_attempts", "storm_attempts_failed", "storm_peak_attempts_per_second", "storm_most_attempts_of_a_client",
		"tls_resumed",
	}
	return writeCSV(w, "faults.csv", header, func(yield func([]string) bool) {
		for n, i := range r.Injections {
			if !yield(faultRow(n, i)) {
				return
			}
		}
	})
}

func faultRow(n int, i Injection) []string {
	tls := ""
	if i.Handshakes != nil {
		tls = strconv.Itoa(i.Handshakes.Resumed)
	}
	share := func(d time.Duration) string { // without anybody to come back the times are no figures
		if i.Clients.Affected == 0 {
			return ""
		}
		return nanos(d)
	}
	return []string{
		ordinal(n), cell(i.Fault), cell(i.Target), cell(i.Detail), cell(i.Error), cell(i.HealError),
		nanos(i.Began), happened(i.Applied), happened(i.Healing), happened(i.Healed),
		strconv.Itoa(i.Clients.Affected), strconv.Itoa(i.Clients.Resumed), strconv.Itoa(i.Clients.NeverResumed),
		strconv.Itoa(i.Clients.Withdrawn), strconv.Itoa(i.Bystanders.Count),
		share(i.T50), share(i.T90), share(i.T99), share(i.T100), nanos(i.RateBack), nanos(i.LatencyBack), nanos(i.Backlog),
		unsigned(i.Lost), unsigned(i.Duplicated), unsigned(i.Reordered),
		strconv.Itoa(i.Storm.Attempts), strconv.Itoa(i.Storm.Failed), strconv.Itoa(i.Storm.PeakPerSecond),
		strconv.Itoa(i.Storm.MostOfAClient), tls,
	}
}

// happened writes a time since the start of the run of which 0 says that there was none.
func happened(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return nanos(d)
}

// WriteServiceCSV writes service.csv: what clients had of each broker before, during and after each injection, counted
// from 1, as check.BrokerView defines it. A part without a whole second of load has no rates; a number of clients that
// is not known is empty.
func WriteServiceCSV(w io.Writer, r *Result) error {
	header := []string{"injection", "fault", "broker", "connected_before", "connected_during"}
	for _, part := range windows() {
		for _, what := range []string{"seconds", "acknowledged_per_second", "delivered_per_second"} {
			header = append(header, what+"_"+string(part))
		}
	}
	return writeCSV(w, "service.csv", header, func(yield func([]string) bool) {
		for n, i := range r.Injections {
			for _, b := range i.Brokers {
				row := []string{
					ordinal(n), cell(FaultName(i.Fault, i.Target, i.Detail)), cell(b.Name),
					unlessUnknown(b.ConnectedBefore), unlessUnknown(b.ConnectedDuring),
				}
				for _, s := range []Service{b.Before, b.During, b.After} {
					row = append(row, serviceCells(s)...)
				}
				if !yield(row) {
					return
				}
			}
		}
	})
}

func serviceCells(s Service) []string {
	if s.Seconds <= 0 {
		return []string{"0", "", ""}
	}
	return []string{decimal(s.Seconds), decimal(s.AcknowledgedPerSecond), decimal(s.DeliveredPerSecond)}
}

func unlessUnknown(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}
