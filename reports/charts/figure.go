package charts

import (
	"html/template"
	"math"
	"slices"
	"strconv"
)

// Sizes in CSS pixels. wide and narrow are the widths of a plot for which texts are arranged in advance: what would
// collide on a narrow one is shown on wide ones only.
const (
	wide      = 760
	narrow    = 300
	character = 6.3
	textLine  = 13
	laneTop   = 15
)

// A figure is one chart in the making. Its SVG has no coordinates of its own: horizontal places are parts of its width,
// vertical ones are pixels; only the curves are in a nested one that is stretched.
type figure struct {
	markup
	set         *Set
	id          string
	data        chartData
	top, height float64
}

// figure begins a chart: everything above its plot.
func (s *Set) figure(c Caption, axis, kind string) *figure { return s.figureOf("chart", c, axis, kind) }

// figureOf is a figure of a class of its own.
func (s *Set) figureOf(class string, c Caption, axis, kind string) *figure {
	id := "chart-" + strconv.Itoa(len(s.charts)+1)
	f := &figure{set: s, id: id, data: chartData{ID: id, Group: id, Kind: kind}, top: 6}
	s.charts = append(s.charts, f.data) // takes the number; finish has the rest
	f.open("figure", "class", class, "id", id)
	f.open("figcaption", "id", id+"-title")
	f.element("span", c.Title, "class", "chart-title")
	if axis != "" {
		f.text(" ")
		f.element("span", axis, "class", "chart-axis")
	}
	f.close("figcaption")
	f.note(c.Note)
	f.element("p", c.Description, "class", "chart-description", "id", id+"-description", "hidden", "hidden")
	return f
}

func (f *figure) note(text string) {
	if text != "" {
		f.element("p", text, "class", "chart-note")
	}
}

// noteBelow says where values are that a logarithmic axis has no place for.
func (f *figure) noteBelow(s scale, all [][]float64) {
	below := func(v float64) bool { return drawable(v) && v < s.lo }
	if s.log && slices.ContainsFunc(all, func(vs []float64) bool { return slices.ContainsFunc(vs, below) }) {
		f.note("Values of 0 lie on the lower edge.")
	}
}

// A key is an entry of a legend.
type key struct {
	name, note string
	style      int
	area       bool
	solid      bool // a line without its dashes
}

// legend lists the series: names, and what is to be said of each. With the script, an entry hides and shows its series,
// and says the value at the cursor.
func (f *figure) legend(keys []key) {
	f.open("ul", "class", "chart-legend")
	for i, k := range keys {
		f.open("li")
		f.open("button", "type", "button", "disabled", "disabled", "aria-pressed", "true", "data-series", strconv.Itoa(i))
		f.open("svg", "class", "chart-swatch", "width", "24", "height", "10", "aria-hidden", "true")
		if k.area {
			f.leaf("rect", "class", "chart-area "+colourClass(k.style), "fill", colour(k.style), "width", "12", "height", "10", "x", "6")
		} else {
			f.leaf("path", append(stroke(k.style, k.solid), "d", "M1 5h22")...)
		}
		f.close("svg")
		f.element("bdi", k.name, "class", "chart-name")
		f.close("button")
		f.element("span", k.note, "class", "chart-value")
		f.close("li")
	}
	f.close("ul")
}

// plot begins the SVG of a chart whose plot is height pixels high; bottom is the room below it.
func (f *figure) plot(height, bottom float64) {
	f.height = height
	f.open("div", "class", "chart-plot")
	f.open("svg", "class", "chart-svg", "width", "100%", "height", number(f.top+height+bottom), "overflow", "visible", "role", "img",
		"aria-labelledby", f.id+"-title", "aria-describedby", f.id+"-description", "font-size", "11",
		"data-top", number(f.top), "data-height", number(height))
}

// finish ends a chart.
func (f *figure) finish() template.HTML {
	f.close("svg")
	f.close("div")
	f.close("figure")
	f.set.charts[slices.IndexFunc(f.set.charts, func(c chartData) bool { return c.ID == f.id })] = f.data
	return f.html()
}

// curves begins the stretched part of the plot; it is a little higher than the plot so that lines at its edges are whole.
func (f *figure) curves() {
	const margin = 2
	f.open("svg", "class", "chart-curves", "y", number(f.top-margin), "width", "100%", "height", number(f.height+2*margin),
		"viewBox", "0 "+number(-margin*plotTenths)+" "+strconv.Itoa(plotWidth)+" "+number((f.height+2*margin)*plotTenths),
		"preserveAspectRatio", "none")
}

// y is the vertical place of a value in the stretched part.
func (f *figure) y(s scale, v float64) int64 {
	return int64(math.Round((1 - s.at(v)) * f.height * plotTenths))
}

// x is the horizontal place of a value in the stretched part.
func x(s scale, v float64) int64 { return int64(math.Round(s.at(v) * plotWidth)) }

// yAxis draws the grid and writes its values on the left.
func (f *figure) yAxis(s scale) {
	const apart = 32
	for _, v := range s.ticks(max(int(f.height/apart), 2)) {
		at := number(f.top + (1-s.at(v))*f.height)
		f.leaf("line", "class", "chart-grid", "stroke", "#888", "stroke-opacity", ".3", "x2", "100%", "y1", at, "y2", at)
		f.element("text", label(s.unit, v), "class", "chart-tick", "x", "0", "dx", "-8", "y", at, "dy", ".35em", "text-anchor", "end")
	}
}

// A tick is a labelled place on a horizontal axis.
type tick struct {
	at    float64 // from 0 to 1
	label string
	minor bool // only where there is room
}

func ticksOf(s scale, n int) []tick {
	values := s.ticks(n)
	ticks := make([]tick, len(values))
	for i, v := range values {
		ticks[i] = tick{at: s.at(v), label: label(s.unit, v), minor: len(values) > 4 && s.odd(values, i)}
	}
	return ticks
}

// odd says whether a tick is one of those that may be left out: every second one, but never 0 nor a power of ten.
func (s scale) odd(values []float64, i int) bool {
	if s.log {
		e := math.Log10(values[i])
		return math.Abs(e-math.Round(e)) > 1e-9
	}
	step := values[1] - values[0]
	return math.Mod(math.Round(math.Abs(values[i]/step)), 2) == 1
}

// xAxis writes the values of the horizontal axis below the plot.
func (f *figure) xAxis(ticks []tick) {
	bottom := f.top + f.height
	f.leaf("line", "class", "chart-base", "stroke", "#888", "x2", "100%", "y1", number(bottom), "y2", number(bottom))
	f.open("g", "class", "chart-x")
	for _, t := range ticks {
		class := "chart-tick"
		if t.minor {
			class += " chart-wide"
		}
		f.leaf("line", "class", "chart-base", "stroke", "#888", "x1", percent(t.at), "x2", percent(t.at),
			"y1", number(bottom), "y2", number(bottom+4))
		f.element("text", t.label, "class", class, "x", percent(t.at), "y", number(bottom+16), "text-anchor", "middle")
	}
	f.close("g")
}

// nothing is the plot of a chart without values.
func (f *figure) nothing() template.HTML {
	f.data.Kind = "none"
	f.plot(30, 0)
	f.empty()
	return f.finish()
}

// empty says that there is nothing to draw.
func (f *figure) empty() {
	f.element("text", "no samples", "class", "chart-empty", "x", "50%", "y", number(f.top+f.height/2), "text-anchor", "middle")
}

// A name is written behind the end of its line.
type name struct {
	text   string
	style  int
	series int
	y      float64 // pixels from the top of the plot
}

// names writes names on the right of the plot, one below the other, as near to their lines as there is room.
func (f *figure) names(names []name) {
	const most = 17
	slices.SortStableFunc(names, func(a, b name) int { return int(math.Round(a.y - b.y)) })
	if room := int(f.height/textLine) + 1; len(names) > room {
		return // the legend has them
	}
	for i := range names {
		if i > 0 {
			names[i].y = max(names[i].y, names[i-1].y+textLine)
		}
	}
	limit := f.height
	for i := len(names) - 1; i >= 0; i-- {
		names[i].y = min(names[i].y, limit)
		limit = names[i].y - textLine
	}
	for _, n := range names {
		f.element("text", cut(n.text, most), "class", "chart-label chart-wide "+colourClass(n.style), "fill", colour(n.style),
			"x", "100%", "dx", "8", "y", number(f.top+n.y), "dy", ".35em", "data-series", strconv.Itoa(n.series))
	}
}
