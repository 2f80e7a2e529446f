package coordinator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrNotEmpty says that a new run directory was asked for where there are files already.
var ErrNotEmpty = errors.New("is not empty (choose another --out, or remove it)")

// A Dir is a run directory.
type Dir struct{ Root string }

// OpenDir makes a new run directory: out, which has to be new or empty, or with out == "" runs/<scenario>/<UTC time>
// below the working directory, to which runs/latest then points.
func OpenDir(out, scenario string, now time.Time) (*Dir, error) {
	if out != "" {
		return makeDir(out)
	}
	root, err := freshName(filepath.Join("runs", scenario, now.UTC().Format("20060102T150405Z")))
	if err != nil {
		return nil, err
	}
	d, err := makeDir(root)
	if err != nil {
		return nil, err
	}
	return d, d.pointLatest()
}

// freshName appends a number when two runs begin within one second.
func freshName(root string) (string, error) {
	for n := range 100 {
		name := root
		if n > 0 {
			name = fmt.Sprintf("%s-%d", root, n)
		}
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("make run directory %q: a hundred of that name exist", root)
}

func makeDir(root string) (*Dir, error) {
	if entries, err := os.ReadDir(root); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("run directory %q: %w", root, ErrNotEmpty)
	}
	d := &Dir{Root: root}
	for _, sub := range []string{d.History(), d.Path("logs")} {
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return nil, fmt.Errorf("make run directory: %w", err)
		}
	}
	return d, nil
}

// pointLatest lets runs/latest point to the directory. The link is replaced in one step, so that a reader always finds
// one.
func (d *Dir) pointLatest() error {
	target, err := filepath.Rel("runs", d.Root)
	if err != nil {
		return fmt.Errorf("link runs/latest: %w", err)
	}
	temporary := filepath.Join("runs", fmt.Sprintf(".latest-%d", os.Getpid()))
	if err := os.Symlink(target, temporary); err != nil {
		return fmt.Errorf("link runs/latest: %w", err)
	}
	if err := os.Rename(temporary, filepath.Join("runs", "latest")); err != nil {
		return fmt.Errorf("link runs/latest: %w", errors.Join(err, os.Remove(temporary)))
	}
	return nil
}

// ExistingDir names the directory of a saved run.
func ExistingDir(root string) (*Dir, error) {
	d := &Dir{Root: root}
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q does not exist: want a run directory", root)
	}
	if _, err := os.Stat(d.History()); err != nil {
		return nil, fmt.Errorf("%q is not a run directory: it has no history folder", root)
	}
	return d, nil
}

// Path is the path of a file of the run.
func (d *Dir) Path(name string) string { return filepath.Join(d.Root, name) }

// History is the folder of the record.
func (d *Dir) History() string { return d.Path("history") }

// Write writes a file of the run in one step: it is there whole, or not at all.
func (d *Dir) Write(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(d.Root, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), d.Path(name))
}

// WriteJSON writes a value as indented JSON.
func (d *Dir) WriteJSON(name string, value any) error {
	return d.Write(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(value)
	})
}
