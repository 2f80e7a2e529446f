package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser opens the pages that mqbench writes, and fails the test when one of them complains or asks for anything.
type browser struct {
	ctx context.Context
}

// browse starts Chromium. Without one the test is skipped, but not in continuous integration.
func browse(t *testing.T) browser {
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
			t.Fatal("no Chromium: continuous integration has to open the reports in a browser")
		}
		t.Skip("no Chromium")
	}
	// On a busy machine a browser that is started for the first time takes its time.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
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
	b := browser{ctx}
	b.do(t)
	if err := chromedp.Listen(ctx, listener(t)); err != nil {
		t.Fatal(err)
	}
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); return err },
	} {
		if err := enable(); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// listener fails the test at what a page must not do. Chromium reports a breach of the page's policy to its log.
func listener(t *testing.T) func(any) {
	var mutex sync.Mutex
	return func(event any) {
		mutex.Lock()
		defer mutex.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			for _, arg := range e.Args {
				t.Errorf("the console has: %s %s", e.Type, arg.Value)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("a script threw: %s", (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
		case *log.EventEntryAdded:
			t.Errorf("the log has: %s %s", e.Entry.Level, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file:") && !strings.HasPrefix(e.Request.URL, "data:") {
				t.Errorf("the page asks for %s", e.Request.URL)
			}
		}
	}
}

func (b browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// open shows a page in a window of some size.
func (b browser) open(t *testing.T, path string, width, height int64) {
	t.Helper()
	b.do(t, chromedp.EmulateViewport(width, height), chromedp.Navigate("file://"+path))
}

// shown is the value of an expression two frames later, when what was asked for is drawn.
func shown[T any](t *testing.T, b browser, expression string, args ...any) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](
		`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(`+fmt.Sprintf(expression, args...)+`))))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(expression, args...), err)
	}
	return v
}

// hover puts the pointer onto a chart, at a part of its width.
func (b browser) hover(t *testing.T, chart string, part float64) {
	t.Helper()
	pad := shown[struct{ X, Y, Width, Height float64 }](t, b, `(() => { const p = document.querySelector("#%s .chart-pad");
		p.scrollIntoView({block: "center", behavior: "instant"}); const b = p.getBoundingClientRect();
		return {X: b.x, Y: b.y, Width: b.width, Height: b.height}; })()`, chart)
	b.do(t, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, pad.X+part*pad.Width, pad.Y+pad.Height/2))
}
