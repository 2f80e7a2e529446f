package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]scenarios.Span{
		"30s..2m": {Min: 30 * time.Second, Max: 2 * time.Minute}, "30s": {Min: 30 * time.Second, Max: 30 * time.Second},
		"0s .. 1s": {Max: time.Second},
	} {
		got, err := scenarios.ParseSpan(text)
		if err != nil || got != want {
			t.Errorf("ParseSpan(%q) = %v, %v, want %v", text, got, err, want)
		}
		if again, err := scenarios.ParseSpan(got.String()); err != nil || again != want {
			t.Errorf("%q is written as %q, which reads as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "..", "1s..", "..1s", "2s..1s", "1..2", "-1s..1s", "1s..2s..3s"} {
		if got, err := scenarios.ParseSpan(text); err == nil {
			t.Errorf("ParseSpan(%q) = %v, want an error", text, got)
		}
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  string
	}{
		{nil, ""},
		{[]string{"127.0.0.2"}, "127.0.0.2"},
		{[]string{"127.0.0.2", "127.0.0.254..127.0.1.1"}, "127.0.0.2 127.0.0.254 127.0.0.255 127.0.1.0 127.0.1.1"},
		{[]string{"10.1.2.9/30"}, "10.1.2.9 10.1.2.10"},
		{[]string{"10.1.2.8/31", "10.1.2.10/32"}, "10.1.2.8 10.1.2.9 10.1.2.10"},
	} {
		list, err := scenarios.Client{SourceAddresses: c.texts}.Sources()
		var got []string
		for _, a := range list {
			got = append(got, a.String())
		}
		if text := strings.Join(got, " "); err != nil || text != c.want {
			t.Errorf("%q: %q, %v, want %q", c.texts, text, err, c.want)
		}
	}
	if list, err := (scenarios.Client{SourceAddresses: []string{"10.1.0.0/16"}}).Sources(); err != nil || len(list) != 65534 {
		t.Errorf("a prefix of 16 bits has %d addresses, %v", len(list), err)
	}
	for _, text := range []string{"", "localhost", "10.0.0.0/15", "10.0.0.2..10.0.0.1", "10.0.0.1..fd00::1", "0.0.0.0..255.255.255.255", "..", "10.0.0.1.."} {
		if list, err := (scenarios.Client{SourceAddresses: []string{text}}).Sources(); err == nil {
			t.Errorf("%q has %d addresses, want an error", text, len(list))
		}
	}
}

func TestReceivers(t *testing.T) {
	g := scenarios.PublisherGroup{Name: "devices", Count: 3, Topic: "up/{n}", QoS: 1}
	if _, is := g.Receivers(); is {
		t.Error("a group that subscribes to nothing has receivers")
	}
	g.Subscribe = &scenarios.Downlink{Filter: "down/{name}/{n}", QoS: 2}
	r, is := g.Receivers()
	if !is || r.Count != 3 || r.QoS != 2 || r.FiltersOf(2, "b1")[0] != "down/devices/2" {
		t.Errorf("receivers: %v, %+v", is, r)
	}
}

// TestThresholdsOfDevices: whoever subscribes receives, a publisher too.
func TestThresholdsOfDevices(t *testing.T) {
	const text = `name: devices
topology: {broker: mochi}
workload:
  publishers:
    - {name: a, count: 2, topic: "t/{n}", qos: 1, rate: 1/s, subscribe: {filter: "t/{n}", qos: 1}}
phases: {measure: 10s}
thresholds: [lost == 0, end_to_end.p99 < 1s]
`
	if _, err := scenarios.Parse("devices.yaml", []byte(text), scenarios.LoadOptions{}); err != nil {
		t.Error(err)
	}
	alone := strings.Replace(text, `, subscribe: {filter: "t/{n}", qos: 1}`, "", 1)
	if _, err := scenarios.Parse("alone.yaml", []byte(alone), scenarios.LoadOptions{}); err == nil {
		t.Error("a threshold on deliveries to nobody was taken")
	}
}
