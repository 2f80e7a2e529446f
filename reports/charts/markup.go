package charts

import (
	"html"
	"html/template"
	"strconv"
	"strings"
	"unicode"
)

// A markup is HTML and SVG in the making. Names of elements and attributes are ours; values and texts are escaped here
// and nowhere else, so that none can be forgotten.
type markup struct{ b strings.Builder }

// open begins an element; attributes are pairs of name and value. An empty value of an attribute leaves it out, except
// for aria-hidden and the like, which have none that is empty.
func (m *markup) open(name string, attributes ...string) {
	m.begin(name, attributes)
	m.b.WriteByte('>')
}

// leaf is an element without content, as SVG has them.
func (m *markup) leaf(name string, attributes ...string) {
	m.begin(name, attributes)
	m.b.WriteString("/>")
}

func (m *markup) begin(name string, attributes []string) {
	m.b.WriteByte('<')
	m.b.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] == "" {
			continue
		}
		m.b.WriteByte(' ')
		m.b.WriteString(attributes[i])
		m.b.WriteString(`="`)
		m.b.WriteString(html.EscapeString(plain(attributes[i+1])))
		m.b.WriteByte('"')
	}
}

func (m *markup) close(name string) {
	m.b.WriteString("</")
	m.b.WriteString(name)
	m.b.WriteByte('>')
}

func (m *markup) text(s string) { m.b.WriteString(html.EscapeString(plain(s))) }

// element is an element with a text.
func (m *markup) element(name, text string, attributes ...string) {
	m.open(name, attributes...)
	m.text(text)
	m.close(name)
}

func (m *markup) html() template.HTML { return template.HTML(m.b.String()) }

// plain replaces what cannot be seen: control characters, and those that turn the reading direction round.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// cut shortens a text to a number of characters.
func cut(s string, most int) string {
	runes := []rune(plain(s))
	if len(runes) <= most {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:max(most-1, 0)]), " ") + "…"
}

// number writes a coordinate: a tenth of a pixel is fine enough.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0")
}

// percent writes a place between 0 and 1 as a part of the width.
func percent(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v*100, 'f', 3, 64), "0"), ".") + "%"
}
