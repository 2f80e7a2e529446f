package charts

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"
)

// A Heat is a strip of counts: a row for each flow or group, a column for each stretch of time. It stands below the
// timelines of its span.
type Heat struct {
	Caption
	Span Span
	// What is counted, in the plural, such as "lost messages".
	What string
	// Column is the width of a column; the first begins with the span. Columns that are too narrow
	// are added up.
	Column time.Duration
	Rows   []HeatRow
}

// A HeatRow is the counts of one row: one for each column from the first; missing ones are 0.
type HeatRow struct {
	Name   string
	Counts []uint64
}

// heatLimit bounds the bytes that the cells of a strip take in the page, heatColumns its columns. heatLevels are shades:
// each begins at ten times the count of the one before.
const (
	heatLimit   = 120_000
	heatLevels  = 5
	heatColumns = 2000
)

type heatData struct {
	Column float64  `json:"column"` // nanoseconds
	Names  []string `json:"names"`
	// Cells has for each row its counts that are not 0: pairs of the distance from the column before and the count.
	Cells []values `json:"cells"`
	What  string   `json:"what"`
}

// Heat draws one. Where its cells would take too many bytes, columns are added up until they do not, and the chart says so.
func (s *Set) Heat(h Heat) template.HTML {
	h.Span = h.Span.inSight()
	f := s.figure(h.Caption, "", "cell")
	cells, column, most := f.pack(&h)
	if column > h.Column {
		f.note("A column stands for " + span(float64(column)) + ".")
	}
	horizontal := h.Span.scale()
	f.data.Group, f.data.X, f.data.Zoom = h.Span.key(), horizontal.data(), true
	f.data.Heat = &heatData{Column: float64(column), Names: make([]string, len(h.Rows)), Cells: cells, What: plain(h.What)}
	for i, row := range h.Rows {
		f.data.Heat.Names[i] = plain(row.Name)
	}
	f.heatLegend(h.What, most)
	f.span(h.Span)
	row := heatRow(len(h.Rows))
	f.plot(max(row*float64(len(h.Rows)), 30), 24)
	f.leaf("rect", "class", "chart-floor", "fill", "#888", "fill-opacity", ".07", "y", number(f.top),
		"width", "100%", "height", number(f.height))
	f.curves()
	for level, p := range levels(h.Rows, column, horizontal, row) {
		if len(p.d) > 0 {
			f.leaf("path", "class", "chart-heat chart-h"+strconv.Itoa(level+1), "stroke", heatShade(level),
				"stroke-width", number(max(row-1, row*0.8)*plotTenths), "fill", "none", "d", p.String())
		}
	}
	f.stretches(Span{Began: h.Span.Began, Ended: h.Span.Ended, Phases: h.Span.Phases}, horizontal)
	f.close("svg")
	f.stretchNames(h.Span, horizontal)
	f.heatFaults(h.Span, horizontal)
	f.xAxis(ticksOf(horizontal, 8))
	for i, r := range h.Rows {
		if row >= 11 {
			f.element("text", cut(r.Name, 18), "class", "chart-label chart-wide", "x", "100%", "dx", "8",
				"y", number(f.top+(float64(i)+0.5)*row), "dy", ".35em")
		}
	}
	if len(h.Rows) == 0 {
		f.empty()
	}
	return f.finish()
}

// pack brings the cells to their bound by adding up columns, two at a time. Its cells are those of the data, its column
// the width that came out.
func (f *figure) pack(h *Heat) (cells []values, column time.Duration, most uint64) {
	h.Rows = slices.Clone(h.Rows)
	horizontal := h.Span.scale()
	column = max(h.Column, 1)
	for (horizontal.hi-horizontal.lo)/float64(column) > heatColumns {
		column *= 2
		for i, row := range h.Rows {
			h.Rows[i].Counts = inPairs(row.Counts)
		}
	}
	columns := int(math.Ceil((horizontal.hi - horizontal.lo) / float64(column)))
	for i, row := range h.Rows {
		h.Rows[i].Counts = row.Counts[:min(len(row.Counts), max(columns, 0))]
	}
	for {
		cells, most = sparse(h.Rows)
		size := 0
		for _, p := range levels(h.Rows, column, horizontal, 1) {
			size += len(p.d)
		}
		for _, c := range cells {
			text, err := c.MarshalJSON()
			if err == nil {
				size += len(text)
			}
		}
		longest := 0
		for _, row := range h.Rows {
			longest = max(longest, len(row.Counts))
		}
		if size <= heatLimit || longest <= 1 {
			return cells, column, most
		}
		column *= 2
		for i, row := range h.Rows {
			h.Rows[i].Counts = inPairs(row.Counts)
		}
	}
}

func inPairs(counts []uint64) []uint64 {
	pairs := make([]uint64, (len(counts)+1)/2)
	for i, n := range counts {
		pairs[i/2] += n
	}
	return pairs
}

func sparse(rows []HeatRow) (cells []values, most uint64) {
	cells = make([]values, len(rows))
	for i, row := range rows {
		last := 0
		for c, n := range row.Counts {
			if n > 0 {
				cells[i] = append(cells[i], float64(c-last), float64(n))
				last = c
				most = max(most, n)
			}
		}
	}
	return cells, most
}

// levelOf is the shade of a count, from 0.
func levelOf(n uint64) int {
	level := 0
	for n >= 10 && level < heatLevels-1 {
		n, level = n/10, level+1
	}
	return level
}

// levels are one path for each shade: a line along the middle of a row for each stretch of cells of that shade, as thick
// as the row.
func levels(rows []HeatRow, column time.Duration, horizontal scale, row float64) []path {
	paths := make([]path, heatLevels)
	at := func(c int) int64 { return x(horizontal, horizontal.lo+float64(c)*float64(column)) }
	for i, r := range rows {
		y := int64(math.Round((float64(i) + 0.5) * row * plotTenths))
		for c := 0; c < len(r.Counts); {
			n := r.Counts[c]
			if n == 0 {
				c++
				continue
			}
			from, level := c, levelOf(n)
			for c < len(r.Counts) && r.Counts[c] > 0 && levelOf(r.Counts[c]) == level {
				c++
			}
			p := &paths[level]
			p.skip(at(from), y)
			p.along(at(c))
		}
	}
	return paths
}

// heatRow is the height of a row in pixels: high enough for a name where there are few, and never too thin to see.
func heatRow(rows int) float64 {
	switch {
	case rows <= 24:
		return 16
	case rows <= 60:
		return 11
	default:
		return max(3, 660/float64(rows))
	}
}

// heatShade is the colour of a level where no style sheet is allowed; charts.css has the same, and those for a dark
// ground. Each level is darker than the one before, and the first can be seen well.
func heatShade(level int) string {
	return [heatLevels]string{"#c07f00", "#cc5218", "#a81e1e", "#750f2c", "#36051b"}[level]
}

// heatLegend shows what the shades mean, up to the one of the largest count.
func (f *figure) heatLegend(what string, most uint64) {
	f.open("ul", "class", "chart-legend")
	for level := 0; most > 0 && level <= levelOf(most); level++ {
		from := uint64(math.Round(math.Pow(10, float64(level))))
		text := digits(float64(from)) + "–" + digits(float64(from*10-1))
		if level == heatLevels-1 {
			text = digits(float64(from)) + " or more"
		}
		f.open("li", "class", "chart-shade")
		f.open("svg", "class", "chart-swatch", "width", "24", "height", "10", "aria-hidden", "true")
		f.leaf("path", "class", "chart-heat chart-h"+strconv.Itoa(level+1), "stroke", heatShade(level),
			"stroke-width", "10", "d", "M4 5h16")
		f.close("svg")
		f.element("span", text)
		f.close("li")
	}
	f.open("li", "class", "chart-shade")
	text := what + " in a cell"
	if most == 0 {
		text = "no " + what
	}
	f.element("span", text, "class", "chart-value")
	f.close("li")
	f.close("ul")
}

// heatFaults are brackets above the rows: shading would change the shades.
func (f *figure) heatFaults(s Span, horizontal scale) {
	y := number(f.top - 2)
	for _, fault := range s.Faults {
		from, to := horizontal.at(float64(fault.Began)), horizontal.at(float64(s.ended(fault.Began, fault.Ended)))
		f.leaf("line", "class", "chart-bracket", "stroke", "#b3261e", "stroke-width", "3",
			"x1", percent(from), "x2", percent(to), "y1", y, "y2", y,
			"data-from", strconv.FormatFloat(from, 'f', 6, 64), "data-to", strconv.FormatFloat(to, 'f', 6, 64))
	}
}
