package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/mqbench/mqbench/reports"
)

func newMan(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "write the manual pages into a folder",
		Long: "Man writes a manual page of each command (section 1), and one of the words of reports (mqbench-words, section 7).\n" +
			"Folders of a MANPATH have the sections as folders of their own.",
		Example: "  mqbench man ~/.local/share/man\n  man mqbench-run",
		Args:    wants("one folder", one),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := writeMan(root, args[0]); err != nil {
				return exitError{exitEnvironment, fmt.Errorf("write manual pages: %w", err)}
			}
			return nil
		},
	}
}

// writeMan writes the manual pages below a folder of a MANPATH.
func writeMan(root *cobra.Command, dir string) error {
	commands, words := filepath.Join(dir, "man1"), filepath.Join(dir, "man7")
	for _, d := range []string{commands, words} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	header := &doc.GenManHeader{Section: "1", Source: "mqbench " + buildVersion(), Manual: "mqbench", Date: committed()}
	readyForMan(root)
	if err := doc.GenManTree(root, header, commands); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(words, "mqbench-words.7"), wordsPage(definitions()), 0o644)
}

// committed is when the source of this mqbench was committed, where that is known, so that the same source makes the same
// pages; nil: today.
func committed() *time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
			return &at
		}
	}
	return nil
}

// readyForMan escapes what Markdown, which the pages are made from, would take for markup, and leaves out who made them.
func readyForMan(c *cobra.Command) {
	escape := strings.NewReplacer("<", `\<`, "*", `\*`)
	c.DisableAutoGenTag = true
	c.Short, c.Long = escape.Replace(c.Short), escape.Replace(c.Long)
	c.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = escape.Replace(f.Usage) })
	for _, below := range c.Commands() {
		readyForMan(below)
	}
}

// wordsPage is the manual page of the words of reports.
func wordsPage(all []reports.Definition) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%% \"MQBENCH-WORDS\" \"7\" \"\" \"mqbench %s\" \"mqbench\"\n# NAME\nmqbench-words - what the words of a report mean\n",
		buildVersion())
	kind := reports.DefinitionKind("")
	for _, d := range all {
		if d.Kind != kind {
			kind = d.Kind
			fmt.Fprintf(&b, "\n# %s\n", strings.ToUpper(string(kind)))
		}
		name := d.Name
		if d.Title != "" {
			name += " (" + d.Title + ")"
		}
		fmt.Fprintf(&b, "\n### %s\n%s\n", markdown(name), markdown(d.Text))
		for i, n := range d.Notes {
			between := "; "
			if i == 0 {
				between = "\n"
			}
			fmt.Fprintf(&b, "%s*%s:* %s", between, markdown(n.Label), markdown(n.Text))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n# SEE ALSO\n**mqbench-explain(1)**, **mqbench(1)**\n")
	return md2man.Render([]byte(b.String()))
}

// markdown escapes a text of ours for Markdown.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "#", `\#`, "[", `\[`, "|", `\|`).Replace(s)
}
