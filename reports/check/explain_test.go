package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports/check"
)

// explained fails the test for a finding that nobody explains, or that has a verdict which its explanation does not know.
func explained(t interface {
	Helper()
	Errorf(string, ...any)
}, a *check.Analysis) {
	t.Helper()
	all := check.Explanations()
	for _, f := range a.Findings {
		n := slices.IndexFunc(all, func(e check.Explanation) bool { return e.Name == f.Name })
		if n < 0 {
			t.Errorf("finding %q has no explanation", f.Name)
		} else if !slices.Contains(all[n].Verdicts, f.Verdict) {
			t.Errorf("finding %q has verdict %s, and its explanation knows %v", f.Name, f.Verdict, all[n].Verdicts)
		}
	}
}

// TestExplanations: each name of a finding in the source is explained, and nothing else is.
func TestExplanations(t *testing.T) {
	var names []string
	for _, e := range check.Explanations() {
		if slices.Contains(names, e.Name) {
			t.Errorf("%q is explained twice", e.Name)
		}
		names = append(names, e.Name)
		if e.Meaning == "" || len(e.Verdicts) == 0 {
			t.Errorf("%q: the explanation lacks its meaning or its verdicts", e.Name)
		}
		if slices.Contains(e.Verdicts, check.Fail) && (e.Judged == "" || e.Advice == "") {
			t.Errorf("%q may fail a run: why, and what is to be done?", e.Name)
		}
		for _, text := range []string{e.Meaning, e.Judged, e.Advice} {
			if text != "" && (!strings.HasSuffix(text, ".") || strings.Contains(text, "  ")) {
				t.Errorf("%q: %q is no sentence", e.Name, text)
			}
		}
	}
	inSource := namesInSource(t)
	if len(inSource) < 30 {
		t.Fatalf("only %d findings were found in the source: the test looks at the wrong places", len(inSource))
	}
	for _, name := range inSource {
		if !slices.Contains(names, name) {
			t.Errorf("the source makes the finding %q, which has no explanation", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(inSource, name) {
			t.Errorf("%q is explained, and the source does not make it", name)
		}
	}
}

// namesInSource are the names that the package gives to findings: in a literal, as the first text that is handed to one
// of the functions that make findings, or kept in a variable called name.
func namesInSource(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	makers := []string{"inconclusive", "pass", "add", "assure"}
	var names []string
	note := func(x ast.Expr) bool {
		literal, ok := x.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return false
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		return true
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CompositeLit:
				for _, e := range x.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok && isFinding(x) && isCalled(pair.Key, "Name") {
						note(pair.Value)
					}
				}
			case *ast.CallExpr:
				if f, ok := x.Fun.(*ast.Ident); ok && slices.Contains(makers, f.Name) {
					for _, argument := range x.Args {
						if note(argument) {
							break // what follows is the evidence
						}
					}
				}
			case *ast.AssignStmt:
				for i, left := range x.Lhs {
					if isCalled(left, "name") && i < len(x.Rhs) {
						note(x.Rhs[i])
					}
				}
			}
			return true
		})
	}
	return names
}

// isFinding says whether a literal is of type Finding, or within one of type []Finding.
func isFinding(x *ast.CompositeLit) bool { return x.Type == nil || isCalled(x.Type, "Finding") }

func isCalled(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}
