package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Markdown makes a text from outside safe for a paragraph or a table cell of Markdown as GitHub reads it: nothing in it
// is markup, HTML or a link, calls anybody, or refers to an issue. It is on one line, and at most so many columns long.
func Markdown(s string, most int) string {
	var b strings.Builder
	text := []rune(truncate(oneLine(s), most))
	for i, r := range text {
		switch {
		case strings.ContainsRune("&<>\\`*[]{}|~$^", r), r == '_' && !inWord(text, i), opensBlock(text, i):
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("@#", r), r == ':' && opensLink(text, i):
			b.WriteString(string(r) + parting)
		case r == '.' && follows(text, i, "www"), r == '-' && follows(text, i, "gh"):
			b.WriteString(parting + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// opensBlock says whether a character at the begin of a line would make a list, a heading or a rule of it.
func opensBlock(text []rune, i int) bool {
	switch text[i] {
	case '-', '+', '=':
		return i == 0
	case '.', ')':
		numbers := i > 0 && !slices.ContainsFunc(text[:i], func(r rune) bool { return !unicode.IsDigit(r) })
		return numbers && (i+1 == len(text) || text[i+1] == ' ')
	default:
		return false
	}
}

// opensLink says whether a colon may be that of a link or of a picture's name; that of a time or a port is not.
func opensLink(text []rune, i int) bool {
	if i+1 == len(text) {
		return false
	}
	next := text[i+1]
	if unicode.IsDigit(next) {
		return i == 0 || !unicode.IsDigit(text[i-1])
	}
	return unicode.IsLetter(next) || strings.ContainsRune("/+-", next)
}

// follows says whether a word in any case stands right before a character.
func follows(text []rune, i int, word string) bool {
	return i >= len(word) && strings.EqualFold(string(text[i-len(word):i]), word)
}

// parting is a character that has no width: GitHub looks for names, issues and links after it has read all markup and
// entities, so that only another character between keeps it from finding them.
const parting = "&#8203;"

// inWord says whether an underscore has letters or digits on both sides, where it marks nothing up.
func inWord(text []rune, i int) bool {
	wordly := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return i > 0 && i+1 < len(text) && wordly(text[i-1]) && wordly(text[i+1])
}

// verbatim is a text in the type of code, where that is possible without tricks, and else as [Markdown]: what looks like
// HTML stays harmless also for readers that take the marks of code away.
func verbatim(s string, most int) string {
	text := truncate(oneLine(s), most)
	if text == "" || strings.ContainsAny(text, "`|\\&@#") || hasTag(text) {
		return Markdown(text, most)
	}
	return "`" + text + "`"
}

// hasTag says whether an element, a comment or the like may begin somewhere.
func hasTag(s string) bool {
	for _, rest := range strings.Split(s, "<")[1:] {
		if rest != "" && !strings.ContainsRune(" =0123456789", rune(rest[0])) {
			return true
		}
	}
	return false
}
