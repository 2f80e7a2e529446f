package scenarios

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of events per second, written "500/s", "30/m" or "2/h"; or max, as much as possible, which is
// infinite.
type Rate float64

// maxWord is the rate that is as much as possible.
const maxWord = "max"

// Max reports whether the rate is as much as possible.
func (r Rate) Max() bool { return math.IsInf(float64(r), 1) }

// MarshalText writes the rate as it is read, because JSON has no infinite numbers.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the rate.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

// Size is a number of bytes, written "128B", "4KiB", "1MiB", "1kB" or "1MB".
type Size int64

// maxRate bounds a rate, in events per second: no machine offers more.
const maxRate Rate = 1e9

// unit is a suffix and what it stands for: for a rate the seconds of its period, for a size its bytes.
type unit struct {
	suffix string
	amount int64
}

func rateUnits() []unit { return []unit{{"/s", 1}, {"/m", 60}, {"/h", 3600}} }

// sizeUnits are in the order of preference for writing; B comes last because the others end in it.
func sizeUnits() []unit {
	return []unit{
		{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
	}
}

// ParseRate reads a rate: a number that is not negative and its unit, /s, /m or /h; or max.
func ParseRate(text string) (Rate, error) {
	const want = `want a rate such as 500/s, 30/m or 2/h`
	if text == maxWord {
		return Rate(math.Inf(1)), nil
	}
	if strings.EqualFold(text, maxWord) {
		return 0, fmt.Errorf("rate %q: want %s, in small letters", text, maxWord)
	}
	value, period, err := parseAmount("rate", text, want, rateUnits())
	if err != nil {
		return 0, err
	}
	rate := Rate(value / period)
	if rate > maxRate {
		return 0, fmt.Errorf("rate %q is above the bound of %s", shorten(text), maxRate)
	}
	return rate, nil
}

// String writes the rate so that it reads back as the same value, with the unit that makes it shortest.
func (r Rate) String() string {
	if r.Max() {
		return maxWord
	}
	best := strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s"
	for _, u := range rateUnits()[1:] {
		// Rounding takes back what the division by the period has added to a number as people write it.
		number := math.Round(float64(r)*float64(u.amount)*1e6) / 1e6
		other := strconv.FormatFloat(number, 'f', -1, 64) + u.suffix
		if same, err := ParseRate(other); err == nil && same == r && len(other) < len(best) {
			best = other
		}
	}
	return best
}

// ParseSize reads a size: a number that comes to whole bytes, and its unit.
func ParseSize(text string) (Size, error) {
	const want = `want a size such as 128B, 4KiB or 1MB`
	value, amount, err := parseAmount("size", text, want, sizeUnits())
	bytes := value * amount
	switch {
	case err != nil:
		return 0, err
	case bytes > 1<<53:
		return 0, fmt.Errorf("size %q is too large", shorten(text))
	case bytes != math.Trunc(bytes):
		return 0, fmt.Errorf("size %q is not a whole number of bytes", shorten(text))
	default:
		return Size(bytes), nil
	}
}

// String writes the size in the largest unit that divides it.
func (s Size) String() string {
	if s == 0 {
		return "0B"
	}
	for _, u := range sizeUnits() {
		if int64(s)%u.amount == 0 {
			return strconv.FormatInt(int64(s)/u.amount, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// ParseBackoff reads a range of waiting times, "50ms..1s".
func ParseBackoff(text string) (Backoff, error) {
	const want = `want a range of durations such as 50ms..1s`
	lower, upper, found := strings.Cut(text, "..")
	if !found {
		return Backoff{}, fmt.Errorf("%q is no range: %s", shorten(text), want)
	}
	var b Backoff
	var err error
	if b.Min, err = parseDuration(strings.TrimSpace(lower)); err != nil {
		return Backoff{}, err
	}
	if b.Max, err = parseDuration(strings.TrimSpace(upper)); err != nil {
		return Backoff{}, err
	}
	if b.Min <= 0 || b.Max < b.Min {
		return Backoff{}, fmt.Errorf("range %q: want a first wait above 0s and a longest one that is not below it", shorten(text))
	}
	return b, nil
}

// String writes the range as it is read.
func (b Backoff) String() string { return formatDuration(b.Min) + ".." + formatDuration(b.Max) }

// parseDuration reads a duration that is not negative, with its units.
func parseDuration(text string) (time.Duration, error) {
	const want = `want a duration such as 250ms, 5s or 1m30s`
	d, err := time.ParseDuration(text)
	if err != nil || text == "0" || text == "+0" || text == "-0" {
		return 0, lacksUnit("duration", text, want)
	}
	if d < 0 {
		return 0, fmt.Errorf("duration %q is negative: %s", shorten(text), want)
	}
	return d, nil
}

// formatDuration writes a duration without the zero parts behind its last unit: 1h instead of 1h0m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// parseAmount reads a number that is not negative, and what the unit behind it stands for.
func parseAmount(kind, text, want string, units []unit) (value, amount float64, err error) {
	for _, u := range units {
		number, found := strings.CutSuffix(text, u.suffix)
		if !found {
			continue
		}
		if value, err = parseNumber(number); err != nil {
			return 0, 0, fmt.Errorf("%w: %s", err, want)
		}
		return value, float64(u.amount), nil
	}
	return 0, 0, lacksUnit(kind, text, want)
}

// lacksUnit is the error for a text without a unit that is known.
func lacksUnit(kind, text, want string) error {
	if _, err := parseNumber(text); err == nil {
		return fmt.Errorf("%s %s lacks its unit: %s", kind, shorten(text), want)
	}
	return fmt.Errorf("%q is no %s: %s", shorten(text), kind, want)
}

// parseNumber reads a decimal number that is not negative, without exponent or sign.
func parseNumber(text string) (float64, error) {
	if strings.HasPrefix(text, "-") {
		return 0, fmt.Errorf("%q is negative", shorten(text))
	}
	if text == "" {
		return 0, errors.New("the number is missing")
	}
	whole, fraction, pointed := strings.Cut(text, ".")
	if !isDigits(whole) || pointed && !isDigits(fraction) {
		return 0, fmt.Errorf("%q is no number", shorten(text))
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is too large", shorten(text))
	}
	return value, nil
}

// isDigits reports whether text is one decimal digit or more.
func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
