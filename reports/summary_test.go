package reports

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

func summaryOf(t *testing.T, r *Result, o SummaryOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSummary(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stories are the runs whose summaries are kept as goldens.
func stories() map[string]*Result {
	pass := failover().result()
	pass.Thresholds = []Threshold{
		{Expression: "end_to_end.p99 < 500ms before faults", Observed: "9.91 ms", Verdict: "pass"},
		{Expression: "lost == 0", Observed: "0", Verdict: "pass"},
		{Expression: "failover.p99 < 5s", Observed: "3.39 s", Verdict: "pass"},
	}

	fail := broken().result()
	fail.Thresholds = []Threshold{
		{Expression: "end_to_end.p99 < 500ms before faults", Observed: "9.91 ms", Verdict: "pass"},
		{Expression: "lost == 0", Observed: "46", Verdict: "fail"},
		{Expression: "failover.p99 < 5s", Observed: "never (8 of 168 clients)", Verdict: "fail"},
	}

	s := failover()
	s.analysis.Verdict = check.Inconclusive
	s.analysis.Counts.LostUnknown = 1200
	s.run.Generator.Late = 4100
	s.analysis.Injections[0].Error = `kill "b2": process already finished`
	s.analysis.Findings = append(s.analysis.Findings, check.Finding{Name: "generator", Verdict: check.Inconclusive,
		Detail: "4,100 of 40,000 messages (10.3 %) were written more than 10.0 ms late by mqbench itself"})
	inconclusive := s.result()
	inconclusive.Thresholds = []Threshold{{Expression: "lost == 0", Observed: "0 to 1,200", Verdict: "inconclusive"}}

	s = failover()
	s.run.Meta.Interrupted = true
	s.run.Phases = s.run.Phases[:4]
	s.run.Phases[3].Ended = 20 * sec
	s.run.Timeline = s.run.Timeline[:3]
	s.analysis.Verdict = check.Inconclusive
	s.analysis.AnomaliesDropped = 20_118
	i := &s.analysis.Injections[0]
	i.Healing, i.Healed, i.RateBack, i.LatencyBack = 0, 0, -1, -1
	s.analysis.Latencies["after"] = nil
	s.analysis.Findings = []check.Finding{{Name: "interrupted", Verdict: check.Inconclusive, Detail: "the run was ended early"}}
	interrupted := s.result()

	s = failover()
	s.analysis.Injections, s.analysis.Outages, s.analysis.UnavailabilityGap = nil, nil, 0
	s.analysis.Latencies["during"], s.analysis.Latencies["after"] = nil, nil
	calm := s.result()

	s = failover()
	for n := range s.run.Publishers[:20] {
		s.run.Publishers[n].Rate, s.run.Publishers[n].Window = 0, 10
	}
	closed := s.result()

	return map[string]*Result{
		"pass": pass, "fail": fail, "inconclusive": inconclusive, "interrupted": interrupted, "no-faults": calm, "closed-loop": closed,
		"monkey": monkey().result(), "partition": partitioned().result(), "empty": NewResult(&history.Run{}, &check.Analysis{Verdict: check.Inconclusive}, nil),
	}
}

// monkey is a run with more faults than fit one by one, and several groups.
func monkey() story {
	s := failover()
	one := s.analysis.Injections[0]
	s.analysis.Injections = nil
	for n := range 30 {
		i := one
		i.Number, i.Fault = n, []string{"kill", "pause", "restart"}[n%3]
		i.Began = 9*sec + time.Duration(n)*1100*time.Millisecond
		i.Clients = clients(10 + n)
		i.Affected, i.Resumed = 10+n, 10+n
		if n == 7 {
			i.HealError = "start broker \"b2\": not ready after 30 s"
		}
		s.analysis.Injections = append(s.analysis.Injections, i)
	}
	for _, g := range []string{"dashboards", "archive", "a-group-with-a-name-that-is-far-too-long-for-a-narrow-terminal"} {
		s.analysis.Groups = append(s.analysis.Groups, check.GroupCounts{Publishers: "sensors", Subscribers: g,
			Counts: check.Counts{Expected: 1_600_436_000, Delivered: 1_600_436_000, Duplicated: 12_345_678}})
	}
	return s
}

func TestSummary(t *testing.T) {
	for name, r := range stories() {
		for _, width := range []int{80, 120} {
			file := fmt.Sprintf("summary/%s-%d.txt", name, width)
			t.Run(file, func(t *testing.T) {
				got := summaryOf(t, r, SummaryOptions{Width: width, Dir: "runs/failover/2026-03-01T12-00-00Z",
					Files: []string{"report.html", "result.json", "timeline.csv", "history/", "logs/"}})
				golden(t, file, []byte(got))
				fits(t, got, width)
			})
		}
	}
}

// What is said of a fault, its time included, is what was done: one that was never carried out has nothing to heal, and
// a heal that failed is told beside an injection that did.
func TestFaultLines(t *testing.T) {
	injection := Injection{Fault: "kill", Target: "b2", Began: 18050 * time.Millisecond, Healing: 28 * sec, Healed: 28050 * time.Millisecond}
	for name, c := range map[string]struct {
		change      func(*Injection)
		want, never []string
	}{
		"healed":         {func(*Injection) {}, []string{"at 18.05s, 10.1 s into the measurement", "done 10.0 s after the fault"}, []string{"FAILED"}},
		"in the warm-up": {func(i *Injection) { i.Began = 7500 * time.Millisecond }, []string{"at 7.5s, 500 ms before the measurement"}, nil},
		"slow to carry out": {
			func(i *Injection) { i.Applied = 20*sec + 50*time.Millisecond },
			[]string{"into the measurement; carrying it out took 2.00 s"}, nil,
		},
		"not begun": {
			func(i *Injection) { i.Error, i.Healing, i.Healed = "not begun: no leader", 0, 0 },
			[]string{"injection    FAILED: not begun: no leader"}, []string{"heal "},
		},
		"failed, then healed": {
			func(i *Injection) { i.Error = "no such process" },
			[]string{"injection    FAILED: no such process", "heal         done 10.0 s"}, nil,
		},
		"both failed": {
			func(i *Injection) { i.Error, i.HealError, i.Healed = "no such process", "not ready", 0 },
			[]string{"injection    FAILED: no such process", "heal         FAILED: not ready"}, nil,
		},
		"an error that quotes a log": {
			func(i *Injection) {
				i.HealError, i.Healed = "not ready; its log:\n\tcannot open \x07database\n\n\tgood bye\n", 0
			},
			[]string{"heal         FAILED: not ready; its log:\n               cannot open \\x07database\n               good bye\nclients"}, nil,
		},
		"not healed": {func(i *Injection) { i.Healing, i.Healed = 0, 0 }, []string{"heal         not healed when"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := failover().result()
			i := injection
			c.change(&i)
			r.Injections = []Injection{i}
			_, text, _ := strings.Cut(summaryOf(t, r, SummaryOptions{}), "Fault 1 of 1: kill b2")
			for _, w := range c.want {
				if !strings.Contains(text, w) {
					t.Errorf("no %q in:\n%s", w, text)
				}
			}
			for _, w := range c.never {
				if strings.Contains(text, w) {
					t.Errorf("%q in:\n%s", w, text)
				}
			}
		})
	}
}

func fits(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		if n := columnsOf(strings.TrimRight(line, "\n")); n > width {
			t.Errorf("%d columns, want at most %d: %q", n, width, line)
		}
	}
}

// Colours add nothing but colours, and without them there is no escape sequence at all.
func TestSummaryColors(t *testing.T) {
	ansi := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for name, r := range stories() {
		plain := summaryOf(t, r, SummaryOptions{Width: 100})
		colored := summaryOf(t, r, SummaryOptions{Width: 100, Color: true})
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: an escape sequence without colour", name)
		}
		if !strings.Contains(colored, "\x1b[1") {
			t.Errorf("%s: no colour", name)
		}
		if d := cmp.Diff(plain, ansi.ReplaceAllString(colored, "")); d != "" {
			t.Errorf("%s: colour changed the text (-plain +coloured):\n%s", name, d)
		}
	}
}

// A verdict is the first word and the last.
func TestSummaryVerdict(t *testing.T) {
	for _, verdict := range []string{"pass", "fail", "inconclusive"} {
		r := failover().result()
		r.Verdict = verdict
		got := summaryOf(t, r, SummaryOptions{})
		want := strings.ToUpper(verdict)
		if !strings.HasPrefix(got, want+"  ") || !strings.HasSuffix(got, "verdict: "+want+"\n") {
			t.Errorf("%s: begins %q and ends %q", verdict, got[:20], got[len(got)-20:])
		}
	}
}

// Nothing that a scenario, a topic, a broker or an edited file says reaches the terminal as a command, or widens the
// page.
func TestSummaryNeutralisesHostileTexts(t *testing.T) {
	evil := "\x1b[2J\x1b]0;x\x07\r\n\u202e" + strings.Repeat("漢", 70)
	s := broken()
	s.scenario.Description = evil
	m := &s.run.Meta
	m.Scenario, m.Broker, m.Version, m.Runtime, m.Shape, m.Profile, m.Protocol, m.Mqbench = evil, evil, evil, evil, evil, evil, evil, evil
	s.run.Phases[0].Name = evil
	s.run.Brokers[0].Name = evil
	i := &s.analysis.Injections[0]
	i.Fault, i.Targets, i.HealError = evil, []string{evil}, evil
	s.analysis.Groups = append(s.analysis.Groups, check.GroupCounts{Publishers: evil, Subscribers: evil},
		check.GroupCounts{Publishers: evil, Subscribers: evil})
	s.analysis.Findings[0] = check.Finding{Name: evil, Verdict: check.Verdict(evil), Detail: evil}
	r := s.result()
	r.Verdict = evil
	r.Thresholds = []Threshold{{Expression: evil, Observed: evil, Verdict: evil}}
	failed := *r
	failed.Injections = append([]Injection{}, r.Injections...)
	failed.Injections[0].Error = evil
	many := *r
	many.Injections = slices.Repeat(r.Injections, 9)
	for name, r := range map[string]*Result{"heal failed": r, "failed": &failed, "many": &many} {
		got := summaryOf(t, r, SummaryOptions{Width: 80, Dir: evil, Files: []string{evil, evil}})
		fits(t, got, 80)
		for _, c := range got {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Fatalf("%s: %U reached the terminal", name, c)
			}
		}
	}
}
