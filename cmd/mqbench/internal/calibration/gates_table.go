package calibration

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aclements/go-moremath/mathx"

	"github.com/mqbench/mqbench/reports"
)

// intervalTail is what the confidence interval of a rate leaves out at each end: it holds with 95 %.
const intervalTail = 0.025

// report prints the rates, and says whether those with a goal keep to it.
func (o GateOptions) report(w io.Writer, rates []rate, took time.Duration) (kept bool, err error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%d runs of each side, %v of load each, deliveries held back for %v and %v.\n\n",
		o.Runs, o.Measure, o.Delay, time.Duration(float64(o.Delay)*o.Slower))
	table := reports.Table{
		Header: []string{"gates of", "gates", "failed", "inconclusive", "rate", "95 % interval", "goal", "kept"}, Text: []int{0, 7},
	}
	kept = true
	for _, r := range rates {
		if r.gates == 0 {
			continue
		}
		low, high := proportion(r.failed, r.gates)
		met := ""
		if r.kept != nil {
			ok := r.kept(r.share())
			kept, met = kept && ok, mark(ok)
		}
		table.Row(r.what, strconv.Itoa(r.gates), strconv.Itoa(r.failed), strconv.Itoa(r.inconclusive), percent(r.share()),
			percent(low)+" to "+percent(high), r.goal, met)
	}
	if err := table.Write(&text, pageWidth, false); err != nil {
		return false, fmt.Errorf("print the trial: %w", err)
	}
	fmt.Fprintln(&text)
	for _, r := range rates {
		if len(r.reasons) > 0 {
			fmt.Fprintf(&text, "%s: failed on %s\n", r.what, strings.Join(mostFrequent(r.reasons), ", "))
		}
		if len(r.doubts) > 0 {
			fmt.Fprintf(&text, "%s: inconclusive for %s\n", r.what, strings.Join(mostFrequent(r.doubts), ", "))
		}
	}
	verdict := "The gate keeps to what it should."
	if !kept {
		verdict = "The gate does NOT keep to what it should."
	}
	fmt.Fprintf(&text, "%s (%v)\n", verdict, took.Round(time.Second))
	if _, err := w.Write(text.Bytes()); err != nil {
		return false, fmt.Errorf("print the trial: %w", err)
	}
	return kept, nil
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// mostFrequent are the most frequent reasons with their numbers.
func mostFrequent(reasons map[string]int) []string {
	const most = 6
	names := slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	})
	var list []string
	for _, name := range names[:min(len(names), most)] {
		list = append(list, fmt.Sprintf("%s %d×", name, reasons[name]))
	}
	return list
}

// proportion is the exact confidence interval of a share of which k of n were seen (Clopper and Pearson 1934).
func proportion(k, n int) (low, high float64) {
	a, b := float64(k), float64(n-k)
	high = 1
	if k > 0 {
		low = quantile(intervalTail, a, b+1)
	}
	if k < n {
		high = quantile(1-intervalTail, a+1, b)
	}
	return low, high
}

// quantile is where the beta distribution reaches p.
func quantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; mathx.BetaInc(middle, a, b) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
