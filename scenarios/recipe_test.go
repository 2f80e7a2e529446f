package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/scenarios"
)

// TestRecipeBesideTheScenario: a recipe in a scenario file is found from where that file is, one in an override from
// where mqbench is.
func TestRecipeBesideTheScenario(t *testing.T) {
	tests := []struct{ name, file, broker, override, want string }{
		{"a product", "sub/test.yaml", "mochi", "", "mochi"},
		{"a file beside the scenario", "sub/test.yaml", "./mine.yaml", "", filepath.Join("sub", "mine.yaml")},
		{"a file above it", "sub/test.yaml", "../recipes/mine", "", filepath.Join("recipes", "mine")},
		{"a scenario in the working folder", "test.yaml", "./mine", "", "./mine"},
		{"an absolute path", "sub/test.yaml", "/etc/mine.yaml", "", "/etc/mine.yaml"},
		{"an override", "sub/test.yaml", "mochi", "topology.broker=./mine.yaml", "./mine.yaml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("sub", 0o700); err != nil {
				t.Fatal(err)
			}
			text := "name: test\ntopology: {broker: " + test.broker + ", shape: single}\n"
			if err := os.WriteFile(test.file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var asked string
			options := scenarios.LoadOptions{Capabilities: func(broker string) (scenarios.Capabilities, error) {
				asked = broker
				return scenarios.Capabilities{}, errors.New("unknown")
			}}
			if test.override != "" {
				options.Overrides = []string{test.override}
			}
			if _, err := scenarios.Load(test.file, options); err == nil || asked != test.want {
				t.Errorf("asked for broker %q, want %q (error %v)", asked, test.want, err)
			}
		})
	}
}

// TestReservedName: a scenario cannot have the name of the link to the last run, into whose folder its own runs would
// go.
func TestReservedName(t *testing.T) {
	_, err := scenarios.Load("smoke", scenarios.LoadOptions{Overrides: []string{"name=latest"}})
	if err == nil || !strings.Contains(err.Error(), "name latest is taken") {
		t.Errorf("error %v, want one that says why", err)
	}
}
