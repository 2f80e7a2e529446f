package charts

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
)

// Intervals compares figures: a row for each, and in it for each series the median as a dot, its confidence interval as
// a line, and the single runs as thin ticks. Each row has an axis of its own.
type Intervals struct {
	Caption
	// Series are the names of what is compared, such as brokers; Styles their styles, from 1.
	Series []string
	Styles []int
	Rows   []IntervalRow
}

// An IntervalRow is one figure.
type IntervalRow struct {
	// Title is the figure, and Note what is to be said of it, such as the difference and how sure it is.
	Title, Note string
	Axis        Axis
	// Of has one interval for each series, in its order.
	Of []Interval
}

// An Interval is the median of runs and its confidence interval, whose ends may be infinite when there are too few runs to
// bound it. A median or a run of infinity is "never"; what is not a number is not known.
type Interval struct {
	Median, Low, High float64
	Runs              []float64
	// Text is the median as the tables beside the chart write it; empty: to three digits.
	Text string
}

// Intervals draws them.
func (s *Set) Intervals(in Intervals) template.HTML {
	const titleRoom, line, axisRoom, gap = 20.0, 16.0, 20.0, 14.0
	f := s.figureOf("chart chart-named", in.Caption, "", "none")
	keys := make([]key, len(in.Series))
	for i, series := range in.Series {
		keys[i] = key{name: series, style: styleOf(at(in.Styles, i), i), area: true}
	}
	f.legend(keys)
	if len(in.Rows) == 0 {
		return f.nothing()
	}
	row := titleRoom + line*float64(len(in.Series)) + axisRoom + gap
	f.plot(row*float64(len(in.Rows)), 4)
	for i, r := range in.Rows {
		top := f.top + float64(i)*row
		horizontal := intervalScale(r)
		f.element("text", cut(r.Title, 44), "class", "chart-row", "x", "0", "y", number(top+13))
		f.element("text", cut(r.Note, 40), "class", "chart-row-note chart-wide", "x", "100%", "y", number(top+13), "text-anchor", "end")
		bottom := top + titleRoom + line*float64(len(in.Series))
		if horizontal.any {
			f.rowAxis(horizontal, top+titleRoom, bottom)
		}
		for k := range in.Series {
			if k < len(r.Of) {
				f.interval(k, keys[k], r.Of[k], horizontal, top+titleRoom+(float64(k)+0.5)*line)
			}
		}
	}
	return f.finish()
}

func at(styles []int, i int) int {
	if i < len(styles) {
		return styles[i]
	}
	return 0
}

func intervalScale(r IntervalRow) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, in := range r.Of {
		for _, v := range append([]float64{in.Median, in.Low, in.High}, in.Runs...) {
			if drawable(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return around(r.Axis, lo, hi)
}

func (f *figure) rowAxis(s scale, top, bottom float64) {
	for _, t := range ticksOf(s, 5) {
		f.leaf("line", "class", "chart-grid", "stroke", "#888", "stroke-opacity", ".3", "x1", percent(t.at), "x2", percent(t.at),
			"y1", number(top), "y2", number(bottom))
		class := "chart-tick"
		if t.minor {
			class += " chart-wide"
		}
		f.element("text", t.label, "class", class, "x", percent(t.at), "y", number(bottom+14), "text-anchor", "middle")
	}
}

// interval draws one: what is infinite reaches to the edge, with dashes, and what has no place on the axis is said in words.
func (f *figure) interval(series int, k key, in Interval, s scale, y float64) {
	f.open("g", "data-series", strconv.Itoa(series))
	defer f.close("g")
	f.rowName(k, y)
	if !math.IsNaN(in.Low) && !math.IsNaN(in.High) && drawable(in.Median) {
		f.whisker(k, in, s, y)
	}
	never := 0
	for _, v := range in.Runs {
		if drawable(v) {
			f.leaf("line", "class", "chart-run "+colourClass(k.style), "stroke", colour(k.style), "stroke-opacity", ".55",
				"x1", percent(s.at(v)), "x2", percent(s.at(v)), "y1", number(y-5), "y2", number(y+5))
		} else if math.IsInf(v, 1) {
			never++
		}
	}
	median := "–"
	switch {
	case drawable(in.Median):
		median = label(s.unit, round(in.Median, 3))
		f.leaf("circle", "class", "chart-median "+colourClass(k.style), "fill", colour(k.style),
			"cx", percent(s.at(in.Median)), "cy", number(y), "r", "4")
	case math.IsInf(in.Median, 1):
		median = "never"
	}
	if in.Text != "" {
		median = cut(in.Text, 12)
	}
	f.element("text", median, "class", "chart-tick chart-wide", "x", "100%", "dx", "8", "y", number(y), "dy", ".35em")
	if never > 0 {
		f.element("text", fmt.Sprintf("%d of %d never", never, len(in.Runs)), "class", "chart-never", "x", "100%", "y", number(y), "dy", ".35em",
			"text-anchor", "end")
	}
}

func (f *figure) rowName(k key, y float64) {
	write := func(text, only, display string) {
		f.element("text", text, "class", "chart-tick "+colourClass(k.style)+only, "fill", colour(k.style), "display", display,
			"x", "0", "dx", "-8", "y", number(y), "dy", ".35em", "text-anchor", "end")
	}
	onWide, onNarrow := cut(k.name, 18), cut(k.name, 12)
	if onWide == onNarrow {
		write(onWide, "", "")
		return
	}
	write(onWide, " chart-wide", "")
	write(onNarrow, " chart-narrow", "none")
}

func (f *figure) whisker(k key, in Interval, s scale, y float64) {
	low, high, open := in.Low, in.High, ""
	if !drawable(low) {
		low, open = s.lo, "3 3"
	}
	if !drawable(high) {
		high, open = s.hi, "3 3"
	}
	f.leaf("line", "class", "chart-whisker "+colourClass(k.style), "stroke", colour(k.style), "stroke-width", "2", "stroke-dasharray", open,
		"x1", percent(s.at(low)), "x2", percent(s.at(high)), "y1", number(y), "y2", number(y))
}
