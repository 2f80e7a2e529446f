package compare

import (
	"io"
	"math"
	"strconv"

	"github.com/mqbench/mqbench/reports"
)

// WriteCSV writes every figure of every variant, with its difference from the first one: a row each, in the unit that it
// names. An empty cell is what does not exist; inf is a client that was never served again.
func (s *Comparison) WriteCSV(w io.Writer) error {
	header := []string{
		"figure", "unit", "variant", "runs", "known", "median", "low", "high", "confidence", "least", "most", "compared_with", "ratio",
		"ratio_low", "ratio_high", "p", "p_adjusted", "real",
	}
	return reports.WriteCSV(w, "comparison.csv", header, func(yield func([]string) bool) {
		for _, row := range s.Outcome.Compared.Rows {
			for n, sample := range row.Samples {
				if !yield(s.csvRow(row, n, sample)) {
					return
				}
			}
		}
	})
}

func (s *Comparison) csvRow(row Row, n int, sample Sample) []string {
	line := []string{
		row.Figure, string(row.Unit), reports.Cell(s.Variants[n].Name), strconv.Itoa(len(sample.Values)), strconv.Itoa(sample.Known),
	}
	low, high, confidence, ok := sample.Interval()
	least, most := math.NaN(), math.NaN()
	for _, v := range sample.known() {
		if !(least <= v) {
			least = v
		}
		if !(most >= v) {
			most = v
		}
	}
	line = append(line, figure(float64(sample.Median)))
	if ok {
		line = append(line, figure(low), figure(high), figure(confidence))
	} else {
		line = append(line, "", "", "")
	}
	line = append(line, figure(least), figure(most))
	d, ok := row.Between(0, n)
	if n == 0 || !ok {
		return append(line, "", "", "", "", "", "", "")
	}
	return append(line, reports.Cell(s.Variants[0].Name), figure(float64(d.Ratio)), figure(float64(d.RatioLow)), figure(float64(d.RatioHigh)),
		figure(d.P), figure(d.Adjusted), strconv.FormatBool(d.Real))
}

// figure is a number of a cell; one that does not exist leaves it empty.
func figure(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case math.IsInf(v, 1):
		return "inf"
	default:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
}
