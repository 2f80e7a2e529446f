package reports

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// SummaryOptions say how the terminal summary looks.
type SummaryOptions struct {
	// Width is the number of columns; below 80 counts as 80.
	Width int
	// Color allows ANSI colours. They never carry meaning alone.
	Color bool
	// Dir is the run directory that is named at the end, with its Files, those first that people open first; empty: none.
	Dir   string
	Files []string
}

// The widths between which the summary adapts.
const (
	narrow = 80
	// wide is where tables show more columns.
	wide = 100
	// broadest bounds lines of prose: longer ones are hard to read.
	broadest = 120
	// labels is the width of the column of labels.
	labels = 13
)

// WriteSummary writes what a person wants to know of a run, the verdict first. The result's texts may be hostile; none
// of them reaches the terminal with a control character.
func WriteSummary(w io.Writer, r *Result, o SummaryOptions) error {
	s := &summary{r: r, o: o, p: palette(o.Color), width: min(max(o.Width, narrow), broadest)}
	s.headline()
	s.asked()
	sections := []func() error{
		s.thresholds, s.findings, s.messages, s.groups, s.latencies, s.faults, s.arrivals, s.processes, s.generator, s.files,
	}
	for _, section := range sections {
		if err := section(); err != nil {
			return fmt.Errorf("write summary: %w", err)
		}
	}
	if _, err := w.Write(s.b.Bytes()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// A summary is the text while it is put together.
type summary struct {
	b     bytes.Buffer
	r     *Result
	o     SummaryOptions
	p     palette
	width int
}

func (s *summary) printf(format string, args ...any) { fmt.Fprintf(&s.b, format, args...) }

// label prints a labelled paragraph.
func (s *summary) label(name, text string) {
	s.printf("%s%s%s\n", s.p.dim(name), blanks(labels-columnsOf(name)), paragraph(text, s.width, labels))
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// table prints a blank line and a table.
func (s *summary) table(t *Table) error {
	s.printf("\n")
	return t.Write(&s.b, s.width, s.o.Color)
}

// headline says the verdict, of what, and why.
func (s *summary) headline() {
	s.printf("%s\n", strings.TrimRight(s.banner()+"  "+s.p.bold(short(s.r.Scenario, s.width-columnsOf(s.banner())-2)), " "))
	if s.r.Description != "" {
		s.printf("%s\n", wrapped(clean(strings.Join(strings.Fields(s.r.Description), " ")), s.width, 0))
	}
	s.printf("\n%s\n\n", wrapped(s.reason(), s.width, 0))
}

// banner is the verdict as one loud word.
func (s *summary) banner() string {
	return s.p.verdict(s.r.Verdict, strings.ToUpper(short(s.r.Verdict, 16)))
}

// reason says in a sentence or two what the verdict rests on.
func (s *summary) reason() string {
	var parts []string
	if s.r.Interrupted {
		parts = append(parts, "Interrupted after "+humane(s.r.Duration)+": only what was recorded until then could be judged.")
	} else if s.r.Incomplete {
		parts = append(parts, "Cut off after "+humane(s.r.Duration)+": mqbench was killed, or the machine went down.")
	}
	held, open, missed := tally(s.r.Thresholds, func(t Threshold) string { return t.Verdict })
	passed, doubts, failed := tally(s.r.Findings, func(f Finding) string { return f.Verdict })
	switch {
	case missed+failed > 0:
		parts = append(parts, "Failed: "+joined(part(missed, "threshold", "not met"), part(failed, "check", "failed"))+".")
	case open+doubts > 0:
		parts = append(parts, "This run may not be judged: "+
			joined(part(open, "threshold", "could not be evaluated"), part(doubts, "check", "in doubt"))+".")
	case check.Verdict(s.r.Verdict) != check.Pass:
		parts = append(parts, "Nothing that was recorded could be judged.")
	case held == 0:
		parts = append(parts, fmt.Sprintf("No thresholds were asked for; %s passed.", plural(passed, "check")))
	default:
		parts = append(parts, fmt.Sprintf("%s met; %s passed.", plural(held, "threshold"), plural(passed, "check")))
	}
	return strings.Join(parts, " ")
}

// tally counts verdicts; what is neither pass nor fail is open.
func tally[T any](items []T, verdict func(T) string) (pass, open, fail int) {
	for _, i := range items {
		switch check.Verdict(verdict(i)) {
		case check.Pass:
			pass++
		case check.Fail:
			fail++
		default:
			open++
		}
	}
	return pass, open, fail
}

func part(n int, thing, what string) string {
	if n == 0 {
		return ""
	}
	return plural(n, thing) + " " + what
}

func joined(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return strings.Join(parts, ", ")
}

// asked says what was run.
func (s *summary) asked() {
	t, l := s.r.Topology, s.r.Workload
	s.label("broker", joined(strings.TrimSpace(clean(t.Broker)+" "+clean(t.Version)), plural(t.Nodes, "node"),
		named("shape", t.Shape), named("runtime", t.Runtime), named("profile", t.Profile)))
	s.topology()
	s.label("load", joined(offeredBy(l),
		clientsAnd(l.Subscribers, l.SubscriberCopies, "subscriber"), named("MQTT", l.Protocol)+named(" over", strings.ToUpper(l.Transport)),
		clean(l.Session)+" sessions", otherLibrary(l.Library)))
	var phases []string
	for _, p := range s.r.Phases {
		phases = append(phases, clean(p.Name)+" "+humane(max(p.Ended-p.Began, 0)))
	}
	if len(phases) > 0 {
		s.label("phases", strings.Join(phases, ", "))
	}
	s.label("run", joined(s.r.Started.UTC().Format(time.DateTime)+" UTC", fmt.Sprintf("seed %d", s.r.Seed),
		named("mqbench", s.r.Mqbench)))
}

// offeredBy says who publishes how much.
func offeredBy(l Workload) string {
	publishers := clientsAnd(l.Publishers, l.PublisherCopies, "publisher")
	switch l.ClosedLoops {
	case 0:
		return publishers + " at " + perSecond(l.Rate) + " in all"
	case l.Publishers:
		return publishers + " in a closed loop"
	default:
		return fmt.Sprintf("%s, %s of them in a closed loop, the others at %s in all", publishers,
			thousands(int64(l.ClosedLoops)), perSecond(l.Rate))
	}
}

// otherLibrary names the client library where it is not mqbench's own.
func otherLibrary(library string) string {
	if library == string(scenarios.LibraryPaho) {
		return "clients of paho.golang"
	}
	return ""
}

// named is a word with its value, or nothing where there is no value.
func named(word, value string) string {
	if value == "" {
		return ""
	}
	return word + " " + clean(value)
}

// thresholds compares what was wanted with what was observed.
func (s *summary) thresholds() error {
	if len(s.r.Thresholds) == 0 {
		return nil
	}
	t := &Table{Header: []string{"Threshold", "observed", "verdict"}, Text: []int{0, 2}}
	for _, x := range s.r.Thresholds {
		t.Judged(x.Verdict, clean(x.Expression), short(x.Observed, 36), truncate(word(x.Verdict), labels-1))
	}
	return s.table(t)
}

// findings lists the judgements, the worst first, with their evidence.
func (s *summary) findings() error {
	if len(s.r.Findings) == 0 {
		return nil
	}
	s.printf("\n%s%s\n%s\n", s.p.bold("Findings"), s.p.dim(" (times since the start of the run; `mqbench explain NAME` says more)"),
		s.p.dim(strings.Repeat("─", s.width)))
	for _, f := range worstFirst(s.r.Findings) {
		v := truncate(word(f.Verdict), labels-1)
		text := clean(f.Name)
		if f.Detail != "" {
			text += ": " + cleanLines(f.Detail)
		}
		s.printf("%s%s%s\n", s.p.verdict(f.Verdict, v), blanks(labels-columnsOf(v)), paragraph(text, s.width, labels))
	}
	return nil
}

// worstFirst orders findings by verdict and keeps their order otherwise.
func worstFirst(findings []Finding) []Finding {
	rank := func(f Finding) int {
		switch check.Verdict(f.Verdict) {
		case check.Fail:
			return 0
		case check.Pass:
			return 2
		default:
			return 1
		}
	}
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int { return rank(a) - rank(b) })
	return sorted
}

// page is the file that people open first.
const page = "report.html"

// files says where everything is, and ends with the verdict, which is what remains in sight.
func (s *summary) files() error {
	s.printf("\n")
	if s.o.Dir != "" {
		s.label("files", clean(s.o.Dir))
		if len(s.o.Files) > 0 {
			s.label("", clean(strings.Join(s.o.Files, ", ")))
		}
		if slices.Contains(s.o.Files, page) {
			s.label("report", clean(filepath.Join(s.o.Dir, page)))
		}
		s.printf("\n")
	}
	s.printf("verdict: %s\n", s.banner())
	return nil
}
