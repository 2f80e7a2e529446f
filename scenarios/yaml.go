package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// YAML returns the effective scenario, defaults and overrides included, in a form that loads to the same scenario.
func (s *Scenario) YAML() ([]byte, error) {
	w := writer{plain: regexp.MustCompile(plainPattern)}
	w.section(reflect.ValueOf(s).Elem(), "")
	if w.err != nil {
		return nil, fmt.Errorf("write scenario %q: %w", s.Name, w.err)
	}
	return w.text.Bytes(), nil
}

// A writer puts values of the language into YAML: sections and lists in block style, one key to a line.
type writer struct {
	text  bytes.Buffer
	plain *regexp.Regexp
	err   error
}

// section writes the keys of a struct, each behind the indent except for the first one, which stands where the caller
// is. It leaves out what is absent: keys with the zero value, unless that is a number which would read back as another
// default.
func (w *writer) section(v reflect.Value, indent string) {
	first := true
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		zeroMatters := f.fallback != "" && (value.CanInt() || value.CanUint() || value.CanFloat() || value.Kind() == reflect.Bool)
		if !f.required && value.IsZero() && !zeroMatters {
			continue
		}
		if !first {
			w.text.WriteString(indent)
		}
		first = false
		w.text.WriteString(f.key + ":")
		w.value(value, indent)
	}
	if first {
		w.text.WriteString("{}\n")
	}
}

// value writes what stands behind a key and its colon.
func (w *writer) value(v reflect.Value, indent string) {
	deeper := indent + "  "
	switch {
	case v.Kind() == reflect.Pointer:
		w.value(v.Elem(), indent)
	case isSection(v.Type()):
		w.text.WriteString("\n" + deeper)
		w.section(v, deeper)
	case v.Kind() == reflect.Slice && v.Len() == 0:
		w.text.WriteString(" []\n")
	case v.Kind() == reflect.Slice:
		w.text.WriteByte('\n')
		for i := range v.Len() {
			w.text.WriteString(deeper + "-")
			switch item := v.Index(i); {
			case isSection(item.Type()):
				w.text.WriteByte(' ')
				w.section(item, deeper+"  ")
			case item.Kind() == reflect.Slice:
				w.list(item)
			default:
				w.scalar(item)
			}
		}
	default:
		w.scalar(v)
	}
}

// list writes a list within a list on one line. The lists of JSON are a part of those of YAML.
func (w *writer) list(v reflect.Value) {
	text, err := json.Marshal(v.Interface())
	w.err = errors.Join(w.err, err)
	w.text.WriteString(" " + string(text) + "\n")
}

// scalar writes a single value and ends the line.
func (w *writer) scalar(v reflect.Value) {
	text := ""
	switch value := v.Interface().(type) {
	case time.Duration:
		text = formatDuration(value)
	case Rate, Size, Backoff, Span, Percent, Bandwidth, CPUs:
		text = fmt.Sprint(value)
	case Ramp:
		text = value.String()
	case Replay:
		text = w.quoted(value.File)
	case Threshold:
		if text = value.Expression; text == "" {
			text = value.String()
		}
		text = w.quoted(text)
	default:
		if text = fmt.Sprint(value); v.Kind() == reflect.String {
			text = w.quoted(text)
		}
	}
	w.text.WriteString(" " + text + "\n")
}

// plainPattern is the form of texts that need no quotes, except for [plainWords].
const plainPattern = `^[A-Za-z][A-Za-z0-9_./{}()+=<>!,;-]*( [A-Za-z0-9_./{}()+=<>!,;-]+)*$`

// plainWords are what YAML 1.1 or 1.2 readers take for something else than text.
func plainWords() []string {
	return []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
}

// quoted puts a text into quotes where it needs them. The quoted texts of JSON are a part of those of YAML.
func (w *writer) quoted(text string) string {
	if w.plain.MatchString(text) && !slices.Contains(plainWords(), strings.ToLower(text)) {
		return text
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		w.err = err
	}
	return strings.TrimSuffix(b.String(), "\n")
}
