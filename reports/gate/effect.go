package gate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
)

// An Effect is how much worse the median of a figure has to be to count: by Relative of the base's and by Absolute in the
// figure's unit, both.
type Effect struct {
	Relative, Absolute float64
}

// DefaultEffect is the least effect of a figure that counts where nobody says otherwise.
func DefaultEffect(name scenarios.FigureName) Effect {
	m, _ := scenarios.FindMetric(name.Metric)
	switch {
	case name.Unit() == scenarios.UnitNumber && m.Kind != scenarios.KindCount:
		return Effect{0.1, 1} // clients that never came back
	case m.Name == scenarios.UnexplainedOutages:
		return Effect{0.1, 1}
	case m.Name == scenarios.UnavailabilityGap:
		return Effect{0.1, float64(time.Second)} // it is known to a second
	case m.Name == scenarios.BrokerMemoryPerConnection:
		return Effect{0.1, 1 << 10}
	}
	switch m.Kind {
	case scenarios.KindCount:
		return Effect{0.1, 10}
	case scenarios.KindLatency:
		return Effect{0.1, float64(50 * time.Microsecond)}
	case scenarios.KindFailover:
		return Effect{0.1, float64(50 * time.Millisecond)}
	case scenarios.KindRate:
		return Effect{0.05, 0}
	case scenarios.KindTime:
		return Effect{0.1, float64(100 * time.Nanosecond)}
	case scenarios.KindSize:
		return Effect{0.1, 1 << 20}
	default:
		return Effect{0.1, 0}
	}
}

// text writes the effect: "10 % and 50.0 µs".
func (e Effect) text(unit scenarios.Unit) string {
	relative := strconv.FormatFloat(100*e.Relative, 'g', 3, 64) + " %"
	switch {
	case e.Absolute == 0:
		return relative
	case e.Relative == 0:
		return reports.Quantity(e.Absolute, unit)
	default:
		return relative + " and " + reports.Quantity(e.Absolute, unit)
	}
}

// counts says whether the medians differ by the effect, in whatever direction.
func (e Effect) counts(base, now float64) bool {
	if base == now || math.IsNaN(base) || math.IsNaN(now) {
		return false
	}
	difference := math.Abs(now - base)
	// A median that is never differs from any time by more than any bound.
	const slack = 1e-9 // a difference of exactly 10 % is one, whatever the last binary digit says
	return difference >= e.Absolute*(1-slack) && (math.IsInf(base, 0) || difference >= e.Relative*math.Abs(base)*(1-slack))
}

// Effects are effects by figure, as people give them.
type Effects []struct {
	about  string
	effect Effect
}

// ParseEffects reads "FIGURE=EFFECT" with the figure a metric ("end_to_end"), a metric with a statistic
// ("end_to_end.p99"), or one with a window ("end_to_end.p99 before faults"), and the effect a share of the base ("10%"),
// a value in the figure's unit ("5ms"), or both with a comma between them: "10%,5ms".
func ParseEffects(texts []string) (Effects, error) {
	var all Effects
	for _, text := range texts {
		about, value, ok := strings.Cut(text, "=")
		about = strings.Join(strings.Fields(about), " ")
		if !ok || value == "" {
			return nil, fmt.Errorf("effect %q: want FIGURE=EFFECT, such as end_to_end.p99=10%% or failover=20%%,500ms", text)
		}
		if err := checkAbout(about); err != nil {
			return nil, fmt.Errorf("effect %q: %w", text, err)
		}
		var e Effect
		for part := range strings.SplitSeq(value, ",") {
			if err := e.parse(strings.TrimSpace(part), about); err != nil {
				return nil, fmt.Errorf("effect %q: %w", text, err)
			}
		}
		all = append(all, struct {
			about  string
			effect Effect
		}{about, e})
	}
	return all, nil
}

// parse reads a part of an effect.
func (e *Effect) parse(text, about string) error {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%q is no percentage: want one such as 10%%", text)
		}
		e.Relative = v / 100
		return nil
	}
	figure := figureAbout(about)
	t, err := scenarios.ParseThreshold(figure + " < " + text)
	if err != nil {
		return err
	}
	e.Absolute = t.Value
	return nil
}

// figureAbout is some figure of those that about means, without its window.
func figureAbout(about string) string {
	figure, _, _ := strings.Cut(about, " ")
	if m, ok := scenarios.FindMetric(figure); ok && len(m.Statistics) > 0 {
		return figure + ".p50"
	}
	return figure
}

// checkAbout says whether there are figures that a text means.
func checkAbout(about string) error {
	if _, ok := scenarios.FindMetric(about); ok {
		return nil
	}
	_, err := scenarios.ParseFigureName(about)
	return err
}

// means says whether a text means a figure: it is its name, or its metric, or the two without the window.
func means(about string, name scenarios.FigureName) bool {
	whole := name
	whole.Window = scenarios.WindowAll
	return about == name.Metric || about == name.String() || about == whole.String()
}

// of is the effect of a figure: of those that mean it the one with the longest name.
func (all Effects) of(name scenarios.FigureName) Effect {
	effect, longest := DefaultEffect(name), -1
	for _, e := range all {
		if means(e.about, name) && len(e.about) >= longest {
			effect, longest = e.effect, len(e.about)
		}
	}
	return effect
}
