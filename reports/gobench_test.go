package reports

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

func benchmarkOf(t testing.TB, r *Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteBenchmark(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBenchmark(t *testing.T) {
	for _, name := range []string{"pass", "fail", "no-faults"} {
		golden(t, "benchmark/"+name+".txt", benchmarkOf(t, stories()[name]))
	}
}

// A measured is a benchmark as the library of Go's own tools has read it.
type measured struct {
	*benchfmt.Result
	units *benchfmt.UnitMetadataMap
}

// readBenchmarks reads what was written, and lets nothing pass that the library does not take for a benchmark.
func readBenchmarks(t *testing.T, from io.Reader) []measured {
	t.Helper()
	reader := benchfmt.NewReader(from, "benchmark.txt")
	var all []measured
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			all = append(all, measured{record.Clone(), nil})
		case *benchfmt.SyntaxError:
			t.Errorf("not in the benchmark format: %v", record)
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	units := reader.Units()
	for i := range all {
		all[i].units = &units
	}
	return all
}

// value is that of a unit as it was written.
func (m measured) value(unit string) (float64, bool) {
	for _, v := range m.Values {
		if v.Unit == unit {
			return v.Value, true
		}
		if v.OrigUnit == unit {
			return v.OrigValue, true
		}
	}
	return 0, false
}

// The library reads each figure of the result back, with its direction, and nothing else.
func TestBenchmarkReadsBack(t *testing.T) {
	for name, r := range stories() {
		read := readBenchmarks(t, bytes.NewReader(benchmarkOf(t, r)))
		lines := map[string]measured{}
		values := 0
		for _, m := range read {
			if lines[string(m.Name)].Result != nil {
				t.Errorf("%s: %s is there twice", name, m.Name)
			}
			lines[string(m.Name)] = m
			values += len(m.Values)
		}
		for _, f := range Figures(r) {
			if !f.Exact() || f.Name.Statistic == "count" {
				continue
			}
			values--
			line := lines[strings.TrimPrefix(benchmarkName(r, f.Name), "Benchmark")]
			if line.Result == nil {
				t.Errorf("%s: no benchmark of %s", name, f.Name)
				continue
			}
			unit := benchmarkUnit(f.Name).name
			got, there := line.value(unit)
			if !there || math.Abs(got-min(f.Low, math.MaxInt64)) > 1e-9*math.Abs(got) {
				t.Errorf("%s: %s is %v %s (there: %t), want %v", name, f.Name, got, unit, there, f.Low)
			}
			want := map[scenarios.Preference]int{scenarios.Lower: -1, scenarios.Higher: 1, scenarios.Neither: 0}[f.Name.Better()]
			if better := line.units.GetBetter(unit); better != want {
				t.Errorf("%s: the direction of %s, unit %s, is %d, want %d", name, f.Name, unit, better, want)
			}
		}
		if values != 0 {
			t.Errorf("%s: %d values that nobody asked for", name, values)
		}
	}
}

// A unit that two figures share has one direction.
func TestBenchmarkUnitsHaveOneDirection(t *testing.T) {
	better := map[string]scenarios.Preference{}
	for _, m := range scenarios.Metrics() {
		for _, f := range m.Figures(true) {
			u := benchmarkUnit(f)
			if known, seen := better[u.name]; seen && known != f.Better() {
				t.Errorf("%s is in %s, which gets better to %q and %q", f, u.name, known, f.Better())
			}
			better[u.name] = f.Better()
		}
	}
}

// Files that were put together keep apart what was measured in different settings, and a run leaves nothing behind in
// that of the next one.
func TestBenchmarksAddUp(t *testing.T) {
	first, second := partitioned().result(), failover().result()
	first.Verdict, first.Workload.Transport = string(check.Inconclusive), "tls"
	all := readBenchmarks(t, io.MultiReader(
		bytes.NewReader(benchmarkOf(t, first)), bytes.NewReader(benchmarkOf(t, second)), bytes.NewReader(benchmarkOf(t, second))))
	alone := readBenchmarks(t, bytes.NewReader(benchmarkOf(t, second)))
	for i, want := range alone {
		for _, at := range []int{len(all) - 2*len(alone) + i, len(all) - len(alone) + i} {
			got := all[at]
			if string(got.Name) != string(want.Name) {
				t.Fatalf("%s where %s should be", got.Name, want.Name)
			}
			for _, c := range append(got.Config, want.Config...) {
				if got.GetConfig(c.Key) != want.GetConfig(c.Key) {
					t.Errorf("%s: %s is %q behind another run, and %q alone", got.Name, c.Key, got.GetConfig(c.Key), want.GetConfig(c.Key))
				}
			}
		}
	}
	for key, want := range map[string]string{"broker": "mosquitto", "balancer": "haproxy", "judged": "inconclusive", "transport": "tls"} {
		if got := all[0].GetConfig(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// What could not be judged, or came to an early end, or was spoilt by mqbench itself, has a setting of its own.
func TestBenchmarkDoubts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *Result)
		want   string
	}{
		"pass":         {func(r *Result) { r.Verdict = "pass" }, ""},
		"fail":         {func(r *Result) { r.Verdict = "fail" }, ""},
		"inconclusive": {func(r *Result) { r.Verdict = "inconclusive" }, "inconclusive"},
		"interrupted":  {func(r *Result) { r.Verdict, r.Interrupted = "fail", true }, "inconclusive"},
		"cut off":      {func(r *Result) { r.Verdict, r.Incomplete = "fail", true }, "inconclusive"},
		"spoilt":       {func(r *Result) { r.Verdict, r.Generator.Beyond = "pass", []string{"shard_lag"} }, "inconclusive"},
	} {
		r := new(Result)
		c.change(r)
		if text := string(benchmarkOf(t, r)); !strings.Contains(text, "\njudged: "+c.want+"\n") {
			t.Errorf("%s: not judged %q:\n%s", name, c.want, text)
		}
	}
}

// A time that never ended ranks above all others in the library's own statistics.
func TestBenchmarkNever(t *testing.T) {
	for _, m := range readBenchmarks(t, bytes.NewReader(benchmarkOf(t, broken().result()))) {
		if string(m.Name) != "Mqbench/failover/failover" {
			continue
		}
		v, _ := m.value("p99-ns")
		s := benchmath.AssumeNothing.Summary(benchmath.NewSample([]float64{1e9, 2e9, v, v, v}, &benchmath.DefaultThresholds), 0.95)
		if s.Center != v || v < 1e18 {
			t.Errorf("the median of %v and two that ended is %v", v, s.Center)
		}
		return
	}
	t.Error("no benchmark of the failover")
}

// No name breaks a line, a name or a setting.
func TestBenchmarkHostileNames(t *testing.T) {
	r := failover().result()
	r.Scenario = "a b/c=d\nBenchmarkX 1 1 ns/op\nUnit x better=higher\u2028-8"
	r.Topology.Broker, r.Topology.Version = "x\nversion: y", " \t "
	for _, m := range readBenchmarks(t, bytes.NewReader(benchmarkOf(t, r))) {
		name := string(m.Name)
		if !strings.HasPrefix(name, "Mqbench/") || strings.ContainsAny(name, " \t") || strings.Count(name, "/") > 3 {
			t.Errorf("name %q", name)
		}
		if got := m.GetConfig("broker"); got != `x\x0aversion: y` {
			t.Errorf("broker %q", got)
		}
	}
}
