// Package charts draws the charts of HTML pages as SVG: complete and labelled without any script, in light and dark, on
// paper and at every width. One small script adds a cursor with exact values, zoom, and hiding of series.
//
// It owns the drawing, the colours of series, the way in which axes and values are written, and the script. It knows
// nothing of runs and results: who draws decides what a chart says. It is a leaf: it imports nothing of ours, and
// reports/page and what is built like it import it.
//
// A page makes one [Set], asks it for its charts, and puts [CSS] into its head, and [Set.Data] and [Script] behind the last
// chart. Every text that is handed in is escaped here. Texts of a chart never scale with it: only the curves do, so that
// a chart reads the same at 390 and at 1,280 pixels.
package charts

import (
	_ "embed"
	"html/template"
	"strings"
	"time"
)

//go:embed charts.css
var style string

// The script is in parts, in this order; they share one scope.
var (
	//go:embed script/values.js
	scriptValues string
	//go:embed script/places.js
	scriptPlaces string
	//go:embed script/elements.js
	scriptElements string
	//go:embed script/chart.js
	scriptChart string
	//go:embed script/start.js
	scriptStart string
)

// CSS is the style sheet that the charts of a page need, once. A page may set the custom properties --chart-… itself.
func CSS() template.CSS { return template.CSS(style) }

// Script is what makes charts answer to pointer and keyboard; it goes behind the last chart and [Set.Data]. Without it,
// the charts are complete.
func Script() template.JS {
	parts := []string{`(() => { "use strict";`, scriptValues, scriptPlaces, scriptElements, scriptChart, scriptStart, "})();"}
	return template.JS(strings.Join(parts, "\n"))
}

// A Set is the charts of one page: it numbers them and gathers the values that their cursor shows. The zero value is an
// empty set. It is for one goroutine.
type Set struct {
	charts []chartData
	xs     [][]float64
	known  map[uint64][]int
}

// A Caption is what every chart says about itself.
type Caption struct {
	Title string
	// Description is one sentence for those who do not see the chart: what is on it, and what it shows.
	Description string
	// Note is a line of small print below the title; it may be empty.
	Note string
}

// An Axis is the one along which values are read. Its range covers all values; a linear one begins at 0.
type Axis struct {
	// Title is what is measured, such as "messages per second".
	Title string
	Unit  Unit
	// Log makes the axis logarithmic. A value of 0 or less lies on its lower edge, and the chart says so.
	Log bool
}

// A Series is one line over the points in time of its chart.
type Series struct {
	Name string
	// Note stands below the name as long as there is no cursor, such as "mean 998/s".
	Note string
	// Style is the colour and the dashes, from 1; 0 takes the place of the series in its chart. What appears in several
	// charts of a page, such as a broker, has the same style in all.
	Style int
	// Y has one value per point in time. NaN and infinities are gaps: there the line is broken.
	Y []float64
	// Step draws a value as standing until the next one.
	Step bool
}

// A Fault is a stretch of time that is shaded and numbered. One that ended before it began lasts to the end of its span.
type Fault struct {
	Number       int
	Name         string
	Began, Ended time.Duration
}

// A Phase is a part of a run, such as its warm-up.
type Phase struct {
	Name         string
	Began, Ended time.Duration
}

// A Span is the stretch of time that several charts show one above the other. Charts of equal Name and range share their
// cursor and their zoom.
type Span struct {
	Name         string
	Began, Ended time.Duration
	Faults       []Fault
	Phases       []Phase
}

// A Mark is a named point of a curve, such as t90. A negative time is one that was never reached, and is not drawn.
type Mark struct {
	Name string
	At   time.Duration
}
