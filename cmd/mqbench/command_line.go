package main

import "regexp"

// shownCommand is a command line as files may show it that are handed on: what is given for a password is in none of
// them.
func shownCommand(args []string) []string {
	secret := regexp.MustCompile(`(?s)^(.*password["']?\s*[=:]).*`) // also within {…} of a larger value
	shown := make([]string, len(args))
	for i, arg := range args {
		shown[i] = secret.ReplaceAllString(arg, "$1…")
	}
	return shown
}
