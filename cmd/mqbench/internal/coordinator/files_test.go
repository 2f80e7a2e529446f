package coordinator

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mqbench/mqbench/reports"
)

// payloads are what a name or a log line may be made of by somebody who wants to reach who reads a report.
func payloads() []string {
	return []string{
		`=HYPERLINK("http://evil.example","x")`, "\t+1", " @SUM(1)", "＝1", "x;=1",
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "</script><script>alert(1)</script>", "]]><x/>", "&lt;script&gt;",
		"\x1b[31mred\x1b]0;title\x07", "a\x00b", "\u202egpj.exe", "\u2028line", "a\nBenchmarkX 1 1 ns/op\nkey: value", "a\r\n::error::x",
		"| a | b |", "`x`", "@everyone #1 [a](javascript:alert(1))", "\xff\xfe", "\ufffe", strings.Repeat("long", 5000),
	}
}

// hostile is a result all of whose texts are one payload.
func hostile(payload string) *reports.Result {
	r := new(reports.Result)
	poison(reflect.ValueOf(r).Elem(), payload, 0)
	r.Schema = reports.Schema
	return r
}

// poison fills a value: texts with the payload, lists and maps with an element.
func poison(v reflect.Value, payload string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(payload)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		poison(v.Elem(), payload, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		poison(v.Index(0), payload, depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		poison(key, payload, depth+1)
		poison(value, payload, depth+1)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && depth < 20 {
				poison(v.Field(i), payload, depth+1)
			}
		}
	default: // numbers cannot be hostile in this way
	}
}

// TestHostileTexts: whatever the texts of a result are, each of its files is what it says it is, and none has a character
// that moves a cursor.
func TestHostileTexts(t *testing.T) {
	for _, payload := range payloads() {
		j := &Judged{Result: hostile(payload), Dir: &Dir{Root: t.TempDir()}}
		for _, f := range Rendered() {
			if f.OfRecord {
				continue
			}
			var b bytes.Buffer
			if err := f.Write(&b, j); err != nil {
				t.Errorf("%s of %.30q: %v", f.Name, payload, err)
				continue
			}
			if err := harmless(f.Name, b.Bytes()); err != nil {
				t.Errorf("%s of %.30q: %v", f.Name, payload, err)
			}
		}
	}
}

// harmless checks a file by the rules of its kind.
func harmless(name string, text []byte) error {
	for _, r := range string(text) {
		if r != '\n' && unicode.IsControl(r) || filepath.Ext(name) != ".json" && unicode.Is(unicode.Cf, r) {
			return fmt.Errorf("has the character %U", r)
		}
	}
	switch filepath.Ext(name) {
	case ".json":
		if !json.Valid(text) {
			return errors.New("is no JSON")
		}
	case ".xml":
		return wellFormed(text)
	case ".csv":
		return noFormulas(text)
	case ".html", ".md":
		lower := strings.ToLower(string(text))
		for _, bad := range []string{"<script>alert", "<img src=x", "<x/>", "href=\"javascript:"} {
			if strings.Contains(lower, bad) {
				return fmt.Errorf("has %s", bad)
			}
		}
	case ".txt":
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "BenchmarkX") || strings.HasPrefix(line, "key:") {
				return fmt.Errorf("has the line %q", line)
			}
		}
	default:
		return errors.New("nobody has said what is harmless in a file of its kind")
	}
	return nil
}

func wellFormed(text []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if e, start := token.(xml.StartElement); start && e.Name.Local == "x" {
			return errors.New("has an element that nobody wrote")
		}
	}
}

func noFormulas(text []byte) error {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	for _, c := range slices.Concat(rows...) {
		for part := range strings.SplitSeq(c, ";") {
			if part = strings.TrimSpace(part); part != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(part)[0]) {
				return fmt.Errorf("has the formula %.40q", c)
			}
		}
	}
	return nil
}

// A file that could not be written in one go leaves neither half of it nor a temporary one.
func TestWriteFilesIsWholeOrNot(t *testing.T) {
	d := &Dir{Root: t.TempDir()}
	broken := File{Name: "half.txt", Format: "txt", write: func(w io.Writer, _ *Judged) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, errors.New("the disk is full"))
	}}
	if err := d.WriteFiles(&Judged{}, []File{broken}); !errors.Is(err, ErrUnwritten) || !strings.Contains(err.Error(), "half.txt") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(d.Root); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
