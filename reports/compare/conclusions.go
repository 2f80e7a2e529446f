package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// Headlines are the figures of which a comparison speaks first, as far as any side has them: what went wrong, how long it
// took to come back, how fast it was before, and what it cost.
func Headlines(c Statistics) []Row {
	names := []string{
		"lost", "duplicated", "failover.p99", "failover.never", scenarios.UnavailabilityGap, "end_to_end.p50 before faults",
		"end_to_end.p99 before faults", "publish.p99 before faults", "end_to_end.p50", "end_to_end.p99", "publish.p99",
		scenarios.DeliveredRate, scenarios.BrokerCPUPerMessage, scenarios.BrokerMemory, scenarios.BrokerMemoryPerConnection,
	}
	var rows []Row
	for _, name := range names {
		n := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Figure == name })
		before := slices.ContainsFunc(rows, func(r Row) bool { return r.Figure == name+" before faults" })
		if n < 0 || before || !slices.ContainsFunc(c.Rows[n].Samples, func(s Sample) bool { return s.Known > 0 }) {
			continue
		}
		rows = append(rows, c.Rows[n])
	}
	return rows
}

// Conclude compares the variants by the runs that were measured to their end, which results holds by variant.
func (s *Comparison) Conclude(results [][]*reports.Result, rankAnyway bool) {
	sides := make([]Side, len(s.Variants))
	for i, v := range s.Variants {
		sides[i] = Side{Name: v.Name, Results: results[i]}
	}
	figures, left := alike(sides)
	o := &Outcome{Compared: Sides(sides, Options{Figures: figures}), Traits: Fairness(s.Variants, results), RankAnyway: rankAnyway}
	for _, t := range o.Traits {
		if t.Bars != "" {
			o.Bars = append(o.Bars, t.Bars)
		}
	}
	o.Conclusions = slices.Concat(s.absent(), o.sufficiency(), o.sentences(), left)
	s.Outcome = o
}

// alike are the key figures that mean the same on all sides, and says what is left out. A runtime counts memory in its
// own way: of processes it is what is resident, their programs included; of containers what their control groups hold.
func alike(sides []Side) (figures []scenarios.FigureName, left []string) {
	figures = KeyFigures(sides)
	runtimes := map[string]bool{}
	for _, s := range sides {
		for _, r := range s.Results {
			runtimes[r.Topology.Runtime] = true
		}
	}
	if len(runtimes) < 2 {
		return figures, nil
	}
	figures = slices.DeleteFunc(figures, func(f scenarios.FigureName) bool {
		return f.Metric == scenarios.BrokerMemory || f.Metric == scenarios.BrokerMemoryPerConnection
	})
	return figures, []string{
		"The brokers' memory is not compared: what a process has resident and what a container holds are not counted alike.",
	}
}

// absent says which variants or runs are not compared.
func (s *Comparison) absent() []string {
	var list []string
	for i, v := range s.Variants {
		done, all := s.Count(i, Done), s.All(i)
		failed, cut, pending := s.Count(i, Failed), s.Count(i, Interrupted), s.Count(i, Pending)
		switch {
		case failed > 0 && done == 0:
			list = append(list, fmt.Sprintf("%s could not be measured in any of %s: %s.", v.Name, reports.Plural(failed, "run"), s.reason(i)))
		case failed > 0:
			list = append(list, fmt.Sprintf("%s could not be measured in %d of %s: %s.", v.Name, failed, reports.Plural(all, "run"), s.reason(i)))
		}
		if cut+pending > 0 {
			list = append(list, fmt.Sprintf("%s has %d of %s: the comparison was ended early.", v.Name, done, reports.Plural(all, "run")))
		}
	}
	return list
}

// reason is why the first failed run of a variant failed.
func (s *Comparison) reason(variant int) string {
	for _, r := range s.Runs {
		if r.Variant == variant && r.State == Failed {
			return strings.TrimSuffix(strings.TrimSpace(r.Reason), ".")
		}
	}
	return ""
}

// sufficiency says when there are too few runs for any statement about reality.
func (o *Outcome) sufficiency() []string {
	need, any := 0, false
	for _, row := range o.Compared.Rows {
		for _, d := range row.Differences {
			any = true
			if d.Enough {
				return nil
			}
			need = max(need, d.Need)
		}
	}
	if !any {
		return []string{"Nothing can be compared: fewer than two variants have a run that was measured."}
	}
	return []string{fmt.Sprintf("There are too few runs to say whether any difference is real: at least %d of each are needed.", need)}
}

// sentences say which differences of the headlines are real, and which are not.
func (o *Outcome) sentences() []string {
	var list, alike, apart []string
	for _, row := range Headlines(o.Compared) {
		if s := o.sentence(row); s != "" {
			list = append(list, s)
		} else if row.Apart() {
			apart = append(apart, FigureTitle(row))
		} else if slices.ContainsFunc(row.Differences, func(d Difference) bool { return d.Enough }) {
			alike = append(alike, FigureTitle(row))
		}
	}
	if len(apart) > 0 {
		pairs := o.pairs()
		list = append(list, fmt.Sprintf("Perhaps: in %s all runs of one variant lie beyond all runs of another; among %d pairs of figures "+
			"that were compared these are too few runs to call that real, and %d of each would be enough.", strings.Join(apart, ", "),
			pairs, Need(o.Compared.Alpha/2/float64(pairs))))
	}
	if len(alike) > 0 {
		list = append(list, "No difference could be shown in "+strings.Join(alike, ", ")+".")
	}
	return list
}

// pairs is how many differences were looked at.
func (o *Outcome) pairs() (n int) {
	for _, row := range o.Compared.Rows {
		n += len(row.Differences)
	}
	return n
}

// Apart tells that all runs of one side lie beyond all runs of another, where there are enough for that to mean something
// by itself.
func (r Row) Apart() bool {
	return slices.ContainsFunc(r.Differences, func(d Difference) bool {
		a, b := r.Samples[d.From].known(), r.Samples[d.To].known()
		return d.Enough && (slices.Max(a) < slices.Min(b) || slices.Max(b) < slices.Min(a))
	})
}

// sentence says how the sides differ in a figure; "": in nothing that could be shown. With an order the best comes first and
// is what the others are compared with, and is called best if it really is better than each of them; without an order it is
// the first side.
func (o *Outcome) sentence(row Row) string {
	order := o.order(row)
	if len(order) < 2 {
		return ""
	}
	var parts []string
	first := order[0]
	for _, other := range order[1:] {
		d, ok := row.Between(first, other)
		if ok && d.Real {
			parts = append(parts, o.difference(row, d))
		}
	}
	has := "has"
	if o.Ranked() && row.Better != scenarios.Neither {
		if has = "has the best median,"; len(parts) == len(order)-1 {
			has = "is best with"
		}
	}
	parts = append(parts, o.others(row, order[1:])...)
	if len(parts) == 0 {
		return ""
	}
	side := o.Compared.Sides[first].Name
	return fmt.Sprintf("%s: %s %s %s; %s.", FigureTitle(row), side, has, MedianText(row, first), strings.Join(parts, "; "))
}

// fewOthers is up to how many sides beside the first are compared with one another in words.
const fewOthers = 2

// others say how the sides beside the first really differ from one another: in words where they are few, else in how many
// pairs.
func (o *Outcome) others(row Row, sides []int) []string {
	var parts []string
	for i, from := range sides {
		for _, to := range sides[i+1:] {
			if d, ok := row.Between(from, to); ok && d.Real {
				parts = append(parts, o.between(d))
			}
		}
	}
	if len(sides) > fewOthers && len(parts) > 0 {
		return []string{fmt.Sprintf("%s of the others differ from one another", reports.Plural(len(parts), "pair"))}
	}
	return parts
}

// between says by how much one side differs from another: "mosquitto's is 2.1 times mochi's (95 % between 1.9 and 2.4, p =
// 0.008)".
func (o *Outcome) between(d Difference) string {
	from, to := o.Compared.Sides[d.From].Name, o.Compared.Sides[d.To].Name
	if times := Times(float64(d.Ratio)); times != "" {
		return fmt.Sprintf("%s's is %s times %s's (%s)", to, times, from, o.sure(d))
	}
	return fmt.Sprintf("%s's differs from %s's (%s)", to, from, o.sure(d))
}

// order are the sides that have the figure: the best first where they are ranked, else as they were named.
func (o *Outcome) order(row Row) []int {
	var order []int
	for n, s := range row.Samples {
		if s.Known > 0 {
			order = append(order, n)
		}
	}
	if !o.Ranked() || row.Better == scenarios.Neither {
		return order
	}
	slices.SortStableFunc(order, func(a, b int) int {
		c := cmp.Compare(row.Samples[a].Median, row.Samples[b].Median)
		if row.Better == scenarios.Higher {
			return -c
		}
		return c
	})
	return order
}

// difference says by how much a side differs from the one that it is compared with: "mosquitto's 8.6 ms is 2.1 times
// that (95 % between 1.9 and 2.4, p = 0.008)".
func (o *Outcome) difference(row Row, d Difference) string {
	text := o.Compared.Sides[d.To].Name + " has " + MedianText(row, d.To)
	if times := Times(float64(d.Ratio)); times != "" {
		text += ", " + times + " times that"
	}
	return text + " (" + o.sure(d) + ")"
}

// sure says how sure a difference is: the interval of the ratio, where there is one, and the p-value.
func (o *Outcome) sure(d Difference) string {
	p := Probability(d.Adjusted)
	low, high := Times(float64(d.RatioLow)), Times(float64(d.RatioHigh))
	if low == "" || high == "" {
		return p
	}
	return fmt.Sprintf("%.0f %% between %s and %s, %s", 100*(1-o.Compared.Alpha), low, high, p)
}

// MedianText is the median of a side.
func MedianText(row Row, side int) string {
	return reports.Quantity(float64(row.Samples[side].Median), row.Unit)
}

// FigureTitle is a figure in words: "end-to-end p99 before faults".
func FigureTitle(row Row) string {
	text := row.Title
	if row.Name.Statistic != "" {
		text += " " + row.Name.Statistic
	}
	if row.Name.Window != scenarios.WindowAll {
		text += " " + string(row.Name.Window)
	}
	return text
}

// Times is a ratio with two digits or three, "" where there is none.
func Times(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio <= 0:
		return ""
	case ratio >= 1000:
		return reports.Count(uint64(math.Round(ratio)))
	case ratio >= 100:
		return strconv.FormatFloat(ratio, 'f', 0, 64)
	case ratio >= 10:
		return strconv.FormatFloat(ratio, 'f', 1, 64)
	case ratio >= 0.1:
		return strconv.FormatFloat(ratio, 'f', 2, 64)
	default:
		return strconv.FormatFloat(ratio, 'g', 2, 64)
	}
}

// Probability is a p-value as it is read: "p = 0.008", or "p below 0.001".
func Probability(p float64) string {
	switch {
	case p < 0.001:
		return "p below 0.001"
	case p < 0.1:
		return "p = " + strconv.FormatFloat(p, 'f', 3, 64)
	default:
		return "p = " + strconv.FormatFloat(p, 'f', 2, 64)
	}
}

// Typical finds a run of each variant that stands for it, by its number in Runs; -1: there is none. It is that with the
// middle value, or the smaller of two, of the first figure of time that the variants have: their failover, or else their
// end-to-end latency.
func (c *Comparison) Typical(results [][]*reports.Result) []int {
	name := scenarios.FigureName{Metric: "end_to_end", Statistic: "p99"}
	failover := scenarios.FigureName{Metric: "failover", Statistic: "p99"}
	if slices.ContainsFunc(slices.Concat(results...), func(r *reports.Result) bool { return reports.Observe(failover, r).Known }) {
		name = failover
	}
	typical := make([]int, len(c.Variants))
	for variant := range c.Variants {
		typical[variant] = -1
		var runs []int
		for n, r := range c.Runs {
			if r.Variant == variant && r.State == Done {
				runs = append(runs, n)
			}
		}
		if len(runs) == 0 || len(runs) != len(results[variant]) {
			continue
		}
		order := make([]int, len(runs))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(Value(name, results[variant][a]), Value(name, results[variant][b])) // NaN is the least
		})
		typical[variant] = runs[order[(len(order)-1)/2]]
	}
	return typical
}
