package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// deadVariable makes a counterpart end as soon as it has told its address.
const deadVariable = "MQBENCH_TEST_DEAD_COUNTERPART"

// TestMain lets the test's own binary be both ends of a measurement.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "bench-client":
			end(Client(context.Background(), os.Stdin, os.Stdout))
		case "bench-counterpart":
			end(beCounterpart(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func beCounterpart(text string) error {
	var s Spec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	if os.Getenv(deadVariable) != "" {
		return nil
	}
	return Counterpart(context.Background(), os.Stdin, l, s)
}

// tiny is a benchmark of a moment.
func tiny(t *testing.T) Options {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Self: self, Rounds: 1, Clients: 2, IdleClients: 200, Payload: 64, Share: 0.01}
}

// nothingLeft fails when the temporary folder holds anything.
func nothingLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// TestRun measures every case with both libraries, each end a process of its own.
func TestRun(t *testing.T) {
	o := tiny(t)
	var cases []Case
	err := Run(t.Context(), o, func(r Row) error {
		cases = append(cases, r.Case)
		for _, l := range []Library{Ours, Paho} {
			if len(r.Figures[l]) != o.Rounds || r.Median(l) <= 0 {
				t.Errorf("%s, %s: figures %v, want %d above 0", r.Case, l, r.Figures[l], o.Rounds)
			}
		}
		if r.Ratio() <= 0 {
			t.Errorf("%s: ratio %v", r.Case, r.Ratio())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(Cases()) {
		t.Errorf("measured %v, want %v", cases, Cases())
	}
	nothingLeft(t)
}

// TestEveryMessageIsCounted: in process, what a client reports is what its counterpart was asked to take or to send.
func TestEveryMessageIsCounted(t *testing.T) {
	o := tiny(t)
	for _, c := range []Case{PublishQoS0, PublishQoS1, PublishQoS2, Receive} {
		for _, l := range []Library{Ours, Paho} {
			t.Run(fmt.Sprint(c, " ", l), func(t *testing.T) {
				s := o.spec(c, l)
				s.Dir = t.TempDir()
				m := measureInProcess(t, s)
				if m.Messages != s.Messages || m.Clients != s.Clients || m.CPU <= 0 || m.Elapsed <= 0 {
					t.Errorf("measured %+v, want %d messages of %d clients", m, s.Messages, s.Clients)
				}
			})
		}
	}
}

func measureInProcess(t *testing.T, s Spec) (m Measurement) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- Counterpart(ctx, reader, l, s) }()
	input, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var output strings.Builder
	if err := Client(ctx, strings.NewReader(string(input)), &output); err != nil {
		t.Error(err)
	} else if err := json.Unmarshal([]byte(output.String()), &m); err != nil {
		t.Error(err)
	}
	if err := errors.Join(writer.Close(), <-ended, reader.Close()); err != nil {
		t.Errorf("the counterpart: %v", err)
	}
	return m
}

// TestCounterpartThatDies: a measurement ends with the reason, and does not wait for the end of the round.
func TestCounterpartThatDies(t *testing.T) {
	for _, l := range []Library{Ours, Paho} {
		t.Run(string(l), func(t *testing.T) {
			o := tiny(t)
			t.Setenv(deadVariable, "1")
			ctx, cancel := context.WithTimeout(t.Context(), roundTimeout/2)
			defer cancel()
			if m, err := measureOnce(ctx, o, PublishQoS1, l); err == nil || ctx.Err() != nil {
				t.Errorf("measured %+v against nobody; error %v", m, err)
			}
			nothingLeft(t)
		})
	}
}

func TestOptions(t *testing.T) {
	good := Options{Rounds: 1, Clients: 1, IdleClients: 1, Payload: 40}
	tests := []struct {
		name string
		edit func(*Options)
		want string
	}{
		{"no rounds", func(o *Options) { o.Rounds = 0 }, "rounds: got 0, want 1 to"},
		{"fewer than no clients", func(o *Options) { o.Clients = -1 }, "clients: got -1"},
		{"too many clients", func(o *Options) { o.Clients = 100_000 }, "want 1 to 10000"},
		{"no idle clients", func(o *Options) { o.IdleClients = 0 }, "idle clients: got 0"},
		{"a payload without room for the stamp", func(o *Options) { o.Payload = 39 }, "payload: got 39, want 40 to"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := good
			test.edit(&o)
			err := Run(t.Context(), o, func(Row) error { return errors.New("shown") })
			if !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	if err := good.check(); err != nil {
		t.Errorf("good options: %v", err)
	}
}
