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
	// Image is the container image to use instead of the recipe's.
	Image string `yaml:"image,omitempty"`
	// Subnet is the network of a container run in CIDR form; "" means a free one of 198.18.0.0/15 [RFC 2544].
	Subnet string `yaml:"subnet,omitempty"`
	// Resources bound each broker, Core the core of an edge topology (b1) instead.
	Resources Resources `yaml:"resources,omitempty"`
	Core      Resources `yaml:"core,omitempty"`
	// Bridge says how the bridges of star, chain, mesh and edge behave.
	Bridge Bridge `yaml:"bridge,omitempty"`
	// Balancer is the load balancer between the clients and the brokers.
	Balancer Balancer `yaml:"balancer,omitempty" default:"none"`
	// Users is a file of user names and passwords, the only ones that brokers let in; none: everybody. See
	// [ParseIdentities].
	Users string `yaml:"users,omitempty"`
}

// Resources are bounds on what one broker may use; 0 means no bound. They need a runtime that can bound.
type Resources struct {
	CPUs    CPUs    `yaml:"cpus,omitempty"`
	Memory  Size    `yaml:"memory,omitempty"`
	Ulimits Ulimits `yaml:"ulimits,omitempty"`
}

// CPUs is a number of processors: 0.5 is half of one.
type CPUs float64

// Ulimits are limits of the operating system on a broker's processes; 0 means the runtime's own.
type Ulimits struct {
	// NoFile bounds the open files.
	NoFile int `yaml:"nofile,omitempty"`
}

// A Bridge is how brokers of a bridged shape pass messages on: each bridge is a client of one broker that another
// broker runs.
type Bridge struct {
	// Direction is both or out; star and chain default to both, mesh and edge always go out.
	Direction Direction `yaml:"direction,omitempty"`
	// QoS bounds the quality of service across the bridge.
	QoS QoS `yaml:"qos,omitempty" default:"1"`
	// Session is persistent where the remote broker keeps messages for the bridge while it is away.
	Session   Session       `yaml:"session,omitempty" default:"persistent"`
	Keepalive time.Duration `yaml:"keepalive,omitempty" default:"5s"`
}

// Direction is a way across a bridge or a cut.
type Direction string

// The directions. For a bridge: DirectionOut is from the broker that runs it to the other. For a partition: from its
// first side to the others, and DirectionIn the other way.
const (
	DirectionBoth Direction = "both"
	DirectionOut  Direction = "out"
	DirectionIn   Direction = "in"
)

// Balancer is a product between clients and brokers.
type Balancer string

// The balancers.
const (
	BalancerNone    Balancer = "none"
	BalancerHAProxy Balancer = "haproxy"
)

// Runtime is where brokers run.
type Runtime string

// The runtimes. RuntimeProcess: child processes of mqbench on this machine. RuntimeContainer: containers of the Docker
// engine that the environment names.
const (
	RuntimeProcess   Runtime = "process"
	RuntimeContainer Runtime = "container"
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
	// ShapeStar is b1 as hub, to which every other broker bridges.
	ShapeStar Shape = "star"
	// ShapeChain is brokers each of which bridges to the one before it.
	ShapeChain Shape = "chain"
	// ShapeMesh is brokers each of which bridges to all others what begins with its own name: topics begin with
	// {broker}, so that no message goes round.
	ShapeMesh Shape = "mesh"
	// ShapeEdge is b1 as core, to which many small brokers bridge what they take; nothing comes down.
	ShapeEdge Shape = "edge"
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
	// Routes say which broker receives which topics: they place the groups with brokers: route.
	Routes []Route `yaml:"routes,omitempty"`
}

// A Route sends topics to a broker. The first route that matches a publisher's topic, or a subscriber's first filter
// taken as a topic, decides.
type Route struct {
	Filter string `yaml:"filter"`
	Broker string `yaml:"broker"`
}

// Client holds what all simulated clients have in common.
type Client struct {
	// Library is the client library that all clients are made of.
	Library  Library  `yaml:"library,omitempty" default:"mqbench"`
	Protocol Protocol `yaml:"protocol,omitempty" default:"3.1.1"`
	// Session is clean or persistent. 3.1.1: CleanSession 1 or 0. 5.0: Clean Start with expiry 0, or without and
	// Expiry.
	Session Session `yaml:"session,omitempty" default:"clean"`
	// Expiry is the Session Expiry Interval of MQTT 5.0 persistent sessions [MQTT 5.0 §3.1.2.11.2].
	Expiry    time.Duration `yaml:"expiry,omitempty"`
	Keepalive time.Duration `yaml:"keepalive,omitempty" default:"30s"`
	// ConnectRate bounds new connections per second over all clients, at the start.
	ConnectRate Rate `yaml:"connect_rate,omitempty" default:"500/s"`
	// ConnectTimeout bounds dial, handshakes and CONNACK of one attempt.
	ConnectTimeout time.Duration `yaml:"connect_timeout,omitempty" default:"10s"`
	// InFlight is the number of unacknowledged QoS>0 messages that a publisher keeps at most, and the Receive
	// Maximum that a 5.0 subscriber announces [MQTT 5.0 §3.1.2.11.3].
	InFlight int `yaml:"in_flight,omitempty" default:"100"`
	// Backlog is how many due messages a publisher holds while it cannot write; older ones are counted unsent.
	// 0 means none: what cannot be written at once is unsent.
	Backlog  int    `yaml:"backlog,omitempty" default:"1000"`
	Username string `yaml:"username,omitempty"`
	Password string `yaml:"password,omitempty"`
	// Credentials is a file of user names and passwords, and more, a line per client; see [ParseIdentities].
	Credentials string `yaml:"credentials,omitempty"`
	// Transport is what carries MQTT; TLS and WebSocket are about transports that have them.
	Transport Transport `yaml:"transport,omitempty" default:"tcp"`
	TLS       TLS       `yaml:"tls,omitempty"`
	WebSocket WebSocket `yaml:"websocket,omitempty"`
	Reconnect Reconnect `yaml:"reconnect,omitempty"`
	// SourceAddresses are the addresses of this machine from which the clients connect, in turn: addresses, ranges such
	// as "127.0.0.2..127.0.0.9", or prefixes; none: the system chooses. Each has 28,232 ports for one broker.
	SourceAddresses []string `yaml:"source_addresses,omitempty"`
}

// Library is a client library.
type Library string

// The libraries.
const (
	// LibraryMqbench is mqbench's own, which costs as little as it can.
	LibraryMqbench Library = "mqbench"
	// LibraryPaho is paho.golang with its reconnect manager, autopaho: MQTT 5.0 only.
	LibraryPaho Library = "paho"
)

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
	// Backoff bounds the wait before an attempt: it doubles from Min to Max, with jitter above Min.
	Backoff Backoff `yaml:"backoff,omitempty" default:"50ms..1s"`
	// Jitter is full or none: with none the wait is just the bound that doubles.
	Jitter Jitter `yaml:"jitter,omitempty" default:"full"`
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
// not written, it is spread, but b1 in a standby topology, and in an edge topology the edges for publishers and b1 for
// subscribers.
type Placement string

// PlacementSpread places clients over all brokers in turn, PlacementEdges over all but the core of an edge topology,
// PlacementRoute by the routes of the workload.
const (
	PlacementSpread Placement = "spread"
	PlacementEdges  Placement = "edges"
	PlacementRoute  Placement = "route"
)

// A PublisherGroup is a number of publishers that differ only in their number.
type PublisherGroup struct {
	Name    string    `yaml:"name"`
	Count   int       `yaml:"count"`
	Brokers Placement `yaml:"brokers,omitempty"`
	// Fallback are the brokers to which a client may go after its own, in order; none: all others in turn.
	Fallback []string `yaml:"fallback,omitempty"`
	// Duplicate publishes every message at two brokers, the client's own and the next of its list, over two connections
	// that each stay with their broker. The union counts.
	Duplicate bool `yaml:"duplicate,omitempty"`
	// Topic may contain {name} (the group), {n} (the publisher's number from 1) and {broker} (its home).
	Topic string `yaml:"topic"`
	QoS   QoS    `yaml:"qos"`
	// Rate is a rate that never changes, or max: the closed loop, which sends whenever its window has room. With Burst it
	// is the rate between bursts.
	Rate Rate `yaml:"rate,omitempty"`
	// Per says what all rates of the group are counted over.
	Per Per `yaml:"per,omitempty" default:"client"`
	// Stages, Burst, Sine and Replay are rates that vary, one of them instead of a Rate. Their time counts from the start
	// of the load, the warm-up included, and is the same for all clients.
	Stages []Stage `yaml:"stages,omitempty"`
	Burst  *Burst  `yaml:"burst,omitempty"`
	Sine   *Sine   `yaml:"sine,omitempty"`
	Replay Replay  `yaml:"replay,omitempty"`
	// Window is how many messages each client of a closed loop has under way: at QoS 1 and 2 without an outcome, at
	// QoS 0 not yet taken by the socket.
	Window int `yaml:"window,omitempty"`
	// Arrival is the process by which intended times are drawn.
	Arrival Arrival `yaml:"arrival,omitempty" default:"constant"`
	// Payload is the length of the application message; it holds the stamp and filler.
	Payload Size  `yaml:"payload,omitempty" default:"64B"`
	Retain  bool  `yaml:"retain,omitempty"`
	Will    *Will `yaml:"will,omitempty"`
	// Subscribe makes devices of the publishers: each subscribes too, over the same connection.
	Subscribe *Downlink `yaml:"subscribe,omitempty"`
	// Churn and Join say when the clients are there; none: all the time.
	Churn *Churn `yaml:"churn,omitempty"`
	Join  *Join  `yaml:"join,omitempty"`
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
	// Fallback is as in [PublisherGroup].
	Fallback []string `yaml:"fallback,omitempty"`
	// Duplicate subscribes at two brokers, as in [PublisherGroup]; the union counts.
	Duplicate bool `yaml:"duplicate,omitempty"`
	// Filter or Filters: topic filters, with {name}, {n} and {broker} as in topics. The filters of one group must not
	// overlap, because a broker may then rightly deliver a message once or twice [MQTT 5.0 §3.3.4].
	Filter  string   `yaml:"filter,omitempty"`
	Filters []string `yaml:"filters,omitempty"`
	QoS     QoS      `yaml:"qos"`
	// Share makes all members one shared subscription of that name [MQTT 5.0 §4.8.2].
	Share string `yaml:"share,omitempty"`
	// Flap has the subscribers unsubscribe once in a while; Churn and Join are as in [PublisherGroup].
	Flap  *Flap  `yaml:"flap,omitempty"`
	Churn *Churn `yaml:"churn,omitempty"`
	Join  *Join  `yaml:"join,omitempty"`
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
	// Transports are what it listens for besides plain TCP.
	Transports []Transport
	// ClientCertificates and Users are true where it can be had to demand certificates, and passwords, of clients.
	ClientCertificates, Users bool
	// SharedStandby is true where the standby takes over the data of the broker that served.
	SharedStandby bool
}

// StampSize is the smallest payload, in bytes: what the stamp of a message needs.
const StampSize Size = 40
