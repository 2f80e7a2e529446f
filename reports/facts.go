package reports

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteRunCSV writes run.csv: everything of the result that there is one of, as a name, a unit and a value in a row:
// what was run, its phases, the load, the system's outages, mqbench itself and its machine. Times of phases are since
// the start of the run. What is not known is empty; an empty unit says that the value is a word or a number of things.
func WriteRunCSV(w io.Writer, r *Result) error {
	return writeCSV(w, "run.csv", []string{"section", "name", "unit", "value"}, func(yield func([]string) bool) {
		for _, f := range r.facts() {
			if !yield([]string{f.section, cell(f.name), f.unit, f.value}) {
				return
			}
		}
	})
}

// A fact is a row of run.csv, of which value is fit for a cell.
type fact struct{ section, name, unit, value string }

// The units of run.csv.
const (
	inNanoseconds = "ns"
	inSeconds     = "s"
	inBytes       = "B"
	perSecondUnit = "1/s"
	ofOne         = "share"
)

func (r *Result) facts() []fact {
	return slices.Concat(
		r.runFacts(), r.Topology.facts(), r.brokerFacts(), r.Workload.facts(), r.phaseFacts(), r.Failover.facts(), r.arrivalFacts(),
		r.Measured.facts(), r.Generator.facts(), r.Machine.facts(), textFacts("environment", "", r.Environment),
	)
}

func (r *Result) runFacts() []fact {
	of := func(name, unit, value string) fact { return fact{"run", name, unit, value} }
	return []fact{
		of("scenario", "", cell(r.Scenario)), of("description", "", cell(r.Description)), of("question", "", cell(r.Question)),
		of("run_id", "", cell(r.RunID)),
		of("seed", "", unsigned(r.Seed)), of("verdict", "", cell(r.Verdict)), of("interrupted", "", strconv.FormatBool(r.Interrupted)),
		of("incomplete", "", strconv.FormatBool(r.Incomplete)),
		of("started", "", r.Started.UTC().Format(time.RFC3339)), of("duration", inNanoseconds, nanos(r.Duration)),
		of("mqbench", "", cell(r.Mqbench)), of("schema", "", strconv.Itoa(r.Schema)),
		of("anomalies_listed", "", strconv.Itoa(r.Anomalies.Listed)), of("anomalies_unlisted", "", unsigned(r.Anomalies.Unlisted)),
		of("unavailability_gap", inNanoseconds, nanos(r.UnavailabilityGap)),
		of("outages", "", strconv.Itoa(r.Outages.Count)), of("outages_unexplained", "", strconv.Itoa(r.Outages.Unexplained)),
		of("outages_longest", inNanoseconds, nanos(r.Outages.Longest)),
	}
}

func (t Topology) facts() []fact {
	of := func(name, value string) fact { return fact{"topology", name, "", value} }
	list := []fact{
		of("broker", cell(t.Broker)), of("version", cell(t.Version)), of("runtime", cell(t.Runtime)), of("shape", cell(t.Shape)),
		of("nodes", strconv.Itoa(t.Nodes)), of("profile", cell(t.Profile)), of("image", cell(t.Image)), of("digest", cell(t.Digest)),
		of("addressing", cell(t.Addressing)), of("balancer", cell(t.Balancer)), of("proxied", cell(strings.Join(t.Proxied, " "))),
	}
	if t.Bridge != nil {
		list = append(list, of("bridge_direction", cell(t.Bridge.Direction)), of("bridge_qos", strconv.Itoa(int(t.Bridge.QoS))))
	}
	if s := t.Settings; s != nil {
		list = append(list, of("durability", cell(s.Durability)), of("survives", cell(strings.Join(s.Survives, " "))))
		list = append(list, textFacts("topology", "limit_", s.Limits)...)
		list = append(list, textFacts("topology", "option_", s.Options)...)
	}
	list = append(list, t.Resources.facts("")...)
	list = append(list, t.Core.facts("core_")...)
	return append(list, textFacts("topology", "connack_", t.ConnackProperties)...)
}

// facts of bounds that there are none of are empty.
func (b *Resources) facts(prefix string) []fact {
	if b == nil {
		return nil
	}
	list := []fact{{"topology", prefix + "cpus", "", ""}, {"topology", prefix + "memory", inBytes, ""}}
	if b.CPUs > 0 {
		list[0].value = decimal(b.CPUs)
	}
	if b.MemoryBytes > 0 {
		list[1].value = signed(b.MemoryBytes)
	}
	return list
}

func (l Workload) facts() []fact {
	of := func(name, unit, value string) fact { return fact{"workload", name, unit, value} }
	return []fact{
		of("library", "", cell(l.Library)), of("protocol", "", cell(l.Protocol)), of("transport", "", cell(l.Transport)),
		of("session", "", cell(l.Session)),
		of("publishers", "", strconv.Itoa(l.Publishers)), of("publisher_copies", "", strconv.Itoa(l.PublisherCopies)),
		of("subscribers", "", strconv.Itoa(l.Subscribers)), of("subscriber_copies", "", strconv.Itoa(l.SubscriberCopies)),
		of("in_flight", "", atAll(strconv.Itoa(l.InFlight))), of("keepalive", inNanoseconds, atAll(nanos(l.Keepalive))),
		of("rate", perSecondUnit, decimal(l.Rate)), of("peak_rate", perSecondUnit, atAll(decimal(l.PeakRate))),
		of("closed_loops", "", strconv.Itoa(l.ClosedLoops)),
	}
}

// atAll is a number of which 0 says that it is not known.
func atAll(number string) string {
	if number == "0" {
		return ""
	}
	return number
}

func (r *Result) phaseFacts() []fact {
	var list []fact
	for _, p := range r.Phases {
		list = append(list, fact{"phases", p.Name + "_began", inNanoseconds, nanos(p.Began)},
			fact{"phases", p.Name + "_ended", inNanoseconds, nanos(p.Ended)})
	}
	return list
}

// arrivalFacts are what clients that came by their plan have beside the waits, which are in percentiles.csv.
func (r *Result) arrivalFacts() []fact {
	var list []fact
	for _, a := range r.Arrivals {
		of := func(name, unit, value string) fact { return fact{"arrivals", a.Group + "_" + name, unit, value} }
		list = append(list, of("called", "", strconv.Itoa(a.Called)), of("failed_attempts", "", strconv.Itoa(a.Failed)),
			of("peak_per_second", perSecondUnit, strconv.Itoa(a.PeakPerSecond)), of("all_in", inNanoseconds, nanos(a.AllIn)))
	}
	return list
}

// brokerFacts are what each broker grants, beside what is in brokers.csv.
func (r *Result) brokerFacts() []fact {
	var list []fact
	for _, b := range r.Brokers {
		list = append(list, textFacts("brokers", b.Name+"_connack_", b.ConnackProperties)...)
	}
	return list
}

// facts are of the clients of all faults together, each counted as often as it was hit.
func (f Failover) facts() []fact {
	of := func(name, unit string, n int) fact { return fact{"failover", name, unit, strconv.Itoa(n)} }
	list := []fact{
		of("affected", "", f.Clients.Affected), of("resumed", "", f.Clients.Resumed), of("never_resumed", "", f.Clients.NeverResumed),
		of("withdrawn", "", f.Clients.Withdrawn), of("storm_attempts", "", f.Storm.Attempts),
		of("storm_attempts_failed", "", f.Storm.Failed), of("storm_peak_attempts_per_second", perSecondUnit, f.Storm.PeakPerSecond),
		of("storm_most_attempts_of_a_client", "", f.Storm.MostOfAClient),
	}
	if f.Handshakes != nil {
		list = append(list, of("tls_resumed", "", f.Handshakes.Resumed))
	}
	return list
}

// facts of a result of old are none.
func (m *Measured) facts() []fact {
	if m == nil {
		return nil
	}
	of := func(name, unit, value string) fact { return fact{"measured", name, unit, value} }
	return []fact{
		of("length", inSeconds, decimal(m.Seconds)), of("written", "", unsigned(m.Written)),
		of("acknowledged", "", unsigned(m.Acknowledged)), of("delivered", "", unsigned(m.Delivered)),
		of("generator_cpu", inSeconds, decimal(m.GeneratorCPUSeconds)), of("broker_cpu", inSeconds, decimal(m.BrokerCPUSeconds)),
		of("broker_rss", inBytes, decimal(float64(m.BrokerRSSBytes))), of("connected", "", unlessUnknown(m.Connected)),
	}
}

func (g Generator) facts() []fact {
	of := func(name, unit, value string) fact { return fact{"generator", name, unit, value} }
	list := []fact{
		of("cpu", inSeconds, decimal(g.CPUSeconds)), of("peak_rss", inBytes, signed(g.PeakRSSBytes)),
		of("late", "", unsigned(g.Late)), of("late_bound", inNanoseconds, nanos(g.LateBound)),
		of("measured", inSeconds, decimal(g.MeasuredSeconds)), of("beyond", "", cell(strings.Join(g.Beyond, "; "))),
	}
	if g.MeasuredSeconds <= 0 {
		return list // an old record: nothing of the rest is known
	}
	return append(list,
		of("processors", "", decimal(g.Processors)), of("cpu_share", ofOne, decimal(g.CPUShare)),
		of("saturated", inSeconds, decimal(g.SaturatedSeconds)), of("throttled", inSeconds, decimal(g.ThrottledSeconds)),
		of("gcs", "", unsigned(g.GCs)), of("gc_cpu", inSeconds, decimal(g.GCCPUSeconds)), of("gc_cpu_share", ofOne, decimal(g.GCCPUShare)),
		of("rss_began", inBytes, signed(g.RSSBeganBytes)), of("rss_ended", inBytes, signed(g.RSSEndedBytes)),
		of("heap_peak", inBytes, signed(g.HeapPeakBytes)), of("heap_began", inBytes, signed(g.HeapBeganBytes)),
		of("heap_ended", inBytes, signed(g.HeapEndedBytes)), of("blocked_most", "", strconv.Itoa(g.BlockedMost)))
}

func (m *Machine) facts() []fact {
	if m == nil {
		return nil
	}
	of := func(name, unit, value string) fact { return fact{"machine", name, unit, value} }
	list := []fact{
		of("cores", "", strconv.Itoa(m.Cores)), of("busy", ofOne, decimal(m.Busy)), of("generator", ofOne, decimal(m.Generator)),
		of("brokers", ofOne, decimal(m.Brokers)), of("others", ofOne, decimal(m.Others)), of("iowait", ofOne, decimal(m.IOWait)),
		of("steal", ofOne, decimal(m.Steal)), of("saturated", inSeconds, decimal(m.SaturatedSeconds)),
		of("pressure", ofOne, decimal(m.Pressure)),
	}
	if n := m.Network; n != nil {
		list = append(list, of("tcp_queue_drops", "", unsigned(n.QueueDrops)), of("tcp_backlog_drops", "", unsigned(n.BacklogDrops)),
			of("tcp_pruned", "", unsigned(n.Pruned)), of("tcp_zero_windows", "", unsigned(n.ZeroWindows)),
			of("tcp_listen_drops", "", unsigned(n.ListenDrops)))
	}
	return list
}

// textFacts are the words of a map in order.
func textFacts(section, prefix string, texts map[string]string) []fact {
	var list []fact
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		list = append(list, fact{section, prefix + name, "", cell(texts[name])})
	}
	return list
}
