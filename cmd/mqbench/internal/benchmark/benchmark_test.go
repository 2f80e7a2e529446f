package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Self: self, Dir: t.TempDir(), Rounds: 1, Clients: 2, Many: 100, Rate: 5000, Payload: 64, Share: 0.1}
}

// nothingLeft fails when the folder of the benchmark holds anything.
func nothingLeft(t *testing.T, o Options) {
	t.Helper()
	left, err := os.ReadDir(o.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// TestRun measures every case with every library that can do it, each end a process of its own.
func TestRun(t *testing.T) {
	o := tiny(t)
	o.Share = 0.02
	o.Profile = t.TempDir()
	rows := make(map[string]int)
	err := Run(t.Context(), o, func(r Row) error {
		rows[r.Case]++
		if len(r.Figures[Ours]) != o.Rounds || r.Median(Ours) < 0 || r.Median(Ours) == 0 && !strings.HasPrefix(r.Case, "record") {
			t.Errorf("%s, %s: figures %v, want %d above 0", r.Case, r.Name, r.Figures[Ours], o.Rounds)
		}
		if paho := r.Figures[Paho]; paho != nil && (len(paho) != o.Rounds || r.Ratio() <= 0 && !r.Given) {
			t.Errorf("%s, %s: figures of paho.golang %v, ratio %v", r.Case, r.Name, paho, r.Ratio())
		}
		if r.Goal.Times > 0 && r.Goal.Bound == 0 {
			t.Errorf("%s: goal %+v has no bound", r.Case, r.Goal)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Cases() {
		if rows[c.Name] != len(c.figures) {
			t.Errorf("%s: %d rows, want %d", c.Name, rows[c.Name], len(c.figures))
		}
		endings := []string{".allocs.pprof"}
		if c.messages() {
			endings = append(endings, ".cpu.pprof", ".allocs-before.pprof")
		}
		for _, ending := range endings {
			name := strings.ReplaceAll(c.Name, "/", "-") + ending
			if file, err := os.Stat(filepath.Join(o.Profile, name)); err != nil || file.Size() == 0 {
				t.Errorf("profile %s: %v, %v", name, file, err)
			}
		}
	}
	nothingLeft(t, o)
}

// TestSelection: a pattern selects cases, and what their goals refer to comes with them.
func TestSelection(t *testing.T) {
	o := Options{Only: regexp.MustCompile("^fixed-rate/publish-qos1|idle")}
	want := []string{plainWrite, plainRead, "fixed-rate/publish-qos1", "idle-client"}
	if got := names(o.selected()); !slices.Equal(got, want) {
		t.Errorf("selected %q, want %q", got, want)
	}
}

// TestEveryMessageIsCounted: in process, what a client reports is what its counterpart was asked to take or to send.
func TestEveryMessageIsCounted(t *testing.T) {
	o := tiny(t)
	for _, c := range Cases() {
		for _, l := range c.libraries() {
			if !c.messages() {
				continue
			}
			t.Run(fmt.Sprint(c.Name, " ", l), func(t *testing.T) {
				s := o.spec(c, l)
				s.Dir = t.TempDir()
				m := measureInProcess(t, s)
				if m.Total != s.Messages || m.Clients != s.Clients || m.CPU <= 0 || m.Elapsed <= 0 {
					t.Errorf("measured %+v, want %d messages of %d clients", m, s.Messages, s.Clients)
				}
				if warm := int(s.Warm * float64(s.Messages)); m.Messages <= 0 || m.Messages > s.Messages-warm {
					t.Errorf("%d messages were measured, want %d at most", m.Messages, s.Messages-warm)
				}
			})
		}
	}
}

// TestConnecting: the rate is that of clients which are all there.
func TestConnecting(t *testing.T) {
	o := tiny(t)
	for _, l := range []Library{Ours, Paho} {
		s := o.spec(Case{task: Connect, group: atRest}, l)
		s.Dir = t.TempDir()
		// Ours has a publisher beside the subscribers.
		if m := measureInProcess(t, s); m.Clients < s.Clients || m.Clients > s.Clients+1 || m.Elapsed <= 0 {
			t.Errorf("%s: measured %+v, want %d clients", l, m, s.Clients)
		}
	}
}

// TestOrphan: a client process whose parent has died gives up and clears away what it was given.
func TestOrphan(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it answers nobody
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	o := tiny(t)
	for _, library := range []Library{Ours, Paho} {
		s := o.spec(Case{task: Idle, group: atRest}, library)
		s.Dir, s.Address = filepath.Join(o.Dir, "round"), l.Addr().String()
		if err := os.Mkdir(s.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var output strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), connectTime/2)
		err = Client(ctx, strings.NewReader(string(text)), &output)
		cancel()
		if !errors.Is(err, errAlone) || output.Len() > 0 {
			t.Errorf("%s: error %v and output %q, want %v and none", library, err, output.String(), errAlone)
		}
		nothingLeft(t, o)
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
	if m, err = s.measure(ctx); err != nil {
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
			if m, err := measureOnce(ctx, o, o.spec(Cases()[1], l)); err == nil || ctx.Err() != nil {
				t.Errorf("measured %+v against nobody; error %v", m, err)
			}
			nothingLeft(t, o)
		})
	}
}

func TestOptions(t *testing.T) {
	good := Options{Rounds: 1, Clients: 1, Many: 1, Rate: 1, Payload: 40, Share: 1}
	tests := []struct {
		name string
		edit func(*Options)
		want string
	}{
		{"no rounds", func(o *Options) { o.Rounds = 0 }, "rounds: got 0, want 1 to"},
		{"fewer than no clients", func(o *Options) { o.Clients = -1 }, "clients: got -1"},
		{"too many clients", func(o *Options) { o.Clients = 100_000 }, "want 1 to 10000"},
		{"no other clients", func(o *Options) { o.Many = 0 }, "many clients: got 0"},
		{"more than a process has files", func(o *Options) { o.Many = 20_000 }, "want 1 to 18000"},
		{"no rate", func(o *Options) { o.Rate = 0 }, "rate: got 0"},
		{"nothing of a round", func(o *Options) { o.Share = 0 }, "share: got 0"},
		{"more than a round", func(o *Options) { o.Share = 1.5 }, "share: got 1.5"},
		{"no such case", func(o *Options) { o.Only = regexp.MustCompile("qos3") }, `no case matches "qos3"`},
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

// TestRateThatIsNotKept: what was not measured at its rate decides nothing.
func TestRateThatIsNotKept(t *testing.T) {
	at := func(took time.Duration) Measurement {
		return Measurement{Messages: 1000, Rate: 1000, Elapsed: took, CPU: time.Millisecond}
	}
	tests := []struct {
		name   string
		rounds []Measurement
		doubt  bool
	}{
		{"as planned", []Measurement{at(time.Second), at(900 * time.Millisecond), at(1100 * time.Millisecond)}, false},
		{"one burst of three", []Measurement{at(time.Second), at(100 * time.Millisecond), at(time.Second)}, false},
		{"two bursts of three", []Measurement{at(time.Second), at(100 * time.Millisecond), at(200 * time.Millisecond)}, true},
		{"far too slow", []Measurement{at(2 * time.Second)}, true},
		{"no rate to keep", []Measurement{{Messages: 1000, Elapsed: time.Hour}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := perMessage("x", fixedRate, Publish, 0, "x", Goal{Bound: 1e6})
			row := Options{}.row(c, c.figures[0], map[Library][]Measurement{Ours: test.rounds}, nil)
			if row.Doubt != test.doubt || row.Met() == test.doubt {
				t.Errorf("in doubt: %v, met: %v; want in doubt: %v", row.Doubt, row.Met(), test.doubt)
			}
		})
	}
}
