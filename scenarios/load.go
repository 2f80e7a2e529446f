package scenarios

import "errors"

// LoadOptions says how a scenario is loaded, and against what it is validated.
type LoadOptions struct {
	// Overrides are applied to the file before it is decoded, in order: "workload.publishers[0].rate=10/s". A mistake in one
	// of them names the override instead of a place in the file.
	Overrides []string
	// Capabilities tells what a broker can do; nil leaves out the checks that need it.
	Capabilities func(broker string) (Capabilities, error)
	// FileLimit is the number of files that a process may have open; 0 leaves out the check.
	FileLimit int
}

// Load reads the scenario in the file of that name, or else the shipped scenario of that name.
func Load(name string, o LoadOptions) (*Scenario, error) {
	return nil, errors.New("load: being built")
}

// Parse reads a scenario from text; file is the name for messages.
func Parse(file string, text []byte, o LoadOptions) (*Scenario, error) {
	return nil, errors.New("parse: being built")
}

// Shipped lists the names of the scenarios inside the binary, sorted.
func Shipped() []string { return nil }

// ShippedFile returns the text of a shipped scenario.
func ShippedFile(name string) ([]byte, error) { return nil, errors.New("shipped file: being built") }

// YAML returns the effective scenario, defaults and overrides included, in a form that loads to the same scenario.
func (s *Scenario) YAML() ([]byte, error) { return nil, errors.New("yaml: being built") }

// Schema returns the JSON Schema of scenario files.
func Schema() ([]byte, error) { return nil, errors.New("schema: being built") }

// ParseThreshold reads a threshold.
func ParseThreshold(text string) (Threshold, error) { return Threshold{}, errors.New("threshold: being built") }
