package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// The least that a container engine accepts, and bounds that nobody reaches.
const (
	minCPUs   CPUs = 0.01
	maxCPUs   CPUs = 1024
	minMemory Size = 6 << 20
	// minBandwidth passes one packet in a dozen seconds; below that a link is cut rather than narrow.
	minBandwidth Bandwidth = 1e3
	maxBandwidth Bandwidth = 1e12
)

// ParsePercent reads a share: a number from 0 to 100 and the sign %.
func ParsePercent(text string) (Percent, error) {
	const want = "want a share such as 5%"
	number, found := strings.CutSuffix(text, "%")
	if !found {
		return 0, lacksUnit("share", text, want)
	}
	if _, err := parseNumber(number); err != nil {
		return 0, fmt.Errorf("%w: %s", err, want)
	}
	// Moving the point in the text rounds once, where a division would round a second time.
	value, err := strconv.ParseFloat(number+"e-2", 64)
	if err != nil || value > 1 {
		return 0, fmt.Errorf("share %q is more than all: %s", shorten(text), want)
	}
	return Percent(value), nil
}

// String writes the share so that it reads back as the same value.
func (p Percent) String() string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(float64(p), 'f', -1, 64), ".")
	fraction += "00"[:max(0, 2-len(fraction))]
	text := strings.TrimLeft(whole+fraction[:2], "0")
	if text == "" {
		text = "0"
	}
	if rest := fraction[2:]; rest != "" {
		text += "." + rest
	}
	return text + "%"
}

// bandwidthUnits are in the order of preference for writing; bit/s comes last because the others end in it.
func bandwidthUnits() []unit {
	return []unit{{"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}, {"bit/s", 1}}
}

// ParseBandwidth reads a rate of transmission: a number and its unit.
func ParseBandwidth(text string) (Bandwidth, error) {
	const want = "want a bandwidth such as 250kbit/s or 1Mbit/s"
	value, amount, err := parseAmount("bandwidth", text, want, bandwidthUnits())
	if err != nil {
		return 0, err
	}
	bits := Bandwidth(value * amount)
	if bits > maxBandwidth {
		return 0, fmt.Errorf("bandwidth %q is above the bound of %s", shorten(text), maxBandwidth)
	}
	return bits, nil
}

// String writes the bandwidth so that it reads back as the same value, with the unit that makes it shortest.
func (b Bandwidth) String() string {
	best := strconv.FormatFloat(float64(b), 'f', -1, 64) + "bit/s"
	for _, u := range bandwidthUnits() {
		text := strconv.FormatFloat(float64(b)/float64(u.amount), 'f', -1, 64) + u.suffix
		if same, err := ParseBandwidth(text); err == nil && same == b && len(text) < len(best) {
			best = text
		}
	}
	return best
}

// ParseCPUs reads a number of processors: 0.5 or 2.
func ParseCPUs(text string) (CPUs, error) {
	value, err := parseNumber(text)
	if err != nil {
		return 0, fmt.Errorf("%w: want a number of processors such as 0.5", err)
	}
	if CPUs(value) < minCPUs || CPUs(value) > maxCPUs {
		return 0, fmt.Errorf("%s is out of range: want %s to %s processors", shorten(text), minCPUs, maxCPUs)
	}
	return CPUs(value), nil
}

// String writes the number as it is read.
func (c CPUs) String() string { return strconv.FormatFloat(float64(c), 'f', -1, 64) }
