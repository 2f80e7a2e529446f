package reports

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// WriteTimelineCSV writes timeline.csv: one row per second of the run, or what the clock made of it. at_ns is the end
// of the second since the start of the run, width_ns its length. Messages and CPU times are those of the second,
// connected, up (1: it runs and is not paused) and rss_bytes are as they were at its end; a latency without a sample is
// empty. The columns faults_active, faults_began and faults_healed name the injections, counted from 1, that touch the
// second; broker columns are prefixed with the broker's name, and their counts are of what clients had of that broker.
// Columns from processors to blocked_connections are of mqbench itself, see history.Effort; those of the machine, see
// history.Machine, are empty where the system does not tell.
func WriteTimelineCSV(w io.Writer, run *history.Run) error {
	header := []string{
		"at_ns", "width_ns", "phase", "due", "written", "acknowledged", "unsent", "delivered", "duplicated", "connected",
		"end_to_end_p50_ns", "end_to_end_p99_ns", "end_to_end_max_ns", "publish_p50_ns", "publish_p99_ns",
		"publish_delay_p99_ns", "publish_delay_max_ns", "generator_cpu_ns", "faults_active", "faults_began", "faults_healed",
	}
	header = append(header, effortColumns()...)
	header = append(header, machineColumns()...)
	for _, name := range run.Meta.Brokers {
		header = append(header, cell(name+"_up"), cell(name+"_cpu_ns"), cell(name+"_rss_bytes"),
			cell(name+"_acknowledged"), cell(name+"_delivered"), cell(name+"_connected"), cell(name+"_blocked"))
	}
	return writeCSV(w, "timeline.csv", header, func(yield func([]string) bool) {
		for _, s := range run.Timeline {
			if !yield(timelineRow(run, s)) {
				return
			}
		}
	})
}

func timelineRow(run *history.Run, s history.Second) []string {
	row := []string{
		nanos(s.At), nanos(s.Width), cell(phaseAt(run.Phases, s.At)),
		unsigned(s.Due), unsigned(s.Written), unsigned(s.Acknowledged), unsigned(s.Unsent), unsigned(s.Delivered),
		unsigned(s.Duplicated), strconv.Itoa(s.Connected),
		sampled(s.EndToEndP50), sampled(s.EndToEndP99), sampled(s.EndToEndMax), sampled(s.PublishP50), sampled(s.PublishP99),
		sampled(s.DelayP99), sampled(s.DelayMax), nanos(s.GeneratorCPU),
	}
	row = append(row, marks(run, s)...)
	row = append(row, effortCells(s.Effort)...)
	row = append(row, machineCells(s.Machine)...)
	for i := range run.Meta.Brokers {
		if i >= len(s.Brokers) {
			row = append(row, "", "", "", "", "", "", "")
			continue
		}
		b := s.Brokers[i]
		up := "0"
		if b.Up {
			up = "1"
		}
		row = append(row, up, nanos(b.CPU), strconv.FormatInt(b.RSSBytes, 10),
			unsigned(b.Acknowledged), unsigned(b.Delivered), strconv.Itoa(b.Connected), strconv.Itoa(b.Blocked))
	}
	return row
}

// sampled writes a latency of a second, which the record has as 0 where there was no sample: an empty cell, because a
// chart would show the silence of an outage as its best second.
func sampled(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return nanos(d)
}

// phaseAt names the phase in which a second ended; a second that ends with a phase belongs to it. A phase without an
// end is the one in which a crash stopped the record.
func phaseAt(phases []history.Phase, at time.Duration) string {
	for _, p := range phases {
		if at > p.Began && (at <= p.Ended || p.Ended == 0) {
			return p.Name
		}
	}
	return ""
}

// marks are the three cells that say which injections were on at any time of a second, began in it, and were healed in
// it. An injection that could not be healed is on until the end.
func marks(run *history.Run, s history.Second) []string {
	var active, began, healed []string
	inside := func(t time.Duration) bool { return t > s.At-s.Width && t <= s.At }
	for n, i := range run.Injections {
		if i.Error != "" && i.Healing == 0 {
			continue // it was never carried out, and nothing heals it
		}
		name := strconv.Itoa(n+1) + " " + FaultName(i.Fault, strings.Join(targetNames(run, i), "+"), i.Detail)
		if i.Began <= s.At && (i.Healed == 0 || i.Healed > s.At-s.Width) {
			active = append(active, name)
		}
		if inside(i.Began) {
			began = append(began, name)
		}
		if i.Healed != 0 && inside(i.Healed) {
			healed = append(healed, name)
		}
	}
	return []string{cell(strings.Join(active, "; ")), cell(strings.Join(began, "; ")), cell(strings.Join(healed, "; "))}
}

func targetNames(run *history.Run, i history.Injection) []string {
	names := make([]string, 0, len(i.Targets))
	for _, t := range i.Targets {
		if t >= 0 && t < len(run.Meta.Brokers) {
			names = append(names, run.Meta.Brokers[t])
		}
	}
	return names
}
