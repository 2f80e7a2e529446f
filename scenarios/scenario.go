// Package scenarios is the language of mqbench: what a run was asked to do.
//
// It owns the types of a scenario file, their strict YAML form with positions, units, validation and the
// scenarios that are shipped inside the binary. It knows no broker and starts nothing: what a broker can do
// reaches it as [Capabilities]. Every other package may import it; it imports none of ours.
package scenarios

import "time"

// A Scenario is one complete question to an MQTT system: which brokers, which load, which faults, and what has to hold.
type Scenario struct {
	// Name identifies the scenario in run directories and reports: lower-case letters, digits and hyphens.
	Name string `yaml:"name"`
	// Description says what a passing run proves, for people.
	Description string `yaml:"description,omitempty"`
	// Seed makes every random choice of the plan repeatable. 0 means: draw one and print it.
	Seed       uint64      `yaml:"seed,omitempty"`
	Topology   Topology    `yaml:"topology"`
	Workload   Workload    `yaml:"workload"`
	Phases     Phases      `yaml:"phases"`
	Chaos      []Fault     `yaml:"chaos,omitempty"`
	Thresholds []Threshold `yaml:"thresholds,omitempty"`
}

// A Topology says which brokers there are: product, place and shape are three independent words.
type Topology struct {
	// Broker is the name of a recipe, or the path of a recipe file (it contains a path separator or ends in .yaml).
	Broker string `yaml:"broker"`
	// Runtime is where the brokers run.
	Runtime Runtime `yaml:"runtime,omitempty" default:"process"`
	// Shape is how the brokers are joined.
	Shape Shape `yaml:"shape,omitempty" default:"single"`
	// Nodes is the number of brokers; they are named b1, b2, ….
	Nodes int `yaml:"nodes,omitempty"`
	// Profile selects the settings of the recipe: the product's defaults or the normalised ones.
	Profile Profile `yaml:"profile,omitempty" default:"stock"`
}

// Runtime is where brokers run.
type Runtime string

// The runtimes. RuntimeProcess: child processes of mqbench on this machine.
const (
	RuntimeProcess Runtime = "process"
)

// Shape is how the brokers of a topology are joined.
type Shape string

// The shapes.
const (
	// ShapeSingle is one broker.
	ShapeSingle Shape = "single"
	// ShapeIndependent is several brokers that share nothing.
	ShapeIndependent Shape = "independent"
	// ShapeStandby is a first broker that serves and others that take over, without shared state unless the product has
	// it.
	ShapeStandby Shape = "standby"
	// ShapeCluster is several brokers that act as one by the product's own clustering.
	ShapeCluster Shape = "cluster"
)

// Profile selects a broker's settings.
type Profile string

// The profiles. ProfileStock keeps the product's defaults; ProfileTuned sets the limits that decide a comparison
// (in-flight window, queue length, Nagle, durability) to the same generous values for every product.
const (
	ProfileStock Profile = "stock"
	ProfileTuned Profile = "tuned"
)

// A Workload is the offered load: simulated clients, what they publish and what they subscribe to.
type Workload struct {
	Client      Client            `yaml:"client,omitempty"`
	Publishers  []PublisherGroup  `yaml:"publishers"`
	Subscribers []SubscriberGroup `yaml:"subscribers,omitempty"`
}

// Client holds what all simulated clients have in common.
type Client struct {
	Protocol Protocol `yaml:"protocol,omitempty" default:"3.1.1"`
	// Session is clean or persistent. 3.1.1: CleanSession 1 or 0. 5.0: Clean Start with expiry 0, or without and
	// Expiry.
	Session Session `yaml:"session,omitempty" default:"clean"`
	// Expiry is the Session Expiry Interval of MQTT 5.0 persistent sessions [MQTT 5.0 §3.1.2.11.2].
	Expiry    time.Duration `yaml:"expiry,omitempty"`
	Keepalive time.Duration `yaml:"keepalive,omitempty" default:"30s"`
	// ConnectRate bounds new connections per second over all clients, at the start.
	ConnectRate Rate `yaml:"connect_rate,omitempty" default:"500/s"`
	// ConnectTimeout bounds dial and CONNACK of one attempt.
	ConnectTimeout time.Duration `yaml:"connect_timeout,omitempty" default:"10s"`
	// InFlight is the number of unacknowledged QoS>0 messages that a publisher keeps at most, and the Receive
	// Maximum that a 5.0 subscriber announces [MQTT 5.0 §3.1.2.11.3].
	InFlight int `yaml:"in_flight,omitempty" default:"100"`
	// Backlog is how many due messages a publisher holds while it cannot write; older ones are counted unsent.
	// 0 means none: what cannot be written at once is unsent.
	Backlog   int       `yaml:"backlog,omitempty" default:"1000"`
	Username  string    `yaml:"username,omitempty"`
	Password  string    `yaml:"password,omitempty"`
	Reconnect Reconnect `yaml:"reconnect,omitempty"`
}

// Protocol is an MQTT version.
type Protocol string

// The protocol versions.
const (
	Protocol311 Protocol = "3.1.1"
	Protocol5   Protocol = "5.0"
)

// Session says whether a client's session outlives its connection.
type Session string

// The kinds of session.
const (
	SessionClean      Session = "clean"
	SessionPersistent Session = "persistent"
)

// Reconnect says how a client comes back after its connection is lost.
type Reconnect struct {
	// Backoff bounds the wait before an attempt: it doubles from Min to Max with full jitter above Min.
	Backoff Backoff `yaml:"backoff,omitempty" default:"50ms..1s"`
	// Brokers is the order in which brokers are tried.
	Brokers Strategy `yaml:"brokers,omitempty" default:"rotate"`
}

// Backoff is a range of waiting times, written "50ms..1s".
type Backoff struct{ Min, Max time.Duration }

// Strategy is the order in which a client tries brokers.
type Strategy string

// The strategies.
const (
	// StrategyRotate tries the brokers in turn, starting behind the one that was lost.
	StrategyRotate Strategy = "rotate"
	// StrategyOrdered always starts from the first broker of the client's list.
	StrategyOrdered Strategy = "ordered"
	// StrategySticky only tries the client's own broker.
	StrategySticky Strategy = "sticky"
)

// Placement says at which broker each client of a group starts: "spread" over all, or one broker's name. Where it is
// not written, it is spread, and b1 in a standby topology.
type Placement string

// PlacementSpread places clients over all brokers in turn.
const PlacementSpread Placement = "spread"

// A PublisherGroup is a number of publishers that differ only in their number.
type PublisherGroup struct {
	Name    string    `yaml:"name"`
	Count   int       `yaml:"count"`
	Brokers Placement `yaml:"brokers,omitempty"`
	// Topic may contain {name} (the group), {n} (the publisher's number from 1) and {broker} (its home).
	Topic string `yaml:"topic"`
	QoS   QoS    `yaml:"qos"`
	// Rate is the rate of each publisher of the group.
	Rate Rate `yaml:"rate"`
	// Arrival is the process by which intended times are drawn.
	Arrival Arrival `yaml:"arrival,omitempty" default:"constant"`
	// Payload is the length of the application message; it holds the stamp and filler.
	Payload Size  `yaml:"payload,omitempty" default:"64B"`
	Retain  bool  `yaml:"retain,omitempty"`
	Will    *Will `yaml:"will,omitempty"`
}

// QoS is a quality of service level: 0, 1 or 2.
type QoS byte

// Arrival is a process of intended send times.
type Arrival string

// The arrival processes.
const (
	// ArrivalConstant spaces intended times evenly, each publisher with its own phase.
	ArrivalConstant Arrival = "constant"
	// ArrivalPoisson draws exponential gaps: independent devices.
	ArrivalPoisson Arrival = "poisson"
)

// A Will is the message that a broker publishes for a client that vanishes [MQTT 5.0 §3.1.2.5].
type Will struct {
	Topic   string `yaml:"topic"`
	Payload string `yaml:"payload,omitempty"`
	QoS     QoS    `yaml:"qos,omitempty"`
	Retain  bool   `yaml:"retain,omitempty"`
}

// A SubscriberGroup is a number of subscribers with the same filters.
type SubscriberGroup struct {
	Name    string    `yaml:"name"`
	Count   int       `yaml:"count"`
	Brokers Placement `yaml:"brokers,omitempty"`
	// Filter or Filters: topic filters, with {name}, {n} and {broker} as in topics. The filters of one group must not
	// overlap, because a broker may then rightly deliver a message once or twice [MQTT 5.0 §3.3.4].
	Filter  string   `yaml:"filter,omitempty"`
	Filters []string `yaml:"filters,omitempty"`
	QoS     QoS      `yaml:"qos"`
	// Share makes all members one shared subscription of that name [MQTT 5.0 §4.8.2].
	Share string `yaml:"share,omitempty"`
}

// Phases are the parts of a run in which load is offered, and the time to catch up.
type Phases struct {
	// Warmup is load before the measurement: its messages are accounted like all others, its latencies are kept apart.
	Warmup time.Duration `yaml:"warmup,omitempty" default:"0s"`
	// Measure is the measured time; faults are placed relative to its start.
	Measure time.Duration `yaml:"measure"`
	// Drain bounds the wait for messages that are still under way when the load has ended.
	Drain time.Duration `yaml:"drain,omitempty" default:"15s"`
}

// A Fault is a line of the chaos schedule as written; the plan makes it concrete.
type Fault struct {
	// At is the time of the (first) injection since the start of the measurement.
	At   time.Duration `yaml:"at"`
	Kind FaultKind     `yaml:"fault"`
	// Target is a broker's name or one of the target words. rolling and monkey default to all.
	Target Target `yaml:"target,omitempty"`
	// For is the time until the fault is healed; 0 means at the end of the measurement. With rolling each broker stays
	// away that long, and 0 means that it is started again at once; for monkey it is the mean length of a fault. A
	// restart has none.
	For time.Duration `yaml:"for,omitempty"`
	// Every repeats the fault (kill, stop, pause, restart) with that period until the end of the measurement; for
	// rolling it is the step from one broker to the next, for monkey the mean gap between faults.
	Every time.Duration `yaml:"every,omitempty"`
}

// FaultKind is what is done to a broker.
type FaultKind string

// The faults.
const (
	// FaultKill ends the broker without warning (SIGKILL) and starts it again when healed.
	FaultKill FaultKind = "kill"
	// FaultStop ends the broker gracefully (SIGTERM) and starts it again when healed.
	FaultStop FaultKind = "stop"
	// FaultPause freezes the broker (SIGSTOP) and thaws it when healed.
	FaultPause FaultKind = "pause"
	// FaultRestart stops the broker gracefully and starts it again at once.
	FaultRestart FaultKind = "restart"
	// FaultRolling restarts every target in turn.
	FaultRolling FaultKind = "rolling"
	// FaultMonkey draws kill, stop, pause and restart at random times on random targets from the seed.
	FaultMonkey FaultKind = "monkey"
)

// Target is a broker's name or one of the target words.
type Target string

// The target words; all but TargetLeader are drawn from the seed when the plan is made.
const (
	TargetRandom   Target = "random"
	TargetMinority Target = "minority"
	TargetMajority Target = "majority"
	TargetAll      Target = "all"
	// TargetLeader is the broker that leads when the fault is injected, where the recipe can tell.
	TargetLeader Target = "leader"
)

// Capabilities is what a broker product can do, as its recipe states it.
type Capabilities struct {
	Broker    string
	Protocols []Protocol
	MaxQoS    QoS
	Shapes    []Shape
	Runtimes  []Runtime
	// MinClusterNodes is the smallest cluster the product forms.
	MinClusterNodes     int
	SharedSubscriptions bool
	// Leader is true where the recipe can tell who leads.
	Leader bool
}

// StampSize is the smallest payload, in bytes: what the stamp of a message needs.
const StampSize Size = 40
