package history

import (
	"fmt"
	"time"
)

// A SubscriberLog records what one subscriber receives.
//
// From the first Received or Phantom of a batch until EndBatch, or an event of the client, the subscriber's lane is
// locked, so that a batch costs one lock. In between the caller must not wait and must call nothing of the recorder but
// this log.
type SubscriberLog struct {
	ClientLog
	self member
	// quiet is when the UNSUBACK came for a subscription that has not been asked for again; 0: there is none.
	quiet time.Duration
}

// Unsubscribing records that an UNSUBSCRIBE is about to be written: from here on nothing more is owed.
func (l *SubscriberLog) Unsubscribing(at time.Duration, broker int) {
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: Unsubscribing, Broker: broker})
	l.self.loseSession()
}

// Unsubscribed records its UNSUBACK, or the CONNACK of a connection on which no subscription is wanted.
func (l *SubscriberLog) Unsubscribed(at time.Duration, broker int) {
	l.lock()
	defer l.unlock()
	l.event(Event{At: at, Kind: Unsubscribed, Broker: broker})
	l.quiet = at
}

// Subscribing says that a SUBSCRIBE is about to be written: from here on messages may come again.
func (l *SubscriberLog) Subscribing() {
	l.lock()
	defer l.unlock()
	l.quiet = 0
}

// hold takes the lane for the batch.
func (l *SubscriberLog) hold() {
	if !l.held {
		l.lane.mu.Lock()
		l.held = true
	}
}

// EndBatch ends a batch of receipts; without one it does nothing.
func (l *SubscriberLog) EndBatch() {
	if l.held {
		l.held = false
		l.lane.mu.Unlock()
	}
}

// Received records a message with a readable stamp of this run. at is the time of the read that brought it. topic is
// only looked at and not kept. [SubscriberLog.EndBatch] has to follow.
//
// A receipt with the retain flag is counted and otherwise ignored: on a live subscription brokers clear the flag, so it
// is a stored message that was sent because of the subscription [MQTT 5.0 §3.3.1.3].
//
// Where messages have several paths, see [Flow], one that the account has already is no delivery and has no latencies.
func (l *SubscriberLog) Received(m Receipt, topic []byte, at time.Duration) {
	l.hold()
	i, asked := l.self.account.flowOf(m.Publisher)
	if !asked {
		l.phantom(m, topic, at)
		return
	}
	f := &l.self.account.flows[i]
	if m.Retain {
		f.odd().retained++
		return
	}
	if l.quiet > 0 && at > l.quiet {
		l.oddity(Unasked, int(m.Publisher), m, topic, at, "")
	}
	var isNew, behind, first bool
	if l.self.account.copied {
		isNew, behind, first = l.self.receive(i, m.Sequence)
	} else {
		isNew, behind = f.delivered.Add(m.Sequence)
		first = isNew
	}
	if isNew {
		l.lane.broker(l.broker).delivered++
	}
	if first {
		l.lane.counts.delivered++
		window := l.recorder.windows.Load().at(m.Intended)
		l.lane.record(endToEnd, window, at-max(m.Intended, l.called))
		l.lane.record(service, window, at-max(m.Sent, l.called))
	}
	if behind {
		f.odd().reordered++
		// On a shared subscription nobody promises order [MQTT 5.0 §4.6]: the count is enough.
		if !l.self.account.shared {
			l.lane.counts.reordered++
			l.oddity(Reordered, int(m.Publisher), m, topic, at, "")
		}
	} else if !isNew {
		f.odd().duplicated++
		l.lane.counts.duplicated++
		l.oddity(Duplicate, int(m.Publisher), m, topic, at, "")
	}
	if l.recorder.marks.Load() != l.marks || len(l.pending) > 0 {
		l.served(m.Sent, at)
	}
}

// phantom records a readable message that this account did not ask for.
func (l *SubscriberLog) phantom(m Receipt, topic []byte, at time.Duration) {
	l.lane.counts.phantom++
	publisher, detail := int(m.Publisher), "this subscription did not ask for the publisher's topic"
	if publisher >= len(l.recorder.publishers) {
		publisher, detail = -1, fmt.Sprintf("publisher %d does not exist", m.Publisher)
	}
	l.oddity(Phantom, publisher, m, topic, at, detail)
}

// Phantom records a message without a readable stamp of this run; detail says what is wrong with it.
// [SubscriberLog.EndBatch] has to follow.
func (l *SubscriberLog) Phantom(topic []byte, detail string, at time.Duration) {
	l.hold()
	l.lane.counts.phantom++
	l.oddity(Phantom, -1, Receipt{}, topic, at, detail)
}

func (l *SubscriberLog) oddity(
	kind OddityKind, publisher int, m Receipt, topic []byte, at time.Duration, detail string,
) {
	if !l.recorder.keepOddity(kind) {
		return
	}
	l.lane.oddities = append(l.lane.oddities, Oddity{
		Kind: kind, At: at, Subscriber: l.ref.Number, Account: l.self.account.number,
		Publisher: publisher, Sequence: m.Sequence, Intended: m.Intended, Sent: m.Sent,
		Dup: m.Dup, QoS: m.QoS, Topic: string(topic), Detail: detail,
	})
}

// oddityBound is how many oddities of each kind are kept.
const oddityBound = 50_000

// keepOddity says whether there is room for one more of a kind, and counts it as dropped otherwise.
func (r *Recorder) keepOddity(kind OddityKind) bool {
	kept := &r.phantomsKept
	switch kind {
	case Duplicate:
		kept = &r.duplicatesKept
	case Reordered:
		kept = &r.reorderedKept
	case Unasked:
		kept = &r.unaskedKept
	case Phantom:
	}
	if kept.Add(1) > oddityBound {
		r.odditiesDropped.Add(1)
		return false
	}
	return true
}
