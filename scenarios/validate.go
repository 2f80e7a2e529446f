package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The bounds of the language, which keep plans and records within what a machine holds.
const (
	maxNodes   = 99
	maxClients = 1_000_000
	maxBacklog = 1_000_000
	// maxPhase is the longest warmup, measurement or drain.
	maxPhase = 30 * 24 * time.Hour
	// namePattern is the form of names of scenarios, groups and shared subscriptions.
	namePattern = `^[a-z0-9][a-z0-9-]{0,62}$`
	// reservedName is the link beside the folders in which runs are saved by the name of their scenario.
	reservedName = "latest"
	nameForm     = "want up to 63 lower-case letters, digits and hyphens"
)

// A validator checks a decoded scenario. It reports every contradiction at the place of the value that it would have
// people change, and skips whatever builds on a value that could not be read.
type validator struct {
	*Scenario
	decoder *decoder
	options LoadOptions
	// able is nil where it is not known what the broker can do.
	able *Capabilities
	// lacksNetem is the answer of LoadOptions.Netem, once it was asked.
	asked      bool
	lacksNetem error
	name       *regexp.Regexp
}

func validate(s *Scenario, d *decoder, o LoadOptions) {
	if d.bad[""] {
		return
	}
	v := &validator{Scenario: s, decoder: d, options: o, name: regexp.MustCompile(namePattern)}
	if v.ok("name") && !v.name.MatchString(s.Name) {
		v.problem("name", "name %q: %s", shorten(s.Name), nameForm)
	}
	if v.Name == reservedName {
		v.problem("name", "name %s is taken: runs/%s points to the last run", reservedName, reservedName)
	}
	v.lookUpBroker()
	v.checkTopology()
	v.checkContainers()
	v.checkBridge()
	v.checkClient()
	v.checkTransport()
	v.checkGroups()
	v.checkPhases()
	v.checkRoutes()
	v.checkTopics()
	v.checkFilters()
	v.checkFiles()
	v.checkChaos()
	v.checkThresholds()
}

// problem reports a mistake in the value of a path.
func (v *validator) problem(path, format string, args ...any) {
	v.decoder.problem(v.at(path), format, args...)
}

// reject reports a mistake and keeps later checks from building on the value.
func (v *validator) reject(path, format string, args ...any) {
	v.decoder.fail(path, v.at(path), format, args...)
}

// at is the place of a path: its own, or that of the nearest section around it which is written.
func (v *validator) at(path string) place {
	for {
		if at, known := v.decoder.places[path]; known {
			return at
		}
		path = parentOf(path)
	}
}

// ok reports whether all values could be read: neither they nor what is around them has been reported.
func (v *validator) ok(paths ...string) bool {
	for _, path := range paths {
		for ; path != ""; path = parentOf(path) {
			if v.decoder.bad[path] {
				return false
			}
		}
	}
	return true
}

// origin says, for a message about another value, where the value of a path comes from if not from the line that one
// sees.
func (v *validator) origin(path string) string {
	at, written := v.decoder.places[path]
	switch {
	case !written:
		return " (the default)"
	case at.override != "":
		return fmt.Sprintf(" (from the override %q)", at.override)
	default:
		return ""
	}
}

// absentKey reports whether nothing was written for a path.
func (d *decoder) absentKey(path string) bool {
	_, written := d.places[path]
	return !written
}

// parentOf takes the last key or index off a path.
func parentOf(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// indexed puts an index behind a path.
func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func (v *validator) publisherPath(i int, key string) string {
	return indexed("workload.publishers", i) + "." + key
}

func (v *validator) subscriberPath(i int, key string) string {
	return indexed("workload.subscribers", i) + "." + key
}
