package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one mistake in a scenario, at its place.
type Problem struct {
	// File is the name of the file as it was given.
	File string
	// Line and Column count characters from 1. They are 0 where the mistake is not in the file but in an override.
	Line, Column int
	// Source is the line of the file that holds the mistake, without its line end; empty for an override.
	Source string
	// Override is the text of the override that made the mistake; empty where it is in the file.
	Override string
	// Message says what is wrong and what was expected.
	Message string
}

// Error gives the problem as "file:line:col: message", followed by the line and a caret under the place; for an
// override as `file: override "…": message`.
func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: override %q: %s", p.File, p.Override, p.Message)
	}
	source, caret := p.excerpt()
	return fmt.Sprintf("%s:%d:%d: %s\n    %s\n    %s^", p.File, p.Line, p.Column, p.Message, source, caret)
}

// excerpt cuts the line to what a terminal shows, and gives the space that puts a caret under the place. Tabs stay tabs
// in both, so that the caret is right whatever a tab's width is.
func (p Problem) excerpt() (source, space string) {
	const width, before = 110, 70
	line := []rune(p.Source)
	at := min(max(p.Column-1, 0), len(line))
	from, to := 0, len(line)
	if len(line) > width {
		from = min(max(0, at-before), len(line)-width)
		to = from + width
	}
	lead, trail := "", ""
	if from > 0 {
		lead = "…"
	}
	if to < len(line) {
		trail = "…"
	}
	blank := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, lead+string(line[from:at]))
	return lead + string(line[from:to]) + trail, blank
}

// Problems are all mistakes of a scenario, in the order of the file; those of overrides come last. It is the error that
// [Parse] and [Load] return for a scenario that is not valid.
type Problems []Problem

// Error lists the problems.
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.Error()
	}
	return strings.Join(texts, "\n")
}

// maxProblems bounds the problems that are kept: nobody reads more, and a file that is no scenario at all may have very
// many.
const maxProblems = 200

// problemList collects the problems of one file.
type problemList struct {
	file  string
	lines []string
	found Problems
}

func newProblemList(file string, text []byte) *problemList {
	// YAML ends lines at a line feed, a carriage return, or both [YAML 1.2 §5.4].
	normal := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(string(text), "�"))
	return &problemList{file: file, lines: strings.Split(normal, "\n")}
}

// add notes a mistake, up to the bound. Places that the parser puts behind the end of the text are moved to its end.
func (l *problemList) add(at place, format string, args ...any) {
	if len(l.found) == maxProblems {
		return
	}
	p := Problem{File: l.file, Message: fmt.Sprintf(format, args...)}
	if at.override != "" {
		p.Override = at.override
	} else {
		p.Line = min(max(at.line, 1), len(l.lines))
		p.Source = l.lines[p.Line-1]
		p.Column = min(max(at.column, 1), len([]rune(p.Source))+1)
	}
	l.found = append(l.found, p)
}

// err returns the problems in the order of the file, or nil where there are none.
func (l *problemList) err() error {
	if len(l.found) == 0 {
		return nil
	}
	slices.SortStableFunc(l.found, func(a, b Problem) int {
		return cmp.Or(compareBool(a.Line == 0, b.Line == 0), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(l.found, func(a, b Problem) bool { return a == b })
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}
