package check_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// copied lets a second publisher, p1 at b2, publish the messages of publisher 0 again.
func copied(s *story) {
	another(s)
	o, p := s.run.Publishers[0], &s.run.Publishers[1]
	p.Original, p.Topic, p.QoS, p.Home = 0, o.Topic, o.QoS, 1
	late(time.Second, pub(1), 1)(s)
}

// twin gives subscriber 0 a second client, s1 at b1.
func twin(s *story) {
	s.run.Subscribers = append(s.run.Subscribers, s.run.Subscribers[0])
	s.run.Subscribers[1].Client, s.run.Subscribers[1].Home = "s1", 0
	s.up(time.Second, sub(1), 0, false)
}

func outcomes(p int, inDoubt, refused, unsent string) step {
	return func(s *story) {
		x := &s.run.Publishers[p]
		s.settle(p, inDoubt, history.OutcomeInDoubt, 0)
		s.settle(p, refused, history.OutcomeRefused, 0x97)
		for _, n := range numbers(inDoubt) {
			x.InDoubt.Add(n)
		}
		for _, n := range numbers(refused) {
			x.Refused.Add(n)
		}
		for _, n := range numbers(unsent) {
			x.Unsent.Add(n)
			x.Next = max(x.Next, n+1)
		}
	}
}

func copies(flow int, n uint64) step { return func(s *story) { s.run.Flows[flow].Copies += n } }

// What is published or subscribed twice counts as the union of its copies.
func TestCopies(t *testing.T) {
	const silent, unfinished = "fail: silent loss", "inconclusive: drain not finished"
	down0 := []step{fault("kill", 0, 7400*ms, 12*s), down(7500*ms, pub(0), 0), resumed(0, pub(0), 13*s)}
	with := func(steps ...step) []step { return append([]step{copied}, steps...) }
	for name, c := range map[string]struct {
		steps     []step
		want      check.Counts
		findings  []string
		anomalies []string
	}{
		"each message counts once, and its other receipts are copies": {
			steps: with(acked("0-9"), ackedBy(1, "0-9"), received("0-9"), receivedIn(1, "0-9"), copies(1, 10)),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Copies: 10},
		},
		"while one broker is away the other takes what is due": {
			steps: with(append(down0, acked("0-4 9"), outcomes(0, "", "", "5-8"), ackedBy(1, "0-9"),
				received("0-4 9"), receivedIn(1, "0-9"), copies(1, 6))...),
			want: check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Copies: 6},
		},
		"the worse fate of a copy does not count": {
			steps: with(acked("0-4"), outcomes(0, "5", "6", "7"), outcomes(1, "0 7", "1 6", "5 8"), ackedBy(1, "2-4"),
				received("0-5"), receivedIn(1, "2-4")),
			want: check.Counts{
				Attempted: 8, Acknowledged: 5, InDoubt: 2, Refused: 1, Unsent: 1, Expected: 6, Delivered: 6, Recovered: 1,
			},
		},
		"lost with both copies": {
			steps:     with(acked("0-9"), ackedBy(1, "0-9"), received("0-4 6-9"), receivedIn(1, "0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"lost with one copy only": {
			steps: with(acked("0-9"), ackedBy(1, "0-9"), received("0-4 6-9"), receivedIn(1, "0-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
		},
		"acknowledged by the copy's broker alone, and lost": {
			steps:     with(acked("0-4 6-9"), outcomes(0, "5", "", ""), ackedBy(1, "0-9"), received("0-4 6-9"), receivedIn(1, "0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p1#5"},
		},
		"refused by both and delivered all the same": {
			steps: with(acked("0-4"), outcomes(0, "", "5", ""), ackedBy(1, "0-4"), outcomes(1, "", "5", ""), received("0-4"), receivedIn(1, "0-5")),
			want: check.Counts{
				Attempted: 6, Acknowledged: 5, Refused: 1, Expected: 6, Delivered: 6, RefusedDelivered: 1,
			},
			findings: []string{"pass: refused yet delivered"}, anomalies: []string{"refused yet delivered p0#5"},
		},
		"what may still come with one copy is not lost": {
			steps:    with(acked("0-9"), ackedBy(1, "0-9"), received("0-8"), receivedIn(1, "0-7")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{unfinished},
		},
		"of two brokers that share nothing each owes its own": {
			steps:     with(shape("independent"), acked("0-9"), ackedBy(1, "0-9"), receivedIn(1, "0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p1#5"},
		},
		"missed only where no copy could reach the subscriber": {
			steps:    with(shape("independent"), acked("0-9"), outcomes(1, "5", "", ""), ackedBy(1, "0-4 6-9"), receivedIn(1, "0-4 6-9")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, Missed: 1},
			findings: []string{"pass: missed"},
		},
		"in a mesh a copy stays where it is, because its topic begins with the name of another broker": {
			steps: with(joined("mesh", "out", 1), between(0, 2), acked("0-4 6-9"), outcomes(0, "", "", "5"), ackedBy(1, "0-9"),
				received("0-4 6-9")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, Missed: 1},
			findings: []string{"pass: missed"},
		},
		"never attempted by the copy": {
			steps:     with(acked("0-9"), ackedBy(1, "0-4"), received("0-9"), receivedIn(1, "0-5")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom never attempted p1#5"},
		},
		"without a match at both": {
			steps: with(acked("0-9"), ackedBy(1, "0-9"), received("0-9"), receivedIn(1, "0-9"), func(s *story) {
				s.run.Publishers[0].Unmatched, s.run.Publishers[1].Unmatched = 7, 3
			}),
			want: check.Counts{Attempted: 10, Acknowledged: 10, Unmatched: 3, Expected: 10, Delivered: 10},
		},
		"two clients of a subscriber": {
			steps: []step{twin, acked("0-9"), received("0-9"), copies(0, 10)},
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Copies: 10},
		},
		"one of them lost its session and the other kept quiet": {
			steps: []step{
				twin, fault("kill", 1, 7400*ms, 10*s), down(7500*ms, sub(0), 1), up(9500*ms, sub(0), 1, false), resumed(0, sub(0), 11*s),
				acked("0-9"), received("0-4 6-9"), copies(0, 5),
			},
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1, Copies: 5,
			},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"one of them is away and may have what the other lacks": {
			steps: []step{
				twin, fault("kill", 1, 7400*ms, 10*s), down(7500*ms, sub(0), 1), acked("0-9"), received("0-4 6-9"),
			},
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{unfinished, "pass: never resumed"},
		},
		"exactly once holds on each path": {
			steps:     []step{twin, qos(2, 2), acked("0-9"), received("0-9"), copies(0, 10), again(3, false, 9*s, 1)},
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Duplicated: 1, Copies: 10},
			findings:  []string{"fail: duplicates at QoS 2"},
			anomalies: []string{"duplicated dup=0 p0#3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(c.steps...).judge(t)
			diff(t, "counts", c.want, a.Counts)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			diff(t, "anomalies", append([]string{}, c.anomalies...), classes(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

// A copy has to be one of a publisher of the same messages.
func TestCopiesOfNothing(t *testing.T) {
	for name, change := range map[string]func(s *story){
		"of nobody":        func(s *story) { s.run.Publishers[1].Original = 7 },
		"of a copy":        func(s *story) { s.run.Publishers[0].Original = 1 },
		"on its own way":   func(s *story) { s.run.Publishers[1].Topic = "t/other" },
		"at its own level": func(s *story) { s.run.Publishers[1].QoS = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(copied, change)
			if _, err := check.Judge(s.run, s.lookUp); err == nil {
				t.Error("judged, want an error")
			}
		})
	}
}
