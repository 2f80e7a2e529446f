package coordinator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
)

// A Saved run is one that is rendered again.
type Saved struct {
	*Judged
	// Missing says why there is no record to go by, only the saved result; nil: there is one.
	Missing error
	// Drift says how the result, judged again by this mqbench, differs from the saved one; "" where it does not, or where
	// none was saved.
	Drift string
}

// Reopen reads a saved run: a run directory, of which the record is judged again so that all that is rendered is of one
// mind, or else what its result.json has, and a result.json by itself. Nothing is written.
func Reopen(path string) (*Saved, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%q does not exist: want a run directory or a result.json", path)
	case err != nil:
		return nil, err
	}
	if !info.IsDir() {
		return ofResultAlone(path, &Dir{Root: filepath.Dir(path)}, errors.New("it is no run directory"))
	}
	d, err := ExistingDir(path)
	if err != nil {
		return ofResultAlone(path, &Dir{Root: path}, errors.New("it has no history folder"))
	}
	j, err := Judge(d)
	if err != nil {
		saved, unread := ofResultAlone(path, d, err)
		if unread != nil {
			return nil, err // the record is what should be there
		}
		return saved, nil
	}
	drift, err := driftOf(j)
	return &Saved{Judged: j, Drift: drift}, err
}

func ofResultAlone(path string, d *Dir, why error) (*Saved, error) {
	r, err := reports.Load(path)
	if err != nil {
		return nil, err
	}
	return &Saved{Judged: &Judged{Result: r, Dir: d}, Missing: why}, nil
}

// driftOf compares a result with the one that was saved.
func driftOf(j *Judged) (string, error) {
	text, err := os.ReadFile(j.Dir.Path("result.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil // it was not judged before
	}
	if err != nil {
		return "", fmt.Errorf("read the saved result: %w", err)
	}
	saved, err := reports.Read(bytes.NewReader(text))
	if err != nil {
		return fmt.Sprintf("the saved result.json cannot be read: %v", err), nil
	}
	var now bytes.Buffer
	if err := j.Result.WriteJSON(&now); err != nil {
		return "", err
	}
	if bytes.Equal(text, now.Bytes()) {
		return "", nil
	}
	fields, err := differing(text, now.Bytes())
	switch {
	case err != nil || len(fields) == 0:
		return "", err
	case saved.Verdict != j.Result.Verdict:
		return fmt.Sprintf("the verdict is %s now and was %s when the run was saved; fields that differ: %s",
			j.Result.Verdict, saved.Verdict, strings.Join(fields, ", ")), nil
	default:
		return fmt.Sprintf("the verdict is %s as before; fields that differ: %s", saved.Verdict, strings.Join(fields, ", ")), nil
	}
}

// differing names the outermost fields in which two JSON objects differ, in order.
func differing(a, b []byte) ([]string, error) {
	var x, y map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		return nil, fmt.Errorf("compare with the saved result: %w", err)
	}
	var names []string
	for name := range y {
		if !same(x[name], y[name]) {
			names = append(names, name)
		}
	}
	for name := range x {
		if _, known := y[name]; !known {
			names = append(names, fmt.Sprintf("%q", name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// same says whether two texts are the same JSON, however indented.
func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}
