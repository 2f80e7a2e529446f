// Package exposition serves the figures of a run that lasts to Prometheus and its like, and has the dashboard that fits.
//
// It owns the names of the metrics, what they are made of, and the HTTP server. It reads the record and changes nothing
// in it; what it serves is as of the record's last tick, so that a scrape costs the clients of the run nothing. The
// command may import it; of ours it imports the scenarios, for definitions, and the record.
package exposition

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mqbench/mqbench/reports/history"
)

// ErrAddress says that what was given is not the address of an endpoint.
var ErrAddress = errors.New("want HOST:PORT, such as 127.0.0.1:9464 or 127.0.0.1:0")

// Path is where the metrics are.
const Path = "/metrics"

const (
	// scrapes is how many may be under way: what mqbench spends on them it takes from the load.
	scrapes = 2
	// patience bounds what a client may take for a request, and how long the end of the program waits for one.
	patience = 10 * time.Second
	farewell = time.Second
)

// A Server serves the metrics of one run at a time, from Listen to Close.
type Server struct {
	listener  net.Listener
	http      *http.Server
	collector *collector
	ended     chan error
}

// Listen begins to serve at an address, HOST:PORT; port 0 is a free one. Without a run there are no metrics. The error
// wraps [ErrAddress] where the address is none.
func Listen(address string) (*Server, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("metrics at %q: %w", address, ErrAddress)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	s := &Server{listener: listener, collector: newCollector(), ended: make(chan error, 1)}
	registry := prometheus.NewRegistry()
	if err := registry.Register(s.collector); err != nil {
		return nil, errors.Join(fmt.Errorf("serve metrics: %w", err), listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, DisableCompression: true, MaxRequestsInFlight: scrapes,
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "mqbench serves the metrics of the run at %s\n", Path)
	})
	s.http = &http.Server{
		Handler: mux, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 16,
	}
	go func() { s.ended <- s.http.Serve(listener) }()
	return s, nil
}

// URL is where the metrics are, as a client beside it would ask for them.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return s.listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + Path
}

// Show serves the metrics of a run from now on, in place of those of the one before it. The last values of a run stay
// until the next one or the end. It may be called at any time; no server shows nothing.
func (s *Server) Show(r *history.Recorder) {
	if s != nil {
		s.collector.show(r)
	}
}

// Close ends the server. Scrapes that are under way may end, but not wait.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close() // somebody reads slowly, or not at all
	}
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	if err != nil {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
