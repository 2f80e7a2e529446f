package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

func junitOf(t testing.TB, r *Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJUnit(t *testing.T) {
	for _, name := range []string{"pass", "fail", "inconclusive", "empty"} {
		golden(t, "junit/"+name+".xml", junitOf(t, stories()[name]))
	}
}

// A suite is green exactly when its run passed.
func TestJUnitIsGreenOnlyForAPass(t *testing.T) {
	all := stories()
	all["nobody says why"] = &Result{Verdict: string(check.Fail)}
	all["nobody says why not"] = &Result{Verdict: string(check.Inconclusive), Findings: []Finding{{Name: "load", Verdict: "pass"}}}
	all["a verdict of another kind"] = &Result{Verdict: "odd", Findings: []Finding{{Name: "load", Verdict: "pass"}}}
	for name, r := range all {
		var suites junitSuites
		if err := xml.Unmarshal(junitOf(t, r), &suites); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if green := suites.Failures+suites.Errors == 0; green != (r.Verdict == string(check.Pass)) || suites.Tests == 0 {
			t.Errorf("%s: verdict %q, and %d tests, %d failures, %d errors", name, r.Verdict, suites.Tests, suites.Failures, suites.Errors)
		}
		if failed := suites.Failures > 0; failed != (r.Verdict == string(check.Fail)) {
			t.Errorf("%s: verdict %q with %d failures", name, r.Verdict, suites.Failures)
		}
	}
}

// The rules of the schemas of Surefire and Jenkins for the elements that we use: what an element has to have, what it
// may have beside that, and what may be in it.
type junitRule struct{ must, may, children []string }

func junitRules() map[string]junitRule {
	return map[string]junitRule{
		"testsuites": {must: nil, may: []string{"name", "time", "tests", "failures", "errors", "disabled"}, children: []string{"testsuite"}},
		"testsuite": {must: []string{"name", "tests", "failures", "errors", "skipped", "time"}, may: []string{"timestamp", "hostname", "id", "package", "group"},
			children: []string{"properties", "testcase", "system-out", "system-err"}},
		"properties": {children: []string{"property"}},
		"property":   {must: []string{"name", "value"}},
		"testcase":   {must: []string{"name", "classname", "time"}, may: []string{"status", "assertions"}, children: []string{"skipped", "error", "failure", "system-out", "system-err"}},
		"failure":    {must: []string{"message", "type"}},
		"error":      {must: []string{"message", "type"}},
		"system-out": {},
	}
}

func TestJUnitKeepsTheSchema(t *testing.T) {
	hostile := broken()
	hostile.run.Meta.Scenario = "a.b\x00\x1b[31m]]><&\"'\ufffe\xff"
	hostile.analysis.Findings = append(hostile.analysis.Findings,
		check.Finding{Name: "load", Detail: "]]>\x01<script>"}, check.Finding{}, check.Finding{Name: "\x02", Verdict: "\x03"})
	all := stories()
	all["hostile"] = hostile.result()
	all["nothing"] = NewResult(&history.Run{}, &check.Analysis{}, nil)
	for name, r := range all {
		text := junitOf(t, r)
		if err := keepsSchema(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if i := bytes.IndexFunc(text, func(c rune) bool { return c < ' ' && c != '\n' || c == 0xfffd || c == 0xfffe }); i >= 0 {
			t.Errorf("%s: a character that XML 1.0 does not allow, or a replaced one, at byte %d", name, i)
		}
	}
}

func keepsSchema(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	var path []string
	cases := map[string]bool{}
	results := 0 // of the case
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := keepsRule(path, e); err != nil {
				return err
			}
			switch name := e.Name.Local; name {
			case "testcase":
				results = 0
				id := e.Attr[0].Value + " of " + e.Attr[1].Value
				if cases[id] {
					return fmt.Errorf("two cases %q", id)
				}
				cases[id] = true
			case "failure", "error", "skipped":
				if results++; results > 1 {
					return fmt.Errorf("a case with several results")
				}
			}
			path = append(path, e.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

func keepsRule(path []string, e xml.StartElement) error {
	name := e.Name.Local
	rule, known := junitRules()[name]
	if !known {
		return fmt.Errorf("element %q is unknown", name)
	}
	if len(path) == 0 && name != "testsuites" || len(path) > 0 && !slices.Contains(junitRules()[path[len(path)-1]].children, name) {
		return fmt.Errorf("element %q in %v", name, path)
	}
	var has []string
	for _, a := range e.Attr {
		has = append(has, a.Name.Local)
		if err := keepsType(a); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, must := range rule.must {
		if !slices.Contains(has, must) {
			return fmt.Errorf("%s lacks %q", name, must)
		}
	}
	for _, a := range has {
		if !slices.Contains(rule.must, a) && !slices.Contains(rule.may, a) {
			return fmt.Errorf("%s has %q", name, a)
		}
	}
	return nil
}

// keepsType checks the types that the schemas give attributes; names may not be empty.
func keepsType(a xml.Attr) error {
	switch a.Name.Local {
	case "tests", "failures", "errors", "skipped":
		_, err := strconv.ParseUint(a.Value, 10, 32)
		return err
	case "time":
		if !regexp.MustCompile(`^\d+(\.\d{1,3})?$`).MatchString(a.Value) {
			return fmt.Errorf("time %q", a.Value)
		}
	case "timestamp": // without a zone, as the schemas want it
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`).MatchString(a.Value) {
			return fmt.Errorf("timestamp %q", a.Value)
		}
	case "name", "classname":
		if strings.TrimSpace(a.Value) == "" {
			return errors.New("an empty name")
		}
	}
	return nil
}
