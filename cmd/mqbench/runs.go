package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/gate"
)

// runsDir is where runs are saved unless told otherwise, and latestRun the word for the last of them.
const (
	runsDir   = "runs"
	latestRun = "latest"
)

// runPath is the run directory or file that an argument means: itself, or of "latest" the last run below runs. It is an
// error when there is none.
func runPath(arg string) (string, error) {
	if arg != latestRun {
		return arg, nil
	}
	if _, err := os.Lstat(arg); err == nil {
		return arg, nil
	}
	path := filepath.Join(runsDir, latestRun)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", exitError{exitUsage, fmt.Errorf(
			"there is no %s: make a run with `mqbench run SCENARIO`, or name one that `mqbench list` shows", path)}
	}
	return path, nil
}

// runPaths is runPath for several arguments.
func runPaths(args []string) ([]string, error) {
	paths := make([]string, 0, len(args))
	for _, arg := range args {
		path, err := runPath(arg)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// readRuns reads the runs that arguments mean.
func readRuns(args []string) ([]gate.Run, error) {
	paths, err := runPaths(args)
	if err != nil {
		return nil, err
	}
	runs, err := gate.ReadRuns(paths)
	if err != nil {
		return nil, exitError{exitUsage, err}
	}
	return runs, nil
}

// runState says whether a saved run has a result.
type runState string

// The states. An unfinished run is still under way, or was cut off before it was judged.
const (
	runJudged     runState = "judged"
	runUnfinished runState = "unfinished"
	runBroken     runState = "broken"
)

// A savedRun is a run directory.
type savedRun struct {
	dir   string
	state runState
	// brief is nil unless the run was judged.
	brief *reports.Brief
	// began is when the run did, or for one that does not say, when its directory last changed.
	began time.Time
	// reason says why there is no brief.
	reason string
}

// deepest is how many folders below the one that is asked for are searched for runs.
const deepest = 5

// findRuns finds the run directories at and below a folder, and reads their briefs. The folder itself may be a symbolic
// link; those below it, such as runs/latest, name runs that are there anyway. What cannot be read is a broken run, and
// the others are found all the same: an error says that the folder itself is not there.
func findRuns(ctx context.Context, root string) ([]savedRun, error) {
	if _, err := os.ReadDir(root); err != nil {
		return nil, err
	}
	var runs []savedRun
	err := searchRuns(ctx, root, 0, func(r savedRun) { runs = append(runs, r) })
	if err != nil {
		return nil, err
	}
	var readers errgroup.Group
	readers.SetLimit(runtime.GOMAXPROCS(0))
	for n := range runs {
		readers.Go(func() error {
			if runs[n].state != runBroken && ctx.Err() == nil {
				runs[n].read()
			}
			return nil
		})
	}
	_ = readers.Wait() // what went wrong is in the runs
	return runs, ctx.Err()
}

// searchRuns hands on the run directories at and below dir. A run directory has none below it.
func searchRuns(ctx context.Context, dir string, depth int, found func(savedRun)) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		found(savedRun{dir: dir, state: runBroken, began: changed(dir), reason: plainly(err)})
		return nil
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isRun(entries):
		found(savedRun{dir: dir, state: runUnfinished, began: changed(dir)})
		return nil
	case depth == deepest:
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		if err := searchRuns(ctx, filepath.Join(dir, e.Name()), depth+1, found); err != nil {
			return err
		}
	}
	return nil
}

// isRun says whether a folder with such entries is a run directory: it has a result, or a record.
func isRun(entries []os.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return e.Name() == "result.json" || e.Name() == "history" && e.IsDir()
	})
}

// read reads the brief of a run.
func (r *savedRun) read() {
	b, err := reports.LoadBrief(r.dir)
	switch {
	case err == nil:
		r.state, r.brief, r.began = runJudged, b, b.Started
	case errors.Is(err, fs.ErrNotExist):
		r.reason = "no result.json: it is under way, or ended before it was judged (`mqbench check` judges it)"
	default:
		r.state, r.reason = runBroken, "result.json: "+err.Error()
	}
}

// runsBelow are the directories of runs below a folder, the newest first, by their names alone where that says when they
// began: nothing is read, so that a shell that asks for them does not wait.
func runsBelow(root string) []savedRun {
	var runs []savedRun
	if _, err := os.ReadDir(root); err != nil {
		return nil
	}
	_ = searchRuns(context.Background(), root, 0, func(r savedRun) { runs = append(runs, r) })
	newestFirst(runs)
	return runs
}

// changed is when a file last changed; the zero time where that is not known.
func changed(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// plainly leaves out the path and the call of a file's error, where the path is said beside it.
func plainly(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// newestFirst sorts runs by their beginning.
func newestFirst(runs []savedRun) {
	slices.SortStableFunc(runs, func(a, b savedRun) int { return cmp.Or(b.began.Compare(a.began), cmp.Compare(b.dir, a.dir)) })
}
