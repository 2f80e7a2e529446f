package history

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// An intervalLog writes the HdrHistogram interval log: one line per interval and metric, tagged with the metric, values
// in nanoseconds, the interval's maximum in milliseconds as is the format's custom.
type intervalLog struct {
	file   *os.File
	buffer *bufio.Writer
	lines  *hdr.HistogramLogWriter
	// started is the run's epoch in milliseconds since 1970.
	started int64
	err     error
}

func createIntervalLog(path string, started time.Time) (*intervalLog, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create interval log: %w", err)
	}
	buffer := bufio.NewWriter(file)
	l := &intervalLog{
		file: file, buffer: buffer, lines: hdr.NewHistogramLogWriter(buffer), started: started.UnixMilli(),
	}
	// The header holds whole seconds, so the lines count from a whole second too.
	base := started.Unix() * 1000
	l.lines.SetBaseTime(base)
	l.err = errors.Join(
		l.lines.OutputComment("[Latencies of an mqbench run, in nanoseconds; tags are metrics]"),
		l.lines.OutputLogFormatVersion(),
		l.lines.OutputBaseTime(base),
		l.lines.OutputStartTime(base),
		l.lines.OutputLegend(),
		buffer.Flush(),
	)
	return l, nil
}

// write appends the interval's histograms. The first error is kept, and nothing is written after it.
func (l *intervalLog) write(began, ended time.Duration, interval [metricCount]*hdr.Histogram) {
	if l.file == nil || l.err != nil {
		return
	}
	for metric, name := range Metrics() {
		h := interval[metric]
		if h == nil {
			continue
		}
		h.SetTag(string(name))
		h.SetStartTimeMs(l.started + began.Milliseconds())
		h.SetEndTimeMs(l.started + ended.Milliseconds())
		if l.err = l.lines.OutputIntervalHistogram(h); l.err != nil {
			return
		}
	}
	l.err = l.buffer.Flush()
}

// close closes the file and returns the first error of all.
func (l *intervalLog) close() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.err, l.buffer.Flush(), l.file.Close())
	l.file = nil
	if err != nil {
		return fmt.Errorf("write interval log: %w", err)
	}
	return nil
}
