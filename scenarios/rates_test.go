package scenarios_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

func TestParseRamp(t *testing.T) {
	for text, want := range map[string]scenarios.Ramp{
		"50/s": {From: 50, To: 50}, "0/s..50/s": {To: 50}, "2/s .. 30/m": {From: 2, To: 0.5},
	} {
		if got, err := scenarios.ParseRamp(text); err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "50", "50/s..", "..50/s", "max", "0/s..max", "1/s..2/s..3/s"} {
		if got, err := scenarios.ParseRamp(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

// The rate max is infinite, and survives JSON, which knows no such number.
func TestMaxIsARate(t *testing.T) {
	rate, err := scenarios.ParseRate("max")
	if err != nil || !rate.Max() || rate.String() != "max" || !math.IsInf(float64(rate), 1) {
		t.Errorf("max is %v (%v)", rate, err)
	}
	text, err := json.Marshal([]scenarios.Rate{rate, 2.5})
	if err != nil || string(text) != `["max","2.5/s"]` {
		t.Errorf("in JSON: %s (%v)", text, err)
	}
	var again []scenarios.Rate
	if err := json.Unmarshal(text, &again); err != nil || !again[0].Max() || again[1] != 2.5 {
		t.Errorf("from JSON: %v (%v)", again, err)
	}
}

const replaying = `name: replaying
topology: {broker: mochi}
workload:
  publishers:
    - {name: recorded, count: 2, topic: "a/{n}", qos: 0, replay: rates.csv}
phases: {measure: 1m}
`

// A recording is looked for beside the scenario, or, from an override, where the author of that is.
func TestReplayIsRead(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("scenario.yaml", replaying)
	write("rates.csv", "\ufeffseconds,rate\r\n0,10\r\n\r\n1.5, 0\r\n60,2.25")
	other := write("other.csv", "seconds, rate\n3,4\n")

	s, err := scenarios.Load(file, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := scenarios.Replay{File: "rates.csv", Rows: []scenarios.ReplayRow{
		{At: 0, Rate: 10}, {At: 1500 * time.Millisecond, Rate: 0}, {At: time.Minute, Rate: 2.25},
	}}
	if diff := cmp.Diff(want, s.Workload.Publishers[0].Replay); diff != "" {
		t.Errorf("recording (-want +got):\n%s", diff)
	}
	if peak := s.Workload.Publishers[0].Peak(); peak != 10 {
		t.Errorf("peak %s, want 10/s", peak)
	}
	s, err = scenarios.Load(file, scenarios.LoadOptions{Overrides: []string{"workload.publishers[0].replay=" + other}})
	if err != nil || len(s.Workload.Publishers[0].Replay.Rows) != 1 {
		t.Errorf("the recording of an override: %+v (%v)", s, err)
	}
	write("rates.csv", "seconds,rate\n")
	if _, err := scenarios.Load(file, scenarios.LoadOptions{}); err == nil || !strings.Contains(err.Error(), "rates.csv:2: there are no rows") {
		t.Errorf("an empty recording: %v", err)
	}
	write("rates.csv", "seconds,rate\n"+strings.Repeat("1,1\n", 2<<20))
	if _, err := scenarios.Load(file, scenarios.LoadOptions{}); err == nil || !strings.Contains(err.Error(), "bound of 4194304 bytes") {
		t.Errorf("a long recording: %v", err)
	}
}

// What is written of a recording reads back as the same rows.
func TestReplayReadsBack(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "scenario.yaml")
	if err := os.WriteFile(file, []byte(replaying), 0o600); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		want := scenarios.Replay{File: "rates.csv"}
		at := time.Duration(0)
		for range rapid.IntRange(1, 20).Draw(t, "rows") {
			// A number of seconds is exact to the nanosecond for three months.
			at += time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "step"))
			want.Rows = append(want.Rows, scenarios.ReplayRow{At: at, Rate: scenarios.Rate(rapid.Float64Range(0.001, 1e6).Draw(t, "rate"))})
		}
		var text bytes.Buffer
		if err := want.CSV(&text); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "rates.csv"), text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Load(file, scenarios.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.Workload.Publishers[0].Replay); diff != "" {
			t.Fatalf("recording (-want +got):\n%s", diff)
		}
	})
}
