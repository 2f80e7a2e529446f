package charts

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"
)

// scale is the horizontal axis of a span.
func (s Span) scale() scale {
	lo, hi := float64(s.Began), float64(s.Ended)
	if hi <= lo {
		hi = lo + second
	}
	return scale{lo: lo, hi: hi, unit: Clock}
}

// key tells spans apart: charts of the same one are moved together.
func (s Span) key() string {
	return plain(s.Name) + " " + strconv.FormatInt(int64(s.Began), 10) + " " + strconv.FormatInt(int64(s.Ended), 10)
}

func (s scale) data() scaleData { return scaleData{Lo: s.lo, Hi: s.hi, Log: s.log, Unit: s.unit} }

// inSight is the span with only those faults and phases that it shows a part of.
func (s Span) inSight() Span {
	outside := func(began, ended time.Duration) bool {
		return began >= s.Ended || s.ended(began, ended) <= s.Began && began < s.Began
	}
	s.Faults = slices.DeleteFunc(slices.Clone(s.Faults), func(f Fault) bool { return outside(f.Began, f.Ended) })
	s.Phases = slices.DeleteFunc(slices.Clone(s.Phases), func(p Phase) bool { return outside(p.Began, p.Ended) })
	return s
}

// ended is when a stretch of the span ends.
func (s Span) ended(began, ended time.Duration) time.Duration {
	if ended < began {
		return s.Ended
	}
	return ended
}

// span makes room above the plot for the names of faults and phases, and hands them to the script.
func (f *figure) span(s Span) {
	for _, p := range s.Phases {
		f.data.Phases = append(f.data.Phases, stretchData{plain(p.Name), float64(p.Began), float64(s.ended(p.Began, p.Ended))})
	}
	for _, fault := range s.Faults {
		f.data.Faults = append(f.data.Faults,
			stretchData{fault.title(), float64(fault.Began), float64(s.ended(fault.Began, fault.Ended))})
	}
	if len(s.Phases)+len(s.Faults) > 0 {
		f.top += laneTop
	}
	if len(s.Faults) > 0 {
		f.top += laneTop
	}
}

func (f Fault) title() string { return strconv.Itoa(f.Number) + " " + plain(f.Name) }

// stretches shades the faults and marks where phases begin.
func (f *figure) stretches(s Span, horizontal scale) {
	height := strconv.Itoa(int(f.height * plotTenths))
	for _, fault := range s.Faults {
		from, to := x(horizontal, float64(fault.Began)), x(horizontal, float64(s.ended(fault.Began, fault.Ended)))
		f.leaf("rect", "class", "chart-fault", "fill", "#b3261e", "fill-opacity", ".1", "x", strconv.FormatInt(from, 10),
			"width", strconv.FormatInt(max(to-from, 1), 10), "height", height)
		f.leaf("path", "class", "chart-began", "stroke", "#b3261e", "vector-effect", "non-scaling-stroke",
			"d", "M"+strconv.FormatInt(from, 10)+" 0v"+height)
	}
	for _, p := range s.Phases {
		if p.Began <= s.Began {
			continue
		}
		f.leaf("path", "class", "chart-phase", "stroke", "#888", "stroke-dasharray", "1 3", "vector-effect", "non-scaling-stroke",
			"d", "M"+strconv.FormatInt(x(horizontal, float64(p.Began)), 10)+" 0v"+height)
	}
}

// stretchNames names the phases in the first line above the plot, and the faults in the second.
func (f *figure) stretchNames(s Span, horizontal scale) {
	phases, faults := laneTop-4.0, laneTop-4.0
	if len(s.Faults) > 0 {
		faults += laneTop
	}
	f.open("g", "class", "chart-names", "data-phases", number(phases), "data-faults", number(faults))
	const slant = 10.0 / narrow // the names of phases are in italics, and wider
	for i, p := range s.Phases {
		at, next := horizontal.at(float64(p.Began)), 1.0
		if i+1 < len(s.Phases) {
			next = horizontal.at(float64(s.Phases[i+1].Began))
		}
		f.stretchName("chart-phase-name", p.Name, "", at, next-at-slant, phases)
	}
	for i, fault := range s.Faults {
		at, next := horizontal.at(float64(fault.Began)), 1+120.0/wide
		if i+1 < len(s.Faults) {
			next = horizontal.at(float64(s.Faults[i+1].Began))
		}
		f.stretchName("chart-fault-name", fault.title(), strconv.Itoa(fault.Number), at, next-at, faults)
	}
	f.close("g")
}

// stretchName writes a name where it begins, as long as there is room up to the next one: in full, or short, and on
// narrow screens what fits there.
func (f *figure) stretchName(class, full, short string, at, room, y float64) {
	fits := func(text string, width float64) bool {
		return text != "" && float64(len([]rune(text))+1)*character <= room*width
	}
	choose := func(width float64) string {
		switch {
		case fits(full, width):
			return full
		case fits(short, width):
			return short
		default:
			return ""
		}
	}
	onWide, onNarrow := choose(wide), choose(narrow)
	if full != short && short != "" && onNarrow == full && at > 0.6 {
		onNarrow = short // there is no margin on the right to reach into
	}
	write := func(text, only, display string) {
		if text != "" {
			f.element("text", text, "class", class+only, "x", percent(at), "dx", "2", "y", number(y), "display", display)
		}
	}
	if onWide == onNarrow {
		write(onWide, "", "")
		return
	}
	write(onWide, " chart-wide", "")
	write(onNarrow, " chart-narrow", "none")
}

// FaultList is the numbered list of the faults of a span, for all charts that shade them. It is empty without faults.
func FaultList(s Span) template.HTML {
	if len(s.Faults) == 0 {
		return ""
	}
	var m markup
	m.open("ol", "class", "chart-faults")
	for _, fault := range s.Faults {
		m.open("li", "value", strconv.Itoa(fault.Number))
		m.element("bdi", fault.Name)
		m.text(" ")
		until := "to the end"
		if fault.Ended >= fault.Began {
			until = clock(math.Round(float64(fault.Ended)/millisecond) * millisecond)
		}
		m.element("span", clock(math.Round(float64(fault.Began)/millisecond)*millisecond)+" – "+until, "class", "chart-when")
		m.close("li")
	}
	m.close("ol")
	return m.html()
}
