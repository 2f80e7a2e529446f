package charts_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/charts"
)

var screenshots = flag.String("screenshots", "", "a folder for pictures of the charts, to be looked at")

// browse opens documents in one browser and holds that none of them complains or asks for anything but itself.
func browse(t *testing.T) context.Context {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium: continuous integration has to try the script of charts in a browser")
		}
		t.Skip("no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		cancel()
		if here := chromedp.FromContext(ctx); here != nil && here.Allocator != nil {
			here.Allocator.Wait() // It removes Chromium's folder, in which processes of its may write for a while.
		}
	})
	var mutex sync.Mutex
	listen := func(event any) {
		mutex.Lock()
		defer mutex.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			for _, arg := range e.Args {
				t.Errorf("the console has: %s %s", e.Type, arg.Value)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("the script threw: %s", (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file:") && !strings.HasPrefix(e.Request.URL, "data:") {
				t.Errorf("the page asks for %s", e.Request.URL)
			}
		}
	}
	run(t, ctx)
	if err := chromedp.Listen(ctx, listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func open(t *testing.T, ctx context.Context, document []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+path))
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval is the value of an expression, as JSON.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	return value(t, ctx, chromedp.Evaluate[T](expression))
}

// settled is the value of an expression two frames later, when what was asked for is drawn.
func settled[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	return value(t, ctx, chromedp.Evaluate[T](
		`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(`+expression+`))))`, chromedp.EvalAwaitPromise))
}

func value[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wide waits until the page has the width that was asked for: it may hear of it only after the answer to who asked.
func wide(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	value(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(
		`new Promise(done => { const look = () => innerWidth === %d ? done(true) : requestAnimationFrame(look); look(); })`, width),
		chromedp.EvalAwaitPromise))
}

type box struct{ X, Y, Width, Height float64 }

// pad is where a chart takes the pointer, scrolled into sight.
func pad(t *testing.T, ctx context.Context, chart string) box {
	t.Helper()
	return eval[box](t, ctx, fmt.Sprintf(`(() => { const p = document.querySelector("#%s .chart-pad"); p.scrollIntoView({block: "center"});
		const b = p.getBoundingClientRect(); return {X: b.x, Y: b.y, Width: b.width, Height: b.height}; })()`, chart))
}

func hover(t *testing.T, ctx context.Context, chart string, part, down float64) {
	t.Helper()
	b := pad(t, ctx, chart)
	run(t, ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, b.X+part*b.Width, b.Y+down*b.Height))
}

func drag(t *testing.T, ctx context.Context, chart string, from, to float64) {
	t.Helper()
	b := pad(t, ctx, chart)
	y := b.Y + b.Height/2
	run(t, ctx,
		chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, b.X+from*b.Width, y, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, b.X+(from+to)/2*b.Width, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, b.X+to*b.Width, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, b.X+to*b.Width, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// live are the texts that the legend of a chart has at the cursor.
func live(t *testing.T, ctx context.Context, chart string) []string {
	t.Helper()
	return settled[[]string](t, ctx, fmt.Sprintf(`[...document.querySelectorAll("#%s .chart-live")].map(n => n.textContent)`, chart))
}

func moment(t *testing.T, ctx context.Context, chart string) string {
	t.Helper()
	return settled[string](t, ctx, fmt.Sprintf(`(n => n.hidden ? "" : n.textContent)(document.querySelector("#%s .chart-moment"))`, chart))
}

// small is a document of two linked timelines whose values are known, a heat strip below them, and a curve of recovery.
func small(t *testing.T) []byte {
	var set charts.Set
	s := charts.Span{
		Name: "run", Ended: 10 * second, Faults: []charts.Fault{{Number: 1, Name: "kill b2", Began: 3500 * time.Millisecond, Ended: 5 * second}},
		Phases: []charts.Phase{{Name: "measure", Ended: 10 * second}},
	}
	xs := make([]time.Duration, 10)
	for i := range xs {
		xs[i] = time.Duration(i+1)*second + 7 // clocks are never round
	}
	xs[9] = 10 * second
	nan := math.NaN()
	body := []template.HTML{
		set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: "Load"}, Span: s, X: xs,
			Series: []charts.Series{
				{Name: "offered", Note: "mean 1,000", Y: []float64{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000}},
				{Name: "acknowledged", Y: []float64{999, 998, 1001, 0, 12, 1234567, 990, 991, 992, 993}},
			},
		}),
		set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: "Latency"}, Span: s, X: xs, Axis: charts.Axis{Unit: charts.Nanoseconds, Log: true},
			Series: []charts.Series{{Name: "p99", Y: []float64{9123456, 1, 2e9, nan, nan, 1234567891, 4000000, 5000001, 3e6, 3e6}}},
		}),
		set.Heat(charts.Heat{
			Caption: charts.Caption{Title: "Lost"}, Span: s, What: "lost messages", Column: second,
			Rows: []charts.HeatRow{{Name: "a", Counts: []uint64{0, 0, 0, 17, 4}}, {Name: "b", Counts: []uint64{0, 0, 0, 0, 123456}}},
		}),
		set.Recovery(charts.Recovery{
			Caption: charts.Caption{Title: "Recovery"},
			Series:  []charts.Recovered{{Name: "resume", Affected: 4, Times: []time.Duration{100, 200, 400, -1}}},
			Until:   1000,
		}),
	}
	return document(t, &set, body)
}

// TestScript tries in a browser what the script adds to a page.
func TestScript(t *testing.T) {
	ctx := browse(t)
	open(t, ctx, small(t))

	t.Run("the cursor shows exact values, in all charts of the span", func(t *testing.T) {
		hover(t, ctx, "chart-1", 0.601, 0.5)
		if diff := cmp.Diff([]string{"1,000", "1,234,567"}, live(t, ctx, "chart-1")); diff != "" {
			t.Errorf("load (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"1.234567891 s"}, live(t, ctx, "chart-2")); diff != "" {
			t.Errorf("latency (-want +got):\n%s", diff)
		}
		if got, want := moment(t, ctx, "chart-2"), "0:06.000000007 · measure"; got != want {
			t.Errorf("the moment is %q, want %q", got, want)
		}
	})
	t.Run("a gap is no zero, and the fault is named", func(t *testing.T) {
		hover(t, ctx, "chart-2", 0.405, 0.5)
		if diff := cmp.Diff([]string{"–"}, live(t, ctx, "chart-2")); diff != "" {
			t.Errorf("latency (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"1,000", "0"}, live(t, ctx, "chart-1")); diff != "" {
			t.Errorf("load (-want +got):\n%s", diff)
		}
		if got, want := moment(t, ctx, "chart-1"), "0:04.000000007 · measure · 1 kill b2"; got != want {
			t.Errorf("the moment is %q, want %q", got, want)
		}
	})
	t.Run("without a cursor the notes are back", func(t *testing.T) {
		run(t, ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 2, 2))
		if got := live(t, ctx, "chart-1"); len(got) != 0 {
			t.Errorf("values without a cursor: %q", got)
		}
		if got := eval[string](t, ctx, `document.querySelector("#chart-1 .chart-value").textContent`); got != "mean 1,000" {
			t.Errorf("the note is %q", got)
		}
	})
	t.Run("cells", func(t *testing.T) {
		hover(t, ctx, "chart-3", 0.45, 0.75)
		if diff := cmp.Diff([]string{"b: 123,456 lost messages"}, live(t, ctx, "chart-3")); diff != "" {
			t.Errorf("cell (-want +got):\n%s", diff)
		}
		hover(t, ctx, "chart-3", 0.35, 0.25)
		if diff := cmp.Diff([]string{"a: 17 lost messages"}, live(t, ctx, "chart-3")); diff != "" {
			t.Errorf("cell (-want +got):\n%s", diff)
		}
	})
	t.Run("steps", func(t *testing.T) {
		for part, want := range map[float64]string{0.02: "0 of 4", 0.2: "2 of 4", 0.95: "3 of 4"} {
			hover(t, ctx, "chart-4", part, 0.5)
			if diff := cmp.Diff([]string{want}, live(t, ctx, "chart-4")); diff != "" {
				t.Errorf("recovery at %g (-want +got):\n%s", part, diff)
			}
		}
	})
	t.Run("zoom", func(t *testing.T) { tryZoom(t, ctx) })
	t.Run("keyboard", func(t *testing.T) { tryKeyboard(t, ctx) })
	t.Run("hiding", func(t *testing.T) { tryHiding(t, ctx) })
}

const visible = `document.querySelector("#%s .chart-curves").getAttribute("viewBox").split(" ").map(Number).filter((_, i) => i %% 2 == 0)`

func view(t *testing.T, ctx context.Context, chart string) []float64 {
	t.Helper()
	return settled[[]float64](t, ctx, fmt.Sprintf(visible, chart))
}

func labels(t *testing.T, ctx context.Context, chart string) []string {
	t.Helper()
	return settled[[]string](t, ctx, fmt.Sprintf(`[...document.querySelectorAll("#%s .chart-x text")].map(n => n.textContent)`, chart))
}

func tryZoom(t *testing.T, ctx context.Context) {
	whole, before := view(t, ctx, "chart-1"), labels(t, ctx, "chart-1")
	drag(t, ctx, "chart-1", 0.25, 0.6)
	for _, chart := range []string{"chart-1", "chart-2", "chart-3"} {
		part := view(t, ctx, chart)
		if math.Abs(part[0]-250_000) > 3000 || math.Abs(part[1]-350_000) > 5000 {
			t.Errorf("%s shows %.0f from the left and %.0f wide, want 250000 and 350000", chart, part[0], part[1])
		}
		// The edges are where the pointer was, to a pixel: their labels may be in or out.
		got := slices.DeleteFunc(labels(t, ctx, chart), func(s string) bool { return s == "0:02.5" || s == "0:06" })
		want := []string{"0:03", "0:03.5", "0:04", "0:04.5", "0:05", "0:05.5"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: labels (-want +got):\n%s", chart, diff)
		}
	}
	if got := view(t, ctx, "chart-4"); got[1] != 1_000_000 {
		t.Error("a chart of another axis was zoomed as well")
	}
	b := pad(t, ctx, "chart-2")
	run(t, ctx, chromedp.MouseClickXY(b.X+b.Width/2, b.Y+b.Height/2, chromedp.ClickCount(2)))
	if diff := cmp.Diff(whole, view(t, ctx, "chart-1")); diff != "" {
		t.Errorf("after a double click (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, labels(t, ctx, "chart-1")); diff != "" {
		t.Errorf("labels after a double click (-want +got):\n%s", diff)
	}
	run(t, ctx, chromedp.Click(chromedp.CSS(`#chart-1 .chart-tools button[aria-label="Zoom in"]`)))
	if got := view(t, ctx, "chart-2"); got[1] != 500_000 {
		t.Errorf("zoomed in to %v", got)
	}
	run(t, ctx, chromedp.Click(chromedp.CSS(`#chart-1 .chart-tools button[aria-label="Reset the zoom"]`)))
	if diff := cmp.Diff(whole, view(t, ctx, "chart-2")); diff != "" {
		t.Errorf("after a reset (-want +got):\n%s", diff)
	}
}

func tryKeyboard(t *testing.T, ctx context.Context) {
	run(t, ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 2, 2), chromedp.Focus(chromedp.CSS("#chart-1 .chart-pad")))
	press := func(key string) { t.Helper(); run(t, ctx, chromedp.KeyEvent(key)) }
	press(kb.ArrowRight)
	press(kb.ArrowRight)
	if diff := cmp.Diff([]string{"1,000", "998"}, live(t, ctx, "chart-1")); diff != "" {
		t.Errorf("after two steps (-want +got):\n%s", diff)
	}
	if got, want := settled[string](t, ctx, `document.activeElement.getAttribute("aria-valuetext")`),
		"0:02.000000007 · measure: offered 1,000, acknowledged 998"; got != want {
		t.Errorf("a screen reader has %q, want %q", got, want)
	}
	press(kb.End)
	if diff := cmp.Diff([]string{"1,000", "993"}, live(t, ctx, "chart-1")); diff != "" {
		t.Errorf("at the end (-want +got):\n%s", diff)
	}
	press("+")
	press("+")
	if got := view(t, ctx, "chart-1"); math.Abs(got[1]-300_000) > 1 || got[0] != 700_000 {
		t.Errorf("zoomed in twice at the end: %v, want the last three seconds of ten", got)
	}
	press("-")
	if got := view(t, ctx, "chart-1"); math.Abs(got[1]-600_000) > 1 {
		t.Errorf("zoomed out: %v", got)
	}
	press(kb.Home)
	if got := view(t, ctx, "chart-1"); got[0] > 100_000 {
		t.Errorf("the cursor is out of sight: %v", got)
	}
	press(kb.Escape)
	if got := view(t, ctx, "chart-1"); got[1] != 1_000_000 {
		t.Errorf("after Escape: %v", got)
	}
	if got := live(t, ctx, "chart-1"); len(got) != 0 {
		t.Errorf("after Escape there are values: %q", got)
	}
	run(t, ctx, chromedp.Focus(chromedp.CSS("#chart-3 .chart-pad")))
	for range 5 {
		press(kb.ArrowRight)
	}
	press(kb.ArrowDown)
	if diff := cmp.Diff([]string{"b: 123,456 lost messages"}, live(t, ctx, "chart-3")); diff != "" {
		t.Errorf("cell (-want +got):\n%s", diff)
	}
	press(kb.Escape)
}

func tryHiding(t *testing.T, ctx context.Context) {
	shown := func() []int {
		return settled[[]int](t, ctx, `[0, 1].map(i => [...document.querySelectorAll('#chart-1 .chart-svg [data-series="' + i + '"]')]
			.filter(n => getComputedStyle(n).display != "none").length)`)
	}
	before := shown()
	button := `#chart-1 .chart-legend button[data-series="1"]`
	run(t, ctx, chromedp.Click(chromedp.CSS(button)))
	if diff := cmp.Diff([]int{before[0], 0}, shown()); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
	if got := eval[string](t, ctx, `document.querySelector('`+button+`').getAttribute("aria-pressed")`); got != "false" {
		t.Errorf("aria-pressed is %s", got)
	}
	run(t, ctx, chromedp.Click(chromedp.CSS(button)))
	if diff := cmp.Diff(before, shown()); diff != "" {
		t.Errorf("shown again (-want +got):\n%s", diff)
	}
}

// TestScriptWritesAsGo holds that values and ticks come out the same from the script as from Go.
func TestScriptWritesAsGo(t *testing.T) {
	ctx := browse(t)
	open(t, ctx, small(t))
	var numbers []float64
	for e := -7; e <= 18; e++ {
		for _, m := range []float64{1, 1.5, 2, 2.25, 3.333333333, 4.999999, 9.5, 9.99999, 9.999999999} {
			numbers = append(numbers, charts.Shown(m*math.Pow(10, float64(e))), -charts.Shown(math.Round(m*math.Pow(10, float64(e)))))
		}
	}
	numbers = append(numbers, 0, 1023, 1024, 1<<20, 1<<20+1, 59_999_999_999, 60e9, 3_599_999_999_999, 3600e9, 123_456e9, math.MaxFloat64)
	text, err := json.Marshal(numbers)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []charts.Unit{charts.Number, charts.Nanoseconds, charts.Bytes, charts.Share, charts.Clock} {
		got := eval[[][2]string](t, ctx, fmt.Sprintf(`%s.map(v => [mqbenchCharts.exact(%q, v), mqbenchCharts.label(%q, v)])`, text, unit, unit))
		for i, v := range numbers {
			want := [2]string{charts.Exact(unit, v), charts.Label(unit, v)}
			if got[i] != want {
				t.Errorf("%q of %s: the script writes %q, Go %q", unit, strconv.FormatFloat(v, 'g', -1, 64), got[i], want)
			}
		}
		for _, hi := range []float64{0.003, 1, 7, 9.5, 60e9, 100e9, 7, 3.7e12, 1e6, 123456} {
			for _, lo := range []float64{0, hi / 3, -hi} {
				got := eval[[]float64](t, ctx, fmt.Sprintf(`mqbenchCharts.linearTicks(%q, %g, %g, 8)`, unit, lo, hi))
				if diff := cmp.Diff(charts.LinearTicks(unit, lo, hi, 8), got); diff != "" {
					t.Errorf("%q from %g to %g: ticks of Go (-) and the script (+):\n%s", unit, lo, hi, diff)
				}
			}
		}
	}
}

// TestPages holds that a page of an hour and a page of every chart come to life without a complaint, at every width.
func TestPages(t *testing.T) {
	ctx := browse(t)
	for name, document := range map[string][]byte{"minutes": page(t, 120), "hour": page(t, 3600), "hostile": hostile(t)} {
		open(t, ctx, document)
		if got := eval[bool](t, ctx, `typeof mqbenchCharts === "object" && document.querySelectorAll(".chart-pad").length > 0 && !window.injected`); !got {
			t.Errorf("%s: the page did not come to life, or was injected into", name)
		}
		for _, width := range []int64{1280, 390} {
			run(t, ctx, chromedp.EmulateViewport(width, 900))
			wide(t, ctx, width)
			if got := settled[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s: %d pixels wide on a screen of %d", name, got, width)
			}
			for _, scheme := range []string{"light", "dark"} {
				if *screenshots != "" {
					shoot(t, ctx, filepath.Join(*screenshots, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), scheme)
				}
			}
		}
	}
}

func shoot(t *testing.T, ctx context.Context, path, scheme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	picture := value(t, ctx, chromedp.FullScreenshot(100))
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
