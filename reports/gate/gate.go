// Package gate decides whether a run may pass: it compares a [reports.Result] with the thresholds of its scenario.
//
// It owns how thresholds are evaluated, how verdicts combine and which exit code a verdict has. It measures and draws nothing. Only
// the command and its coordinator import it.
package gate

import (
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// Evaluate compares the result with every threshold, in order.
func Evaluate(thresholds []scenarios.Threshold, r *reports.Result) []reports.Threshold { return nil }

// Apply fills in the result's thresholds and its verdict.
func Apply(r *reports.Result, thresholds []scenarios.Threshold) {}

// Decide combines findings and thresholds: the worst verdict wins. The exit code is 0 for pass, 1 for fail, 3 for inconclusive.
func Decide(r *reports.Result) (exit int, verdict check.Verdict) { return 3, check.Inconclusive }
