package check

import (
	"fmt"
	"strconv"
	"time"
)

// Span writes a span with three significant digits and the unit that suits it: "1.23 ms", "5.20 s", "2 min 05 s". A
// negative span is one that did not come to an end: "never".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "never"
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + " ns"
	}
	if text, ok := ThreeDigits(float64(d)/float64(time.Microsecond), "µs"); ok {
		return text
	}
	if text, ok := ThreeDigits(float64(d)/float64(time.Millisecond), "ms"); ok {
		return text
	}
	if d < 100*time.Second {
		if text, ok := ThreeDigits(d.Seconds(), "s"); ok && text != "100 s" {
			return text
		}
	}
	s := int64(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
}

// Moment writes a time of the run, with all its milliseconds: "12.4s", "11.846s" since its start.
func Moment(d time.Duration) string {
	// One division of a whole number, because the sum of seconds and a rest can have a digit far behind the point.
	return strconv.FormatFloat(float64(d.Round(time.Millisecond).Milliseconds())/1000, 'f', -1, 64) + "s"
}

// ThreeDigits writes v, which is at least 0.1, with three significant digits; ok is false when that takes it to 1000 or
// above, so that the next unit suits it better.
func ThreeDigits(v float64, unit string) (text string, ok bool) {
	digits := 0
	switch {
	case v < 9.995:
		digits = 2
	case v < 99.95:
		digits = 1
	}
	if v >= 999.5 {
		return "", false
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + unit, true
}
