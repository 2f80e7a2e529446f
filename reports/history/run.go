// Package history is the record of a run: what happened, without any judgement.
//
// It owns the types of the record, the [Recorder] that the actors write while a run lasts, and the form on disk. It
// imports nothing of ours; workers and chaos write it, check and reports read it. All times are durations since the
// run's epoch on the monotonic clock; wall-clock time appears once, as [Meta.Started].
package history

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A Run is all that is known of one run. Runs of the same plan merge: see [Merge].
type Run struct {
	Meta        Meta
	Phases      []Phase
	Publishers  []Publisher
	Subscribers []Subscriber
	// Flows holds one entry per publisher and account; see [Flow].
	Flows      []Flow
	Events     []Event
	Injections []Injection
	// Resumptions holds, per client and injection, when the client was served again.
	Resumptions []Resumption
	// EventsDropped counts events beyond the bound: judgements about connections are then incomplete.
	EventsDropped uint64
	// Oddities lists receipts that were not plain first deliveries, at most 50,000 of each kind; OdditiesDropped counts
	// the rest. Reorderings on shared subscriptions are counted in their flows and not listed.
	Oddities        []Oddity
	OdditiesDropped uint64
	// Phantoms counts all phantoms, listed or not.
	Phantoms uint64
	// Latencies holds, by window and metric, the histogram of the window, in nanoseconds.
	Latencies map[Window]map[Metric]*hdr.Histogram
	Timeline  []Second
	Brokers   []Broker
	Generator Generator
	// Complete is false while the run is being recorded and stays false in what a crash left behind.
	Complete bool
}

// Meta says what was run.
type Meta struct {
	// RunID is drawn for each run and is part of every stamp, so that messages of another run are recognised.
	RunID    uint64
	Seed     uint64
	Scenario string
	// Started is the epoch as wall-clock time.
	Started time.Time
	Mqbench string
	// Environment holds facts of the machine: go, os, arch, kernel, cpus, cpu model, memory.
	Environment map[string]string
	Broker      string
	// Version is the version that the brokers told, in old records, which have no Origins.
	Version string
	Runtime string
	Shape   string
	// BridgeDirection and BridgeQoS are those of the bridges of a bridged shape.
	BridgeDirection string
	BridgeQoS       byte
	Profile         string
	// Settings is what the profile comes to with the product; empty in old records.
	Settings Settings
	// Library is the client library of the clients; none in old records, which know only mqbench's own.
	Library  string
	Protocol string
	// Transport is what carried MQTT: tcp, tls, ws or wss; "" in old records is tcp.
	Transport string
	// PersistentSessions and Keepalive are the clients' settings that the checks need.
	PersistentSessions bool
	Keepalive          time.Duration
	// SharedSessions tells that a client finds its session at every broker, as far as the product keeps it. Otherwise
	// each broker has sessions of its own.
	SharedSessions bool
	// Redelivery is the longest time after which the product sends again, on a connection that lives, what was not
	// acknowledged; 0: it never does.
	Redelivery time.Duration
	// ConnackProperties holds what the brokers granted, by name (receive_maximum, …), where MQTT 5.0 was spoken, in old
	// records, which have no Origins.
	ConnackProperties map[string]string
	// Brokers holds the names in order; a broker's index here is its number in events and details. With Balanced the
	// last one is the load balancer, to which all clients connect: which broker serves them is not known.
	Brokers  []string
	Balanced bool
	// Origins says of each broker, in order, what it was made from.
	Origins []Origin
	// Proxied names the links that pass a proxy of mqbench because a fault needs it: "clients-b1", "b2-b1".
	Proxied []string
	// Interrupted is true when the run was ended early by a signal.
	Interrupted bool
}

// Settings are what a broker product was told and what it promises then, as its recipe says.
type Settings struct {
	// Durability says in words what is left of acknowledged messages after a kill; Survives are the faults, stop and kill,
	// after which a single broker still has its sessions with what they were owed.
	Durability string
	Survives   []string
	// Limits holds its limits by name, see brokers.Profile; Options the settings themselves, in the product's own words.
	Limits, Options map[string]string
}

// An Origin is what a broker was made from.
type Origin struct {
	// Version is the version that the broker itself tells.
	Version string
	// Image and Digest are the name of its container image and the hash of its content; empty without a container.
	Image, Digest string
	// Address is where clients reach it; Published tells that this is a port of the machine in front of a container.
	Address   string
	Published bool
	// ConnackProperties holds what it granted to a probe, by name, where MQTT 5.0 was spoken.
	ConnackProperties map[string]string
}

// A Phase is a part of the run: "provision", "connect", "warmup", "measure", "drain", "close".
type Phase struct {
	Name         string
	Began, Ended time.Duration
}

// A Publisher is one publishing client and the fate of its messages 0, 1, 2, ….
//
// Attempted messages were written to a connection at least once. At QoS 1 and 2 each attempted message ends as
// acknowledged, refused or in doubt; at QoS 0 there is no acknowledgement and those sets stay empty.
type Publisher struct {
	Client string
	Group  string
	Topic  string
	QoS    byte
	// Rate is the mean rate of its schedule over the whole load, in messages per second; 0 in a closed loop.
	Rate float64
	// Planned is the number of messages that its schedule has in the whole load; 0 in a closed loop, and in records that
	// do not say it.
	Planned uint64
	// Window is the number of messages that a closed loop has under way; 0: it has a schedule.
	Window int
	// Home is the number of the broker at which the client starts.
	Home int
	// Original is the number of the publisher whose messages this one publishes again at another broker, that of the
	// one before it; its own number where it publishes its own. Both have the same schedule, so that equal sequence
	// numbers are equal messages.
	Original int
	// Due counts intended times that have passed: the offered load.
	Due uint64
	// Next is the sequence number behind the last one that was attempted or given up: attempted = [0, Next) without
	// Unsent.
	Next         uint32
	Acknowledged Sequences
	Refused      Sequences
	// InDoubt are messages whose acknowledgement never came: the session was lost, or the run ended.
	InDoubt Sequences
	// Unsent are messages that were due and never left whole: the backlog was full, the socket did not take them before
	// their connection or the run ended, or the server forbids such messages.
	Unsent Sequences
	// Unmatched counts acknowledgements with reason 0x10, no matching subscribers [MQTT 5.0 §3.4.2.1].
	Unmatched uint64
}

// A Subscriber is one subscribing client.
type Subscriber struct {
	Client  string
	Group   string
	Filters []string
	QoS     byte
	Home    int
	// Account is the number of the account that its receipts count for. The members of a shared subscription have one
	// in common, so have the two clients of a duplicate subscriber, which are not Shared; everybody else has an own one.
	Account int
	Shared  bool
	// Device is where the client publishes as well, over the same connection, the number of that publisher, counted from
	// 1; 0: nowhere. The events of its connections are then the publisher's, those of its subscriptions its own.
	Device int
}

// A Flow is one publisher's ordered topic as one account sees it.
type Flow struct {
	Account   int
	Publisher int
	// Delivered are the messages that were received at least once; from a duplicate publisher, at least once as
	// published by this one of its two.
	Delivered Sequences
	// Duplicated counts receipts beyond the first of a message, Reordered first receipts behind a later message's first
	// receipt. With duplicates a message has several paths, from each of the two publishers to each of the two clients
	// of an account: what counts is then the receipts by the same path.
	Duplicated, Reordered uint64
	// Copies counts receipts that were the first by their path, of messages that came by another path too: each message
	// counts once for every path beyond the first. What came from both of two publishers counts in the copy's flow. Over
	// all flows of an account, receipts are different messages, Duplicated and Copies.
	Copies uint64
	// Retained counts receipts with the retain flag, which are not deliveries of the live flow and count for nothing
	// else.
	Retained uint64
}

// EventKind is what happened to a client's connection.
type EventKind string

// The events of a client.
const (
	// Connecting is the start of an attempt.
	Connecting EventKind = "connecting"
	// Connected is a CONNACK with success.
	Connected EventKind = "connected"
	// Dialed is when the TCP connection of an attempt stood that came to be [Connected], and Handshaken when the
	// handshakes on it were made, with [ResumedSession] as detail where TLS resumed an earlier session; only where a
	// transport has handshakes.
	Dialed     EventKind = "dialed"
	Handshaken EventKind = "handshaken"
	// ConnectFailed is the end of an attempt without success.
	ConnectFailed EventKind = "connect failed"
	// Subscribed is the SUBACK that granted every filter, or the CONNACK of a session that was still there.
	Subscribed EventKind = "subscribed"
	// SubscribeFailed is a SUBACK that refused a filter.
	SubscribeFailed EventKind = "subscribe failed"
	// Disconnected is the time at which the client knew its connection to be dead; ended by itself it is [Closed].
	Disconnected EventKind = "disconnected"
	// Closed is the end of a connection that the client wanted: the end of the run.
	Closed EventKind = "closed"
	// Left is when the client's plan had it go; it ends the connection, where there is one. At the beginning of a record
	// it says that the client's time has not come. Called is when the plan has it come, or come back.
	Left   EventKind = "left"
	Called EventKind = "called"
	// Unsubscribing is just before an UNSUBSCRIBE is written. Unsubscribed is its UNSUBACK, or the CONNACK of a connection
	// on which the plan wants no subscription.
	Unsubscribing EventKind = "unsubscribing"
	Unsubscribed  EventKind = "unsubscribed"
)

// ResumedSession is the detail of a [Handshaken] event whose TLS handshake resumed an earlier session of the client.
const ResumedSession = "resumed"

// ClientRef names a client: publishers and subscribers are numbered apart.
type ClientRef struct {
	Subscriber bool
	Number     int
}

// An Event is one change of a client's connection.
type Event struct {
	At     time.Duration
	Client ClientRef
	Kind   EventKind
	// Broker is the broker's number.
	Broker int
	// SessionPresent is the flag of the CONNACK, for Connected.
	SessionPresent bool
	// Detail is the cause of a failure or the lowered QoS of a grant.
	Detail string
}

// BrokenProtocol begins the detail of a Disconnected event where the client ended the connection because the server broke
// the protocol.
const BrokenProtocol = "server broke the protocol"

// An Injection is a fault that was carried out. Began and Applied bracket the call that did it, Healing and Healed the
// call that undid it; Healed is when the broker served again. Zero Healed means it was not healed.
type Injection struct {
	// Fault is the kind (kill, stop, pause, restart); rolling and monkey appear as what they did.
	Fault string
	// Planned is the time at which it was due.
	Planned time.Duration
	// Detail says in words what else there is to know: "b1 | b2, b3", "100ms ± 20ms".
	Detail string
	// Targets are the numbers of the brokers that were hit.
	Targets         []int
	Began, Applied  time.Duration
	Healing, Healed time.Duration
	// Error is why the injection failed, HealError why the heal failed; empty is success.
	Error, HealError string
}

// A Resumption is the first time a client was served after an injection: for a publisher the first acknowledgement of a
// message that was first sent after the injection was applied (at QoS 0: the first write on a connection made after it,
// or on the old one unless that is to a target that is not yet healed and may take nothing meanwhile), for a subscriber
// the first message sent after it.
//
// A client whose connection ends before the injection is healed, or within twice the keepalive after that, has to
// resume again and has a further entry then: a broker that was told to stop may serve for a moment more.
type Resumption struct {
	Injection int
	Client    ClientRef
	At        time.Duration
}

// OddityKind is what was odd about a receipt.
type OddityKind string

// The oddities. A phantom has a bad checksum, belongs to another run, or to a publisher whose topic the subscriber did
// not ask for or that does not exist; a sequence number that was never attempted is found by the check.
const (
	Duplicate OddityKind = "duplicate"
	Reordered OddityKind = "reordered"
	Phantom   OddityKind = "phantom"
	// Unasked came after the UNSUBACK for its filter, and before the filter was subscribed again. It is a delivery.
	Unasked OddityKind = "unasked"
)

// An Oddity is a receipt that was not a plain first delivery.
type Oddity struct {
	Kind       OddityKind
	At         time.Duration
	Subscriber int
	Account    int
	// Publisher is -1 where a phantom's stamp could not be read or names a publisher that does not exist.
	Publisher      int
	Sequence       uint32
	Intended, Sent time.Duration
	// Dup is the DUP flag of the PUBLISH.
	Dup    bool
	QoS    byte
	Topic  string
	Detail string
}

// Window is a part of the run by the intended time of messages.
type Window string

// The windows. WarmUp is everything intended before the measurement; of the measurement, Before is before the first
// injection began, During from the start of any injection until it is healed, After the rest. Connect latencies and
// publish delays are filed by the same rule.
const (
	WarmUp Window = "warmup"
	Before Window = "before"
	During Window = "during"
	After  Window = "after"
)

// Metric is one of the measured latencies.
type Metric string

// The latencies (nanoseconds).
const (
	// PublishDelay is from the intended time to written, see [Detail].
	PublishDelay Metric = "publish_delay"
	// PublishLatency is from written to PUBACK or PUBCOMP.
	PublishLatency Metric = "publish"
	// EndToEnd is from the intended time to the first receipt. A message that waited for a subscriber that was away by
	// plan counts from when the subscriber was called back, here, in Service, and in PublishLatency where the
	// acknowledgement waited for the publisher: how long somebody wants to be away is no latency of the system.
	EndToEnd Metric = "end_to_end"
	// Service is from sent (the stamp) to the first receipt.
	Service Metric = "service"
	// ConnectLatency is from the start of a successful attempt to the CONNACK.
	ConnectLatency Metric = "connect"
	// DialTime, TLSHandshake, UpgradeTime and ConnackTime are the parts of ConnectLatency where a transport has
	// handshakes: until TCP stands, the handshake of TLS, the switch to WebSocket, and CONNECT until the CONNACK.
	DialTime     Metric = "dial"
	TLSHandshake Metric = "tls_handshake"
	UpgradeTime  Metric = "websocket_upgrade"
	ConnackTime  Metric = "connack"
)

// A Second is one interval of the timeline. Counts are of the interval; latencies in nanoseconds, 0 where there is no
// sample.
type Second struct {
	At                                                        time.Duration // the end of the interval
	Width                                                     time.Duration
	Due, Written, Acknowledged, Unsent, Delivered, Duplicated uint64
	// Connected is the number of clients with a CONNACK at the end of the interval.
	Connected                             int
	EndToEndP50, EndToEndP99, EndToEndMax time.Duration
	PublishP50, PublishP99                time.Duration
	DelayP99, DelayMax                    time.Duration
	GeneratorCPU                          time.Duration // CPU time of mqbench itself in the interval
	Effort                                Effort
	// Machine is nil where the system does not tell.
	Machine *Machine `json:",omitempty"`
	Brokers []BrokerSample
}

// A BrokerSample is what one broker used and did in an interval.
type BrokerSample struct {
	Up       bool
	CPU      time.Duration
	RSSBytes int64
	// Acknowledged and Delivered count what clients got from this broker in the interval, Connected its clients at the
	// end. Delivered is without duplicates; it has copies, unlike that of [Second].
	Acknowledged, Delivered uint64
	Connected               int
	// Blocked counts connections of publishers that took no more at the end of the interval.
	Blocked int `json:",omitempty"`
}

// A Broker is what is known of one broker at the end.
type Broker struct {
	Name         string
	CPU          time.Duration
	PeakRSSBytes int64
	// Blocked sums up when connections of publishers took no more of what was to be written; see [WriteBlocked].
	Blocked Blocked
	Exits   []Exit
}

// An Exit is the end of a broker's process.
type Exit struct {
	At time.Duration
	// Expected is true when a fault or the end of the run caused it.
	Expected bool
	Detail   string
}

// Generator is what mqbench itself used and how it kept up.
type Generator struct {
	CPU          time.Duration
	PeakRSSBytes int64
	// Late counts messages that were written later than LateBound after their intended time although their publisher
	// was connected, had room in its in-flight window and its socket took data: lateness that is mqbench's own fault.
	Late      uint64
	LateBound time.Duration
	// Written counts all messages, the denominator of Late.
	Written uint64
	// Clamped counts latencies below 0 or above 1 h, which are filed at these ends.
	Clamped uint64
}

// A Detail is the life of one attempted message at its publisher, as the journal keeps it.
type Detail struct {
	Publisher int
	Sequence  uint32
	Intended  time.Duration
	// Written is when it was first written: the clock as read before the write that took its last byte, so that no
	// broker can have had it earlier.
	Written time.Duration
	// Settled is when its outcome was known; 0 at QoS 0.
	Settled time.Duration
	Outcome Outcome
	// Reason is the reason code of the acknowledgement.
	Reason byte
	// Broker is the number of the broker to which it was written last.
	Broker int
}

// Outcome is how a message ended at its publisher.
type Outcome byte

// The outcomes.
const (
	OutcomeWritten      Outcome = iota // QoS 0: written, no acknowledgement exists
	OutcomeAcknowledged                // PUBACK below 0x80, or PUBCOMP
	OutcomeRefused                     // PUBACK or PUBREC of 0x80 or above
	OutcomeInDoubt                     // session lost or run ended before an acknowledgement
)
