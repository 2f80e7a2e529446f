package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/history"
)

// What the brokers were made from and what is around them is in the result, as far as the record knows it.
func TestTopologyOf(t *testing.T) {
	connack := map[string]string{"receive_maximum": "20"}
	s := partitioned()
	want := Topology{
		Broker: "mosquitto", Version: "2.0.22, 2.0.21", Runtime: "container", Shape: "star", Nodes: 3, Profile: "tuned",
		Image: "mqbench/mosquitto:2.0", Digest: "sha256:0123456789abcdef0123456789abcdef", Addressing: "container addresses",
		Balancer: "haproxy", Bridge: &Bridge{Direction: "both", QoS: 1}, Proxied: []string{"clients-b1", "b2-b1", "b3-b1"},
		ConnackProperties: connack,
	}
	for name, c := range map[string]struct {
		change func(m *history.Meta)
		want   func(t *Topology)
	}{
		"containers": {func(*history.Meta) {}, func(*Topology) {}},
		"published ports": {
			func(m *history.Meta) { m.Origins[1].Published = true }, func(t *Topology) { t.Addressing = "published ports" },
		},
		"processes of a cluster": {
			func(m *history.Meta) {
				m.Runtime, m.Shape, m.Balanced, m.Brokers, m.Origins, m.Proxied = "process", "cluster", false, m.Brokers[:3], nil, nil
			},
			func(t *Topology) {
				*t = Topology{Broker: "mosquitto", Version: "2.0.22", Runtime: "process", Shape: "cluster", Nodes: 3, Profile: "tuned"}
			},
		},
		"what they granted at the start": {
			func(m *history.Meta) { m.ConnackProperties = map[string]string{"maximum_qos": "1"} },
			func(t *Topology) { t.ConnackProperties = map[string]string{"maximum_qos": "1"} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := partitioned()
			c.change(&s.run.Meta)
			want := want
			c.want(&want)
			if d := cmp.Diff(want, s.result().Topology); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	s.scenario = nil
	r := s.result()
	if r.Topology.Balancer != "balancer" {
		t.Errorf("without a scenario the balancer is %q, want its name among the brokers", r.Topology.Balancer)
	}
	first := Broker{
		Name: "b1", Version: "2.0.22", Image: "mqbench/mosquitto:2.0", Digest: "sha256:0123456789abcdef0123456789abcdef",
		Address: "198.18.0.2:1883", ConnackProperties: connack, CPUSeconds: 21.4, PeakRSSBytes: 84 << 20,
	}
	if d := cmp.Diff(first, r.Brokers[0]); d != "" {
		t.Errorf("b1 (-want +got):\n%s", d)
	}
	if w := r.Workload; w.Publishers != 500 || w.PublisherCopies != 250 || w.Subscribers != 4 || w.SubscriberCopies != 1 {
		t.Errorf("workload %+v, want 250 of 500 publishers and 1 of 4 subscribers as copies", w)
	}
}
