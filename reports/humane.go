package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/scenarios"
)

// humane writes a span as findings do: see [check.Span].
func humane(d time.Duration) string { return check.Span(d) }

// moment writes a time of the run as findings do, so that one can be searched for in the other: see [check.Moment].
func moment(d time.Duration) string { return check.Moment(d) }

// Span writes a span as every report does: three significant digits and the unit that suits it, and "never" for a
// negative one.
func Span(d time.Duration) string { return humane(d) }

// Count writes a count as every report does: with its thousands separated.
func Count(n uint64) string { return thousands(n) }

// Bytes writes a size as every report does: in binary units, with its sign.
func Bytes(n int64) string {
	if n < 0 {
		return "-" + bytesOf(-n)
	}
	return bytesOf(n)
}

// thousands writes a count with its thousands separated: "1,234,567".
func thousands[N int | int64 | uint64](n N) string {
	digits := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// perSecond writes a rate: "1,000/s", "12.5/s", "0.25/s".
func perSecond(rate float64) string {
	switch {
	case math.IsNaN(rate) || math.IsInf(rate, 0) || rate >= math.MaxInt64:
		return "?/s"
	case rate >= 100 || rate == math.Trunc(rate):
		return thousands(int64(math.Round(rate))) + "/s"
	default:
		return strconv.FormatFloat(rate, 'g', 3, 64) + "/s"
	}
}

// bytesOf writes a size in binary units: "512 B", "1.50 MiB".
func bytesOf(n int64) string {
	v := float64(n)
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if v < 999.5 && unit == "B" {
			return strconv.FormatInt(n, 10) + " B"
		}
		if text, ok := check.ThreeDigits(v, unit); ok && v < 1000 {
			return text
		}
		v /= 1024
	}
	text, _ := check.ThreeDigits(min(v, 999), "TiB")
	return text
}

// plural writes a number of things: "1 publisher", "500 publishers".
func plural[N int | int64 | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// plain says whether a rune may reach a terminal. Marks that change the width of what they follow may not: terminals
// disagree on it.
func plain(r rune) bool {
	if r == utf8.RuneError || unicode.In(r, unicode.Variation_Selector, unicode.Me) {
		return false
	}
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

// clean makes a text from outside safe to print: names come from scenario files and topics from the wire, and neither
// may move the cursor, recolour the terminal or turn the reading direction round. What is not printable appears as an
// escape.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case plain(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// short is clean, cut to a number of columns.
func short(s string, columns int) string { return truncate(clean(s), columns) }

// FaultName says in words what was done to whom: "kill b2", "partition b1 | b2, b3", "latency b2 (100ms ± 20ms)".
func FaultName(fault, target, detail string) string {
	switch {
	case detail == "":
		return strings.TrimSpace(fault + " " + target)
	case scenarios.FaultKind(fault) == scenarios.FaultPartition:
		return fault + " " + detail
	default:
		return fault + " " + target + " (" + detail + ")"
	}
}
