package exposition

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// emit hands over a value, with the values of the family's labels.
type emit func(value float64, labels ...string)

// A family is a counter or a gauge and where its values come from.
type family struct {
	description *prometheus.Desc
	kind        prometheus.ValueType
	collect     func(history.Progress, emit)
}

// families are all metrics but the histograms.
func families() []family {
	return slices.Concat(ofRun(), ofMessages(), ofBrokers(), ofFaults(), ofGenerator())
}

// ofRun are what is run, and how far it is.
func ofRun() []family {
	return []family{
		gauge("run_info", "What is run; always 1.", func(p history.Progress, emit emit) {
			m := p.Meta
			emit(1, m.Scenario, strconv.FormatUint(m.Seed, 10), m.Broker, m.Runtime, m.Shape, m.Profile, m.Protocol, m.Transport,
				m.Library, m.Mqbench)
		}, "scenario", "seed", "product", "runtime", "shape", "profile", "protocol", "transport", "library", "mqbench_version"),
		gauge("run_start_timestamp_seconds", "When the run began, in Unix time.", func(p history.Progress, emit emit) {
			emit(float64(p.Meta.Started.UnixMilli()) / 1000)
		}),
		gauge("run_elapsed_seconds", "Time since the run began at which the other values were taken, once a second.",
			func(p history.Progress, emit emit) { emit(p.At.Seconds()) }),
		gauge("run_phase", "1 for the phase that goes on, 0 for the others.", func(p history.Progress, emit emit) {
			for _, phase := range phases() {
				emit(truth(p.Phase == phase), phase)
			}
		}, "phase"),
		gauge("clients", "Simulated clients of the run; a device is one.",
			func(p history.Progress, emit emit) { emit(float64(p.Clients)) }),
		gauge("clients_connected", "Clients that have a CONNACK and whose connection is not known to be dead.",
			func(p history.Progress, emit emit) { emit(float64(p.Connected)) }),
	}
}

// phases are those of every run, in their order.
func phases() []string {
	return []string{"provision", "connect", "warmup", "measure", "drain", "close"}
}

// ofMessages are what is counted of messages and deliveries while the run lasts. What was lost nobody knows before its
// end, when no more can come.
func ofMessages() []family {
	of := func(value func(history.Progress) uint64) func(history.Progress, emit) {
		return func(p history.Progress, emit emit) { emit(float64(value(p))) }
	}
	return []family{
		counter("messages_due_total", "Messages whose intended time has passed: the offered load.",
			of(func(p history.Progress) uint64 { return p.Due })),
		counter("messages_written_total", definition("attempted"), of(func(p history.Progress) uint64 { return p.Written })),
		counter("messages_acknowledged_total", definition("acknowledged"), of(func(p history.Progress) uint64 { return p.Acknowledged })),
		counter("messages_in_doubt_total", definition("in_doubt")+" Counted when the session that could have told is lost.",
			of(func(p history.Progress) uint64 { return p.InDoubt })),
		counter("messages_refused_total", definition("refused"), of(func(p history.Progress) uint64 { return p.Refused })),
		counter("messages_unsent_total", definition("unsent"), of(func(p history.Progress) uint64 { return p.Unsent })),
		counter("deliveries_total", "First receipts of a message, per subscriber or shared group.",
			of(func(p history.Progress) uint64 { return p.Delivered })),
		counter("deliveries_duplicated_total", definition("duplicated"), of(func(p history.Progress) uint64 { return p.Duplicated })),
		counter("deliveries_reordered_total", definition("reordered"), of(func(p history.Progress) uint64 { return p.Reordered })),
		counter("deliveries_phantom_total",
			"Receipts with a bad checksum, of another run, or of a publisher whose topic was not asked for.",
			of(func(p history.Progress) uint64 { return p.Phantom })),
	}
}

// ofBrokers are what each broker uses, and what clients have of it.
func ofBrokers() []family {
	each := func(value func(history.BrokerProgress) float64) func(history.Progress, emit) {
		return func(p history.Progress, emit emit) {
			for _, b := range p.Brokers {
				emit(value(b), b.Name)
			}
		}
	}
	const label = "broker"
	return []family{
		gauge("broker_info", "What the broker was made from; always 1, and missing before it runs.",
			func(p history.Progress, emit emit) {
				for n, o := range p.Meta.Origins {
					if n < len(p.Brokers) {
						emit(1, p.Brokers[n].Name, o.Version, o.Image)
					}
				}
			}, label, "version", "image"),
		gauge("broker_up", "1 if the broker runs and is not paused, else 0.",
			each(func(b history.BrokerProgress) float64 { return truth(b.Up) }), label),
		counter("broker_cpu_seconds_total", "CPU time of the broker over all its lives.",
			each(func(b history.BrokerProgress) float64 { return b.CPU.Seconds() }), label),
		gauge("broker_resident_memory_bytes", "Resident memory of the broker.",
			each(func(b history.BrokerProgress) float64 { return float64(b.RSSBytes) }), label),
		counter("broker_messages_acknowledged_total", "Messages that this broker acknowledged without an error.",
			each(func(b history.BrokerProgress) float64 { return float64(b.Acknowledged) }), label),
		counter("broker_deliveries_total", "First receipts from this broker, copies that the scenario asked for among them.",
			each(func(b history.BrokerProgress) float64 { return float64(b.Delivered) }), label),
		gauge("broker_clients_connected", "Clients that are connected to the broker.",
			each(func(b history.BrokerProgress) float64 { return float64(b.Connected) }), label),
		gauge("broker_connections_blocked", "Connections of publishers to the broker that take no more now.",
			each(func(b history.BrokerProgress) float64 { return float64(b.Stalled) }), label),
		counter("broker_blocked_seconds_total",
			"Sum over the connections of publishers of the times, now over, in which the broker or the network took no more.",
			each(func(b history.BrokerProgress) float64 { return b.Blocked.Time.Seconds() }), label),
		counter("broker_exits_total", "Times that the broker ended by itself.",
			each(func(b history.BrokerProgress) float64 { return float64(b.Exits) }), label),
	}
}

// ofFaults are the injections, counted by what is done to whom.
func ofFaults() []family {
	count := func(value func(history.Injection) float64) func(history.Progress, emit) {
		return func(p history.Progress, emit emit) {
			sums, order := map[[3]string]float64{}, [][3]string{}
			for _, i := range p.Injections {
				labels := [3]string{i.Fault, targets(p, i), i.Detail}
				if _, known := sums[labels]; !known {
					order = append(order, labels)
				}
				sums[labels] += value(i)
			}
			for _, labels := range order {
				emit(sums[labels], labels[:]...)
			}
		}
	}
	labels := []string{"fault", "target", "detail"}
	return []family{
		counter("faults_total", "Faults that were due so far, those that failed among them.",
			count(func(history.Injection) float64 { return 1 }), labels...),
		counter("faults_failed_total", "Faults that could not be carried out or not be healed.",
			count(func(i history.Injection) float64 { return truth(i.Error != "" || i.HealError != "") }), labels...),
		gauge("faults_active", "Faults in force: begun and not healed.",
			count(func(i history.Injection) float64 { return truth(i.InForce()) }), labels...),
	}
}

// targets names the brokers of an injection.
func targets(p history.Progress, i history.Injection) string {
	var names []string
	for _, t := range i.Targets {
		if t >= 0 && t < len(p.Brokers) {
			names = append(names, p.Brokers[t].Name)
		}
	}
	return strings.Join(names, ", ")
}

// ofGenerator are what mqbench itself uses. The rest of how it fares are histograms.
func ofGenerator() []family {
	of := func(value func(history.GeneratorProgress) float64) func(history.Progress, emit) {
		return func(p history.Progress, emit emit) { emit(value(p.Generator)) }
	}
	return []family{
		counter("generator_late_messages_total",
			"Messages written more than 25 ms late although nothing but mqbench held them up.",
			of(func(g history.GeneratorProgress) float64 { return float64(g.Late) })),
		counter("generator_cpu_seconds_total", "CPU time of mqbench itself.",
			of(func(g history.GeneratorProgress) float64 { return g.CPU.Seconds() })),
		gauge("generator_processors", "Processors that mqbench may use: GOMAXPROCS, or the quota of its control groups.",
			of(func(g history.GeneratorProgress) float64 { return g.Processors })),
		gauge("generator_resident_memory_bytes", "Resident memory of mqbench itself.",
			of(func(g history.GeneratorProgress) float64 { return float64(g.RSSBytes) })),
		gauge("generator_heap_bytes", "Objects on the heap of mqbench itself.",
			of(func(g history.GeneratorProgress) float64 { return float64(g.HeapBytes) })),
		counter("generator_gc_cycles_total", "Garbage collections of mqbench.",
			of(func(g history.GeneratorProgress) float64 { return float64(g.GCs) })),
		counter("generator_gc_cpu_seconds_total", "CPU time that they took.",
			of(func(g history.GeneratorProgress) float64 { return g.GCCPU.Seconds() })),
		counter("generator_throttled_seconds_total",
			"Time in which the control group of the tightest quota had used it up; missing where it is not known.",
			func(p history.Progress, emit emit) {
				if p.Generator.Throttled >= 0 {
					emit(p.Generator.Throttled.Seconds())
				}
			}),
	}
}

func counter(name, help string, collect func(history.Progress, emit), labels ...string) family {
	return family{describe(name, help, labels...), prometheus.CounterValue, collect}
}

func gauge(name, help string, collect func(history.Progress, emit), labels ...string) family {
	return family{describe(name, help, labels...), prometheus.GaugeValue, collect}
}

// definition is that of a metric of the thresholds, which means the same.
func definition(name string) string {
	m, _ := scenarios.FindMetric(name)
	return m.Definition
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
