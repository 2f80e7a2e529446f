package benchmark

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// The record that is measured: every message of each publisher comes to every subscriber.
const (
	recordPublishers  = 50
	recordSubscribers = 20
	// recordMessages is how many messages it takes before its growth is measured, and once more while it is.
	recordMessages = 100_000
	// recordRate is how many of them make a second of its timeline.
	recordRate = 10_000
)

// measureRecord measures how much a record grows on the heap from so many messages to twice as many, per message and
// flow. With gaps, in the second half one message of ten never comes, one here and fifty in a row there. What comes
// twice or late is kept with its times, and bounded by number: it costs some 130 bytes each and is not part of this.
func measureRecord(s Spec) (m Measurement, err error) {
	r, err := newRecord(s.Dir)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, r.recorder.Close()) }()
	perPublisher := max(1, s.Messages/recordPublishers)
	r.fill(perPublisher, false)
	before := heap()
	began := time.Now()
	r.fill(perPublisher, s.Gaps)
	m.Elapsed = time.Since(began)
	m.Messages = perPublisher * recordPublishers
	m.Total = 2 * m.Messages
	m.RecordBytes = float64(heap()-before) / float64(m.Messages*recordSubscribers)
	runtime.KeepAlive(r)
	return m, nil
}

// record is a recorder with the clock of the messages that were put into it.
type record struct {
	recorder *history.Recorder
	sequence uint32
	now      time.Duration
}

func newRecord(dir string) (*record, error) {
	o := history.Options{Dir: dir, IntervalLog: filepath.Join(dir, "latency.hlog"), Epoch: time.Now(),
		Meta: history.Meta{RunID: RunID, Brokers: []string{"b1"}, SharedSessions: true}}
	var all []int
	for n := range recordPublishers {
		o.Publishers = append(o.Publishers, history.PublisherInfo{
			Client: fmt.Sprintf("p%d", n), Group: "p", Topic: fmt.Sprintf("bench/%d", n), QoS: 1, Rate: 1,
		})
		all = append(all, n)
	}
	for n := range recordSubscribers {
		o.Subscribers = append(o.Subscribers, history.SubscriberInfo{
			Client: fmt.Sprintf("s%d", n), Group: "s", Filters: []string{"bench/#"}, QoS: 1, Account: n, Publishers: all,
		})
	}
	recorder, err := history.NewRecorder(o)
	if err != nil {
		return nil, err
	}
	recorder.BeginPhase("measure")
	for n := range recordPublishers {
		recorder.Publisher(n).Connected(0, 0, false, time.Millisecond)
	}
	for n := range recordSubscribers {
		recorder.Subscriber(n).Connected(0, 0, false, time.Millisecond)
		recorder.Subscriber(n).Subscribed(0, 0, "")
	}
	return &record{recorder: recorder}, nil
}

// fill records so many messages of each publisher and ticks as often as their rate asks for.
func (r *record) fill(perPublisher int, gaps bool) {
	for range perPublisher {
		for n := range recordPublishers {
			intended := r.now
			r.now += time.Second / recordRate
			written, acknowledged := intended+20*time.Microsecond, intended+time.Millisecond
			p := r.recorder.Publisher(n)
			p.Due(1)
			p.Written(r.sequence, intended, written, 0, false)
			p.Acknowledged(r.sequence, intended, written, acknowledged, 0, 0)
			r.deliver(n, intended, gaps)
			if r.now%time.Second < time.Second/recordRate {
				r.recorder.Tick(r.now, history.Sample{Brokers: make([]history.BrokerSample, 1)})
			}
		}
		r.sequence++
	}
}

// deliver records the receipts of a message at every subscriber.
func (r *record) deliver(publisher int, intended time.Duration, gaps bool) {
	topic := fmt.Appendf(nil, "bench/%d", publisher)
	for n := range recordSubscribers {
		s := r.recorder.Subscriber(n)
		if seq := r.sequence; gaps && ((seq+uint32(n))%20 == 0 || (seq/50+uint32(n))%20 == 0) {
			continue
		}
		at := intended + 2*time.Millisecond
		s.Received(history.Receipt{Publisher: uint32(publisher), Sequence: r.sequence, Intended: intended, Sent: intended, QoS: 1}, topic, at)
		s.EndBatch()
	}
}

// heap is what lives on the heap.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools held is given up by the second one
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
