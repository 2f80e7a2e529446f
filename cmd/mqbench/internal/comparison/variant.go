package comparison

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/mqbench/mqbench/scenarios"
)

// A Variant is one of the things that are compared.
type Variant struct {
	// Name is for people, Folder for the file system; both are its alone.
	Name, Folder string
	// Values are those of the dimensions, by their keys.
	Values map[string]string
	// Overrides make it of the scenario.
	Overrides []string
}

// maxVariants bounds the matrix: more than that nobody waits for.
const maxVariants = 200

// Variants is the matrix: the product of all dimensions, the last one varying fastest. The scenario is the one that is
// varied.
func Variants(dimensions []Dimension, s *scenarios.Scenario) ([]Variant, error) {
	if len(dimensions) == 0 {
		return nil, errors.New("nothing to compare: want --brokers a,b or --over key=value,value")
	}
	list := []Variant{{}}
	for i, d := range dimensions {
		if slices.ContainsFunc(dimensions[:i], func(other Dimension) bool { return PathOf(other.Key) == PathOf(d.Key) }) {
			return nil, fmt.Errorf("%s is there twice: want all its values in one list", d.Key)
		}
		var next []Variant
		for _, v := range list {
			for _, value := range d.Values {
				next = append(next, v.with(d, value, s))
			}
		}
		if list = next; len(list) > maxVariants {
			return nil, fmt.Errorf("the product of all values is more than %d variants", maxVariants)
		}
	}
	if len(list) < 2 {
		return nil, errors.New("nothing to compare: there is only one variant")
	}
	names := make([]string, len(list))
	for _, d := range dimensions {
		labels, taken := map[string]string{}, map[string]bool{}
		for _, value := range d.Values {
			labels[value] = fresh(taken, label(d.Key, value), " ")
		}
		for i, v := range list {
			names[i] = strings.TrimSpace(names[i] + " " + labels[v.Values[d.Key]])
		}
	}
	distinguish(list, names)
	return list, nil
}

// with is the variant with a value of a further dimension.
func (v Variant) with(d Dimension, value string, s *scenarios.Scenario) Variant {
	values := map[string]string{d.Key: value}
	for key, old := range v.Values {
		values[key] = old
	}
	return Variant{Values: values, Overrides: append(slices.Clone(v.Overrides), d.overrides(value, s)...)}
}

// distinguish gives the variants their names, and folders made of them. Those that would be the same are
// numbered.
func distinguish(list []Variant, names []string) {
	taken, used := map[string]bool{}, map[string]bool{}
	for i := range list {
		list[i].Name = fresh(taken, names[i], " ")
		list[i].Folder = fresh(used, folder(names[i]), "-")
	}
}

// fresh is the name, or the first with a number behind it that was not taken. File systems may not tell case.
func fresh(taken map[string]bool, name, gap string) string {
	candidate := name
	for n := 2; taken[strings.ToLower(candidate)]; n++ {
		candidate = fmt.Sprintf("%s%s%d", name, gap, n)
	}
	taken[strings.ToLower(candidate)] = true
	return candidate
}

// label is a value in a name: what speaks for itself stands alone. Two values may have the same, such as two recipe files
// of one name in two folders.
func label(key, value string) string {
	switch key {
	case "broker":
		if scenarios.IsRecipePath(value) {
			return strings.TrimSuffix(path.Base(value), path.Ext(value))
		}
		return value
	case "profile", "runtime", "shape", "library", "image", "transport":
		return value
	case "nodes":
		return value + " nodes"
	case "protocol":
		return "MQTT " + value
	case qosKey:
		return "QoS " + value
	default:
		return key[strings.LastIndexByte(key, '.')+1:] + "=" + value
	}
}

// folder is a name that every file system takes.
func folder(name string) string {
	const most = 60
	safe := strings.Map(func(c rune) rune {
		if c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("._=+", c)) {
			return c
		}
		return '-'
	}, name)
	for strings.Contains(safe, "--") {
		safe = strings.ReplaceAll(safe, "--", "-")
	}
	safe = strings.Trim(safe, "-.")
	if len(safe) > most {
		safe = strings.TrimRight(safe[:most], "-.")
	}
	if safe == "" {
		return "variant"
	}
	return safe
}
