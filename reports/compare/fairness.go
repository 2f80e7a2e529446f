package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/check"
)

// A Trait is something about the variants beside what was asked for, that may decide their figures instead of what
// they are: a setting, a promise, the machine.
type Trait struct {
	// Title is what it is, in a few words.
	Title string `json:"title"`
	// Values has the trait of each variant; "" is not known. A variant whose runs differ in it has all values.
	Values []string `json:"values"`
	// Bars says why the variants cannot be put in an order because of it; "": it does not keep anybody from that.
	Bars string `json:"bars,omitempty"`
}

// Differs tells that not all variants have the same.
func (t Trait) Differs() bool {
	return slices.ContainsFunc(t.Values, func(v string) bool { return v != t.Values[0] })
}

// A rule is how a trait is found, and when it decides figures.
type rule struct {
	title string
	// of is the trait of a result; "" is not known.
	of func(r *reports.Result) string
	// asked are the keys with which somebody asked for a difference in it, or what such keys begin with.
	asked []string
	// bars says why two values of different variants keep their figures from being compared; nil: they never do.
	bars func(a, b side, x, y string) string
}

// A side is a variant as rules see it.
type side struct {
	Variant
	results []*reports.Result
}

// Fairness finds what the variants differ in beside what was asked for, and whether they can be put in an order all the
// same. It looks at every pair: with the same product on both sides a difference in what was asked for is the question
// itself; between products only the product is, and whatever else differs may be the answer.
func Fairness(variants []Variant, results [][]*reports.Result) []Trait {
	sides := make([]side, len(variants))
	for i, v := range variants {
		sides[i] = side{v, results[i]}
	}
	var traits []Trait
	for _, rule := range rules(sides) {
		t := Trait{Title: rule.title, Values: make([]string, len(sides))}
		for i, s := range sides {
			t.Values[i] = s.value(rule.of)
		}
		t.Bars = rule.reason(sides, t.Values)
		if t.Bars != "" || slices.ContainsFunc(t.Values, func(v string) bool { return v != "" }) {
			traits = append(traits, t)
		}
	}
	return append(traits, verdicts(sides))
}

// value is the trait of a side: of all its runs, where they differ.
func (s side) value(of func(*reports.Result) string) string {
	var seen []string
	for _, r := range s.results {
		if v := of(r); v != "" && !slices.Contains(seen, v) {
			seen = append(seen, v)
		}
	}
	return strings.Join(seen, "; ")
}

// reason says why the trait bars an order: for the first pair that it does, in the order of the variants.
func (rule rule) reason(sides []side, values []string) string {
	if rule.bars == nil {
		return ""
	}
	for i, a := range sides {
		for j, b := range sides[i+1:] {
			j += i + 1
			if values[i] == values[j] && values[i] != "" || len(a.results) == 0 || len(b.results) == 0 {
				continue
			}
			if sameProduct(a, b) && (values[i] == values[j] || rule.askedFor(a, b)) {
				continue
			}
			if why := rule.bars(a, b, values[i], values[j]); why != "" {
				return why
			}
		}
	}
	return ""
}

// askedFor tells that two sides differ in a key of the rule, or in one below it.
func (rule rule) askedFor(a, b side) bool {
	for key := range a.Values {
		for _, above := range rule.asked {
			rest, below := strings.CutPrefix(key, above)
			if below && (rest == "" || rest[0] == '.' || rest[0] == '[') && a.Values[key] != b.Values[key] {
				return true
			}
		}
	}
	return false
}

// sameProduct tells that two sides are of one product, of which one setting or another is asked about.
func sameProduct(a, b side) bool {
	product := func(r *reports.Result) string { return r.Topology.Broker }
	return a.value(product) == b.value(product)
}

// rules are all traits, in the order in which people read them.
func rules(sides []side) []rule {
	list := []rule{
		{title: "broker", of: func(r *reports.Result) string {
			return strings.TrimSpace(r.Topology.Broker + " " + r.Topology.Version)
		}},
		{title: "image", of: func(r *reports.Result) string {
			return strings.TrimSpace(r.Topology.Image + " " + shortDigest(r.Topology.Digest))
		}},
		{title: "profile", of: func(r *reports.Result) string { return r.Topology.Profile }},
		{title: "shape", of: shapeOf, asked: []string{"shape", "nodes"}, bars: unlike("the shapes differ")},
		{title: "runtime", of: func(r *reports.Result) string { return r.Topology.Runtime }, asked: []string{"runtime"},
			bars: unlike("the runtimes differ")},
		{title: "resources", of: resourcesOf, asked: []string{"topology.resources", "topology.core", "runtime"},
			bars: unlike("the bounds on a broker's resources differ")},
		{title: "load", of: loadOf, asked: []string{"workload"}, bars: unlike("the loads differ")},
		{title: "protocol", of: protocolOf, asked: []string{"protocol", "transport", "library", "qos", "workload.client"},
			bars: unlike("the clients speak otherwise")},
		{title: "faults", of: faultsOf, asked: []string{"chaos", "duration"}, bars: unlike("the faults differ")},
		{title: "survives", of: survivesOf, asked: []string{"profile"}, bars: func(a, b side, x, y string) string {
			if x == "" || y == "" {
				return "what is left after a stop or a kill is not known of " + unknownOf(a, b, x)
			}
			return fmt.Sprintf("%s keeps its sessions through %s, %s through %s: keeping them costs time", a.Name, x, b.Name, y)
		}},
		{title: "durability", of: func(r *reports.Result) string {
			if r.Topology.Settings == nil {
				return ""
			}
			return r.Topology.Settings.Durability
		}},
	}
	list = append(list, limitRules(sides)...)
	list = append(list,
		rule{title: "keepalive", of: keepaliveOf, asked: []string{"workload.client"},
			bars: unlikeWithFaults("the keepalives differ, by which dead connections are noticed")},
		rule{title: "session expiry", of: granted("session_expiry_interval"), asked: []string{"workload.client", "profile"},
			bars: unlikeWithFaults("the brokers grant sessions another expiry")},
		rule{title: "maximum QoS", of: granted("maximum_qos"), bars: unlike("the brokers grant another quality of service")},
		rule{title: "settings", of: optionsOf},
		rule{title: "machine", of: machineOf, bars: unlike("the machines differ")},
		rule{title: "system", of: func(r *reports.Result) string { return r.Environment["kernel"] }},
		rule{title: "mqbench", of: func(r *reports.Result) string { return strings.TrimSpace(r.Mqbench + " " + r.Environment["go"]) }},
	)
	return append(list, questionRules(sides)...)
}

// unlike bars as soon as the values differ.
func unlike(why string) func(a, b side, x, y string) string {
	return func(a, b side, x, y string) string {
		if x == y {
			return ""
		}
		return fmt.Sprintf("%s (%s: %s; %s: %s)", why, a.Name, cmp.Or(x, "none"), b.Name, cmp.Or(y, "none"))
	}
}

// unlikeWithFaults bars where the values differ and there was a fault to come back from.
func unlikeWithFaults(why string) func(a, b side, x, y string) string {
	return func(a, b side, x, y string) string {
		if !slices.ContainsFunc(slices.Concat(a.results, b.results), func(r *reports.Result) bool { return len(r.Injections) > 0 }) {
			return ""
		}
		return unlike(why)(a, b, x, y)
	}
}

func unknownOf(a, b side, x string) string {
	if x == "" {
		return a.Name
	}
	return b.Name
}

// questionRules are about what else of the scenario differs between variants: keys that grouped saved runs, and have no
// rule of their own.
func questionRules(sides []side) []rule {
	own := []string{
		"broker", "image", "version", "profile", "shape", "nodes", "runtime", "library", "protocol", "transport", "settings", "folder",
		"topology.resources",
	}
	var keys []string
	for _, s := range sides {
		for key := range s.Values {
			if !slices.Contains(own, key) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	list := make([]rule, 0, len(keys))
	for _, key := range keys {
		list = append(list, rule{title: key, asked: []string{key}, bars: func(a, b side, _, _ string) string {
			if a.Values[key] == b.Values[key] {
				return ""
			}
			return unlike(key+" differs")(a, b, a.Values[key], b.Values[key])
		}, of: valueAt(sides, key)})
	}
	return list
}

// valueAt finds the value that a variant has of a key, from one of its results.
func valueAt(sides []side, key string) func(*reports.Result) string {
	return func(r *reports.Result) string {
		for _, s := range sides {
			if slices.Contains(s.results, r) {
				return s.Values[key]
			}
		}
		return ""
	}
}

func shortDigest(digest string) string {
	const short = len("sha256:") + 12
	return digest[:min(short, len(digest))]
}

func shapeOf(r *reports.Result) string {
	t := r.Topology
	text := fmt.Sprintf("%s, %s", t.Shape, reports.Plural(t.Nodes, "node"))
	if t.Balancer != "" {
		text += ", behind " + t.Balancer
	}
	if t.Bridge != nil {
		text += fmt.Sprintf(", bridges %s at QoS %d", t.Bridge.Direction, t.Bridge.QoS)
	}
	return text
}

func resourcesOf(r *reports.Result) string {
	bound := func(b *reports.Resources) string {
		var parts []string
		if b.CPUs > 0 {
			parts = append(parts, strconv.FormatFloat(b.CPUs, 'g', -1, 64)+" CPUs")
		}
		if b.MemoryBytes > 0 {
			parts = append(parts, reports.Bytes(b.MemoryBytes))
		}
		return strings.Join(parts, ", ")
	}
	text := "unbounded"
	if r.Topology.Resources != nil {
		text = bound(r.Topology.Resources)
	}
	if r.Topology.Core != nil {
		text += "; core " + bound(r.Topology.Core)
	}
	return text
}

func loadOf(r *reports.Result) string {
	w := r.Workload
	text := fmt.Sprintf("%s, %s", reports.Plural(w.Publishers, "publisher"), reports.Plural(w.Subscribers, "subscriber"))
	if w.ClosedLoops > 0 {
		text += fmt.Sprintf(", %s", reports.Plural(w.ClosedLoops, "closed loop"))
	}
	return text + ", " + w.Session + " sessions"
}

func protocolOf(r *reports.Result) string {
	w := r.Workload
	text := "MQTT " + w.Protocol
	if w.Transport != "" {
		text += " over " + w.Transport
	}
	if w.Library != "" {
		text += ", clients by " + w.Library
	}
	return text
}

// faultsOf are the kinds of faults that were due: targets are drawn, and so may differ between rounds.
func faultsOf(r *reports.Result) string {
	var names []string
	for _, i := range r.Injections {
		names = append(names, i.Fault)
	}
	slices.Sort(names)
	var parts []string
	for len(names) > 0 {
		n := 1
		for n < len(names) && names[n] == names[0] {
			n++
		}
		parts = append(parts, fmt.Sprintf("%d × %s", n, names[0]))
		names = names[n:]
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

func survivesOf(r *reports.Result) string {
	s := r.Topology.Settings
	switch {
	case s == nil:
		return ""
	case len(s.Survives) == 0:
		return "nothing"
	}
	all := slices.Clone(s.Survives)
	slices.Sort(all)
	slices.Reverse(all) // a stop before a kill
	return strings.Join(all, " and ")
}

func optionsOf(r *reports.Result) string {
	if r.Topology.Settings == nil {
		return ""
	}
	options := r.Topology.Settings.Options
	var parts []string
	for _, name := range sortedKeys(options) {
		parts = append(parts, name+" "+options[name])
	}
	return cmp.Or(strings.Join(parts, ", "), "its defaults")
}

// granted is a property of CONNACK; a broker that does not send it, or speaks no MQTT 5.0, has none.
func granted(property string) func(*reports.Result) string {
	return func(r *reports.Result) string { return r.Topology.ConnackProperties[property] }
}

// keepaliveOf is the keepalive that holds: the broker's where it says one [MQTT 5.0 §3.2.2.3.14].
func keepaliveOf(r *reports.Result) string {
	if own := r.Topology.ConnackProperties["server_keep_alive"]; own != "" {
		return own + "s by the broker"
	}
	if r.Workload.Keepalive == 0 {
		return ""
	}
	return r.Workload.Keepalive.String()
}

func machineOf(r *reports.Result) string {
	var parts []string
	for _, key := range []string{"cpu_model", "cpus", "gomaxprocs", "memory_bytes", "os", "arch"} {
		v := r.Environment[key]
		if n, err := strconv.ParseInt(v, 10, 64); key == "memory_bytes" && err == nil {
			v = reports.Bytes(n)
		}
		if v == "" {
			continue
		}
		switch key {
		case "cpus":
			v += " processors"
		case "gomaxprocs":
			if v == r.Environment["cpus"] {
				continue
			}
			v = "GOMAXPROCS " + v
		}
		parts = append(parts, v)
	}
	return strings.Join(parts, ", ")
}

// verdicts says how many runs of each side ended how. Runs that could not answer bar an order.
func verdicts(sides []side) Trait {
	t := Trait{Title: "verdicts", Values: make([]string, len(sides))}
	var doubts []string
	for i, s := range sides {
		count := map[string]int{}
		for _, r := range s.results {
			count[r.Verdict]++
		}
		var parts []string
		for _, v := range []check.Verdict{check.Pass, check.Inconclusive, check.Fail} {
			if n := count[string(v)]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, v))
			}
		}
		t.Values[i] = strings.Join(parts, ", ")
		if n := count[string(check.Inconclusive)]; n > 0 {
			doubts = append(doubts, fmt.Sprintf("%d of %d of %s", n, len(s.results), s.Name))
		}
	}
	if len(doubts) > 0 {
		t.Bars = "runs are inconclusive, and may have measured something else: " + strings.Join(doubts, ", ")
	}
	return t
}
