package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

// FuzzParse: whatever a file holds, it either loads to a scenario that reads back as itself, or gives problems whose
// places are in the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "workload.publishers[0].rate=10/s")
	}
	for _, name := range scenarios.Shipped() {
		text, err := scenarios.ShippedFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "topology.nodes=3")
	}
	f.Add([]byte(minimal), "chaos[0]={at: 1s, fault: kill, target: b1}")
	f.Fuzz(func(t *testing.T, text []byte, override string) {
		o := scenarios.LoadOptions{Capabilities: capabilities, FileLimit: 2048}
		if override != "" {
			o.Overrides = []string{override}
		}
		s, err := scenarios.Parse("fuzz.yaml", text, o)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			checkProblems(t, text, err)
			return
		}
		written, err := s.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenarios.Parse("again.yaml", written, scenarios.LoadOptions{Capabilities: capabilities})
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("reads back otherwise (-first +second):\n%s", diff)
		}
	})
}

// FuzzUnits: what is read is written so that it reads back as the same value.
func FuzzUnits(f *testing.F) {
	for _, seed := range []string{"500/s", "0.1/m", "7/h", "4KiB", "1.5MB", "50ms..1s", "lost == 0", "failover.p99 < 5s", "a..b", "1e9/s", "5%", "1.5Mbit/s", "0.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if rate, err := scenarios.ParseRate(text); err == nil {
			if again, err := scenarios.ParseRate(rate.String()); err != nil || again != rate {
				t.Errorf("rate %q reads back from %q as %v, %v", text, rate, again, err)
			}
		}
		if size, err := scenarios.ParseSize(text); err == nil {
			if again, err := scenarios.ParseSize(size.String()); err != nil || again != size {
				t.Errorf("size %q reads back from %q as %v, %v", text, size, again, err)
			}
		}
		if share, err := scenarios.ParsePercent(text); err == nil {
			if again, err := scenarios.ParsePercent(share.String()); err != nil || again != share {
				t.Errorf("share %q reads back from %q as %v, %v", text, share, again, err)
			}
		}
		if bits, err := scenarios.ParseBandwidth(text); err == nil {
			if again, err := scenarios.ParseBandwidth(bits.String()); err != nil || again != bits {
				t.Errorf("bandwidth %q reads back from %q as %v, %v", text, bits, again, err)
			}
		}
		if cpus, err := scenarios.ParseCPUs(text); err == nil {
			if again, err := scenarios.ParseCPUs(cpus.String()); err != nil || again != cpus {
				t.Errorf("cpus %q read back from %q as %v, %v", text, cpus, again, err)
			}
		}
		if backoff, err := scenarios.ParseBackoff(text); err == nil {
			if again, err := scenarios.ParseBackoff(backoff.String()); err != nil || again != backoff {
				t.Errorf("backoff %q reads back from %q as %v, %v", text, backoff, again, err)
			}
		}
		if threshold, err := scenarios.ParseThreshold(text); err == nil {
			again, err := scenarios.ParseThreshold(threshold.String())
			again.Expression = threshold.Expression
			if err != nil || again != threshold {
				t.Errorf("threshold %q reads back from %q as %+v, %v", text, threshold, again, err)
			}
		}
		if strings.ContainsRune(text, 0) {
			return
		}
		_ = scenarios.Matches(text, text)
	})
}
