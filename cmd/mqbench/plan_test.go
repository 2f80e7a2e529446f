package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/scenarios"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// TestPlan: what a plan says of each shipped scenario that has something special, on a machine of which all is known. It
// fits 80 columns where names are not long, and shows no password.
func TestPlan(t *testing.T) {
	life := []string{
		"workload.client.source_addresses=[127.0.0.2..127.0.0.9, 127.0.0.12]", "workload.client.username=bob",
		"workload.client.password=geheim", "workload.client.reconnect.jitter=none",
		`workload.publishers[0].subscribe={filter: "plant/latecomers/{n}", qos: 0}`,
		"workload.subscribers[0].join={at: 1s, within: 2s}",
		"workload.subscribers[0].churn={stay: 2s, away: 1s, leave: drop}",
	}
	for _, test := range []struct {
		golden, scenario string
		overrides        []string
	}{
		{"churn", "churn", nil},
		{"all", "churn", life},
		{"paho", "smoke", []string{"workload.client.library=paho"}},
		{"tls", "tls", nil},
		{"websocket", "smoke", []string{"workload.client.transport=wss", "workload.client.tls={verify: false, server_name: b}"}},
		{"herd", "herd", nil},
		{"rush", "rush", nil},
	} {
		t.Run(test.golden, func(t *testing.T) {
			s, err := scenarios.Load(test.scenario, scenarios.LoadOptions{Overrides: append([]string{"seed=7"}, test.overrides...)})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := coordinator.MakePlan(s, scenarios.Capabilities{}, coordinator.Machine{
				FileLimit: 20_000, Ports: 28_232, MemoryBytes: 8 << 30,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := printPlan(&got, s, s.Topology.Broker, plan); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", "plan", test.golden+".txt"), got.Bytes())
			head, rest, _ := strings.Cut(got.String(), "\nclients ")
			_, rest, _ = strings.Cut(rest, "\n\n") // The table of clients is as wide as the page lets it.
			for line := range strings.Lines(head + "\n" + rest) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
					t.Errorf("a line of %d columns: %s", n, line)
				}
			}
			if strings.Contains(got.String(), "geheim") {
				t.Error("the plan shows a password")
			}
		})
	}
}

// compareGolden compares a text with a file.
func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s:\n%s", file, diff)
	}
}
