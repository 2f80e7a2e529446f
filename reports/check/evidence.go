package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// evidence gathers, while messages are judged, what findings will say about them.
type evidence struct {
	// Losses by what they mean: silent at effective QoS 1 and 2, at effective QoS 0, and declared at 1 and 2.
	silent, unassured, declared exhibit
	// declaredBy counts declared losses by the injection in which the session went; -1: none.
	declaredBy map[int]uint64
	// unmatched counts silent losses that had been acknowledged with a reason above 0.
	unmatched uint64
	// open are undelivered messages that could not be judged; undated is how many because the journals do not know
	// them.
	open      exhibit
	openFlows uint64
	undated   uint64
	refused   exhibit
	phantom   exhibit
	// parted counts missed deliveries that may have been under way when the subscriber ended its session by plan.
	parted uint64
	// blind are those of them that a session owed which was too short to tell what was under way from what was lost.
	blind exhibit
	// Duplicates: violations at QoS 2, those that a lost session excuses, those that nothing at QoS 0 explains, those at
	// members of one shared subscription on both sides of a bridge, and the rest.
	exactlyOnce, excused, unexplained, bridgedShares, allowed exhibit
	// unasked were sent after the UNSUBACK for their filter and came, held before it.
	unasked, held exhibit
	// reordered holds the reorderings by what happened to the clients in between.
	reordered map[string]*exhibit
}

// An exhibit is a number of anomalies of one sort and the first of them.
type exhibit struct {
	count uint64
	first Anomaly
}

func (e *exhibit) add(a Anomaly) {
	if e.count == 0 || compareAnomalies(a, e.first) < 0 {
		e.first = a
	}
	e.count++
}

// addLoss files a loss.
func (e *evidence) addLoss(r *record, a Anomaly, s sentence) {
	switch {
	case promiseOf(a.QoS, s.effective).loses:
		e.unassured.add(a)
	case s.fate == fateSilent:
		e.silent.add(a)
		if a.Detail != "" {
			e.unmatched++
		}
	default:
		e.declared.add(a)
		if e.declaredBy == nil {
			e.declaredBy = make(map[int]uint64)
		}
		e.declaredBy[r.injectionAt(s.lostAt)]++
	}
}

// String names a fate in the classes of anomalies.
func (f fate) String() string {
	switch f {
	case fateMissed:
		return "missed"
	case fateDeclared:
		return "declared"
	case fateSilent:
		return "silent"
	default:
		return "open"
	}
}

// injectionAt is the latest injection that explains why a connection ended at t: it was in force, or ended so shortly
// before that its victims may only just have noticed. -1: none.
func (r *record) injectionAt(t time.Duration) int {
	found := -1
	for i, s := range r.spells {
		if s.holds(t, r.grace) && (found < 0 || s.began >= r.spells[found].began) {
			found = i
		}
	}
	return found
}

// describe names an injection: "kill of b2 at 10.2s", "partition of b1 | b2, b3 at 10s", "latency of b2 (100ms ± 20ms)
// at 10s".
func (r *record) describe(injection int) string {
	i := &r.run.Injections[injection]
	if scenarios.FaultKind(i.Fault) == scenarios.FaultPartition && i.Detail != "" {
		return fmt.Sprintf("%s of %s at %s", i.Fault, i.Detail, Moment(i.Began))
	}
	names := make([]string, 0, len(i.Targets))
	for _, t := range i.Targets {
		names = append(names, r.broker(t))
	}
	who := strings.Join(names, ", ")
	if who == "" {
		who = "no broker"
	}
	if i.Detail != "" {
		who += " (" + i.Detail + ")"
	}
	return fmt.Sprintf("%s of %s at %s", i.Fault, who, Moment(i.Began))
}

// point says which message an anomaly is, for people: who sent it, where, when, and what was going on.
func (r *record) point(a Anomaly) string {
	var b strings.Builder
	if a.Publisher == "" {
		b.WriteString("a message from nobody")
	} else {
		fmt.Fprintf(&b, "%s #%d", a.Publisher, a.Sequence)
	}
	if a.Topic != "" {
		fmt.Fprintf(&b, " on %s", a.Topic)
	}
	if a.Subscriber != "" {
		fmt.Fprintf(&b, " to %s", a.Subscriber)
	}
	switch {
	case a.Intended >= 0:
		fmt.Fprintf(&b, ", intended at %s", Moment(a.Intended))
	case a.Received >= 0:
		fmt.Fprintf(&b, ", received at %s", Moment(a.Received))
	default:
		b.WriteString(", at an unknown time")
	}
	switch {
	case a.Injection >= 0 && r.spells[a.Injection].holds(a.moment(), 0):
		fmt.Fprintf(&b, ", during %s", r.describe(a.Injection))
	case a.Injection >= 0:
		fmt.Fprintf(&b, ", after %s", r.describe(a.Injection))
	case a.moment() != forever && len(r.run.Injections) > 0:
		b.WriteString(", before any fault")
	}
	if a.Detail != "" {
		fmt.Fprintf(&b, " (%s)", a.Detail)
	}
	return b.String()
}

// byInjection lists counts by injection in order: "12 with kill of b1 at 10s, 3 without any fault".
func (r *record) byInjection(counts map[int]uint64) string {
	var parts []string
	for _, i := range slices.Sorted(maps.Keys(counts)) {
		if i < 0 {
			parts = append(parts, fmt.Sprintf("%s without any fault", number(counts[i])))
		} else {
			parts = append(parts, fmt.Sprintf("%s with the %s", number(counts[i]), r.describe(i)))
		}
	}
	return strings.Join(parts, ", ")
}

// number writes a count with its thousands apart: "12,345".
func number(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count writes a number of things: "1 message was", "12 messages were".
func count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
