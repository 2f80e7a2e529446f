package charts

import "strconv"

// colours are those of series on a light ground, where no style sheet is allowed; charts.css has the same, and those for a
// dark ground.
const colours = 8

func colour(style int) string {
	return [colours]string{
		"#448cdf", "#c8480f", "#156765", "#7329ac", "#b88c12", "#67122c", "#7d8083", "#0a3f6a",
	}[(style-1)%colours]
}

// dashes tell apart what colours do not: eight colours and five kinds of line give forty styles.
func dashes(style int) string {
	patterns := [5]string{"", "7 3", "2 2.5", "9 3 2 3", "14 4"}
	return patterns[(style-1)%len(patterns)]
}

func colourClass(style int) string { return "chart-c" + strconv.Itoa((style-1)%colours+1) }

// stroke are the attributes of a line of a style.
func stroke(style int, solid bool) []string {
	pattern := dashes(style)
	if solid {
		pattern = ""
	}
	return []string{
		"class", "chart-line " + colourClass(style), "stroke", colour(style), "stroke-dasharray", pattern, "stroke-width", "1.5",
		"fill", "none", "vector-effect", "non-scaling-stroke",
	}
}

// styleOf is the style of the i-th series, from 0.
func styleOf(chosen, i int) int {
	if chosen > 0 {
		return chosen
	}
	return i + 1
}
