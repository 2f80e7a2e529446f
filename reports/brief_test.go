package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Whatever a brief has is what the result has there.
func TestBriefIsOfTheResult(t *testing.T) {
	d := func(n int64) Distribution {
		return Distribution{Count: n, Never: 1, P50: time.Duration(n), P99: -1, Max: 9}
	}
	r := &Result{
		Schema: Schema, Scenario: "s", Verdict: "fail", Started: time.Unix(1, 2).UTC(), Duration: 3, Interrupted: true, Incomplete: true,
		Topology: Topology{Broker: "b", Version: "v", Runtime: "r", Shape: "c", Nodes: 3},
		Counts:   Counts{Expected: 9, Delivered: 4, Lost: 5, LostUnknown: 6, Duplicated: 7},
		Latency:  Latencies{"end_to_end": d(10)}, Failover: Failover{Resume: d(20)},
	}
	dir := t.TempDir()
	var text bytes.Buffer
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "result.json"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	brief, err := LoadBrief(dir)
	if err != nil {
		t.Fatal(err)
	}
	short, err := json.Marshal(brief)
	if err != nil {
		t.Fatal(err)
	}
	var got, all map[string]any
	if err := json.Unmarshal(short, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(within(got, all), got); diff != "" {
		t.Errorf("brief (-result +brief):\n%s", diff)
	}
}

// within is as much of a tree as another one has.
func within(part, whole map[string]any) map[string]any {
	cut := map[string]any{}
	for key, value := range whole {
		of, deeper := part[key].(map[string]any)
		below, also := value.(map[string]any)
		switch _, there := part[key]; {
		case deeper && also:
			cut[key] = within(of, below)
		case there:
			cut[key] = value
		}
	}
	return cut
}

// Of nothing there is no share that was lost or came twice, and what is not known is no zero.
func TestLostAndDuplicatedWords(t *testing.T) {
	for _, story := range []struct {
		counts           Counts
		lost, duplicated string
	}{
		{Counts{}, "–", "–"},
		{Counts{Expected: 10, Delivered: 10}, "0", "0"},
		{Counts{Expected: 1500, Lost: 1500}, "1,500", "–"},
		{Counts{Expected: 1500, Delivered: 1300, Lost: 200, LostUnknown: 1000, Duplicated: 3000}, "200 to 1,200", "3,000"},
		{Counts{LostUnknown: 1}, "0 to 1", "–"},
		{Counts{Duplicated: 2}, "–", "2"},
	} {
		if lost, duplicated := story.counts.LostWords(" to "), story.counts.DuplicatedWords(); lost != story.lost || duplicated != story.duplicated {
			t.Errorf("%+v: lost %s, duplicated %s, want %s and %s", story.counts, lost, duplicated, story.lost, story.duplicated)
		}
	}
}
