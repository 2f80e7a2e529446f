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
	exitPass         = gate.ExitPass
	exitFail         = gate.ExitFail
	exitUsage        = 2
	exitInconclusive = gate.ExitInconclusive
	exitEnvironment  = 4
	exitInterrupted  = 130
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
		stop() // a second signal ends the program at once, see also onSecondSignal; children die with it
	}()
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
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

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "mqbench",
		Short:         "load and chaos benchmark for MQTT systems with several brokers",
		Long:          "mqbench answers one question about an MQTT system: what happens to my messages when a broker dies?",
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetHelpCommand(newHelp(root))
	root.AddCommand(
		newRun(), newPlan(), newValidate(), newSchema(), newCheck(), newBrokers(), newCalibrate(), newClean(), newBroker(),
		newBench(), newBenchClient(), newBenchCounterpart(), newPackets(), newImages(),
		&cobra.Command{Use: "exit-codes", Short: "what the exit codes mean", Long: exitCodes},
	)
	return root
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

const exitCodes = `Exit codes of mqbench run, mqbench check and mqbench brokers test:

    0  pass
    1  a finding, a threshold or a check of the broker failed
    2  wrong usage or a bad scenario
    3  inconclusive: the run could not answer the question
    4  the environment: a broker that never came up, a port, a missing program, image or Docker engine
  130  interrupted; what was recorded is saved and reported`

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
