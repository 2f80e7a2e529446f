package scenarios_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// drawScenario draws a valid scenario, defaults filled in.
func drawScenario(t *rapid.T) *scenarios.Scenario {
	s := &scenarios.Scenario{
		Name:        rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,20}`).Draw(t, "name"),
		Description: rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[ -~äöü€\n]{0,60}`)).Draw(t, "description"),
		Seed:        rapid.Uint64().Draw(t, "seed"),
		Topology:    drawTopology(t),
		Workload:    scenarios.Workload{Client: drawClient(t)},
		Phases: scenarios.Phases{
			Warmup:  seconds(t, "warmup", 0, 100),
			Measure: seconds(t, "measure", 30, 1000),
			Drain:   time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "drain")),
		},
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "publishers") {
		s.Workload.Publishers = append(s.Workload.Publishers, drawPublishers(t, i))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "subscribers") {
		s.Workload.Subscribers = append(s.Workload.Subscribers, drawSubscribers(t, i))
	}
	if rapid.Bool().Draw(t, "routes") {
		s.Workload.Routes = []scenarios.Route{{Filter: "+/#", Broker: "b3"}, {Filter: "x", Broker: "b1"}}
		s.Workload.Publishers[0].Brokers = "route"
	}
	if rapid.Bool().Draw(t, "link faults") {
		s.Chaos = drawLinkFaults(t, s.Topology)
	}
	if rapid.Bool().Draw(t, "chaos") {
		s.Chaos = []scenarios.Fault{
			{At: 2 * time.Second, Kind: "kill", Target: "b1", For: seconds(t, "for", 1, 5)},
			{At: 10 * time.Second, Kind: "pause", Target: "random", For: time.Second, Every: seconds(t, "every", 2, 9)},
			{At: 0, Kind: "monkey", Target: "all", For: time.Second, Every: seconds(t, "gap", 1, 9)},
			{At: 12 * time.Second, Kind: "rolling", Target: "b3", Every: time.Second},
		}
		s.Thresholds = append(s.Thresholds, threshold(t, "connect.p99 < 1s after faults"), threshold(t, "failover.never == 0"))
	}
	return s
}

func drawTopology(t *rapid.T) scenarios.Topology {
	topology := scenarios.Topology{
		Broker: "mosquitto", Runtime: rapid.SampledFrom([]scenarios.Runtime{"process", "container"}).Draw(t, "runtime"),
		Shape: rapid.SampledFrom([]scenarios.Shape{"independent", "star", "chain", "edge"}).Draw(t, "shape"),
		Nodes: rapid.IntRange(3, 9).Draw(t, "nodes"), Balancer: "none",
		Profile: rapid.SampledFrom([]scenarios.Profile{"stock", "tuned"}).Draw(t, "profile"),
	}
	if topology.Bridged() {
		topology.Bridge = scenarios.Bridge{
			Direction: "out", QoS: scenarios.QoS(rapid.IntRange(0, 2).Draw(t, "bridge qos")),
			Session:   rapid.SampledFrom([]scenarios.Session{"clean", "persistent"}).Draw(t, "bridge session"),
			Keepalive: seconds(t, "bridge keepalive", 5, 65535),
		}
	}
	if topology.Runtime == scenarios.RuntimeContainer && rapid.Bool().Draw(t, "contained") {
		topology.Image, topology.Subnet = "localhost:5000/broker:2.0@sha256", "10.1.0.0/16"
		topology.Resources = scenarios.Resources{
			CPUs:    scenarios.CPUs(rapid.Float64Range(0.01, 1024).Draw(t, "cpus")),
			Memory:  scenarios.Size(rapid.Int64Range(6<<20, 1<<40).Draw(t, "memory")),
			Ulimits: scenarios.Ulimits{NoFile: rapid.IntRange(0, 1<<20).Draw(t, "nofile")},
		}
	}
	if topology.Shape == scenarios.ShapeEdge && topology.Image != "" {
		topology.Core.CPUs = 2
	}
	return topology
}

// drawLinkFaults draws faults on links and limits as far as the topology can have them.
func drawLinkFaults(t *rapid.T, topology scenarios.Topology) []scenarios.Fault {
	delay := time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "delay"))
	faults := []scenarios.Fault{
		{
			At: 20 * time.Second, Kind: "partition", Sides: [][]string{{"b1"}, {"b2", "clients"}, {"b3"}}, For: time.Second,
			Direction: rapid.SampledFrom([]scenarios.Direction{"both", "in", "out"}).Draw(t, "direction"), Via: "proxy",
		},
		{
			At: 22 * time.Second, Kind: "latency", Target: "b2", Delay: delay, Links: "clients", Via: "proxy", For: time.Second,
			Jitter: time.Duration(rapid.Int64Range(0, int64(delay)).Draw(t, "jitter")),
		},
		{
			At: 22 * time.Second, Kind: "bandwidth", Target: "b2", Links: "all", Via: "proxy",
			Rate: scenarios.Bandwidth(rapid.Float64Range(1e3, 1e12).Draw(t, "bits")), For: time.Second, Every: 5 * time.Second,
		},
		{
			At: 29 * time.Second, Kind: "disconnect", Target: "b1", Share: drawShare(t),
			How: rapid.SampledFrom([]scenarios.Departure{"drop", "takeover"}).Draw(t, "how"),
		},
	}
	if topology.Runtime == scenarios.RuntimeContainer {
		faults = append(
			faults,
			scenarios.Fault{At: 23 * time.Second, Kind: "loss", Target: "b3", Loss: drawShare(t), Links: "clients", Via: "packets"},
			scenarios.Fault{At: 23 * time.Second, Kind: "memory", Target: "b3", Memory: 6 << 20},
			scenarios.Fault{At: 23 * time.Second, Kind: "cpu", Target: "b3", CPUs: 0.25},
		)
	}
	return faults
}

func drawShare(t *rapid.T) scenarios.Percent {
	return scenarios.Percent(rapid.Float64Range(1e-9, 1).Draw(t, "share"))
}

func drawClient(t *rapid.T) scenarios.Client {
	c := scenarios.Client{
		Library:        scenarios.LibraryMqbench,
		Protocol:       rapid.SampledFrom([]scenarios.Protocol{"3.1.1", "5.0"}).Draw(t, "protocol"),
		Session:        rapid.SampledFrom([]scenarios.Session{"clean", "persistent"}).Draw(t, "session"),
		Keepalive:      seconds(t, "keepalive", 0, 65535),
		ConnectRate:    scenarios.Rate(rapid.Float64Range(0.001, 1e6).Draw(t, "connect rate")),
		ConnectTimeout: time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "connect timeout")),
		InFlight:       rapid.IntRange(1, 65535).Draw(t, "in flight"),
		Backlog:        rapid.IntRange(0, 1_000_000).Draw(t, "backlog"),
		Username:       rapid.SampledFrom([]string{"user", "~", "null", "5", "- x", "a: b", "{", "*x", " padded "}).Draw(t, "username"),
		Password:       rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[ -~ß]{1,20}`)).Draw(t, "password"),
		Reconnect: scenarios.Reconnect{
			Backoff: scenarios.Backoff{Min: time.Millisecond, Max: seconds(t, "longest wait", 1, 60)},
			Jitter:  rapid.SampledFrom([]scenarios.Jitter{"full", "none"}).Draw(t, "jittered"),
			Brokers: rapid.SampledFrom([]scenarios.Strategy{"rotate", "ordered", "sticky"}).Draw(t, "strategy"),
		},
	}
	c.Transport = rapid.SampledFrom([]scenarios.Transport{"tcp", "tls", "ws", "wss"}).Draw(t, "transport")
	if c.Transport.Encrypted() {
		c.TLS = scenarios.TLS{
			CA: "/ca.pem", ServerName: "b.example", Certificates: "none", MinVersion: "1.3",
			Resumption: rapid.Bool().Draw(t, "resumption"), Verify: true,
		}
	}
	if c.Transport.WebSocket() {
		c.WebSocket.Path = rapid.SampledFrom([]string{"/mqtt", "/", "/ws/é"}).Draw(t, "path")
	}
	if rapid.Bool().Draw(t, "one by one") {
		c.Username, c.Password, c.Credentials = "", "", "/clients.csv"
	}
	if rapid.Bool().Draw(t, "sources") {
		c.SourceAddresses = []string{"127.0.0.2", "127.0.0.3..127.0.0.9", "127.0.1.0/29"}
	}
	if c.Protocol == scenarios.Protocol5 {
		c.Library = rapid.SampledFrom([]scenarios.Library{"mqbench", "paho"}).Draw(t, "library")
	}
	if c.Protocol == scenarios.Protocol5 && c.Session == scenarios.SessionPersistent {
		c.Expiry = seconds(t, "expiry", 61, 1<<32-2)
	}
	return c
}

func drawPublishers(t *rapid.T, i int) scenarios.PublisherGroup {
	g := scenarios.PublisherGroup{
		Name: fmt.Sprintf("p%d", i), Count: rapid.IntRange(1, 20).Draw(t, "count"),
		Brokers:   rapid.SampledFrom([]scenarios.Placement{"spread", "b2"}).Draw(t, "brokers"),
		Duplicate: rapid.Bool().Draw(t, "duplicate"),
		Topic:     rapid.SampledFrom([]string{"plant/{name}/{n}", "{name}/{n}/{broker}", "plant/# comment"[:6] + "{n}: {name}"}).Draw(t, "topic"),
		QoS:       scenarios.QoS(rapid.IntRange(0, 2).Draw(t, "qos")),
		Per:       rapid.SampledFrom([]scenarios.Per{"client", "group"}).Draw(t, "per"),
		Arrival:   rapid.SampledFrom([]scenarios.Arrival{"constant", "poisson"}).Draw(t, "arrival"),
		Payload:   scenarios.Size(rapid.IntRange(40, 1<<20).Draw(t, "payload")),
		Retain:    rapid.Bool().Draw(t, "retain"),
	}
	drawRate(t, &g)
	if rapid.Bool().Draw(t, "will") {
		g.Will = &scenarios.Will{Topic: "gone/{name}", Payload: rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "last words"), QoS: 1, Retain: true}
	}
	if !g.Duplicate && rapid.Bool().Draw(t, "device") {
		g.Subscribe = &scenarios.Downlink{Filter: "+/#", QoS: 1}
		g.Churn, g.Join = drawLife(t)
	}
	return g
}

// drawRate gives a group a rate of one kind.
func drawRate(t *rapid.T, g *scenarios.PublisherGroup) {
	rate := func(label string) scenarios.Rate {
		return scenarios.Rate(rapid.Float64Range(0.001, 1000).Draw(t, label))
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind of rate") {
	case 0:
		g.Rate = rate("rate")
	case 1:
		g.Rate, g.Window = scenarios.Rate(math.Inf(1)), rapid.IntRange(1, 65535).Draw(t, "window")
		g.Per, g.Arrival, g.Duplicate = scenarios.PerClient, scenarios.ArrivalConstant, false
	case 2:
		for range rapid.IntRange(1, 4).Draw(t, "stages") {
			stage := scenarios.Stage{For: seconds(t, "for", 1, 100), Rate: scenarios.Ramp{From: rate("from"), To: rate("to")}}
			if rapid.Bool().Draw(t, "level") {
				stage.Rate.From = stage.Rate.To
			}
			g.Stages = append(g.Stages, stage)
		}
	case 3:
		g.Burst = &scenarios.Burst{Every: seconds(t, "every", 10, 100), For: seconds(t, "for", 1, 9), Rate: rate("burst")}
		if rapid.Bool().Draw(t, "base") {
			g.Rate = rate("base")
		}
	case 4:
		low := rate("low")
		g.Sine = &scenarios.Sine{Period: seconds(t, "period", 1, 100), Low: low, High: low + rate("more")}
	}
}

// drawLife draws when clients are there.
func drawLife(t *rapid.T) (*scenarios.Churn, *scenarios.Join) {
	least := time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Minute)).Draw(t, "stay"))
	return &scenarios.Churn{
			Stay:  scenarios.Span{Min: least, Max: least + seconds(t, "stays longer", 0, 60)},
			Away:  scenarios.Span{Min: time.Second, Max: seconds(t, "away", 1, 60)},
			Leave: rapid.SampledFrom([]scenarios.Leave{"disconnect", "drop"}).Draw(t, "leave"),
		}, &scenarios.Join{
			At: time.Second, Within: seconds(t, "within", 0, 20),
		}
}

func drawSubscribers(t *rapid.T, i int) scenarios.SubscriberGroup {
	g := scenarios.SubscriberGroup{
		Name: fmt.Sprintf("s%d", i), Count: rapid.IntRange(1, 20).Draw(t, "count"), Brokers: "spread",
		Fallback: rapid.SampledFrom([][]string{nil, {"b2"}, {"b3", "b1"}}).Draw(t, "fallback"),
		QoS:      scenarios.QoS(rapid.IntRange(0, 2).Draw(t, "qos")),
	}
	if rapid.Bool().Draw(t, "share") {
		g.Share = fmt.Sprintf("share-%d", i)
	}
	if rapid.Bool().Draw(t, "several") {
		g.Filters = []string{"plant/#", "p0/#"}
	} else {
		g.Filter = "+/#"
	}
	return g
}

func seconds(t *rapid.T, label string, least, most int) time.Duration {
	return time.Duration(rapid.IntRange(least, most).Draw(t, label)) * time.Second
}

func threshold(t *rapid.T, text string) scenarios.Threshold {
	threshold, err := scenarios.ParseThreshold(text)
	if err != nil {
		t.Fatal(err)
	}
	return threshold
}

// TestScenariosReadBack: what YAML writes loads to the same scenario, and the schema accepts it.
func TestScenariosReadBack(t *testing.T) {
	schema := loadSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		want := drawScenario(t)
		text, err := want.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := scenarios.Parse("drawn.yaml", text, scenarios.LoadOptions{Capabilities: capabilities})
		if err != nil {
			// Filters and wills are drawn without regard to each other; that is what the validation is there for.
			t.Skipf("not valid: %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("reads back otherwise (-want +got):\n%s\n%s", diff, text)
		}
		if err := schema.check(text); err != nil {
			t.Fatalf("the schema refuses it: %v\n%s", err, text)
		}
	})
}
