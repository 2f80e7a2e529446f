package scenarios_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mqbench/mqbench/scenarios"
)

// checkProblems fails the test where the places of an error are not those of the text.
func checkProblems(t *testing.T, text []byte, err error) {
	t.Helper()
	var problems scenarios.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("error %T %q, want Problems", err, err)
	}
	normal := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(text), "\ufeff"))
	lines := strings.Split(normal, "\n")
	for _, p := range problems {
		if p.Message == "" || p.File == "" {
			t.Errorf("problem without message or file: %+v", p)
		}
		if p.Override != "" {
			continue
		}
		if p.Line < 1 || p.Line > len(lines) {
			t.Errorf("line %d is outside of the file of %d lines: %s", p.Line, len(lines), p.Message)
			continue
		}
		if utf8.Valid(text) && p.Source != lines[p.Line-1] {
			t.Errorf("line %d is %q, want %q", p.Line, p.Source, lines[p.Line-1])
		}
		if p.Column < 1 || p.Column > utf8.RuneCountInString(p.Source)+1 {
			t.Errorf("column %d is outside of the line %q", p.Column, p.Source)
		}
	}
}

// TestProblemsOfOneOverrideKeepTheirOrder: they are all at one place, which cannot order them.
func TestProblemsOfOneOverrideKeepTheirOrder(t *testing.T) {
	for override, want := range map[string][]string{
		`workload.publishers[0]={name: a, count: 1, topic: "a/{n}", qos: 0, rate: 1/s, churn: {stay: 1ms, away: 2ms}}`:        {"stay is", "away is"},
		`workload.publishers[0]={name: a, count: 1, topic: "a/{n}", qos: 0, rate: 1/s, brokers: b1, duplicate: true}`:         {"leave brokers out", "leave duplicate out"},
		`workload.publishers[0]={name: a, count: 1, topic: "a/{n}", qos: 0, rate: 1/s, duplicate: true, churn: {}, join: {}}`: {"leave churn or", "leave join or"},
	} {
		for range 20 {
			overrides := []string{override}
			if strings.Contains(want[0], "brokers") {
				overrides = append(overrides, "topology.balancer=haproxy")
			}
			_, err := scenarios.Parse("test.yaml", []byte(minimal), scenarios.LoadOptions{Overrides: overrides, Capabilities: capabilities})
			first, second := -1, -1
			if err != nil {
				first, second = strings.Index(err.Error(), want[0]), strings.Index(err.Error(), want[1])
			}
			if first < 0 || second < first {
				t.Fatalf("want %q in this order:\n%v", want, err)
			}
		}
	}
}
