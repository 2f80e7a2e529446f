package reports

import (
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// A Definition says what a word means that stands in a report: a metric, a finding, a figure of the generator, or a word
// of the field. Reports, `mqbench explain` and `mqbench metrics` show the same ones.
type Definition struct {
	Kind DefinitionKind `json:"kind"`
	// Name is the word as files and scenarios have it.
	Name string `json:"name"`
	// Title is the word as people read it; empty where that is the name.
	Title string `json:"title,omitempty"`
	// Text is the definition in one or several sentences.
	Text string `json:"definition"`
	// Notes are what else there is to know, each under its label.
	Notes []Note `json:"notes,omitempty"`
}

// A Note is one further thing about a word.
type Note struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// DefinitionKind is what sort of word a definition is of. One word can have several: "missed" is a metric and a finding.
type DefinitionKind string

// The kinds.
const (
	DefinedMetric    DefinitionKind = "metric"
	DefinedStatistic DefinitionKind = "statistic"
	DefinedWindow    DefinitionKind = "window"
	DefinedFinding   DefinitionKind = "finding"
	DefinedGenerator DefinitionKind = "generator"
	DefinedVerdict   DefinitionKind = "verdict"
	DefinedWord      DefinitionKind = "word"
)

// ID names a definition within a page: "metric-end_to_end", "finding-silent-loss".
func (d Definition) ID() string {
	return string(d.Kind) + "-" + strings.ReplaceAll(strings.ToLower(d.Name), " ", "-")
}

// Heading is the word as people read it.
func (d Definition) Heading() string {
	if d.Title != "" {
		return d.Title
	}
	return d.Name
}

// Definitions are all definitions, by kind and in each in the order in which people read them.
func Definitions() []Definition {
	return slices.Concat(metrics(), statistics(), windowWords(), findings(), generatorWords(), verdicts(), fieldWords())
}

// Define finds the definitions of a word among some: by its name or its title, in upper or lower case, with blanks,
// hyphens or underscores. There is more than one where a word is of several kinds.
func Define(among []Definition, name string) []Definition {
	var found []Definition
	for _, d := range among {
		if plainWord(d.Name) == plainWord(name) || d.Title != "" && plainWord(d.Title) == plainWord(name) {
			found = append(found, d)
		}
	}
	return found
}

// plainWord is a word without what makes no difference.
func plainWord(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), " ")
}

// metrics defines the figures that thresholds name.
func metrics() []Definition {
	var all []Definition
	for _, m := range scenarios.Metrics() {
		d := Definition{Kind: DefinedMetric, Name: m.Name, Text: m.Definition}
		if m.Title != m.Name {
			d.Title = m.Title
		}
		d.note("unit", unitWords(m))
		d.note("better", betterWords(m))
		d.note("statistics", strings.Join(m.Statistics, ", "))
		if m.Windows {
			d.note("windows", "all of the measurement, "+strings.Join(names(windowWords()), ", "))
		}
		d.note("threshold", m.Example())
		all = append(all, d)
	}
	return all
}

// note adds a note that is not empty.
func (d *Definition) note(label, text string) {
	if text != "" {
		d.Notes = append(d.Notes, Note{label, text})
	}
}

func names(definitions []Definition) []string {
	var list []string
	for _, d := range definitions {
		list = append(list, d.Name)
	}
	return list
}

func unitWords(m scenarios.Metric) string {
	switch m.Unit {
	case scenarios.UnitNanoseconds:
		return "nanoseconds in files; in a threshold a time such as 250ms"
	case scenarios.UnitBytes:
		return "bytes in files; in a threshold a size such as 16MiB"
	case scenarios.UnitNumber:
		return "a number"
	default:
		return string(m.Unit)
	}
}

func betterWords(m scenarios.Metric) string {
	switch {
	case m.Exact:
		return "lower; it counts what went wrong, so that one more is worse"
	case m.Better == scenarios.Neither:
		return "neither; it depends on what was asked"
	default:
		return string(m.Better)
	}
}

func statistics() []Definition { return terms(DefinedStatistic, scenarios.Statistics()) }

func windowWords() []Definition { return terms(DefinedWindow, scenarios.Windows()) }

func terms(kind DefinitionKind, list []scenarios.Term) []Definition {
	var all []Definition
	for _, t := range list {
		all = append(all, Definition{Kind: kind, Name: t.Name, Text: t.Definition})
	}
	return all
}

// findings defines what judgements find.
func findings() []Definition {
	var all []Definition
	for _, e := range check.Explanations() {
		d := Definition{Kind: DefinedFinding, Name: e.Name, Text: e.Meaning}
		var can []string
		for _, v := range e.Verdicts {
			can = append(can, string(v))
		}
		d.note("verdict", strings.Join(can, " or "))
		d.note("why", e.Judged)
		d.note("what to do", e.Advice)
		all = append(all, d)
	}
	return all
}

func verdicts() []Definition {
	return []Definition{
		{Kind: DefinedVerdict, Name: string(check.Pass), Text: "What was asked was answered, and as it should be: every threshold is met " +
			"and no judgement found anything against the brokers. Exit code 0."},
		{Kind: DefinedVerdict, Name: string(check.Inconclusive), Text: "The run could not answer the question: a fault did not happen, the " +
			"load was " +
			"not reached, the generator itself was late, the drain did not finish, a threshold had nothing to measure. It is neither pass " +
			"nor fail, and worse than pass. Exit code 3."},
		{Kind: DefinedVerdict, Name: string(check.Fail), Text: "A threshold is not met, or a promise was broken that no scenario has to ask " +
			"for: silent loss, a phantom, a crash. It is worse than every other verdict, and the worst of all wins. Exit code 1."},
	}
}
