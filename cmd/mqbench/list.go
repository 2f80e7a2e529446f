package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
)

// listFlags choose what of the saved runs is listed, and how.
type listFlags struct {
	scenario, verdict string
	most              int
	asJSON            bool
}

func newList() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "list [DIR…]",
		Short: "list saved runs with their verdicts and key figures",
		Long: "List finds the runs below the folders, by default below runs, and prints a line of each, the newest first: which\n" +
			"run, its verdict, deliveries that were lost and duplicated, the p99 of failover and of the end-to-end latency, and where\n" +
			"there is room the broker, how long it took and when it began (UTC). Runs that cannot be read, and those that have no\n" +
			"result yet, are listed with the reason. Listing judges nothing: the exit code is 0 whatever the verdicts.",
		Example: "  mqbench list\n  mqbench list --verdict fail -n 10\n  mqbench list --json | jq '.[] | select(.lost > 0) | .dir'",
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args) },

		ValidArgsFunction: completeManyRuns,
	}
	flags := c.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "only runs of this scenario")
	flags.StringVar(&f.verdict, "verdict", "", "only runs with this verdict: "+strings.Join(listedVerdicts(), ", "))
	flags.IntVarP(&f.most, "number", "n", 0, "only so many, the newest (default all)")
	flags.BoolVar(&f.asJSON, "json", false, "print the list as JSON (times in nanoseconds)")
	complete(c, "verdict", func() []string { return listedVerdicts() })
	complete(c, "scenario", scenarioNames)
	return c
}

// listedVerdicts are the verdicts of runs, and what else the column has.
func listedVerdicts() []string {
	return []string{
		string(check.Pass), string(check.Fail), string(check.Inconclusive), string(runUnfinished), string(runBroken),
	}
}

func (f listFlags) run(c *cobra.Command, roots []string) error {
	if f.verdict != "" && !slices.Contains(listedVerdicts(), f.verdict) {
		return fmt.Errorf("--verdict %q: want %s", f.verdict, strings.Join(listedVerdicts(), ", "))
	}
	if f.most < 0 {
		return fmt.Errorf("--number %d: want 1 or more", f.most)
	}
	runs, err := f.find(c, roots)
	if err != nil {
		return err
	}
	w := c.OutOrStdout()
	if f.asJSON {
		rows := make([]listedRun, 0, len(runs))
		for _, r := range runs {
			rows = append(rows, r.listed())
		}
		return writeJSON(w, rows)
	}
	if len(runs) == 0 {
		what := "runs"
		if f.verdict != "" || f.scenario != "" {
			what = "such runs"
		}
		where := strings.Join(roots, ", ")
		if len(roots) == 0 {
			where = runsDir + " (`mqbench run smoke` makes one)"
		}
		_, err := fmt.Fprintf(w, "no %s below %s\n", what, reports.Printable(where))
		return err
	}
	return printRuns(w, runs, width(w), colour(w))
}

// find finds the runs that are asked for, the newest first.
func (f listFlags) find(c *cobra.Command, roots []string) ([]savedRun, error) {
	var all []savedRun
	for _, root := range roots {
		path, err := runPath(root)
		if err != nil {
			return nil, err
		}
		found, err := findRuns(c.Context(), filepath.Clean(path))
		switch {
		case c.Context().Err() != nil:
			return nil, exitError{exitEnvironment, c.Context().Err()}
		case err != nil:
			return nil, exitError{exitUsage, fmt.Errorf("list %q: %s", root, plainly(err))}
		}
		all = append(all, found...)
	}
	if len(roots) == 0 {
		all, _ = findRuns(c.Context(), runsDir) // before the first run there is no such folder
	}
	all = slices.DeleteFunc(all, func(r savedRun) bool { return !f.wants(r) })
	newestFirst(all)
	all = slices.CompactFunc(all, func(a, b savedRun) bool { return a.dir == b.dir })
	if f.most > 0 {
		all = all[:min(f.most, len(all))]
	}
	if err := c.Context().Err(); err != nil {
		return nil, exitError{exitEnvironment, err}
	}
	return all, nil
}

func (f listFlags) wants(r savedRun) bool {
	scenario := f.scenario == "" || r.brief != nil && r.brief.Scenario == f.scenario
	return scenario && (f.verdict == "" || r.verdict() == f.verdict)
}

// verdict is that of the run, or else its state.
func (r *savedRun) verdict() string {
	if r.brief == nil {
		return string(r.state)
	}
	return r.brief.Verdict
}

// A listedRun is a run in the JSON of the list. Times are nanoseconds; a p99 is -1 where it falls on a client that was
// never served again, and missing where there was nothing to measure.
type listedRun struct {
	Dir         string         `json:"dir"`
	State       runState       `json:"state"`
	Reason      string         `json:"reason,omitempty"`
	Scenario    string         `json:"scenario,omitempty"`
	Verdict     string         `json:"verdict,omitempty"`
	Started     *time.Time     `json:"started,omitempty"`
	Duration    time.Duration  `json:"duration,omitempty"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Incomplete  bool           `json:"incomplete,omitempty"`
	Broker      string         `json:"broker,omitempty"`
	Version     string         `json:"version,omitempty"`
	Runtime     string         `json:"runtime,omitempty"`
	Shape       string         `json:"shape,omitempty"`
	Nodes       int            `json:"nodes,omitempty"`
	Lost        *uint64        `json:"lost,omitempty"`
	LostUnknown *uint64        `json:"lost_unknown,omitempty"`
	Duplicated  *uint64        `json:"duplicated,omitempty"`
	FailoverP99 *time.Duration `json:"failover_p99,omitempty"`
	EndToEndP99 *time.Duration `json:"end_to_end_p99,omitempty"`
}

func (r *savedRun) listed() listedRun {
	row := listedRun{Dir: r.dir, State: r.state, Reason: r.reason}
	b := r.brief
	if b == nil {
		return row
	}
	t := b.Topology
	row.Scenario, row.Verdict, row.Started, row.Duration = b.Scenario, b.Verdict, &b.Started, b.Duration
	row.Interrupted, row.Incomplete = b.Interrupted, b.Incomplete
	row.Broker, row.Version, row.Runtime, row.Shape, row.Nodes = t.Broker, t.Version, t.Runtime, t.Shape, t.Nodes
	row.Lost, row.LostUnknown, row.Duplicated = &b.Counts.Lost, &b.Counts.LostUnknown, &b.Counts.Duplicated
	row.FailoverP99, row.EndToEndP99 = measured(b.Failover.Resume), measured(b.Latency.EndToEnd)
	return row
}

// measured is the p99 of a distribution with any samples.
func measured(d reports.Distribution) *time.Duration {
	if d.Count+d.Never == 0 {
		return nil
	}
	return &d.P99
}

// listColumns are the columns of the list. The least are shown on every page, the others as far as there is room.
func listColumns() (columns []string, least int) {
	return []string{"run", "verdict", "lost", "dup", "failover", "e2e", "took", "broker", "began"}, 6
}

// printRuns prints a line of each run, and behind them why some have no figures.
func printRuns(w io.Writer, runs []savedRun, columns int, color bool) error {
	below := shared(runs, columns)
	rows := make([][]string, len(runs))
	for n, r := range runs {
		rows[n] = r.cells(strings.TrimPrefix(r.dir, below))
	}
	header, least := listColumns()
	used := -gap
	for n, name := range header {
		wide := reports.Columns(name)
		for _, row := range rows {
			wide = max(wide, reports.Columns(row[n]))
		}
		if used += wide + gap; n >= least && used > columns {
			header = header[:n]
			break
		}
	}
	if below != "" {
		header[0] = "run in " + below
	}
	t := &reports.Table{Header: header, Text: []int{0, 1}}
	for n := range header {
		if header[n] == "broker" || header[n] == "began" {
			t.Text = append(t.Text, n)
		}
	}
	for n, r := range runs {
		t.Judged(r.verdict(), rows[n][:len(header)]...)
	}
	if err := t.Write(w, columns, color); err != nil {
		return err
	}
	fmt.Fprintln(w, "lost, dup: deliveries; failover, e2e: 99th percentiles")
	return printReasons(w, runs, columns, color)
}

// printReasons says of the runs without figures why they have none.
func printReasons(w io.Writer, runs []savedRun, columns int, color bool) error {
	runs = slices.DeleteFunc(slices.Clone(runs), func(r savedRun) bool { return r.reason == "" })
	if len(runs) > 0 {
		fmt.Fprintln(w)
	}
	for _, r := range runs {
		if err := reports.WriteParagraph(w, string(r.state), r.dir+": "+r.reason, columns, color); err != nil {
			return err
		}
	}
	return nil
}

// gap is what the table leaves between two columns.
const gap = 2

// others is what the columns behind the first one take of a narrow page.
const others = 47

// shared is the folder that all runs lie in, with its separator, where their paths would take too much of the page with
// it; "": it can be shown with each.
func shared(runs []savedRun, columns int) string {
	longest := 0
	for _, r := range runs {
		longest = max(longest, reports.Columns(reports.Printable(r.dir)))
	}
	if longest <= columns-others {
		return ""
	}
	const separator = string(filepath.Separator)
	prefix := filepath.Dir(runs[0].dir) + separator
	for _, r := range runs[1:] {
		for !strings.HasPrefix(r.dir, prefix) {
			parent := filepath.Dir(strings.TrimSuffix(prefix, separator))
			if parent == "." || parent == separator {
				return ""
			}
			prefix = parent + separator
		}
	}
	return prefix
}

// cells are all columns of a run that is called by a name.
func (r *savedRun) cells(name string) []string {
	const nothing = "–"
	name, began := reports.Printable(name), nothing
	if !r.began.IsZero() {
		began = r.began.UTC().Format("2006-01-02 15:04")
	}
	b := r.brief
	if b == nil {
		return []string{name, reports.VerdictWord(r.verdict()), nothing, nothing, nothing, nothing, nothing, nothing, began}
	}
	if b.Scenario != "" && !slices.Contains(strings.Split(filepath.ToSlash(r.dir), "/"), b.Scenario) {
		name += " (" + reports.Truncated(b.Scenario, 16) + ")"
	}
	t := b.Topology
	broker := strings.TrimSpace(fmt.Sprintf("%s %s %d", reports.Truncated(t.Broker, 14), t.Shape, t.Nodes))
	return []string{
		name, reports.VerdictWord(b.Verdict), b.Counts.LostWords("–"), b.Counts.DuplicatedWords(), b.Failover.Resume.P99Words(),
		b.Latency.EndToEnd.P99Words(), reports.Span(b.Duration), broker, began,
	}
}
