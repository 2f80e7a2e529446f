package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
)

// generatorFacts say what mqbench itself used and whether it kept up.
func generatorFacts(r *reports.Result) []Fact {
	g := r.Generator
	facts := []Fact{
		{"CPU time, whole run", secondsCell(g.CPUSeconds).Text}, {"Peak memory", reports.Bytes(g.PeakRSSBytes)},
		{"Late by its own fault", reports.Count(g.Late) + " messages, by more than " + reports.Span(g.LateBound)},
	}
	if g.MeasuredSeconds > 0 {
		facts = append(facts,
			Fact{"In the measurement", reports.Span(seconds(g.MeasuredSeconds)) + " of whole seconds"},
			Fact{"Processors used", shareCell(g.CPUShare).Text + " of " + decimal(g.Processors)},
			Fact{"All of them busy", reports.Span(seconds(g.SaturatedSeconds))},
			Fact{"Throttled", secondsCell(g.ThrottledSeconds).Text},
			Fact{"Garbage collection", reports.Count(g.GCs) + " cycles, " + secondsCell(g.GCCPUSeconds).Text + ", " + shareCell(g.GCCPUShare).Text +
				" of its CPU time"},
			Fact{"Memory, begin → end", reports.Bytes(g.RSSBeganBytes) + " → " + reports.Bytes(g.RSSEndedBytes)},
			Fact{"Most heap", reports.Bytes(g.HeapPeakBytes)},
			Fact{"Connections blocked at once, at most", reports.Count(uint64(max(g.BlockedMost, 0)))})
		if g.HeapBeganBytes > 0 {
			facts = append(facts, Fact{"Least heap, first → last third", reports.Bytes(g.HeapBeganBytes) + " → " + reports.Bytes(g.HeapEndedBytes)})
		}
	} else {
		facts = append(facts, Fact{"In the measurement", "not known: the record has no whole second of it, or is older than these figures"})
	}
	if len(g.Beyond) > 0 {
		facts = append(facts, Fact{"Beyond its bounds", strings.Join(g.Beyond, ", ") + ": times cannot be judged"})
	}
	return facts
}

// waitTable holds mqbench's own waits.
func waitTable(r *reports.Result) Table {
	t := Table{Caption: "mqbench’s own waits", Columns: distributionColumns("Wait", false)}
	for _, m := range history.OwnMetrics() {
		d, there := r.Generator.Waits[string(m)]
		if !there {
			continue
		}
		name := strings.ReplaceAll(string(m), "_", " ")
		x := distributionRow(textCell(name), d, false)
		if slices.Contains(r.Generator.Beyond, name) {
			x.Verdict = "inconclusive"
			x.Cells[0].Text += " (beyond its bound)"
		}
		t.Rows = append(t.Rows, x)
	}
	t.Notes = append(t.Notes, "Shard lag: how far behind the schedule; wake lag: not running when it should (percentiles of both are parts "+
		"of time). Read lag: what is ready waits for its reader. Write blocked: a connection took no more, which is not mqbench’s doing.")
	return t
}

// machineFacts say what all processes of the machine did in the measurement.
func machineFacts(r *reports.Result) []Fact {
	m := r.Machine
	if m == nil {
		return nil
	}
	facts := []Fact{
		{"Processors", reports.Count(uint64(max(m.Cores, 0)))}, {"Busy", shareCell(m.Busy).Text}, {"by mqbench", shareCell(m.Generator).Text},
		{"by brokers", shareCell(m.Brokers).Text}, {"by others", shareCell(m.Others).Text}, {"Waiting for disks", shareCell(m.IOWait).Text},
		{"Stolen by other machines", shareCell(m.Steal).Text}, {"Saturated", reports.Span(seconds(m.SaturatedSeconds))},
		{"A thread waited for a processor", shareCell(m.Pressure).Text},
	}
	if n := m.Network; n != nil {
		facts = append(facts, Fact{"TCP", strings.Join([]string{
			reports.Count(n.QueueDrops) + " dropped from full queues", reports.Count(n.BacklogDrops) + " from full backlogs",
			reports.Count(n.Pruned) + " pruned", reports.Count(n.ZeroWindows) + " zero windows", reports.Count(n.ListenDrops) + " not accepted",
		}, ", ")})
	}
	return facts
}

// decimal writes a number with what it has behind the point, three digits at most.
func decimal(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
