package charts

import (
	"html/template"
	"math"
	"strconv"
	"time"
)

// A Timeline shows values over the time of a run. It is meant to stand above and below others of the same span.
type Timeline struct {
	Caption
	Span Span
	Axis Axis
	// X are the points in time of all series, since the start of the run and rising.
	X      []time.Duration
	Series []Series
	// Height of the plot in pixels; 0: 150.
	Height int
	// MaxPoints bounds what is drawn and kept of each series; 0: 3,600. Beyond it, a point stands for several samples, see
	// [Reduce], and the chart says so.
	MaxPoints int
}

// Timeline draws one.
func (s *Set) Timeline(t Timeline) template.HTML {
	t.Span = t.Span.inSight()
	reduced := Reduce(t.X, t.Series, orElse(t.MaxPoints, 3600))
	f := s.figure(t.Caption, t.Axis.Title, "nearest")
	f.note(reduced.Note())
	horizontal := t.Span.scale()
	f.data.Group, f.data.X, f.data.Zoom, f.data.Unit = t.Span.key(), horizontal.data(), true, t.Axis.Unit
	value := valueScale(t.Axis, reduced.all()...)
	f.noteBelow(value, reduced.all())
	keys := make([]key, len(t.Series))
	for i, series := range t.Series {
		keys[i] = key{name: series.Name, note: series.Note, style: styleOf(series.Style, i), solid: restless(reduced.Series[i].Y, value)}
	}
	f.legend(keys)
	f.span(t.Span)
	f.plot(float64(orElse(t.Height, 150)), 24)
	if value.any {
		f.yAxis(value)
	}
	f.curves()
	f.stretches(t.Span, horizontal)
	place := s.share(reduced.X)
	var names []name
	for i, series := range reduced.Series {
		f.line(i, keys[i], horizontal, value, reduced.X, series)
		f.data.Of = append(f.data.Of, seriesData{Name: plain(series.Name), X: place, Y: series.Y, Low: series.Low, High: series.High})
		if last, any := lastOf(series.Y); any {
			names = append(names, name{series.Name, keys[i].style, i, (1 - value.at(last)) * f.height})
		}
	}
	f.close("svg")
	f.stretchNames(t.Span, horizontal)
	f.xAxis(ticksOf(horizontal, 8))
	if !value.any {
		f.empty()
	}
	f.names(names)
	return f.finish()
}

// line draws one series, and the band between its lowest and highest samples where its points stand for several.
func (f *figure) line(number int, k key, horizontal, vertical scale, xs []float64, s Reduced) {
	var line, dots, band path
	for _, r := range runs(s.Y, len(xs)) {
		if r.to-r.from == 1 {
			dots.dot(x(horizontal, xs[r.from]), f.y(vertical, s.Y[r.from]))
			continue
		}
		for i := r.from; i < r.to; i++ {
			if s.Step {
				line.step(x(horizontal, xs[i]), f.y(vertical, s.Y[i]))
			} else {
				line.to(x(horizontal, xs[i]), f.y(vertical, s.Y[i]))
			}
		}
		line.gap()
		if s.Low == nil {
			continue
		}
		for i := r.from; i < r.to; i++ {
			band.to(x(horizontal, xs[i]), f.y(vertical, s.High[i]))
		}
		for i := r.to - 1; i >= r.from; i-- {
			band.to(x(horizontal, xs[i]), f.y(vertical, s.Low[i]))
		}
		band.shut()
	}
	f.open("g", "data-series", strconv.Itoa(number))
	if len(band.d) > 0 {
		f.leaf("path", "class", "chart-band "+colourClass(k.style), "fill", colour(k.style), "fill-opacity", ".3", "d", band.String())
	}
	if len(line.d) > 0 {
		f.leaf("path", append(stroke(k.style, k.solid), "d", line.String())...)
	}
	if len(dots.d) > 0 {
		f.dots(k.style, dots)
	}
	f.close("g")
}

// restless says whether a line goes up and down so much that its dashes could not be seen; drawing them takes browsers long.
func restless(ys []float64, vertical scale) bool {
	const heights = 40
	way, last := 0.0, math.NaN()
	for _, v := range ys {
		if drawable(v) && drawable(last) {
			way += math.Abs(vertical.at(v) - vertical.at(last))
		}
		last = v
	}
	return way > heights
}

// dots draws points: lines of no length with round ends, which stay round in a stretched plot.
func (f *figure) dots(style int, p path) {
	f.leaf("path", "class", "chart-dots "+colourClass(style), "stroke", colour(style), "stroke-width", "5", "stroke-linecap", "round",
		"fill", "none", "vector-effect", "non-scaling-stroke", "d", p.String())
}

// A run is a stretch of samples without a gap, from the first up to and without the last index.
type run struct{ from, to int }

func runs(ys []float64, n int) []run {
	var found []run
	from := -1
	for i := range min(n, len(ys)) {
		switch {
		case drawable(ys[i]) && from < 0:
			from = i
		case !drawable(ys[i]) && from >= 0:
			found = append(found, run{from, i})
			from = -1
		}
	}
	if from >= 0 {
		found = append(found, run{from, min(n, len(ys))})
	}
	return found
}

func lastOf(ys []float64) (last float64, any bool) {
	for i := len(ys) - 1; i >= 0; i-- {
		if drawable(ys[i]) {
			return ys[i], true
		}
	}
	return math.NaN(), false
}

func orElse(v, otherwise int) int {
	if v > 0 {
		return v
	}
	return otherwise
}
