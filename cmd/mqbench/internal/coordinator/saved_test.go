package coordinator

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports"
)

// TestFilesAreDocumented holds the table of files against what users read of it.
func TestFilesAreDocumented(t *testing.T) {
	readme := string(read(t, filepath.Join("..", "..", "..", "..", "README.md")))
	_, section, found := strings.Cut(readme, "## A run directory")
	section, _, ended := strings.Cut(section, "\n## ")
	if !found || !ended {
		t.Fatal("the README has no section on run directories")
	}
	for _, f := range Files() {
		if !strings.Contains(section, "`"+f.Name+"`") {
			t.Errorf("the README's section on run directories does not name %s", f.Name)
		}
		if f.What == "" || (f.write == nil) != (f.Format == "") {
			t.Errorf("%s lacks its description, or has a format that nobody writes", f.Name)
		}
	}
}

func TestSelect(t *testing.T) {
	for wanted, want := range map[string][]string{
		"json":                        {"result.json"},
		"timeline.csv,json,json":      {"result.json", "timeline.csv"},
		"csv,result.json,latency.csv": append([]string{"result.json"}, namesOf(t, "csv")...),
	} {
		if got := namesOf(t, strings.Split(wanted, ",")...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", wanted, got, want)
		}
	}
	if got := namesOf(t, "all"); len(got) != len(Rendered()) {
		t.Errorf("all are %v", got)
	}
	for _, wrong := range []string{"", "pdf", "latency.hlog", "history/", "../x"} {
		if _, err := Select([]string{wrong}); err == nil || !strings.Contains(err.Error(), "want json") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func namesOf(t *testing.T, wanted ...string) []string {
	t.Helper()
	files, err := Select(wanted)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

// TestReopen: what is rendered of a saved run is what the run itself has written, the result alone gives what can be
// made of it, and a result that is another one than before is said to be.
func TestReopen(t *testing.T) {
	t.Parallel()
	s := prepare(t, "chaos=[{at: 300ms, fault: pause, target: b1, for: 200ms}]")
	ctx, cancel := bounded(t)
	defer cancel()
	if _, err := Run(ctx, s.Options); err != nil {
		t.Fatal(err)
	}

	saved := reopen(t, s.Dir.Root)
	if saved.Missing != nil || saved.Drift != "" || saved.Record == nil || saved.Scenario == nil {
		t.Errorf("reopened with record %t, missing %v, drift %q", saved.Record != nil, saved.Missing, saved.Drift)
	}
	sameFiles(t, s.Dir, saved, Rendered())

	alone := reopen(t, s.Dir.Path("result.json"))
	if alone.Missing == nil || alone.Record != nil {
		t.Errorf("the result alone: missing %v, record %v", alone.Missing, alone.Record)
	}
	ofResult, ofRecord := parted(Rendered())
	sameFiles(t, s.Dir, alone, ofResult)
	for _, f := range ofRecord {
		if err := f.Write(new(bytes.Buffer), alone.Judged); err == nil || !strings.Contains(err.Error(), f.Name) {
			t.Errorf("%s was written without a record (error %v)", f.Name, err)
		}
	}

	drifted(t, s.Dir)

	if err := os.Remove(s.Dir.Path("scenario.yaml")); err != nil {
		t.Fatal(err)
	}
	if saved := reopen(t, s.Dir.Root); saved.Missing == nil || !strings.Contains(saved.Missing.Error(), "scenario") {
		t.Errorf("without its scenario: missing %v", saved.Missing)
	}
	if err := os.Remove(s.Dir.Path("result.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := Reopen(s.Dir.Root); err == nil || !strings.Contains(err.Error(), "load the scenario") {
		t.Errorf("without scenario and result: %v", err)
	}
	for _, nothing := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		if _, err := Reopen(nothing); err == nil {
			t.Errorf("%s was opened", nothing)
		}
	}
}

func reopen(t *testing.T, path string) *Saved {
	t.Helper()
	saved, err := Reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// drifted saves results that the record does not give.
func drifted(t *testing.T, d *Dir) {
	t.Helper()
	r, err := reports.Load(d.Root)
	if err != nil {
		t.Fatal(err)
	}
	was := "pass" // another verdict than the record gives
	if r.Verdict == was {
		was = "fail"
	}
	now := r.Verdict
	for _, story := range []struct {
		change func()
		want   string
	}{
		{func() { r.Counts.Lost++ }, "the verdict is " + now + " as before; fields that differ: counts"},
		{func() { r.Counts.Lost--; r.Verdict = was }, "the verdict is " + now + " now and was " + was + " when the run was saved; fields that differ: verdict"},
	} {
		story.change()
		if err := d.Write("result.json", r.WriteJSON); err != nil {
			t.Fatal(err)
		}
		if drift := reopen(t, d.Root).Drift; drift != story.want {
			t.Errorf("drift %q, want %q", drift, story.want)
		}
	}
	if err := os.WriteFile(d.Path("result.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if drift := reopen(t, d.Root).Drift; !strings.Contains(drift, "cannot be read") {
		t.Errorf("drift %q from a broken result", drift)
	}
	r.Verdict = now
	if err := d.Write("result.json", r.WriteJSON); err != nil {
		t.Fatal(err)
	}
}

func parted(files []File) (ofResult, ofRecord []File) {
	for _, f := range files {
		switch {
		case f.Less: // another file without the record
		case f.OfRecord:
			ofRecord = append(ofRecord, f)
		default:
			ofResult = append(ofResult, f)
		}
	}
	return ofResult, ofRecord
}

// sameFiles renders files elsewhere and compares them with those of the run.
func sameFiles(t *testing.T, d *Dir, saved *Saved, files []File) {
	t.Helper()
	elsewhere := &Dir{Root: t.TempDir()}
	if err := elsewhere.WriteFiles(saved.Judged, files); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text := read(t, elsewhere.Path(f.Name)); len(text) == 0 || !bytes.Equal(text, read(t, d.Path(f.Name))) {
			t.Errorf("%s is another one when it is rendered again", f.Name)
		}
	}
}
