package workers

import (
	"runtime"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/scenarios"
)

// An idle fleet has no goroutine per client: those that there are belong to the poller and the shards. The broker, in this
// process too, has some of its own.
func TestGoroutinesOfAnIdleFleet(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has no poller")
	}
	const clients = 1000
	broker, err := faulty.Listen("127.0.0.1:0", faulty.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := load(scenarios.PublisherGroup{Name: "p", Count: clients / 2, Topic: "t/{n}", Rate: 1},
		scenarios.SubscriberGroup{Name: "s", Count: clients / 2, Filter: "t/{n}"})
	s.Workload.Client.ConnectRate = 0
	tr := begin(t, s, direct(broker.Addr()))
	defer tr.close(t)
	tr.connect(t)
	eventually(t, "all goroutines that connected have ended", func() bool {
		goroutines := 0
		stacks := make([]runtime.StackRecord, 10*clients+1000)
		n, ok := runtime.GoroutineProfile(stacks)
		if !ok {
			return false
		}
		for _, stack := range stacks[:n] {
			if ofTheFleet(stack.Stack()) {
				goroutines++
			}
		}
		return goroutines > 0 && goroutines <= 2+runtime.GOMAXPROCS(0)
	})
}

// ofTheFleet reports whether a goroutine was started by the fleet or by a session.
func ofTheFleet(stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		if frame.Function != "" && fleetFunction(frame.Function) {
			return true
		}
		if !more {
			return false
		}
	}
}

// fleetFunction reports whether a function belongs to the load engine, and not to this test.
func fleetFunction(name string) bool {
	for _, prefix := range []string{
		"github.com/mqbench/mqbench/workers.(*Fleet)", "github.com/mqbench/mqbench/workers.(*client)",
		"github.com/mqbench/mqbench/workers.(*keeper)", "github.com/mqbench/mqbench/workers/mqtt.",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
