package reports

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// TestDefinitions: each word is defined once in its kind, in whole sentences, and can be a target within a page.
func TestDefinitions(t *testing.T) {
	all := Definitions()
	id := regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	seen := map[string]bool{}
	for _, d := range all {
		if seen[d.ID()] || !id.MatchString(d.ID()) {
			t.Errorf("%s %q: its ID %q is another's too, or none", d.Kind, d.Name, d.ID())
		}
		seen[d.ID()] = true
		if !strings.HasSuffix(d.Text, ".") || strings.Contains(d.Text, "  ") || d.Text != clean(d.Text) {
			t.Errorf("%s %q: %q is no sentence", d.Kind, d.Name, d.Text)
		}
		for _, n := range d.Notes {
			if n.Label == "" || n.Text == "" || n.Text != clean(n.Text) {
				t.Errorf("%s %q: an empty note %+v", d.Kind, d.Name, n)
			}
		}
		if found := Define(all, strings.ToUpper(strings.ReplaceAll(d.Name, " ", "-"))); len(found) == 0 {
			t.Errorf("%s %q is not found by its name", d.Kind, d.Name)
		}
	}
	for _, m := range scenarios.Metrics() {
		if _, err := scenarios.ParseThreshold(m.Example()); err != nil {
			t.Errorf("the example of %s: %v", m.Name, err)
		}
		if m.Windows && len(m.Statistics) == 0 {
			t.Errorf("%s has windows and no statistics", m.Name)
		}
		for _, s := range m.Statistics {
			if len(Define(all, s)) == 0 {
				t.Errorf("statistic %q of %s is not defined", s, m.Name)
			}
		}
	}
	for _, m := range history.Metrics() {
		if len(Define(all, string(m))) == 0 {
			t.Errorf("latency %q is not defined", m)
		}
	}
	for _, m := range history.OwnMetrics() {
		if len(Define(all, string(m))) == 0 {
			t.Errorf("the generator's wait %q is not defined", m)
		}
	}
}

func TestDefine(t *testing.T) {
	for name, want := range map[string][]string{
		"end_to_end":    {"metric-end_to_end"},
		"End-To-End":    {"metric-end_to_end"},
		"missed":        {"metric-missed", "finding-missed"},
		"silent loss":   {"finding-silent-loss"},
		"before faults": {"window-before-faults"},
		"p999":          {"statistic-p999"},
		"nonsense":      nil,
		"":              nil,
	} {
		var got []string
		for _, d := range Define(Definitions(), name) {
			got = append(got, d.ID())
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("Define(%q) = %v, want %v", name, got, want)
		}
	}
}

// TestReadmeWords: the words that the README introduces are defined.
func TestReadmeWords(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, words, found := strings.Cut(string(text), "\n## Words\n")
	words, _, _ = strings.Cut(words, "\n## ")
	if !found {
		t.Fatal("the README has no section on words")
	}
	n := 0
	for _, italic := range regexp.MustCompile(`\*[^*]+\*`).FindAllString(words, -1) {
		for word := range strings.SplitSeq(strings.Trim(italic, "*,"), ",") {
			if word = strings.Join(strings.Fields(word), " "); word == "" {
				continue
			}
			n++
			if len(Define(Definitions(), word)) == 0 {
				t.Errorf("%q is not defined", word)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d words were found", n)
	}
}
