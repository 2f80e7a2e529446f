package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports"
)

// testBroker as the first argument makes the test's own binary a broker: the second argument is its address, the third
// says what is wrong with it.
const testBroker = "test-broker"

// serveTestBroker is a broker for the tests of the generator's judgement. It ends with the process.
func serveTestBroker(address, how string) error {
	switch how {
	case "sink": // acknowledges whatever comes and delivers nothing
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
		if err != nil {
			return err
		}
		return faulty.ServeSink(context.Background(), l)
	case "slow": // answers and delivers everything 300 ms late
		return serveFaulty(address, faulty.Plan{AnswerDelay: 300 * time.Millisecond, DeliveryDelay: 300 * time.Millisecond})
	case "stalling": // reads nothing for six seconds
		return serveFaulty(address, faulty.Plan{Rules: []faulty.Rule{{
			Match: faulty.Match{Numbers: []int{50}}, Action: faulty.Action{Kind: faulty.Stall, Delay: 6 * time.Second},
		}}})
	default:
		return fmt.Errorf("unknown test broker %q", how)
	}
}

func serveFaulty(address string, p faulty.Plan) error {
	b, err := faulty.Listen(address, p)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin) // any end of the input means the same
	return errors.Join(err, b.Close())
}

// generatorRun is a scenario on a test broker, with what its clients do.
func generatorRun(t *testing.T, dir, how, workload string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	recipe := fmt.Sprintf(`
name: test
description: "a broker of the tests"
protocols: ["3.1.1"]
max_qos: 2
shapes: [single]
profiles:
  stock: {durability: "none"}
  tuned: {durability: "none"}
process:
  command: [%q, %s, "{dial.mqtt}", %s]
  ports: [mqtt]
`, self, testBroker, how)
	if err := os.WriteFile(filepath.Join(dir, "broker.yaml"), []byte(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	return writeScenario(t, dir, "name: generator\ntopology: {broker: ./broker.yaml, shape: single}\n"+workload)
}

// aboutGenerator lists the findings that say that the generator was the bottleneck.
func aboutGenerator(r *reports.Result) (names []string) {
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Name, "generator") && f.Verdict != "pass" {
			names = append(names, f.Name)
		}
	}
	return names
}

// A generator that is to encode far more than one processor can says so, and by which figure; its thresholds on times
// do not fail on the broker's account.
func TestOverloadedGenerator(t *testing.T) {
	dir := t.TempDir()
	scenario := generatorRun(t, dir, "sink", `
workload:
  client: {backlog: 100}
  publishers:
    - {name: flood, count: 50, topic: "flood/{n}", qos: 0, rate: 400000/s, payload: 64B}
phases: {measure: 1s, drain: 60s}
thresholds:
  - publish_delay.p50 < 1us
`)
	t.Setenv("GOMAXPROCS", "1")
	code, stdout, stderr := runProgram(t, dir, "run", scenario)
	r, _ := readResult(t, filepath.Join(dir, "runs", "latest"))
	t.Logf("beyond %q, cpu %.2f of %g, shard lag p99 %v, machine %+v", r.Generator.Beyond, r.Generator.CPUShare, r.Generator.Processors,
		r.Generator.Waits["shard_lag"].P99, r.Machine)
	if code != exitInconclusive || r.Verdict != "inconclusive" {
		t.Errorf("exit code %d, verdict %s, want inconclusive\n%s\n%s", code, r.Verdict, stdout, stderr)
	}
	if r.Generator.Processors != 1 {
		t.Errorf("%g processors, want 1", r.Generator.Processors)
	}
	if len(aboutGenerator(r)) == 0 || len(r.Generator.Beyond) == 0 {
		t.Errorf("no finding is about the generator: %+v", r.Findings)
	}
	if v := r.Thresholds[0].Verdict; v != "inconclusive" {
		t.Errorf("the threshold on the publish delay is %s (%s)", v, r.Thresholds[0].Observed)
	}
}

// A generator that is stopped for a while again and again, as by a machine that has other things to do, is late, by the
// lag of its shards and by its pulse. What it counts is exact all the same.
func TestStoppedGenerator(t *testing.T) {
	dir := t.TempDir()
	scenario := generatorRun(t, dir, "slow", `
workload:
  client: {in_flight: 10000}
  publishers:
    - {name: sensors, count: 10, topic: "plant/{n}", qos: 1, rate: 50/s, payload: 64B}
  subscribers:
    - {name: dashboards, count: 1, filter: "plant/#", qos: 1}
phases: {measure: 5s, drain: 60s}
thresholds:
  - lost == 0
  - end_to_end.p99 < 100ms
`)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := program(ctx, t, dir, "run", scenario)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // the code is looked at below
	}()
	stopAndGo(t, c.Process, ended)
	r, _ := readResult(t, filepath.Join(dir, "runs", "latest"))
	if code := c.ProcessState.ExitCode(); code != exitInconclusive {
		t.Errorf("exit code %d, want inconclusive: %+v", code, r.Findings)
	}
	for _, figure := range []string{"late messages", "shard lag", "wake lag"} {
		if !slices.Contains(r.Generator.Beyond, figure) {
			t.Errorf("%s is not beyond its bound, but %q", figure, r.Generator.Beyond)
		}
	}
	if p99 := r.Generator.Waits["wake_lag"].P99; p99 < 50*time.Millisecond || p99 > 10*time.Second {
		t.Errorf("wake lag p99 %v after stops of 100 ms", p99)
	}
	if got := []string{r.Thresholds[0].Verdict, r.Thresholds[1].Verdict}; !slices.Equal(got, []string{"pass", "inconclusive"}) {
		t.Errorf("thresholds %+v, want what is lost to be judged and latency not", r.Thresholds)
	}
}

// stopAndGo stops a process for 100 ms of each 200 ms until it has ended.
func stopAndGo(t *testing.T, p *os.Process, ended <-chan struct{}) {
	t.Helper()
	beat := time.NewTicker(100 * time.Millisecond)
	defer beat.Stop()
	for n := 0; ; n++ {
		select {
		case <-ended:
			return
		case <-beat.C:
		}
		signal := syscall.SIGSTOP
		if n%2 == 0 {
			signal = syscall.SIGCONT
		}
		if err := p.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
}

// A broker that is slow, or does not read at all, is not mistaken for a slow generator: its latency is shown, the
// blocked writes are its own, and the generator's figures are clean.
func TestSlowBroker(t *testing.T) {
	for how, c := range map[string]struct {
		workload string
		shows    func(r *reports.Result) error
	}{
		"slow": {`
workload:
  client: {in_flight: 10000}
  publishers:
    - {name: sensors, count: 10, topic: "plant/{n}", qos: 1, rate: 20/s, payload: 64B}
  subscribers:
    - {name: dashboards, count: 1, filter: "plant/#", qos: 1}
phases: {measure: 5s, drain: 60s}
`, func(r *reports.Result) error {
			if p50 := r.Latency["publish"].P50; p50 < 300*time.Millisecond {
				return fmt.Errorf("publish p50 %v, want the 300 ms of the broker", p50)
			}
			if p50 := r.Latency["end_to_end"].P50; p50 < 300*time.Millisecond {
				return fmt.Errorf("end to end p50 %v, want the 300 ms of the broker", p50)
			}
			return nil
		}},
		"stalling": {`
workload:
  client: {in_flight: 10000, keepalive: 60s}
  publishers:
    - {name: sensors, count: 1, topic: "plant/{n}", qos: 0, rate: 25/s, payload: 200KiB}
phases: {measure: 10s, drain: 60s}
`, func(r *reports.Result) error {
			b := r.Brokers[0].Blocked
			if b.Spells == 0 || b.Longest < time.Second {
				return fmt.Errorf("blocked %+v, want most of the stall of 6 s", b)
			}
			if p99 := r.Latency["publish_delay"].P99; p99 < time.Second {
				return fmt.Errorf("publish delay p99 %v, want to see the stall in it", p99)
			}
			if r.Generator.BlockedMost == 0 {
				return errors.New("no second with blocked connections")
			}
			return nil
		}},
	} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			code, stdout, stderr := runProgram(t, dir, "run", generatorRun(t, dir, how, c.workload))
			if code != exitPass && code != exitInconclusive {
				t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
			}
			r, _ := readResult(t, filepath.Join(dir, "runs", "latest"))
			t.Logf("verdict %s, beyond %q, waits %+v, machine %+v", r.Verdict, r.Generator.Beyond, r.Generator.Waits, r.Machine)
			if err := c.shows(r); err != nil {
				t.Errorf("%v\n%s\n%s", err, stdout, stderr)
			}
			// A machine that holds the whole process up makes a generator late for real, and it has to say so. The pulse tells,
			// which no broker can slow.
			heldUp := r.Generator.Waits["wake_lag"].Max
			if heldUp > 500*time.Millisecond {
				t.Logf("the process did not run for %v: what the generator says of itself is not compared", heldUp)
				return
			}
			if p50 := r.Generator.Waits["shard_lag"].P50; p50 > 100*time.Millisecond {
				t.Errorf("the shards were behind by %v for half of the time", p50)
			}
			// Taken for the generator's, the broker's slowness would make a third of all messages late, or all.
			if late := float64(r.Generator.Late) / float64(r.Counts.Attempted); late > 0.3 {
				t.Errorf("%.0f %% of the messages are late on the generator's account", 100*late)
			}
			// Where others take part of the machine, or the system takes it away, it is a bit late for real.
			if m := r.Machine; heldUp > 25*time.Millisecond || m != nil && (m.Others+m.Steal > 0.25 || m.Pressure > 0.1) {
				t.Logf("the process was held up for %v: what the generator says of itself is not compared", heldUp)
				return
			}
			if names := aboutGenerator(r); len(names) > 0 || len(r.Generator.Beyond) > 0 {
				t.Errorf("the broker's slowness is blamed on the generator: exit code %d, %q, beyond %q\n%s", code, names, r.Generator.Beyond, stdout)
			}
		})
	}
}
