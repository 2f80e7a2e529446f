package page

import (
	"reflect"

	"github.com/mqbench/mqbench/reports"
)

// cleaned is a copy of a result whose texts are fit to be shown, each on one line or, where it had several, on several.
// Templates escape what they write; this is for what is no markup and yet would mislead a reader: control characters and
// marks that turn the reading direction.
func cleaned(r *reports.Result) *reports.Result {
	return cleanCopy(reflect.ValueOf(r)).Interface().(*reports.Result)
}

// cleanCopy is a deep copy of a value of exported fields, with clean texts.
func cleanCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(reports.PrintableText(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(cleanCopy(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(cleanCopy(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for at := v.MapRange(); at.Next(); {
				out.SetMapIndex(cleanCopy(at.Key()), cleanCopy(at.Value()))
			}
		}
	case reflect.Struct:
		out.Set(v) // times have fields that are not exported
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(cleanCopy(v.Field(i)))
			}
		}
	default:
		out.Set(v)
	}
	return out
}
