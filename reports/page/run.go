package page

import (
	"fmt"
	"html/template"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/history"
)

// A report is what the template "run" draws.
type report struct {
	Shell      Shell
	Result     *reports.Result
	Lead       lead
	Overview   template.HTML
	Missing    []string
	Timelines  []template.HTML
	Thresholds Table
	Findings   Table
	Latency    latencySection
	Failover   failoverSection
	Messages   messageSection
	Brokers    brokerSection
	Generator  generatorSection
	Metrics    []definition
	Meanings   []definition
	Background background
	Data       template.HTML
}

type latencySection struct {
	Charts []template.HTML
	Table  Table
}

type failoverSection struct {
	// Said is there instead of everything else where there is nothing to show.
	Said   string
	Spread template.HTML
	Faults Table
	Ways   Table
	Views  []faultView
	// More is how many faults have no view.
	More string
	Gap  string
	// Outages and Arrivals are not of a fault.
	Outages  string
	Arrivals Table
}

type messageSection struct {
	Published, Delivered, Windows, Groups Table
	Strips                                []stripView
	Listed                                string
}

type brokerSection struct {
	Drawing         drawing
	Facts, Workload []Fact
	Table           Table
}

type generatorSection struct {
	Facts, Machine []Fact
	Waits          Table
}

func sections() []Section {
	return []Section{
		{"summary", "Summary"}, {"verdict", "Verdict"}, {"timelines", "Timelines"}, {"latency", "Latency"}, {"failover", "Failover"},
		{"messages", "Messages"}, {"brokers", "Brokers"}, {"generator", "Generator"}, {"definitions", "Definitions"},
		{"background", "Run it again"}, {"figures", "Every figure"},
	}
}

func compose(run Run) (report, error) {
	r := cleaned(run.Result)
	var set charts.Set
	c := newCourse(&set, r, run.Record)
	v := report{
		Result: r, Lead: leadOf(r), Overview: c.rates(200), Missing: missing(run, c),
		Thresholds: thresholdTable(r), Findings: findingTable(r),
		Metrics: metricDefinitions(), Meanings: findingDefinitions(r), Background: backgroundOf(r, run),
	}
	v.Timelines = some(c.latencies(), c.connected(), c.cpu(), c.memory(), charts.FaultList(c.span))
	v.Latency = latencySection{Table: latencyTable(r), Charts: some(
		percentiles(&set, r, run.Analysis, history.EndToEnd, "End-to-end latency by percentile"),
		percentiles(&set, r, run.Analysis, history.PublishLatency, "Publish latency by percentile"))}
	v.Failover = failoverOf(&set, r, run)
	v.Messages = messageSection{
		Published: tallyTable("At the publishers", "Messages", published(r.Counts)),
		Delivered: tallyTable("At the subscribers", "Deliveries", delivered(r.Counts)),
		Windows:   windowTable(r, run.Analysis), Groups: groupTable(r), Strips: stripViews(c, run.Analysis), Listed: listed(r),
	}
	v.Brokers = brokerSection{
		Drawing: drawTopology(r, run.Record), Facts: topologyFacts(r), Workload: workloadFacts(r), Table: brokerTable(r),
	}
	v.Generator = generatorSection{Facts: generatorFacts(r), Machine: machineFacts(r), Waits: waitTable(r)}
	var err error
	if v.Data, err = set.Data(); err != nil {
		return report{}, err
	}
	v.Shell = Shell{
		Title: r.Scenario + ": " + r.Verdict, Sections: sections(), Style: charts.CSS(), Script: charts.Script(),
		Foot: fmt.Sprintf("mqbench %s · run %s · seed %d · this page loads nothing and sends nothing.", r.Mqbench, r.RunID, r.Seed),
	}
	return v, nil
}

// some are the charts that there are.
func some(charts ...template.HTML) []template.HTML {
	var list []template.HTML
	for _, c := range charts {
		if c != "" {
			list = append(list, c)
		}
	}
	return list
}

// missing says what the page cannot show, and why.
func missing(run Run, c *course) []string {
	var said []string
	switch {
	case run.Record == nil:
		said = append(said, "The record of this run is not there: what it alone knows, such as the course of the run, is not in this page.")
	case len(c.xs) == 0:
		said = append(said, "The run ended before the first second was recorded: there are no timelines.")
	case !run.Record.Complete:
		said = append(said, "The record is what a crash left behind: it ends with its last second, and what came later is not known.")
	}
	if run.Record != nil && run.Record.EventsDropped > 0 {
		said = append(said, fmt.Sprintf("%s events of connections did not fit the record.", reports.Count(run.Record.EventsDropped)))
	}
	return said
}

func failoverOf(set *charts.Set, r *reports.Result, run Run) failoverSection {
	s := failoverSection{Arrivals: arrivalTable(r)}
	s.Outages = outageWords(r)
	if r.UnavailabilityGap > 0 {
		s.Gap = "The longest time in which nothing was delivered to anybody although messages were due: at least " +
			reports.Span(r.UnavailabilityGap) + "."
	}
	if len(r.Injections) == 0 {
		s.Said = "No fault was injected."
		return s
	}
	s.Faults = faultTable(r)
	s.Views = faultViews(set, r, run.Analysis)
	s.Spread = spread(set, r, run.Analysis)
	if len(r.Injections) > 1 {
		s.Ways = waysTable("All faults together", r.Failover, nil)
		s.Ways.Rows = append(s.Ways.Rows, distributionRow(metricCell("backlog"), r.Backlog, true))
	}
	if n := len(r.Injections) - len(s.Views); n > 0 {
		s.More = fmt.Sprintf("Below are the %d faults whose clients took longest; the other %s are in the table, and each of their clients in "+
			"failover.csv.", len(s.Views), reports.Count(uint64(n)))
	}
	return s
}

// outageWords say how often clients were cut off.
func outageWords(r *reports.Result) string {
	o := r.Outages
	_, warmed := r.Phase("warmup")
	_, measured := r.Phase("measure")
	switch {
	case o.Count > 0:
		return fmt.Sprintf("%s of clients, the longest %s; %s began while no fault was in force.", reports.Plural(o.Count, "outage"),
			reports.Span(o.Longest), reports.Count(uint64(o.Unexplained)))
	case warmed || measured:
		return "No client that should have been served was ever cut off."
	default:
		return "No load was offered, so that nobody had to be served."
	}
}

// arrivalTable shows how clients were let in that came by their plan.
func arrivalTable(r *reports.Result) Table {
	t := Table{Caption: "Arrivals by plan: from the call to the CONNACK, for subscribers the SUBACK", Columns: append(
		distributionColumns("Group", true), Column{Title: "called"}, Column{Title: "attempts failed"}, Column{Title: "most in a second"},
		Column{Title: "all in after"})}
	for _, a := range r.Arrivals {
		x := distributionRow(textCell(a.Group), a.Wait, true)
		allIn := spanCell(a.AllIn)
		if a.AllIn < 0 {
			allIn = textCell("–")
		}
		x.Cells = append(x.Cells, countCell(a.Called), countCell(a.Failed), countCell(a.PeakPerSecond), allIn)
		t.Rows = append(t.Rows, x)
	}
	t.Rows, t.Notes = bounded(t.Rows, "groups", "result.json")
	return t
}

func listed(r *reports.Result) string {
	a := r.Anomalies
	switch {
	case a.Listed == 0 && a.Unlisted == 0:
		return "No message was lost, duplicated, reordered or a phantom."
	case a.Unlisted == 0:
		return fmt.Sprintf("anomalies.csv names all %s of these messages.", reports.Count(uint64(a.Listed)))
	default:
		return fmt.Sprintf("anomalies.csv names the earliest %s of these messages; %s more are counted and not named.",
			reports.Count(uint64(a.Listed)), reports.Count(a.Unlisted))
	}
}
