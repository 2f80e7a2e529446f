package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// moments are states of a run as the view and the lines show them.
func moments() map[string]LiveState {
	steady := LiveState{
		Phase: "measure", Elapsed: 8 * sec, Length: 40 * sec, Due: 1000, Written: 990, Acknowledged: 985.2, Delivered: 3921.7,
		P99: 9910 * time.Microsecond, Connected: 504, Clients: 504,
	}
	steady.Generator = &LiveGenerator{CPU: 0.12, Collector: 0.021, Machine: 0.71, Lag: 120 * time.Microsecond, Bound: 25 * time.Millisecond}
	struck := steady
	struck.Generator = &LiveGenerator{CPU: 0.97, Collector: 0.3, Machine: 1, Lag: 41200 * time.Microsecond, Bound: 25 * time.Millisecond, Blocked: 164}
	struck.Elapsed, struck.Connected, struck.P99, struck.Delivered = 14*sec, 340, 0, 0
	struck.Faults = []LiveFault{{Name: "kill b2", Began: 10 * sec}}
	healed := steady
	healed.Elapsed = 32 * sec
	healed.Faults = []LiveFault{{Name: "kill b2", Began: 10 * sec, Healed: 20400 * time.Millisecond}, {Name: "pause b1", Began: 30 * sec}}
	hostile := struck
	hostile.Phase, hostile.Doing = "mea\x1b[2Jsure", strings.Repeat("pulling \x1b[2J", 30)
	hostile.Faults = []LiveFault{{Name: "kill \x1b[31m\u202e" + strings.Repeat("b", 200), Began: sec}}
	huge := steady
	huge.Generator = &LiveGenerator{CPU: 1, Collector: 1, Machine: 1, Lag: 26 * time.Hour, Bound: 1, Blocked: 1234567}
	huge.Due, huge.Acknowledged, huge.Delivered, huge.P99 = 1e9, 1e9, 1e10, 26*time.Hour
	huge.Connected, huge.Clients, huge.Elapsed, huge.Length = 123456, 1234567, 100*time.Hour, 200*time.Hour
	return map[string]LiveState{
		"nothing yet": {}, "steady": steady, "struck": struck, "healed and struck again": healed, "hostile": hostile, "huge": huge,
		"provisioning": {Phase: "provision", Elapsed: 3 * sec, Clients: 504, Doing: "pulling emqx/emqx:5.8.6: 40 of 180 MB"},
		"connecting":   {Phase: "connect", Elapsed: 700 * time.Millisecond, Connected: 120, Clients: 504},
		"over time":    {Phase: "drain", Elapsed: 20 * sec, Length: 15 * sec, Connected: 504, Clients: 504},
	}
}

func TestLiveView(t *testing.T) {
	names := []string{"nothing yet", "provisioning", "connecting", "steady", "struck", "healed and struck again", "over time", "hostile", "huge"}
	for _, width := range []int{80, 120} {
		var b bytes.Buffer
		for _, name := range names {
			l := NewLive(io.Discard, LiveOptions{Mode: LiveView, Title: "failover"})
			m := newLiveModel(l)
			m.Update(tea.WindowSizeMsg{Width: width, Height: 24})
			l.Log("b2: exit status 2\x07")
			l.Update(moments()[name])
			m.Update(liveTick{})
			text := m.text(m.news.at)
			fits(t, text, width-1)
			fmt.Fprintf(&b, "== %s\n%s\n", name, text)
		}
		golden(t, fmt.Sprintf("live/view-%d.txt", width), b.Bytes())
	}
}

// The view never is wider than the terminal, however small that is.
func TestLiveViewNarrow(t *testing.T) {
	for _, width := range []int{21, 30, 45, 60} {
		for name, s := range moments() {
			m := newLiveModel(NewLive(io.Discard, LiveOptions{Title: strings.Repeat("long", 20), Color: true}))
			m.width = width
			m.news = news{state: s, at: time.Now()}
			for line := range strings.Lines(m.text(m.news.at)) {
				if n := columnsOf(strings.TrimRight(line, "\n")); n > width {
					t.Errorf("%s at %d: %d columns: %q", name, width, n, line)
				}
			}
		}
	}
}

// Between two states time goes on, but not beyond the length of the phase.
func TestLiveViewMovesOn(t *testing.T) {
	m := newLiveModel(NewLive(io.Discard, LiveOptions{}))
	at := time.Now()
	m.news = news{state: LiveState{Phase: "measure", Elapsed: 8 * sec, Length: 10 * sec}, at: at}
	for later, want := range map[time.Duration]string{
		0: "8.0 s of 10 s", 1500 * time.Millisecond: "9.5 s of 10 s", time.Hour: "10.0 s of 10 s",
	} {
		if got := m.text(at.Add(later)); !strings.Contains(got, want) {
			t.Errorf("after %v: no %q in %q", later, want, got)
		}
	}
}

func TestLiveViewKeys(t *testing.T) {
	pressed := 0
	m := newLiveModel(NewLive(io.Discard, LiveOptions{Interrupt: func() { pressed++ }}))
	for _, key := range []tea.KeyPressMsg{{Code: 'q', Text: "q"}, {Code: tea.KeyEnter}, {Code: tea.KeyEscape}} {
		if _, cmd := m.Update(key); cmd != nil || pressed > 0 {
			t.Errorf("key %s does something", key)
		}
	}
	if _, cmd := m.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}); cmd != nil || pressed != 1 {
		t.Errorf("Ctrl-C called back %d times, want once, and the view goes on", pressed)
	}
	if !strings.Contains(m.text(time.Now()), "interrupted") {
		t.Error("the view does not say that it was interrupted")
	}
	if _, cmd := m.Update(liveEnd{}); cmd == nil {
		t.Error("the view outlives its end")
	}
}

// The real program draws, and takes its view away at the end; without a terminal to ask it only needs a writer.
func TestLiveViewProgram(t *testing.T) {
	for _, at := range []int{3, 24} { // lines of the terminal
		l := NewLive(io.Discard, LiveOptions{Title: "failover"})
		var out screen
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- l.drawView(ctx, &out, tea.WithInput(nil), tea.WithWindowSize(80, at),
				tea.WithEnvironment([]string{"TERM=xterm-256color", "SSH_TTY=/dev/null"}))
		}()
		until(t, func() bool { return strings.Contains(out.String(), "connected") })
		l.Update(moments()["steady"]) // of more lines, so that all are drawn anew and the cursor stays below
		until(t, func() bool { return strings.Contains(out.String(), "mqbench") })
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if left := shown(out.String(), at); left != "" {
			t.Errorf("on %d lines the view leaves %q", at, left)
		}
	}
}

// until waits for a condition.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
	}
}

// shown is what a terminal of so many lines shows after some output, without blanks.
func shown(output string, height int) string {
	lines, row, column := make([][]rune, height), 0, 0
	sequence := regexp.MustCompile(`^\x1b\[([?>=]?)([0-9;]*)([A-Za-z])`)
	for len(output) > 0 {
		if m := sequence.FindStringSubmatch(output); m != nil {
			output = output[len(m[0]):]
			n, err := strconv.Atoi(m[2])
			if err != nil {
				n = 1
			}
			switch m[1] + m[3] {
			case "A":
				row = max(row-n, 0)
			case "B":
				row = min(row+n, height-1)
			case "C":
				column += n
			case "G":
				column = n - 1
			case "J":
				lines[row] = lines[row][:min(column, len(lines[row]))]
				clear(lines[row+1:])
			case "K":
				lines[row] = lines[row][:min(column, len(lines[row]))]
			}
			continue
		}
		c, size := utf8.DecodeRuneInString(output)
		output = output[size:]
		switch c {
		case '\r':
			column = 0
		case '\n':
			if row++; row == height {
				lines, row = append(lines[1:], nil), height-1
			}
		default:
			for len(lines[row]) <= column {
				lines[row] = append(lines[row], ' ')
			}
			lines[row][column] = c
			column++
		}
	}
	var all []string
	for _, line := range lines {
		all = append(all, strings.TrimSpace(string(line)))
	}
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// screen is a writer for goroutines.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs a live view; end waits for it.
func start(t *testing.T, w io.Writer, o LiveOptions) (l *Live, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l = NewLive(w, o)
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	return l, func() error { cancel(); return <-done }
}

func TestLiveLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out screen
		l, end := start(t, &out, LiveOptions{Mode: LiveLines, Title: "failover"})
		for _, name := range []string{"provisioning", "connecting", "steady", "struck", "healed and struck again", "over time", "hostile"} {
			l.Update(moments()[name])
			if name == "struck" {
				synctest.Wait() // or the line may come with the state, and before it
				l.Log("b2: exit status 2\x1b[2J")
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		golden(t, "live/lines.txt", []byte(out.String()))
	})
}

// However often the state changes, there is a line a second, and the last state is not lost.
func TestLiveLinesOncePerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out screen
		l, end := start(t, &out, LiveOptions{Mode: LiveLines})
		s := moments()["steady"]
		for range 100 {
			l.Update(s)
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
		}
		s.Phase = "drain"
		l.Update(s)
		if err := end(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if n := len(lines); n < 5 || n > 7 || !strings.HasPrefix(lines[n-1], "drain") {
			t.Errorf("%d lines in 5 s, want 5 to 7 and the last state at the end:\n%s", n, out.String())
		}
	})
}

// The jitter of a state that comes once a second costs no line.
func TestLiveLinesWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out screen
		l, end := start(t, &out, LiveOptions{Mode: LiveLines})
		for i := range 20 {
			l.Update(moments()["steady"])
			time.Sleep(time.Second + time.Duration(i%3-1)*30*time.Millisecond)
			synctest.Wait()
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n != 20 {
			t.Errorf("%d lines for 20 states", n)
		}
	})
}

func TestLiveQuiet(t *testing.T) {
	var out screen
	l, end := start(t, &out, LiveOptions{Mode: LiveQuiet})
	for range 10 * waiting {
		l.Log("line")
		l.Update(moments()["struck"])
	}
	if err := end(); err != nil || out.String() != "" {
		t.Errorf("%v and %q, want nothing", err, out.String())
	}
}

// stuck is a terminal that takes no output until it is released.
type stuck struct{ release chan struct{} }

func (s stuck) Write(p []byte) (int, error) { <-s.release; return len(p), nil }

// A terminal that takes nothing holds up neither the run nor, for long, its end; lines beyond the bound are counted.
func TestLiveNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stuck{release: make(chan struct{})}
		l, end := start(t, w, LiveOptions{Mode: LiveLines})
		l.Update(moments()["steady"])
		synctest.Wait() // now the writer is stuck
		for range waiting + 7 {
			l.Log("line")
			l.Update(moments()["struck"])
		}
		if n := l.take(); len(n.lines) != waiting || n.dropped != 7 {
			t.Errorf("%d lines kept and %d dropped, want %d and 7", len(n.lines), n.dropped, waiting)
		}
		if err := end(); err == nil || !strings.Contains(err.Error(), "takes no output") {
			t.Errorf("the end of a stuck terminal: %v", err)
		}
		close(w.release)
	})
}

type broke struct{}

func (broke) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestLiveReportsBrokenOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, end := start(t, broke{}, LiveOptions{Mode: LiveLines})
		l.Update(moments()["steady"])
		synctest.Wait()
		if err := end(); err == nil || !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("got %v", err)
		}
	})
}

// Without a terminal the view falls back to lines.
func TestLiveViewFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out screen
		l, end := start(t, &out, LiveOptions{Mode: LiveView, Color: true})
		l.Update(moments()["steady"])
		synctest.Wait()
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.HasPrefix(got, "measure") || strings.Contains(got, "\x1b") {
			t.Errorf("got %q, want plain lines", got)
		}
	})
}
