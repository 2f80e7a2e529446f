package page

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mqbench/mqbench/reports"
)

// hostile is a text that would like to be more than a text.
const hostile = `"><img src=x onerror=alert(1)></script><script>alert(1)</script>` + "\x1b[31m\u202eabc{{.}}`${1}`"

// tree parses a page and fails where it is not whole.
func tree(t *testing.T, page []byte) *html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("parse the page: %v", err)
	}
	return root
}

// all lists the elements of a name.
func all(n *html.Node, name string) []*html.Node {
	var list []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			list = append(list, d)
		}
	}
	return list
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf is the text of an element, blanks joined.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TestHostileTextsStayTexts puts a hostile text wherever a result has one.
func TestHostileTextsStayTexts(t *testing.T) {
	r := &reports.Result{
		Scenario: hostile, Description: hostile, Verdict: hostile, Mqbench: hostile,
		Topology:   reports.Topology{Broker: hostile, Version: hostile, Shape: hostile, Runtime: hostile, Profile: hostile},
		Workload:   reports.Workload{Protocol: hostile, Session: hostile, Transport: hostile},
		Findings:   []reports.Finding{{Name: hostile, Verdict: "fail", Detail: hostile}},
		Thresholds: []reports.Threshold{{Expression: hostile, Observed: hostile, Verdict: "fail"}},
	}
	var b bytes.Buffer
	if err := Write(&b, Run{Result: r}); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.Bytes())
}

// harmless fails where a page has an element, an attribute or a character that the templates do not.
func harmless(t *testing.T, page []byte) {
	t.Helper()
	root := tree(t, page)
	if n := len(all(root, "img")) + len(all(root, "iframe")) + len(all(root, "object")); n != 0 {
		t.Errorf("the page has %d elements that load something", n)
	}
	for d := range root.Descendants() {
		for _, a := range d.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has a handler %s=%q", d.Data, a.Key, a.Val)
			}
			if (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," {
				t.Errorf("<%s> leads to %q", d.Data, a.Val)
			}
		}
	}
	for _, s := range all(root, "script") {
		if s.FirstChild != nil && strings.Contains(s.FirstChild.Data, "alert(1)") && attribute(s, "type") != "application/json" {
			t.Errorf("a script has a text from outside: %.200q", s.FirstChild.Data)
		}
	}
	for i, r := range string(page) {
		if r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
			t.Fatalf("the page has the character %U at %.80q", r, page[max(0, i-40):i])
		}
	}
}

// TestPolicyNamesEveryScript: a script that the policy does not name would not run, and one more is one too many.
func TestPolicyNamesEveryScript(t *testing.T) {
	s := Shell{Title: "x", Script: "let a = '</b>';\n// a comment\n"}
	var b bytes.Buffer
	if err := render(&b, "run", report{Shell: s, Result: &reports.Result{}}); err != nil {
		t.Fatal(err)
	}
	root := tree(t, b.Bytes())
	policy := ""
	for _, m := range all(root, "meta") {
		if attribute(m, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(m, "content")
		}
	}
	scripts := all(root, "script")
	if len(scripts) != 2 || strings.Count(policy, "'sha256-") != 2 {
		t.Fatalf("%d scripts under the policy %q (want 2, and their hashes)", len(scripts), policy)
	}
	for _, n := range scripts {
		if !strings.Contains(policy, hashOf(n.FirstChild.Data)) {
			t.Errorf("the policy %q does not allow the script %.60q", policy, n.FirstChild.Data)
		}
	}
	if strings.Contains(policy, "http") || strings.Contains(policy, "*") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the policy %q lets something out", policy)
	}
}
