package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// schemaID names the schema to editors.
const schemaID = "https://github.com/mqbench/mqbench/scenario.schema.json"

// Schema returns the JSON Schema of scenario files, for editors: keys, their types, units, words and defaults. What
// contradicts something else is for [Parse] to find.
func Schema() ([]byte, error) {
	reflector := jsonschema.Reflector{
		FieldNameTag:   "yaml",
		ExpandedStruct: true,
		Anonymous:      true,
		Mapper:         schemaOf,
		LookupComment:  comment,
	}
	schema := reflector.Reflect(&Scenario{})
	schema.ID = schemaID
	schema.Title = "mqbench scenario"
	for name, section := range schema.Definitions {
		if t, known := sections()[name]; known {
			refine(section, t)
		}
	}
	refine(schema, reflect.TypeFor[Scenario]())
	// One of filter and filters has to be there, which no tag of a field can say.
	for _, name := range []string{"SubscriberGroup", "Downlink"} {
		schema.Definitions[name].OneOf = []*jsonschema.Schema{
			{Required: []string{"filter"}}, {Required: []string{"filters"}},
		}
	}
	// So has a rate of some kind.
	for _, key := range rateKeys() {
		group := schema.Definitions["PublisherGroup"]
		group.AnyOf = append(group.AnyOf, &jsonschema.Schema{Required: []string{key}})
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(text, '\n'), nil
}

// sections maps the names of the types that are sections of a scenario to them.
func sections() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	var search func(t reflect.Type)
	search = func(t reflect.Type) {
		found[t.Name()] = t
		for _, f := range fieldsOf(t) {
			if section, is := sectionOf(f.typ); is {
				search(section)
			}
		}
	}
	search(reflect.TypeFor[Scenario]())
	return found
}

// refine adds to the schema of a section what its types do not say: defaults, the form of names and the least of
// counts.
func refine(schema *jsonschema.Schema, t reflect.Type) {
	for _, f := range fieldsOf(t) {
		property, found := schema.Properties.Get(f.key)
		if !found {
			continue
		}
		if f.typ.Kind() == reflect.String && (f.key == "name" || f.key == "share") {
			property.Pattern = namePattern
		}
		if f.typ.Kind() == reflect.Uint8 && f.fallback != "" {
			property.Default = json.Number(f.fallback)
			continue
		}
		if f.typ.Kind() == reflect.Bool && f.fallback != "" {
			property.Default = f.fallback == "true"
			continue
		}
		if f.typ.Kind() != reflect.Int {
			if f.fallback != "" {
				property.Default = f.fallback
			}
			continue
		}
		property.Minimum = "1"
		if f.key == "backlog" {
			property.Minimum = "0"
		}
		if f.fallback != "" {
			property.Default = json.Number(f.fallback)
		}
	}
}

// comment gives the library the description of a type's key.
func comment(t reflect.Type, goName string) string {
	if goName == "" || !isSection(t) {
		return ""
	}
	f, _ := t.FieldByName(goName)
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return help(t.Name() + "." + key)
}

// The forms of the types that carry a unit, as regular expressions that editors know.
const (
	durationPattern = `^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$`
	ratePattern     = `^([0-9]+(\.[0-9]+)?/(s|m|h)|max)$`
	rampPattern     = `^[0-9]+(\.[0-9]+)?/(s|m|h)( *\.\. *[0-9]+(\.[0-9]+)?/(s|m|h))?$`
	sizePattern     = `^[0-9]+(\.[0-9]+)?(B|kB|MB|GB|KiB|MiB|GiB)$`
	percentPattern  = `^([0-9]|[1-9][0-9]|100)(\.[0-9]+)?%$`
	bitsPattern     = `^[0-9]+(\.[0-9]+)?(bit|kbit|Mbit|Gbit)/s$`
	spanPattern     = `^[0-9.]+[a-zµ][0-9.a-zµ]*( *\.\. *[0-9.]+[a-zµ][0-9.a-zµ]*)?$`
	backoffPattern  = `^[0-9.]+[a-zµ][0-9.a-zµ]* *\.\. *[0-9.]+[a-zµ][0-9.a-zµ]*$`
)

// schemaOf describes the types that are more than their Go kind; nil leaves a type to the library.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return pattern(durationPattern, "5s", "250ms")
	case reflect.TypeFor[Rate]():
		return pattern(ratePattern, "500/s", "30/m")
	case reflect.TypeFor[Ramp]():
		return pattern(rampPattern, "500/s", "0/s..50/s")
	case reflect.TypeFor[Replay]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[Size]():
		return pattern(sizePattern, "128B", "4KiB")
	case reflect.TypeFor[Percent]():
		return pattern(percentPattern, "5%", "100%")
	case reflect.TypeFor[Bandwidth]():
		return pattern(bitsPattern, "250kbit/s", "1Mbit/s")
	case reflect.TypeFor[CPUs]():
		return &jsonschema.Schema{Type: "number", Minimum: json.Number(minCPUs.String()), Examples: []any{0.5, 2}}
	case reflect.TypeFor[Span]():
		return pattern(spanPattern, "30s..2m", "30s")
	case reflect.TypeFor[Backoff]():
		return pattern(backoffPattern, "50ms..1s")
	case reflect.TypeFor[Threshold]():
		return pattern(thresholdPattern(), "lost == 0", "end_to_end.p99 < 500ms before faults", "failover.p99 < 5s")
	case reflect.TypeFor[QoS]():
		return &jsonschema.Schema{Type: "integer", Enum: []any{0, 1, 2}}
	}
	known := wordsOf(t)
	if known == nil {
		return nil
	}
	schema := &jsonschema.Schema{Type: "string"}
	for _, word := range known {
		schema.Enum = append(schema.Enum, word)
	}
	return schema
}

func pattern(form string, examples ...any) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: form, Examples: examples}
}

// thresholdPattern is the form of a threshold, made of the words that the language knows.
func thresholdPattern() string {
	either := func(list []string) string { return "(" + strings.Join(list, "|") + ")" }
	times := either(metricsOf(KindLatency, KindFailover)) + `\.` + either(append(statistics(), statisticNever))
	return `^ *(` + either(metricsOf(singleKinds()...)) + "|" + times + `) *` + either(words(operators()...)) +
		` *[0-9][0-9.a-zA-Zµ/]*( +` + either(words(windows()...)) + `)? *$`
}
