package history

import (
	"slices"
	"time"
)

// A PublisherLog records the fate of one publisher's messages. Its messages are numbered without gaps in the order in
// which they are due, and every number ends in exactly one of Acknowledged, Refused, InDoubt and Unsent; at QoS 0 in
// Written or Unsent.
type PublisherLog struct {
	ClientLog
	qos byte
	due uint64
	// next is Publisher.Next.
	next                                   uint32
	acknowledged, refused, inDoubt, unsent Sequences
	unmatched                              uint64
	// moves are the changes of the broker that messages were written to, in order; only where it matters.
	moves []move
	// recent are the latest messages of which the write was recorded when somebody had got a session since.
	recent []writing
}

// A writing is when a message was written.
type writing struct {
	seq uint32
	at  time.Duration
}

// recentBound is how many of them are remembered: some more than leave with one write.
const recentBound = 256

// overtaken notes a message that was written before a session began and is recorded after it.
func (l *PublisherLog) overtaken(seq uint32, written time.Duration) {
	if len(l.recent) == recentBound {
		l.recent = slices.Delete(l.recent, 0, recentBound/2)
	}
	l.recent = append(l.recent, writing{seq, written})
}

// A move is a change of broker: what a publisher wrote from message from on went to that broker.
type move struct {
	from   uint32
	broker int32
}

// movesBound is how many moves of a publisher are remembered: what it wrote before them is not waited for.
const movesBound = 16

// moved notes the broker of a message.
func (l *PublisherLog) moved(seq uint32, broker int32) {
	last := len(l.moves) - 1
	if last >= 0 && l.moves[last].broker == broker {
		return
	}
	if len(l.moves) == movesBound {
		l.moves = slices.Delete(l.moves, 0, 1)
	}
	l.moves = append(l.moves, move{seq, broker})
}

// Due records that n more intended times have passed: the offered load.
func (l *PublisherLog) Due(n int) {
	l.lane.mu.Lock()
	l.due += uint64(n)
	l.lane.counts.due += uint64(n)
	l.lane.mu.Unlock()
}

// Written records the first write of a message to a connection. late says that the delay was mqbench's own fault: see
// [Generator]. At QoS 0 it is also the outcome.
func (l *PublisherLog) Written(seq uint32, intended, written time.Duration, broker int, late bool) {
	window := l.recorder.windows.Load().at(intended)
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	l.next = max(l.next, seq+1)
	if int64(written) < l.recorder.subscribed.Load() {
		l.overtaken(seq, written)
	}
	if l.recorder.brokersApart {
		l.moved(seq, int32(broker))
	}
	l.lane.counts.written++
	if late {
		l.lane.counts.late++
	}
	l.lane.record(publishDelay, window, written-intended)
	if l.qos == 0 {
		if l.recorder.marks.Load() != l.marks || len(l.pending) > 0 {
			l.wrote(written)
		}
		l.settle(seq, intended, written, 0, OutcomeWritten, 0, broker)
	}
}

// unmatchedReason is the reason code of an acknowledgement when no session matched [MQTT 5.0 §3.4.2.1].
const unmatchedReason = 0x10

// Acknowledged records a PUBACK or PUBCOMP with a reason below 0x80 of a message that was first written at written. A
// second acknowledgement of a message changes nothing.
func (l *PublisherLog) Acknowledged(seq uint32, intended, written, at time.Duration, broker int, reason byte) {
	window := l.recorder.windows.Load().at(intended)
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	if isNew, _ := l.acknowledged.Add(seq); !isNew {
		return
	}
	if reason == unmatchedReason {
		l.unmatched++
	}
	l.lane.counts.acknowledged++
	l.lane.broker(int32(broker)).acknowledged++
	l.lane.record(publishLatency, window, at-max(written, l.called))
	if l.recorder.marks.Load() != l.marks || len(l.pending) > 0 {
		l.served(written, at)
	}
	l.settle(seq, intended, written, at, OutcomeAcknowledged, reason, broker)
}

// Refused records an acknowledgement with reason 0x80 or above.
func (l *PublisherLog) Refused(seq uint32, intended, written, at time.Duration, broker int, reason byte) {
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	if isNew, _ := l.refused.Add(seq); isNew {
		l.lane.counts.refused++
		l.settle(seq, intended, written, at, OutcomeRefused, reason, broker)
	}
}

// InDoubt records that the acknowledgement of a written message will never come: the session was lost or the run ended.
func (l *PublisherLog) InDoubt(seq uint32, intended, written, at time.Duration, broker int) {
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	if isNew, _ := l.inDoubt.Add(seq); isNew {
		l.lane.counts.inDoubt++
		l.settle(seq, intended, written, at, OutcomeInDoubt, 0, broker)
	}
}

// Unsent records that a due message was given up and never written.
func (l *PublisherLog) Unsent(seq uint32) {
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	l.next = max(l.next, seq+1)
	if isNew, _ := l.unsent.Add(seq); isNew {
		l.lane.counts.unsent++
	}
}

// settle writes the message's life to the journal.
func (l *PublisherLog) settle(
	seq uint32, intended, written, at time.Duration, outcome Outcome, reason byte, broker int,
) {
	if l.lane.journal == nil {
		return
	}
	l.lane.journal.add(Detail{
		Publisher: l.ref.Number, Sequence: seq, Intended: intended, Written: written, Settled: at,
		Outcome: outcome, Reason: reason, Broker: broker,
	})
}

// Blocked records that the publisher's connection to a broker takes no more of what is to be written.
func (l *PublisherLog) Blocked(broker int) {
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	l.lane.broker(int32(broker)).blocked++
}

// Unblocked records that what Blocked told is over, because all was taken or the connection has ended; see
// [WriteBlocked].
func (l *PublisherLog) Unblocked(broker int, began, ended time.Duration) {
	window := l.recorder.windows.Load().at(began)
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	l.lane.record(writeBlocked, window, ended-began)
	b := l.lane.broker(int32(broker))
	b.blocked--
	b.stalls.add(Blocked{Spells: 1, Time: ended - began, Longest: ended - began})
}
