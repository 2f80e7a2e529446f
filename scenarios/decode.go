package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A decoder fills the types of the language from a tree. It notes every mistake and goes on, and remembers where each
// value stands and which ones are not to be trusted, so that the validation can name places and does not follow up on
// mistakes.
type decoder struct {
	problem report
	// places maps paths such as "workload.publishers[0].rate" to where the value stands; absent keys have none.
	places map[string]place
	// bad holds the paths whose values could not be read.
	bad map[string]bool
}

func newDecoder(problem report) *decoder {
	return &decoder{problem: problem, places: map[string]place{}, bad: map[string]bool{}}
}

// fail notes a mistake in the value of a path.
func (d *decoder) fail(path string, at place, format string, args ...any) {
	d.bad[path] = true
	d.problem(at, format, args...)
}

// value decodes n into v.
func (d *decoder) value(n *node, v reflect.Value, path string) {
	d.places[path] = n.place
	t := v.Type()
	switch {
	case n.kind == nodeInvalid:
		d.bad[path] = true
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(n, v.Elem(), path)
	case isSection(t):
		d.section(n, v, path)
	case t.Kind() == reflect.Slice:
		d.list(n, v, path)
	case n.kind == nodeNull && t.Kind() == reflect.String && wordsOf(t) == nil:
		d.fail(path, n.place, "%s is empty: want a text, in quotes if it begins with #", title(path))
	case n.kind == nodeNull:
		d.fail(path, n.place, "%s is empty: want %s", title(path), noun(t))
	case n.kind != nodeScalar:
		d.fail(path, n.place, "%s is %s: want %s", title(path), n.kind, noun(t))
	default:
		if err := setScalar(v, n.text, n.quoted); err != nil {
			d.fail(path, n.place, "%s: %v", title(path), err)
		}
	}
}

// section decodes a mapping into a struct, and fills in the defaults of absent keys. An empty value counts as an empty
// mapping: it is what remains when all its lines are commented out.
func (d *decoder) section(n *node, v reflect.Value, path string) {
	t := v.Type()
	if n.kind != nodeMapping && n.kind != nodeNull {
		d.fail(path, n.place, "%s is %s: want %s", title(path), n.describe(), noun(t))
		return
	}
	meant := d.unknownKeys(n, t, path)
	for _, f := range fieldsOf(t) {
		child := join(path, f.key)
		if value := n.get(f.key); value != nil {
			d.value(value, v.Field(f.index), child)
			continue
		}
		switch {
		case meant[f.key] || n.incomplete:
			// The key may well be there, misspelt or merged: that has been reported, and its value is not known.
			d.bad[child] = true
		case f.required:
			d.fail(child, n.place, "%s lacks the key %s (%s): want %s",
				title(path), f.key, help(t.Name()+"."+f.key), noun(f.typ))
		default:
			d.absent(f, v.Field(f.index), n.place, child)
		}
	}
}

// unknownKeys reports the keys of a mapping that the section does not have, and returns the absent ones that were
// probably meant.
func (d *decoder) unknownKeys(n *node, section reflect.Type, path string) map[string]bool {
	keys := keysOf(section)
	meant := map[string]bool{}
	for _, e := range n.keys {
		if slices.Contains(keys, e.key) {
			continue
		}
		d.problem(e.place, "unknown key %q in %s: %s", shorten(e.key), title(path), unknownKey(e.key, path, section))
		if near := nearest(e.key, keys); near != "" && n.get(near) == nil {
			meant[near] = true
		}
	}
	return meant
}

// absent gives a key that the file does not have its default.
func (d *decoder) absent(f field, v reflect.Value, at place, path string) {
	if isSection(f.typ) {
		d.section(&node{kind: nodeMapping, place: at}, v, path)
		return
	}
	if f.fallback == "" {
		return
	}
	if err := setScalar(v, f.fallback, false); err != nil {
		panic(fmt.Sprintf("the default of %s: %v", path, err))
	}
}

// list decodes a sequence; an empty value counts as an empty list.
func (d *decoder) list(n *node, v reflect.Value, path string) {
	switch n.kind {
	case nodeNull:
		return
	case nodeSequence:
	default:
		d.fail(path, n.place, "%s is %s: want a list, each element behind a dash", title(path), n.describe())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, v.Index(i), path+"["+strconv.Itoa(i)+"]")
	}
}

// setScalar reads a single value as the type wants it. The error says what was expected, but not where.
func setScalar(v reflect.Value, text string, quoted bool) error {
	if handled, err := setUnit(v, text); handled {
		return err
	}
	if known := wordsOf(v.Type()); known != nil {
		for _, word := range known {
			if text == word {
				v.SetString(text)
				return nil
			}
		}
		return fmt.Errorf("unknown word %q: %s", shorten(text), wordHint(text, known))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Bool:
		if quoted || text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", shorten(text))
		}
		v.SetBool(text == "true")
		return nil
	default:
		return setNumber(v, text, quoted)
	}
}

// wordHint proposes the nearest word of an enumeration and lists them all.
func wordHint(text string, known []string) string {
	if near := nearest(text, known); near != "" && len(known) > 1 {
		return fmt.Sprintf("did you mean %s? (want %s)", near, oneOf(known))
	}
	return "want " + oneOf(known)
}

// setNumber reads a whole number within the bounds of the type.
func setNumber(v reflect.Value, text string, quoted bool) error {
	want := noun(v.Type())
	digits := strings.TrimPrefix(text, "-")
	switch {
	case quoted && isDigits(digits):
		return fmt.Errorf("%q is a text: want the number %s without quotes", shorten(text), shorten(text))
	case !isDigits(digits):
		return fmt.Errorf("%q is no number: want %s", shorten(text), want)
	}
	if v.CanInt() {
		number, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s is out of range: want %s", shorten(text), want)
		}
		v.SetInt(number)
		return nil
	}
	number, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err != nil || v.Type() == reflect.TypeFor[QoS]() && number > 2 {
		return fmt.Errorf("%s is out of range: want %s", shorten(text), want)
	}
	v.SetUint(number)
	return nil
}

// setUnit reads the types that carry a unit or have a form of their own.
func setUnit(v reflect.Value, text string) (handled bool, err error) {
	switch target := v.Addr().Interface().(type) {
	case *time.Duration:
		*target, err = parseDuration(text)
	case *Rate:
		*target, err = ParseRate(text)
	case *Ramp:
		*target, err = ParseRamp(text)
	case *Replay:
		target.File = text
	case *Size:
		*target, err = ParseSize(text)
	case *Percent:
		*target, err = ParsePercent(text)
	case *Bandwidth:
		*target, err = ParseBandwidth(text)
	case *CPUs:
		*target, err = ParseCPUs(text)
	case *Span:
		*target, err = ParseSpan(text)
	case *Backoff:
		*target, err = ParseBackoff(text)
	case *Threshold:
		*target, err = ParseThreshold(text)
	default:
		return false, nil
	}
	return true, err
}

// shorten cuts a text for a message.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// join puts a key behind a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
