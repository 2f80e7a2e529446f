// Command mqbench says what happens to messages when an MQTT broker dies: it brings brokers up, loads them, harms them
// on schedule, and accounts for every message.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/reports/gate"
)

// version is set by the linker; a plain `go build` or `go run` takes it from the build information.
var version = "" //nolint:gochecknoglobals // the linker can set nothing else

// The exit codes, as `mqbench help exit-codes` and the README state them.
const (
	exitPass          = gate.ExitPass
	exitFail          = gate.ExitFail
	exitUsage         = 2
	exitInconclusive  = gate.ExitInconclusive
	exitEnvironment   = 4
	exitNotComparable = gate.ExitNotComparable
	exitInterrupted   = 130
)

// An exitError ends the program with a code. A nil cause means that everything has been said.
type exitError struct {
	code  int
	cause error
}

func (e exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e exitError) Unwrap() error { return e.cause }

func main() {
	surviveBrokenPipes()
	ctx, stop := signal.NotifyContext(context.Background(), deadly()...)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once, see also onSignals; children die with it
	}()
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil || unread(err) {
		return exitPass
	}
	var exit exitError
	switch {
	case errors.As(err, &exit):
	case isFileError(err) || errors.Is(err, fixtures.ErrEnvironment):
		exit = exitError{exitEnvironment, err}
	default:
		exit = exitError{exitUsage, err}
	}
	if exit.code == exitEnvironment && ctx.Err() != nil {
		exit = exitError{exitInterrupted, fmt.Errorf("interrupted: %w", exit.cause)}
	}
	if exit.cause != nil {
		fmt.Fprintf(stderr, "mqbench: %v\n", exit.cause)
	}
	return exit.code
}

// isFileError tells an output that cannot be written, such as a full disk, from a command line that is wrong.
func isFileError(err error) bool {
	_, ok := errors.AsType[*fs.PathError](err)
	return ok
}

// wants is the error of a command with another number of arguments than it takes.
func wants(what string, fits func(n int) bool) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if fits(len(args)) {
			return nil
		}
		return fmt.Errorf("got %d arguments, want %s; see `%s --help`", len(args), what, c.CommandPath())
	}
}

func one(n int) bool       { return n == 1 }
func oneOrMore(n int) bool { return n >= 1 }
func none(n int) bool      { return n == 0 }

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "mqbench",
		Short: "load and chaos benchmark for MQTT systems with several brokers",
		Long:  "mqbench answers one question about an MQTT system: what happens to my messages when a broker dies?",
		Example: "  mqbench run smoke       a few seconds, brokers included\n  mqbench run failover    a cluster loses a node\n" +
			"  mqbench list            the runs so far",
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetHelpCommand(newHelp(root))
	for _, g := range groups(root) {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.title
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID(groupMore)
	root.SetCompletionCommandGroupID(groupMore)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Short = "print the completion script of a shell"
	}
	root.SetHelpFunc(help)
	root.AddCommand(
		&cobra.Command{Use: "exit-codes", Short: "what the exit codes mean", Long: exitCodes()}, // a topic, and no command
		newBroker(), newBenchClient(), newBenchCounterpart(), newPackets(), // mqbench starts itself as these
	)
	return root
}

// An exit is an exit code and what it means.
type exit struct {
	code    int
	meaning string
}

// exits are all exit codes, for commands that judge and for the others.
func exits() []exit {
	return []exit{
		{exitPass, "Pass. Of commands that judge nothing: done."},
		{exitFail, "A finding, a threshold or a check of the broker failed, or a gate found something worse."},
		{exitUsage, "Wrong usage, or a bad scenario."},
		{exitInconclusive, "Inconclusive: the run could not answer the question."},
		{exitEnvironment, "The environment: a broker that never came up, a port, a missing program, image or Docker engine."},
		{exitNotComparable, "Not comparable: the runs of a gate were not made under the same conditions."},
		{exitInterrupted, "Interrupted; what was recorded is saved and reported."},
	}
}

func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
