package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/comparison"
	"github.com/mqbench/mqbench/reports/compare"
)

type compareFlags struct {
	scenarioFlags
	brokers, over                    []string
	repeat                           int
	out, resume                      string
	dryRun, rank, requirePass, quiet bool
	metrics                          metricsFlag
}

// defaultRepeat is the number of rounds with which a difference can be shown to be real among several figures.
const defaultRepeat = 5

const compareHelp = `Compare runs a scenario with several brokers, or with anything else that a scenario can say, and says how they
differ and whether that is more than chance. The whole matrix is checked before the first run. Runs are interleaved
(A B C, C B A, …) so that what drifts meanwhile meets all alike, and all variants have the same seed in a round.

Instead of a scenario it takes saved runs: run directories, or folders with many. They are grouped by what was asked
of what.

What the settings of the variants come to is laid side by side. Where they differ in what may decide a figure, such as
what survives a kill, the variants are put in no order, and the reasons are said; --rank-anyway does it all the same.

Comparing is not judging: the exit code is 0 when there was something to compare, whatever the verdicts of the runs.
With --require-pass it is that of the worst run. 4: fewer than two variants could be measured.`

func newCompare() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare SCENARIO | DIR…",
		Short: "run or read several sides, and say what differs",
		Long:  compareHelp,
		Example: "  mqbench compare failover --brokers nats,./mine.yaml --repeat 5\n" +
			"  mqbench compare smoke --brokers mochi,nats --over qos=0,1 --dry-run\n" +
			"  mqbench compare rush --over workload.client.in_flight=10,100,1000\n" +
			"  mqbench compare runs/before runs/after",
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	f.metrics.register(c)
	flags := c.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", nil, "broker products or recipe files to compare: short for --over broker=…")
	flags.StringArrayVar(&f.over, "over", nil, "KEY=V1,V2: what to vary; KEY is "+strings.Join(comparison.Keys(), ", ")+
		",\nor the path of a value as --set has it (repeatable: the product of all)")
	flags.IntVar(&f.repeat, "repeat", defaultRepeat, "how often each variant runs")
	flags.StringVar(&f.out, "out", "", "folder of the comparison (default comparisons/<scenario>/<UTC time>)")
	flags.StringVar(&f.resume, "resume", "", "DIR: go on with a comparison that was broken off; a larger --repeat adds rounds")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything, print what would be run, and stop")
	flags.BoolVar(&f.rank, "rank-anyway", false, "put variants in an order although their settings may decide the figures")
	flags.BoolVar(&f.requirePass, "require-pass", false, "fail unless every run passes")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress, only the outcome")
	c.ValidArgsFunction = completeCompared
	completeFiles(c, "brokers", brokerNames, ".yaml", ".yml")
	completeKeys(c, "over", comparison.Keys)
	return c
}

func (f *compareFlags) run(c *cobra.Command, args []string) error {
	varied := len(f.brokers)+len(f.over) > 0
	switch {
	case f.repeat < 1:
		return fmt.Errorf("--repeat %d: want 1 or more", f.repeat)
	case f.resume != "" && (len(args) > 0 || varied || f.out != "" || f.dryRun):
		return errors.New("--resume takes everything but --repeat from the comparison: want no scenario, --brokers, --over, --out or --dry-run")
	case f.resume != "":
		return f.goOn(c)
	case len(args) == 0:
		return fmt.Errorf("want a scenario, or folders of saved runs; see `%s --help`", c.CommandPath())
	case !varied && areSaved(args):
		return f.compareSaved(c, args)
	case len(args) > 1 && varied:
		return fmt.Errorf("got %d scenarios, want one with --brokers or --over", len(args))
	case len(args) > 1:
		return fmt.Errorf("to compare saved runs want folders or files that exist, and %q is none", firstMissing(args))
	}
	return f.begin(c, args[0])
}

// areSaved tells saved runs from the name of a scenario: all of them are folders, or results.
func areSaved(args []string) bool { return firstMissing(args) == "" }

func firstMissing(args []string) string {
	for _, a := range args {
		path, err := runPath(a)
		if err != nil { // said where it is read
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() && !strings.HasSuffix(a, ".json") {
			return a
		}
	}
	return ""
}

// verdictCode is the exit code of a plan that was carried out.
func (f *compareFlags) verdictCode(s *compare.Comparison) int {
	measured := 0
	for i := range s.Variants {
		if s.Count(i, compare.Done) > 0 {
			measured++
		}
	}
	switch {
	case s.Interrupted:
		return exitInterrupted
	case measured < 2:
		return exitEnvironment
	case !f.requirePass:
		return exitPass
	}
	code := exitPass
	for _, r := range s.Runs {
		switch {
		case r.State != compare.Done || r.Verdict == "fail":
			return exitFail
		case r.Verdict != "pass":
			code = exitInconclusive
		}
	}
	return code
}

// completeCompared offers scenarios, and saved runs.
func completeCompared(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	some, _ := completeScenarios(1)(c, args, begun)
	runs, directive := completeManyRuns(c, args, begun)
	return append(some, runs...), directive
}
