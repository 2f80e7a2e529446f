package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
)

//go:embed *.tmpl page.css page.js
var files embed.FS

// A Shell is what every page has around its content: the head with its styles and its policy, the navigation, the foot.
// A template of a page opens with {{template "open" .Shell}} and closes with {{template "close" .Shell}}.
type Shell struct {
	// Title is that of the window.
	Title string
	// Sections are what the navigation leads to, in order.
	Sections []Section
	// Style and Script are what the content needs beyond the page's own, each given once.
	Style  template.CSS
	Script template.JS
	// Foot says where the page comes from.
	Foot string
}

// A Section is a part of the page with a heading; ID is the fragment of links to it.
type Section struct{ ID, Title string }

// Policy is the content security policy of the page: it loads nothing, sends nothing, and runs the scripts that it came
// with and no others.
func (s Shell) Policy() string {
	hashes := make([]string, 0, 2)
	for _, script := range s.Scripts() {
		hashes = append(hashes, "'"+hashOf(string(script))+"'")
	}
	return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src " +
		strings.Join(hashes, " ")
}

func hashOf(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Styles are all styles of the page, its own first.
func (s Shell) Styles() ([]template.CSS, error) {
	own, err := files.ReadFile("page.css")
	return []template.CSS{template.CSS(own), s.Style}, err
}

// Scripts are all scripts of the page, its own last.
func (s Shell) Scripts() []template.JS {
	own, err := files.ReadFile("page.js")
	if err != nil {
		return nil // it is part of the program
	}
	scripts := []template.JS{template.JS(own)}
	if s.Script != "" {
		scripts = append([]template.JS{s.Script}, scripts...)
	}
	return scripts
}

// render executes the named template of the package with what it wants. Nothing is written unless all of it could be.
func render(w io.Writer, name string, content any) error {
	t, err := template.New("page").Funcs(words()).ParseFS(files, "*.tmpl")
	if err != nil {
		return fmt.Errorf("parse the templates: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, content); err != nil {
		return fmt.Errorf("execute the template: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// words are the functions of the templates: how reports write figures.
func words() template.FuncMap {
	return template.FuncMap{
		"span": reports.Span, "count": reports.Count, "bytes": reports.Bytes,
		"tone": tone, "mark": mark, "lower": strings.ToLower, "section": func(id, title string) Section { return Section{id, title} },
	}
}

// tone is the class of a verdict's colour; what is not a known verdict has that of doubt.
func tone(verdict string) string {
	switch check.Verdict(verdict) {
	case check.Pass:
		return "pass"
	case check.Fail:
		return "fail"
	default:
		return "doubt"
	}
}

// mark is the sign of a verdict, since colour alone says nothing to many.
func mark(verdict string) string {
	switch check.Verdict(verdict) {
	case check.Pass:
		return "✓"
	case check.Fail:
		return "✕"
	default:
		return "?"
	}
}
