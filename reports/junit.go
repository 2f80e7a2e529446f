package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

// The elements of a JUnit report, in the form that Maven's Surefire, Jenkins and those who followed agree upon: a suite
// has its properties first, and a case that did not pass one failure or error.
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Time     string     `xml:"time,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes junit.xml: a suite of the run in which each threshold and each finding is a test case. What failed
// is a failure; what is inconclusive is an error, which in JUnit is a test that could not be carried out: it is no pass,
// and most systems show it as red. A verdict that none of the cases has is a case of its own, so that a suite is green
// only when the run passed. Cases take no time of their own; the suite took as long as the run.
func WriteJUnit(w io.Writer, r *Result) error {
	suite := junitSuite{
		Name: suiteName(r), Time: junitTime(r.Duration), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: junitProperties(r), Cases: junitCases(r),
	}
	for _, c := range suite.Cases {
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Error != nil {
			suite.Errors++
		}
	}
	all := junitSuites{
		Name: "mqbench", Time: suite.Time, Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Suite: suite,
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write junit.xml: %w", err)
	}
	return nil
}

func suiteName(r *Result) string {
	if name := clean(r.Scenario); name != "" {
		return name
	}
	return "mqbench"
}

func junitTime(d time.Duration) string { return strconv.FormatFloat(max(d, 0).Seconds(), 'f', 3, 64) }

func junitProperties(r *Result) []junitProperty {
	var list []junitProperty
	for _, f := range r.setting() {
		list = append(list, junitProperty{Name: f.name, Value: clean(f.value)})
	}
	return list
}

// A set is a part of a run's setting: its name, and its value as it is, which may be hostile.
type set struct{ name, value string }

// setting says in a few values what was run, without those that are empty.
func (r *Result) setting() []set {
	t := r.Topology
	var list []set
	for _, s := range []set{
		{"scenario", r.Scenario}, {"seed", unsigned(r.Seed)}, {"broker", t.Broker}, {"version", t.Version}, {"runtime", t.Runtime},
		{"shape", t.Shape}, {"nodes", strconv.Itoa(t.Nodes)}, {"profile", t.Profile}, {"protocol", r.Workload.Protocol},
		{"library", r.Workload.Library}, {"mqbench", r.Mqbench}, {"run_id", r.RunID}, {"verdict", r.Verdict},
	} {
		if s.value != "" {
			list = append(list, s)
		}
	}
	return list
}

func junitCases(r *Result) []junitCase {
	var cases []junitCase
	suite := strings.ReplaceAll(suiteName(r), ".", "_") // a dot would part it
	taken := map[string]bool{}
	add := func(j judgement) {
		class := "mqbench." + suite + "." + j.kind
		first := clean(j.name)
		if first == "" {
			first = "unnamed"
		}
		name := first
		for n := 2; taken[class+" "+name]; n++ {
			name = fmt.Sprintf("%s (%d)", first, n)
		}
		taken[class+" "+name] = true
		cases = append(cases, junitCaseOf(class, name, j))
	}
	worst := check.Pass
	for _, j := range r.judgements()[1:] {
		add(j)
		worst = check.Worst(worst, check.Verdict(j.verdict))
	}
	if check.Worst(worst, check.Verdict(r.Verdict)) != worst || len(cases) == 0 {
		add(judgement{kindRun, "verdict", r.Verdict, r.Reason()})
	}
	return cases
}

func junitCaseOf(class, name string, j judgement) junitCase {
	c := junitCase{Name: name, Class: class, Time: "0"}
	message := clean(j.observed)
	if j.kind == kindThreshold {
		message = "observed " + message
	}
	problem := &junitProblem{Message: message, Type: clean(j.verdict), Text: name + ": " + message}
	switch check.Verdict(j.verdict) {
	case check.Pass:
		c.Output = message
	case check.Fail:
		c.Failure = problem
	default:
		c.Error = problem
	}
	return c
}
