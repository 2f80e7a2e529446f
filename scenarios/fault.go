package scenarios

import "time"

// A Fault is a line of the chaos schedule as written; the plan makes it concrete.
type Fault struct {
	// At is the time of the (first) injection since the start of the measurement.
	At   time.Duration `yaml:"at" json:"at,omitempty"`
	Kind FaultKind     `yaml:"fault" json:"fault,omitempty"`
	// Target is a broker's name or one of the target words. rolling and monkey default to all; a
	// partition has none.
	Target Target `yaml:"target,omitempty" json:"target,omitempty"`
	// For is the time until the fault is healed; 0 means at the end of the measurement. With rolling each broker stays
	// away that long, and 0 means that it is started again at once; for monkey it is the mean length of a fault.
	// A restart and a disconnect have none.
	For time.Duration `yaml:"for,omitempty" json:"for,omitempty"`
	// Every repeats the fault with that period until the end of the measurement; for rolling it is the step from one
	// broker to the next, for monkey the mean gap between faults.
	Every time.Duration `yaml:"every,omitempty" json:"every,omitempty"`

	// Sides are the sides of a partition: lists of brokers, or of the word clients. What no side names is cut from
	// nobody. Each side is cut from each other; with a direction, the first from the others.
	Sides [][]string `yaml:"sides,omitempty" json:"sides,omitempty"`
	// Direction is the way in which a partition drops packets.
	Direction Direction `yaml:"direction,omitempty" json:"direction,omitempty"`
	// Links are the links of the targets that loss, latency, bandwidth and reset change.
	Links Links `yaml:"links,omitempty" json:"links,omitempty"`
	// Via is by what means links are changed.
	Via Via `yaml:"via,omitempty" json:"via,omitempty"`
	// Delay and Jitter are added in each direction, uniform within Delay ± Jitter: a round trip takes twice as much.
	Delay  time.Duration `yaml:"delay,omitempty" json:"delay,omitempty"`
	Jitter time.Duration `yaml:"jitter,omitempty" json:"jitter,omitempty"`
	// Loss is the share of packets that are lost.
	Loss Percent `yaml:"loss,omitempty" json:"loss,omitempty"`
	// Rate is what a link still carries in each direction.
	Rate Bandwidth `yaml:"rate,omitempty" json:"rate,omitempty"`
	// CPUs and Memory are what the targets may still use.
	CPUs   CPUs `yaml:"cpus,omitempty" json:"cpus,omitempty"`
	Memory Size `yaml:"memory,omitempty" json:"memory,omitempty"`
	// Share is the part of the targets' clients that disconnect takes; How says by what.
	Share Percent   `yaml:"share,omitempty" json:"share,omitempty"`
	How   Departure `yaml:"how,omitempty" json:"how,omitempty"`
}

// Links is a choice of a broker's links.
type Links string

// The links of a broker: to its clients, to other brokers, or all.
const (
	LinksClients Links = "clients"
	LinksBrokers Links = "brokers"
	LinksAll     Links = "all"
)

// Via is a means to change a link.
type Via string

// The means. ViaPackets: rules of the kernel in the broker's network namespace, for containers. ViaProxy: a TCP proxy
// of mqbench on the link, for every runtime; it passes the load for the whole run.
const (
	ViaPackets Via = "packets"
	ViaProxy   Via = "proxy"
)

// Departure is how clients are torn from their broker.
type Departure string

// The departures. DepartureDrop: the connection is reset. DepartureTakeover: another client connects with the same
// identifier, and the broker has to end the old connection [MQTT-3.1.4-3].
const (
	DepartureDrop     Departure = "drop"
	DepartureTakeover Departure = "takeover"
)

// Percent is a share, written "5%"; 0.05 in memory.
type Percent float64

// Bandwidth is a rate of transmission in bits per second, written "1Mbit/s".
type Bandwidth float64

// ClientsSide is the word that stands for all simulated clients in the sides of a partition.
const ClientsSide = "clients"

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
	// FaultPartition cuts the links between its sides: packets vanish.
	FaultPartition FaultKind = "partition"
	// FaultLoss, FaultLatency and FaultBandwidth make links lossy, slow or narrow.
	FaultLoss      FaultKind = "loss"
	FaultLatency   FaultKind = "latency"
	FaultBandwidth FaultKind = "bandwidth"
	// FaultReset resets every connection on the links while it lasts.
	FaultReset FaultKind = "reset"
	// FaultCPU and FaultMemory throttle brokers.
	FaultCPU    FaultKind = "cpu"
	FaultMemory FaultKind = "memory"
	// FaultDisconnect takes clients from their brokers once.
	FaultDisconnect FaultKind = "disconnect"
)

// An Impairment is a fault on links or limits made concrete, with brokers by number.
type Impairment struct {
	// Fault has the kind and its parameters, all defaults filled in.
	Fault Fault `json:"fault"`
	// Brokers are the targets; none for a partition.
	Brokers []int `json:"brokers,omitempty"`
	// Sides are those of a partition; [Clients] stands for the clients.
	Sides [][]int `json:"sides,omitempty"`
}

// Clients stands for all clients among numbers of brokers.
const Clients = -1

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
