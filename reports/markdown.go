package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

// Bounds of summary.md, which has to fit a comment: texts in columns, tables in rows.
const (
	longestName     = 80
	longestObserved = 160
	longestEvidence = 300
	mostRows        = 12
)

// WriteMarkdown writes summary.md: what a reviewer wants to know of a run, short, for GitHub's step summaries and
// comments. Texts from outside cannot mark up, link, call or refer to anything.
func WriteMarkdown(w io.Writer, r *Result) error {
	m := &markdownSummary{r: r}
	m.headline()
	m.figures()
	m.thresholds()
	m.faults()
	m.findings()
	m.foot()
	if _, err := w.Write(m.b.Bytes()); err != nil {
		return fmt.Errorf("write summary.md: %w", err)
	}
	return nil
}

type markdownSummary struct {
	b bytes.Buffer
	r *Result
}

func (m *markdownSummary) printf(format string, args ...any) { fmt.Fprintf(&m.b, format, args...) }

// sign is seen from afar; the word beside it says the same.
func sign(verdict string) string {
	switch check.Verdict(verdict) {
	case check.Pass:
		return "✅"
	case check.Fail:
		return "❌"
	default:
		return "⚠️"
	}
}

func verdictCell(verdict string) string {
	return sign(verdict) + " " + Markdown(word(verdict), longestName)
}

func (m *markdownSummary) headline() {
	title := sign(m.r.Verdict) + " " + Markdown(strings.ToUpper(m.r.Verdict), longestName)
	if m.r.Scenario != "" {
		title += ": " + verbatim(m.r.Scenario, longestName)
	}
	m.printf("### %s\n\n", title)
	if m.r.Description != "" {
		m.printf("%s\n\n", Markdown(m.r.Description, longestEvidence))
	}
	m.printf("%s\n\n", Markdown(m.r.Reason(), longestEvidence))
}

// figures are the four that everybody asks for first, and what they are of.
func (m *markdownSummary) figures() {
	r, c := m.r, m.r.Counts
	m.printf("| lost | duplicated | failover p99 | end-to-end p99 | delivered |\n|---:|---:|---:|---:|---:|\n")
	m.printf("| %s | %s | %s | %s | %s of %s |\n\n", c.LostWords(" to "), c.DuplicatedWords(),
		quantile(r.Failover.Resume, r.Failover.Resume.P99), quantile(r.Latency["end_to_end"], r.Latency["end_to_end"].P99),
		Count(c.Delivered), Count(c.Expected))
	t := r.Topology
	m.printf("%s; %s.\n\n",
		Markdown(joined(strings.TrimSpace(t.Broker+" "+t.Version), plural(t.Nodes, "node"), named("shape", t.Shape),
			named("runtime", t.Runtime), named("profile", t.Profile)), longestEvidence),
		Markdown(joined(r.Workload.Offered(), plural(r.Workload.Subscribers, "subscriber"), named("MQTT", r.Workload.Protocol)), longestEvidence))
}

// quantile of a distribution; without a sample there is none.
func quantile(d Distribution, v time.Duration) string {
	if d.Count+d.Never == 0 {
		return "–"
	}
	return Span(v)
}

func (m *markdownSummary) thresholds() {
	if len(m.r.Thresholds) == 0 {
		return
	}
	m.printf("| threshold | observed | verdict |\n|---|---:|---|\n")
	for _, t := range m.r.Thresholds[:min(len(m.r.Thresholds), mostRows)] {
		m.printf("| %s | %s | %s |\n", verbatim(t.Expression, longestName), Markdown(t.Observed, longestObserved), verdictCell(t.Verdict))
	}
	m.rest(len(m.r.Thresholds), 3)
}

// rest ends a table of which not all rows are shown.
func (m *markdownSummary) rest(rows, columns int) {
	if more := rows - mostRows; more > 0 {
		m.printf("| and %s more %s\n", Count(uint64(more)), strings.TrimSpace(strings.Repeat("| ", columns)))
	}
	m.printf("\n")
}

func (m *markdownSummary) faults() {
	if len(m.r.Injections) == 0 {
		m.printf("No fault was injected.\n\n")
		return
	}
	m.printf("| fault | at | clients hit | never back | back p50 | back p99 | lost | duplicated |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for n, i := range m.r.Injections[:min(len(m.r.Injections), mostRows)] {
		failed := ""
		if i.Error != "" || i.HealError != "" {
			failed = "FAILED "
		}
		m.printf("| %d %s%s | %s | %s | %s | %s | %s | %s | %s |\n", n+1, failed, Markdown(FaultName(i.Fault, i.Target, i.Detail), longestName),
			Moment(i.Began), thousands(i.Clients.Affected), thousands(i.Clients.NeverResumed),
			quantile(i.Resume, i.Resume.P50), quantile(i.Resume, i.Resume.P99), Count(i.Lost), Count(i.Duplicated))
	}
	m.rest(len(m.r.Injections), 8)
}

// findings are those that are no pass: the others are in the files.
func (m *markdownSummary) findings() {
	shown := 0
	for _, f := range worstFirst(m.r.Findings) {
		if check.Verdict(f.Verdict) == check.Pass {
			continue
		}
		if shown++; shown > mostRows {
			m.printf("- and more\n")
			break
		}
		m.printf("- %s **%s**: %s\n", verdictCell(f.Verdict), Markdown(f.Name, longestName), Markdown(f.Detail, longestEvidence))
	}
	if shown > 0 {
		m.printf("\n")
	}
}

func (m *markdownSummary) foot() {
	run := []string{fmt.Sprintf("seed %d", m.r.Seed), "run " + m.r.RunID, named("mqbench", m.r.Mqbench), Span(m.r.Duration)}
	m.printf("<sub>%s</sub>\n", Markdown(joined(run...), longestEvidence))
}
