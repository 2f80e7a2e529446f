package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// faultFindings say whether each fault was carried out and undone.
//
// A fault that did not happen answers nothing: inconclusive. A broker that was ended and does not come back fails the
// run: at its start the same program came up on the same machine with the same settings, so what keeps it down is what
// the fault left behind. A broker that cannot be thawed never got the chance, a link or a limit that cannot be put back
// is none of the broker's doing, and what is to be healed of a fault that was carried out in part nobody knows; that is
// mqbench's or the machine's fault, and inconclusive, as is a heal that an interruption cut short.
func (r *record) faultFindings() []Finding {
	var list []Finding
	for n, i := range r.run.Injections {
		switch {
		case i.Error != "":
			list = append(list, Finding{
				Name: "fault did not happen", Verdict: Inconclusive, Detail: fmt.Sprintf("%s: %s", r.describe(n), i.Error),
			})
		case !fired(i) && !r.run.Complete:
			// The record ends while the fault was being injected; that it is incomplete is said elsewhere.
		case !fired(i):
			list = append(list, Finding{
				Name: "fault did not happen", Verdict: Inconclusive,
				Detail: fmt.Sprintf("%s: planned for %s and never carried out", r.describe(n), Moment(i.Planned)),
			})
		}
		if f, failed := r.healFinding(n, i); failed {
			list = append(list, f)
		}
	}
	return list
}

func (r *record) healFinding(n int, i history.Injection) (Finding, bool) {
	name, what := "broker did not come back", "bring it back"
	if impairs(i) {
		name, what = "fault not undone", "undo it"
	}
	detail := ""
	switch {
	case i.HealError != "":
		detail = fmt.Sprintf("%s: healing from %s on did not %s: %s", r.describe(n), Moment(i.Healing), what, i.HealError)
	case fired(i) && i.Healed == 0 && r.run.Complete:
		detail = fmt.Sprintf("%s: it was never healed", r.describe(n))
	default:
		return Finding{}, false
	}
	verdict := Fail
	frozen := scenarios.FaultKind(i.Fault) == scenarios.FaultPause
	if frozen || impairs(i) || i.Error != "" || i.HealError == "" || r.run.Meta.Interrupted || !r.run.Complete {
		verdict = Inconclusive
	}
	return Finding{Name: name, Verdict: verdict, Detail: detail}, true
}

// impairs says whether a fault leaves its brokers running, with worse links, with less to live on, or without clients.
func impairs(i history.Injection) bool {
	kind := scenarios.FaultKind(i.Fault)
	return kind.Impairs() || kind == scenarios.FaultDisconnect
}

// brokerFindings judge brokers' processes that ended though nobody ended them. A crash is the broker's own doing and
// fails the run, and so is its end by a fault that left it less memory than it needs. Another signal from outside, most
// often the kernel's when memory runs out, says nothing about the broker's answer: inconclusive.
func (r *record) brokerFindings() []Finding {
	var list []Finding
	for n, b := range r.run.Brokers {
		exits := slices.Clone(b.Exits)
		slices.SortStableFunc(exits, func(x, y history.Exit) int { return cmp.Compare(x.At, y.At) })
		for _, e := range exits {
			if e.Expected {
				continue
			}
			detail := strings.TrimSpace(e.Detail)
			if detail == "" {
				detail = "no detail"
			}
			if i := r.starving(n, e.At); i >= 0 && sentFromOutside(detail) {
				list = append(list, Finding{
					Name: "broker out of memory", Verdict: Fail,
					Detail: fmt.Sprintf("%s was ended at %s (%s) under the %s, which left it too little", b.Name, Moment(e.At), detail,
						r.describe(i)),
				})
				continue
			}
			if sentFromOutside(detail) {
				list = append(list, Finding{
					Name: "broker killed from outside", Verdict: Inconclusive,
					Detail: fmt.Sprintf("%s ended at %s by a signal that mqbench did not send (%s): the machine may be out of memory",
						b.Name, Moment(e.At), detail),
				})
				continue
			}
			list = append(list, Finding{
				Name: "broker crashed", Verdict: Fail,
				Detail: fmt.Sprintf("%s ended by itself at %s (%s)", b.Name, Moment(e.At), detail),
			})
		}
	}
	return list
}

// starving is the injection that bounds the memory of a broker at a time; -1: none.
func (r *record) starving(broker int, at time.Duration) int {
	return slices.IndexFunc(r.run.Injections, func(i history.Injection) bool {
		return scenarios.FaultKind(i.Fault) == scenarios.FaultMemory && slices.Contains(i.Targets, broker) && spellOf(i).holds(at, time.Second)
	})
}

// sentFromOutside recognises the ways in which a process's end by SIGKILL, SIGTERM, SIGINT or SIGHUP is told: by name,
// or by the exit code 128 plus its number that shells and container engines give. Signals that a process earns itself,
// like SIGSEGV and SIGABRT, are not among them.
func sentFromOutside(detail string) bool {
	text := strings.ToLower(detail)
	for _, words := range []string{
		"signal: killed", "signal: terminated", "signal: interrupt", "signal: hangup", "sigkill", "sigterm", "sigint", "sighup",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return exitCodes().MatchString(text)
}

func exitCodes() *regexp.Regexp {
	return regexp.MustCompile(`\b(exit status|exit code|exited with|code):? (129|130|137|143)\b`)
}
