package history_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// Clients at work, ticks, checkpoints, faults and the live view at once: nothing is lost and nothing counted twice.
func TestEverybodyAtOnce(t *testing.T) {
	const publishers, subscribers, each = 20, 5, 300
	o := fleet(publishers, subscribers, 1)
	o.Dir, o.Lanes = t.TempDir(), 3
	o.IntervalLog = filepath.Join(o.Dir, "latency.hlog")
	r := record(t, o)
	r.BeginPhase("measure")

	var clients, watchers sync.WaitGroup
	for n := range publishers {
		clients.Go(func() {
			p := r.Publisher(n)
			p.Connected(r.Now(), 0, false, ms(1))
			for seq := range uint32(each) {
				at := r.Now()
				sends(p, seq, at)
				acks(p, seq, at)
			}
			p.Closed(r.Now(), 0)
		})
	}
	for n := range subscribers {
		clients.Go(func() {
			s := r.Subscriber(n)
			s.Connected(r.Now(), 0, false, ms(1))
			s.Subscribed(r.Now(), 0, "")
			for seq := range uint32(each) {
				at := r.Now()
				for publisher := range uint32(publishers) {
					s.Received(history.Receipt{Publisher: publisher, Sequence: seq, Intended: at, Sent: at}, nil, at)
				}
				s.EndBatch()
			}
			s.Closed(r.Now(), 0)
		})
	}
	done := make(chan struct{})
	watch := func(look func()) {
		watchers.Go(func() {
			for {
				look()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	watch(func() { r.Tick(r.Now(), history.Sample{Generator: history.GeneratorSample{CPU: r.Now()}}) })
	watch(func() {
		if err := r.Checkpoint(); err != nil {
			t.Error(err)
		}
	})
	watch(func() { r.Totals(); r.Behind(); r.Injections() })
	for range 5 {
		n := fault(r, r.Now(), 0)
		r.Healed(n, r.Now(), nil)
	}
	clients.Wait()
	close(done)
	watchers.Wait()

	r.Tick(r.Now(), history.Sample{})
	run := finish(t, r)
	acked, delivered, samples := uint64(0), uint64(0), int64(0)
	for _, p := range run.Publishers {
		acked += p.Acknowledged.Len()
	}
	for _, f := range run.Flows {
		delivered += f.Delivered.Len()
	}
	for _, byMetric := range run.Latencies {
		if h := byMetric[history.EndToEnd]; h != nil {
			samples += h.TotalCount()
		}
	}
	if acked != publishers*each || delivered != publishers*subscribers*each || samples != int64(delivered) {
		t.Errorf("%d acknowledged, %d delivered, %d samples", acked, delivered, samples)
	}
	lines := history.Second{}
	for _, s := range run.Timeline {
		lines.Acknowledged += s.Acknowledged
		lines.Delivered += s.Delivered
	}
	if lines.Acknowledged != acked || lines.Delivered != delivered {
		t.Errorf("the timeline has %d acknowledged and %d delivered", lines.Acknowledged, lines.Delivered)
	}
	details := 0
	if tails, err := history.ScanJournals(o.Dir, func(history.Detail) { details++ }); err != nil || len(tails) > 0 || details != publishers*each {
		t.Errorf("the journals know %d messages, tails %v, %v", details, tails, err)
	}
	if left := r.Totals().Connected; left != 0 {
		t.Errorf("%d clients are still connected", left)
	}
}

// steady prepares a recorder in its measurement with a journal, after a fault that everybody has resumed from.
func steady(tb testing.TB, qos byte) *history.Recorder {
	tb.Helper()
	o := fleet(100, 1, qos)
	o.Dir = tb.TempDir()
	r := record(tb, o)
	r.BeginPhase("measure")
	return r
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	at := time.Duration(0)
	paths := map[string]func() func(seq uint32){
		"written and acknowledged": func() func(seq uint32) {
			p := steady(t, 1).Publisher(0)
			return func(seq uint32) {
				p.Due(1)
				p.Written(seq, at, at+1, 0, false)
				p.Acknowledged(seq, at, at+1, at+2, 0, 0)
			}
		},
		"written at QoS 0": func() func(seq uint32) {
			p := steady(t, 0).Publisher(0)
			return func(seq uint32) { p.Written(seq, at, at+1, 0, false) }
		},
		"received": func() func(seq uint32) {
			s := steady(t, 1).Subscriber(0)
			topic := []byte("plant/p")
			return func(seq uint32) {
				s.Received(history.Receipt{Sequence: seq, Intended: at, Sent: at + 1}, topic, at+2)
				s.EndBatch()
			}
		},
	}
	for name, prepare := range paths {
		t.Run(name, func(t *testing.T) {
			path, seq := prepare(), uint32(0)
			step := func() {
				at = ms(int(seq))
				path(seq)
				seq++
			}
			step()
			if allocs := testing.AllocsPerRun(10_000, step); allocs != 0 {
				t.Errorf("%v allocations a message", allocs)
			}
		})
	}
}

func BenchmarkWrittenAndAcknowledged(b *testing.B) {
	r := steady(b, 1)
	p := r.Publisher(0)
	b.ReportAllocs()
	seq := uint32(0)
	for b.Loop() {
		at := time.Duration(seq) * time.Microsecond
		p.Written(seq, at, at+50, 0, false)
		p.Acknowledged(seq, at, at+50, at+900_000, 0, 0)
		seq++
	}
}

func BenchmarkWrittenAtQoS0(b *testing.B) {
	r := steady(b, 0)
	p := r.Publisher(0)
	b.ReportAllocs()
	seq := uint32(0)
	for b.Loop() {
		at := time.Duration(seq) * time.Microsecond
		p.Written(seq, at, at+50, 0, false)
		seq++
	}
}

func BenchmarkReceivedInBatches(b *testing.B) {
	r := steady(b, 1)
	s := r.Subscriber(0)
	b.ReportAllocs()
	n := uint32(0)
	for b.Loop() {
		at := time.Duration(n) * time.Microsecond
		m := history.Receipt{Publisher: n % 100, Sequence: n / 100, Intended: at, Sent: at + 50, QoS: 1}
		s.Received(m, nil, at+900_000)
		if n++; n%32 == 0 {
			s.EndBatch()
		}
	}
	s.EndBatch()
}

// BenchmarkFlows measures what grows with the number of flows: 500 subscribers to 500 publishers.
func BenchmarkFlows(b *testing.B) {
	o := fleet(500, 500, 1)
	o.Dir = b.TempDir()
	r := record(b, o)
	for n := range 500 {
		r.Subscriber(n).Connected(ms(1), 0, false, ms(1))
		r.Subscriber(n).Subscribed(ms(1), 0, "")
	}
	for n := range 500 {
		sends(r.Publisher(n), 0, ms(1))
		acks(r.Publisher(n), 0, ms(1))
		for s := range 500 {
			receives(r.Subscriber(s), uint32(n), 0, ms(1))
		}
	}
	b.Run("behind", func(b *testing.B) {
		for b.Loop() {
			if r.Behind() != 0 {
				b.Fatal("a flow is behind")
			}
		}
	})
	b.Run("checkpoint", func(b *testing.B) {
		for b.Loop() {
			if err := r.Checkpoint(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := history.Load(o.Dir); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tick", func(b *testing.B) {
		at, seq := ms(1), uint32(0)
		for b.Loop() {
			at += ms(1000)
			seq++
			receives(r.Subscriber(0), 0, seq, at)
			r.Tick(at, history.Sample{})
		}
	})
}
