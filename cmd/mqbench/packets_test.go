package main

import (
	"bytes"
	"strings"
	"testing"
)

// What is not a set of rules changes nothing and says so; what rules do is tested where they are.
func TestPacketsRefusesWhatIsNoSetOfRules(t *testing.T) {
	for name, tc := range map[string]struct{ rules, want string }{
		"no JSON":      {"drop all", "read packet rules"},
		"unknown word": {`[{"in":true,"lose":1}]`, `lose`},
		"nonsense":     {`[{"in":true,"drop":7}]`, "drops a share of 7"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := execute(t.Context(), []string{"packets", tc.rules}, &stdout, &stderr)
			if code != 1 || !strings.Contains(stderr.String(), tc.want) {
				t.Errorf("exit code %d and %q, want 1 and %q", code, stderr.String(), tc.want)
			}
		})
	}
}

// Whoever follows is told of each line what became of it, and the next line counts again.
func TestPacketsFollowsLines(t *testing.T) {
	var out bytes.Buffer
	if err := followPackets(strings.NewReader("drop all\n"+`[{"in":true,"drop":7}]`+"\nwithout an end"), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{"ready", "error: read packet rules", "error: ", ""} {
		if len(lines) != 4 || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("it says %q, want a line that begins with %q", lines, want)
		}
	}
}
