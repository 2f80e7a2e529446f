package coordinator

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/mqbench/mqbench/fixtures"
)

// TestBrokerThatDiesWhileClientsConnect: the run says so at once, and not when connecting has taken too long.
func TestBrokerThatDiesWhileClientsConnect(t *testing.T) {
	t.Parallel()
	s := prepare(t, "workload.client.connect_rate=1/s")
	pids := filepath.Join(t.TempDir(), "pid")
	command := *s.Recipe.Process
	command.Command = append([]string{"/bin/sh", "-c", `echo $$ >"$0"; exec "$@"`, pids}, command.Command...)
	s.Recipe.Process = &command
	s.onPhase("connect", func() {
		pid, err := strconv.Atoi(strings.TrimSpace(string(read(t, pids))))
		if err != nil {
			t.Error(err)
			return
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	})
	ctx, cancel := bounded(t)
	defer cancel()
	_, err := Run(ctx, s.Options)
	if !errors.Is(err, errNoBroker) || !errors.Is(err, fixtures.ErrEnvironment) {
		t.Errorf("error %v, want %v as the environment's fault", err, errNoBroker)
	}
}

// TestExits: a run has no broker only when each of them has ended; a load balancer is none.
func TestExits(t *testing.T) {
	t.Parallel()
	e := newExits(2)
	for _, broker := range []int{0, 0, 2} {
		e.add(broker)
	}
	select {
	case <-e.none:
		t.Fatal("one broker is left, and none is said to be")
	default:
	}
	e.add(1)
	select {
	case <-e.none:
	default:
		t.Error("none is left, and nobody says so")
	}
	e.add(1)
}
