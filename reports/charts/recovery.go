package charts

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"
)

// A Recovery shows how clients came back after a fault: over the time since it began, the part of the affected clients
// that were back by then. A curve that does not reach 100 % is of clients that never came.
type Recovery struct {
	Caption
	Series []Recovered
	// Until is where the axis ends at least; 0: with the last client.
	Until time.Duration
	// Height of the plot in pixels; 0: 220.
	Height int
}

// Recovered is one curve of a [Recovery], such as a phase, a fault or a broker.
type Recovered struct {
	Name, Note string
	Style      int
	// Affected is how many clients are the 100 %. Times are of those that came back, since the fault began; negative ones
	// never did.
	Affected int
	Times    []time.Duration
	// Marks are written beside the curve.
	Marks []Mark
}

// Recovery draws one.
func (s *Set) Recovery(r Recovery) template.HTML {
	f := s.figure(r.Caption, "of the affected clients", "step")
	horizontal := scale{hi: float64(r.Until), unit: Nanoseconds}
	curves := make([][]float64, len(r.Series))
	keys := make([]key, len(r.Series))
	for i, series := range r.Series {
		curves[i] = cameBack(series)
		if n := len(curves[i]); n > 0 {
			horizontal.hi = max(horizontal.hi, curves[i][n-1]*1.02)
		}
		keys[i] = key{name: series.Name, note: orText(series.Note, backNote(series, len(curves[i]))), style: styleOf(series.Style, i)}
	}
	if horizontal.hi <= 0 {
		horizontal.hi = second
	}
	f.data.X, f.data.Zoom = horizontal.data(), true
	f.legend(keys)
	if !slices.ContainsFunc(r.Series, func(r Recovered) bool { return r.Affected > 0 }) {
		return f.nothing()
	}
	f.plot(float64(orElse(r.Height, 220)), 24)
	value := scale{hi: 1, unit: Share}
	f.yAxis(value)
	f.curves()
	var names []name
	for i, series := range r.Series {
		if series.Affected <= 0 {
			f.data.Of = append(f.data.Of, seriesData{Name: plain(series.Name), X: s.share(nil)})
			continue
		}
		xs, back := steps(curves[i], horizontal)
		ys := make([]float64, len(back))
		for k, n := range back {
			ys[k] = n / float64(series.Affected)
		}
		// The last count stands to the right edge.
		f.line(i, keys[i], horizontal, value, append(slices.Clone(xs), horizontal.hi),
			Reduced{Series: Series{Y: append(slices.Clone(ys), ys[len(ys)-1]), Step: true}})
		f.data.Of = append(f.data.Of, seriesData{Name: plain(series.Name), X: s.share(xs), Y: back, Of: series.Affected})
		f.marks(i, keys[i].style, series, curves[i], horizontal, value)
		names = append(names, name{series.Name, keys[i].style, i, (1 - ys[len(ys)-1]) * f.height})
	}
	f.close("svg")
	for i, series := range r.Series {
		f.markNames(i, series, curves[i], horizontal, value)
	}
	f.xAxis(ticksOf(horizontal, 8))
	f.names(names)
	return f.finish()
}

// cameBack are the times of those that did, in order, as far as there are affected clients.
func cameBack(r Recovered) []float64 {
	var back []float64
	for _, t := range r.Times {
		if t >= 0 {
			back = append(back, float64(t))
		}
	}
	slices.Sort(back)
	return back[:min(len(back), max(r.Affected, 0))]
}

func backNote(r Recovered, back int) string {
	if r.Affected <= 0 {
		return "no client was affected"
	}
	return fmt.Sprintf("%d of %d back", back, r.Affected)
}

func orText(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// steps are the points of a curve: at each time, how many are back. Times nearer to one another than a two-thousandth of
// the axis are one step, at the last of them.
func steps(back []float64, horizontal scale) (xs, counts []float64) {
	xs, counts = []float64{0}, []float64{0}
	const fine = plotWidth / 2000
	for i, t := range back {
		n := len(xs) - 1
		if xs[n] == t || n > 0 && x(horizontal, t)/fine == x(horizontal, xs[n])/fine {
			xs[n], counts[n] = t, float64(i+1)
			continue
		}
		xs, counts = append(xs, t), append(counts, float64(i+1))
	}
	return xs, counts
}

// backAt is the part of the affected clients that are back at a time.
func backAt(r Recovered, back []float64, at time.Duration) float64 {
	n, _ := slices.BinarySearchFunc(back, float64(at), func(t, at float64) int {
		if t <= at {
			return -1
		}
		return 1
	})
	return float64(n) / float64(r.Affected)
}

func (f *figure) marks(series, style int, r Recovered, back []float64, horizontal, value scale) {
	var dots path
	for _, m := range r.Marks {
		if m.At >= 0 {
			dots.dot(x(horizontal, float64(m.At)), f.y(value, backAt(r, back, m.At)))
		}
	}
	if len(dots.d) > 0 {
		f.open("g", "data-series", strconv.Itoa(series))
		f.dots(style, dots)
		f.close("g")
	}
}

// A markName is what stands beside a mark, or beside several that are too near to one another for names of their own.
type markName struct {
	text  string
	at, y float64 // from 0 to 1, and pixels
}

// markNames writes the names of the marks of a curve: as they have room on wide plots, and as on narrow ones.
func (f *figure) markNames(series int, r Recovered, back []float64, horizontal, value scale) {
	if r.Affected <= 0 {
		return
	}
	var marks []markName
	for _, m := range r.Marks {
		if m.At >= 0 {
			y := f.top + (1-value.at(backAt(r, back, m.At)))*f.height
			marks = append(marks, markName{cut(m.Name, 12), horizontal.at(float64(m.At)), y})
		}
	}
	onWide, onNarrow := joined(marks, wide), joined(marks, narrow)
	if slices.Equal(onWide, onNarrow) {
		f.writeMarks(series, onWide, "", "")
		return
	}
	f.writeMarks(series, onWide, " chart-wide", "")
	f.writeMarks(series, onNarrow, " chart-narrow", "none")
}

// joined are marks of which those that would lie on one another on a plot of a width have one name.
func joined(marks []markName, width float64) []markName {
	var all []markName
	for _, m := range marks {
		if n := len(all) - 1; n >= 0 {
			last := &all[n]
			if (m.at-last.at)*width < float64(len([]rune(last.text))+1)*character && math.Abs(m.y-last.y) < textLine {
				last.text += " " + m.text
				continue
			}
		}
		all = append(all, m)
	}
	return all
}

func (f *figure) writeMarks(series int, marks []markName, only, display string) {
	for _, m := range marks {
		anchor, dx := "start", "7"
		if m.at > 0.8 {
			anchor, dx = "end", "-7"
		}
		f.element("text", m.text, "class", "chart-mark"+only, "x", percent(m.at), "dx", dx, "text-anchor", anchor,
			"y", number(m.y), "dy", "1.1em", "display", display,
			"data-at", strconv.FormatFloat(m.at, 'f', 6, 64), "data-series", strconv.Itoa(series))
	}
}
