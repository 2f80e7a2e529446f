package scenarios

import "strings"

// nearest returns the word that is most likely meant by text: the one with the smallest edit distance, or "" when none
// is near.
func nearest(text string, words []string) string {
	const longest = 64 // no word of the language is that long
	if len(text) > longest {
		return ""
	}
	best, bestDistance := "", max(1, len([]rune(text))/3)+1
	for _, word := range words {
		if d := distance(strings.ToLower(text), strings.ToLower(word)); d < bestDistance {
			best, bestDistance = word, d
		}
	}
	return best
}

// Nearest returns the word that is most likely meant by text, or "" when none is near.
func Nearest(text string, words []string) string { return nearest(text, words) }

// suggestion is the part of a message that proposes the nearest word, or else lists all.
func suggestion(text string, words []string) string {
	if near := nearest(text, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "want " + oneOf(words)
}

// oneOf lists words as "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// distance counts the insertions, deletions, substitutions and swaps of neighbours that make a into b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range t {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}
