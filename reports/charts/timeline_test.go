package charts_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/charts"
)

// drawn is the d attribute of the only line of a chart.
func drawn(t *testing.T, html string) string {
	t.Helper()
	found := regexp.MustCompile(`class="chart-line [^>]* d="([^"]+)"`).FindAllStringSubmatch(html[strings.Index(html, "chart-plot"):], -1)
	if len(found) != 1 {
		t.Fatalf("%d lines, want 1", len(found))
	}
	return found[0][1]
}

// TestTimelineOfGaps holds that every sample is a point of the line, that a gap breaks it, and that a sample between two
// gaps can be seen.
func TestTimelineOfGaps(t *testing.T) {
	var set charts.Set
	nan := math.NaN()
	ys := []float64{1, 2, nan, 3, math.Inf(1), 4, 5, 0}
	xs := make([]time.Duration, len(ys))
	for i := range xs {
		xs[i] = time.Duration(i+1) * time.Second
	}
	html := string(set.Timeline(charts.Timeline{
		Span: charts.Span{Ended: 10 * time.Second}, X: xs, Series: []charts.Series{{Name: "a", Y: ys}},
	}))
	line := drawn(t, html)
	if moves, points := strings.Count(line, "M"), strings.Count(line, "M")+strings.Count(line, "l"); moves != 2 || points != 5 {
		t.Errorf("%d parts with %d points, want 2 with 5: %s", moves, points, line)
	}
	if got := strings.Count(html, "h0"); got != 1 {
		t.Errorf("%d single samples, want 1", got)
	}
}

// TestRestlessLine holds that a line that goes up and down all the time is drawn without dashes, in the chart as in its
// legend, and a calm one with them.
func TestRestlessLine(t *testing.T) {
	xs := make([]time.Duration, 1000)
	calm, restless := make([]float64, len(xs)), make([]float64, len(xs))
	for i := range xs {
		xs[i], calm[i], restless[i] = time.Duration(i)*time.Second, float64(i), float64(i%2)*1000
	}
	for name, c := range map[string]struct {
		ys   []float64
		want int
	}{"calm": {calm, 2}, "restless": {restless, 0}} {
		var set charts.Set
		html := string(set.Timeline(charts.Timeline{Span: charts.Span{Ended: 1000 * time.Second}, X: xs, Series: []charts.Series{{Style: 2, Y: c.ys}}}))
		if got := strings.Count(html, "stroke-dasharray"); got != c.want {
			t.Errorf("%s: %d dashed lines, want %d", name, got, c.want)
		}
	}
}
