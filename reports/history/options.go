package history

import "time"

// Options are what a recorder has to know before the run.
type Options struct {
	// Dir is the history folder of the run directory; it exists. Empty: nothing is written to disk (tests, benchmarks).
	Dir string
	// InMemory keeps the journals in memory where Dir is empty, for [Recorder.Details]: for records that nobody will
	// read again, and of which nothing may be left behind. It costs some 15 bytes a message.
	InMemory bool
	// Epoch is the start of the run; every time handed to the recorder is a duration since it.
	Epoch       time.Time
	Meta        Meta
	Publishers  []PublisherInfo
	Subscribers []SubscriberInfo
	// LateBound: see [Generator].
	LateBound time.Duration
	// Reaches tells whether a message that broker at took from a publisher whose home is broker home can come to a
	// subscriber at broker to, where brokers have sessions of their own; nil: it stays at the broker that took it. It
	// decides what [Recorder.Behind] waits for.
	Reaches func(home, at, to int) bool
	// Lanes is the number of independently locked parts, for publishers and for accounts each; 0 means a number that
	// fits the machine.
	Lanes int
	// IntervalLog is the path of the HdrHistogram interval log that [Recorder.Tick] appends to, latency.hlog of the run
	// directory; it must not exist yet. Empty: none is written.
	IntervalLog string
}

// A PublisherInfo describes a publisher before the run.
type PublisherInfo struct {
	Client, Group, Topic string
	QoS                  byte
	// Rate, Planned and Window are as in [Publisher].
	Rate    float64
	Planned uint64
	Window  int
	Home    int
	// Copy: it publishes the messages of the publisher before it again; see [Publisher.Original].
	Copy bool
}

// A SubscriberInfo describes a subscriber before the run.
type SubscriberInfo struct {
	Client, Group string
	Filters       []string
	QoS           byte
	Home          int
	// Account numbers from 0 without gaps; members of a shared subscription have one in common.
	Account int
	Shared  bool
	// Copy: it is the second client of the subscriber before it and has its account.
	Copy bool
	// Device is where the client publishes as well, the number of that publisher, counted from 1; 0: nowhere.
	Device int
	// Publishers are the numbers of the publishers whose topics the filters match, ascending: the account's flows.
	Publishers []int
}

// A Receipt is one received PUBLISH with a readable stamp of this run.
type Receipt struct {
	Publisher      uint32
	Sequence       uint32
	Intended, Sent time.Duration
	QoS            byte
	Dup, Retain    bool
}
