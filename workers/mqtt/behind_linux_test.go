package mqtt

import (
	"testing"
	"time"
)

// late counts the connections that were served when their loop may have been behind for that long.
func late(stats PollerStats, than time.Duration) (n uint64) {
	for class, count := range stats.Delays {
		if time.Microsecond<<class > than {
			n += count
		}
	}
	return n
}

// What a loop comes to while it has not done everything is as late as it has been behind, however short its turns are.
func TestLoopTellsHowFarBehindItIs(t *testing.T) {
	o, _, v := turnTaker(t, Deaf{})
	p := &Poller{loops: []*loop{o}}
	o.turn([]readiness{{in: true}})
	if o.behind.IsZero() {
		t.Fatal("a loop that has begun is not behind")
	}
	if n := late(p.Stats(), 30*time.Second); n > 0 {
		t.Errorf("%d connections were served half a minute late by a loop that has only begun", n)
	}
	before := p.Stats()
	o.behind = o.behind.Add(-time.Minute)
	v.send(publication(V311, 0, 0, "t", "x"))
	o.turn([]readiness{{in: true}, {in: true}})
	if n := late(p.Stats(), 30*time.Second); n != 2 {
		t.Errorf("%d connections were served half a minute late, want 2", n)
	}
	if took := p.Stats().Busy - before.Busy; took > 30*time.Second {
		t.Errorf("the turn itself took %v", took)
	}
}

// A loop that has done everything is on time again: having nothing to do is not being behind. What was done stays known
// when the poller is closed.
func TestIdleLoopIsNotBehind(t *testing.T) {
	var p Poller
	if err := p.Open(); err != nil {
		t.Fatal(err)
	}
	options := persistent(V311)
	options.Poller = &p
	s := New(options, Deaf{})
	conn, v := tcpPair(t)
	v.send(connack(V311, false, 0))
	if _, err := s.Connect(deadline(t), conn); err != nil {
		t.Fatal(err)
	}
	v.packet()
	over := make(chan struct{})
	s.Start(func(error) { close(over) })
	served := func() uint64 { return p.Stats().Served }
	const idle = 2 * time.Second
	for range 2 {
		before := served()
		v.send(publication(V311, 0, 0, "t", "x"))
		eventually(t, "the message is read", func() bool { return served() > before })
		<-time.After(idle / 2) // it is the time itself that must not count
	}
	s.Close(nil)
	<-over
	open := p.Stats()
	if n := late(open, idle/2); n > 0 {
		t.Errorf("%d of %d connections were served late by a loop that had nothing else to do", n, open.Served)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if closed := p.Stats(); closed.Served < open.Served || closed.Loops == 0 {
		t.Errorf("closed, it tells of %+v, and told of %+v", closed, open)
	}
}
