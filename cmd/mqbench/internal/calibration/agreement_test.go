package calibration

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// The files of one recorded run, in which everything goes wrong under load while a fault is injected, tell one story:
// every figure that two of them have is the same in both, and judged again from disk it is the same once more.
func TestFilesAgree(t *testing.T) {
	fault := failover{
		kind: "kill", length: outage, fault: func(b *faulty.Broker) { b.Disconnect(faulty.Keep, outage) },
	}
	e := together(fewestPublishers)
	e.dir, e.during = t.TempDir(), fault.inject
	o, err := e.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := filesOf(t, o.record, o.analysis)
	if c := f.result.Counts; c.Lost == 0 || c.Duplicated == 0 || c.Reordered == 0 || c.Phantom == 0 || c.RefusedDelivered == 0 {
		t.Fatalf("not everything went wrong: %+v", c)
	}
	t.Run("counts", f.counts)
	t.Run("timeline", f.seconds)
	t.Run("anomalies", f.oddities)
	t.Run("failover", f.clients)
	t.Run("latency", f.samples)
	t.Run("judged again", func(t *testing.T) {
		record, err := history.Load(e.dir)
		if err != nil {
			t.Fatal(err)
		}
		a, err := check.Judge(record, func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
			return history.Details(e.dir, want)
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := filesOf(t, record, a); !bytes.Equal(f.text, again.text) {
			t.Errorf("before it was saved:\n%.2000s\nand from disk:\n%.2000s", f.text, again.text)
		}
	})
}

// Files are the files of a run, read again.
type files struct {
	result                                 *reports.Result
	timeline, latency, failover, anomalies sheet
	// text is all of them.
	text []byte
}

func filesOf(t *testing.T, record *history.Run, a *check.Analysis) files {
	t.Helper()
	var text bytes.Buffer
	result := reports.NewResult(record, a, nil)
	if err := json.NewEncoder(&text).Encode(result); err != nil {
		t.Fatal(err)
	}
	rows := func(write func(w io.Writer) error) sheet {
		var file bytes.Buffer
		if err := write(&file); err != nil {
			t.Fatal(err)
		}
		text.Write(file.Bytes())
		table, err := csv.NewReader(&file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return newSheet(table)
	}
	return files{
		result:    result,
		timeline:  rows(func(w io.Writer) error { return reports.WriteTimelineCSV(w, record) }),
		latency:   rows(func(w io.Writer) error { return reports.WriteLatencyCSV(w, a) }),
		failover:  rows(func(w io.Writer) error { return reports.WriteFailoverCSV(w, a) }),
		anomalies: rows(func(w io.Writer) error { return reports.WriteAnomaliesCSV(w, a) }),
		text:      text.Bytes(),
	}
}

// A sheet is a table of a CSV file: cells by the names of their columns.
type sheet []map[string]string

func newSheet(table [][]string) sheet {
	var s sheet
	for _, line := range table[1:] {
		row := make(map[string]string)
		for n, name := range table[0] {
			row[name] = line[n]
		}
		s = append(s, row)
	}
	return s
}

// where keeps the rows with these cells: names and values in turn.
func (s sheet) where(cells ...string) sheet {
	return slices.DeleteFunc(slices.Clone(s), func(row map[string]string) bool {
		for i := 0; i < len(cells); i += 2 {
			if row[cells[i]] != cells[i+1] {
				return true
			}
		}
		return false
	})
}

// numbers are the cells of a column that are not empty.
func (s sheet) numbers(column string) []uint64 {
	var list []uint64
	for _, row := range s {
		if row[column] == "" {
			continue
		}
		n, err := strconv.ParseUint(row[column], 10, 64)
		if err != nil {
			n = math.MaxUint64
		}
		list = append(list, n)
	}
	return list
}

func (s sheet) sum(column string) (sum uint64) {
	for _, n := range s.numbers(column) {
		sum += n
	}
	return sum
}

func (s sheet) most(column string) uint64 {
	return slices.Max(append(s.numbers(column), 0))
}

func agree(t *testing.T, what string, want, got uint64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d here, %d there", what, want, got)
	}
}

// Counts agree with themselves and with those of the groups.
func (f files) counts(t *testing.T) {
	c := f.result.Counts
	agree(t, "expected = delivered + lost", c.Expected, c.Delivered+c.Lost)
	agree(t, "lost = declared + silent", c.Lost, c.LostDeclared+c.LostSilent)
	agree(t, "lost = prefix + middle + suffix", c.Lost, c.LostPrefix+c.LostMiddle+c.LostSuffix)
	var g reports.Counts
	for _, x := range f.result.Groups {
		g.Attempted, g.Acknowledged = g.Attempted+x.Counts.Attempted, g.Acknowledged+x.Counts.Acknowledged
		g.Expected, g.Delivered, g.Lost = g.Expected+x.Counts.Expected, g.Delivered+x.Counts.Delivered, g.Lost+x.Counts.Lost
		g.Duplicated, g.Reordered = g.Duplicated+x.Counts.Duplicated, g.Reordered+x.Counts.Reordered
		g.Missed, g.LostUnknown = g.Missed+x.Counts.Missed, g.LostUnknown+x.Counts.LostUnknown
	}
	agree(t, "attempted by group", c.Attempted, g.Attempted)
	agree(t, "acknowledged by group", c.Acknowledged, g.Acknowledged)
	agree(t, "expected by group", c.Expected, g.Expected)
	agree(t, "delivered by group", c.Delivered, g.Delivered)
	agree(t, "lost by group", c.Lost, g.Lost)
	agree(t, "unknown by group", c.LostUnknown, g.LostUnknown)
	agree(t, "duplicated by group", c.Duplicated, g.Duplicated)
	agree(t, "reordered by group", c.Reordered, g.Reordered)
	agree(t, "missed by group", c.Missed, g.Missed)
}

// The seconds add up to the whole.
func (f files) seconds(t *testing.T) {
	c := f.result.Counts
	agree(t, "due", c.Attempted+c.Unsent, f.timeline.sum("due"))
	agree(t, "attempted", c.Attempted, f.timeline.sum("written"))
	agree(t, "acknowledged", c.Acknowledged, f.timeline.sum("acknowledged"))
	agree(t, "unsent", c.Unsent, f.timeline.sum("unsent"))
	agree(t, "delivered", c.Delivered, f.timeline.sum("delivered"))
	agree(t, "duplicated", c.Duplicated, f.timeline.sum("duplicated"))
}

// Each message that did not fare as it should has a row, in total and by injection.
func (f files) oddities(t *testing.T) {
	c := f.result.Counts
	for kind, n := range map[check.AnomalyKind]uint64{
		check.AnomalyLost: c.Lost, check.AnomalyDuplicated: c.Duplicated, check.AnomalyReordered: c.Reordered,
		check.AnomalyPhantom: c.Phantom, check.AnomalyRefused: c.RefusedDelivered,
	} {
		agree(t, string(kind), n, uint64(len(f.anomalies.where("kind", string(kind)))))
	}
	for n, i := range f.result.Injections {
		if i.Lost == 0 || i.Duplicated == 0 || i.Reordered == 0 {
			t.Errorf("nothing was put to the account of the fault: %+v", i)
		}
		of := f.anomalies.where("injection", strconv.Itoa(n+1))
		agree(t, "lost by injection", i.Lost, uint64(len(of.where("kind", string(check.AnomalyLost)))))
		agree(t, "duplicated by injection", i.Duplicated, uint64(len(of.where("kind", string(check.AnomalyDuplicated)))))
		agree(t, "reordered by injection", i.Reordered, uint64(len(of.where("kind", string(check.AnomalyReordered)))))
	}
}

// Each client that was hit has a row, and the quantiles are those of the rows.
func (f files) clients(t *testing.T) {
	agree(t, "injections", 1, uint64(len(f.result.Injections)))
	for n, i := range f.result.Injections {
		hit := f.failover.where("injection", strconv.Itoa(n+1))
		back := hit.numbers("resume_ns")
		agree(t, "affected", uint64(i.Clients.Affected), uint64(len(hit)))
		// One that was down when the fault came is neither of the two.
		if all := f.result.Workload.Publishers + f.result.Workload.Subscribers; len(hit)+i.Bystanders.Count > all {
			t.Errorf("%d clients hit and %d bystanders, of %d", len(hit), i.Bystanders.Count, all)
		}
		agree(t, "resumed", uint64(i.Clients.Resumed), uint64(len(back)))
		agree(t, "never resumed", uint64(i.Clients.NeverResumed), uint64(len(hit)-len(back)))
		if i.Clients.NeverResumed == 0 {
			agree(t, "the last one back", uint64(i.T100), hit.most("resume_ns"))
			agree(t, "the longest resume", uint64(i.Resume.Max), hit.most("resume_ns"))
		}
		slices.Sort(back)
		if half := (len(hit) + 1) / 2; half > 0 && half <= len(back) {
			agree(t, "half of them back", uint64(i.T50), back[half-1])
		}
		for _, row := range hit {
			found, connected, served := sheet{row}.most("detect_ns"), sheet{row}.most("reconnect_ns"), sheet{row}.most("resume_ns")
			if row["resume_ns"] != "" && (found > connected || connected > served) {
				t.Errorf("out of order: %v", row)
			}
		}
	}
}

// The windows add up to the messages, and each percentile lies where the distribution has it.
func (f files) samples(t *testing.T) {
	c := f.result.Counts
	for metric, n := range map[history.Metric]uint64{
		history.PublishDelay: c.Attempted, history.PublishLatency: c.Acknowledged,
		history.EndToEnd: c.Delivered, history.Service: c.Delivered,
	} {
		of := func(window string) sheet { return f.latency.where("metric", string(metric), "window", window) }
		parts := of("before").most("total_count") + of("during").most("total_count") + of("after").most("total_count")
		agree(t, string(metric)+" by window", of(check.All).most("total_count"), parts)
		agree(t, string(metric), n, parts+of("warmup").most("total_count"))
		for _, w := range []string{"before", "during", "after"} {
			percentiles(t, f.result.Windows[w][string(metric)], of(w))
		}
		percentiles(t, f.result.Latency[string(metric)], of(check.All))
	}
}

func percentiles(t *testing.T, d reports.Distribution, rows sheet) {
	t.Helper()
	agree(t, "samples", uint64(d.Count), rows.most("total_count"))
	for q, v := range map[float64]uint64{0.5: uint64(d.P50), 0.9: uint64(d.P90), 0.99: uint64(d.P99), 0.999: uint64(d.P999)} {
		rank := uint64(math.Ceil(q*float64(d.Count) - 1e-9))
		low, high := uint64(0), uint64(0)
		for n, total := range rows.numbers("total_count") {
			value := rows.numbers("value_ns")[n]
			if total < rank {
				low = value
			} else if high == 0 {
				high = value
			}
		}
		if v < low || v > high {
			t.Errorf("the %v-quantile of %d is %d, and between %d and %d in the distribution", q, d.Count, v, low, high)
		}
	}
}
