package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

func TestParseRate(t *testing.T) {
	for text, want := range map[string]scenarios.Rate{
		"500/s": 500, "0.5/s": 0.5, "30/m": 0.5, "3600/h": 1, "0/s": 0, "1000000000/s": 1e9,
	} {
		if got, err := scenarios.ParseRate(text); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "500", "/s", "500/", "500/d", "-1/s", "+1/s", "1e3/s", "1./s", ".5/s", "1 /s", "0x1/s", "NaN/s", "Inf/s", "1_000/s",
		"1000000001/s", strings.Repeat("9", 400) + "/s",
	} {
		if got, err := scenarios.ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]scenarios.Size{
		"128B": 128, "4KiB": 4096, "1MiB": 1 << 20, "1GiB": 1 << 30, "1kB": 1000, "2MB": 2e6, "1GB": 1e9, "1.5KiB": 1536, "0B": 0,
	} {
		if got, err := scenarios.ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "64", "B", "-1B", "1.5B", "1K", "1kb", "1KB", "1 KiB", "99999999999999999GiB"} {
		if got, err := scenarios.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseBackoff(t *testing.T) {
	want := scenarios.Backoff{Min: 50 * time.Millisecond, Max: time.Second}
	for _, text := range []string{"50ms..1s", "50ms .. 1s", "0.05s..1000ms"} {
		if got, err := scenarios.ParseBackoff(text); err != nil || got != want {
			t.Errorf("ParseBackoff(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1s", "..", "1s..", "..1s", "1s..50ms", "0s..1s", "0s..0s", "50..100", "1s..2s..3s", "-1s..1s"} {
		if got, err := scenarios.ParseBackoff(text); err == nil {
			t.Errorf("ParseBackoff(%q) = %v, want an error", text, got)
		}
	}
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]scenarios.Percent{
		"5%": 0.05, "0%": 0, "100%": 1, "7%": 0.07, "12.5%": 0.125, "0.01%": 0.0001, "07%": 0.07,
	} {
		if got, err := scenarios.ParsePercent(text); err != nil || got != want {
			t.Errorf("ParsePercent(%q) = %v, %v, want %v", text, float64(got), err, float64(want))
		}
	}
	for _, text := range []string{"", "%", "5", "0.05", "101%", "100.1%", "-1%", "1e1%", ".5%", "5 %", strings.Repeat("9", 400) + "%"} {
		if got, err := scenarios.ParsePercent(text); err == nil {
			t.Errorf("ParsePercent(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseBandwidth(t *testing.T) {
	for text, want := range map[string]scenarios.Bandwidth{
		"1Mbit/s": 1e6, "250kbit/s": 250e3, "2.5Gbit/s": 2.5e9, "800bit/s": 800, "0bit/s": 0, "1000Gbit/s": 1e12,
	} {
		if got, err := scenarios.ParseBandwidth(text); err != nil || got != want {
			t.Errorf("ParseBandwidth(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "1", "1M", "1MB/s", "1Mbit", "Mbit/s", "1mbit/s", "1Kbit/s", "-1bit/s", "1 Mbit/s", "1001Gbit/s",
		strings.Repeat("9", 400) + "bit/s",
	} {
		if got, err := scenarios.ParseBandwidth(text); err == nil {
			t.Errorf("ParseBandwidth(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	for text, want := range map[string]scenarios.CPUs{"1": 1, "0.5": 0.5, "0.01": 0.01, "1024": 1024, "2.25": 2.25} {
		if got, err := scenarios.ParseCPUs(text); err != nil || got != want {
			t.Errorf("ParseCPUs(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0.009", "1025", "-1", "half", "50%", "1e2", "500m"} {
		if got, err := scenarios.ParseCPUs(text); err == nil {
			t.Errorf("ParseCPUs(%q) = %v, want an error", text, got)
		}
	}
}

// TestUnitsReadBack: what is written reads back as the same value.
func TestUnitsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := scenarios.Rate(rapid.Float64Range(0, 1e9).Draw(t, "rate"))
		if got, err := scenarios.ParseRate(rate.String()); err != nil || got != rate {
			t.Fatalf("rate %v reads back from %q as %v, %v", float64(rate), rate, float64(got), err)
		}
		whole := rapid.IntRange(0, 1e6).Draw(t, "whole")
		for _, rate := range []scenarios.Rate{
			scenarios.Rate(whole), scenarios.Rate(float64(whole) / 60), scenarios.Rate(float64(whole) / 3600),
		} {
			text := rate.String()
			if got, err := scenarios.ParseRate(text); err != nil || got != rate {
				t.Fatalf("rate %v reads back from %q as %v, %v", float64(rate), text, float64(got), err)
			}
			if strings.Contains(text, ".") && len(text) > 12 {
				t.Fatalf("rate %v is written as %q, want a shorter form", float64(rate), text)
			}
		}
		size := scenarios.Size(rapid.Int64Range(0, 1<<50).Draw(t, "size"))
		if got, err := scenarios.ParseSize(size.String()); err != nil || got != size {
			t.Fatalf("size %d reads back from %q as %d, %v", int64(size), size, int64(got), err)
		}
		share := scenarios.Percent(rapid.Float64Range(0, 1).Draw(t, "share"))
		if got, err := scenarios.ParsePercent(share.String()); err != nil || got != share {
			t.Fatalf("share %v reads back from %q as %v, %v", float64(share), share, float64(got), err)
		}
		percent := scenarios.Percent(float64(rapid.IntRange(0, 1000).Draw(t, "permille")) / 1000)
		if text := percent.String(); len(text) > len("99.9%") {
			t.Fatalf("share %v is written as %q, want a shorter form", float64(percent), text)
		}
		bits := scenarios.Bandwidth(rapid.Float64Range(0, 1e12).Draw(t, "bits"))
		if got, err := scenarios.ParseBandwidth(bits.String()); err != nil || got != bits {
			t.Fatalf("bandwidth %v reads back from %q as %v, %v", float64(bits), bits, float64(got), err)
		}
		cpus := scenarios.CPUs(rapid.Float64Range(0.01, 1024).Draw(t, "cpus"))
		if got, err := scenarios.ParseCPUs(cpus.String()); err != nil || got != cpus {
			t.Fatalf("%v processors read back from %q as %v, %v", float64(cpus), cpus, float64(got), err)
		}
		least := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "min"))
		b := scenarios.Backoff{Min: least, Max: least + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "more"))}
		if got, err := scenarios.ParseBackoff(b.String()); err != nil || got != b {
			t.Fatalf("backoff %v reads back as %v, %v", b, got, err)
		}
	})
}

func TestUnitsAreWrittenAsPeopleDo(t *testing.T) {
	for want, got := range map[string]string{
		"500/s":       scenarios.Rate(500).String(),
		"30/m":        scenarios.Rate(0.5 / 1).String(),
		"2/h":         scenarios.Rate(2.0 / 3600).String(),
		"128B":        scenarios.Size(128).String(),
		"4KiB":        scenarios.Size(4096).String(),
		"1MB":         scenarios.Size(1e6).String(),
		"0B":          scenarios.Size(0).String(),
		"5%":          scenarios.Percent(0.05).String(),
		"0.5%":        scenarios.Percent(0.005).String(),
		"0%":          scenarios.Percent(0).String(),
		"100%":        scenarios.Percent(1).String(),
		"1Mbit/s":     scenarios.Bandwidth(1e6).String(),
		"1.5Mbit/s":   scenarios.Bandwidth(1.5e6).String(),
		"500kbit/s":   scenarios.Bandwidth(500e3).String(),
		"0.5":         scenarios.CPUs(0.5).String(),
		"1m..1h30m":   scenarios.Backoff{Min: time.Minute, Max: 90 * time.Minute}.String(),
		"100ms..2m5s": scenarios.Backoff{Min: 100 * time.Millisecond, Max: 125 * time.Second}.String(),
	} {
		if got != want {
			t.Errorf("written as %q, want %q", got, want)
		}
	}
}
