package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A numbering gives every field of a value a value that no other one has, and remembers which.
type numbering struct {
	next  int64
	paths map[string]string
}

func (n *numbering) fill(v reflect.Value, path string) {
	n.next++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("t%d", n.next))
		n.paths[v.String()] = path
	case reflect.Int, reflect.Int64:
		v.SetInt(n.next)
		n.paths[fmt.Sprint(n.next)] = path
	case reflect.Uint64:
		v.SetUint(uint64(n.next))
		n.paths[fmt.Sprint(n.next)] = path
	case reflect.Float64:
		v.SetFloat(float64(n.next) + 0.5)
		n.paths[fmt.Sprintf("%d.5", n.next)] = path
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		n.fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		n.fill(v.Index(0), path+"[]")
	case reflect.Map:
		n.fillMap(v, path)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			n.fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	default: // bits and bytes are not many enough to be told apart
	}
}

// fillMap gives a map an element; that of windows has a name which is known.
func (n *numbering) fillMap(v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	n.fill(key, path+" key")
	if path == ".Windows" {
		key.SetString("before")
	}
	n.fill(value, path+"[]")
	v.SetMapIndex(key, value)
}

// TestTablesHaveEverything: each figure and text of a result is in one of its tables.
func TestTablesHaveEverything(t *testing.T) {
	n := numbering{next: 1_000_000, paths: map[string]string{}}
	var r Result
	n.fill(reflect.ValueOf(&r).Elem(), "")
	var cells []string
	for name, write := range tables(&r) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cells = append(cells, slices.Concat(rows...)...)
	}
	all := "\n" + strings.Join(cells, "\n") + "\n"
	for value, path := range n.paths {
		if path != ".Windows key" && !strings.Contains(all, value) {
			t.Errorf("%s is in no table", path)
		}
	}
}
