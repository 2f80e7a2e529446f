// Package check judges a recorded run: it is a pure function from history to findings.
//
// It owns the definitions of every count, outage and failover time, and the table of what each QoS forgives. It draws
// nothing, writes nothing and knows no threshold. Of ours it imports the record and the words of a scenario; reports,
// gate and the coordinator import it and read its [Analysis].
package check

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
)

// Verdict is the outcome of a judgement. They are ordered: the worst of several wins.
type Verdict string

// The verdicts, from best to worst. Inconclusive: the question could not be answered by this run.
const (
	Pass         Verdict = "pass"
	Inconclusive Verdict = "inconclusive"
	Fail         Verdict = "fail"
)

// Counts are the fates of messages. The first line counts messages at their publishers, the second deliveries: one
// message counts once per account (subscriber or shared group) that asked for it.
//
// What is published at two brokers, or subscribed to there, counts as their union: a message is attempted, acknowledged
// and owed where one copy is, unsent where none was attempted, refused where all that were attempted were, in doubt
// otherwise. It is delivered where any copy came, and lost where an acknowledged copy was owed and none came.
type Counts struct {
	Attempted, Acknowledged, InDoubt, Refused, Unsent uint64

	// Expected are the deliveries that were owed: acknowledged messages (at QoS 0: attempted ones) that were published
	// while the account had a session that could be reached; and every message that was delivered.
	Expected uint64
	// Delivered counts first receipts: Expected = Delivered + Lost.
	Delivered uint64
	// Lost were owed and never came. LostDeclared: the subscriber was told with SessionPresent=0 that its session was
	// gone, and the message was published before it was told; LostSilent: it was not told. LostUnknown may still have
	// been under way when the drain ended; it is not part of Lost.
	Lost, LostDeclared, LostSilent, LostUnknown uint64
	// LostPrefix, LostMiddle and LostSuffix place each loss before the first, between, or behind the last delivery of
	// its flow.
	LostPrefix, LostMiddle, LostSuffix uint64
	// Recovered were in doubt and delivered.
	Recovered uint64
	// Duplicated counts receipts beyond the first, Reordered first receipts that came behind a later message. Where
	// there are copies, each is counted among the receipts by its own path: no order is promised from one to another.
	Duplicated, Reordered uint64
	// Copies counts receipts of what the account had, or has later, by another copy of the message or of the subscriber.
	// They were asked for and are no duplicates.
	Copies uint64
	// Phantom counts receipts that nobody sent: never attempted, bad checksum, another run.
	Phantom uint64
	// Missed were published while the account had no session, or on a broker that cannot reach the account's. A
	// persistent session counts until the client was told that it is gone, and a clean one until its connection ended.
	Missed uint64
	// RefusedDelivered were refused to the publisher and delivered all the same.
	RefusedDelivered uint64
	// Unmatched were acknowledged with reason 0x10, no matching subscribers; they are part of Acknowledged. Of copies
	// the smaller number counts.
	Unmatched uint64
}

// An Analysis is everything that the record says about the run.
type Analysis struct {
	Verdict Verdict
	Counts  Counts
	// Groups holds the counts by pair of publisher group and subscriber group, in the order of the scenario; the counts
	// of publishers are in a line of their own.
	Groups []GroupCounts
	// Latencies by window ("before", "during", "after", "warmup") and for the whole measurement under [All].
	Latencies  Latencies
	Injections []Injection
	Outages    []Outage
	// Arrivals holds, by group, how clients came that their plan called while the run went on.
	Arrivals []Arrival
	// Anomalies names each lost, duplicated, reordered and phantom message, in order of time; AnomaliesDropped counts
	// those beyond the bound.
	Anomalies        []Anomaly
	AnomaliesDropped uint64
	// ByWindow counts them by the window in which their messages were intended, without those whose time is not known:
	// receipts beyond those that the record lists.
	ByWindow map[history.Window]Mishaps
	// Strip counts all lost, duplicated and reordered deliveries by flow and time; nil where no load was offered.
	Strip *Strip
	// UnavailabilityGap is the longest time in the measurement in which nothing was delivered although messages were
	// due, as the timeline's seconds resolve it: up to two seconds too short.
	UnavailabilityGap time.Duration
	// Measured sums up the whole seconds of the measurement: rates, and what they cost the brokers.
	Measured Measured
	// Generator is how mqbench itself and its machine fared in the measurement.
	Generator Generator
	Findings  []Finding
}

// GroupCounts are the counts of one pair of groups. Subscribers is empty in a line for the publishers alone.
type GroupCounts struct {
	Publishers, Subscribers string
	Counts                  Counts
}

// An Injection is what one fault did to the clients.
type Injection struct {
	Number int
	Fault  string
	// Targets are brokers' names; Detail says in words what else there is to know, of a partition its sides.
	Targets                         []string
	Detail                          string
	Began, Applied, Healing, Healed time.Duration
	Error, HealError                string
	// Affected are the clients that were connected to a target when it began, or whose connection ended on its account.
	// A client that was down already when it began is neither affected nor a bystander.
	Affected, Resumed, NeverResumed int
	// Withdrawn are clients that it hit as well, and that their plan took away before they were served again. They are
	// not among the affected, nor among the bystanders.
	Withdrawn int
	// Storm is how the affected clients asked to be let in again.
	Storm Storm
	// Clients holds one row per affected client.
	Clients []ClientFailover
	// Histograms in nanoseconds since Began, over affected clients that got there. Censored clients are counted in
	// NeverResumed and belong above every value: see [Injection.FailoverQuantile].
	Detect, Reconnect, Resubscribe, Resume *hdr.Histogram
	// Bystanders are the other clients that were connected when it began: how long each waited for its next success,
	// since Began.
	Bystanders      int
	BystanderResume *hdr.Histogram
	// T50 to T100: time since Began until that part of the affected clients had resumed; -1 where it never came to
	// that.
	T50, T90, T99, T100 time.Duration
	// RateBack and LatencyBack: time since Began until the delivered rate was back at 90 % of its mean before the first
	// fault, and the second's end-to-end p99 at twice its median before, and stayed so for 3 s, counted to the end of
	// the first such second; -1: never, or there is nothing to compare with; 0: was never off.
	RateBack, LatencyBack time.Duration
	// Backlog is the time since Healed until what was intended before that, and ever came, was delivered, to about a
	// second; 0: nothing was behind, -1: it was not healed.
	Backlog time.Duration
	// Brokers is what clients had of each broker; empty where the record does not know.
	Brokers []BrokerView
	// Anomalies whose message was intended during it, or after it and before the next.
	Lost, Duplicated, Reordered uint64
}

// A ClientFailover is one client's way back after one injection. Times are since the injection began; -1: did not
// happen.
type ClientFailover struct {
	Client      history.ClientRef
	Name, Group string
	// From and To are the brokers before and after; To is empty where the client never connected again.
	From, To string
	// SessionPresent is the flag of the CONNACK of its reconnect.
	SessionPresent                         bool
	Detect, Reconnect, Resubscribe, Resume time.Duration
	// Device is true for a client that publishes and receives.
	Device bool
	// Of a device, which publishes and receives, Published and Received say when either half resumed, and Resume when
	// both had; -1: it did not, or is no device.
	Published, Received time.Duration
	// Steps are those of its reconnect; nil where the transport has no handshakes, or it never came to that.
	Steps *Steps
}

// An Outage is a time in which a client that should have been served was not: it had no connection, or no subscription
// on it.
type Outage struct {
	Client       history.ClientRef
	Name         string
	Broker       string
	Began, Ended time.Duration // Ended is -1 when it lasted until the end
	Cause        string
	// Injections are the numbers of the injections that it overlaps, with the time that dead-peer detection may take.
	// It is empty where none of them was in force when the outage began: nothing explains it then.
	Injections []int
}

// AnomalyKind is what befell a message.
type AnomalyKind string

// The anomalies.
const (
	AnomalyLost       AnomalyKind = "lost"
	AnomalyDuplicated AnomalyKind = "duplicated"
	AnomalyReordered  AnomalyKind = "reordered"
	AnomalyPhantom    AnomalyKind = "phantom"
	AnomalyRefused    AnomalyKind = "refused yet delivered"
	// AnomalyUnasked came although its filter had been unsubscribed.
	AnomalyUnasked AnomalyKind = "unasked"
)

// An Anomaly is one message that did not fare as it should, with where and when.
type Anomaly struct {
	Kind AnomalyKind
	// Class refines it: "declared" or "silent" with "prefix", "middle" or "suffix" for a loss; "dup=0" or "dup=1" for a
	// duplicate; what became of the connections in between for a reordering.
	Class      string
	Publisher  string
	Subscriber string
	Topic      string
	Sequence   uint32
	QoS        byte
	// Intended, Written, Acknowledged and Received: -1 where it does not apply or is not known.
	Intended, Written, Acknowledged, Received time.Duration
	Window                                    history.Window
	// Injection is the number of the injection during or after which it was intended; -1: before any.
	Injection int
	Detail    string
}

// A Finding is one judgement with its evidence in words.
type Finding struct {
	Name    string
	Verdict Verdict
	Detail  string
}
