package check

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

const (
	// lateAllowed is the part of all messages that may be late by mqbench's own fault, and the part of the time for which
	// it may be behind, by more than the bound.
	lateAllowed = 0.01
	// fewest is how many waits have to be beyond the bound before they say anything: a percentile of a handful is one of
	// them.
	fewest = 10
	// lagBound is the bound of a record that does not name one.
	lagBound = 25 * time.Millisecond
)

// The figures by which the generator judges itself, as [Generator.Beyond] names them.
const (
	beyondLate      = "late messages"
	beyondShardLag  = "shard lag"
	beyondReadLag   = "read lag"
	beyondWakeLag   = "wake lag"
	beyondScheduler = "scheduler latency"
	beyondCPU       = "cpu"
)

// remedy is what to do about a generator that does not keep up.
func (g *Generator) remedy() string {
	m := g.Machine
	switch {
	case m == nil || m.Busy+m.Steal < 1-2*IdleMachine:
		return "fewer clients or messages for this process"
	case m.Others+m.Steal > max(m.Generator, m.Brokers):
		return "a machine that does nothing else"
	case m.Brokers > m.Generator:
		return "the brokers on other machines, or fewer messages"
	default:
		return "fewer clients or messages for this process, or more processors"
	}
}

// overload judges the generator itself, and notes in it which figures are beyond their bounds. The rule, in one place:
//
// A run is inconclusive on account of its generator only where the generator's own figures show that it was late or had
// nothing left to give: more than 1 % of the messages written later than the bound although nothing but mqbench held
// them up; shards behind their schedule, readers behind what is ready, the process not running when it should, or
// goroutines waiting for a processor for longer than the bound, at the 99th percentile and ten times at least; or nine
// tenths of its processors in use (or throttled) for more than a tenth of the measured time.
//
// All of these are about mqbench alone. A broker that is slow, blocks its connections or takes the machine's processors
// without making mqbench late shows in none of them: that is reported and passes.
//
// Times that such a run measured may be mqbench's own; thresholds on them cannot fail it (see gate). What it counted is
// exact all the same: a lost message is lost, however late the generator was.
func (r *record) overload(g *Generator) []Finding {
	var list []Finding
	inconclusive := func(name string, evidence []string) {
		if len(evidence) > 0 {
			list = append(list, Finding{Name: name, Verdict: Inconclusive,
				Detail: strings.Join(append(evidence, g.circumstances()...), "; ") + "; what helps: " + g.remedy()})
		}
	}
	inconclusive("generator late", r.lateEvidence(g))
	inconclusive("generator late to read", r.readEvidence(g))
	inconclusive("generator saturated", g.saturationEvidence())
	return append(list, r.strainFindings(g)...)
}

// bound is the delay from which mqbench is late.
func (r *record) bound() time.Duration {
	if b := r.run.Generator.LateBound; b > 0 {
		return b
	}
	return lagBound
}

// beyond notes that a figure is beyond its bound.
func (g *Generator) beyond(figure string) { g.Beyond = append(g.Beyond, figure) }

// lateEvidence says whether messages left late by mqbench's own fault.
func (r *record) lateEvidence(g *Generator) (evidence []string) {
	if x := r.run.Generator; float64(x.Late) > lateAllowed*float64(x.Written) {
		g.beyond(beyondLate)
		evidence = append(evidence, fmt.Sprintf(
			"%s of %s messages were written more than %s late although nothing held them up but mqbench itself",
			number(x.Late), number(x.Written), Span(x.LateBound)))
	}
	if lag := g.wait(history.ShardLag, 99); g.tooOften(history.ShardLag, r.bound()) {
		g.beyond(beyondShardLag)
		evidence = append(evidence, fmt.Sprintf("shards were %s or more behind their schedule for a hundredth of the time (bound %s, at most %s)",
			Span(lag), Span(r.bound()), Span(g.wait(history.ShardLag, 100))))
	}
	return evidence
}

// readEvidence says whether mqbench read late what it was sent.
func (r *record) readEvidence(g *Generator) (evidence []string) {
	if lag := g.wait(history.ReadLag, 99); g.tooOften(history.ReadLag, r.bound()) {
		g.beyond(beyondReadLag)
		evidence = append(evidence, fmt.Sprintf(
			"one in a hundred times that a connection was read, its reader had been behind for %s or longer (bound %s, at most %s)", Span(lag),
			Span(r.bound()), Span(g.wait(history.ReadLag, 100))))
	}
	if lag := g.wait(history.WakeLag, 99); g.tooOften(history.WakeLag, r.bound()) {
		g.beyond(beyondWakeLag)
		evidence = append(evidence, fmt.Sprintf("the whole process did not run for %s or longer when it should have, for a hundredth of "+
			"the time (bound %s, at most %s)", Span(lag), Span(r.bound()), Span(g.wait(history.WakeLag, 100))))
	}
	if wait := g.wait(history.SchedulerLatency, 99); g.tooOften(history.SchedulerLatency, r.bound()) {
		g.beyond(beyondScheduler)
		evidence = append(evidence, fmt.Sprintf("one in a hundred goroutines waited %s or longer for a processor (bound %s)",
			Span(wait), Span(r.bound())))
	}
	return evidence
}

// saturationEvidence says whether mqbench used all that it may use.
func (g *Generator) saturationEvidence() []string {
	if !tooLong(g.Saturated, g.Span) {
		return nil
	}
	g.beyond(beyondCPU)
	return []string{fmt.Sprintf("for %s of %s mqbench used %.0f %% of the %s that it may use, or was throttled (bound %.0f %% of the time)",
		Span(g.Saturated), Span(g.Span), 100*BusyGenerator, processors(g.Processors), 100*saturatedAllowed)}
}

// circumstances say what may be behind a lateness, as far as it stands out.
func (g *Generator) circumstances() (list []string) {
	if g.Span > 0 {
		list = append(list, fmt.Sprintf("it used %s of its %s", percent(g.Share), processors(g.Processors)))
	}
	if m := g.Machine; m != nil && m.Busy+m.Steal > 1-2*IdleMachine {
		list = append(list, fmt.Sprintf("the machine was %s busy: %s", percent(m.Busy), m.parts()))
	}
	if g.Throttled > g.Span/100 {
		list = append(list, fmt.Sprintf("its control group held it up for %s", Span(g.Throttled)))
	}
	if pause := g.wait(history.GCPause, 100); pause > lagBound {
		list = append(list, fmt.Sprintf("a garbage collection stopped it for %s", Span(pause)))
	}
	return list
}

// strainFindings report what does not make a run inconclusive by itself, and yet is part of what was measured.
func (r *record) strainFindings(g *Generator) []Finding {
	var list []Finding
	pass := func(name, format string, args ...any) {
		list = append(list, Finding{Name: name, Verdict: Pass, Detail: fmt.Sprintf(format, args...)})
	}
	if m := g.Machine; m != nil && tooLong(m.Saturated, g.Span) {
		pass("machine saturated", "for %s of %s less than %.0f %% of its %s was idle (in all %s busy: %s): latencies hold the wait "+
			"for a processor", Span(m.Saturated), Span(g.Span), 100*IdleMachine, processors(float64(m.Cores)), percent(m.Busy), m.parts())
	}
	if m := g.Machine; m != nil && m.Network != nil {
		n := m.Network
		if dropped := n.QueueDrops + n.BacklogDrops + n.Pruned + n.ListenDrops; dropped > 0 {
			pass("packets dropped in the machine", "its TCP dropped %s for full receive queues, %s for full backlogs of sockets, %s for "+
				"want of memory, and %s to full listeners; these may be mqbench's sockets, the brokers' or anybody's",
				number(n.QueueDrops), number(n.BacklogDrops), number(n.Pruned), count(n.ListenDrops, "connection", "connections"))
		}
	}
	var blocked history.Blocked
	var where []string
	for n, b := range r.run.Brokers {
		if b.Blocked.Longest > r.bound() {
			where = append(where, fmt.Sprintf("%s for %s in all, %s at most", r.broker(n), Span(b.Blocked.Time), Span(b.Blocked.Longest)))
			blocked.Spells += b.Blocked.Spells
		}
	}
	if len(where) > 0 {
		pass("connections blocked", "%s a connection took no more of what was to be published (%s): the broker or the network "+
			"held that up, not mqbench, and publish delay shows it", count(blocked.Spells, "time", "times"), strings.Join(where, "; "))
	}
	return list
}

// parts says who used the machine's processors.
func (m *Machine) parts() string {
	text := fmt.Sprintf("mqbench %s, brokers %s, others %s", percent(m.Generator), percent(m.Brokers), percent(m.Others))
	if m.Steal >= 0.01 {
		text += fmt.Sprintf("; %s stolen by other virtual machines", percent(m.Steal))
	}
	return text
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func processors(n float64) string {
	if n == 1 {
		return "1 processor"
	}
	return fmt.Sprintf("%g processors", math.Round(100*n)/100)
}
