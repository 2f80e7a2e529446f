package charts

import (
	"encoding/json"
	"html/template"
	"math"
	"slices"
	"strconv"
)

// A chartData is what the script has to know of a chart. Places of values on the screen are the script's affair: it has
// the range of both axes.
type chartData struct {
	ID string `json:"id"`
	// Group joins charts that share their cursor and zoom.
	Group string `json:"group"`
	// Kind is how the cursor finds values: the "nearest" sample, the last "step" before it, the "bin" it is in, the "next"
	// one after it, or the "cell" of a heat strip; "none": there is no cursor.
	Kind string `json:"kind"`
	// X is the range of the horizontal axis; Zoom allows to narrow it.
	X    scaleData    `json:"x"`
	Zoom bool         `json:"zoom,omitempty"`
	Unit Unit         `json:"unit,omitempty"`
	Of   []seriesData `json:"series,omitempty"`
	Heat *heatData    `json:"heat,omitempty"`
	// Marks are the faults and phases of the span, for the words beside the cursor.
	Faults []stretchData `json:"faults,omitempty"`
	Phases []stretchData `json:"phases,omitempty"`
}

type scaleData struct {
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
	Log  bool    `json:"log,omitempty"`
	Unit Unit    `json:"unit,omitempty"`
	// Quantile scales are logarithmic in 1/(1-q), and show q.
	Quantile bool `json:"quantile,omitempty"`
}

type seriesData struct {
	Name string `json:"name"`
	// X is the place of the points in time among those of the page.
	X int    `json:"x"`
	Y values `json:"y"`
	// Low and High are there where a point stands for several samples.
	Low  values `json:"low,omitempty"`
	High values `json:"high,omitempty"`
	// Of is the number that a value is a part of; 0: it is not.
	Of int `json:"of,omitempty"`
}

type stretchData struct {
	Name  string  `json:"name"`
	Began float64 `json:"began"`
	Ended float64 `json:"ended"`
}

// values are numbers in JSON; what is none is null.
type values []float64

// MarshalJSON writes whole numbers with all their digits.
func (vs values) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range vs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v)
	}
	return append(b, ']'), nil
}

func appendValue(b []byte, v float64) []byte {
	if !drawable(v) {
		return append(b, "null"...)
	}
	v = shown(v)
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// deltas are rising numbers in JSON: the first, then differences.
type deltas []float64

// MarshalJSON writes the first number and the steps to the others.
func (ds deltas) MarshalJSON() ([]byte, error) {
	differences := slices.Clone(ds)
	for i := 1; i < len(ds); i++ {
		differences[i] = ds[i] - ds[i-1]
	}
	return values(differences).MarshalJSON()
}

// share keeps the horizontal places of a series once per page and says where.
func (s *Set) share(xs []float64) int {
	hash := uint64(14695981039346656037)
	for _, x := range xs {
		hash = (hash ^ math.Float64bits(x)) * 1099511628211
	}
	for _, i := range s.known[hash] {
		if slices.Equal(s.xs[i], xs) {
			return i
		}
	}
	if s.known == nil {
		s.known = map[uint64][]int{}
	}
	s.xs = append(s.xs, xs)
	s.known[hash] = append(s.known[hash], len(s.xs)-1)
	return len(s.xs) - 1
}

// Data is the element with all values of the charts that were drawn, which the cursor shows: once per page, behind the
// last chart and before [Script]. Browsers do not run it.
func (s *Set) Data() (template.HTML, error) {
	xs := make([]deltas, len(s.xs))
	for i, x := range s.xs {
		xs[i] = x
	}
	if s.charts == nil {
		s.charts = []chartData{} // a page without charts has a list of them all the same
	}
	text, err := json.Marshal(struct {
		X      []deltas    `json:"x"`
		Charts []chartData `json:"charts"`
	}{xs, s.charts})
	if err != nil {
		return "", err
	}
	// json.Marshal escapes <, > and &, so that nothing in it ends the element.
	return template.HTML(`<script type="application/json" id="chart-data">` + string(text) + "</script>"), nil
}
