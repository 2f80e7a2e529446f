package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
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
		got, err := ReadResult(path)
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
	} {
		if text := jsonOf(t, r); bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: null in %s", name, text)
		}
	}
}

func TestReadResultRefuses(t *testing.T) {
	good := string(jsonOf(t, failover().result()))
	stories := []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
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
			r, err := ReadResult(path)
			if err == nil {
				t.Fatalf("read %+v", r)
			}
			if !strings.Contains(err.Error(), s.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%q, want the path and %q", err, s.want)
			}
		})
	}
	if _, err := ReadResult(filepath.Join(t.TempDir(), "missing.json")); err == nil || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("missing file: %v", err)
	}
}

// An accepted file can be shown and written again, whatever is in it.
func FuzzReadResult(f *testing.F) {
	f.Add(jsonOf(f, broken().result()))
	f.Add([]byte(`{"schema":1,"verdict":"pass","windows":{"before":null},"injections":[{}]}`))
	f.Add([]byte(`{"schema":1,"verdict":"pass","phases":[{"began":9,"ended":1}],"counts":{"lost":18446744073709551615}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseResult(text)
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
		for _, c := range b.String() {
			if c < ' ' && c != '\n' {
				t.Fatalf("control character %U in %q", c, b.String())
			}
		}
	})
}
