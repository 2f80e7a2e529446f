package coordinator

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A Judged run is what the writers of its files have to go by. Without its record only the Result is there.
type Judged struct {
	Result   *reports.Result
	Record   *history.Run
	Analysis *check.Analysis
	Scenario *scenarios.Scenario
	// Dir is the run directory.
	Dir *Dir
}

// A File is one of a run directory.
type File struct {
	Name string
	// What it holds, in a few words.
	What string
	// Format is what `mqbench report --format` calls it and its like; "" is made while the run lasts, and never again.
	Format string
	// OfRecord says that the result alone is not enough to write it.
	OfRecord bool
	// Less says that of the result alone it can be written, with less in it.
	Less  bool
	write func(w io.Writer, j *Judged) error
}

// Write writes the file. What is made while the run lasts, or needs a record that is not there, is an error.
func (f File) Write(w io.Writer, j *Judged) error {
	switch {
	case f.write == nil:
		return fmt.Errorf("%s is made while the run lasts, and cannot be made again", f.Name)
	case f.OfRecord && j.Record == nil:
		return fmt.Errorf("%s needs the record of the run, and there is none", f.Name)
	}
	return f.write(w, j)
}

// ofResult is a file that result.json is enough for.
func ofResult(name, format, what string, write func(io.Writer, *reports.Result) error) File {
	return File{Name: name, Format: format, What: what, write: func(w io.Writer, j *Judged) error { return write(w, j.Result) }}
}

// ofAnalysis is a file that names what the result only counts.
func ofAnalysis(name, format, what string, write func(io.Writer, *check.Analysis) error) File {
	return File{Name: name, Format: format, What: what, OfRecord: true,
		write: func(w io.Writer, j *Judged) error { return write(w, j.Analysis) }}
}

// Files are all files and folders of a run directory, those that people open first.
func Files() []File {
	return []File{
		ofResult("result.json", "json", "the run in numbers (times in nanoseconds), versioned",
			func(w io.Writer, r *reports.Result) error { return r.WriteJSON(w) }),
		{Name: "report.html", Format: "html", What: "all of it as a page to read and hand on", Less: true, write: writePage},
		ofResult("junit.xml", "junit", "thresholds and findings as test cases", reports.WriteJUnit),
		ofResult("summary.md", "markdown", "the run in short, for step summaries and pull requests", reports.WriteMarkdown),
		ofResult("benchmark.txt", "benchmark", "the figures in Go's benchmark format, for benchstat", reports.WriteBenchmark),
		ofResult("verdicts.csv", "csv", "every threshold and finding", reports.WriteVerdictsCSV),
		ofResult("counts.csv", "csv", "messages by group", reports.WriteCountsCSV),
		ofResult("percentiles.csv", "csv", "every distribution in a row", reports.WritePercentilesCSV),
		ofResult("faults.csv", "csv", "every fault", reports.WriteFaultsCSV),
		ofResult("service.csv", "csv", "each broker before, during and after each fault", reports.WriteServiceCSV),
		ofResult("brokers.csv", "csv", "every broker and what it used", reports.WriteBrokersCSV),
		ofResult("run.csv", "csv", "all that there is one of: the setting, phases, mqbench itself, the machine", reports.WriteRunCSV),
		{Name: "timeline.csv", Format: "csv", What: "every second", OfRecord: true,
			write: func(w io.Writer, j *Judged) error { return reports.WriteTimelineCSV(w, j.Record) }},
		ofAnalysis("latency.csv", "csv", "distributions by metric and window", reports.WriteLatencyCSV),
		ofAnalysis("failover.csv", "csv", "every client that a fault hit", reports.WriteFailoverCSV),
		ofAnalysis("anomalies.csv", "csv", "every lost, duplicated, reordered or phantom message", reports.WriteAnomaliesCSV),
		{Name: "latency.hlog", What: "HdrHistogram interval log"},
		{Name: "scenario.yaml", What: "what was asked"},
		{Name: "plan.json", What: "what was decided before the start"},
		{Name: "history/", What: "the record, which can be judged again"},
		{Name: "logs/", What: "the brokers' logs"},
	}
}

// Rendered are the files that can be written again at any time.
func Rendered() []File {
	return slices.DeleteFunc(Files(), func(f File) bool { return f.write == nil })
}

// Formats are what `mqbench report --format` takes, beside names of files.
func Formats() []string {
	var names []string
	for _, f := range Rendered() {
		if !slices.Contains(names, f.Format) {
			names = append(names, f.Format)
		}
	}
	return names
}

// Select finds the files of formats and names, each once and in the order of [Files]. "all" are all.
func Select(wanted []string) ([]File, error) {
	for _, name := range wanted {
		if name != allFormats && !slices.ContainsFunc(Rendered(), func(f File) bool { return f.named(name) }) {
			return nil, fmt.Errorf("unknown format %q (want %s, %s, or the name of a file)", name, strings.Join(Formats(), ", "), allFormats)
		}
	}
	return slices.DeleteFunc(Rendered(), func(f File) bool {
		return !slices.Contains(wanted, allFormats) && !slices.ContainsFunc(wanted, f.named)
	}), nil
}

const allFormats = "all"

func (f File) named(name string) bool { return f.Format == name || f.Name == name }
