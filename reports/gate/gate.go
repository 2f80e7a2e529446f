// Package gate decides whether a run may pass: it compares a [reports.Result] with the thresholds of its scenario.
//
// It also decides whether runs got worse than those of a baseline: see [Regress].
//
// It owns how thresholds are evaluated, how verdicts combine and which exit code a verdict has; what has to be equal for
// runs to be comparable, which change of a figure counts, and the form of saved baselines. It measures and draws nothing.
// Only the command and its internal packages import it.
//
// A threshold on the backlog has one sample per injection that was carried out.
//
// What mqbench itself may have added to a figure cannot fail a threshold: see excuse.
//
// A threshold without anything to measure is inconclusive and never passes. A threshold on a part of the failover
// (detect, reconnect, resubscribe, failover) is on the pooled clients of all injections: one sample per injection and
// affected client, so that a client that was hit twice counts twice. A client that never got there ranks above every
// value: a percentile that falls on it is longer than any bound, unless the run was ended early.
package gate

import (
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// The exit codes of a judged run.
const (
	ExitPass         = 0
	ExitFail         = 1
	ExitInconclusive = 3
)

// Evaluate compares the result with every threshold, in order.
func Evaluate(thresholds []scenarios.Threshold, r *reports.Result) []reports.Threshold {
	all := make([]reports.Threshold, 0, len(thresholds))
	for _, t := range thresholds {
		f := excuse(reports.Observe(t.FigureName(), r), t.FigureName(), r)
		verdict := f.against(t.Operator, t.Value)
		if verdict == check.Inconclusive && f.doubt != "" {
			f.Text += ", " + f.doubt
		}
		all = append(all, reports.Threshold{Expression: t.Expression, Observed: f.Text, Verdict: string(verdict)})
	}
	return all
}

// Apply fills in the result's thresholds and its verdict. Applying other thresholds afterwards replaces both.
func Apply(r *reports.Result, thresholds []scenarios.Threshold) {
	r.Thresholds = Evaluate(thresholds, r)
	_, verdict := Decide(r)
	r.Verdict = string(verdict)
}

// Decide combines findings and thresholds: the worst verdict wins. A result without any finding was never judged and is
// inconclusive unless a threshold failed. The exit code is [ExitPass], [ExitFail] or [ExitInconclusive].
func Decide(r *reports.Result) (exit int, verdict check.Verdict) {
	verdict = check.Pass
	if len(r.Findings) == 0 {
		verdict = check.Inconclusive
	}
	for _, f := range r.Findings {
		verdict = check.Worst(verdict, check.Verdict(f.Verdict))
	}
	for _, t := range r.Thresholds {
		verdict = check.Worst(verdict, check.Verdict(t.Verdict))
	}
	switch verdict {
	case check.Pass:
		return ExitPass, verdict
	case check.Fail:
		return ExitFail, verdict
	default:
		return ExitInconclusive, verdict
	}
}
