package charts

import (
	"math"
	"strconv"
	"strings"
)

// A Unit says how values are written. Whole values are always written with all their digits, so that what the cursor
// shows is what the tables have; others have six significant digits.
type Unit string

// The units of values.
const (
	// Number is a count, or a rate whose axis says per what: "1,234".
	Number Unit = ""
	// Nanoseconds is a span of time, written in the unit that suits it: "250 µs", "9.123456 ms", "2 s".
	Nanoseconds Unit = "ns"
	// Bytes is a size, on axes in binary units ("64 MiB"), otherwise exact: "67,108,865 B".
	Bytes Unit = "B"
	// Share is a part of one, written in percent: 0.413 is "41.3 %".
	Share Unit = "share"
	// Clock is a time since the start of the run, in nanoseconds: "1:05", "0:17.5", "1:00:00".
	Clock Unit = "clock"
)

const (
	microsecond = 1e3
	millisecond = 1e6
	second      = 1e9
	minute      = 60 * second
	hour        = 60 * minute
)

// exact writes a value with every digit it has, see [Unit]. The script's function of the same name writes the same.
func exact(u Unit, v float64) string {
	if !drawable(v) {
		return "–"
	}
	switch u {
	case Nanoseconds:
		return span(v)
	case Bytes:
		return digits(v) + " B"
	case Share:
		return digits(round(v*100, 9)) + " %"
	case Clock:
		return clock(v)
	default:
		return digits(v)
	}
}

// label writes a value of an axis, which is a round one.
func label(u Unit, v float64) string {
	abs := math.Abs(v)
	switch {
	case u == Bytes:
		return binary(v)
	case u == Number && abs >= 1e6 && abs < 1e15:
		for _, s := range []struct {
			of   float64
			name string
		}{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}} {
			if abs >= s.of {
				return digits(round(v/s.of, 6)) + s.name
			}
		}
	}
	return exact(u, v)
}

func binary(v float64) string {
	abs := math.Abs(v)
	units := []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB"}
	i := 0
	for abs >= 1024 && i < len(units)-1 {
		abs, v, i = abs/1024, v/1024, i+1
	}
	return digits(round(v, 4)) + units[i]
}

func span(v float64) string {
	abs := math.Abs(v)
	switch {
	case v == 0:
		return "0 s"
	case abs < microsecond:
		return digits(v) + " ns"
	case abs < millisecond:
		return digits(v/microsecond) + " µs"
	case abs < second:
		return digits(v/millisecond) + " ms"
	default:
		return digits(v/second) + " s"
	}
}

// clock writes a time of the run: minutes and seconds, above an hour also hours.
func clock(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	v = math.Floor(v + 0.5)
	if v >= 1e15 {
		return sign + digits(v/hour) + " h"
	}
	h, m, ns := math.Floor(v/hour), math.Floor(math.Mod(v, hour)/minute), math.Mod(v, minute)
	s := digits(ns / second)
	if ns < 10*second {
		s = "0" + s
	}
	if h == 0 {
		return sign + digits(m) + ":" + s
	}
	text := digits(m)
	if m < 10 {
		text = "0" + text
	}
	return sign + digits(h) + ":" + text + ":" + s
}

// digits writes a number with its thousands separated, and as a power of ten what is too large or too small to be read
// that way.
func digits(v float64) string {
	abs := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case abs >= 1e15 || abs < 1e-6:
		text := strconv.FormatFloat(v, 'e', 3, 64)
		text = strings.Replace(text, "e+0", "e+", 1)
		return strings.Replace(text, "e-0", "e-", 1)
	}
	whole, fraction, has := strings.Cut(strconv.FormatFloat(abs, 'f', -1, 64), ".")
	var b strings.Builder
	if v < 0 {
		b.WriteByte('-')
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if has {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// round keeps a number of significant digits. What lies exactly in the middle goes away from zero, as in JavaScript.
func round(v float64, significant int) float64 {
	if v == 0 {
		return 0
	}
	away := math.Nextafter(v, math.Copysign(math.Inf(1), v))
	r, err := strconv.ParseFloat(strconv.FormatFloat(away, 'g', significant, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// shown is a value as the page has it, and so as the cursor shows it: whole numbers as they are, six digits of others.
func shown(v float64) float64 {
	if v == math.Trunc(v) {
		return v
	}
	return round(v, 6)
}
