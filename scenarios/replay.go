package scenarios

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The bounds of a recording.
const (
	maxReplayBytes = 4 << 20
	maxReplayRows  = 100_000
	// maxReplayProblems is how many bad lines are shown of one file.
	maxReplayProblems = 5
)

// replayHeader is the first line of a recording.
const replayHeader = "seconds,rate"

// readReplays reads the recordings that publishers replay. As with recipes, a path is relative to the scenario file, or,
// from an override, to where its author is.
func (s *Scenario) readReplays(file string, d *decoder) {
	for i := range s.Workload.Publishers {
		g, path := &s.Workload.Publishers[i], indexed("workload.publishers", i)+".replay"
		if g.Replay.File == "" || d.bad[path] {
			continue
		}
		name := g.Replay.File
		if !filepath.IsAbs(name) && d.places[path].override == "" {
			name = filepath.Join(filepath.Dir(file), name)
		}
		text, err := readRecording(name)
		if err != nil {
			d.fail(path, d.places[path], "replay: %v", err)
			continue
		}
		var problems []error
		g.Replay.Rows, problems = parseReplay(text)
		for n, problem := range problems {
			if n == maxReplayProblems {
				d.fail(path, d.places[path], "replay: %s: … and %d more", g.Replay.File, len(problems)-n)
				break
			}
			d.fail(path, d.places[path], "replay: %s:%v", g.Replay.File, problem)
		}
	}
}

// readRecording reads a regular file up to the bound.
func readRecording(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file: want a CSV file with the columns %s", name, replayHeader)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxReplayBytes+1))
	if err == nil && len(text) > maxReplayBytes {
		err = fmt.Errorf("%s has more than the bound of %d bytes", name, maxReplayBytes)
	}
	return string(text), err
}

// parseReplay reads the rows of a recording. Each error begins with the number of its line.
func parseReplay(text string) (rows []ReplayRow, problems []error) {
	line := 0
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%d: "+format, append([]any{line}, args...)...))
	}
	last := time.Duration(-1)
	for content := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line++
		content = strings.TrimRight(content, "\r\n")
		switch {
		case line == 1 && strings.ReplaceAll(content, " ", "") != replayHeader:
			problem("the header is %q: want %s", shorten(content), replayHeader)
		case line == 1 || strings.TrimSpace(content) == "":
		case len(rows) == maxReplayRows:
			problem("more than the bound of %d rows", maxReplayRows)
			return nil, problems
		default:
			row, err := parseReplayRow(content)
			if err == nil && row.At <= last {
				err = fmt.Errorf("%v seconds do not come after the row before it, at %v", row.At.Seconds(), last.Seconds())
			}
			if err != nil {
				problem("%w", err)
				continue
			}
			last = row.At
			rows = append(rows, row)
		}
	}
	if len(problems) == 0 && len(rows) == 0 {
		line++
		problem("there are no rows: want the header %s and a row for each change of the rate", replayHeader)
	}
	return rows, problems
}

// parseReplayRow reads a time in seconds and a rate in messages per second.
func parseReplayRow(content string) (ReplayRow, error) {
	first, second, found := strings.Cut(content, ",")
	if !found || strings.Contains(second, ",") {
		return ReplayRow{}, fmt.Errorf("%q: want two values, %s", shorten(content), replayHeader)
	}
	seconds, err := parseNumber(strings.TrimSpace(first))
	if err == nil && seconds > maxPhase.Seconds() {
		err = fmt.Errorf("%q is later than any load", shorten(first))
	}
	if err != nil {
		return ReplayRow{}, fmt.Errorf("seconds: %w", err)
	}
	rate, err := parseNumber(strings.TrimSpace(second))
	if err == nil && Rate(rate) > maxRate {
		err = fmt.Errorf("%q is above the bound of %s", shorten(second), maxRate)
	}
	if err != nil {
		return ReplayRow{}, fmt.Errorf("rate: %w (want messages per second, without a unit)", err)
	}
	return ReplayRow{At: time.Duration(math.Round(seconds * float64(time.Second))), Rate: Rate(rate)}, nil
}

// CSV writes the recording so that it reads back as the same rows.
func (r Replay) CSV(w io.Writer) error {
	_, err := io.WriteString(w, replayHeader+"\n")
	for _, row := range r.Rows {
		seconds := strconv.FormatInt(int64(row.At/time.Second), 10)
		if rest := row.At % time.Second; rest > 0 {
			seconds += "." + strings.TrimRight(fmt.Sprintf("%09d", rest), "0")
		}
		_, wrong := fmt.Fprintf(w, "%s,%s\n", seconds, strconv.FormatFloat(float64(row.Rate), 'f', -1, 64))
		err = errors.Join(err, wrong)
	}
	return err
}
