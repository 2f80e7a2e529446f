package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/scenarios"
)

// What a shell offers for arguments and flags is looked up when it asks: shipped scenarios and files, broker products and
// recipe files, the words of the language, saved runs.

// noFiles is the directive of a list that is complete, besides which files make no sense.
const noFiles = cobra.ShellCompDirectiveNoFileComp

// complete lets a flag offer words. A flag that is not there is a mistake of ours that shows in every test.
func complete(c *cobra.Command, flag string, words func() []string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return words(), noFiles
	})
	if err != nil {
		panic(err)
	}
}

// completeKeys lets a flag offer keys, behind which a value follows.
func completeKeys(c *cobra.Command, flag string, keys func() []string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var list []cobra.Completion
		for _, key := range keys() {
			list = append(list, key+"=")
		}
		return list, noFiles | cobra.ShellCompDirectiveNoSpace
	})
	if err != nil {
		panic(err)
	}
}

// completeFiles lets a flag offer words, and files that end so.
func completeFiles(c *cobra.Command, flag string, words func() []string, endings ...string) {
	err := c.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return wordsAndFiles(words(), begun, endings)
	})
	if err != nil {
		panic(err)
	}
}

// wordsAndFiles offers words, files that end so and folders.
func wordsAndFiles(words []string, begun string, endings []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	list := slices.Clone(words)
	dir, _ := filepath.Split(begun)
	entries, err := os.ReadDir(filepath.Join(".", dir))
	if filepath.IsAbs(dir) {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		return list, noFiles
	}
	directive := noFiles
	for _, e := range entries {
		name := dir + e.Name()
		switch hidden := strings.HasPrefix(e.Name(), "."); {
		case hidden && !strings.HasPrefix(name, begun), hidden && begun == dir:
		case isFolder(name):
			list, directive = append(list, name+string(filepath.Separator)), directive|cobra.ShellCompDirectiveNoSpace
		case slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(name, end) }):
			list = append(list, name)
		}
	}
	return list, directive
}

// isFolder follows links: runs/latest is one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// scenarioNames are the shipped scenarios.
func scenarioNames() []string { return scenarios.Shipped() }

// completeScenarios offers scenarios: those that are shipped, and YAML files.
func completeScenarios(most int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, noFiles
		}
		return wordsAndFiles(scenarioNames(), begun, []string{".yaml", ".yml"})
	}
}

// brokerNames are the broker products.
func brokerNames() []string {
	var names []string
	for _, r := range brokers.All() {
		names = append(names, r.Name)
	}
	return names
}

// completeBroker offers a broker product, or a recipe file.
func completeBroker(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return wordsAndFiles(brokerNames(), begun, []string{".yaml", ".yml"})
}

// completeRuns offers one run directory: those below runs, the newest first, "latest", and whatever else there is.
func completeRuns(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return runsAndFolders(begun)
}

// runDirs are the directories of the runs below runs.
func runDirs() []string {
	var dirs []string
	for _, r := range runsBelow(runsDir) {
		dirs = append(dirs, r.dir)
	}
	return dirs
}

// metricNames are the figures that thresholds name.
func metricNames() []string {
	var names []string
	for _, m := range scenarios.Metrics() {
		names = append(names, m.Name)
	}
	return names
}

// completeManyRuns does so for any number of them.
func completeManyRuns(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return runsAndFolders(begun)
}

func runsAndFolders(begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []string
	if _, err := runPath(latestRun); err == nil && strings.HasPrefix(latestRun, begun) {
		words = append(words, latestRun)
	}
	for _, r := range runsBelow(runsDir) {
		if strings.HasPrefix(r.dir, begun) {
			words = append(words, r.dir)
		}
	}
	if len(words) > 0 && !slices.Equal(words, []string{latestRun}) || begun == latestRun {
		return words, noFiles | cobra.ShellCompDirectiveKeepOrder
	}
	return wordsAndFiles(words, begun, []string{".json"})
}
