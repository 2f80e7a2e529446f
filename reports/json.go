package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mqbench/mqbench/reports/check"
)

// WriteJSON writes the result as result.json has it.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write result.json: %w", err)
	}
	return nil
}

// largest is the size in bytes above which a file is not read: a thousand injections at a hundred brokers have less.
const largest = 64 << 20

// Load reads the result of a run by this or an older mqbench: a result.json, or the run directory that has one. It
// refuses, and says why: a file that is no JSON or is cut off, JSON that is not a result of mqbench, and a result with
// a newer schema.
func Load(path string) (*Result, error) {
	file := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		file = filepath.Join(path, "result.json")
	}
	r, err := load(file)
	if errors.Is(err, fs.ErrNotExist) && file != path {
		return nil, absent(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read result %q: %w", file, err)
	}
	return r, nil
}

// absent says what is to be done about a folder without a result.
func absent(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "history")); err == nil {
		return fmt.Errorf("run directory %q has no result.json, since the run was not judged: do so with `mqbench check %s`", dir, dir)
	}
	return fmt.Errorf("%q is not a run directory: it has no result.json", dir)
}

func load(file string) (*Result, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parseResult(text)
}

// readFile reads a file that may be a result.
func readFile(file string) (_ []byte, err error) {
	info, err := os.Stat(file) // before it is opened: to open a pipe is to wait for its other end
	switch {
	case err != nil:
		return nil, plainly(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, plainly(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return readAll(f)
}

// plainly leaves out the path and the call of a file's error: who calls names the path.
func plainly(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// Read reads what [Result.WriteJSON] of this or an older mqbench has written, as [Load] does.
func Read(from io.Reader) (*Result, error) {
	text, err := readAll(from)
	if err != nil {
		return nil, err
	}
	return parseResult(text)
}

// readAll reads as much as a result may have.
func readAll(from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, largest+1))
	switch {
	case err != nil:
		return nil, plainly(err)
	case len(text) > largest:
		return nil, fmt.Errorf("not a result of mqbench: it is larger than %s, which none is", Bytes(largest))
	}
	return text, nil
}

func parseResult(text []byte) (*Result, error) {
	r := new(Result)
	if err := parse(text, r); err != nil {
		return nil, err
	}
	if err := knownVerdict(r.Verdict); err != nil {
		return nil, err
	}
	r.complete()
	return r, nil
}

// parse reads a result, or the part of one that into has.
func parse(text []byte, into any) error {
	if err := foreign(text); err != nil {
		return err
	}
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return explain(err, len(text))
	}
	switch {
	case head.Schema == nil:
		return errors.New("not a result of mqbench: it has no schema number")
	case *head.Schema < 1:
		return fmt.Errorf("not a result of mqbench: schema %d never existed", *head.Schema)
	case *head.Schema > Schema:
		return fmt.Errorf("written by a newer mqbench: it has schema %d, this one reads up to %d; update mqbench to read it",
			*head.Schema, Schema)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return explain(err, len(text))
	}
	return nil
}

func knownVerdict(verdict string) error {
	switch check.Verdict(verdict) {
	case check.Pass, check.Inconclusive, check.Fail:
		return nil
	default:
		return fmt.Errorf("unknown verdict %q (want %s, %s or %s)", verdict, check.Pass, check.Inconclusive, check.Fail)
	}
}

// foreign tells by its first bytes what is no JSON at all, where a decoder would only name a byte.
func foreign(text []byte) error {
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")), bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return errors.New("it begins with a byte order mark, as some editors and shells write: save it as UTF-8 without one")
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		return errors.New("it is compressed by gzip: unpack it first")
	case trimmed[0] == '<':
		return errors.New("not a result of mqbench: it looks like HTML or XML (want a run's result.json)")
	}
	return nil
}

// explain turns an error of the JSON decoder into words for somebody who only wanted to compare two runs.
func explain(err error, size int) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && syntax.Offset >= int64(size):
		return fmt.Errorf("the file is cut off after %d bytes: copy it again, or judge its run again with `mqbench check`", size)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d (want a run's result.json): %w", syntax.Offset, err)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("not a result of mqbench: it is a JSON %s (want a run's result.json)", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("not a result of mqbench: field %q at byte %d is a %s (want %s)",
			kind.Field, kind.Offset, kind.Value, kind.Type)
	default:
		return err
	}
}
