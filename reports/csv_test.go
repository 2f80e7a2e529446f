package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// files are the CSV files of a story by name.
func files(s story) map[string]func(io.Writer) error {
	all := tables(s.result())
	all["timeline.csv"] = func(w io.Writer) error { return WriteTimelineCSV(w, s.run) }
	all["latency.csv"] = func(w io.Writer) error { return WriteLatencyCSV(w, s.analysis) }
	all["failover.csv"] = func(w io.Writer) error { return WriteFailoverCSV(w, s.analysis) }
	all["anomalies.csv"] = func(w io.Writer) error { return WriteAnomaliesCSV(w, s.analysis) }
	return all
}

// tables are the CSV files that a result is enough for.
func tables(r *Result) map[string]func(io.Writer) error {
	all := map[string]func(io.Writer) error{}
	for name, write := range map[string]func(io.Writer, *Result) error{
		"counts.csv": WriteCountsCSV, "percentiles.csv": WritePercentilesCSV, "faults.csv": WriteFaultsCSV, "service.csv": WriteServiceCSV,
		"brokers.csv": WriteBrokersCSV, "verdicts.csv": WriteVerdictsCSV, "run.csv": WriteRunCSV,
	} {
		all[name] = func(w io.Writer) error { return write(w, r) }
	}
	return all
}

// ofEveryRun are the files that tell something of a run in which nothing happened.
func ofEveryRun() []string {
	return []string{"counts.csv", "percentiles.csv", "verdicts.csv", "run.csv"}
}

// small is a story whose files a person can read.
func small() story {
	s := broken()
	i := &s.analysis.Injections[0]
	i.Clients = append(i.Clients[:2:2], i.Clients[40], i.Clients[160])
	i.Storm = check.Storm{Attempts: 19, Failed: 16, Most: 9, Peak: 11}
	s.analysis.Latencies = map[string]map[history.Metric]*hdr.Histogram{
		"all":    {history.EndToEnd: spread(40, time.Millisecond, 40*time.Millisecond)},
		"before": {history.EndToEnd: spread(1, time.Millisecond, time.Millisecond), history.Service: spread(0, 0, 0)},
		"warmup": {history.PublishDelay: spread(3, time.Microsecond, 3*time.Microsecond)},
	}
	return s
}

func TestCSV(t *testing.T) {
	for name, write := range files(small()) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, "csv/"+name, b.Bytes())
		})
	}
}

// Every row has a cell for every column, and a run without anything has the header alone.
func TestCSVShape(t *testing.T) {
	nothing := story{run: &history.Run{}, analysis: &check.Analysis{}}
	for rows, s := range map[string]story{"none": nothing, "some": broken()} {
		for name, write := range files(s) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			all, err := csv.NewReader(&b).ReadAll() // it checks that all rows have the same number of fields
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if (len(all) == 1) != (rows == "none" && !slices.Contains(ofEveryRun(), name)) {
				t.Errorf("%s with %s to tell has %d lines", name, rows, len(all))
			}
		}
	}
}

// Names from outside neither calculate in a spreadsheet nor break a row.
func TestCSVNeutralisesHostileNames(t *testing.T) {
	s := small()
	a := &s.analysis.Anomalies[0]
	a.Publisher, a.Topic, a.Subscriber, a.Class, a.Detail = `=HYPERLINK("http://x")`, "+1\n2", "-a,b", "@sum", "\tq\"uote"
	s.analysis.Injections[0].Clients[0].Name = "\r=1"
	s.run.Meta.Brokers[0] = "=b1"
	for name, want := range map[string][]string{
		"anomalies.csv": {`'=HYPERLINK("http://x")`, `'+1\x0a2`, `'-a,b`, `'@sum`, `'\x09q"uote`},
		"failover.csv":  {`'\x0d=1`},
		"timeline.csv":  {`'=b1_up`, `'=b1_cpu_ns`, `'=b1_rss_bytes`},
	} {
		var b bytes.Buffer
		if err := files(s)[name](&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		cells := slices.Concat(rows...)
		for _, w := range want {
			if !slices.Contains(cells, w) {
				t.Errorf("%s: no cell %q", name, w)
			}
		}
		for _, c := range cells {
			if isFormula(c) {
				t.Errorf("%s: cell %q is a formula", name, c)
			}
		}
	}
}

func TestCellDefusesFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"plant/sensors/3":       "plant/sensors/3",
		"b1 | b2, b3":           "b1 | b2, b3",
		"1 kill b2; 4 stop b1":  "1 kill b2; 4 stop b1",
		"a-b=c@d+e":             "a-b=c@d+e",
		"=1":                    "'=1",
		"+1":                    "'+1",
		"-1":                    "'-1",
		"@SUM(A1)":              "'@SUM(A1)",
		"  =1":                  "'  =1",
		"\u00a0=1":              "'\\u00a0=1",
		"\u200b=1":              "'\\u200b=1",
		"\ufeff=1":              "'\\ufeff=1",
		"\x00=1":                "'\\x00=1",
		"\t=1":                  "'\\x09=1",
		"\tx":                   "'\\x09x",
		"\rx":                   "'\\x0dx",
		"\nx":                   "'\\x0ax",
		"＝1":                    "'＝1",
		"＋1":                    "'＋1",
		"－1":                    "'－1",
		"＠1":                    "'＠1",
		"﹦1":                    "'﹦1",
		"x;=1":                  "x;'=1",
		"x; =1;\"=2":            "x;' =1;\"=2",
		"=a;=b":                 "'=a;'=b",
		"'=1":                   "'=1",
		"=HYPERLINK(\"x\")\n=2": "'=HYPERLINK(\"x\")\\x0a=2",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// Whatever a name is, no program takes its cell for a formula, neither as it is nor cut at semicolons or tabs.
func TestNoCellCalculates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("=+-@＝＋－＠﹦ \t\r\n\u00a0\u200b\x00;,\"'ab"))).Draw(t, "text")
		for part := range strings.FieldsFuncSeq(cell(text), func(r rune) bool { return r == ';' || r == '\t' || r == '\n' || r == '\r' }) {
			if isFormula(part) {
				t.Fatalf("%q becomes %q, in which %q is a formula", text, cell(text), part)
			}
		}
	})
}

// The distribution rises, ends at 100 % with every sample, and agrees with the histogram.
func TestLatencyDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hdr.New(1, int64(time.Hour), 3)
		for _, v := range rapid.SliceOfN(rapid.Int64Range(1, int64(time.Minute)), 1, 200).Draw(t, "values") {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		var rows [][]string
		distributionRows("end_to_end", "all", h, func(row []string) bool { rows = append(rows, row); return true })
		last := []float64{-1, -1, -1}
		for _, row := range rows {
			for i, cell := range row[2:] {
				v, err := strconv.ParseFloat(cell, 64)
				if err != nil || v < last[i] {
					t.Fatalf("%v behind %v (%v)", row, last, err)
				}
				last[i] = v
			}
		}
		if want := []float64{float64(h.Max()), 100, float64(h.TotalCount())}; !slices.Equal(last, want) {
			t.Fatalf("ends with %v, want %v", last, want)
		}
	})
}

func TestTimelinePlacesFaults(t *testing.T) {
	run := &history.Run{
		Meta: history.Meta{Brokers: []string{"b1", "b2"}},
		Injections: []history.Injection{
			{Fault: "kill", Targets: []int{1}, Began: 1500 * time.Millisecond, Healed: 3 * time.Second},
			{Fault: "pause", Targets: []int{0, 1, 9}, Began: 3500 * time.Millisecond},
			// Never carried out: it is on at no time.
			{Fault: "kill", Targets: []int{0}, Began: 1500 * time.Millisecond, Applied: 1600 * time.Millisecond, Error: "not begun"},
			// Failed in part, and healed.
			{Fault: "stop", Targets: []int{0}, Began: 4200 * time.Millisecond, Error: "in part", Healing: 4300 * time.Millisecond,
				Healed: 4400 * time.Millisecond},
		},
	}
	want := [][]string{
		{"", "", ""},
		{"1 kill b2", "1 kill b2", ""},
		{"1 kill b2", "", "1 kill b2"},
		{"2 pause b1+b2", "2 pause b1+b2", ""},
		{"2 pause b1+b2; 4 stop b1", "4 stop b1", "4 stop b1"},
	}
	for i, w := range want {
		got := marks(run, history.Second{At: time.Duration(i+1) * time.Second, Width: time.Second})
		if d := cmp.Diff(w, got); d != "" {
			t.Errorf("second %d (-want +got):\n%s", i+1, d)
		}
	}
}

// A second in which nothing arrived has no latency: a zero would make it the best of all.
func TestTimelineLeavesUnsampledLatenciesEmpty(t *testing.T) {
	var b bytes.Buffer
	silent := &history.Run{Timeline: []history.Second{{At: time.Second, Width: time.Second, Due: 400, EndToEndMax: time.Microsecond}}}
	if err := WriteTimelineCSV(&b, silent); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, column := range rows[0] {
		want := rows[1][i]
		switch {
		case column == "end_to_end_max_ns":
			want = "1000"
		case strings.HasPrefix(column, "end_to_end_") || strings.HasPrefix(column, "publish_"):
			want = ""
		case column == "delivered" || column == "generator_cpu_ns":
			want = "0"
		}
		if rows[1][i] != want {
			t.Errorf("%s is %q, want %q", column, rows[1][i], want)
		}
	}
}

func TestTimelineNamesPhases(t *testing.T) {
	phases := []history.Phase{{Name: "warmup", Began: time.Second, Ended: 3 * time.Second}, {Name: "measure", Began: 3 * time.Second}}
	for at, want := range map[time.Duration]string{
		time.Second: "", 2 * time.Second: "warmup", 3 * time.Second: "warmup", 4 * time.Second: "measure", time.Hour: "measure",
	} {
		if got := phaseAt(phases, at); got != want {
			t.Errorf("at %v: %q, want %q", at, got, want)
		}
	}
}

// full is a disk without room behind the first n bytes.
type full struct{ n int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return 0, errors.New("no space left on device")
	}
	f.n -= len(p)
	return len(p), nil
}

// A file that could not be written is an error, wherever in it the disk was full.
func TestWritersReportFullDisk(t *testing.T) {
	s := broken()
	writers := files(s)
	writers["junit.xml"] = func(w io.Writer) error { return WriteJUnit(w, s.result()) }
	writers["summary.md"] = func(w io.Writer) error { return WriteMarkdown(w, s.result()) }
	writers["benchmark.txt"] = func(w io.Writer) error { return WriteBenchmark(w, s.result()) }
	writers["result.json"] = s.result().WriteJSON
	writers["summary"] = func(w io.Writer) error { return WriteSummary(w, s.result(), SummaryOptions{}) }
	for name, write := range writers {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, b.Len() / 2, b.Len() - 1} {
			if err := write(&full{n: room}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with room for %d of %d bytes: %v", name, room, b.Len(), err)
			}
		}
	}
}
