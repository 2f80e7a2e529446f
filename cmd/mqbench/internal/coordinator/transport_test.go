package coordinator

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/fixtures/certificates"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
)

// carrying is a run over a transport, of a product's two brokers of which one is killed.
func carrying(broker, transport string, more ...string) []string {
	return append([]string{
		"topology.broker=" + broker, "topology.shape=independent", "topology.nodes=2", "workload.client.protocol=3.1.1",
		"workload.client.transport=" + transport, "workload.client.keepalive=5s",
		"phases.warmup=0s", "phases.measure=6s", "chaos=[{at: 500ms, fault: kill, target: b2, for: 500ms}]",
	}, more...)
}

// TestTransports: over each transport the messages are counted as over TCP, clients of a broker that was killed come
// back over it, and the handshakes have their times.
func TestTransports(t *testing.T) {
	for _, broker := range []string{"mochi", "nats", "mosquitto"} {
		if _, err := exec.LookPath(broker); broker == "mosquitto" && err != nil {
			t.Log("mosquitto is not installed")
			continue
		}
		for _, transport := range []string{"tls", "ws", "wss"} {
			t.Run(broker+" "+transport, func(t *testing.T) {
				t.Parallel()
				s := prepare(t, carrying(broker, transport)...)
				ctx, cancel := bounded(t)
				defer cancel()
				result, err := Run(ctx, s.Options)
				if err != nil {
					t.Fatal(err)
				}
				checkCarried(t, result, transport)
				if left := s.left(t); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

func checkCarried(t *testing.T, result *reports.Result, transport string) {
	t.Helper()
	c := result.Counts
	if c.Acknowledged == 0 || c.Phantom != 0 || c.Attempted != c.Acknowledged+c.InDoubt || c.Delivered+c.Lost != c.Expected {
		t.Errorf("counts %+v", c)
	}
	x := result.Injections[0]
	if x.Error != "" || x.Clients.Affected == 0 || x.Clients.Resumed != x.Clients.Affected {
		t.Errorf("injection: error %q, clients %+v; want all back", x.Error, x.Clients)
	}
	if h := x.Handshakes; h == nil || h.Handshaken.Count == 0 || h.Handshaken.Min < h.Dialed.Min || h.Resumed != 0 {
		t.Errorf("handshakes on the way back: %+v; none can resume, for the broker that has the session is dead", h)
	}
	for _, b := range result.Brokers {
		if b.Blocked.Spells != 0 {
			t.Errorf("%s: blocked %+v, which the writes of a goroutine do not tell", b.Name, b.Blocked)
		}
	}
	connects := result.Latency[string(history.ConnectLatency)].Count
	for metric, there := range map[history.Metric]bool{
		history.DialTime: true, history.ConnackTime: true,
		history.TLSHandshake: transport != "ws", history.UpgradeTime: strings.HasPrefix(transport, "ws"),
	} {
		want := uint64(0)
		if there {
			want = uint64(connects)
		}
		if got := uint64(result.Latency[string(metric)].Count); got != want {
			t.Errorf("%d samples of %s, want %d: there were that many connections", got, metric, want)
		}
	}
}

// TestMutual: with generated certificates every client shows its own, over TLS and WebSocket, and TLS 1.3 at least.
func TestMutual(t *testing.T) {
	for _, transport := range []string{"tls", "wss"} {
		for _, broker := range []string{"mochi", "nats"} {
			t.Run(broker+" "+transport, func(t *testing.T) {
				s := prepare(t, "topology.broker="+broker, "workload.client.protocol=3.1.1", "workload.client.transport="+transport,
					"workload.client.tls={certificates: generated, min_version: \"1.3\"}")
				ctx, cancel := bounded(t)
				defer cancel()
				result, err := Run(ctx, s.Options)
				if err != nil {
					t.Fatal(err)
				}
				if c := result.Counts; c.Acknowledged == 0 || c.Lost != 0 {
					t.Errorf("counts %+v", c)
				}
			})
		}
	}
}

// file writes a file for a scenario.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefusedAtOnce: what another attempt will not mend ends the run after a few, with the reason, and not when the time
// for connecting is over.
func TestRefusedAtOnce(t *testing.T) {
	other, err := certificates.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	users := "topology.users=" + file(t, "users.csv", "username,password\nanna,right\n")
	for name, story := range map[string]struct {
		overrides []string
		want      string
	}{
		"wrong CA": {[]string{"workload.client.transport=tls", "workload.client.tls={ca: " + file(t, "ca.pem", string(other.CA())) + "}"},
			"certificate signed by unknown authority"},
		"wrong name": {[]string{"workload.client.transport=wss", "workload.client.tls={server_name: example.org}"},
			"not example.org"},
		"wrong password": {[]string{users, "workload.client.username=anna", "workload.client.password=wrong"},
			"connection refused: bad user name or password (0x86)"},
		"nobody, 3.1.1": {[]string{users, "workload.client.protocol=3.1.1"}, "(0x0"},
		"nobody, nats":  {[]string{users, "workload.client.protocol=3.1.1", "topology.broker=nats"}, "(0x0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, story.overrides...)
			ctx, cancel := bounded(t)
			defer cancel()
			_, err := Run(ctx, s.Options)
			if err == nil || !strings.Contains(err.Error(), story.want) || !strings.Contains(err.Error(), "trying again will not help") {
				t.Fatalf("error %v, want %q in it, and that trying again will not help", err, story.want)
			}
			if !errors.Is(err, fixtures.ErrEnvironment) {
				t.Error("the error is not one of the environment")
			}
		})
	}
}

// TestCredentials: each client comes as the user and with the identifier of its line, at brokers that let in nobody
// else; neither plan nor saved scenario show a password.
func TestCredentials(t *testing.T) {
	var lines strings.Builder
	lines.WriteString("client_id,username,password\n")
	for n := range 8 {
		fmt.Fprintf(&lines, "device-%d,user-%d,hidden-%d\n", n, n, n)
	}
	name := file(t, "clients.csv", lines.String())
	for _, broker := range []string{"mochi", "nats", "mosquitto"} {
		if _, err := exec.LookPath(broker); broker == "mosquitto" && err != nil {
			t.Log("mosquitto is not installed")
			continue
		}
		t.Run(broker, func(t *testing.T) {
			s := prepare(t, "topology.broker="+broker, "workload.client.protocol=3.1.1", "topology.users="+name,
				"workload.client.credentials="+name)
			if err := s.Dir.WriteJSON("plan.json", s.Plan); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := bounded(t)
			defer cancel()
			result, err := Run(ctx, s.Options)
			if err != nil {
				t.Fatal(err)
			}
			if c := result.Counts; c.Acknowledged == 0 || c.Lost != 0 {
				t.Errorf("counts %+v", c)
			}
			if got := s.Plan.Assignment.Subscribers[1].Client; got != "device-6" {
				t.Errorf("the last client is %q, want device-6", got)
			}
			for _, saved := range []string{"plan.json", "scenario.yaml", "result.json"} {
				if text := read(t, s.Dir.Path(saved)); strings.Contains(string(text), "hidden-") {
					t.Errorf("%s shows a password", saved)
				}
			}
		})
	}
}
