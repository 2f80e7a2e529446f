package page

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/mqbench/mqbench/reports"
)

// figureRows bounds the table of every figure. A run of a few faults has about five hundred.
const figureRows = 800

// figureTable holds every value of result.json under its path there, as it stands there.
func figureTable(r *reports.Result) Table {
	t := Table{Caption: "result.json", Columns: []Column{{Title: "Value of", Text: true}, {Title: "is", Text: true}}}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		return Table{Notes: []string{"The result could not be written down: " + err.Error()}}
	}
	d := json.NewDecoder(&b)
	d.UseNumber()
	dropped := 0
	leaves(d, "", func(path, value string) {
		if len(t.Rows) >= figureRows {
			dropped++
			return
		}
		t.Rows = append(t.Rows, row(textCell(path), textCell(value)))
	})
	t.Notes = []string{
		"Times are in nanoseconds; those called began, healed and so on are since the start of the run. A time of -1 never came."}
	if dropped > 0 {
		t.Notes = append(t.Notes, reports.Count(uint64(dropped))+" further values are in result.json alone.")
	}
	return t
}

// leaves yields every value of the next JSON value that has no parts, with its path, in order.
func leaves(d *json.Decoder, path string, yield func(path, value string)) {
	token, err := d.Token()
	if err != nil {
		return // it was written by the same library
	}
	switch x := token.(type) {
	case json.Delim:
		for n := 0; d.More(); n++ {
			at := path + "[" + strconv.Itoa(n) + "]"
			if x == '{' {
				key, _ := d.Token()
				name, _ := key.(string)
				at = name
				if path != "" {
					at = path + "." + name
				}
			}
			leaves(d, at, yield)
		}
		_, _ = d.Token() // the closing delimiter
	case string:
		if x != "" {
			yield(path, x)
		}
	case json.Number:
		yield(path, x.String())
	case bool:
		yield(path, strconv.FormatBool(x))
	}
}
