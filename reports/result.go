// Package reports turns a judged run into what people and programs read: the terminal summary, CSV files, JSON, and the
// live view of a run that lasts.
//
// It owns [Result], the versioned form of a run in numbers, its writers, and how numbers, names and tables look. It
// judges nothing: verdicts come from check and gate. The gate, the command and its coordinator import it.
package reports

import (
	"time"
)

// Schema is the version of [Result]. It changes when the meaning of a field does.
const Schema = 1

// A Result is a run in numbers: what result.json holds. Times are nanoseconds; those called began, healed and so on are
// since the start of the run.
type Result struct {
	Schema      int       `json:"schema"`
	Scenario    string    `json:"scenario"`
	Description string    `json:"description,omitempty"`
	RunID       string    `json:"run_id"`
	Seed        uint64    `json:"seed"`
	Verdict     string    `json:"verdict"`
	Started     time.Time `json:"started"`
	// Duration is from the start of the run to the end of its last phase.
	Duration    time.Duration     `json:"duration"`
	Interrupted bool              `json:"interrupted,omitempty"`
	Mqbench     string            `json:"mqbench"`
	Environment map[string]string `json:"environment"`
	Topology    Topology          `json:"topology"`
	Workload    Workload          `json:"workload"`
	Phases      []Phase           `json:"phases"`
	// Counts are of the whole run, Groups of each pair of publisher and subscriber group.
	Counts Counts  `json:"counts"`
	Groups []Group `json:"groups"`
	// Anomalies says how many of what the counts count are named one by one.
	Anomalies Anomalies `json:"anomalies"`
	// Latency is of the whole measurement.
	Latency Latencies `json:"latency"`
	// Windows holds the latencies "before", "during" and "after" faults.
	Windows    map[string]Latencies `json:"windows"`
	Injections []Injection          `json:"injections"`
	// Failover pools the affected clients of all injections: one sample per injection and client.
	Failover Failover `json:"failover"`
	// Backlog has one sample per injection that was carried out: the times until what had been held up was delivered.
	Backlog Distribution `json:"backlog"`
	Outages Outages      `json:"outages"`
	// UnavailabilityGap is the longest time in which nothing was delivered although messages were due: a lower bound,
	// up to two seconds too short.
	UnavailabilityGap time.Duration `json:"unavailability_gap"`
	Generator         Generator     `json:"generator"`
	Brokers           []Broker      `json:"brokers"`
	Findings          []Finding     `json:"findings"`
	Thresholds        []Threshold   `json:"thresholds"`
}

// Topology is what was under test. Nodes does not count a balancer.
type Topology struct {
	Broker  string `json:"broker"`
	Version string `json:"version"`
	Runtime string `json:"runtime"`
	Shape   string `json:"shape"`
	Nodes   int    `json:"nodes"`
	Profile string `json:"profile"`
	// Image is the name of the brokers' container image, Digest the hash of its content.
	Image  string `json:"image,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Addressing says what clients of containers dial: "container addresses" or "published ports" of the machine.
	Addressing string `json:"addressing,omitempty"`
	// Balancer is the product between the clients and the brokers.
	Balancer string  `json:"balancer,omitempty"`
	Bridge   *Bridge `json:"bridge,omitempty"`
	// Proxied names the links that pass a proxy of mqbench because a fault needs it; their latencies include it.
	Proxied           []string          `json:"proxied,omitempty"`
	ConnackProperties map[string]string `json:"connack_properties,omitempty"`
}

// Bridge is how the brokers of a bridged shape pass messages on.
type Bridge struct {
	Direction string `json:"direction"`
	QoS       byte   `json:"qos"`
}

// Workload sums up the offered load. Publishers and Subscribers count clients; of them, the copies publish or subscribe
// again what another one does.
type Workload struct {
	Protocol         string `json:"protocol"`
	Session          string `json:"session"`
	Publishers       int    `json:"publishers"`
	PublisherCopies  int    `json:"publisher_copies,omitempty"`
	Subscribers      int    `json:"subscribers"`
	SubscriberCopies int    `json:"subscriber_copies,omitempty"`
	// Rate is the offered rate in messages per second.
	Rate float64 `json:"rate"`
}

// Phase is a part of the run.
type Phase struct {
	Name  string        `json:"name"`
	Began time.Duration `json:"began"`
	Ended time.Duration `json:"ended"`
}

// Counts are defined at check.Counts.
type Counts struct {
	Attempted        uint64 `json:"attempted"`
	Acknowledged     uint64 `json:"acknowledged"`
	InDoubt          uint64 `json:"in_doubt"`
	Refused          uint64 `json:"refused"`
	Unsent           uint64 `json:"unsent"`
	Expected         uint64 `json:"expected"`
	Delivered        uint64 `json:"delivered"`
	Lost             uint64 `json:"lost"`
	LostDeclared     uint64 `json:"lost_declared"`
	LostSilent       uint64 `json:"lost_silent"`
	LostUnknown      uint64 `json:"lost_unknown"`
	LostPrefix       uint64 `json:"lost_prefix"`
	LostMiddle       uint64 `json:"lost_middle"`
	LostSuffix       uint64 `json:"lost_suffix"`
	Recovered        uint64 `json:"recovered"`
	Duplicated       uint64 `json:"duplicated"`
	Reordered        uint64 `json:"reordered"`
	Copies           uint64 `json:"copies"`
	Phantom          uint64 `json:"phantom"`
	Missed           uint64 `json:"missed"`
	RefusedDelivered uint64 `json:"refused_delivered"`
	Unmatched        uint64 `json:"unmatched"`
}

// Group is the counts of one pair of publisher and subscriber groups.
type Group struct {
	Publishers  string `json:"publishers"`
	Subscribers string `json:"subscribers"`
	Counts      Counts `json:"counts"`
}

// Anomalies counts the messages that were lost, duplicated, reordered, phantoms, or refused and yet delivered: Listed
// are the earliest, which anomalies.csv has; Unlisted did not fit.
type Anomalies struct {
	Listed   int    `json:"listed"`
	Unlisted uint64 `json:"unlisted"`
}

// Latencies by metric: publish_delay, publish, end_to_end, service, connect.
type Latencies map[string]Distribution

// A Distribution sums up a histogram, in nanoseconds. Percentiles are by nearest rank: p99 is the smallest value that
// 99 % of the samples do not exceed.
type Distribution struct {
	// Count is the number of values, Never the number of samples without one: they rank above every value, and a
	// percentile that falls on them is -1. Min, Mean and Max are of the values alone. Only times of failover have a
	// Never.
	Count int64         `json:"count"`
	Min   time.Duration `json:"min"`
	Mean  time.Duration `json:"mean"`
	P50   time.Duration `json:"p50"`
	P90   time.Duration `json:"p90"`
	P99   time.Duration `json:"p99"`
	P999  time.Duration `json:"p999"`
	Max   time.Duration `json:"max"`
	Never int64         `json:"never,omitempty"`
}

// Injection is a fault that was due, and the clients' ways back.
type Injection struct {
	Fault  string `json:"fault"`
	Target string `json:"target"`
	// Detail says in words what else there is to know, of a partition its sides.
	Detail string `json:"detail,omitempty"`
	// Began and Applied are the times just before and just after the call that did it, Healing and Healed those of the
	// call that undid it; 0 where there was no such call or it failed.
	Began     time.Duration `json:"began"`
	Applied   time.Duration `json:"applied"`
	Healing   time.Duration `json:"healing"`
	Healed    time.Duration `json:"healed"`
	Error     string        `json:"error,omitempty"`
	HealError string        `json:"heal_error,omitempty"`
	Failover
	Bystanders Bystanders `json:"bystanders"`
	// T50 to T100 are the times since Began until that part of the affected clients had resumed; -1: never.
	T50  time.Duration `json:"t50"`
	T90  time.Duration `json:"t90"`
	T99  time.Duration `json:"t99"`
	T100 time.Duration `json:"t100"`
	// RateBack and LatencyBack are the times since Began until the delivered rate and the end-to-end p99 were as before
	// the first fault, as defined at check.Injection; -1: never, or nothing to compare with, 0: never off.
	RateBack    time.Duration `json:"rate_back"`
	LatencyBack time.Duration `json:"latency_back"`
	// Backlog is the time since Healed until what was intended before that was delivered, as defined at
	// check.Injection; 0: nothing was behind, -1: it was not healed.
	Backlog time.Duration `json:"backlog"`
	// Brokers is what clients had of each broker around it.
	Brokers []BrokerView `json:"brokers,omitempty"`
	// Lost, Duplicated and Reordered count deliveries of messages that were intended during it, or after it and before
	// the next.
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
}

// BrokerView is what clients had of one broker before, during and after an injection, as defined at check.BrokerView.
type BrokerView struct {
	Name string `json:"name"`
	// ConnectedBefore and ConnectedDuring count its clients; -1: not known.
	ConnectedBefore int     `json:"connected_before"`
	ConnectedDuring int     `json:"connected_during"`
	Before          Service `json:"before"`
	During          Service `json:"during"`
	After           Service `json:"after"`
}

// Service is what clients had of a broker, per second, over so many whole seconds; without any there are no rates.
type Service struct {
	Seconds               float64 `json:"seconds"`
	AcknowledgedPerSecond float64 `json:"acknowledged_per_second"`
	DeliveredPerSecond    float64 `json:"delivered_per_second"`
}

// Failover is the way back of affected clients. The times are since the injection began. Resume is over all affected
// clients; the steps to it are over the clients that had to take them: detect and reconnect leave out those that were
// served again on the connection they had, resubscribe also leaves out publishers.
type Failover struct {
	Clients     InjectedClients `json:"clients"`
	Detect      Distribution    `json:"detect"`
	Reconnect   Distribution    `json:"reconnect"`
	Resubscribe Distribution    `json:"resubscribe"`
	Resume      Distribution    `json:"resume"`
}

// InjectedClients counts the clients of an injection.
type InjectedClients struct {
	Affected     int `json:"affected"`
	Resumed      int `json:"resumed"`
	NeverResumed int `json:"never_resumed"`
}

// Bystanders are the clients that an injection did not hit.
type Bystanders struct {
	Count  int          `json:"count"`
	Resume Distribution `json:"resume"`
}

// Outages counts the times in which a client that should have been served had no connection or no subscription on it.
// Unexplained ones began while no fault was in force. One that lasted to the end of the run is as long as it could be
// seen.
type Outages struct {
	Count       int           `json:"count"`
	Unexplained int           `json:"unexplained"`
	Longest     time.Duration `json:"longest"`
}

// Generator is what mqbench itself used. PeakRSSBytes is the most resident memory at any time where the system keeps
// count of it, elsewhere the highest of the samples, one a second. Late counts messages that were written later than
// LateBound after their intended time by mqbench's own fault.
type Generator struct {
	CPUSeconds   float64       `json:"cpu_seconds"`
	PeakRSSBytes int64         `json:"peak_rss_bytes"`
	Late         uint64        `json:"late"`
	LateBound    time.Duration `json:"late_bound"`
}

// Broker is what one broker was made from, where clients reach it, what it grants, and what it used over all its lives.
// PeakRSSBytes is as in [Generator], of any of its lives.
type Broker struct {
	Name              string            `json:"name"`
	Version           string            `json:"version,omitempty"`
	Image             string            `json:"image,omitempty"`
	Digest            string            `json:"digest,omitempty"`
	Address           string            `json:"address,omitempty"`
	ConnackProperties map[string]string `json:"connack_properties,omitempty"`

	CPUSeconds      float64 `json:"cpu_seconds"`
	PeakRSSBytes    int64   `json:"peak_rss_bytes"`
	UnexpectedExits int     `json:"unexpected_exits"`
}

// Finding is one judgement with its evidence.
type Finding struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail"`
}

// Threshold is a condition of the scenario and what was observed.
type Threshold struct {
	Expression string `json:"expression"`
	Observed   string `json:"observed"`
	Verdict    string `json:"verdict"`
}
