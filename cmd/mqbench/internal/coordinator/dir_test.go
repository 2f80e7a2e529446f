package coordinator

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// noon is when the runs of these tests begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestOpenDir: each run has a folder of its own, also within one second, and runs/latest points to the last.
func TestOpenDir(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"20260301T120000Z", "20260301T120000Z-1", "20260301T120000Z-2"} {
		d, err := OpenDir("", "story", noon)
		if err != nil {
			t.Fatal(err)
		}
		if d.Root != filepath.Join("runs", "story", want) {
			t.Errorf("run directory %s, want %s", d.Root, want)
		}
		if target, err := os.Readlink(filepath.Join("runs", "latest")); err != nil || target != filepath.Join("story", want) {
			t.Errorf("runs/latest points to %q (error %v), want %s", target, err, want)
		}
	}
	if entries, err := os.ReadDir("runs"); err != nil || len(entries) != 2 {
		t.Errorf("in runs: %v (error %v), want the story and latest", entries, err)
	}
}

// TestOpenDirRefuses: nobody's files are written over, and a place where nothing can be made is an error.
func TestOpenDirRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := OpenDir("mine", "story", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir("mine", "story", noon); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a second run in one folder: error %v", err)
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(filepath.Join("file", "sub"), "story", noon); err == nil || errors.Is(err, ErrNotEmpty) {
		t.Errorf("a folder below a file: error %v", err)
	}
}

// TestWriteWhole: a file is there whole or not at all, and what was there before stays when the new one fails.
func TestWriteWhole(t *testing.T) {
	d := &Dir{Root: t.TempDir()}
	if err := d.WriteJSON("result.json", 1); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := d.Write("result.json", func(w io.Writer) error {
		_, err := w.Write([]byte("half"))
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if text, err := os.ReadFile(d.Path("result.json")); err != nil || string(text) != "1\n" {
		t.Errorf("the file is %q (error %v), want what was there before", text, err)
	}
	if entries, err := os.ReadDir(d.Root); err != nil || len(entries) != 1 {
		t.Errorf("left: %v (error %v), want the file alone", entries, err)
	}
}
