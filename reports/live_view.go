package reports

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// drawView shows the updating view on w until ctx ends, and takes it away.
func (l *Live) drawView(ctx context.Context, w io.Writer, options ...tea.ProgramOption) error {
	m := newLiveModel(l)
	// Signals belong to the command. A few frames a second are enough, and leave the processor to the load.
	program := tea.NewProgram(m, append(options, tea.WithOutput(w), tea.WithoutSignalHandler(), tea.WithFPS(10))...)
	stop := context.AfterFunc(ctx, func() { program.Send(liveEnd{}) })
	defer stop()
	if _, err := program.Run(); err != nil {
		return fmt.Errorf("show progress: %w", err)
	}
	if _, err := io.WriteString(w, m.wipe()); err != nil {
		return fmt.Errorf("show progress: %w", err)
	}
	return nil
}

// refresh is the time between two looks at what is new.
const refresh = 250 * time.Millisecond

// lastLines is the number of log lines in the view.
const lastLines = 4

type (
	liveTick struct{}
	liveEnd  struct{}
)

// A liveModel is the content of the view.
type liveModel struct {
	live  *Live
	news  news
	seen  faultsSeen
	log   []string
	width int
	// height is that of the terminal; 0 is not known.
	height int
	// last is the view at its end.
	last  string
	ended bool
}

func newLiveModel(l *Live) *liveModel { return &liveModel{live: l, width: narrow} }

// Init starts the refreshing.
func (m *liveModel) Init() tea.Cmd { return m.tick() }

func (m *liveModel) tick() tea.Cmd {
	return tea.Tick(refresh, func(time.Time) tea.Msg { return liveTick{} })
}

// Update takes in the newest state, a new size of the terminal, Ctrl-C and the end.
func (m *liveModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+c" {
			m.interrupt()
		}
	case liveTick:
		m.look()
		return m, m.tick()
	case liveEnd:
		m.last, m.ended = m.text(time.Now()), true
		return m, tea.Quit
	}
	return m, nil
}

func (m *liveModel) interrupt() {
	m.log = append(m.log, "interrupted: healing, saving and judging what there is")
	if m.live.o.Interrupt != nil {
		m.live.o.Interrupt()
		return
	}
	interrupt()
}

func (m *liveModel) look() {
	m.news = m.live.take()
	m.log = append(m.log, m.seen.since(m.news)...)
	m.log = m.log[max(len(m.log)-lastLines, 0):]
}

// View draws the view.
func (m *liveModel) View() tea.View {
	content := m.last
	if !m.ended {
		content = m.text(time.Now())
	}
	v := tea.NewView(content)
	v.DisableBracketedPasteMode = true
	return v
}

// wipe is what takes the view away when the program has ended, which leaves the cursor in its last line. An empty last
// view would not do: drawing one does not always go back to the first line.
func (m *liveModel) wipe() string {
	lines := 1 + strings.Count(m.last, "\n")
	if m.height > 0 {
		lines = min(lines, m.height)
	}
	up := ""
	if lines > 1 {
		up = fmt.Sprintf("\x1b[%dA", lines-1)
	}
	return "\r" + up + "\x1b[J"
}

// text is the view at a time, for which it moves the elapsed time of the newest state forward.
func (m *liveModel) text(now time.Time) string {
	p := palette(m.live.o.Color)
	width := max(min(m.width, broadest)-1, 20) // the last column stays free: some terminals wrap when it is written
	s := m.news.state
	if !m.news.at.IsZero() {
		s.Elapsed += max(now.Sub(m.news.at), 0)
	}
	if s.Length > 0 {
		s.Elapsed = min(s.Elapsed, s.Length)
	}
	phase := clean(s.Phase)
	if phase == "" {
		phase = "start"
	}
	lines := []string{
		liveHead(p, m.live.o.Title, phase, s, width),
		liveRates(s, width),
		liveClients(p, s, width),
	}
	if s.Generator != nil {
		lines = append(lines, liveGenerator(p, s.Generator, width))
	}
	for _, line := range m.log {
		lines = append(lines, p.dim(truncate("  "+line, width)))
	}
	return strings.Join(lines, "\n")
}

// liveHead is the title, the phase, its bar and its time.
func liveHead(p palette, title, phase string, s LiveState, width int) string {
	left := short(title, 24) + "  " + truncate(phase, 10) + "  "
	right := "  " + progressOf(s.Elapsed, s.Length)
	bar := liveBar(p, s, width-columnsOf(left)-columnsOf(right))
	if bar == "" {
		return truncate(left+strings.TrimLeft(right, " "), width)
	}
	return p.bold(left) + bar + right
}

// liveBar draws how far a phase has come in a number of columns. In the measurement × marks the start of a fault, ═ its
// duration and • its heal. It is empty where nobody knows the length of the phase or there is no room.
func liveBar(p palette, s LiveState, columns int) string {
	if s.Length <= 0 || columns < 8 {
		return ""
	}
	position := func(t time.Duration) int {
		return min(max(int(int64(columns)*int64(t)/int64(s.Length)), 0), columns-1)
	}
	cells := make([]rune, columns)
	done := int(int64(columns) * int64(s.Elapsed) / int64(s.Length))
	for i := range cells {
		cells[i] = '─'
		if i < done {
			cells[i] = '━'
		}
	}
	if s.Phase == "measure" {
		for _, f := range s.Faults {
			until := f.Healed
			if until == 0 {
				until = s.Elapsed
			}
			for i := position(f.Began); i <= position(until); i++ {
				cells[i] = '═'
			}
		}
		for _, f := range s.Faults { // marks lie above the durations of other faults
			if f.Healed > 0 {
				cells[position(f.Healed)] = '•'
			}
			cells[position(f.Began)] = '×'
		}
	}
	return liveBarColors(p, cells)
}

// liveBarColors paints stretches of equal meaning.
func liveBarColors(p palette, cells []rune) string {
	var b strings.Builder
	for start := 0; start < len(cells); {
		kind := barKind(cells[start])
		end := start
		for end < len(cells) && barKind(cells[end]) == kind {
			end++
		}
		stretch := string(cells[start:end])
		switch kind {
		case '×':
			stretch = p.red(stretch)
		case '─':
			stretch = p.dim(stretch)
		default:
			stretch = p.green(stretch)
		}
		b.WriteString(stretch)
		start = end
	}
	return b.String()
}

// barKind is the same for all cells of a fault.
func barKind(cell rune) rune {
	if cell == '═' {
		return '×'
	}
	if cell == '•' {
		return '━'
	}
	return cell
}

// liveRates is the line of what goes in and comes out, or of what is done before anything does.
func liveRates(s LiveState, width int) string {
	if s.Doing != "" {
		return short("  "+s.Doing, width)
	}
	p99 := "–"
	if s.P99 > 0 {
		p99 = humane(s.P99)
	}
	return truncate(fmt.Sprintf("  offered %9s   acked %9s   delivered %9s   p99 %8s", perSecond(whole64(s.Due)),
		perSecond(whole64(s.Acknowledged)), perSecond(whole64(s.Delivered)), p99), width)
}

// liveClients is the line of who is connected and what is broken.
func liveClients(p palette, s LiveState, width int) string {
	text := fmt.Sprintf("  clients %s of %s connected", thousands(s.Connected), thousands(s.Clients))
	names := activeFaults(s.Faults)
	if len(names) == 0 {
		return truncate(text, width)
	}
	faults := "   fault now: " + strings.Join(names, ", ")
	room := width - columnsOf(text)
	if room < 1 {
		return truncate(text+faults, width)
	}
	return text + p.red(truncate(faults, room))
}
