package charts_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/reports/charts"
)

// palette reads the colours of one scheme out of the style sheet.
func palette(t *testing.T, dark bool) map[string]rgb {
	t.Helper()
	light, rest, found := strings.Cut(string(charts.CSS()), "@media screen and (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	text := light
	if dark {
		text, _, _ = strings.Cut(rest, "\n}\n")
	}
	colours := map[string]rgb{}
	for _, m := range regexp.MustCompile(`--chart-([a-z0-9-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		colours[m[1]] = rgb{linear(n >> 16), linear(n >> 8 & 255), linear(n & 255)}
	}
	if len(colours) != 19 {
		t.Fatalf("%d colours, want 19: %v", len(colours), colours)
	}
	return colours
}

// An rgb is a colour in linear light.
type rgb [3]float64

func linear(n uint64) float64 {
	c := float64(n) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// luminance and contrast are those of the Web Content Accessibility Guidelines 2.2.
func (c rgb) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// seenWith are how colours look to people who lack one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
func seenWith() map[string][3]rgb {
	return map[string][3]rgb{
		"all cones":    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	}
}

func (c rgb) as(m [3]rgb) rgb {
	var out rgb
	for i, row := range m {
		out[i] = min(max(row[0]*c[0]+row[1]*c[1]+row[2]*c[2], 0), 1)
	}
	return out
}

// oklab is the colour in a space where distances are those that people see.
func (c rgb) oklab() [3]float64 {
	l := math.Cbrt(0.4122214708*c[0] + 0.5363325363*c[1] + 0.0514459929*c[2])
	m := math.Cbrt(0.2119034982*c[0] + 0.6806995451*c[1] + 0.1073969566*c[2])
	s := math.Cbrt(0.0883024619*c[0] + 0.2817188376*c[1] + 0.6299787005*c[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func distance(a, b rgb) float64 {
	x, y := a.oklab(), b.oklab()
	return math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2])
}

// TestColours holds that every colour can be seen on its ground, that texts can be read, and that colours of series are
// told apart by people who lack a kind of cone.
func TestColours(t *testing.T) {
	for _, dark := range []bool{false, true} {
		p := palette(t, dark)
		for _, name := range []string{"ink", "muted", "alarm"} {
			if c := contrast(p[name], p["ground"]); c < 4.5 {
				t.Errorf("dark=%t: text in %s has a contrast of %.2f, want 4.5", dark, name, c)
			}
		}
		for i := 1; i <= 8; i++ {
			a := p[strconv.Itoa(i)]
			if c := contrast(a, p["ground"]); c < 3 {
				t.Errorf("dark=%t: colour %d has a contrast of %.2f, want 3", dark, i, c)
			}
			for j := 1; j < i; j++ {
				for who, m := range seenWith() {
					if d := distance(a.as(m), p[strconv.Itoa(j)].as(m)); d < 0.08 {
						t.Errorf("dark=%t: with %s the colours %d and %d are %.3f apart, want 0.08", dark, who, j, i, d)
					}
				}
			}
		}
		last := 0.0
		for i := 1; i <= 5; i++ {
			c := contrast(p[fmt.Sprintf("heat-%d", i)], p["ground"])
			if c < max(3, last+0.8) {
				t.Errorf("dark=%t: level %d of heat has a contrast of %.2f, the one before %.2f", dark, i, c, last)
			}
			last = c
		}
	}
}

// TestColoursWithoutStyleSheet holds that where style sheets are forbidden, charts have the colours of the light scheme.
func TestColoursWithoutStyleSheet(t *testing.T) {
	for style := 1; style <= 8; style++ {
		if want := fmt.Sprintf("--chart-%d: %s;", style, charts.Colour(style)); !strings.Contains(string(charts.CSS()), want) {
			t.Errorf("the style sheet lacks %q", want)
		}
	}
	for level := range 5 {
		if want := fmt.Sprintf("--chart-heat-%d: %s;", level+1, charts.HeatShade(level)); !strings.Contains(string(charts.CSS()), want) {
			t.Errorf("the style sheet lacks %q", want)
		}
	}
}

// TestStyles holds that forty series differ in colour or dashes.
func TestStyles(t *testing.T) {
	seen := map[string]int{}
	for style := 1; style <= 40; style++ {
		key := charts.Colour(style) + charts.Dashes(style)
		if before, twice := seen[key]; twice {
			t.Errorf("styles %d and %d are the same", before, style)
		}
		seen[key] = style
	}
}
