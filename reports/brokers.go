package reports

import (
	"io"
	"strconv"
)

// WriteBrokersCSV writes brokers.csv: what each broker was made from, where clients reach it, and what it used over all
// its lives. blocked columns are of the sockets to it that took no more, see [Blocked].
func WriteBrokersCSV(w io.Writer, r *Result) error {
	header := []string{
		"broker", "version", "image", "digest", "address", "cpu_seconds", "peak_rss_bytes", "unexpected_exits",
		"blocked_spells", "blocked_seconds", "blocked_longest_ns",
	}
	return writeCSV(w, "brokers.csv", header, func(yield func([]string) bool) {
		for _, b := range r.Brokers {
			row := []string{
				cell(b.Name), cell(b.Version), cell(b.Image), cell(b.Digest), cell(b.Address),
				decimal(b.CPUSeconds), signed(b.PeakRSSBytes), strconv.Itoa(b.UnexpectedExits),
				unsigned(b.Blocked.Spells), decimal(b.Blocked.Seconds), nanos(b.Blocked.Longest),
			}
			if !yield(row) {
				return
			}
		}
	})
}
