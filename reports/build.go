package reports

import (
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// NewResult turns a judged run into numbers.
func NewResult(run *history.Run, a *check.Analysis, s *scenarios.Scenario) *Result {
	return &Result{Schema: Schema, Scenario: run.Meta.Scenario, Verdict: string(a.Verdict), Thresholds: []Threshold{}}
}
