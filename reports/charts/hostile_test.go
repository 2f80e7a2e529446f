package charts_test

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/charts"
)

// evil is a text that tries every way out of where it stands.
const evil = `</script><script>window.injected=1</script>"'><img src=x onerror=window.injected=1>&amp;{{.}}` + "\x00\x1b[31m\u202e\u2028\xff" + `-->]]>` +
	"A very long name that no margin has room for, whatever its width"

// hostile is a document whose every text is evil, and whose values are the worst there are.
func hostile(t testing.TB) []byte {
	t.Helper()
	var set charts.Set
	caption := charts.Caption{Title: evil, Description: evil, Note: evil}
	axis := charts.Axis{Title: evil, Unit: charts.Nanoseconds}
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -5, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64}
	xs := make([]time.Duration, len(bad))
	for i := range xs {
		xs[i] = time.Duration(i) * time.Second
	}
	s := charts.Span{
		Name: evil, Ended: 7 * time.Second, Phases: []charts.Phase{{Name: evil, Ended: -1}},
		Faults: []charts.Fault{{Number: 1, Name: evil, Began: time.Second, Ended: 2 * time.Second}},
	}
	body := []template.HTML{
		set.Timeline(charts.Timeline{Caption: caption, Span: s, Axis: axis, X: xs, Series: []charts.Series{{Name: evil, Note: evil, Y: bad}, {Name: evil}}}),
		set.Timeline(charts.Timeline{Caption: caption, Span: s, Axis: charts.Axis{Log: true}, X: xs, Series: []charts.Series{{Name: evil, Y: bad}}}),
		set.Timeline(charts.Timeline{Caption: caption, Axis: axis}),
		set.Percentiles(charts.Percentiles{Caption: caption, Axis: axis, Series: []charts.Quantiles{{Name: evil, Note: evil, Points: []charts.Quantile{{0, 1}, {math.NaN(), 2}, {1, 3}, {-1, 4}, {0.5, math.NaN()}}}, {Name: evil}}}),
		set.Recovery(charts.Recovery{Caption: caption, Series: []charts.Recovered{{Name: evil, Note: evil, Affected: 1, Times: []time.Duration{5, 6, -1}, Marks: []charts.Mark{{Name: evil, At: 5}}}, {Name: evil}, {Name: evil, Affected: 3}, {Name: evil, Affected: -3, Times: xs}}}),
		set.Distribution(charts.Distribution{Caption: caption, Axis: axis, Samples: []charts.Sample{{Name: evil, Note: evil, Values: bad, Never: 4}, {Name: evil}}}),
		set.Distribution(charts.Distribution{Caption: caption, Axis: axis, Samples: []charts.Sample{{Name: evil, Values: make([]float64, 100)}}}),
		set.Heat(charts.Heat{Caption: caption, Span: s, What: evil, Rows: []charts.HeatRow{{Name: evil, Counts: []uint64{1, math.MaxUint64}}, {Name: evil}}}),
		set.Heat(charts.Heat{Caption: caption}),
		set.Intervals(charts.Intervals{Caption: caption, Series: []string{evil, evil}, Rows: []charts.IntervalRow{{Title: evil, Note: evil, Axis: axis, Of: []charts.Interval{{Median: 1, Low: math.Inf(-1), High: math.NaN(), Runs: bad}}}, {}}}),
		charts.FaultList(s),
	}
	return document(t, &set, body)
}

// TestWellFormed holds for any text that a chart is well-formed, that the text is in it as it is, and that nothing in it
// needs what a strict page forbids: no style attribute, no handler, no address.
func TestWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		var set charts.Set
		s := charts.Span{Name: text, Ended: 10 * time.Second, Faults: []charts.Fault{{Number: 1, Name: text, Ended: time.Second}}, Phases: []charts.Phase{{Name: text, Ended: -1}}}
		html := string(set.Timeline(charts.Timeline{
			Caption: charts.Caption{Title: text, Description: text, Note: text}, Span: s, Axis: charts.Axis{Title: text},
			X: []time.Duration{time.Second, 2 * time.Second}, Series: []charts.Series{{Name: text, Note: text, Y: []float64{1, 2}}},
		}) + set.Intervals(charts.Intervals{Series: []string{text}, Rows: []charts.IntervalRow{{Title: text, Note: text, Of: []charts.Interval{{Median: 1}}}}}) + charts.FaultList(s))
		data, err := set.Data()
		if err != nil {
			t.Fatal(err)
		}
		forbidden := regexp.MustCompile(`^(on|style$|href$|src$|xlink)`)
		var titles []string
		decoder := xml.NewDecoder(strings.NewReader("<html>" + html + string(data) + "</html>"))
		for in := ""; ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, html)
			}
			switch e := token.(type) {
			case xml.StartElement:
				in = ""
				for _, a := range e.Attr {
					if forbidden.MatchString(a.Name.Local) {
						t.Fatalf("an attribute %s", a.Name.Local)
					}
					if a.Name.Local == "class" && a.Value == "chart-title" {
						in = a.Value
					}
				}
			case xml.CharData:
				if in != "" {
					titles = append(titles, string(e))
				}
			case xml.EndElement:
				in = ""
			}
		}
		if got := strings.Join(titles, ""); got != charts.Plain(text) {
			t.Fatalf("the title is %q, want %q", got, charts.Plain(text))
		}
	})
}

// TestHostileTexts holds that no text of a chart becomes markup, and that no coordinate is anything but a number.
func TestHostileTexts(t *testing.T) {
	page := string(hostile(t))
	body := page[strings.Index(page, "</style>"):strings.LastIndex(page, "<script>")]
	for _, never := range []string{"<img", "<script>", "\x00", "\x1b", "\u202e", "\u2028", "NaN", "Inf%", `"Inf`, "+Inf", "-->"} {
		if strings.Contains(body, never) {
			t.Errorf("the page has %q", never)
		}
	}
	if got := strings.Count(body, "</script>"); got != 1 {
		t.Errorf("%d ends of scripts, want that of the data", got)
	}
}
