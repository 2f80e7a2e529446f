package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

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

// ReadResult reads a result.json of this or an older mqbench. It refuses, and says why: a file that is no JSON or is
// cut off, JSON that is not a result of mqbench, and a result with a newer schema.
func ReadResult(path string) (*Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	r, err := parseResult(text)
	if err != nil {
		return nil, fmt.Errorf("read result %q: %w", path, err)
	}
	return r, nil
}

func parseResult(text []byte) (*Result, error) {
	if len(text) == 0 {
		return nil, errors.New("the file is empty")
	}
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, explain(err, len(text))
	}
	switch {
	case head.Schema == nil:
		return nil, errors.New("not a result of mqbench: it has no schema number")
	case *head.Schema < 1:
		return nil, fmt.Errorf("not a result of mqbench: schema %d never existed", *head.Schema)
	case *head.Schema > Schema:
		return nil, fmt.Errorf("written by a newer mqbench: it has schema %d, this one reads up to %d", *head.Schema, Schema)
	}
	r := new(Result)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, explain(err, len(text))
	}
	switch check.Verdict(r.Verdict) {
	case check.Pass, check.Inconclusive, check.Fail:
	default:
		return nil, fmt.Errorf("unknown verdict %q (want %s, %s or %s)", r.Verdict, check.Pass, check.Inconclusive, check.Fail)
	}
	r.complete()
	return r, nil
}

// explain turns an error of the JSON decoder into words for somebody who only wanted to compare two runs.
func explain(err error, size int) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && syntax.Offset >= int64(size):
		return fmt.Errorf("the file is cut off after %d bytes: %w", size, err)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("not a result of mqbench: it is a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("not a result of mqbench: field %q at byte %d is a %s (want %s)",
			kind.Field, kind.Offset, kind.Value, kind.Type)
	default:
		return err
	}
}
