package reports

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// WriteBenchmark writes benchmark.txt: the figures of the result in the benchmark format of Go, for benchstat and its
// like. A line is a metric in a window, whose statistics are values of their own units, such as p99-ns. Each unit has one
// direction, which is stated. A time that never ended, as of clients that never came back, is the longest that there is, 292
// years: it ranks above all others, and no statistic of the tools can reckon with an infinite one. What is not known for
// certain is left out.
//
// The configuration says in which setting it was measured, so that files of several runs can be put together; benchstat
// never compares runs of different settings. What differs from run to run is a comment. A run that could not be judged,
// or whose times could not because of mqbench itself, has a setting of its own, so that nobody takes its figures for as
// good as others.
func WriteBenchmark(w io.Writer, r *Result) error {
	var b bytes.Buffer
	for _, s := range benchmarkSetting(r) {
		fmt.Fprintf(&b, "%s: %s\n", s.name, clean(s.value))
	}
	fmt.Fprintf(&b, "# run %s, seed %d, %s, mqbench %s, verdict %s\n\n", clean(r.RunID), r.Seed,
		r.Started.UTC().Format(time.RFC3339), clean(r.Mqbench), clean(r.Verdict))
	for _, u := range benchmarkUnits() {
		if u.better != scenarios.Neither {
			fmt.Fprintf(&b, "Unit %s better=%s\n", u.name, u.better)
		}
	}
	b.WriteString("\n")
	line := ""
	for _, f := range Figures(r) {
		if f.Low != f.High || f.Name.Statistic == "count" {
			continue
		}
		if name := benchmarkName(r, f.Name); name != line {
			if line != "" {
				b.WriteString("\n")
			}
			b.WriteString(name + " 1")
			line = name
		}
		fmt.Fprintf(&b, " %s %s", strconv.FormatFloat(min(f.Low, math.MaxInt64), 'f', -1, 64), benchmarkUnit(f.Name).name)
	}
	b.WriteString("\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write benchmark.txt: %w", err)
	}
	return nil
}

// benchmarkSetting is the setting, each part of it always there: in files that were put together an empty one undoes that
// of the run before.
func benchmarkSetting(r *Result) []set {
	t, doubt := r.Topology, ""
	if check.Verdict(r.Verdict) == check.Inconclusive || r.CutShort() || len(r.Generator.Beyond) > 0 {
		doubt = "inconclusive"
	}
	return []set{
		{"scenario", r.Scenario}, {"broker", t.Broker}, {"version", t.Version}, {"runtime", t.Runtime}, {"shape", t.Shape},
		{"nodes", strconv.Itoa(t.Nodes)}, {"profile", t.Profile}, {"balancer", t.Balancer}, {"protocol", r.Workload.Protocol},
		{"transport", r.Workload.Transport}, {"session", r.Workload.Session}, {"library", r.Workload.Library},
		{"goos", r.Environment["os"]}, {"goarch", r.Environment["arch"]}, {"cpus", r.Environment["cpus"]}, {"judged", doubt},
	}
}

// benchmarkName is a name without white space, of which slashes part what it is made of.
func benchmarkName(r *Result, f scenarios.FigureName) string {
	scenario := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("._-", c) {
			return c
		}
		return '_'
	}, short(r.Scenario, longestName))
	name := "BenchmarkMqbench/" + scenario + "/" + f.Metric
	if f.Window != scenarios.WindowAll {
		window, _, _ := strings.Cut(string(f.Window), " ")
		name += "/window=" + window
	}
	return name
}

// A unitOf is a unit of values of benchmarks, and the direction in which all of them get better.
type unitOf struct {
	name   string
	better scenarios.Preference
}

// benchmarkUnit is the unit of a figure. Units of the same kind and another direction have another name.
func benchmarkUnit(f scenarios.FigureName) unitOf {
	better := f.Better()
	switch f.Unit() {
	case scenarios.UnitNanoseconds:
		if f.Statistic == "" {
			return unitOf{"time-ns", better}
		}
		return unitOf{f.Statistic + "-ns", better}
	case scenarios.UnitBytes:
		return unitOf{"mem-B", better}
	default:
		if f.Statistic != "" {
			return unitOf{f.Statistic, better}
		}
		name := "count"
		if f.Unit() == scenarios.UnitPerSecond {
			name += "/s"
		}
		switch better {
		case scenarios.Lower:
			name = "bad-" + name
		case scenarios.Higher:
			name = "good-" + name
		case scenarios.Neither:
		}
		return unitOf{name, better}
	}
}

// benchmarkUnits are those of all figures, each once.
func benchmarkUnits() []unitOf {
	var list []unitOf
	seen := map[string]bool{}
	for _, m := range scenarios.Metrics() {
		for _, f := range m.Figures(true) {
			if u := benchmarkUnit(f); !seen[u.name] {
				seen[u.name] = true
				list = append(list, u)
			}
		}
	}
	return list
}
