package reports

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
)

func markdownOf(t testing.TB, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	for _, name := range []string{"pass", "fail", "inconclusive", "no-faults", "monkey", "empty"} {
		golden(t, "markdown/"+name+".md", []byte(markdownOf(t, stories()[name])))
	}
}

func TestMarkdownText(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"end_to_end p99 9.91 ms":     "end_to_end p99 9.91 ms",
		"at 10:30, b1:1883":          "at 10:30, b1:1883",
		"a | b":                      "a &#124; b",
		"`x`":                        "&#96;x&#96;",
		"_x_ *y* ~z~":                "&#95;x&#95; &#42;y&#42; &#126;z&#126;",
		"<img src=x>&lt;":            "&#60;img src=x&#62;&#38;lt;",
		"@octocat":                   "@&#8203;octocat",
		"a@b.example":                "a@&#8203;b.example",
		"fixes #1, GH-2":             "fixes #&#8203;1, GH&#8203;-2",
		"[a](http://b)":              "&#91;a&#93;(http:&#8203;//b)",
		"www.example.org":            "www&#8203;.example.org",
		"WWW.example.org":            "WWW&#8203;.example.org",
		"mailto:x":                   "mailto:&#8203;x",
		":tada: :100:":               ":&#8203;tada: :&#8203;100:",
		"- x":                        "&#45; x",
		"1. x":                       "1&#46; x",
		"12) x":                      "12&#41; x",
		"=== x":                      "&#61;== x",
		"# x":                        "#&#8203; x",
		"$x$":                        "&#36;x&#36;",
		"a\n\n# b\r\n| c":            "a #&#8203; b &#124; c",
		"\x1b[31mred\u202e":          "&#92;x1b&#91;31mred&#92;u202e",
		strings.Repeat("long ", 200): strings.Repeat("long ", 7) + "long…",
	} {
		if got := Markdown(text, 40); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"lost == 0": "`lost == 0`", "a`b": "a&#96;b", "a|b": "a&#124;b", `a\`: "a&#92;", "": "", "@you #1": "@&#8203;you #&#8203;1",
		"a < b": "`a < b`", "a <= 5": "`a <= 5`", "a <b>": "a &#60;b&#62;", "<": "`<`", "a < b </x": "a &#60; b &#60;/x",
	} {
		if got := verbatim(text, 40); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// Whatever a text is, what comes of it has no character that marks up, and calls and refers to nobody.
func TestMarkdownTextIsInert(t *testing.T) {
	markup := regexp.MustCompile("[<>\\\\`*\\[\\]{}|~$^\n\r]|[@#][^\u200b]|(?i:www\\.)|(?i:gh-)|:/|^[-+=]|^[0-9]+[.)]( |$)")
	entity := regexp.MustCompile(`&#[0-9]+;`)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab1&<>\\`*_[]{}|~$^@#:/.-+=wWgGhH\n\r\t \x00;8203)("))).Draw(t, "text")
		got := Markdown(text, 100)
		bare := entity.ReplaceAllString(got, "\u200b")
		if strings.ContainsRune(bare, '&') || markup.MatchString(bare) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q becomes %q", text, got)
		}
	})
}

// A comment has room for 65,536 characters: no run has a longer summary.
func TestMarkdownIsShort(t *testing.T) {
	s := monkey()
	for n := range 500 {
		s.analysis.Injections = append(s.analysis.Injections, check.Injection{Fault: strings.Repeat("|@", 500), Targets: []string{"b1"}})
		s.analysis.Findings = append(s.analysis.Findings,
			check.Finding{Name: fmt.Sprint(n, strings.Repeat("<", 500)), Verdict: check.Fail, Detail: strings.Repeat("*#\n", 5000)})
	}
	s.scenario.Description = strings.Repeat("`[x](y)", 10_000)
	r := s.result()
	for range 500 {
		r.Thresholds = append(r.Thresholds, Threshold{Expression: strings.Repeat("`|", 1000), Observed: strings.Repeat("|", 1000), Verdict: "fail"})
	}
	if text := markdownOf(t, r); len(text) > 65_536 {
		t.Errorf("%d characters", len(text))
	}
}

// Every row of a table has as many cells as its head, whatever is in them.
func TestMarkdownTablesHold(t *testing.T) {
	hostile := broken()
	hostile.run.Meta.Scenario = "a|b`\n| x |"
	hostile.analysis.Injections[0].Fault = "kill | `x"
	hostile.analysis.Findings[0].Detail = "x\n\n| y | z |\n<details>"
	all := stories()
	all["hostile"] = hostile.result()
	all["hostile"].Thresholds = []Threshold{{Expression: "a\\|b", Observed: "`|", Verdict: "|"}}
	for name, r := range all {
		columns := 0
		for line := range strings.Lines(markdownOf(t, r)) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			cells := strings.Count(line, "|")
			if columns == 0 {
				columns = cells
			}
			if cells != columns {
				t.Errorf("%s: a row of %d cells in a table of %d: %s", name, cells-1, columns-1, line)
			}
		}
	}
}
