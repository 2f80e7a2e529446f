// Package reports turns a judged run into what people and programs read: the terminal summary, CSV files, JSON, and the
// live view of a run that lasts.
//
// It owns [Result], the versioned form of a run in numbers, its writers, what the words in them mean ([Definitions]), and
// how numbers, names and tables look. It judges nothing: verdicts come from check and gate. The gate, the command and its
// coordinator import it.
package reports

import (
	"time"
)

// Schema is the version of [Result]. It changes when the meaning of a field does.
const Schema = 1

// A Result is a run in numbers: what result.json holds. Times are nanoseconds; those called began, healed and so on are
// since the start of the run.
type Result struct {
	Schema   int    `json:"schema"`
	Scenario string `json:"scenario"`
	// Question is the hash of what was asked, whoever was asked: scenarios.Question. Missing in results of old.
	Question    string    `json:"question,omitempty"`
	Description string    `json:"description,omitempty"`
	RunID       string    `json:"run_id"`
	Seed        uint64    `json:"seed"`
	Verdict     string    `json:"verdict"`
	Started     time.Time `json:"started"`
	// Duration is from the start of the run to the end of its last phase.
	Duration    time.Duration `json:"duration"`
	Interrupted bool          `json:"interrupted,omitempty"`
	// Incomplete: the record was cut off, because mqbench was killed or the machine went down.
	Incomplete  bool              `json:"incomplete,omitempty"`
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
	Backlog  Distribution `json:"backlog"`
	Outages  Outages      `json:"outages"`
	Arrivals []Arrival    `json:"arrivals,omitempty"`
	// UnavailabilityGap is the longest time in which nothing was delivered although messages were due: a lower bound,
	// up to two seconds too short.
	UnavailabilityGap time.Duration `json:"unavailability_gap"`
	// Measured is missing where there was no whole second of measurement, and in results of old.
	Measured  *Measured `json:"measured,omitempty"`
	Generator Generator `json:"generator"`
	// Machine is what all processes of mqbench's machine did in the measurement; missing where the system does not tell.
	Machine    *Machine    `json:"machine,omitempty"`
	Brokers    []Broker    `json:"brokers"`
	Findings   []Finding   `json:"findings"`
	Thresholds []Threshold `json:"thresholds"`
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
	Proxied []string `json:"proxied,omitempty"`
	// Settings is what the profile comes to with the product; nil in results of old.
	Settings *Settings `json:"settings,omitempty"`
	// Resources bound each broker, Core the core of an edge topology instead; nil: no bound.
	Resources         *Resources        `json:"resources,omitempty"`
	Core              *Resources        `json:"core,omitempty"`
	ConnackProperties map[string]string `json:"connack_properties,omitempty"`
}

// Settings are what a broker product was told and what it promises then, as its recipe says.
type Settings struct {
	// Durability says in words what is left of acknowledged messages after a kill; Survives are the faults, stop and kill,
	// after which a single broker that is started again still has its sessions with what they were owed.
	Durability string   `json:"durability"`
	Survives   []string `json:"survives"`
	// Limits are numbers of messages or "none": in_flight to a subscriber, receive_maximum of a publisher, queue of a
	// session; what is missing is not known.
	Limits map[string]string `json:"limits,omitempty"`
	// Options are the settings themselves, in the product's own words.
	Options map[string]string `json:"options,omitempty"`
}

// Resources are bounds on what one broker may use; 0 means no bound.
type Resources struct {
	CPUs        float64 `json:"cpus,omitempty"`
	MemoryBytes int64   `json:"memory_bytes,omitempty"`
}

// Bridge is how the brokers of a bridged shape pass messages on.
type Bridge struct {
	Direction string `json:"direction"`
	QoS       byte   `json:"qos"`
}

// Workload sums up the offered load. Publishers and Subscribers count clients; of them, the copies publish or subscribe
// again what another one does.
type Workload struct {
	// Library is the client library; none in results of old.
	Library  string `json:"library,omitempty"`
	Protocol string `json:"protocol"`
	// Transport is tls, ws or wss; "" is plain TCP.
	Transport        string `json:"transport,omitempty"`
	Session          string `json:"session"`
	Publishers       int    `json:"publishers"`
	PublisherCopies  int    `json:"publisher_copies,omitempty"`
	Subscribers      int    `json:"subscribers"`
	SubscriberCopies int    `json:"subscriber_copies,omitempty"`
	// InFlight is the number of messages of QoS 1 and 2 that a publisher may have under way; Keepalive what clients ask
	// for. Both are 0 where the scenario is not known.
	InFlight  int           `json:"in_flight,omitempty"`
	Keepalive time.Duration `json:"keepalive,omitempty"`
	// Rate is the mean rate over the load that the schedules of all publishers come to, in messages per second.
	Rate float64 `json:"rate"`
	// PeakRate is the most that came due within a second of the run, scaled to one, in messages per second; 0: not known.
	PeakRate float64 `json:"peak_rate,omitempty"`
	// ClosedLoops is the number of publishers that have no schedule and send whenever their window has room.
	ClosedLoops int `json:"closed_loops,omitempty"`
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
	Storm       Storm           `json:"storm"`
	// Handshakes is nil where the transport has none.
	Handshakes *Handshakes `json:"handshakes,omitempty"`
}

// Handshakes are those of TLS and WebSocket on affected clients' ways back: since the injection began, when TCP stood and
// when they were made, and how many of those of TLS resumed an earlier session.
type Handshakes struct {
	Dialed     Distribution `json:"dialed"`
	Handshaken Distribution `json:"handshaken"`
	Resumed    int          `json:"tls_resumed"`
}

// A Storm is how affected clients asked to be let in again: attempts to connect up to each one's CONNACK, how many of
// them failed, the most of one client, and the most within any one second.
type Storm struct {
	Attempts      int `json:"attempts"`
	Failed        int `json:"failed"`
	MostOfAClient int `json:"most_of_a_client"`
	PeakPerSecond int `json:"peak_per_second"`
}

// An Arrival is how the clients of a group were let in that came by their plan while the run went on. Wait is the time
// from when the plan called a client to its CONNACK, and for a subscriber its SUBACK. AllIn is the time from the first
// call until the last client was in; -1: some never were, or came more than once.
type Arrival struct {
	Group         string        `json:"group"`
	Called        int           `json:"called"`
	Failed        int           `json:"failed_attempts"`
	PeakPerSecond int           `json:"peak_per_second"`
	Wait          Distribution  `json:"wait"`
	AllIn         time.Duration `json:"all_in"`
}

// InjectedClients counts the clients of an injection.
type InjectedClients struct {
	Affected     int `json:"affected"`
	Resumed      int `json:"resumed"`
	NeverResumed int `json:"never_resumed"`
	// Withdrawn were hit as well, and left by their plan before they were served again; they are not among the affected.
	Withdrawn int `json:"withdrawn,omitempty"`
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

// Measured is what was done in the whole seconds of the measurement and what it cost, as defined at check.Measured. CPU
// times, memory and Connected are -1 where they are not known.
type Measured struct {
	Seconds             float64 `json:"seconds"`
	Written             uint64  `json:"written"`
	Acknowledged        uint64  `json:"acknowledged"`
	Delivered           uint64  `json:"delivered"`
	GeneratorCPUSeconds float64 `json:"generator_cpu_seconds"`
	BrokerCPUSeconds    float64 `json:"broker_cpu_seconds"`
	BrokerRSSBytes      int64   `json:"broker_rss_bytes"`
	Connected           int     `json:"connected"`
}

// Generator is what mqbench itself used. PeakRSSBytes is the most resident memory at any time where the system keeps
// count of it, elsewhere the highest of the samples, one a second. Late counts messages that were written later than
// LateBound after their intended time by mqbench's own fault.
type Generator struct {
	CPUSeconds   float64       `json:"cpu_seconds"`
	PeakRSSBytes int64         `json:"peak_rss_bytes"`
	Late         uint64        `json:"late"`
	LateBound    time.Duration `json:"late_bound"`
	// The rest is of the whole seconds of the measurement, MeasuredSeconds in all, and defined at check.Generator and
	// history.Effort. 0 MeasuredSeconds: nothing of it is known. CPUShare is of the Processors that it may use.
	MeasuredSeconds  float64 `json:"measured_seconds"`
	Processors       float64 `json:"processors"`
	CPUShare         float64 `json:"cpu_share"`
	SaturatedSeconds float64 `json:"saturated_seconds"`
	// ThrottledSeconds is -1 where it is not known.
	ThrottledSeconds float64 `json:"throttled_seconds"`
	GCs              uint64  `json:"gcs"`
	GCCPUSeconds     float64 `json:"gc_cpu_seconds"`
	// GCCPUShare is the part of mqbench's CPU time that the garbage collector took.
	GCCPUShare    float64 `json:"gc_cpu_share"`
	RSSBeganBytes int64   `json:"rss_began_bytes"`
	RSSEndedBytes int64   `json:"rss_ended_bytes"`
	HeapPeakBytes int64   `json:"heap_peak_bytes"`
	// HeapBeganBytes and HeapEndedBytes are the least heap of the first and the last third; 0: too short to tell.
	HeapBeganBytes int64 `json:"heap_began_bytes"`
	HeapEndedBytes int64 `json:"heap_ended_bytes"`
	// BlockedMost is the most connections that took no more at once.
	BlockedMost int `json:"blocked_most"`
	// Waits are mqbench's own, in nanoseconds: shard_lag and wake_lag (percentiles are parts of time, looked at
	// once a millisecond), read_lag, scheduler_latency, gc_pause, write_blocked; see history.ShardLag and the others.
	Waits Latencies `json:"waits"`
	// Beyond names the figures that were beyond their bounds: times cannot be judged then.
	Beyond []string `json:"beyond"`
}

// Machine is what all processes of the machine did in the measurement, as defined at check.Machine. Shares (0 to 1) are
// of the time of all its processors.
type Machine struct {
	Cores            int     `json:"cores"`
	Busy             float64 `json:"busy"`
	Generator        float64 `json:"generator"`
	Brokers          float64 `json:"brokers"`
	Others           float64 `json:"others"`
	IOWait           float64 `json:"iowait"`
	Steal            float64 `json:"steal"`
	SaturatedSeconds float64 `json:"saturated_seconds"`
	// Pressure is the part of the time in which a thread waited for a processor; -1: not known.
	Pressure float64 `json:"pressure"`
	// Network counts what TCP dropped, whosever the sockets; missing where the system does not tell.
	Network *Network `json:"network,omitempty"`
}

// Network is as defined at history.Network.
type Network struct {
	QueueDrops   uint64 `json:"queue_drops"`
	BacklogDrops uint64 `json:"backlog_drops"`
	Pruned       uint64 `json:"pruned"`
	ZeroWindows  uint64 `json:"zero_windows"`
	ListenDrops  uint64 `json:"listen_drops"`
}

// Blocked sums up when connections of publishers to a broker took no more, as defined at history.Blocked.
type Blocked struct {
	Spells  uint64        `json:"spells"`
	Seconds float64       `json:"seconds"`
	Longest time.Duration `json:"longest"`
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
	// Blocked is the socket back-pressure of this broker, or of the network on the way to it.
	Blocked Blocked `json:"blocked"`
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
