package scenarios

import (
	"fmt"
	"reflect"
	"time"

	"github.com/goccy/go-yaml"
)

// YAML returns the effective scenario, defaults and overrides included, in a form that loads to the same scenario.
func (s *Scenario) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(written(reflect.ValueOf(s).Elem()), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write scenario %q: %w", s.Name, err)
	}
	return text, nil
}

// written turns a value of the language into what the YAML writer knows: mappings in order, lists, texts and numbers.
func written(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case time.Duration:
		return formatDuration(value)
	case Rate:
		return value.String()
	case Size:
		return value.String()
	case Backoff:
		return value.String()
	case Threshold:
		if value.Expression != "" {
			return value.Expression
		}
		return value.String()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return written(v.Elem())
	case reflect.Struct:
		return writtenSection(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = written(v.Index(i))
		}
		return list
	case reflect.String:
		return v.String()
	default:
		return v.Interface()
	}
}

// writtenSection leaves out what is absent: keys with the zero value, unless that is a number which would read back as another default.
func writtenSection(v reflect.Value) yaml.MapSlice {
	var section yaml.MapSlice
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		zeroMatters := f.fallback != "" && (value.CanInt() || value.CanFloat())
		if f.required || !value.IsZero() || zeroMatters {
			section = append(section, yaml.MapItem{Key: f.key, Value: written(value)})
		}
	}
	return section
}
