package reports

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// drawLines writes a line for every fault and log line as they come, and the newest state at most once a second.
func (l *Live) drawLines(ctx context.Context) error {
	var seen faultsSeen
	var last, drawn time.Time // when the last state was written, and when that state was handed over
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		ended := false
		select {
		case <-ctx.Done():
			ended = true
		case <-l.wake:
		case <-next.C:
		}
		n := l.take()
		var b strings.Builder
		for _, line := range seen.since(n) {
			b.WriteString(line + "\n")
		}
		if n.at.After(drawn) {
			if wait := time.Second - time.Since(last); wait > 0 && !ended {
				next.Reset(wait)
			} else {
				b.WriteString(stateLine(n.state) + "\n")
				last, drawn = time.Now(), n.at
			}
		}
		if b.Len() > 0 {
			if _, err := io.WriteString(l.w, b.String()); err != nil {
				return fmt.Errorf("show progress: %w", err)
			}
		}
		if ended {
			return nil
		}
	}
}

// stateLine is the run at one moment on one plain line.
func stateLine(s LiveState) string {
	parts := []string{fmt.Sprintf("%-9s %s", clean(s.Phase), progressOf(s.Elapsed, s.Length))}
	if s.Doing != "" {
		parts = append(parts, clean(s.Doing))
	}
	if s.Clients > 0 {
		parts = append(parts, fmt.Sprintf("clients %s/%s", thousands(s.Connected), thousands(s.Clients)))
	}
	if s.Due+s.Written+s.Acknowledged+s.Delivered > 0 {
		parts = append(parts, "offered "+perSecond(whole64(s.Due)), "acked "+perSecond(whole64(s.Acknowledged)),
			"delivered "+perSecond(whole64(s.Delivered)))
	}
	if s.P99 > 0 {
		parts = append(parts, "p99 "+humane(s.P99))
	}
	if g := s.Generator; g != nil {
		for n, p := range g.parts() {
			switch {
			case p.beyond:
				parts = append(parts, "mqbench "+p.text+"!")
			case n == 0:
				parts = append(parts, "mqbench "+p.text)
			}
		}
	}
	if names := activeFaults(s.Faults); len(names) > 0 {
		parts = append(parts, "faults: "+strings.Join(names, ", "))
	}
	return strings.Join(parts, "  ")
}

// whole64 rounds a rate that is only read in passing.
func whole64(rate float64) float64 {
	if rate < 10 {
		return rate
	}
	return float64(int64(rate + 0.5))
}

// progressOf is how far a phase has come.
func progressOf(elapsed, length time.Duration) string {
	elapsed = max(elapsed, 0)
	text := fmt.Sprintf("%.1f s", elapsed.Seconds())
	if max(elapsed, length) >= 10*time.Minute {
		text = clock(elapsed)
	}
	switch {
	case length >= 10*time.Minute:
		text += " of " + clock(length)
	case length > 0:
		text += fmt.Sprintf(" of %g s", length.Round(100*time.Millisecond).Seconds())
	}
	return text
}

// clock writes a long time as hours, minutes and seconds.
func clock(d time.Duration) string {
	s := int64(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// activeFaults names the faults that last.
func activeFaults(faults []LiveFault) []string {
	var names []string
	for _, f := range faults {
		if f.Healed == 0 {
			names = append(names, clean(f.Name))
		}
	}
	return names
}

// faultsSeen remembers which faults were told of already.
type faultsSeen struct{ began, healed map[int]bool }

// since turns news into lines: faults that began and were healed, then what was logged.
func (seen *faultsSeen) since(n news) []string {
	if seen.began == nil {
		seen.began, seen.healed = map[int]bool{}, map[int]bool{}
	}
	var lines []string
	for i, f := range n.state.Faults {
		if !seen.began[i] {
			seen.began[i] = true
			lines = append(lines, fmt.Sprintf("fault     %s, %s into the measurement", clean(f.Name), humane(max(f.Began, 0))))
		}
		if f.Healed > 0 && !seen.healed[i] {
			seen.healed[i] = true
			lines = append(lines, fmt.Sprintf("healed    %s after %s", clean(f.Name), humane(max(f.Healed-f.Began, 0))))
		}
	}
	for _, line := range n.lines {
		lines = append(lines, clean(line))
	}
	if n.dropped > 0 {
		lines = append(lines, fmt.Sprintf("(%s dropped)", plural(n.dropped, "log line")))
	}
	return lines
}
