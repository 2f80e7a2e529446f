package reports

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestHumane(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1:                                    "never",
		0:                                     "0 s",
		1:                                     "1 ns",
		999:                                   "999 ns",
		1000:                                  "1.00 µs",
		1234:                                  "1.23 µs",
		9_994:                                 "9.99 µs",
		9_996:                                 "10.0 µs",
		99_960:                                "100 µs",
		999_400:                               "999 µs",
		999_600:                               "1.00 ms",
		1_234_567:                             "1.23 ms",
		12_345_678:                            "12.3 ms",
		123_456_789:                           "123 ms",
		999_499_999:                           "999 ms",
		999_500_000:                           "1.00 s",
		5_200 * time.Millisecond:              "5.20 s",
		62_100 * time.Millisecond:             "62.1 s",
		99_940 * time.Millisecond:             "99.9 s",
		99_960 * time.Millisecond:             "1 min 40 s",
		100 * time.Second:                     "1 min 40 s",
		125 * time.Second:                     "2 min 05 s",
		time.Hour - time.Second:               "59 min 59 s",
		time.Hour - 400*time.Millisecond:      "1 h 00 min",
		26*time.Hour + 3*time.Minute:          "26 h 03 min",
		time.Duration(math.MaxInt64):          "2562047 h 47 min",
		time.Microsecond * 1000:               "1.00 ms",
		time.Second - time.Nanosecond:         "1.00 s",
		10*time.Second - 4*time.Millisecond:   "10.0 s",
		100*time.Millisecond - 1:              "100 ms",
		100*time.Second - time.Nanosecond:     "1 min 40 s",
		1*time.Minute + 30*time.Second:        "90.0 s",
		10*time.Millisecond - time.Nanosecond: "10.0 ms",
	} {
		if got := humane(d); got != want {
			t.Errorf("%d ns: %q, want %q", d, got, want)
		}
	}
}

// Times of the run look as in findings, so that one can be searched for in the other.
func TestMoment(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                            "0s",
		11_845_704_786:               "11.846s",
		11_820_400_000:               "11.82s",
		18 * time.Second:             "18s",
		3_661_001 * time.Millisecond: "3661.001s",
	} {
		if got := moment(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	stories := []struct{ got, want string }{
		{thousands(0), "0"}, {thousands(999), "999"}, {thousands(1000), "1,000"}, {thousands(-1234567), "-1,234,567"},
		{thousands(uint64(math.MaxUint64)), "18,446,744,073,709,551,615"},
		{perSecond(0), "0/s"}, {perSecond(0.25), "0.25/s"}, {perSecond(12.5), "12.5/s"}, {perSecond(1000), "1,000/s"},
		{perSecond(1234.6), "1,235/s"}, {perSecond(math.NaN()), "?/s"}, {perSecond(math.Inf(1)), "?/s"},
		{bytesOf(0), "0 B"}, {bytesOf(999), "999 B"}, {bytesOf(1023), "1.00 KiB"}, {bytesOf(1536), "1.50 KiB"},
		{bytesOf(84 << 20), "84.0 MiB"},
		{bytesOf(1000 << 20), "0.98 GiB"}, {bytesOf(3 << 30), "3.00 GiB"}, {bytesOf(2 << 40), "2.00 TiB"},
		{plural(1, "node"), "1 node"}, {plural(0, "node"), "0 nodes"}, {plural(1200, "node"), "1,200 nodes"},
	}
	for _, s := range stories {
		if s.got != s.want {
			t.Errorf("%q, want %q", s.got, s.want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plant/línea-3/温度":        "plant/línea-3/温度",
		"\x1b[2J\x1b]0;owned\x07": `\x1b[2J\x1b]0;owned\x07`,
		"a\r\nb\tc":               `a\x0d\x0ab\x09c`,
		"\x00\x7f":                `\x00\x7f`,
		"\u202eevil\u2066":        `\u202eevil\u2066`,
		"zero\u200bwidth\ufeff":   `zero\u200bwidth\ufeff`,
		"\xff\xfe":                `\xff\xfe`,
		"\u0085\u009b31m":         `\u0085\u009b31m`,
		"\u2028":                  `\u2028`,
		"\ufffd":                  `\ufffd`,
		"❤\ufe0f 1\u20e3":         `❤\ufe0f 1\u20e3`,
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Whatever comes in, what goes out is printable, on one line, and as narrow as asked for.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"plant/1", "\x1b[31m", "\u202e", "\xff", "漢字", "e\u0301", strings.Repeat("\U0001F44D\U0001F3FD", 20), "❤\ufe0f", "1\u20e3", "🇩🇪🇫🇷🇨",
	} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		got := clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q: %q is not UTF-8", s, got)
		}
		for _, r := range got {
			if r != ' ' && (!unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%q: %q holds %U", s, got, r)
			}
		}
		for line := range strings.Lines(wrapped(got, 40, 0)) {
			if n := columnsOf(strings.TrimRight(line, "\n")); n > 40 {
				t.Fatalf("%d columns, want at most 40: %q", n, line)
			}
		}
		columns = 3 + (columns&0x7f+128)&0x7f
		if n := columnsOf(short(s, columns)); n > columns {
			t.Fatalf("%q cut to %d columns has %d", s, columns, n)
		}
	})
}

// A wrapped paragraph holds every word and stays within its columns.
func TestWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-z漢é]{1,40}`)).Draw(t, "words")
		indent := rapid.IntRange(0, 13).Draw(t, "indent")
		width := rapid.IntRange(indent+4, 60).Draw(t, "width")
		got := wrapped(strings.Join(words, " "), width, indent)
		if a, b := strings.Join(words, ""), strings.Join(strings.Fields(got), ""); a != b {
			t.Fatalf("%q lost something: %q", a, b)
		}
		for line := range strings.Lines(strings.Repeat(" ", indent) + got) {
			if n := columnsOf(strings.TrimRight(line, "\n")); n > width {
				t.Fatalf("%d columns, want at most %d: %q", n, width, line)
			}
		}
	})
}
