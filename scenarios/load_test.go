package scenarios_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

// minimal is the shortest scenario that loads.
const minimal = `name: minimal
topology: {broker: mochi}
workload:
  publishers:
    - {name: sensors, count: 3, topic: "plant/{n}", qos: 1, rate: 2/s}
phases: {measure: 10s}
`

func parse(t *testing.T, text string, overrides ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(text), scenarios.LoadOptions{Overrides: overrides, Capabilities: capabilities})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	want := &scenarios.Scenario{
		Name:     "minimal",
		Topology: scenarios.Topology{Broker: "mochi", Runtime: "process", Shape: "single", Nodes: 1, Profile: "stock", Balancer: "none"},
		Workload: scenarios.Workload{
			Client: scenarios.Client{
				Library:  scenarios.LibraryMqbench,
				Protocol: "3.1.1", Session: "clean", Keepalive: 30 * time.Second,
				ConnectRate: 500, ConnectTimeout: 10 * time.Second, InFlight: 100, Backlog: 1000,
				Transport: "tcp", Reconnect: scenarios.Reconnect{
					Backoff: scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}, Jitter: "full", Brokers: "rotate",
				},
			},
			Publishers: []scenarios.PublisherGroup{{
				Name: "sensors", Count: 3, Brokers: "spread", Topic: "plant/{n}", QoS: 1, Rate: 2, Per: "client", Arrival: "constant", Payload: 64,
			}},
		},
		Phases: scenarios.Phases{Measure: 10 * time.Second, Drain: 15 * time.Second},
	}
	if diff := cmp.Diff(want, parse(t, minimal)); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestDefaultsThatDependOnOthers(t *testing.T) {
	if got := parse(t, minimal, "workload.client={protocol: 5.0, session: persistent}").Workload.Client.Expiry; got != time.Hour {
		t.Errorf("expiry of a persistent 5.0 session is %s, want 1h", got)
	}
	if got := parse(t, minimal, "workload.client.session=persistent").Workload.Client.Expiry; got != 0 {
		t.Errorf("expiry of a 3.1.1 session is %s, want none", got)
	}
	for shape, want := range map[string]scenarios.Placement{"standby": "b1", "independent": "spread"} {
		s := parse(t, minimal, "topology.shape="+shape, "topology.nodes=2",
			"workload.subscribers[0]={name: d, count: 1, filter: plant/#, qos: 1}")
		if p, s := s.Workload.Publishers[0].Brokers, s.Workload.Subscribers[0].Brokers; p != want || s != want {
			t.Errorf("clients of shape %s start at %s and %s, want %s", shape, p, s, want)
		}
	}
	if got := parse(t, minimal, "topology={broker: mochi, shape: standby, nodes: 2}",
		"workload.publishers[0].brokers=spread").Workload.Publishers[0].Brokers; got != "spread" {
		t.Errorf("clients that are spread start at %s", got)
	}
	s := parse(t, minimal,
		"topology.shape=independent", "topology.nodes=3", "phases.measure=60s",
		"chaos=[{at: 5s, fault: rolling}, {at: 40s, fault: monkey}, {at: 10s, fault: monkey, target: b2, every: 1s, for: 2s}]")
	want := []scenarios.Fault{
		{At: 5 * time.Second, Kind: "rolling", Target: "all", Every: 10 * time.Second},
		{At: 40 * time.Second, Kind: "monkey", Target: "all", Every: 10 * time.Second, For: 3 * time.Second},
		{At: 10 * time.Second, Kind: "monkey", Target: "b2", Every: time.Second, For: 2 * time.Second},
	}
	if diff := cmp.Diff(want, s.Chaos); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestZeroIsNotAbsent(t *testing.T) {
	s := parse(t, minimal, "workload.client.backlog=0", "workload.client.keepalive=0s", "phases.drain=0s")
	if s.Workload.Client.Backlog != 0 || s.Workload.Client.Keepalive != 0 || s.Phases.Drain != 0 {
		t.Errorf("got %+v, %+v, want zeros where they were written", s.Workload.Client, s.Phases)
	}
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, parse(t, string(text))); diff != "" {
		t.Errorf("the scenario reads back otherwise (-want +got):\n%s", diff)
	}
}

func TestOverrides(t *testing.T) {
	const full = `name: full
topology: {broker: nats, shape: cluster, nodes: 3}
workload:
  client:
  publishers:
    - name: a
      count: 1
      topic: a/{n}
      qos: 0
      rate: 1/s
    - {name: b, count: 1, topic: "b/{n}", qos: 0, rate: 1/s}
  subscribers:
    - {name: c, count: 1, filters: [a/#], qos: 0}
phases: {measure: 10s}
chaos:
  - {at: 1s, fault: kill, target: b1}
`
	s := parse(t, full,
		"seed=7",
		"topology.nodes=5",
		"workload.publishers[1].rate=10/s",
		"workload.publishers[1].rate=20/s",
		"workload.client.reconnect.brokers=sticky",
		"workload.subscribers[0].filters[1]=b/#",
		"workload.publishers[2]={name: c2, count: 2, topic: \"c/{n}\", qos: 2, rate: 1/s}",
		"chaos[0].target = leader",
		"chaos[1]={at: 9s, fault: restart, target: b5}",
		"thresholds[0]=lost == 0",
		"thresholds[1]=failover.p99 < 5s",
		`description="a: quoted # text"`,
	)
	if s.Seed != 7 || s.Topology.Nodes != 5 || s.Workload.Publishers[1].Rate != 20 || s.Workload.Publishers[2].QoS != 2 ||
		s.Workload.Client.Reconnect.Brokers != "sticky" || s.Chaos[0].Target != "leader" || s.Chaos[1].Kind != "restart" ||
		len(s.Thresholds) != 2 || s.Description != "a: quoted # text" {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]string{"a/#", "b/#"}, s.Workload.Subscribers[0].Filters); diff != "" {
		t.Errorf("filters (-want +got):\n%s", diff)
	}
	if got := parse(t, full, "chaos=null", "thresholds=[]", "workload.subscribers=~"); len(got.Chaos)+len(got.Workload.Subscribers) != 0 {
		t.Errorf("got %+v, want no chaos and no subscribers", got)
	}
	if got := parse(t, full, "workload.subscribers[0].filters[0]=#").Workload.Subscribers[0].Filters[0]; got != "#" {
		t.Errorf("filter %q, want #", got)
	}
	if got := parse(t, full, "workload.publishers[1].topic={broker}/{n}").Workload.Publishers[1].Topic; got != "{broker}/{n}" {
		t.Errorf("topic %q, want {broker}/{n}", got)
	}
}

func TestShippedScenarios(t *testing.T) {
	names := scenarios.Shipped()
	for _, want := range []string{
		"crowd", "edge", "failover", "monkey", "partition", "pause", "rolling", "single-kill", "slow-link", "smoke", "soak", "standby", "star",
		"churn", "herd", "rush", "tls",
	} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s is not shipped, only %q", want, names)
		}
	}
	for _, name := range names {
		limit := 1024 // what most systems give a process that does not ask
		if name == "crowd" {
			limit = 20_000
		}
		s, err := scenarios.Load(name, scenarios.LoadOptions{Capabilities: capabilities, FileLimit: limit})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Name != name || s.Description == "" {
			t.Errorf("%s has name %q and description %q", name, s.Name, s.Description)
		}
		text, err := scenarios.ShippedFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# Proves: ") || !strings.Contains(string(text), "\n# A failure means: ") {
			t.Errorf("%s does not begin with what it proves and what a failure means", name)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	if err := os.WriteFile(file, []byte(minimal), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := scenarios.Load(file, scenarios.LoadOptions{}); err != nil || s.Name != "minimal" {
		t.Errorf("Load of a file: %v, %v", s, err)
	}
	t.Chdir(dir)
	if err := os.Mkdir("smoke", 0o755); err != nil {
		t.Fatal(err)
	}
	if s, err := scenarios.Load("smoke", scenarios.LoadOptions{}); err != nil || s.Name != "smoke" {
		t.Errorf("Load of a shipped name beside a folder of that name: %v, %v", s, err)
	}
	if err := os.WriteFile("failover", []byte(minimal), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := scenarios.Load("failover", scenarios.LoadOptions{}); err != nil || s.Name != "minimal" {
		t.Errorf("Load of a file that has the name of a shipped scenario: %v, %v", s, err)
	}
	for name, want := range map[string]string{
		"failovr":                 "did you mean failover?",
		"scenarios/rollin.yaml":   "did you mean rolling?",
		"nothing/like/it":         "failover, herd, monkey",
		"../scenarios/smoke.yaml": "did you mean smoke?",
	} {
		if _, err := scenarios.Load(name, scenarios.LoadOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q): %v, want an error with %q", name, err, want)
		}
	}
	if _, err := scenarios.ShippedFile("../scenario"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ShippedFile of a path: %v, want not exist", err)
	}
	if err := os.WriteFile("large.yaml", []byte("name: large\n"+strings.Repeat("# filler\n", 40_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := scenarios.Load("large.yaml", scenarios.LoadOptions{}); err == nil || !strings.Contains(err.Error(), "bound") {
		t.Errorf("Load of a file beyond the bound: %v", err)
	}
}

// TestLineEndsAndMarks: what editors on other systems put into a file changes neither the scenario nor the places of
// mistakes.
func TestLineEndsAndMarks(t *testing.T) {
	want := parse(t, minimal)
	for name, text := range map[string]string{
		"carriage returns": strings.ReplaceAll(minimal, "\n", "\r\n"),
		"byte order mark":  "\ufeff" + minimal,
		"document marks":   "---\n" + minimal + "...\n",
	} {
		if diff := cmp.Diff(want, parse(t, text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		broken := strings.Replace(text, "2/s", "2/x", 1)
		_, err := scenarios.Parse("test.yaml", []byte(broken), scenarios.LoadOptions{})
		var problems scenarios.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].Source, "2/x") {
			t.Errorf("%s: %v, want one problem at the line with 2/x", name, err)
			continue
		}
		if got := string([]rune(problems[0].Source)[problems[0].Column-1:][:3]); got != "2/x" {
			t.Errorf("%s: the column points at %q, want 2/x", name, got)
		}
	}
}
