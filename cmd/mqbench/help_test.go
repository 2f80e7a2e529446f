package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
)

// commands are all commands that people see.
func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, below := range c.Commands() {
		if !below.Hidden && below.Name() != "completion" {
			list = append(list, commands(below)...)
		}
	}
	return list
}

// TestHelp: the help about each command fits a terminal of 80 columns, gives an example where there is something to give,
// and each command is in a group.
func TestHelp(t *testing.T) {
	root := newRoot(io.Discard, io.Discard)
	for _, c := range commands(root) {
		text := helpText(c, 80)
		for line := range strings.Lines(text) {
			if n := reports.Columns(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("help about %s: %d columns: %s", c.CommandPath(), n, line)
			}
		}
		if c.Short == "" || c.Short[:1] != strings.ToLower(c.Short[:1]) || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q is not how the others are described", c.CommandPath(), c.Short)
		}
		if c.Example == "" && c.Args != nil && c.Args(c, nil) != nil {
			t.Errorf("%s takes arguments, and its help gives no example", c.CommandPath())
		}
		if c.Parent() == root && c.GroupID == "" && c.Runnable() {
			t.Errorf("%s is in no group", c.CommandPath())
		}
	}
	compareGolden(t, filepath.Join("testdata", "help.txt"), []byte(helpText(root, 80)))
}

// TestCompletion: what a shell offers is what there is.
func TestCompletion(t *testing.T) {
	savedRuns(t)
	writeText(t, "mine.yaml", "")
	writeText(t, ".hidden.yaml", "")
	writeText(t, "notes.txt", "")
	newest := "runs/smoke/20260303T120000Z"
	for _, test := range []struct {
		line        string
		want, never []string
	}{
		{"run ", []string{"failover", "smoke", "mine.yaml", "runs/"}, []string{"notes.txt", ".hidden.yaml"}},
		{"run .h", []string{".hidden.yaml"}, nil},
		{"run smoke ", nil, []string{"smoke", "mine.yaml"}},
		{"validate smoke ", []string{"failover", "mine.yaml"}, nil},
		{"run smoke --broker ", []string{"nats", "mosquitto", "mine.yaml"}, nil},
		{"run smoke --shape ", []string{"cluster", "edge"}, []string{"mine.yaml"}},
		{"run smoke --runtime ", []string{"process", "container"}, nil},
		{"brokers show ", []string{"emqx", "mine.yaml"}, nil},
		{"brokers test nats --profile ", []string{"stock", "tuned"}, nil},
		{"images ", []string{"self", "mqbench/mosquitto:2.1"}, nil},
		{"show ", []string{"latest", newest}, []string{"notes.txt"}},
		{"check runs/smoke/", []string{newest}, []string{"latest", "runs/failover/20260301T120000Z"}},
		{"report latest --format ", []string{"csv", "json"}, nil},
		{"list --verdict ", []string{"pass", "inconclusive", "broken"}, nil},
		{"gate --baseline ", []string{newest, "runs/"}, []string{"notes.txt"}},
		{"gate --only ", []string{"end_to_end", "lost"}, nil},
		{"compare ", []string{"smoke", newest}, nil},
		{"explain ", []string{"end_to_end", "silent loss"}, []string{"130"}},
	} {
		_, out, errs := call(t, append([]string{"__completeNoDesc"}, strings.Split(test.line, " ")...)...)
		got := strings.Split(out, "\n")
		for _, want := range test.want {
			if !slices.Contains(got, want) {
				t.Errorf("%q does not offer %q: %q %s", test.line, want, got, errs)
			}
		}
		for _, never := range test.never {
			if slices.Contains(got, never) {
				t.Errorf("%q offers %q", test.line, never)
			}
		}
	}
}

// TestCompletionScripts: the shell takes the script.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		code, out, errs := call(t, "completion", shell)
		if code != exitPass || !strings.Contains(out, "mqbench") {
			t.Fatalf("completion %s: exit code %d: %s", shell, code, errs)
		}
		program, err := exec.LookPath(shell)
		if err != nil || shell == "powershell" {
			continue
		}
		c := exec.CommandContext(t.Context(), program, "-n")
		c.Stdin = strings.NewReader(out)
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v: %s", shell, err, said)
		}
	}
}

// TestMan: there is a page of each command, with the sections that pages have, and nothing of a text is taken for markup.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := call(t, "man", dir); code != exitPass {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	root := newRoot(io.Discard, io.Discard)
	var want, got []string
	for _, c := range commands(root) {
		if c.Runnable() || c == root {
			want = append(want, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "man1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "mqbench-help.1" && !strings.Contains(e.Name(), "-completion") {
			got = append(got, e.Name())
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	run, words := manPage(t, dir, "man1/mqbench-run.1"), manPage(t, dir, "man7/mqbench-words.7")
	for _, want := range []string{".SH NAME\nmqbench-run - ", ".SH SYNOPSIS", ".SH EXAMPLE", "runs/<scenario>/<UTC time>", "SEE ALSO"} {
		if !strings.Contains(run, want) {
			t.Errorf("the page of run has no %q:\n%s", want, run)
		}
	}
	for _, d := range definitions() {
		if !strings.Contains(words, ".SS "+d.Name) {
			t.Errorf("the page of words has no %s %q", d.Kind, d.Name)
		}
	}
	if found := regexp.MustCompile(`\n\.[a-z]{3,}`).FindAllString(words+run, -1); len(found) > 0 {
		t.Errorf("unknown requests %q", found)
	}
	checkManual(t, dir)
}

// manPage is a manual page without the escapes of the formatter.
func manPage(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\\f[A-Z]|\\`).ReplaceAllString(string(text), "")
}

// checkManual lets the formatter say what it thinks of the pages, where there is one.
func checkManual(t *testing.T, dir string) {
	t.Helper()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("no groff: the pages were not formatted")
		return
	}
	pages, err := filepath.Glob(filepath.Join(dir, "man?", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if said, err := exec.CommandContext(t.Context(), groff, "-man", "-Kutf8", "-Tutf8", "-ww", "-z", page).CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("groff %s: %v: %s", filepath.Base(page), err, said)
		}
	}
}
