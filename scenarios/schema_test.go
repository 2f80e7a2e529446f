package scenarios_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/mqbench/mqbench/scenarios"
)

// A schema is as much of JSON Schema as ours uses.
type schema struct {
	Ref         string             `json:"$ref"`
	Definitions map[string]*schema `json:"$defs"`
	Type        string             `json:"type"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Additional  *bool              `json:"additionalProperties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Enum        []any              `json:"enum"`
	Pattern     string             `json:"pattern"`
	Minimum     *float64           `json:"minimum"`
	OneOf       []*schema          `json:"oneOf"`
	AnyOf       []*schema          `json:"anyOf"`
	Default     any                `json:"default"`
	root        *schema
}

func loadSchema(t *testing.T) *schema {
	t.Helper()
	text, err := scenarios.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	s.root = &s
	return &s
}

// check validates a YAML text.
func (s *schema) check(text []byte) error {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return err
	}
	return s.root.accepts(s.root, value, "")
}

func (s *schema) accepts(root *schema, value any, path string) error {
	if s.Ref != "" {
		return root.Definitions[strings.TrimPrefix(s.Ref, "#/$defs/")].accepts(root, value, path)
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(value) }) {
		return fmt.Errorf("%s: %v is none of %v", path, value, s.Enum)
	}
	switch s.Type {
	case "object":
		return s.acceptsObject(root, value, path)
	case "array":
		list, is := value.([]any)
		if !is {
			return fmt.Errorf("%s: %T is no list", path, value)
		}
		var errs []error
		for i, item := range list {
			errs = append(errs, s.Items.accepts(root, item, fmt.Sprintf("%s[%d]", path, i)))
		}
		return errors.Join(errs...)
	case "string":
		text, is := value.(string)
		if !is {
			return fmt.Errorf("%s: %T is no text", path, value)
		}
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
			return fmt.Errorf("%s: %q does not match %s", path, text, s.Pattern)
		}
	case "integer":
		number := reflect.ValueOf(value)
		if !number.CanInt() && !number.CanUint() {
			return fmt.Errorf("%s: %T is no whole number", path, value)
		}
		if s.Minimum != nil && number.CanUint() && float64(number.Uint()) < *s.Minimum {
			return fmt.Errorf("%s: %v is below %v", path, value, *s.Minimum)
		}
	case "number":
		if number := reflect.ValueOf(value); !number.CanInt() && !number.CanUint() && !number.CanFloat() {
			return fmt.Errorf("%s: %T is no number", path, value)
		}
	case "boolean":
		if _, is := value.(bool); !is {
			return fmt.Errorf("%s: %T is neither true nor false", path, value)
		}
	default:
		return fmt.Errorf("%s: the schema has no type", path)
	}
	return nil
}

func (s *schema) acceptsObject(root *schema, value any, path string) error {
	object, is := value.(map[string]any)
	if !is {
		return fmt.Errorf("%s: %T is no mapping", path, value)
	}
	var errs []error
	for key, inner := range object {
		property, known := s.Properties[key]
		if !known {
			errs = append(errs, fmt.Errorf("%s has the unknown key %s", path, key))
			continue
		}
		errs = append(errs, property.accepts(root, inner, path+"."+key))
	}
	for _, key := range s.Required {
		if _, there := object[key]; !there {
			errs = append(errs, fmt.Errorf("%s lacks %s", path, key))
		}
	}
	if len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(any *schema) bool { return object[any.Required[0]] != nil }) {
		errs = append(errs, fmt.Errorf("%s fits none of the alternatives", path))
	}
	if len(s.OneOf) > 0 {
		fits := 0
		for _, one := range s.OneOf {
			if !slices.ContainsFunc(one.Required, func(key string) bool { return object[key] == nil }) {
				fits++
			}
		}
		if fits != 1 {
			errs = append(errs, fmt.Errorf("%s fits %d of the alternatives, want 1", path, fits))
		}
	}
	return errors.Join(errs...)
}

// TestSchemaHasEveryKey walks the types of the language beside the schema.
func TestSchemaHasEveryKey(t *testing.T) {
	root := loadSchema(t)
	var walk func(s *schema, typ reflect.Type, path string)
	walk = func(s *schema, typ reflect.Type, path string) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			if typ.Kind() == reflect.Slice {
				if s = s.Items; s == nil {
					t.Errorf("%s is a list without items", path)
					return
				}
			}
			typ = typ.Elem()
		}
		if s.Ref != "" {
			s = root.Definitions[strings.TrimPrefix(s.Ref, "#/$defs/")]
		}
		scalars := []reflect.Type{
			reflect.TypeFor[scenarios.Backoff](), reflect.TypeFor[scenarios.Threshold](), reflect.TypeFor[scenarios.Ramp](),
			reflect.TypeFor[scenarios.Replay](), reflect.TypeFor[scenarios.Span](),
		}
		if typ.Kind() != reflect.Struct || slices.Contains(scalars, typ) {
			if s.Type == "" {
				t.Errorf("%s has no type", path)
			}
			return
		}
		if s.Additional == nil || *s.Additional || len(s.Properties) != typ.NumField() {
			t.Errorf("%s has %d keys and may have others, want just %d", path, len(s.Properties), typ.NumField())
		}
		for i := range typ.NumField() {
			key, options, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			property := s.Properties[key]
			if property == nil {
				t.Errorf("%s lacks the key %s", path, key)
				continue
			}
			if property.Description == "" {
				t.Errorf("%s.%s has no description", path, key)
			}
			if required := slices.Contains(s.Required, key); required == (options == "omitempty") {
				t.Errorf("%s.%s is required: %t, want the opposite", path, key, required)
			}
			if want := typ.Field(i).Tag.Get("default"); want != "" && fmt.Sprint(property.Default) != want {
				t.Errorf("%s.%s has default %v, want %s", path, key, property.Default, want)
			}
			walk(property, typ.Field(i).Type, path+"."+key)
		}
	}
	walk(root, reflect.TypeFor[scenarios.Scenario](), "scenario")
}

func TestSchemaAcceptsShippedScenarios(t *testing.T) {
	root := loadSchema(t)
	for _, name := range scenarios.Shipped() {
		text, err := scenarios.ShippedFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := root.check(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	root := loadSchema(t)
	if err := root.check([]byte(minimal)); err != nil {
		t.Fatalf("the minimal scenario: %v", err)
	}
	for _, change := range [][2]string{
		{"2/s", "2"}, {"2/s", "2/d"}, {"10s", "10"}, {"qos: 1", "qos: 3"}, {"count: 3", "count: 0"}, {"topic:", "topics:"},
		{"mochi", "mochi, shape: ring"}, {"name: minimal", "name: Not A Name"}, {"rate: 2/s", "rate: 2/s, payload: 64"},
		{"mochi", "mochi, resources: {cpus: half}"}, {"mochi", "mochi, bridge: {direction: up}"},
		{"phases:", "chaos: [{at: 1s, fault: loss, loss: 5}]\nphases:"}, {"phases:", "chaos: [{at: 1s, fault: cpu, rate: 5/s}]\nphases:"},
		{"phases:", "chaos: [{at: 1s, fault: partition, sides: [b1, b2]}]\nphases:"},
	} {
		text := strings.Replace(minimal, change[0], change[1], 1)
		if text == minimal {
			t.Fatalf("nothing was changed by %q", change)
		}
		if err := root.check([]byte(text)); err == nil {
			t.Errorf("the schema accepts %q for %q", change[1], change[0])
		}
	}
}
