package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
)

// A group is commands that belong together, as the help lists them.
type group struct {
	title    string
	commands []*cobra.Command
}

// groupMore is the group of what helps with the other commands.
const groupMore = "Help and editors:"

// groups are all commands for people.
func groups(root *cobra.Command) []group {
	return []group{
		{"Run:", []*cobra.Command{
			newRun(),
			newCompare(),
			newPlan(),
			newValidate(),
		}},
		{"Read and judge:", []*cobra.Command{
			newShow(),
			newList(),
			newReport(),
			newCheck(),
			newGate(),
			newBaseline(),
			newExplain(),
			newMetrics(),
			newDashboard(),
		}},
		{"Brokers:", []*cobra.Command{
			newBrokers(),
			newImages(),
			newClean(),
		}},
		{"mqbench itself:", []*cobra.Command{
			newCalibrate(),
			newGateTrial(),
			newBench(),
		}},
		{groupMore, []*cobra.Command{
			newSchema(),
			newMan(root),
		}},
	}
}

// newHelp differs from cobra's own in that a command that does not exist is an error.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			about, _, err := root.Find(args)
			if err != nil {
				return err
			}
			return about.Help()
		},
	}
}

// help prints the help about a command on a page as wide as the terminal.
func help(c *cobra.Command, _ []string) {
	w := c.OutOrStdout()
	fmt.Fprint(w, helpText(c, width(w)))
}

// helpText is the help about a command on a page of so many columns.
func helpText(c *cobra.Command, columns int) string {
	c.Root().SetUsageTemplate(usage(columns))
	return flowed(cmp.Or(c.Long, c.Short), columns) + "\n\n" + c.UsageString()
}

// flowed wraps the paragraphs of a text; lines that are indented stay as they are.
func flowed(text string, columns int) string {
	var out, paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			out = append(out, reports.Wrapped(strings.Join(paragraph, " "), columns))
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line == "" || strings.HasPrefix(line, " ") {
			end()
			out = append(out, line)
		} else {
			paragraph = append(paragraph, line)
		}
	}
	end()
	return strings.Join(out, "\n")
}

// usage is the template of what follows a command's description in its help, on a page of so many columns.
func usage(columns int) string {
	return strings.ReplaceAll(`Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}{{$all := .Commands}}{{if .Groups}}{{range $group := .Groups}}

{{.Title}}{{range $all}}{{if (and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help")))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{else}}

Commands:{{range $all}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped COLUMNS | trimTrailingWhitespaces}}{{end}}{{if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .CommandPath .CommandPathPadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableSubCommands}}

{{.CommandPath}} COMMAND --help says more about a command.{{end}}
`, "COLUMNS", fmt.Sprint(min(columns, 120)))
}

// exitCodes is the section on exit codes of the help of commands that judge.
func exitCodes() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, e := range exits() {
		fmt.Fprintf(&b, "\n    %3d  %s", e.code, strings.ReplaceAll(reports.Wrapped(e.meaning, 64), "\n", "\n         "))
	}
	return b.String()
}
