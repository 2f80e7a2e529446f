package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mqbench/mqbench/reports"
)

// A Run is a result and where it was found.
type Run struct {
	Path   string
	Result *reports.Result
}

// identity is equal for copies of a run and no others; "": it is not known.
func (r Run) identity() string {
	if r.Result.RunID == "" {
		return ""
	}
	return r.Result.RunID + " " + r.Result.Started.UTC().String()
}

// baselineVersion is the version of files of [SaveRuns]. It changes when the meaning of a field does.
const baselineVersion = 1

// A saved file is some runs in one file.
type saved struct {
	Version int        `json:"mqbench_baseline"`
	Saved   time.Time  `json:"saved"`
	Mqbench string     `json:"mqbench"`
	Runs    []savedRun `json:"runs"`
}

type savedRun struct {
	Path   string          `json:"path"`
	Result json.RawMessage `json:"result"`
}

// largestBaseline is the size in bytes above which a file is not read.
const largestBaseline = 256 << 20

// SaveRuns writes runs as one compact file that [ReadRuns] reads, with what a gate needs of each.
func SaveRuns(w io.Writer, runs []Run, now time.Time, mqbench string) error {
	file := saved{Version: baselineVersion, Saved: now.UTC().Truncate(time.Second), Mqbench: mqbench, Runs: []savedRun{}}
	for _, run := range runs {
		text, err := json.Marshal(trimmed(run.Result))
		if err != nil {
			return fmt.Errorf("save the baseline: %w", err)
		}
		file.Runs = append(file.Runs, savedRun{Path: run.Path, Result: text})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(file); err != nil {
		return fmt.Errorf("save the baseline: %w", err)
	}
	return nil
}

// trimmed leaves out what no figure and no fact of a fingerprint is made of.
func trimmed(r *reports.Result) *reports.Result {
	t := *r
	t.Groups, t.Arrivals, t.Brokers, t.Machine = nil, nil, nil, nil
	t.Injections = nil
	for _, i := range r.Injections {
		t.Injections = append(t.Injections, reports.Injection{
			Fault: i.Fault, Target: i.Target, Began: i.Began, Applied: i.Applied, Healing: i.Healing, Healed: i.Healed,
			Error: i.Error, HealError: i.HealError, Failover: reports.Failover{Clients: i.Clients},
		})
	}
	return &t
}

// ReadRuns reads runs: of a run directory, of a result.json, of a file of [SaveRuns], or of all run directories below a
// folder. A run that is named twice is read once.
func ReadRuns(paths []string) ([]Run, error) {
	var all []Run
	seen := map[string]bool{}
	for _, path := range paths {
		runs, err := readPath(path)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			key := run.identity()
			if key == "" || !seen[key] {
				seen[key] = true
				all = append(all, run)
			}
		}
	}
	return all, nil
}

func readPath(path string) ([]Run, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q does not exist: want a run directory, a folder of them, a result.json or a saved baseline", path)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return readFile(path, info)
	}
	if _, err := os.Stat(filepath.Join(path, "history")); err == nil {
		return readOne(path) // also says what is to be done where it has no result
	}
	if _, err := os.Stat(filepath.Join(path, "result.json")); err == nil {
		return readOne(path)
	}
	return readBelow(path)
}

func readOne(path string) ([]Run, error) {
	r, err := reports.Load(path)
	if err != nil {
		return nil, err
	}
	return []Run{{Path: path, Result: r}}, nil
}

// readBelow reads every result.json below a folder, in the order of the paths. Links such as "latest" are not followed:
// what they lead to is there already.
func readBelow(path string) ([]Run, error) {
	var runs []Run
	err := filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "history" || entry.Name() == "logs"):
			return fs.SkipDir
		case entry.Name() != "result.json" || !entry.Type().IsRegular():
			return nil
		}
		found, err := readOne(filepath.Dir(at))
		runs = append(runs, found...)
		return err
	})
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("%q has no runs: no folder below it has a result.json", path)
	}
	return runs, err
}

// readFile reads a result or a baseline.
func readFile(path string, info fs.FileInfo) ([]Run, error) {
	if !info.Mode().IsRegular() || info.Size() > largestBaseline {
		return readOne(path) // which refuses it
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var head struct {
		Version *int `json:"mqbench_baseline"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Version == nil {
		if bytes.Contains(text[:min(len(text), 200)], []byte(`"mqbench_baseline"`)) {
			return nil, fmt.Errorf("baseline %q is cut off or damaged: save it again with `mqbench baseline save`", path)
		}
		return readOne(path)
	}
	switch v := *head.Version; {
	case v < 1:
		return nil, fmt.Errorf("baseline %q has version %d, which never existed", path, v)
	case v > baselineVersion:
		return nil, fmt.Errorf("baseline %q was written by a newer mqbench: it has version %d, this one reads up to %d", path, v, baselineVersion)
	}
	var file saved
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("baseline %q is damaged: %w", path, err)
	}
	if len(file.Runs) == 0 {
		return nil, fmt.Errorf("baseline %q has no runs", path)
	}
	runs := make([]Run, 0, len(file.Runs))
	for n, s := range file.Runs {
		r, err := reports.Read(bytes.NewReader(s.Result))
		if err != nil {
			return nil, fmt.Errorf("baseline %q, run %d: %w", path, n+1, err)
		}
		runs = append(runs, Run{Path: fmt.Sprintf("%s#%d", path, n+1), Result: r})
	}
	return runs, nil
}
