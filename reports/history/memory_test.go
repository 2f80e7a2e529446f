package history_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// memoryBound is by how much a record may grow in memory, in bytes per message and flow: what is needed to tell every
// loss must not be what a long run drowns in. Latencies and journals must not grow at all.
const memoryBound = 1.0

// TestRecordStaysSmall: a record that holds twice as many messages is hardly larger.
func TestRecordStaysSmall(t *testing.T) {
	const publishers, subscribers, messages = 40, 20, 1000 // of each publisher, twice
	tests := []struct {
		name string
		// arrives says whether a message comes to a subscriber, in the half in which growth is measured.
		arrives func(seq uint32, subscriber int) bool
	}{
		{"nothing is lost", func(uint32, int) bool { return true }},
		{"one of ten is lost, here and there", func(seq uint32, n int) bool { return (seq+uint32(n))*2654435761>>8%10 != 0 }},
		{"fifty in a row are lost, now and then", func(seq uint32, n int) bool { return (seq/50+uint32(n))%10 != 0 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := fleet(publishers, subscribers, 1)
			o.Dir = t.TempDir()
			o.IntervalLog = filepath.Join(o.Dir, "latency.hlog")
			l := &longRecord{recorder: record(t, o), publishers: publishers, subscribers: subscribers}
			l.fill(messages, func(uint32, int) bool { return true })
			before := heap()
			l.fill(messages, test.arrives)
			grown := float64(heap()-before) / float64(publishers*subscribers*messages)
			t.Logf("%.3f bytes per message and flow", grown)
			if grown > memoryBound {
				t.Errorf("the record grew by %.3f bytes per message and flow, want %v at most", grown, memoryBound)
			}
			if due := l.recorder.Totals().Written; due != 2*publishers*messages {
				t.Errorf("%d messages are in the record, want %d", due, 2*publishers*messages)
			}
		})
	}
}

// TestOdditiesAreBounded: what comes twice or late is kept with its times, and not without end.
func TestOdditiesAreBounded(t *testing.T) {
	r := record(t, fleet(1, 1, 1))
	s := r.Subscriber(0)
	receive := func(from, to int) {
		for n := from; n < to; n++ {
			s.Received(history.Receipt{Sequence: 0, Intended: ms(n), Sent: ms(n)}, []byte("plant/p"), ms(n+1))
			s.EndBatch()
		}
	}
	receive(0, history.OddityBound+10)
	before := heap()
	receive(history.OddityBound+10, 3*history.OddityBound)
	if grown := heap() - before; grown > 64<<10 {
		t.Errorf("beyond the bound the record grew by %d bytes, want none but a few", grown)
	}
	runtime.KeepAlive(r)
}

// longRecord is a record that goes on as a run does, at 1,000 messages a second with a tick each second.
type longRecord struct {
	recorder                *history.Recorder
	publishers, subscribers int
	sequence                uint32
	now                     time.Duration
}

// fill records so many messages of each publisher, with their acknowledgements and receipts.
func (l *longRecord) fill(messages int, arrives func(seq uint32, subscriber int) bool) {
	for range messages {
		for n := range l.publishers {
			intended, topic := l.now, fmt.Appendf(nil, "plant/%d", n)
			p := l.recorder.Publisher(n)
			p.Due(1)
			p.Written(l.sequence, intended, intended+time.Duration(n)*time.Microsecond, 0, false)
			p.Acknowledged(l.sequence, intended, intended, intended+ms(1+n), 0, 0)
			for k := range l.subscribers {
				if arrives(l.sequence, k) {
					s := l.recorder.Subscriber(k)
					s.Received(history.Receipt{
						Publisher: uint32(n), Sequence: l.sequence, Intended: intended, Sent: intended, QoS: 1,
					}, topic, intended+ms(2+k))
					s.EndBatch()
				}
			}
			if l.now += ms(1); l.now%time.Second == 0 {
				l.recorder.Tick(l.now, history.Sample{Brokers: make([]history.BrokerSample, 3)})
			}
		}
		l.sequence++
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
