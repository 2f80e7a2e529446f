package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
)

// LoadOptions says how a scenario is loaded, and against what it is validated.
type LoadOptions struct {
	// Overrides are applied to the file before it is decoded, in order: "workload.publishers[0].rate=10/s". A mistake
	// in one of them names the override instead of a place in the file. The index behind the end of a list appends to
	// it.
	Overrides []string
	// Capabilities tells what a broker can do; nil leaves out the checks that need it.
	Capabilities func(broker string) (Capabilities, error)
	// FileLimit is the number of files that a process may have open; 0 leaves out the check.
	FileLimit int
	// Netem tells why packets cannot be held up in containers here; it returns nil where they can, and is asked only where
	// a scenario needs it. Without it they are taken to be.
	Netem func() error
	// ReadFile reads a file that a scenario names; nil leaves out the checks of what is in it.
	ReadFile func(name string) ([]byte, error)
}

// Load reads the scenario in the file of that name, or else the shipped scenario of that name. Defaults are filled in.
// The error is [Problems] where the scenario is not valid.
func Load(name string, o LoadOptions) (*Scenario, error) {
	text, err := readFile(name)
	if err == nil {
		return Parse(name, text, o)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	if text, err := ShippedFile(name); err == nil {
		return Parse(name+scenarioSuffix, text, o)
	}
	base := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], scenarioSuffix)
	return nil, fmt.Errorf("scenario %q is neither a file nor shipped with mqbench: %s", name, suggestion(base, Shipped()))
}

// readFile reads a file up to the bound that the parser reports. A folder that happens to bear the name of a shipped
// scenario counts as no file.
func readFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: %w", name, fs.ErrNotExist)
	}
	return io.ReadAll(io.LimitReader(file, maxFileBytes+1))
}

// Parse reads a scenario from text; file is the name for messages. Defaults are filled in. The error is [Problems], all
// mistakes at once.
func Parse(file string, text []byte, o LoadOptions) (*Scenario, error) {
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	problems := newProblemList(file, text)
	root := parseDocument(text, problems.add)
	if root == nil {
		return nil, problems.err()
	}
	for _, override := range o.Overrides {
		root.override(override, problems.add)
	}
	var s Scenario
	d := newDecoder(problems.add)
	d.value(root, reflect.ValueOf(&s).Elem(), "")
	complete(&s, d)
	s.locateRecipe(file, d)
	s.readReplays(file, d)
	s.locateFiles(file, d)
	validate(&s, d, o)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// scenarioSuffix ends the names of scenario files.
const scenarioSuffix = ".yaml"

//go:embed *.yaml
var shipped embed.FS

// Shipped lists the names of the scenarios inside the binary, sorted.
func Shipped() []string {
	entries, err := shipped.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("read the embedded scenarios: %v", err))
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), scenarioSuffix))
	}
	return names
}

// ShippedFile returns the text of a shipped scenario. The error is [fs.ErrNotExist] where there is none of that name.
func ShippedFile(name string) ([]byte, error) {
	if strings.ContainsAny(name, "/.") {
		return nil, fmt.Errorf("shipped scenario %q: %w", name, fs.ErrNotExist)
	}
	return shipped.ReadFile(name + scenarioSuffix)
}
