package charts

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
)

// A Distribution shows how values spread: a row of dots for each sample of up to [dotsMost] values, bars of their counts
// beyond. All rows have the same axis, and bars the same scale: parts of their sample.
type Distribution struct {
	Caption
	Axis    Axis
	Samples []Sample
}

// A Sample is one row of a [Distribution].
type Sample struct {
	Name, Note string
	Style      int
	Values     []float64
	// Never counts those that got no value; they are written on the right.
	Never int
}

// dotsMost is how many values of a sample are drawn one by one.
const dotsMost = 60

// Distribution draws one.
func (s *Set) Distribution(d Distribution) template.HTML {
	const nameRoom, row, below = 16.0, 34.0, 8.0
	f := s.figureOf("chart chart-flush", d.Caption, d.Axis.Title, "nearest")
	keys := make([]key, len(d.Samples))
	lo, hi, largest := math.Inf(1), math.Inf(-1), 0
	for i, sample := range d.Samples {
		keys[i] = key{name: sample.Name, note: orText(sample.Note, sampleNote(sample)), style: styleOf(sample.Style, i), area: true}
		for _, v := range sample.Values {
			if drawable(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		largest = max(largest, len(sample.Values))
	}
	horizontal := around(d.Axis, lo, hi)
	f.data.X, f.data.Unit = horizontal.data(), d.Axis.Unit
	edges := binEdges(horizontal)
	bars := largest > dotsMost
	if bars {
		f.data.Kind, f.data.Unit = "bin", Number
	}
	f.legend(keys)
	if lo > hi {
		return f.nothing()
	}
	f.plot(float64(len(d.Samples))*(nameRoom+row+below), 24)
	top := tallest(d.Samples, edges)
	f.curves()
	for i, sample := range d.Samples {
		base := (float64(i)*(nameRoom+row+below) + nameRoom + row) * plotTenths
		f.open("g", "data-series", strconv.Itoa(i))
		if bars {
			f.bars(sample, keys[i].style, edges, horizontal, base, row*plotTenths/top)
			counts := bin(sample.Values, edges)
			f.data.Of = append(f.data.Of, seriesData{Name: plain(sample.Name), X: s.share(edges[:len(edges)-1]), Y: counts})
		} else {
			values := slices.DeleteFunc(slices.Clone(sample.Values), func(v float64) bool { return !drawable(v) })
			slices.Sort(values)
			f.strip(values, keys[i].style, horizontal, base-row*plotTenths/2)
			f.data.Of = append(f.data.Of, seriesData{Name: plain(sample.Name), X: s.share(values), Y: values})
		}
		f.close("g")
	}
	f.close("svg")
	for i, sample := range d.Samples {
		y := f.top + float64(i)*(nameRoom+row+below)
		f.element("text", cut(sample.Name, 40), "class", "chart-row", "x", "0", "y", number(y+11))
		if sample.Never > 0 {
			f.element("text", fmt.Sprintf("%d never", sample.Never), "class", "chart-never", "x", "100%", "y", number(y+11), "text-anchor", "end")
		}
		f.leaf("line", "class", "chart-grid", "stroke", "#888", "stroke-opacity", ".3", "x2", "100%",
			"y1", number(y+nameRoom+row), "y2", number(y+nameRoom+row))
	}
	f.xAxis(ticksOf(horizontal, 8))
	return f.finish()
}

func sampleNote(s Sample) string {
	if s.Never > 0 {
		return fmt.Sprintf("%d, and %d never", len(s.Values), s.Never)
	}
	return strconv.Itoa(len(s.Values))
}

// binEdges divide a scale into about fifty bins of equal width, round ones where it is linear.
func binEdges(s scale) []float64 {
	const bins = 50
	if s.log {
		edges := make([]float64, bins+1)
		for i := range edges {
			edges[i] = s.lo * math.Pow(s.hi/s.lo, float64(i)/bins)
		}
		return edges
	}
	step := niceStep(s.unit, (s.hi-s.lo)/bins)
	var edges []float64
	for i := math.Floor(s.lo / step); (i-1)*step < s.hi && len(edges) < 2*bins; i++ {
		edges = append(edges, tidy(i, step))
	}
	return edges
}

// bin counts values from each edge up to and without the next; the last bin has its upper edge.
func bin(values, edges []float64) []float64 {
	counts := make([]float64, len(edges)-1)
	for _, v := range values {
		if !drawable(v) {
			continue
		}
		i, found := slices.BinarySearch(edges, v)
		if !found {
			i--
		}
		counts[min(max(i, 0), len(counts)-1)]++
	}
	return counts
}

// tallest is the largest part of a sample in one bin.
func tallest(samples []Sample, edges []float64) float64 {
	top := 0.0
	for _, s := range samples {
		top = max(top, slices.Max(bin(s.Values, edges))/float64(max(len(s.Values), 1)))
	}
	if top == 0 {
		return 1
	}
	return top
}

// bars draws the bins of a sample, each as high as its part of the sample takes; even a single value can be seen.
func (f *figure) bars(s Sample, style int, edges []float64, horizontal scale, base, perPart float64) {
	var p path
	for i, n := range bin(s.Values, edges) {
		if n == 0 {
			continue
		}
		from, to := x(horizontal, edges[i]), x(horizontal, edges[i+1])
		height := int64(math.Round(max(n/float64(len(s.Values))*perPart, 1.5*plotTenths)))
		y := int64(base)
		p.to(from, y)
		p.to(from, y-height)
		p.to(to, y-height)
		p.to(to, y)
		p.shut()
	}
	f.leaf("path", "class", "chart-area "+colourClass(style), "fill", colour(style), "d", p.String())
}

func (f *figure) strip(values []float64, style int, horizontal scale, y float64) {
	var p path
	for _, v := range values {
		p.dot(x(horizontal, v), int64(y))
	}
	f.leaf("path", "class", "chart-dots chart-many "+colourClass(style), "stroke", colour(style),
		"stroke-width", "8", "stroke-linecap", "round", "stroke-opacity", ".6",
		"fill", "none", "vector-effect", "non-scaling-stroke", "d", p.String())
}
