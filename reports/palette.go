package reports

import (
	"strings"

	"github.com/mqbench/mqbench/reports/check"
)

// A palette colours text with ANSI sequences, or leaves it alone. Every coloured text says the same in its words.
type palette bool

func (p palette) sgr(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string   { return p.sgr("1", s) }
func (p palette) dim(s string) string    { return p.sgr("2", s) }
func (p palette) red(s string) string    { return p.sgr("1;31", s) }
func (p palette) green(s string) string  { return p.sgr("1;32", s) }
func (p palette) yellow(s string) string { return p.sgr("1;33", s) }

// verdict paints a text in the colour of a verdict; anything that is not a known verdict has the colour of doubt.
func (p palette) verdict(v, s string) string {
	switch check.Verdict(v) {
	case check.Pass:
		return p.green(s)
	case check.Fail:
		return p.red(s)
	default:
		return p.yellow(s)
	}
}

// word is a verdict as tables show it: only what needs a look is in capitals.
func word(v string) string {
	if check.Verdict(v) == check.Pass {
		return v
	}
	return strings.ToUpper(clean(v))
}
