package page

import (
	"fmt"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
)

// A lead is the first screen: what was run, the verdict and its reasons, and four figures.
type lead struct {
	What    string
	Reason  string
	Reasons []reason
	// More says how many reasons have no room.
	More  string
	Tiles []Tile
}

// mostReasons is how many reasons the first screen has room for.
const mostReasons = 4

// A reason is a threshold or a finding that decided the verdict.
type reason struct{ Verdict, Name, Detail string }

func leadOf(r *reports.Result) lead {
	l := lead{What: whatRan(r), Reason: r.Reason(), Reasons: reasonsOf(r), Tiles: tilesOf(r)}
	if n := len(l.Reasons) - mostReasons; n > 0 {
		l.Reasons, l.More = l.Reasons[:mostReasons], fmt.Sprintf("%d more below", n)
	}
	return l
}

// whatRan says in a line what was under test.
func whatRan(r *reports.Result) string {
	t, l := r.Topology, r.Workload
	parts := []string{
		strings.TrimSpace(t.Broker + " " + t.Version), reports.Plural(t.Nodes, "node"), named("shape", t.Shape),
		named("runtime", t.Runtime), named("profile", t.Profile), l.Offered(), reports.Plural(l.Subscribers, "subscriber"),
		named("MQTT", l.Protocol) + named(" over", strings.ToUpper(l.Transport)), named("", strings.TrimSpace(l.Session+" sessions")),
		r.Started.UTC().Format("2 January 2006, 15:04:05 UTC"),
	}
	var said []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, " · ")
}

// named is a word with its value, or nothing where there is no value.
func named(word, value string) string {
	if value == "" {
		return ""
	}
	return word + " " + value
}

// reasonsOf are the thresholds that were not met and the findings that are no pass, the failed ones first.
func reasonsOf(r *reports.Result) []reason {
	var failed, open []reason
	add := func(verdict, name, detail string) {
		switch check.Verdict(verdict) {
		case check.Pass:
		case check.Fail:
			failed = append(failed, reason{verdict, name, detail})
		default:
			open = append(open, reason{verdict, name, detail})
		}
	}
	for _, t := range r.Thresholds {
		add(t.Verdict, t.Expression, "observed "+t.Observed+because(r, metricOf(t)))
	}
	for _, f := range r.Findings {
		add(f.Verdict, f.Name, f.Detail)
	}
	return append(failed, open...)
}

// tilesOf are the four figures that everybody asks for first.
func tilesOf(r *reports.Result) []Tile {
	c := r.Counts
	lost := Tile{Name: "Lost", Figure: c.LostWords(" to "), About: "messages", More: share(c.Lost, c.Expected, "of what was owed")}
	if c.Lost > 0 {
		lost.Tone = tone(string(check.Fail))
		if c.LostSilent == 0 {
			lost.Tone, lost.More = tone(string(check.Inconclusive)), lost.More+", none of it silently"
		}
	}
	if c.LostUnknown > 0 {
		lost.More += fmt.Sprintf("; %s may still have been under way", reports.Count(c.LostUnknown))
	}
	duplicated := Tile{
		Name: "Duplicated", Figure: c.DuplicatedWords(), About: "messages", More: share(c.Duplicated, c.Delivered, "of what came"),
	}
	if c.Expected == 0 && c.LostUnknown == 0 {
		lost.More = "nothing was owed"
	}
	if c.Delivered == 0 {
		duplicated.More = "nothing was delivered"
	}
	tiles := []Tile{lost, duplicated, failoverTile(r), latencyTile(r)}
	for n, metric := range []string{"lost", "duplicated", "failover", "end_to_end"} {
		tiles[n].Tone = judged(r, metric, tiles[n].Tone)
	}
	return tiles
}

// judged is the colour of a figure for which there are thresholds: that of the worst of those that were not met.
func judged(r *reports.Result, metric, otherwise string) string {
	worst := check.Pass
	for _, t := range r.Thresholds {
		if metricOf(t) == metric {
			worst = check.Worst(worst, check.Verdict(t.Verdict))
		}
	}
	if worst == check.Pass {
		return otherwise
	}
	return tone(string(worst))
}

// metricOf is the name with which a threshold begins.
func metricOf(t reports.Threshold) string {
	name := strings.TrimSpace(t.Expression)
	if end := strings.IndexAny(name, ". <>=!"); end >= 0 {
		return name[:end]
	}
	return name
}

// because is what a finding says of a count for which a threshold asks, in a sentence of its own.
func because(r *reports.Result, metric string) string {
	about := map[string]string{"lost": "loss", "duplicated": "duplicates", "reordered": "reordered", "phantom": "phantom"}[metric]
	if about == "" {
		return ""
	}
	for _, f := range reports.WorstFirst(r.Findings) {
		if strings.Contains(f.Name, about) && !strings.HasPrefix(f.Name, "no ") {
			return ". " + f.Detail
		}
	}
	return ""
}

func share(part, whole uint64, of string) string {
	switch {
	case whole == 0:
		return ""
	case part == 0:
		return fmt.Sprintf("%s %s", "none of", reports.Count(whole))
	default:
		return fmt.Sprintf("of %s: %s %s", reports.Count(whole), percent(float64(part)/float64(whole)), of)
	}
}

// percent writes a part of a whole with three significant digits, which may be more than all of it.
func percent(v float64) string {
	if v >= 1 {
		return fmt.Sprintf("%.0f %%", 100*v)
	}
	return fmt.Sprintf("%.3g %%", 100*v)
}

// failoverTile is how long clients were away; a run without faults, or one whose faults hit nobody, says so.
func failoverTile(r *reports.Result) Tile {
	t := Tile{Name: "Failover p99", Figure: "–", About: "failover"}
	clients := r.Failover.Clients
	switch {
	case len(r.Injections) == 0:
		t.More = "no fault was injected"
	case clients.Affected == 0:
		t.More = "no client was affected by " + reports.Plural(len(r.Injections), "fault")
	default:
		t.Figure = reports.Span(r.Failover.Resume.P99)
		t.More = fmt.Sprintf("%s affected by %s", reports.Plural(clients.Affected, "client"), reports.Plural(len(r.Injections), "fault"))
		if len(r.Injections) > 1 {
			t.More = fmt.Sprintf("%s in %s, counted each time", reports.Plural(clients.Affected, "client"),
				reports.Plural(len(r.Injections), "fault"))
		}
		if clients.NeverResumed > 0 {
			t.More += fmt.Sprintf("; %s not back when the run ended", reports.Count(uint64(clients.NeverResumed)))
			t.Tone = tone(string(check.Inconclusive))
		}
	}
	return t
}

// latencyTile is the end-to-end latency of the measurement.
func latencyTile(r *reports.Result) Tile {
	t := Tile{Name: "End-to-end p99", Figure: "–", About: "latency", More: "no samples"}
	d := r.Latency["end_to_end"]
	if d.Count == 0 {
		return t
	}
	t.Figure = d.P99Words()
	t.More = "over the whole measurement"
	if before := r.Windows["before"]["end_to_end"]; before.Count > 0 && len(r.Injections) > 0 {
		t.More += "; before faults " + reports.Span(before.P99)
	}
	return t
}
