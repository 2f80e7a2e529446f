package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports"
)

// call runs a command line within the test.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		args, out, err []string
		code           int
	}{
		{args: []string{"end_to_end"}, out: []string{"end_to_end  metric\n", "threshold    end_to_end.p99 < 250ms before faults\n"}},
		{args: []string{"End-to-End.P99"}, out: []string{"end_to_end  metric\n", "\np99  statistic\n"}},
		{args: []string{"silent", "loss"}, out: []string{"silent loss  finding\n", "what to do "}},
		{args: []string{"lost == 0"}, out: []string{"lost  metric\n"}},
		{args: []string{"publish.max>=1s during faults"}, out: []string{"publish  metric\n", "max  statistic\n", "during faults  window\n"}},
		{args: []string{"3"}, out: []string{"3  exit code\nInconclusive"}},
		{args: []string{"silent", "lose"}, err: []string{`"silent lose" (did you mean "silent loss"?)`}, code: exitUsage},
		{args: []string{"failover.p98"}, err: []string{`"p98" (did you mean "p90"?)`}, code: exitUsage},
		{args: []string{"\x1b[2J"}, err: []string{`nothing is called "\x1b[2J"; `}, code: exitUsage},
		{args: []string{}, out: []string{"metric       attempted, ", "finding      ", "exit code    0, 1, 2, 3, "}},
	} {
		code, out, errs := call(t, append([]string{"explain"}, test.args...)...)
		if code != test.code {
			t.Errorf("explain %q: exit code %d, want %d: %s", test.args, code, test.code, errs)
		}
		for _, want := range test.out {
			if !strings.Contains(out, want) {
				t.Errorf("explain %q: no %q in:\n%s", test.args, want, out)
			}
		}
		for _, want := range test.err {
			if !strings.Contains(errs, want) {
				t.Errorf("explain %q: no %q in the error %q", test.args, want, errs)
			}
		}
	}
}

// TestExplainAll: each word is found by its own name, and is in the JSON.
func TestExplainAll(t *testing.T) {
	_, out, _ := call(t, "explain", "--json")
	var all []reports.Definition
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Errorf("only %d definitions", len(all))
	}
	for _, d := range all {
		found, err := explain(d.Name)
		if err != nil || len(reports.Define(found, d.Name)) == 0 {
			t.Errorf("%s %q is not found: %v", d.Kind, d.Name, err)
		}
	}
}
