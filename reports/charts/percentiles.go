package charts

import (
	"html/template"
	"math"
)

// Percentiles shows latencies by percentile on the scale of HdrHistogram: each further nine takes the same room.
type Percentiles struct {
	Caption
	Axis   Axis
	Series []Quantiles
	// Height of the plot in pixels; 0: 220.
	Height int
}

// Quantiles are one curve of [Percentiles].
type Quantiles struct {
	Name, Note string
	Style      int
	// Count is the number of samples. What lies at 100 % is drawn where the last of them is, at 1-1/Count; without a Count
	// it is left out.
	Count int64
	// Points rise.
	Points []Quantile
}

// A Quantile is the value that a part Q of the samples, from 0 to 1, does not exceed.
type Quantile struct{ Q, Value float64 }

// Percentiles draws them.
func (s *Set) Percentiles(p Percentiles) template.HTML {
	f := s.figure(p.Caption, p.Axis.Title, "next")
	keys := make([]key, len(p.Series))
	lines := make([]Reduced, len(p.Series))
	places := make([][]float64, len(p.Series))
	horizontal := scale{hi: 1}
	var all [][]float64
	for i, series := range p.Series {
		keys[i] = key{name: series.Name, note: series.Note, style: styleOf(series.Style, i)}
		for _, point := range series.Points {
			if place, ok := nines(point.Q, series.Count); ok {
				places[i], lines[i].Y = append(places[i], place), append(lines[i].Y, point.Value)
				horizontal.hi = max(horizontal.hi, place)
			}
		}
		all = append(all, lines[i].Y)
	}
	value := valueScale(p.Axis, all...)
	f.noteBelow(value, all)
	f.data.X, f.data.Unit = scaleData{Hi: horizontal.hi, Quantile: true}, p.Axis.Unit
	f.legend(keys)
	if !value.any {
		return f.nothing()
	}
	f.plot(float64(orElse(p.Height, 220)), 24)
	f.yAxis(value)
	f.curves()
	var names []name
	for i, series := range p.Series {
		f.line(i, keys[i], horizontal, value, places[i], lines[i])
		f.data.Of = append(f.data.Of, seriesData{Name: plain(series.Name), X: s.share(places[i]), Y: lines[i].Y})
		if last, any := lastOf(lines[i].Y); any {
			names = append(names, name{series.Name, keys[i].style, i, (1 - value.at(last)) * f.height})
		}
	}
	f.close("svg")
	f.xAxis(nineTicks(horizontal))
	f.names(names)
	return f.finish()
}

// nines is the place of a quantile: the number of its nines. 1 is where the last of count samples is.
func nines(q float64, count int64) (place float64, ok bool) {
	if q >= 1 {
		if count <= 0 {
			return 0, false
		}
		q = 1 - 1/float64(count)
	}
	if !(q >= 0) {
		return 0, false
	}
	return shown(math.Log10(1 / (1 - q))), true
}

func nineTicks(s scale) []tick {
	ticks := []tick{{0, "0 %", false}}
	if at := math.Log10(2); s.hi <= 3 {
		ticks = append(ticks, tick{at / s.hi, "50 %", true})
	}
	for n, text := 1, "90"; float64(n) <= s.hi && n <= 12; n++ {
		ticks = append(ticks, tick{float64(n) / s.hi, text + " %", n > 3 && n%2 == 0})
		switch n {
		case 1:
			text = "99"
		case 2:
			text = "99.9"
		default:
			text += "9"
		}
	}
	return ticks
}
