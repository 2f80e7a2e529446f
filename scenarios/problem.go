package scenarios

import (
	"fmt"
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

// Problems are all mistakes of a scenario, in the order of the file; those of overrides come last. It is the error that
// [Parse] and [Load] return for a scenario that is not valid.
type Problems []Problem

// Error lists every problem.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
	}
	return b.String()
}

// Error gives the problem as "file:line:col: message".
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}
