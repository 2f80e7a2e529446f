package scenarios

import "strings"

// A FigureName names one figure of a run, written "METRIC[.STATISTIC] [WINDOW]" as in thresholds: "lost",
// "end_to_end.p99", "end_to_end.p99 before faults".
type FigureName struct {
	Metric string
	// Statistic is empty where the metric is one figure.
	Statistic string
	Window    Window
}

// ParseFigureName reads the name of a figure that exists.
func ParseFigureName(text string) (FigureName, error) {
	figure, window, _ := strings.Cut(strings.TrimSpace(text), " ")
	var t Threshold
	if err := t.setMetric(figure); err != nil {
		return FigureName{}, err
	}
	if err := t.setWindow(strings.Join(strings.Fields(window), " ")); err != nil {
		return FigureName{}, err
	}
	return t.FigureName(), nil
}

// String writes the name as it is read.
func (f FigureName) String() string {
	text := f.Metric
	if f.Statistic != "" {
		text += "." + f.Statistic
	}
	if f.Window != WindowAll {
		text += " " + string(f.Window)
	}
	return text
}

// Unit is what the figure is counted in: that of its metric, or a number where the statistic is one.
func (f FigureName) Unit() Unit {
	m, _ := FindMetric(f.Metric)
	if m.Kind == KindCount || f.Statistic == statisticCount || f.Statistic == statisticNever {
		return UnitNumber
	}
	return m.Unit
}

// Better is the direction in which the figure gets better. How many samples there were is neither good nor bad.
func (f FigureName) Better() Preference {
	m, _ := FindMetric(f.Metric)
	if f.Statistic == statisticCount {
		return Neither
	}
	return m.Better
}

// Figures are the names of all figures of the metric; with windows also those that are told apart by window.
func (m Metric) Figures(windowed bool) []FigureName {
	if len(m.Statistics) == 0 {
		return m.figures([]string{""}, windowed)
	}
	return m.figures(m.Statistics, windowed)
}

// KeyFigures are those of its [Metric.Key].
func (m Metric) KeyFigures(windowed bool) []FigureName { return m.figures(m.Key, windowed) }

func (m Metric) figures(chosen []string, windowed bool) []FigureName {
	in := []Window{WindowAll}
	if windowed && m.Windows {
		in = append(in, windows()...)
	}
	var names []FigureName
	for _, w := range in {
		for _, s := range chosen {
			names = append(names, FigureName{Metric: m.Name, Statistic: s, Window: w})
		}
	}
	return names
}
