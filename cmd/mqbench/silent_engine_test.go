package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/moby/moby/client"
)

// TestSecondSignalToASilentEngine: nobody has to wait for an engine that has stopped to answer.
func TestSecondSignalToASilentEngine(t *testing.T) {
	t.Parallel()
	docker := engine(t)
	host, silent := falling(t, docker)
	dir := t.TempDir()
	ctx, cancel := within(t)
	defer cancel()
	c := contained(ctx, t, dir, "run", "smoke", "--broker", "mochi", "--runtime", "container", "--out", "run")
	c.Env = append(c.Environ(), "DOCKER_HOST="+host)
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-silent:
	case <-ctx.Done():
		t.Fatal("the engine is never asked for a network")
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	// Signals that come together count as one.
	waitUntil(t, "the first signal has come", func() bool {
		said, err := os.ReadFile(filepath.Join(dir, "run", "logs", "mqbench.log"))
		return err == nil && strings.Contains(string(said), "asked to end")
	})
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the code is looked at below
	if code := c.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(stderr.String(), "mqbench clean") {
		t.Errorf("exit code %d, want %d and what to do\n%s", code, exitInterrupted, stderr.String())
	}
	nothingLeftInEngine(t, docker, planned(t, filepath.Join(dir, "run")))
}

// falling is the address of an engine that answers as the real one does, until it is asked to make a network: from then
// on, silent is closed and nobody gets an answer any more.
func falling(t *testing.T, docker client.APIClient) (host string, silent <-chan struct{}) {
	t.Helper()
	real, err := url.Parse(docker.DaemonHost())
	if err != nil {
		t.Fatal(err)
	}
	if real.Scheme != "unix" {
		t.Skipf("the engine is at %s", real)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", real.Path)
	}}
	fallen, over := make(chan struct{}), make(chan struct{})
	var fall sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/networks/create") {
			fall.Do(func() { close(fallen) })
		}
		select {
		case <-fallen:
			<-over
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		close(over)
		server.Close()
	})
	return "tcp://" + server.Listener.Addr().String(), fallen
}
