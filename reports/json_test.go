package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

func jsonOf(tb testing.TB, r *Result) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestResultJSON(t *testing.T) {
	golden(t, "result.json", jsonOf(t, broken().result()))
}

// What is written is what is read, and the same story is the same bytes.
func TestResultRoundTrip(t *testing.T) {
	again := stories()
	for name, r := range stories() {
		text := jsonOf(t, r)
		path := filepath.Join(t.TempDir(), "result.json")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(r, got); d != "" {
			t.Errorf("%s (-written +read):\n%s", name, d)
		}
		if !bytes.Equal(text, jsonOf(t, again[name])) {
			t.Errorf("%s: the same story gave other bytes", name)
		}
	}
}

// Readers iterate over lists and look up maps: there is never a null, also where nothing is known.
func TestResultHasNoNull(t *testing.T) {
	for name, r := range map[string]*Result{
		"full": broken().result(), "empty": NewResult(&history.Run{}, &check.Analysis{}, nil),
		"nothing survives": NewResult(&history.Run{Meta: history.Meta{Settings: history.Settings{Durability: "in memory"}}},
			&check.Analysis{}, nil),
	} {
		if text := jsonOf(t, r); bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: null in %s", name, text)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	good := string(jsonOf(t, failover().result()))
	stories := []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"blank", " \n\t", "the file is empty"},
		{"a web page", "<!doctype html><title>404</title>", "it looks like HTML"},
		{"saved by an editor", "\xef\xbb\xbf" + good, "byte order mark"},
		{"UTF-16", "\xff\xfe{\x00", "byte order mark"},
		{"compressed", "\x1f\x8b\x08\x00", "gzip"},
		{"a string", `"pass"`, "it is a JSON string"},
		{"null", "null", "it has no schema number"},
		{"far too deep", strings.Repeat(`{"a":`, 20_000), "not JSON at byte"},
		{"schema 1e99", `{"schema":1e99}`, `field "schema"`},
		{"truncated", good[:len(good)/2], "the file is cut off after"},
		{"broken", strings.Replace(good, `"seed": 7`, `"seed": =7`, 1), "not JSON at byte"},
		{"something behind it", good + good, "not JSON at byte"},
		{"prose", "Hello", "not JSON at byte 1"},
		{"a list", "[1,2]", "not a result of mqbench: it is a JSON array"},
		{"another tool's", `{"metrics":{}}`, "not a result of mqbench: it has no schema number"},
		{"another tool's with schema", `{"schema":"https://json-schema.org"}`, `field "schema"`},
		{"schema 0", `{"schema":0}`, "schema 0 never existed"},
		{"newer", `{"schema":2,"verdict":"pass"}`, "written by a newer mqbench: it has schema 2, this one reads up to 1"},
		{"a field of another kind", `{"schema":1,"counts":{"lost":"none"}}`, `field "counts.lost"`},
		{"negative count", `{"schema":1,"counts":{"lost":-1}}`, `field "counts.lost"`},
		{"no verdict", `{"schema":1}`, `unknown verdict ""`},
		{"edited verdict", `{"schema":1,"verdict":"passed"}`, `unknown verdict "passed" (want pass, inconclusive or fail)`},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "result.json")
			if err := os.WriteFile(path, []byte(s.text), 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := Load(path)
			if err == nil {
				t.Fatalf("read %+v", r)
			}
			if !strings.Contains(err.Error(), s.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%q, want the path and %q", err, s.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "missing.json")); err == nil || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("missing file: %v", err)
	}
}

// A run directory is as good as the file in it, and one without says what to do.
func TestLoadDirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is not a run directory") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "history"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "mqbench check "+dir) {
		t.Errorf("a run that was not judged: %v", err)
	}
	want := failover().result()
	if err := os.WriteFile(filepath.Join(dir, "result.json"), jsonOf(t, want), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-written +read):\n%s", d)
	}
	if _, err := Load(os.DevNull); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a device: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "result.json", "below")); err == nil {
		t.Error("a file below a file was read")
	}
}

// What is endless is refused before it fills the memory.
func TestReadBoundsSize(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"schema":1,"description":"`), spaces{})
	if _, err := Read(endless); err == nil || !strings.Contains(err.Error(), "larger than 64.0 MiB") {
		t.Errorf("%v", err)
	}
}

// spaces is an endless file.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A result of an earlier mqbench has fewer fields: none of its readers meets a nil map or a null.
func TestReadOlderResult(t *testing.T) {
	for _, text := range []string{
		`{"schema":1,"verdict":"pass"}`,
		`{"schema":1,"verdict":"fail","generator":{},"windows":{"before":null},"injections":[{}],"brokers":[{}],"groups":null,"topology":{"settings":{}}}`,
		`{"schema":1,"verdict":"pass","of_a_later_one":{"x":1}}`,
	} {
		r, err := Read(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if out := jsonOf(t, r); bytes.Contains(out, []byte("null")) {
			t.Errorf("%s: null in %s", text, out)
		}
	}
}

// An accepted file can be shown and written again, whatever is in it.
func FuzzRead(f *testing.F) {
	f.Add(jsonOf(f, broken().result()))
	f.Add([]byte(`{"schema":1,"verdict":"pass","windows":{"before":null},"injections":[{}]}`))
	f.Add([]byte(`{"schema":1,"verdict":"pass","phases":[{"began":9,"ended":1}],"counts":{"lost":18446744073709551615}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		if out := jsonOf(t, r); !json.Valid(out) {
			t.Fatalf("not JSON: %s", out)
		}
		var b bytes.Buffer
		if err := WriteSummary(&b, r, SummaryOptions{}); err != nil {
			t.Fatal(err)
		}
		b.WriteString(markdownOf(t, r))
		for _, c := range b.String() {
			if c < ' ' && c != '\n' {
				t.Fatalf("control character %U in %q", c, b.String())
			}
		}
		if err := keepsSchema(junitOf(t, r)); err != nil {
			t.Fatalf("junit.xml: %v", err)
		}
		for name, write := range tables(r) {
			b.Reset()
			if err := write(&b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, c := range slices.Concat(rows...) {
				if isFormula(c) {
					t.Fatalf("%s: cell %q is a formula", name, c)
				}
			}
		}
	})
}
